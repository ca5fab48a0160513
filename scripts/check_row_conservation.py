"""Bring the row counts of all tables together, so that a gate can see whether a row was lost.

Inputs: data/standardised/{table}.counts.json of every table; results/quality/header_drift.csv where
there is a delivery before this one.

Outputs:
    data/standardised/row_conservation.parquet, one row per table and part:

    | column | type | unit | meaning |
    |---|---|---|---|
    | table, part | string | | canonical table; raw file or sheet |
    | rows_raw | int64 | rows | in the raw file below the header; blank rows at its end apart |
    | rows_staged | int64 | rows | read as cells |
    | rows_kept | int64 | rows | in data/standardised/{table}.parquet |
    | rows_set_aside | int64 | rows | in data/private/set_aside, but for exact duplicates |
    | rows_duplicate | int64 | rows | set aside as exact duplicates |
    | rows_left_out | int64 | rows | of rows_set_aside: by a declared rule (`where`, `conflicts`) |

    data/private/findings/derive_row_conservation.parquet: files and sheets of the delivery that no
    table reads; differences from the delivery before (columns as in derived findings).

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
from scripts.lib.reading.deliveries import is_ignored
from scripts.lib.spreadsheets import read_dicts

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

COUNTS = (
    "rows_raw", "rows_staged", "rows_kept", "rows_set_aside", "rows_duplicate", "rows_left_out",
)  # fmt: skip
NAME = "row_conservation"
FINDINGS = pa.schema(
    [(name, pa.string()) for name in ("table", "check_id", "severity", "file", "sheet")]
    + [("row", pa.int64())]
    + [(name, pa.string()) for name in ("column", "USUBJID", "question", "value")]
)
ASKED = {
    "file_not_read": "No table reads this file of the delivery. What does it hold?",
    "sheet_not_read": "No table reads this sheet of the workbook. What does it hold?",
    "sheet_hidden": "This sheet is hidden, and was not read. What does it hold?",
    "column_renamed": "This column has another name than in the delivery before. Is it the same?",
    "column_dropped": "The delivery before had this column. Why is it gone?",
    "column_added": "The delivery before did not have this column. What does it hold?",
    "column_moved": "This column stands elsewhere than in the delivery before. Is it the same?",
    "column_new_words": "This column has words that were not there before. What do they mean?",
}
SCHEMA = pa.schema(
    [("table", pa.string()), ("part", pa.string()), *((name, pa.int64()) for name in COUNTS)]
)


def collect(counts: list[dict[str, Any]]) -> pa.Table:
    """One row per table and part, sorted."""
    rows = [{"table": table["table"]} | part for table in counts for part in table["parts"]]
    found = pa.Table.from_pylist(rows, schema=SCHEMA)
    return found.sort_by([("table", "ascending"), ("part", "ascending")])


def unread_files(files: list[str]) -> list[dict[str, str]]:
    """Files that no table reads; the name is the value asked about, so each is its own query."""
    return [finding("file_not_read", "warning", file=file, value=file) for file in files]


def unread_sheets(counts: list[dict[str, Any]], ignore: list[str]) -> list[dict[str, str]]:
    """Sheets of workbooks that are read, but not these sheets."""
    parts = [part for table in counts for part in table["read"]]
    read = {(part["file"], part["sheet"]) for part in parts}
    there = {(part["file"], sheet) for part in parts for sheet in part["sheets"]}
    hidden = {(part["file"], sheet) for part in parts for sheet in part.get("hidden_sheets", [])}
    return [
        finding(
            "sheet_hidden" if (file, sheet) in hidden else "sheet_not_read",
            "warning",
            file=file,
            sheet=sheet,
            value=file,
        )
        for file, sheet in sorted(there - read)
        if not is_ignored(f"{file}|{sheet}", ignore)
    ]


def finding(kind: str, severity: str, **place: str) -> dict[str, str]:
    """One thing to ask about the delivery as a whole."""
    return {"check_id": f"{NAME}.{kind}", "severity": severity, "question": ASKED[kind]} | place


def of_drift(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Findings of the differences from the delivery before; a warning where a column is read."""
    found = []
    for row in rows:
        if row["kind"] != "not_compared":
            kind, severity = f"column_{row['kind']}", "warning" if row["mapped"] else "info"
            column = " -> ".join(filter(None, [row["column"], row["likely"]]))
            one = finding(kind, severity, file=row["file"], sheet=row["sheet"], column=column)
            detail = f" ({row['detail']})" if row["detail"] else ""
            found.append(one | {"question": one["question"] + detail, "value": row["detail"]})
    return found


def findings_table(found: list[dict[str, str]]) -> pa.Table:
    """The findings as a derivation writes them; null where a place has no name."""
    columns = [
        [{"table": NAME, **one}.get(name) or None for one in found] for name in FINDINGS.names
    ]
    arrays = [pa.array(c, field.type) for c, field in zip(columns, FINDINGS, strict=True)]
    return pa.table(arrays, schema=FINDINGS)


def main(smk: Any) -> None:
    """Read all counts, write one table and what must be asked about the delivery."""
    settings = smk.params.settings
    counts = [json.loads(Path(p).read_text(encoding="utf-8")) for p in smk.input.counts]
    write_arrow(collect(counts), smk.output.table)
    found = unread_files(settings["unread"])
    found += unread_sheets(counts, settings["ignore"])
    for path in smk.input.drift:
        found += of_drift(read_dicts(path))
    write_arrow(findings_table(found), smk.output.findings, private=True)


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
