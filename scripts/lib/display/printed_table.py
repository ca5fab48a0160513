"""A table as it is printed: heads, rows of cells, footnotes; where each cell's numbers come from.

Written twice: `{table}.csv` holds head and rows as text; `{table}.json` holds title, footnotes and
for each cell the keys of its Analysis Results Data, for the workbook, the document and the page.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from scripts.lib.analysis.ard import Row, format_key
from scripts.lib.spreadsheets import neutral_row

INDENT = "  "


@dataclass(frozen=True)
class Cell:
    """Text, the sign of a footnote behind it, and the keys of the statistics shown."""

    text: str = ""
    mark: str = ""
    keys: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class TableRow:
    """One printed row; `indent` is 1 for a level below its variable."""

    cells: list[Cell]
    indent: int = 0
    heading: bool = False


@dataclass(frozen=True)
class Head:
    """Head of one or more (`span`) columns."""

    text: str
    span: int = 1


@dataclass
class PrintedTable:
    """A whole table. `heads` has one list per line of the head; the last names every column."""

    id: str
    label: str
    title: str
    heads: list[list[Head]]
    rows: list[TableRow] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)

    def column_names(self) -> list[str]:
        """One name per column, spanning heads put before."""
        lines = [[head.text for head in line for _ in range(head.span)] for line in self.heads]
        return [" ".join(text for text in parts if text) for parts in zip(*lines, strict=True)]


def shown(rows: Iterable[Row | None], text: str, mark: str = "") -> Cell:
    """Cell with the keys of the rows that it shows."""
    return Cell(text, mark, [format_key(row) for row in rows if row is not None])


def write_printed_table(table: PrintedTable, csv_path: str | Path, json_path: str | Path) -> None:
    """Write both files; equal tables give equal bytes."""
    with Path(csv_path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(neutral_row(table.column_names()))
        for row in table.rows:
            first, *others = [cell.text + cell.mark for cell in row.cells]
            writer.writerow(neutral_row([INDENT * row.indent + first, *others]))
    text = json.dumps(asdict(table), ensure_ascii=False, indent=1)
    Path(json_path).write_text(text + "\n", encoding="utf-8")


def read_printed_table(json_path: str | Path) -> PrintedTable:
    """Read what `write_printed_table` wrote as JSON."""
    content = json.loads(Path(json_path).read_text(encoding="utf-8"))
    content["heads"] = [[Head(**head) for head in line] for line in content["heads"]]
    content["rows"] = [
        TableRow(**row | {"cells": [Cell(**cell) for cell in row["cells"]]})
        for row in content["rows"]
    ]
    return PrintedTable(**content)
