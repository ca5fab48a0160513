"""Tables of the weighted effect, of the checks of the models, and of imputed covariates.

Inputs: results/ard/weighted.csv, model_checks.csv or imputation.csv.
Outputs: results/tables/{analysis}.csv, .json (as those of tabulate_tables).
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.check_tables import MAKERS
from scripts.lib.display.printed_table import (
    write_printed_table,
)
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the statistics, write the table."""
    settings = smk.params.settings
    table = MAKERS[settings["id"]](ArdIndex.read(smk.input.ard), settings)
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
