"""List every finding of every dataset: for all without values, for the data manager with them.

Inputs
------
rows
    `data/private/findings/{table}.parquet` of every dataset.

Outputs
-------
public
    `results/quality/findings.csv`: table, check_id, severity, file, sheet, row, column, USUBJID,
    question. One row a finding; sorted; no value of any patient.
private
    `data/private/findings.csv` (0600): the same, and `value` (raw text, or COLUMN=value of a
    failing row) and `value_hash` (what a waiver names).
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.errors import run
from scripts.lib.quality.findings import list_findings, write_findings

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read, sort, write."""
    write_findings(list_findings(smk.input.rows), smk.output.public, smk.output.private)


if __name__ == "__main__":
    run(main, snakemake)
