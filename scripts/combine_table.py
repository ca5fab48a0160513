"""Put the parts of a table together; set exact duplicates aside and count every row.

Inputs: the standardised parts of a table, their problems and rows set aside, the notes of reading.

Outputs:
    data/standardised/{table}.parquet, one row per source row kept:

    | column | type | unit | meaning |
    |---|---|---|---|
    | USUBJID | string | | pseudonym of the patient |
    | every column of the table | as configured | as configured | null: missing or unreadable |
    | src_file, src_sheet, src_row | string, string, int64 | | the raw row |

    data/private/problems/{table}.parquet, data/private/set_aside/{table}.parquet: of all parts;
    data/standardised/{table}.counts.json: rows per part (`scripts/check_row_conservation.py`).

Exact duplicate: same patient, and the same raw text in every column but the dropped ones. The first
row (by file, sheet, row) stays. Rows that contradict each other all stay, for the quality suites.

Source: docs/sources.md.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.lib.errors import run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_arrow
from scripts.lib.reading.problems import PROBLEMS, SET_ASIDE, stack
from scripts.lib.reading.values import ARROW_TYPES

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

SOURCE = ["src_file", "src_sheet", "src_row"]


def empty_table(types: dict[str, str]) -> pa.Table:
    """A standardised table without rows, for a table that the hospital does not have."""
    fields = [("USUBJID", pa.string()), *((n, ARROW_TYPES[kind]) for n, kind in types.items())]
    fields += [("src_file", pa.string()), ("src_sheet", pa.string()), ("src_row", pa.int64())]
    return pa.schema([*fields, ("src_hash", pa.uint64())]).empty_table()


def first_of_same(hashes: np.ndarray) -> np.ndarray:
    """For each row the position of the first row that is its exact duplicate (itself if first)."""
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    return first[group]


def set_duplicates_aside(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The table without repeated rows, and the repeated rows with the row that each repeats."""
    first = first_of_same(table["src_hash"].to_numpy())
    again = np.flatnonzero(first != np.arange(len(first)))
    source, kept = (
        table.select(SOURCE).take(pa.array(p)).to_pylist() for p in (again, first[again])
    )
    rows = [
        row
        | {"reason": "exact_duplicate"}
        | {"detail": f"{same['src_file']}|{same['src_sheet'] or ''}|{same['src_row']}"}
        for row, same in zip(source, kept, strict=True)
    ]
    keep = first == np.arange(len(first))
    return table.filter(pa.array(keep)), pa.Table.from_pylist(rows, schema=SET_ASIDE)


def count_rows(
    notes: dict[str, dict[str, Any]], kept: pa.Table, set_aside: pa.Table
) -> list[dict[str, Any]]:
    """Per part: rows in the file, rows read, and where each of them is now."""
    duplicate = pc.equal(set_aside["reason"], "exact_duplicate")
    places = {
        "rows_kept": kept,
        "rows_set_aside": set_aside.filter(pc.invert(duplicate)),
        "rows_duplicate": set_aside.filter(duplicate),
    }
    counts = {name: _rows_by_sheet(table) for name, table in places.items()}
    return [
        {"part": part, "rows_raw": note["rows_raw"], "rows_staged": note["rows_staged"]}
        | {
            name: by_sheet.get((note["file"], note["sheet"]), 0)
            for name, by_sheet in counts.items()
        }
        for part, note in notes.items()
    ]


def _rows_by_sheet(table: pa.Table) -> dict[tuple[str, str | None], int]:
    counted = table.group_by(["src_file", "src_sheet"]).aggregate([([], "count_all")])
    return {(r["src_file"], r["src_sheet"]): r["count_all"] for r in counted.to_pylist()}


def main(smk: Any) -> None:
    """Read the parts, write the table, its problems, its rows set aside and the counts."""
    settings = smk.params.settings
    notes = {Path(p).stem: json.loads(Path(p).read_text(encoding="utf-8")) for p in smk.input.notes}
    table = pa.concat_tables(
        [empty_table(settings["types"]), *(pq.read_table(p) for p in smk.input.parts)]
    )
    set_aside = [pq.read_table(p) for p in smk.input.set_aside]
    if settings["duplicates"] == "set_aside":
        table, repeated = set_duplicates_aside(table)
        set_aside.append(repeated)
    all_aside = stack(set_aside, SET_ASIDE).sort_by([(n, "ascending") for n in SOURCE])
    write_arrow(table.drop_columns("src_hash"), smk.output.table)
    problems = stack([pq.read_table(p) for p in smk.input.problems], PROBLEMS)
    write_arrow(problems, smk.output.problems, private=True)
    write_arrow(all_aside, smk.output.set_aside, private=True)
    counts = {"table": smk.wildcards.table, "parts": count_rows(notes, table, all_aside)}
    Path(smk.output.counts).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
