"""Covariates seen after the start of treatment: as if known before, as seen, and at landmarks.

Inputs: data/analysis/adsl.parquet, data/analysis/subjects.parquet (when each was seen),
data/analysis/adtte_{endpoint}.parquet and data/analysis/model_{endpoint}.parquet of every
analysed endpoint.

Outputs
    results/ard/time_varying.csv   Analysis Results Data, per endpoint and covariate (yes to no)
        population seen, variable NAME, level empty: n with yes; level `while under observation`:
            n seen before the end of their time; level `events after it`: n of events after it was
            seen; level `without a date`: n with yes but no day, left out of all that follows
        population fixed: N, events, coef, se, z, hr, limits, p_value as if known from the start; a
            note beside them says so
        population time_varying: the same, no until the day it was seen, yes after it
        population landmark=DAYS: the same, as known on that day, of those event-free and under
            observation after it, time from then; n with level yes: seen by then
        population `multivariable: fixed`, `multivariable: time_varying`: every column of the
            multivariable model, with those of these covariates that it holds in either form
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.analysis.time_varying_rows import fit_endpoint, with_days
from scripts.lib.derivation.population import read_those_there
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read times, covariates and dates, write the models."""
    settings = smk.params.settings
    later = settings["covariates"]
    names = [one["name"] for one in later] + [term["name"] for term in settings["terms"]]
    dates = list(dict.fromkeys(date for one in later for date in one["dates"]))
    subjects = read_those_there(smk.input.subjects, ["USUBJID", *dates])
    rows = []
    files = zip(settings["endpoints"].values(), smk.input.adtte, smk.input.models, strict=True)
    for own, adtte, model in files:
        frame = read_time_to_event(adtte, smk.input.adsl, names)
        starts = read_table(adtte, ["USUBJID", "STARTDT", "ADT", "AVAL"])
        frame = with_days(frame, starts, subjects, later)
        rows += fit_endpoint(frame, read_table(model), own, settings).rows
    write_ard(rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
