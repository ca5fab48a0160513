"""Workbooks as other programs write them: packages, formulas, errors, what is hidden, damage."""

from __future__ import annotations

import datetime as dt
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.worksheet.formula import ArrayFormula

from scripts.lib.errors import Stop
from scripts.lib.reading.sources import sheets_of
from tests.raw_files import read, rows_of

FILES = Path(__file__).parent / "files"
SHEET = "xl/worksheets/sheet1.xml"
Parts = dict[str, bytes]
CELLS = [("a", "2021-03-05", "1", 2)]


def saved(path: Path, change: Callable[[Any], None] = lambda sheet: None) -> Path:
    """A workbook of a sheet with two columns, written by openpyxl."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["id", "seen", "n"], ["a", "2021-03-05", 1]):
        sheet.append(row)
    change(sheet)
    book.save(path)
    return path


def repacked(
    path: Path, change: Callable[[Parts], Parts], pack: int = zipfile.ZIP_DEFLATED
) -> Path:
    """The parts of a workbook, changed and packed again."""
    with zipfile.ZipFile(saved(path)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(path, "w", pack) as book:
        for name, content in change(parts).items():
            book.writestr(zipfile.ZipInfo(name), content)
    return path


def moved(folder: str, book: str) -> Callable[[Parts], Parts]:
    """The workbook part in another folder, under another name."""

    def change(parts: Parts) -> Parts:
        out = {}
        for name, content in parts.items():
            new = name.replace("xl/workbook.xml", f"{folder}{book}")
            new = new.replace("xl/_rels/workbook.xml", f"{folder}_rels/{book}")
            for old in (b'"xl/workbook.xml', b'"/xl/workbook.xml'):
                content = content.replace(old, f'"/{folder}{book}'.encode())
            out[re.sub("^xl/", folder, new)] = content.replace(b'"/xl/', f'"/{folder}'.encode())
        return out

    return change


def sheet_xml(edit: Callable[[str], str], encoding: str = "utf-8") -> Callable[[Parts], Parts]:
    """The XML of the sheet changed."""
    return lambda parts: parts | {SHEET: edit(parts[SHEET].decode()).encode(encoding)}


PACKAGES: dict[str, Callable[[Parts], Parts]] = {
    "as it is": lambda parts: parts,
    "in the root": moved("", "workbook.xml"),
    "in another folder": moved("tables/", "book1.xml"),
    "deeper": moved("a/b/", "workbook.xml"),
    "backslashes": lambda parts: {k.replace("/", "\\"): v for k, v in parts.items()},
    "leading slashes": lambda parts: {"/" + k: v for k, v in parts.items()},
    "capitals": lambda parts: {k.replace("xl/w", "XL/W"): v for k, v in parts.items()},
    "dots in a target": lambda parts: {
        k: v.replace(b"/xl/worksheets", b"../xl/worksheets") for k, v in parts.items()
    },
    "prefixes": sheet_xml(
        lambda text: re.sub(r"<(/?)(?=\w)", r"<\1x:", text).replace("xmlns=", "xmlns:x=")
    ),
    "cells without a place": sheet_xml(lambda text: re.sub(r' r="[A-Z]*\d+"', "", text)),
    "UTF-16": sheet_xml(lambda text: '<?xml version="1.0" encoding="UTF-16"?>' + text, "utf-16"),
    "single quotes": sheet_xml(lambda text: text.replace('"', "'")),
}


@pytest.mark.parametrize("kind", PACKAGES)
def test_a_valid_package_is_read_wherever_its_parts_lie(tmp_path: Path, kind: str) -> None:
    path = repacked(tmp_path / "a.xlsx", PACKAGES[kind])
    assert rows_of(read(path)) == CELLS
    assert [sheet.name for sheet in sheets_of(path, "xlsx")] == ["Sheet"]


def formulas(sheet: Any) -> None:
    sheet["A3"], sheet["B3"], sheet["C3"] = "b", "=DATE(2023,2,3)", '=IF(1=1,"x","y")'
    sheet["A4"], sheet["C4"] = "c", ArrayFormula("C4:C5", "=C2:C3*2")


def test_a_formula_without_a_stored_result_is_no_blank(tmp_path: Path) -> None:
    found = read(saved(tmp_path / "a.xlsx", formulas))
    assert rows_of(found)[1:] == [("b", "#FORMULA!", "#FORMULA!", 3), ("c", "", "#FORMULA!", 4)]
    assert found.problems == [
        ("formula_without_result", 3, "seen"),
        ("formula_without_result", 3, "n"),
    ]


def test_the_zero_of_a_writer_that_calculates_nothing_is_no_result(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["id", "n", "m"])
        sheet.write_row(1, 0, ["a", 0, 0])
        sheet.write_formula("B3", "=10*7")
        sheet.write_formula("C3", "=10*7", None, 70)
        sheet.write_array_formula("B4:B5", "{=C2:C3}")
        sheet.write_column("A3", ["b", "c", "d"])
    found = read(tmp_path / "a.xlsx")
    assert rows_of(found) == [
        ("a", "0", "0", 2),
        ("b", "#FORMULA!", "70", 3),
        ("c", "#FORMULA!", "", 4),
        ("d", "#FORMULA!", "", 5),
    ]
    assert found.problems == [("formula_without_result", 3, "n"), ("formula_may_be_old", 3, "m")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<f>1+1</f><v>2</v>", "2"),
        ('" t="str"><f>""</f><v></v>', ""),
        ('" t="str"><f>"x"</f><v>x</v>', "x"),
        ("<f>1+1</f>", "#FORMULA!"),
        ("<f>1+1</f><v/>", "#FORMULA!"),
        ('<f t="shared" si="0"/>', "#FORMULA!"),
        ('" t="str"><f>"x"</f>', "#FORMULA!"),
        ('" t="e"><f>NA()</f><v>#N/A</v>', "#N/A"),
        ('" t="b"><v>1</v>', "TRUE"),
        ('" t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is>', "ab"),
        ('" t="d"><v>2021-03-05</v>', "2021-03-05"),
    ],
)
def test_cells_with_and_without_a_stored_result(tmp_path: Path, cell: str, text: str) -> None:
    def edit(parts: Parts) -> Parts:
        inner = cell if cell.startswith('"') else f'">{cell}'
        made = f'<row r="3"><c r="A3"><v>7</v></c><c r="C3{inner}</c></row>'
        book = parts["xl/workbook.xml"].replace(b' fullCalcOnLoad="1"', b"")
        xml = parts[SHEET].replace(b"</sheetData>", made.encode() + b"</sheetData>")
        return parts | {SHEET: xml, "xl/workbook.xml": book}

    assert rows_of(read(repacked(tmp_path / "a.xlsx", edit)))[1][2] == text


def test_error_cells_of_an_old_workbook_are_those_of_a_new_one() -> None:
    assert rows_of(read(FILES / "errors.xls"))[1] == ("00000002", "#N/A", "#VALUE!", 3)


def test_a_formula_that_an_old_workbook_never_calculated_is_no_blank() -> None:
    found = read(FILES / "hidden.xls", sheet="S")
    assert rows_of(found)[-1] == ("x", "", "#FORMULA!", "#FORMULA!", 7)


@pytest.mark.parametrize("page", [1252, 936, 1200])
def test_texts_of_an_old_workbook_do_not_depend_on_the_page_that_it_names(
    tmp_path: Path, page: int
) -> None:
    data = bytearray((FILES / "hidden.xls").read_bytes())
    at = data.index(b"\x42\x00\x02\x00\xb0\x04") + 4
    data[at : at + 2] = struct.pack("<H", page)
    found = read(tmp_path / "a.xls", bytes(data), sheet="S")
    assert found.names == ["No", "日期", "Grade", "Text"]
    assert rows_of(found)[0] == ("00000001", "2024-01-01", "1", "文字1", 2)
    assert found.sheets == ["S", "备份", "very"]


def hide(sheet: Any) -> None:
    for number in range(3, 8):
        sheet.append([f"p{number}", "2021-03-05", number])
    for number in (4, 5, 7, 9):  # 9 is blank
        sheet.row_dimensions[number].hidden = True
    sheet.column_dimensions["C"].hidden = True


def test_hidden_rows_and_columns_are_never_read_in_silence(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.xlsx", hide)
    asked = read(path)
    assert len(asked.rows) == 6
    assert asked.problems == [
        ("hidden_column", None, "n"), ("hidden_rows", 4, None), ("hidden_rows", 7, None),
    ]  # fmt: skip
    assert read(path, hidden="read").problems == []
    left = read(path, hidden="leave_out")
    assert left.rows.tolist() == [2, 3, 6]
    assert left.set_aside == [(row, "hidden_row", "") for row in (4, 5, 7)]


def test_rows_of_no_height_and_columns_of_no_width_are_hidden(tmp_path: Path) -> None:
    def flat(text: str) -> str:
        text = text.replace('<row r="2"', '<row r="2" ht="0" customHeight="1"')
        columns = '<cols><col min="2" max="2" width="0" customWidth="1"/></cols>'
        return text.replace("<sheetData>", columns + "<sheetData>")

    found = read(repacked(tmp_path / "a.xlsx", sheet_xml(flat))).problems
    assert found == [("hidden_column", None, "seen"), ("hidden_rows", 2, None)]


def test_hidden_rows_and_columns_of_an_old_workbook_are_seen() -> None:
    found = read(FILES / "hidden.xls", sheet="S")
    assert found.problems[-2:] == [("hidden_column", None, "Text"), ("hidden_rows", 4, None)]


def test_a_hidden_sheet_is_read_only_by_its_name(tmp_path: Path) -> None:
    def backup(sheet: Any) -> None:
        for name, state in (("Backup", "hidden"), ("Very", "veryHidden")):
            other = sheet.parent.create_sheet(name)
            other.append(["id"])
            other.append(["x"])
            other.sheet_state = state

    path = saved(tmp_path / "a.xlsx", backup)
    found = read(path)
    assert (found.sheet, found.hidden_sheets) == ("Sheet", ["Backup", "Very"])
    assert rows_of(read(path, sheet="Very")) == [("x", 2)]
    with pytest.raises(Stop, match=r"Sheets: Sheet, Backup \(hidden\), Very \(hidden\)"):
        read(path, sheet="Old")
    old = read(FILES / "hidden.xls")
    assert (old.sheet, old.hidden_sheets) == ("S", ["备份", "very"])


def test_chart_sheets_are_no_tables(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$A$2"})
        book.add_chartsheet("Chart").set_chart(chart)
        sheet = book.add_worksheet("Data")
        sheet.write_column(0, 0, ["id", 1])
    assert rows_of(read(tmp_path / "a.xlsx")) == [("1", 2)]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "XFD900"])
def test_a_cell_far_from_the_table_is_named_before_the_memory_is_full(
    tmp_path: Path, cell: str
) -> None:
    def stray(sheet: Any) -> None:
        sheet[cell] = "x"

    with pytest.raises(Stop, match=r"^a.xlsx, sheet `Sheet`: its last cell is in row \d+, column"):
        read(saved(tmp_path / "a.xlsx", stray))


def test_rows_that_are_only_formatted_are_no_rows(tmp_path: Path) -> None:
    blank = "".join(
        f'<row r="{n}"><c r="A{n}" s="0"/><c r="XFD{n}"/></row>' for n in range(3, 9000)
    )
    path = repacked(
        tmp_path / "a.xlsx", sheet_xml(lambda t: t.replace("</sheetData>", blank + "</sheetData>"))
    )
    found = read(path)
    assert (rows_of(found), found.set_aside, found.last_row) == (CELLS, [], 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda parts: {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, "OpenDocu"),
        (lambda parts: {"word/document.xml": b"<w/>"}, "holds no workbook"),
        (
            lambda parts: (
                {k: v.replace(b"xl/workbook.xml", b"xl/workbook.bin") for k, v in parts.items()}
                | {"xl/workbook.bin": b"x"}
            ),
            "it is an XLSB workbook",
        ),
        (lambda parts: parts | {SHEET: parts[SHEET][:200]}, "it is damaged"),
        (lambda parts: {k: v for k, v in parts.items() if k != SHEET}, "it is damaged"),
    ],
)
def test_other_packages_are_said_to_be_what_they_are(
    tmp_path: Path, change: Callable[[Parts], Parts], message: str
) -> None:
    with pytest.raises(Stop, match=f"a.xlsx cannot be opened: .*{message}"):
        read(repacked(tmp_path / "a.xlsx", change))


def test_a_flipped_byte_is_the_right_value_or_one_message(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.xlsx").read_bytes()
    for at in range(0, len(whole), 13):
        data = bytearray(whole)
        data[at] ^= 0x10
        try:
            found = rows_of(read(tmp_path / "b.xlsx", bytes(data)))
        except Stop:
            continue
        assert found == CELLS, at


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["a.xlsx", "a.xls"])
def test_a_truncated_workbook_is_one_message(tmp_path: Path, name: str, share: float) -> None:
    whole = (FILES / "hidden.xls").read_bytes() if name == "a.xls" else b""
    whole = whole or saved(tmp_path / name).read_bytes()
    with pytest.raises(Stop, match="cannot be opened"):
        read(
            tmp_path / name,
            whole[: int(len(whole) * share)],
            sheet="S" if whole[:1] != b"P" else None,
        )


def test_a_spoiled_old_workbook_never_ends_in_a_traceback(tmp_path: Path) -> None:
    whole = (FILES / "errors.xls").read_bytes()
    for at in range(0, len(whole), 61):
        data = bytearray(whole)
        data[at] ^= 0x21
        try:
            read(tmp_path / "b.xls", bytes(data))
        except Stop:
            continue


def test_day_numbers_of_an_old_workbook_may_count_from_1904(tmp_path: Path) -> None:
    data = bytearray((FILES / "errors.xls").read_bytes())
    at = data.find(b"\x22\x00\x02\x00\x00\x00")
    assert at > 0
    data[at + 4] = 1
    assert read(tmp_path / "a.xls", bytes(data)).date1904
    assert not read(FILES / "errors.xls").date1904


def test_texts_with_a_point_are_told_from_numbers(tmp_path: Path) -> None:
    def mixed(sheet: Any) -> None:
        sheet["C3"], sheet["C4"], sheet["A4"] = 1.234, "1.234", dt.datetime(2021, 3, 5)

    assert read(saved(tmp_path / "a.xlsx", mixed)).text_points == ["n"]
