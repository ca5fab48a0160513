"""Who the patients are and what happened to them, by arm: every description, in one job.

Inputs
    data/analysis/adsl.parquet             who counts, and every variable
    data/analysis/{adrs,adae}.parquet      responses, adverse events
    data/analysis/adtte_{endpoint}.parquet times that are described

Outputs: Analysis Results Data, results/ard/
    {baseline,treatment_patterns,progression_sites,response,adverse_events}.csv

Source: paper, Tables I, II, V and SI, Figure 3; variables and tests from config/statistics.yaml.
"""

from typing import Any

from scripts.lib.analysis import (
    adverse_event_rows,
    baseline_rows,
    best_response_rows,
)
from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.describe import columns_needed, describe_variables
from scripts.lib.analysis.groups import read_times
from scripts.lib.errors import run
from scripts.lib.tables import read_table

VARIABLES = ("treatment_patterns", "progression_sites")  # described as they are declared


def main(smk: Any) -> None:
    """Read what each description needs, write its file."""
    settings, given, out = smk.params.settings, smk.input, smk.output
    for analysis in VARIABLES:
        own = settings[analysis]
        adsl = read_table(given.adsl, columns_needed(own["variables"]))
        write_ard(describe_variables(analysis, adsl, own).rows, getattr(out, analysis))

    own = settings["baseline"]
    adsl = read_table(given.adsl, columns_needed(own["variables"]))
    endpoints = [v["endpoint"] for v in own["variables"] if v["endpoint"]]
    paths = dict(zip(endpoints, given.times, strict=True))
    times = {name: read_times(path, adsl["USUBJID"]) for name, path in paths.items()}
    write_ard(baseline_rows.describe(adsl, times, own).rows, out.baseline)

    who = read_table(given.adsl, ["USUBJID", "TRT01A"])
    adrs = read_table(given.adrs, ["USUBJID", "PARAMCD", "AVALC"])
    write_ard(best_response_rows.describe(who, adrs, settings["response"]).rows, out.response)
    events = adverse_event_rows.describe(who, read_table(given.adae), settings["adverse_events"])
    write_ard(events.rows, out.adverse_events)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
