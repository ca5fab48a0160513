"""Table of covariates seen after the start: as if known before, as seen, and at landmarks.

Inputs: results/ard/time_varying.csv.

Outputs
    results/tables/time_varying.csv, .json   per endpoint and covariate one row a model: patients
        with the covariate, events, hazard ratio; below, the treatment effect of the two
        multivariable models
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.printed_table import (
    write_printed_table,
)
from scripts.lib.display.time_varying_table import make
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the models, write the table."""
    table = make(ArdIndex.read(smk.input.ard), smk.params.settings)
    write_printed_table(table, smk.output.csv, smk.output.json)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
