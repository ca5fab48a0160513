"""Bring the row counts of all tables together, so that a gate can see whether a row was lost.

Inputs: data/standardised/{table}.counts.json of every table.

Output: data/standardised/row_conservation.parquet, one row per table and part:

    | column | type | unit | meaning |
    |---|---|---|---|
    | table, part | string | | canonical table; raw file or sheet |
    | rows_raw | int64 | rows | in the raw file below the header; blank rows at its end apart |
    | rows_staged | int64 | rows | read as cells |
    | rows_kept | int64 | rows | in data/standardised/{table}.parquet |
    | rows_set_aside | int64 | rows | in data/private/set_aside, but for exact duplicates |
    | rows_duplicate | int64 | rows | set aside as exact duplicates |
    | rows_left_out | int64 | rows | of rows_set_aside: by a declared rule (`where`, `conflicts`) |

No row was lost where rows_raw = rows_kept + rows_set_aside + rows_duplicate.

Source: docs/architecture.md.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from scripts.lib.errors import run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_arrow

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

COUNTS = (
    "rows_raw", "rows_staged", "rows_kept", "rows_set_aside", "rows_duplicate", "rows_left_out",
)  # fmt: skip
SCHEMA = pa.schema(
    [("table", pa.string()), ("part", pa.string()), *((name, pa.int64()) for name in COUNTS)]
)


def collect(counts: list[dict[str, Any]]) -> pa.Table:
    """One row per table and part, sorted."""
    rows = [{"table": table["table"]} | part for table in counts for part in table["parts"]]
    found = pa.Table.from_pylist(rows, schema=SCHEMA)
    return found.sort_by([("table", "ascending"), ("part", "ascending")])


def main(smk: Any) -> None:
    """Read all counts, write one table."""
    counts = [json.loads(Path(p).read_text(encoding="utf-8")) for p in smk.input.counts]
    write_arrow(collect(counts), smk.output.table)


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
