"""Bring the row counts of all tables together, so that a gate can see whether a row was lost.

Inputs: data/standardised/{table}.counts.json of every table.

Output: data/standardised/row_conservation.parquet, one row per table and part:

    | column | type | unit | meaning |
    |---|---|---|---|
    | table, part | string | | canonical table; raw file or sheet |
    | rows_raw | Int64 | rows | in the raw file below the header; blank rows at its end apart |
    | rows_staged | Int64 | rows | read as cells |
    | rows_kept | Int64 | rows | in data/standardised/{table}.parquet |
    | rows_set_aside | Int64 | rows | in data/private/set_aside, but for exact duplicates |
    | rows_duplicate | Int64 | rows | set aside as exact duplicates |

No row was lost where rows_raw = rows_kept + rows_set_aside + rows_duplicate.

Source: docs/architecture.md.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.errors import run
from scripts.lib.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

COUNTS = ["rows_raw", "rows_staged", "rows_kept", "rows_set_aside", "rows_duplicate"]


def collect(counts: list[dict[str, Any]]) -> pd.DataFrame:
    """One row per table and part, sorted."""
    rows = [{"table": table["table"]} | part for table in counts for part in table["parts"]]
    frame = pd.DataFrame(rows, columns=["table", "part", *COUNTS])
    frame = frame.astype({"table": "string", "part": "string"} | dict.fromkeys(COUNTS, "Int64"))
    return frame.sort_values(["table", "part"], ignore_index=True)


def main(smk: Any) -> None:
    """Read all counts, write one table."""
    counts = [json.loads(Path(p).read_text(encoding="utf-8")) for p in smk.input.counts]
    write_table(collect(counts), smk.output.table)


if __name__ == "__main__":
    run(main, snakemake)
