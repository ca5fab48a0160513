"""Rows of two deliveries are matched by what they say, whatever their places."""

from __future__ import annotations

import pandas as pd

from scripts.lib.deliveries.matching import changed_cells, described
from tests.small_tables import source_table

BEFORE = """
    USUBJID | scan_date  | response | note
    S1      | 2021-01-05 | SD       | a
    S1      | 2021-03-05 |          | b
    S2      | 2021-01-05 | SD       | c
    S3      |            | PD       | d
"""
KINDS = {"scan_date": "date", "response": "code", "note": "text"}


def changes(after: str, before: str = BEFORE, date: str = "scan_date") -> list[tuple]:
    cells = changed_cells(source_table(before), source_table(after), date)
    return list(cells.itertuples(index=False, name=None))


def test_rows_that_only_moved_changed_nothing():
    lines = BEFORE.strip().splitlines()
    assert changes("\n".join([lines[0], *reversed(lines[1:])])) == []


def test_a_cell_that_changed_is_found_by_the_date_of_its_row():
    assert changes(BEFORE.replace("2021-03-05 |    ", "2021-03-05 | PD ")) == [
        ("S1", "value", "response", 1, 1)
    ]


def test_a_date_that_changed_is_found_by_the_rest_of_its_row():
    assert changes(BEFORE.replace("2021-03-05", "2021-03-04")) == [
        ("S1", "value", "scan_date", 1, 1)
    ]


def test_the_one_row_that_is_left_on_either_side_is_the_same():
    after = BEFORE.replace("S3      |            | PD       | d", "S3 | 2021-05-01 | SD | d")
    assert changes(after) == [
        ("S3", "value", "response", 3, 3), ("S3", "value", "scan_date", 3, 3),
    ]  # fmt: skip


def test_rows_are_added_and_gone():
    after = BEFORE.replace("S2      | 2021-01-05 | SD       | c", "S4 | 2021-01-05 | SD | c")
    assert changes(after) == [("S2", "row gone", "", 2, -1), ("S4", "row added", "", -1, 2)]


def test_equal_rows_are_matched_one_to_one():
    before = "USUBJID | scan_date | response\n S1 | 2021-01-05 | SD\n S1 | 2021-01-05 | SD"
    after = "USUBJID | scan_date | response\n S1 | 2021-01-05 | SD"
    assert changes(after, before) == [("S1", "row gone", "", 1, -1)]


def test_places_and_values_of_both_deliveries_and_no_free_text():
    before, after = (
        source_table(text) for text in (BEFORE, BEFORE.replace("SD       | a", "PD | z"))
    )
    told = described(changed_cells(before, after, "scan_date"), before, after, KINDS)
    rows = told.set_index("column")
    assert rows.loc["response", ["before", "after"]].to_list() == ["SD", "PD"]
    assert rows.loc["note", ["before", "after"]].to_list() == ["(text)", "(text)"]
    assert (rows["row_before"] == 2).all() and (rows["file_after"] == "made.csv").all()


def test_an_empty_table_can_be_compared():
    before, after = source_table(BEFORE), source_table(BEFORE).iloc[:0]
    cells = changed_cells(before, after, "scan_date")
    assert cells["kind"].to_list() == ["row gone"] * 4
    assert described(cells, before, after, KINDS)["row_after"].isna().all()
    pd.testing.assert_frame_equal(
        changed_cells(after, after, ""), cells.iloc[:0], check_dtype=False
    )
