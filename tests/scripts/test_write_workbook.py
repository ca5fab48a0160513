"""The workbook holds every table as printed, and the notice, in equal bytes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import openpyxl

from scripts.lib.display.printed_table import write_printed_table
from scripts.write_workbook import column_characters, main, sheet_names
from tests.inputs import Inputs
from tests.printed_tables import BASELINE, COX, SETTINGS, bytes_with_seed, write_tables


def write(tmp_path, sensitivity=()):
    path = tmp_path / "tables.xlsx"
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
    return openpyxl.load_workbook(path)


def test_a_sheet_for_each_table_with_its_cells_as_printed(tmp_path):
    book = write(tmp_path)
    assert book.sheetnames == ["Contents", "Table I", "Table II"]
    sheet = book["Table I"]
    assert sheet["A1"].value == "Table I. Baseline characteristics."
    values = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=3, max_col=4)]
    assert values[0] == [head.text for head in BASELINE.heads[0]]
    assert values[1] == ["Sex, n (%)", "", "", "0.012a"]
    assert values[2] == ["Male", "30 (75.0)", "30 (50.0)", ""]
    assert sheet["A5"].alignment.indent == 1


def test_spanning_heads_and_footnotes(tmp_path):
    sheet = write(tmp_path)["Table II"]
    assert {"B3:C3", "D3:E3"} <= {str(cells) for cells in sheet.merged_cells.ranges}
    assert sheet["A8"].value == "HR, hazard ratio."
    assert sheet["A9"].value == "Synthetic data."


def test_contents_name_every_table_and_the_notice(tmp_path):
    sheet = write(tmp_path)["Contents"]
    values = {cell.value for row in sheet.iter_rows() for cell in row}
    assert {"A study", "Synthetic data.", "Table II", COX.title} <= values


def test_sensitivity_analyses_have_their_sheets_and_their_part_of_the_contents(tmp_path):
    book = write(tmp_path, [replace(COX, id="landmark", label="Table SI", title="Landmark.")])
    assert book.sheetnames == ["Contents", "Table I", "Table II", "Table SI"]
    column = [cell.value for cell in book["Contents"]["A"]]
    assert column[-2:] == ["Sensitivity analyses", "Table SI"]
    assert "Sensitivity analyses" not in [c.value for c in write(tmp_path)["Contents"]["A"]]


def test_columns_are_as_wide_as_their_longest_cell():
    assert column_characters(COX)[1] == len("1.003 (0.983-1.023)") + 2


def test_same_bytes_with_another_hash_seed(tmp_path):
    first, second = (bytes_with_seed("write_workbook", s, tmp_path / s) for s in ("1", "2"))
    assert first == second


def test_any_label_gives_a_sheet_of_its_own():
    labels = [
        "Table I",
        "table i",
        "ORR/DCR [%]: a?",
        "'quoted'",
        "",
        "Contents",
        "x" * 40,
        "x" * 45,
    ]
    tables = [replace(COX, id=f"t{n}", label=label) for n, label in enumerate(labels)]
    assert list(sheet_names(tables).values()) == [
        "Table I", "table i (2)", "ORR_DCR _%__ a_", "quoted", "Table", "Contents (2)", "x" * 31,
        "x" * 27 + " (2)",
    ]  # fmt: skip
