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

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.errors import run
from scripts.lib.quality.findings import PUBLIC, combine
from scripts.lib.quality.suites import SEVERITIES
from scripts.lib.spreadsheets import neutral_frame
from scripts.lib.tables import read_table, write_private_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def list_findings(paths: Iterable[str | Path]) -> pd.DataFrame:
    """All findings, the severest first."""
    found = combine([read_table(path) for path in paths])
    rank = found["severity"].map({name: i for i, name in enumerate(SEVERITIES)})
    return found.iloc[rank.argsort(kind="stable")]


def write_findings(found: pd.DataFrame, public: str | Path, private: str | Path) -> None:
    """Write both listings."""
    Path(public).parent.mkdir(parents=True, exist_ok=True)
    found = neutral_frame(found)
    found[list(PUBLIC)].to_csv(public, index=False, lineterminator="\n")
    write_private_text(private, found.to_csv(index=False, lineterminator="\n"))


def main(smk: Any) -> None:
    """Read, sort, write."""
    write_findings(list_findings(smk.input.rows), smk.output.public, smk.output.private)


if __name__ == "__main__":
    run(main, snakemake)
