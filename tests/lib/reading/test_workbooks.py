"""Workbooks: sheets -> text cells with the sheet's rows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from scripts.lib.errors import Stop
from tests.locked_workbook import locked_xls, locked_xlsx
from tests.raw_files import read, rows_of

OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILES = Path(__file__).parent / "files"


def write(path: Path, sheets: dict[str, dict[str, Any]], merged: str | None = None) -> Path:
    """A workbook: by sheet, cell -> value."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "d mmm yyyy"})
        moment = book.add_format({"num_format": "yyyy/m/d hh:mm"})
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            for cell, value in cells.items():
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(cell, value, moment if value.hour else day)
                elif isinstance(value, str) and value.startswith("#"):
                    sheet.write_formula(cell, "=NA()", None, value)
                else:
                    sheet.write(cell, value)
            if merged:
                sheet.merge_range(merged, cells.get(merged.split(":")[0], ""))
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def test_numbers_dates_and_truth_become_the_text_a_person_would_type(book: Path) -> None:
    values = [12345678, 0.1, True, dt.datetime(2021, 3, 5), dt.datetime(2021, 3, 5, 13, 45), "007"]
    cells = dict(zip(("A2", "B2", "C2", "D2", "E2", "F2"), values, strict=True))
    write(book, {"A": {f"{column}1": column for column in "ABCDEF"} | cells})
    assert rows_of(read(book)) == [
        ("12345678", "0.1", "TRUE", "2021-03-05", "2021-03-05 13:45:00", "007", 2)
    ]


def test_rows_are_those_of_the_sheet(book: Path) -> None:
    cells = {"A1": "Register", "B3": "id", "C3": "n", "B4": 1, "C4": "a", "B6": 2, "B9": "Total"}
    found = read(write(book, {"A": cells}), header_row=3, footer_rows=1)
    assert found.names == ["id", "n"]
    assert rows_of(found) == [("1", "a", 4), ("2", "", 6)]
    assert [(row, why) for row, why, _ in found.set_aside] == [
        (5, "empty_row"),
        (7, "empty_row"),
        (8, "empty_row"),
        (9, "footer"),
    ]


def test_error_cells_keep_their_error(book: Path) -> None:
    cells = {"A1": "id", "B1": "n", "A2": 1, "B2": "#N/A", "A3": 2, "B3": 7}
    assert rows_of(read(write(book, {"A": cells}))) == [("1", "#N/A", 2), ("2", "7", 3)]


def test_the_sheet_is_named_or_the_only_one(book: Path) -> None:
    sheets = {"A": {"A1": "id", "A2": 1}, "B": {"A1": "id", "A2": 2}}
    write(book, sheets)
    found = read(book, sheet="B")
    assert (rows_of(found), found.sheet) == ([("2", 2)], "B")
    with pytest.raises(Stop, match="has 2 sheets. Sheets: A, B. Say which one"):
        read(book)
    with pytest.raises(Stop, match="has no sheet `C`. Sheets: A, B"):
        read(book, sheet="C")


def test_merged_header_cells_stop(book: Path) -> None:
    cells = {"A1": "id", "B1": "dates", "A2": 1, "B2": "x", "C2": "y"}
    write(book, {"A": cells}, merged="B1:C1")
    with pytest.raises(Stop, match="header cells are merged .*columns 2 to 3"):
        read(book)


def test_a_merged_title_above_the_header_is_no_matter(book: Path) -> None:
    cells = {"A1": "Register", "A2": "id", "B2": "n", "A3": 1, "B3": "x"}
    assert rows_of(read(write(book, {"A": cells}, merged="A1:B1"), header_row=2)) == [("1", "x", 3)]


def test_merged_cells_below_the_header_are_asked_about(book: Path) -> None:
    cells = {"A1": "id", "B1": "n", "A2": 1, "B2": "x", "B3": "y"}
    found = read(write(book, {"A": cells}, merged="A2:A3"))
    assert found.problems == [("merged_cells", 2, None)]
    assert rows_of(found) == [("1", "x", 2), ("", "y", 3)]


def test_merged_cells_repeat_their_value_where_declared(book: Path) -> None:
    cells = {"A1": "id", "B1": "n", "C1": "m", "A2": 1, "C2": "x", "C3": "y", "A4": 2}
    found = read(write(book, {"A": cells}, merged="A2:B3"), merged="fill")
    assert rows_of(found) == [("1", "1", "x", 2), ("1", "1", "y", 3), ("2", "", "", 4)]
    assert found.problems == []


def test_numbers_that_excel_has_cut_are_asked_about_once_a_column(book: Path) -> None:
    cells = {"A1": "id", "B1": "card", "A2": 123456789012345, "B2": 110101199001011234}
    found = read(write(book, {"A": cells | {"A3": 1, "B3": 110101199001011235}}))
    assert found.problems == [("digits_lost", None, "card")]


def test_an_old_workbook() -> None:
    """The file was written by xlwt 1.3, which the project does not depend on."""
    found = read(FILES / "old_workbook.xls", sheet="登记")
    assert found.names == ["住院号", "日期", "数值", "备注"]
    assert rows_of(found) == [
        ("123456", "2021-03-05", "1.5", "好", 2),
        ("00765432", "2021/3/6", "44260", "", 4),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("book.xlsx", OLD_MAGIC + b"\0" * 600, r"content is an old Excel workbook \(XLS\)"),
        ("book.xls", b"PK\x03\x04" + b"\0" * 600, "content is a zip archive, as XLSX"),
        ("book.xlsx", b"id,n\n1,a\n", "content is text"),
        ("book.xls", b"<html><table>", "content is a web page or XML"),
        ("book.xlsx", b"PK\x03\x04 not whole", "cannot be opened: it is damaged"),
    ],
)
def test_what_is_no_workbook_stops(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(Stop, match=message):
        read(tmp_path / name, content)


@pytest.mark.parametrize("size", [8192, 400_000])
@pytest.mark.parametrize("name", ["book.xlsx", "book.xls", "book.csv"])
def test_a_locked_workbook_stops_with_what_to_do(tmp_path: Path, name: str, size: int) -> None:
    message = f"^{name} is password-protected. Open it with its password, save it without one"
    with pytest.raises(Stop, match=message):
        read(tmp_path / name, locked_xlsx(size))


def test_a_locked_old_workbook_stops_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="^book.xls is password-protected. Open it with its password"):
        read(tmp_path / "book.xls", locked_xls())


def test_the_locked_workbook_of_the_tests_is_one_to_a_reader_of_compound_files(book: Path) -> None:
    """calamine finds its way through the file and meets the encryption, not a broken file."""
    book.write_bytes(locked_xlsx(400_000))
    with pytest.raises(CalamineError) as error:
        CalamineWorkbook.from_path(str(book))
    assert "assword" in type(error.value).__name__ + str(error.value)


def test_empty_sheets_stop(book: Path) -> None:
    with pytest.raises(Stop, match="sheet `A` is empty"):
        read(write(book, {"A": {}}))
    with pytest.raises(Stop, match="has column names but no rows"):
        read(write(book, {"A": {"A1": "id"}}))
    with pytest.raises(Stop, match="two columns of one name: columns 1, 2"):
        read(write(book, {"A": {"A1": "id", "B1": "id ", "A2": 1}}))
