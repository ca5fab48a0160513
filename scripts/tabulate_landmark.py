"""Table of the analysis without exclusion and of the landmark analyses, below the primary one.

Inputs: results/ard/landmark.csv.

Outputs
    results/tables/landmark.csv, .json   per endpoint one row an analysis: events, median and hazard
        ratio; below a landmark, who is left out and why
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.landmark_table import make
from scripts.lib.display.printed_table import write_printed_table
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the effects, write the table."""
    table = make(ArdIndex.read(smk.input.ard), smk.params.settings)
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
