"""Adverse events by time under observation, in windows that are the same for every arm.

Inputs: data/analysis/adsl.parquet (who counts), adae.parquet, subjects.parquet (start and end of
treatment), adtte_{follow_up}.parquet (death or last date known alive).

Outputs
    results/ard/ae_rates.csv   Analysis Results Data; population = window; variables and levels are
        the counts of adverse_events, with TRTEMFL (began in the window) set anew for each window
        per group: n, N, percent with limits (patients with the event); events; exposure,
            event_rate with limits (events per 100 patient-months); exposure_to_first, rate with
            limits (patients with the event per 100 patient-months up to their first one)
        group = arm: risk_difference, rate_ratio with limits against the reference arm
        variable empty: N, exposure per group; n, variable OBSERVED: observed for all the window

A window runs from the start of treatment for so many days, or to so many days after the end of
treatment (no end: without limit); the last day counts. Time under observation ends with it or with
the follow-up, whichever is first; days = end - start. An unknown onset counts as an event, but
ends nobody's time to the first event.
"""

from typing import Any

from scripts.lib.analysis.ae_rate_rows import estimate, read_patients
from scripts.lib.analysis.ard import write_ard
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read patients, times and events; write the rates."""
    settings = smk.params.settings
    dates = [name for name in (settings["start"], settings["end"]) if name]
    patients = read_patients(
        read_table(smk.input.adsl, ["USUBJID", "TRT01A"]),
        read_table(smk.input.subjects, ["USUBJID", *dict.fromkeys(dates)]),
        read_table(smk.input.follow_up, ["USUBJID", "ADT"]),
        settings,
    )
    write_ard(estimate(patients, read_table(smk.input.adae), settings).rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
