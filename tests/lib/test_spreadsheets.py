"""Nothing written for a spreadsheet or a reader of Markdown is a formula, a link or HTML."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from openpyxl import load_workbook

from scripts.lib.analysis.ard import ArdBuilder, read_ard, write_ard
from scripts.lib.display.printed_table import Cell, Head, PrintedTable, TableRow
from scripts.lib.display.prose import Section, read_prose, write_prose
from scripts.lib.queries.workbook import write_workbook
from scripts.lib.spreadsheets import neutral, neutral_frame, plain, plain_frame
from scripts.list_repairs import neutral_table
from scripts.write_workbook import Sheets

FORMULAS = [
    "=1+1", '=HYPERLINK("http://x.test","a")', "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3",
    "-2+3+cmd|' /C calc'!A0", "@SUM(A1:A9)", "\t=1", "\r=1", "＝1+1", "{=SUM(A1)}", "'=1", "''=1",
    "- remark", "http://x.test", "mailto:a@x.test", "external:c:\\a.xlsx",
]  # fmt: skip
NUMBERS = [
    "-0.54", "+3", "-1.2e-05", "-", "-0.54 to 0.33", "0.1-0.2", "-5.0 (-7.1-2.0)", "12 (7.5)", "",
    "1-1", "-12.5%", "+",
]  # fmt: skip


@pytest.mark.parametrize("text", [*FORMULAS, *NUMBERS, "it's", "'quoted'", "<b>"])
def test_what_is_neutral_reads_back_as_it_was(text):
    assert plain(neutral(text)) == text
    assert neutral(text)[:1] not in set("=+@\t\r＝＋－＠") or text in NUMBERS


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_and_ranges_stay_as_they_are(text):
    assert neutral(text) == text


def test_every_column_and_name_of_a_frame_is_neutral_and_reads_back():
    frame = pd.DataFrame({"=a": ["=1", None, "x"], "n": [-1, 2, 3], "@c": ["-x", "=1", "-3"]})
    out = neutral_frame(frame)
    assert list(out) == ["'=a", "n", "'@c"] and out["'@c"].tolist() == ["'-x", "'=1", "-3"]
    assert out["n"].tolist() == [-1, 2, 3]
    pd.testing.assert_frame_equal(plain_frame(out), frame)


def test_results_data_are_neutral_on_disk_and_as_they_were_when_read(tmp_path: Path):
    ard = ArdBuilder("baseline")
    for text in FORMULAS[:8]:
        ard.add("n", -3, group=text, variable="X", level=text, method=text)
    write_ard(ard.rows, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [c for c in cells if c[:1] in tuple("=+-@\t\r＝") and c not in ("-3", "")]
    assert sorted(read_ard(tmp_path / "a.csv")) == sorted(ard.rows)


def cells_of(path: Path) -> tuple[list[tuple[str, str]], str]:
    """Type and text of every cell; all XML of the sheets and their relations."""
    found = [
        (cell.data_type, cell.value)
        for sheet in load_workbook(path, rich_text=False)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    with zipfile.ZipFile(path) as archive:
        xml = "".join(
            archive.read(n).decode() for n in archive.namelist() if "sheet" in n and "xml" in n
        )
    return found, xml


@pytest.mark.parametrize("text", [t for t in FORMULAS if "\r" not in t])
def test_a_table_in_the_workbook_holds_text_alone_also_in_merged_cells(tmp_path: Path, text: str):
    table = PrintedTable(
        "t", "Table I", text, [[Head(""), Head(text, 2)], [Head(text), Head(text), Head("b")]],
        [TableRow([Cell(text), Cell(text, "ᵃ"), Cell("1")])], [text],
    )  # fmt: skip
    sheets = Sheets(str(tmp_path / "t.xlsx"), text, text, text)
    sheets.contents([table], [])
    sheets.table(table)
    sheets.book.close()
    found, xml = cells_of(tmp_path / "t.xlsx")
    assert {kind for kind, _ in found} == {"s"}
    assert "<f>" not in xml and "<f " not in xml and "TargetMode" not in xml
    assert sum(value == text for _, value in found) >= 6  # nothing lost


def test_queries_in_the_workbook_are_text_and_a_long_cell_is_not_lost(tmp_path: Path):
    long = "=1" + "x" * 40_000
    frame = pd.DataFrame(
        {"id": ["Q-1", "Q-2"], "status": ["open"] * 2, "last_delivery": ["=d"] * 2}
    ).assign(value=["=1+1", long])
    write_workbook(tmp_path / "q.xlsx", frame, [["=A", "http://x.test"]], "=title")
    found, xml = cells_of(tmp_path / "q.xlsx")
    assert {kind for kind, _ in found} == {"s"} and "<f>" not in xml and "TargetMode" not in xml
    assert any(value.startswith("=1xxx") and value.endswith(" ...") for _, value in found)


def test_rows_left_out_are_neutral_in_their_list():
    table = pa.table({"row": [1, 2, 3], "detail": ["=1", None, "-3"], "raw": ["a", "@b", "c"]})
    out = neutral_table(table)
    assert out["detail"].to_pylist() == ["'=1", None, "-3"]
    assert out["raw"].to_pylist() == ["a", "'@b", "c"] and out["row"].to_pylist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=x onerror=a>", "a </b> <!-- x -->", "<?php ?>",
        "[a](javascript:alert(1))", "![a](http://x.test/p.png)", "<http://x.test>", "&lt;b>",
    ],
)  # fmt: skip
def test_markdown_holds_no_html_and_no_link_and_reads_back(tmp_path: Path, text: str):
    sections = [Section(f"T {text}", [text, [text, "P<0.05 & a < b"]])]
    write_prose(tmp_path / "m.md", text, sections)
    written = (tmp_path / "m.md").read_text()
    assert not any(mark in written for mark in ("<s", "<i", "</", "<!", "<?", "<h", "]("))
    assert "P<0.05 & a < b" in written
    assert read_prose(tmp_path / "m.md") == sections
