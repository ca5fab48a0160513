"""Excel workbooks (XLSX, XLS) as text cells."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from scripts.lib.errors import Stop
from scripts.lib.folding import NO_RESULT, clean_header
from scripts.lib.reading.marks import Damaged, Marks, SheetName
from scripts.lib.reading.protection import locked
from scripts.lib.reading.raw import Raw, joined_text
from scripts.lib.reading.xls import Xls
from scripts.lib.reading.xlsx import Xlsx, is_sparse

EXACT = 1e15  # Excel keeps 15 digits
POINT = re.compile(r"\s*[+-]?\d*\.\d+")


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet as Python values, row by row from the first, and what is marked in it."""

    cells: list[list[Any]]
    merged: list[Any]  # top left and bottom right, from 0
    marks: Marks


class Book:
    """An opened workbook; Stop wherever it turns out not to be whole."""

    def __init__(self, data: bytes, kind: str, name: str) -> None:
        self.name = name
        try:
            self._book: Xlsx | Xls = Xlsx(data) if kind == "xlsx" else Xls(data)
        except Damaged as damaged:
            raise self._stop(damaged) from None
        self.sheets: list[SheetName] = self._book.sheets
        self.date1904 = self._book.date1904

    def sheet(self, name: str) -> Sheet:
        """The cells of a sheet: errors as their text, formulas without a result as `#FORMULA!`."""
        try:
            marks = self._book.marks(name)
            if is_sparse(marks):
                raise Stop(_too_far(self.name, name, marks))
            cells, merged = self._cells(name)
        except Damaged as damaged:
            raise self._stop(damaged) from None
        texts = marks.errors | dict.fromkeys(marks.without, NO_RESULT)
        for (row, column), text in texts.items():
            _put(cells, row, column, text)
        return Sheet(cells, merged, marks)

    def _cells(self, name: str) -> tuple[list[list[Any]], list[Any]]:
        data = self._book.plain(name) if isinstance(self._book, Xlsx) else self._book.plain
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            tables = [m.name for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
            number = [sheet.name for sheet in self.sheets].index(name) if len(tables) > 1 else 0
            sheet = book.get_sheet_by_name(tables[number])
            return sheet.to_python(skip_empty_area=False), sheet.merged_cell_ranges or []
        except (CalamineError, ValueError, IndexError, OSError) as error:
            raise self._stop(error) from None
        except BaseException as error:
            if type(error).__name__ == "PanicException":  # calamine met what it cannot read
                raise self._stop(error) from None
            raise

    def _stop(self, error: BaseException) -> Stop:
        if "assword" in type(error).__name__ + str(error):
            return Stop(locked(self.name))
        why = str(error) if isinstance(error, Damaged) else ""
        return Stop(f"{self.name} cannot be opened: {why or 'it is damaged'}. Export it again.")


def _put(cells: list[list[Any]], row: int, column: int, text: str) -> None:
    """Set a cell, also beyond the cells that have a value."""
    width = len(cells[0]) if cells else 0
    cells += [[""] * width for _ in range(row + 1 - len(cells))]
    if column >= width:
        for line in cells:
            line += [""] * (column + 1 - width)
    cells[row][column] = text


def _too_far(name: str, sheet: str, marks: Marks) -> str:
    return (
        f"{name}, sheet `{sheet}`: its last cell is in row {marks.last_row + 1}, column "
        f"{marks.last_column + 1}, but only {marks.filled} cells are filled. Something stands far "
        "from the table (Ctrl+End in Excel goes there): delete those rows and columns, save it and "
        "put it back; a table of that size can be exported as CSV."
    )


def read_workbook(data: bytes, settings: dict[str, Any]) -> Raw:
    """The cells of one sheet; the row is the sheet's. Dates are ISO text, whatever their format."""
    name = settings["file"]
    book = Book(data, settings["format"], name)
    wanted = _only_sheet(book.sheets, settings)
    sheet = book.sheet(wanted)
    if len(sheet.cells) < settings["header_row"]:
        raise Stop(f"{name}, sheet `{wanted}` is empty. Name another sheet, or export it again.")
    raw = _grid(sheet, wanted, settings)
    raw.sheets = [one.name for one in book.sheets]
    raw.hidden_sheets = [one.name for one in book.sheets if one.hidden]
    raw.date1904 = book.date1904
    return raw


def _only_sheet(sheets: list[SheetName], settings: dict[str, Any]) -> str:
    """The declared sheet, also a hidden one; without a declaration the only one that is shown."""
    wanted = settings["sheet"]
    names = [sheet.name for sheet in sheets]
    shown = [sheet.name for sheet in sheets if not sheet.hidden]
    if wanted in names or (wanted is None and len(shown) == 1):
        return str(wanted or shown[0])
    problem = f"has no sheet `{wanted}`" if wanted else f"has {len(shown)} sheets"
    raise Stop(
        f"{settings['file']} {problem}. Sheets: {listed(sheets)}. Say which one under `sheet`."
    )


def listed(sheets: list[SheetName]) -> str:
    """The sheets as a person reads them."""
    return ", ".join(one.name + (" (hidden)" if one.hidden else "") for one in sheets)


def _grid(found: Sheet, sheet: str, settings: dict[str, Any]) -> Raw:
    head, grid, merged = settings["header_row"], found.cells, found.merged
    _check_merged(merged, head, sheet, settings["file"])
    if settings["merged"] == "fill":
        _fill(grid, merged, head)
    columns = list(zip(*grid[head:], strict=True)) or [()] * len(grid[head - 1])
    rows = np.arange(head + 1, len(grid) + 1)
    above = [(n, joined_text(map(cell_text, row))) for n, row in enumerate(grid[: head - 1], 1)]
    raw = Raw([], [], rows, len(grid), head + 1, sheet=sheet, above=above)
    names: dict[int, str] = {}
    for number, (title, column) in enumerate(zip(grid[head - 1], columns, strict=True), 1):
        name, texts = clean_header(cell_text(title)), [cell_text(value) for value in column]
        if name or any(texts):
            names[number - 1] = name or f"column {number}"
            raw.names.append(names[number - 1])
            raw.cells.append(pa.array(texts, pa.string()))
            if any(isinstance(value, float) and abs(value) >= EXACT for value in column):
                raw.problems.append(("digits_lost", None, raw.names[-1]))
            if any(isinstance(value, str) and POINT.match(value) for value in column):
                raw.text_points.append(raw.names[-1])
    if settings["merged"] == "ask":
        raw.problems += [("merged_cells", top + 1, None) for (top, _), _ in merged if top >= head]
    _ask_formulas(raw, names, head, found.marks)
    _treat_hidden(raw, names, found.marks, settings.get("hidden", "ask"))
    return raw


def _ask_formulas(raw: Raw, names: dict[int, str], head: int, marks: Marks) -> None:
    """One problem for each column with formulas that have no result, or an old one."""
    for rule, cells in (
        ("formula_without_result", marks.without),
        ("formula_may_be_old", marks.old),
    ):
        first: dict[int, int] = {}
        for row, column in sorted(cells):
            if row >= head:
                first.setdefault(column, row + 1)
        raw.problems += [(rule, row, names[c]) for c, row in sorted(first.items()) if c in names]


def _treat_hidden(raw: Raw, names: dict[int, str], marks: Marks, declared: str) -> None:
    """Hidden rows and columns are asked about, or what `hidden` says of them."""
    if declared == "read":
        return
    columns = [names[column] for column in sorted(marks.hidden_columns & set(names))]
    raw.problems += [("hidden_column", None, name) for name in columns]
    unseen = np.isin(raw.rows - 1, sorted(marks.hidden_rows))
    filled = np.zeros(len(raw.rows), bool)
    for cell in raw.cells if unseen.any() else []:
        filled |= pc.not_equal(cell, "").to_numpy(zero_copy_only=False)
    unseen &= filled
    if declared == "leave_out":
        raw.set_aside += [(int(row), "hidden_row", "") for row in raw.rows[unseen]]
        raw.keep(np.flatnonzero(~unseen))
        return
    begins = unseen & ~np.concatenate([[False], unseen[:-1]])
    raw.problems += [("hidden_rows", int(row), None) for row in raw.rows[begins]]


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
