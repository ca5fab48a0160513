"""Columns that a suite adds to its table: joined, counted, computed; none changes a row."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.quality.check_frame import CheckFrame, build_frame, parameters
from tests.lib.quality.test_expectations import CUTOFF, suite, table

CHECK = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}}


def build(frame: pd.DataFrame, neighbours: dict[str, pd.DataFrame], **more: Any) -> CheckFrame:
    return build_frame(suite(CHECK, **more), frame, neighbours, CUTOFF)


VISITS = table(
    id=["b", "a", "b", None, "d"],
    day=list(pd.to_datetime(["2020-03-01", "2020-01-01", "2020-02-01", "2020-01-01", None])),
)


def test_a_join_takes_the_least_and_leaves_the_rows_as_they_are() -> None:
    people = table(id=["c", "b", None, "a", "b"])

    built = build(
        people,
        {"visits": VISITS},
        joins=[{"table": "visits", "by": "id", "columns": {"day": "FIRST"}, "take": "min"}],
    )

    assert built.frame["id"].tolist() == people["id"].tolist()
    found = built.frame["FIRST"].dt.strftime("%m").fillna("-").tolist()
    assert found == ["-", "02", "-", "01", "02"]


def test_a_join_by_two_columns_finds_the_row_that_agrees_in_both() -> None:
    people = table(id=["b", "b", "a", None], line=[1, 2, 1, 1])
    lines = table(id=["b", "b", "b", "a"], line=[1, 1, 3, 1], day=[5, 4, 9, 7])

    built = build(
        people,
        {"lines": lines},
        joins=[{"table": "lines", "by": ["id", "line"], "columns": {"day": "D"}, "take": "min"}],
    )

    assert built.frame["D"].fillna(-1).tolist() == [4, -1, 7, -1]


def test_a_join_by_a_column_of_another_type_says_so() -> None:
    built = build(
        table(id=["a"], line=["1"]),
        {"lines": table(id=["a"], line=[1], day=[5])},
        joins=[{"table": "lines", "by": ["id", "line"], "columns": {"day": "DAY"}}],
    )

    assert "another type" in built.broken["DAY"]


def test_a_join_by_a_repeated_key_breaks_its_columns_and_what_is_made_of_them() -> None:
    built = build(
        table(id=["a", "b"]),
        {"visits": VISITS},
        joins=[{"table": "visits", "by": "id", "columns": {"day": "DAY"}}],
        columns={"seen": "not missing(DAY)"},
    )

    assert "repeated" in built.broken["DAY"]
    assert built.broken["seen"] == built.broken["DAY"]


def test_groups_count_rows_values_and_extremes() -> None:
    built = build(
        table(id=["a", "a", "b", None], arm=["x", "y", "x", "x"], n=[3, None, 5, 7]),
        {},
        groups={
            "rows": {"by": ["id"]},
            "big": {"by": ["id"], "where": "n > 3"},
            "arms": {"by": ["id"], "distinct": "arm"},
            "least": {"by": ["id"], "min": "n"},
        },
    )

    shown = built.frame[["rows", "big", "arms", "least"]].astype("Int64").fillna(-1)
    assert shown.to_numpy().tolist() == [[2, 0, 2, 3], [2, 0, 2, 3], [1, 1, 1, 5], [-1] * 4]


def test_an_expression_with_an_unknown_column_is_noted_not_raised() -> None:
    built = build(table(id=["a"]), {}, columns={"ok": "id == 'a'", "no": "nosuch == 1"})

    assert built.broken == {"no": "there is no column `nosuch`"}
    assert built.frame["ok"].tolist() == [True]


def test_a_column_that_cannot_be_computed_is_noted_without_a_value() -> None:
    built = build(table(id=["Li Wei"]), {}, columns={"sum": "id + 1"})

    assert "sum" in built.broken and "Li Wei" not in built.broken["sum"]


def test_the_cut_off_can_be_used_and_does_not_become_a_source() -> None:
    frame = table(id=["a"], day=[pd.Timestamp("2025-01-01")])

    built = build(frame, {}, columns={"early": "day <= DATA_CUTOFF", "again": "not early"})

    assert built.frame["early"].tolist() == [False]
    assert built.columns_behind(["again"]) == ["day"]


def test_a_computed_column_does_not_replace_one_of_the_table() -> None:
    assert "already" in build(table(id=["a"]), {}, columns={"id": "id == 'b'"}).broken["id"]


def test_parameters_that_cannot_be_had_are_left_out() -> None:
    made = suite(
        CHECK,
        references={
            "seen": {"table": "visits", "column": "id"},
            "early": {"table": "visits", "column": "id", "where": "day < date('2020-01-15')"},
            "lost": {"table": "visits", "column": "nosuch"},
            "none": {"table": "visits", "column": "id", "where": "id == 'z'"},
            "codes": {"codelist": "sex"},
        },
    )

    values = parameters(made, {"visits": VISITS}, {"sex": ["m", "f"]}, {"arms": ["x"]})

    assert values == {"arms": ["x"], "seen": ["a", "b", "d"], "early": ["a"], "codes": ["m", "f"]}
