"""List every repaired patient number and every row that was left out, so that none is nameless.

Inputs
------
cells, notes
    Staged parts of every table, and what was noticed when they were read.
set_aside
    `data/private/set_aside/{table}.parquet` of every table.
codelists, key
    Code lists of hospitals; the pseudonym key.

Outputs
-------
identifiers (private)
    `data/private/repairs.csv`, one row per raw row whose patient number was repaired:

    | column | type | meaning |
    |---|---|---|
    | table, file, sheet, row | text, text, text, integer | the raw row |
    | column | text | raw header |
    | way | text | every way in which it was repaired, `; `-joined |
    | raw, number | text | as it stands in the file; in its full form |
    | USUBJID | text | pseudonym of the patient whose row it became |

rows (private)
    `data/private/rows_left_out.csv`, one row per raw row that is in no table: table, file, sheet,
    row, reason (`title`: above the header; else as in `data/private/set_aside`), detail (the text
    of a title or footer, the row that a duplicate repeats).
counts
    `results/quality/repairs.csv`: table, file, sheet, what (identifier, row), way, rows, first_rows
    (row numbers of the first of them); no text.

Source: docs/sources.md.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from scripts.lib.errors import run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_private_text
from scripts.lib.reading.codelists import CodeList, read_codelist
from scripts.lib.reading.headers import choose
from scripts.lib.reading.identities import identities
from scripts.lib.reading.parts import SOURCE, distinct
from scripts.lib.reading.pseudonyms import pseudonyms, read_key
from scripts.lib.reading.sources import of_file
from scripts.lib.spreadsheets import FORMULA, neutral, neutral_row

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

SHOWN = 5  # row numbers that the counts name
TITLE = "title"
PLACE = [("table", pa.string()), ("file", pa.string()), ("sheet", pa.string()), ("row", pa.int64())]
IDENTIFIERS = pa.schema(
    [*PLACE, *((name, pa.string()) for name in ("column", "way", "raw", "number", "USUBJID"))]
)
ROWS = pa.schema([*PLACE, ("reason", pa.string()), ("detail", pa.string())])
COUNTS = ("table", "file", "sheet", "what", "way", "rows", "first_rows")


def repaired(
    table: str,
    cells: pa.Table,
    settings: dict[str, Any],
    codes: Mapping[str, CodeList],
    key: bytes,
) -> pa.Table:
    """The rows of a staged part whose patient number was repaired (IDENTIFIERS)."""
    found = identities(lambda name: distinct(cells[name]), cells.column_names, settings, codes)
    ways = pa.array(["; ".join(ways) for ways in found.ways], pa.string())
    rows = found.written.rows(np.array([bool(ways) for ways in found.ways], bool),
                              np.ones(cells.num_rows, bool))  # fmt: skip
    known = pseudonyms(key, (whole for whole in found.whole if whole))
    names = pa.array([known.get(whole or "") for whole in found.whole], pa.string())
    source = cells.select(SOURCE).take(pa.array(rows))
    size = len(rows)
    spread = (found.written.texts, pa.array(found.numbers, pa.string()), names)
    return pa.table(
        [
            pa.repeat(pa.scalar(table), size), *source.columns,
            pa.repeat(pa.scalar(found.column), size), found.written.take(ways, rows),
            *(found.written.take(values, rows) for values in spread),
        ],
        schema=IDENTIFIERS,
    )  # fmt: skip


def left_out(table: str, set_aside: pa.Table, notes: list[dict[str, Any]]) -> pa.Table:
    """Rows of a table's files that are in no table, those above a header first (ROWS)."""
    above = [
        {"file": n["file"], "sheet": n["sheet"], "row": row, "reason": TITLE, "detail": text}
        for n in notes for row, text in n["above"]
    ]  # fmt: skip
    titles = pa.Table.from_pylist([one | {"table": table} for one in above], schema=ROWS)
    size = set_aside.num_rows
    others = pa.table([pa.repeat(pa.scalar(table), size), *set_aside.columns], schema=ROWS)
    return pa.concat_tables([titles, others])


def counted(rows: pa.Table, what: str, by: str) -> list[dict[str, Any]]:
    """How many rows of each file were repaired in a way, or left out for a reason."""
    groups = rows.group_by(["table", "file", "sheet", by]).aggregate([([], "count_all")])
    found = []
    for one in groups.to_pylist():
        same = [pc.equal(rows[name], one[name]) for name in ("table", "file", by)]
        sheet = rows["sheet"]
        same.append(pc.equal(sheet, one["sheet"]) if one["sheet"] else pc.is_null(sheet))
        here = same[0]
        for other in same[1:]:
            here = pc.and_(here, other)
        first = rows["row"].filter(here).slice(0, SHOWN).to_pylist()
        found.append({
            "table": one["table"], "file": one["file"], "sheet": one["sheet"] or "", "what": what,
            "way": one[by], "rows": one["count_all"],
            "first_rows": " ".join(str(row) for row in first if row is not None),
        })  # fmt: skip
    return found


def write_counts(found: list[dict[str, Any]], path: str | Path) -> None:
    """Write the counts, sorted; no text of a file is in them."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COUNTS, lineterminator="\n")
    writer.writeheader()
    rows = sorted(found, key=lambda one: [str(one[name]) for name in COUNTS[:5]])
    writer.writerows(dict(zip(COUNTS, neutral_row(row.values()), strict=True)) for row in rows)
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text.getvalue(), encoding="utf-8")


def write_parts(parts: Iterator[pa.Table], schema: pa.Schema, path: str | Path) -> None:
    """Write tables below each other as one private CSV file, one at a time in memory."""
    write_private_text(path, "")
    with pacsv.CSVWriter(str(path), schema) as writer:
        for part in parts:
            if part.num_rows:
                writer.write_table(neutral_table(part))


def neutral_table(table: pa.Table) -> pa.Table:
    """`table` with no text that a spreadsheet would take for a formula."""
    for place, name in enumerate(table.column_names):
        column = table[name]
        if pa.types.is_string(column.type):
            asked = (
                pc.match_substring_regex(column, f"^{FORMULA.pattern}")
                .fill_null(False)
                .combine_chunks()
            )
            if pc.any(asked).as_py():  # true of hardly any column
                texts = [t and neutral(t) for t in column.filter(asked).to_pylist()]
                changed = pc.replace_with_mask(column, asked, pa.array(texts, pa.string()))
                table = table.set_column(place, name, changed)
    return table


def main(smk: Any) -> None:
    """Read each part, write the lists and their counts."""
    codes = {Path(path).stem: read_codelist(path) for path in smk.input.codelists}
    key, counts = read_key(smk.input.key), []
    notes: dict[str, list[dict[str, Any]]] = {}
    for path in smk.input.notes:
        note = json.loads(Path(path).read_text(encoding="utf-8"))
        notes.setdefault(Path(path).parent.name, []).append(note)

    def numbers() -> Iterator[pa.Table]:
        for path in smk.input.cells:
            table = Path(path).parent.name
            settings = smk.params.settings[table]
            place = pq.read_table(path, columns=SOURCE)
            if place.num_rows:
                settings = of_file(settings, place["src_file"][0].as_py())
            asked = [settings["identifier"]["column"], (settings["centre"] or {}).get("from") or []]
            there = pq.read_schema(path).names
            wanted = [str(choose(column, there)) for column in asked if column]
            cells = pq.read_table(path, columns=list(dict.fromkeys([*wanted, *SOURCE])))
            found = repaired(table, cells, settings, codes, key)
            counts.extend(counted(found, "identifier", "way"))
            yield found

    def rows() -> Iterator[pa.Table]:
        for path in smk.input.set_aside:
            table = Path(path).stem
            found = left_out(table, pq.read_table(path), notes.get(table, []))
            counts.extend(counted(found, "row", "reason"))
            yield found

    write_parts(numbers(), IDENTIFIERS, smk.output.identifiers)
    write_parts(rows(), ROWS, smk.output.rows)
    write_counts(counts, smk.output.counts)


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
