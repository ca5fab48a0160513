"""Response with limits, its differences between arms, and how long it lasts.

Inputs: data/analysis/adsl.parquet (who counts), adrs.parquet, adtte_{endpoint}.parquet (ends the
duration), adtte_{follow_up}.parquet (time on study).

Outputs
    results/ard/response_limits.csv   Analysis Results Data
        N per group (variable empty)
        variable = PARAMCD (ORR, CORR, DCR), level yes: n, N, percent with limits per group;
            risk_difference, odds_ratio with limits, group = arm, against the reference arm
        variable = PARAMCD of a best response, level = response: n, N, percent with limits per group
        parameter DOR, population PARAMCD=yes: duration as in kaplan_meier (N, events, censored,
            median with limits in months; variable time: at_risk, survival with limits); n, variable
            ENDSBEFORE: patients left out because the endpoint ends before their response
        parameter TTR, population PARAMCD=yes: N, median, min, max of the months to the response
    data/ard/response_duration.csv    step curves of DOR, columns as data/ard/curves
    data/ard/swimmer.csv              one row a patient, no names; months from the start
        group | text; time, progression_free | months on study, to the end of the endpoint
        dead, ended | 1: died; the endpoint ended by an event, and that was not the death
        partial, complete | months of the first PR, CR; empty: none
        confirmed_partial, confirmed_complete | 1: that response was confirmed
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.response_rows import (
    CONFIRMED,
    add_responses,
    describe_duration,
    describe_rates,
    durations,
    swimmers,
    write_swimmers,
)
from scripts.lib.analysis.survival_rows import (
    write_curves,
)
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read patients, responses and times; write results, curves and courses."""
    settings = smk.params.settings
    columns = ["USUBJID", "STARTDT", "ADT", "CNSR"]
    adsl = read_table(smk.input.adsl, ["USUBJID", "TRT01A"])
    adrs = read_table(smk.input.adrs, ["USUBJID", "PARAMCD", "AVALC", "ADT", "ADY"])
    times, follow_up = (
        read_table(path, columns) for path in (smk.input.adtte, smk.input.follow_up)
    )
    frame = add_responses(adsl, adrs, settings)
    rows = describe_rates(frame, settings)
    curves: list[list[str]] = []
    lasting = [] if settings.get("not_collected") else settings["rates"]
    for name in (name for name in lasting if name in CONFIRMED):
        lasting_days = durations(frame, times, name, settings["survival"].get("first_day", 0))
        more, steps = describe_duration(lasting_days, name, settings)
        rows, curves = [*rows, *more], [*curves, *steps]
    write_ard(rows, smk.output.ard)
    write_curves(curves, smk.output.curves)
    shown = swimmers(frame, times, follow_up, settings["survival"]["days_per_month"])
    write_swimmers(shown, smk.output.swimmer)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
