"""Excel workbooks (XLSX, XLS) as text cells."""

from __future__ import annotations

import io
import re
import zipfile
from functools import reduce
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from scripts.lib.errors import Stop
from scripts.lib.reading.protection import locked
from scripts.lib.reading.raw import Raw

EXACT = 1e15  # Excel keeps 15 digits
ERROR_CELL = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>(?:<f[^>]*/>|<f.*?</f>)?<v>([^<]*)</v>', re.DOTALL
)


def read_workbook(data: bytes, settings: dict[str, Any]) -> Raw:
    """The cells of one sheet; the row is the sheet's. Dates are ISO text, whatever their format."""
    name = settings["file"]
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet_name = _only_sheet(book.sheet_names, settings)
        sheet = book.get_sheet_by_name(sheet_name)
        grid = sheet.to_python(skip_empty_area=False)
        merged = sheet.merged_cell_ranges or []
    except (CalamineError, zipfile.BadZipFile) as error:
        if "assword" in type(error).__name__ + str(error):  # XLS
            raise Stop(locked(name)) from None
        raise Stop(f"{name} cannot be opened: it is damaged. Export it again.") from None
    if settings["format"] == "xlsx":
        for (row, column), text in error_cells(data, sheet_name).items():
            grid[row][column] = text
    head = settings["header_row"]
    if len(grid) < head:
        raise Stop(
            f"{name}, sheet `{sheet_name}` is empty. Name another sheet, or export it again."
        )
    raw = _grid(grid, merged, sheet_name, settings)
    raw.sheets = list(book.sheet_names)
    raw.date1904 = settings["format"] == "xlsx" and counts_from_1904(data)
    return raw


def counts_from_1904(data: bytes) -> bool:
    """Whether day numbers of an XLSX workbook count from 1904, as old Macintosh ones do."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ElementTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314
    of_book = (e for e in root.iter() if e.tag.endswith("}workbookPr"))
    return any(e.attrib.get("date1904", "0").lower() in ("1", "true", "on") for e in of_book)


def error_cells(data: bytes, sheet: str) -> dict[tuple[int, int], str]:
    """Cells of an XLSX sheet that show an error (#N/A, #REF!), which calamine gives as blank."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        xml = book.read(_sheet_file(book, sheet))
    if b't="e"' not in xml:
        return {}
    found = ERROR_CELL.findall(xml)
    return {(int(row) - 1, _number(column) - 1): text.decode() for column, row, text in found}


def _sheet_file(book: zipfile.ZipFile, sheet: str) -> str:
    """Where in the archive a sheet is."""
    root = ElementTree.fromstring(book.read("xl/workbook.xml"))  # noqa: S314
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    wanted = next(
        value
        for element in root.iter()
        if element.tag.endswith("}sheet") and element.attrib["name"] == sheet
        for key, value in element.attrib.items()
        if key.endswith("}id")
    )
    target = next(link.attrib["Target"] for link in links if link.attrib["Id"] == wanted)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _number(letters: bytes) -> int:
    """The number of a column from its letters: A = 1, AA = 27."""
    return reduce(lambda total, letter: total * 26 + letter - 64, letters, 0)


def _only_sheet(names: list[str], settings: dict[str, Any]) -> str:
    wanted = settings["sheet"]
    if wanted in names or (wanted is None and len(names) == 1):
        return wanted or names[0]
    problem = f"has no sheet `{wanted}`" if wanted else f"has {len(names)} sheets"
    raise Stop(
        f"{settings['file']} {problem}. Sheets: {', '.join(names)}. Say which one under `sheet`."
    )


def _grid(grid: list[list[Any]], merged: list[Any], sheet: str, settings: dict[str, Any]) -> Raw:
    head = settings["header_row"]
    _check_merged(merged, head, sheet, settings["file"])
    if settings["merged"] == "fill":
        _fill(grid, merged, head)
    columns = list(zip(*grid[head:], strict=True)) or [()] * len(grid[head - 1])
    rows = np.arange(head + 1, len(grid) + 1)
    raw = Raw([], [], rows, len(grid), head + 1, sheet=sheet)
    for number, (title, column) in enumerate(zip(grid[head - 1], columns, strict=True), 1):
        name, texts = " ".join(cell_text(title).split()), [cell_text(value) for value in column]
        if name or any(texts):
            raw.names.append(name or f"column {number}")
            raw.cells.append(pa.array(texts, pa.string()))
            if any(isinstance(value, float) and abs(value) >= EXACT for value in column):
                raw.problems.append(("digits_lost", None, raw.names[-1]))
    if settings["merged"] == "ask":
        raw.problems += [("merged_cells", top + 1, None) for (top, _), _ in merged if top >= head]
    return raw


def _fill(grid: list[list[Any]], merged: list[Any], head: int) -> None:
    """Give every cell of a merged range below the header the range's value."""
    for (top, left), (bottom, right) in merged:
        if top >= head:
            for row in grid[top : bottom + 1]:
                row[left : right + 1] = [grid[top][left]] * (min(right + 1, len(row)) - left)


def _check_merged(merged: list[Any], head: int, sheet: str, name: str) -> None:
    for (top, left), (bottom, right) in merged:
        if top < head <= bottom + 1 and (right > left or top < head - 1):
            raise Stop(
                f"{name}, sheet `{sheet}`: header cells are merged (rows {top + 1} to {bottom + 1},"
                f" columns {left + 1} to {right + 1}). Give every column its own name in one row."
            )


def cell_text(value: Any) -> str:
    """A cell as a person would type it: whole numbers without a point, dates as ISO."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if value is None:
        return ""
    return (
        value.isoformat(sep=" ")
        if hasattr(value, "hour") and hasattr(value, "year")
        else str(value)
    )
