"""The document holds every table as printed: three lines, raised marks, equal bytes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn

from scripts.lib.display.printed_table import Cell, TableRow, write_printed_table
from scripts.write_document import (
    LABEL_SHARE,
    TEXT_WIDTHS,
    column_widths,
    main,
    orientation_of,
    start_document,
)
from tests.inputs import Inputs
from tests.printed_tables import COX, SETTINGS, bytes_with_seed, write_tables

TEXT_WIDTH = TEXT_WIDTHS[WD_ORIENT.PORTRAIT]
WIDE = replace(
    COX,
    id="wide",
    label="Table SI",
    rows=[
        TableRow([Cell("Analysis"), *[Cell("0.601 (0.426-0.848)")] * 3, Cell("It assumes. " * 9)])
    ],
)


def write(tmp_path, sensitivity=()):
    path = tmp_path / "tables.docx"
    more = []
    for table in sensitivity:
        more.append(tmp_path / f"{table.id}.json")
        write_printed_table(table, tmp_path / f"{table.id}.csv", more[-1])
    main(
        SimpleNamespace(
            input=Inputs(tables=write_tables(tmp_path), sensitivity=more),
            output=[str(path)],
            params=SimpleNamespace(settings=SETTINGS),
        )
    )
    return Document(str(path))


def edges(cell):
    """Border lines of a cell by edge, in eighths of a point."""
    borders = cell._tc.tcPr.find(qn("w:tcBorders"))
    if borders is None:
        return {}
    return {line.tag.split("}")[1]: int(line.get(qn("w:sz"))) for line in borders}


def test_every_table_with_title_cells_and_footnotes(tmp_path):
    document = write(tmp_path)
    texts = [paragraph.text.strip() for paragraph in document.paragraphs]
    assert {"A study", "Synthetic data.", "Table I. Baseline characteristics."} <= set(texts)
    assert {"aP<0.05.", "HR, hazard ratio."} <= set(texts)
    first = document.tables[0]
    assert [cell.text for cell in first.rows[2].cells] == ["Male", "30 (75.0)", "30 (50.0)", ""]


def test_marks_are_raised_letters(tmp_path):
    cell = write(tmp_path).tables[0].rows[1].cells[3]
    runs = [(run.text, bool(run.font.superscript)) for run in cell.paragraphs[0].runs]
    assert runs == [("0.012", False), ("a", True)]


def test_three_lines_and_no_other(tmp_path):
    rows = write(tmp_path).tables[0].rows
    assert edges(rows[0].cells[1]) == {"top": 12, "bottom": 6}
    assert edges(rows[1].cells[1]) == {}
    assert edges(rows[-1].cells[1]) == {"bottom": 12}


def test_lines_stand_in_the_order_of_the_format(tmp_path):
    for table in write(tmp_path).tables:
        for cell in (cell for row in table.rows for cell in row.cells):
            assert list(edges(cell)) in ([], ["top"], ["bottom"], ["top", "bottom"])


def test_heads_repeat_and_span(tmp_path):
    table = write(tmp_path).tables[1]
    assert table.rows[0].cells[1]._tc is table.rows[0].cells[2]._tc
    for row in table.rows[:2]:
        assert row._tr.trPr.find(qn("w:tblHeader")) is not None


def test_columns_hold_their_longest_text_within_the_page():
    wide = replace(COX, rows=[TableRow([Cell("x" * n) for n in (90, 21, 5, 21, 5)])])
    label, hr, p, _, _ = column_widths(wide, TEXT_WIDTH)
    assert label > hr > p
    assert sum(column_widths(wide, TEXT_WIDTH)) == TEXT_WIDTH
    assert sum(column_widths(COX, TEXT_WIDTH)) < TEXT_WIDTH
    assert label >= LABEL_SHARE * TEXT_WIDTH


def test_sensitivity_analyses_follow_under_a_head_of_their_own(tmp_path):
    document = write(tmp_path, [WIDE])
    texts = [paragraph.text.strip() for paragraph in document.paragraphs]
    assert texts.index("Sensitivity analyses") == texts.index(f"Table SI. {COX.title}") - 1
    assert "Sensitivity analyses" not in [p.text for p in write(tmp_path).paragraphs]


def test_a_wide_table_lies_across_a_page_with_its_long_texts_broken_and_left(tmp_path):
    assert orientation_of(COX) == WD_ORIENT.PORTRAIT
    assert orientation_of(WIDE) == WD_ORIENT.LANDSCAPE
    document = write(tmp_path, [WIDE])
    turned = [section.orientation for section in document.sections]
    assert turned == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    lying = document.sections[-1]
    assert lying.page_width > lying.page_height
    cells = document.tables[-1].rows[-1].cells
    alignments = [cell.paragraphs[0].alignment for cell in cells]
    assert alignments[1] == WD_ALIGN_PARAGRAPH.CENTER
    assert alignments[-1] == WD_ALIGN_PARAGRAPH.LEFT


def test_same_bytes_with_another_hash_seed(tmp_path):
    first, second = (bytes_with_seed("write_document", s, tmp_path / s) for s in ("1", "2"))
    assert first == second


def test_a_title_longer_than_a_property_may_be_is_shown_whole(tmp_path):
    document = start_document("long " * 100, "notice " * 100, "state")
    assert document.paragraphs[0].text == "long " * 100
    assert len(document.core_properties.title) == 255
