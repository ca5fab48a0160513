"""Treatment effect without an exclusion that looks ahead, and from landmarks on.

Inputs: data/analysis/adtte_without_exclusion.parquet; for the primary analysis beside it
data/analysis/adtte_{endpoint}.parquet of every analysed endpoint and data/analysis/adsl.parquet.

Outputs
    results/ard/landmark.csv   Analysis Results Data, per endpoint and population
        population all: the primary analysis; ignoring=CRITERIA: without these criteria;
        landmark=DAYS: of those, who is event-free and under observation after that day, time
        counted from it
        group = arm or empty: N, events, censored, median with limits (months)
        variable empty: chi_square, df, p_value of the log-rank test
        variable TRT01A, level = arm: N, events, coef, se, z, hr, limits, p_value
        landmark, group = arm, variable left_out, level empty: n, N, percent of those left out;
            level = reason: n
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.analysis.landmark_rows import estimate, of_endpoint
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read the times of every endpoint, write the effects."""
    settings = smk.params.settings
    rows = read_table(smk.input.adtte)
    found = []
    for (endpoint, own), path in zip(settings["endpoints"].items(), smk.input.primary, strict=True):
        primary = read_time_to_event(path, smk.input.adsl)
        found += estimate(primary, of_endpoint(rows, endpoint), own, settings).rows
    write_ard(found, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
