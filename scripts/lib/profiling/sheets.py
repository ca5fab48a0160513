"""The sheets of an unknown workbook, also those whose column names stand in merged cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from scripts.lib.profiling.reading import FilePart, no_header, read_part
from scripts.lib.profiling.sniff import LOOK, find_footer, find_header
from scripts.lib.reading.raw import Raw
from scripts.lib.reading.workbooks import Book, cell_text

Grid = list[list[str]]
Merged = list[tuple[tuple[int, int], tuple[int, int]]]  # top left and bottom right, from 0


@dataclass(frozen=True)
class Head:
    """The rows (from 0) that hold the column names, `bottom` included."""

    top: int
    bottom: int
    merged: bool


def read_sheets(path: Path, body: bytes, own: dict[str, Any]) -> Iterator[FilePart]:
    """One part for each sheet; sheets without any cell are named and left out."""
    book = Book(body, own["format"], own["file"])
    for one in book.sheets:
        part = FilePart(own["file"], one.name, own | {"sheet": one.name, "encoding": None})
        part.sheets = len(book.sheets)
        if one.hidden:
            part.stops = f"{part.name} is hidden; it is read only where its whole name is declared."
            yield part
            continue
        sheet = book.sheet(one.name)
        grid = [[cell_text(v).strip() for v in row] for row in sheet.cells]
        _read_sheet(part, path, grid, sheet.merged)
        yield part


def _read_sheet(part: FilePart, path: Path, grid: Grid, merged: Merged) -> None:
    if not any(any(row) for row in grid):
        part.stops = f"{part.name} is empty."
        return
    header = find_header(grid[:LOOK])
    if header.row is None:
        part.stops = no_header(part.name, header.why)
        return
    head = find_head(header.row - 1, merged)
    part.reading["header_row"] = head.bottom + 1
    part.header_rows = head.bottom - head.top + 1
    part.reading["footer_rows"] = find_footer(grid[head.bottom + 1 :], header.width)
    read_part(part, path)
    if head.merged:
        part.raw = merged_head(grid, merged, head, part.reading["footer_rows"])
        part.raw.sheet = part.sheet


def find_head(row: int, merged: Merged) -> Head:
    """All rows that belong to the column names when some of their cells are merged."""
    top = bottom = row
    touching = [r for r in merged if r[0][0] <= row <= r[1][0]]
    for (first, left), (last, right) in touching:
        below = last + 1 if right > left else last  # a group has its columns in the next row
        top, bottom = min(top, first), max(bottom, below)
    return Head(top, bottom, bool(touching))


def merged_head(grid: Grid, merged: Merged, head: Head, footer: int) -> Raw:
    """The rows below a merged head, each column named by all the cells above it."""
    names = column_names(grid, merged, head)
    last = max(number for number, row in enumerate(grid) if any(row))
    rows = range(head.bottom + 1, last + 1 - footer)
    kept = [number for number in rows if any(grid[number])]
    cells = [pa.array([grid[n][i] for n in kept], pa.string()) for i in range(len(names))]
    return Raw(names, cells, np.array(kept) + 1, last + 1, head.bottom + 2)


def column_names(grid: Grid, merged: Merged, head: Head) -> list[str]:
    """What a person would call each column: the group, then the column in it."""
    spread = [list(row) for row in grid[head.top : head.bottom + 1]]
    for (first, left), (last, right) in merged:
        for row in range(max(first, head.top), min(last, head.bottom) + 1):
            for column in range(left, min(right + 1, len(spread[0]))):
                spread[row - head.top][column] = grid[first][left]
    named = [list(dict.fromkeys(filter(None, cells))) for cells in zip(*spread, strict=True)]
    names = [
        " ".join(" ".join(p).split()) or f"column {number}" for number, p in enumerate(named, 1)
    ]
    return [n if names.count(n) == 1 else f"{n} ({i})" for i, n in enumerate(names, 1)]
