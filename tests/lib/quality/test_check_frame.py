"""Columns that a suite adds to its table: joined, counted, computed; none changes a row."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
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


# ---- other rows: of the same key, before and after, saying no more

LINES = table(
    id=["a", "a", "a", "b"],
    line=[1, 2, 2, 1],
    start=list(pd.to_datetime(["2020-01-01", "2020-06-01", "2020-07-01", "2020-03-01"])),
)


def test_a_join_by_two_keys_finds_the_row_of_both() -> None:
    rows = table(id=["a", "a", "b", "b", None], line=[2, 1, 1, 2, 1])

    built = build(
        rows,
        {"lines": LINES},
        joins=[
            {"table": "lines", "by": ["id", "line"], "columns": {"start": "START"}, "take": "min"}
        ],
    )

    found = built.frame["START"].dt.strftime("%m").fillna("-").tolist()
    assert found == ["06", "01", "03", "-", "-"]


def test_a_join_by_the_latest_date_finds_what_was_under_way_that_day() -> None:
    days = ["2019-12-31", "2020-01-01", "2020-06-30", "2020-12-01", None, "2020-12-01"]
    rows = table(id=["a", "a", "a", "a", "a", "c"], day=list(pd.to_datetime(days)))

    built = build(
        rows,
        {"lines": LINES},
        joins=[
            {"table": "lines", "by": "id", "latest": {"day": "start"}, "take": "max",
             "columns": {"line": "LINE", "start": "SINCE"}}
        ],
    )  # fmt: skip

    assert built.frame["LINE"].fillna(-1).tolist() == [-1, 1, 2, 2, -1, -1]
    assert built.frame["SINCE"].dt.strftime("%m").fillna("-").tolist() == [
        "-", "01", "06", "07", "-", "-",
    ]  # fmt: skip


def test_a_join_sees_only_the_rows_of_its_where() -> None:
    built = build(
        table(id=["a", "b"]),
        {"lines": LINES},
        joins=[
            {"table": "lines", "by": "id", "where": "line == 2", "columns": {"start": "SECOND"},
             "take": "min"}
        ],
    )  # fmt: skip

    assert built.frame["SECOND"].notna().tolist() == [True, False]


def test_a_row_knows_the_one_before_and_the_one_after_whatever_stands_between() -> None:
    frame = table(
        id=["a", "a", "b", "a", "a", None],
        line=[4, 1, 1, 2, 2, 1],
        start=list(
            pd.to_datetime(
                ["2021-01-01", "2020-01-01", "2020-02-01", "2020-05-01", "2020-06-01", "2020-01-01"]
            )
        ),
    )

    built = build(
        frame,
        {},
        groups={
            "line_before": {"by": ["id"], "order": "line", "previous": "line"},
            "start_before": {"by": ["id"], "order": "line", "previous": "start"},
            "start_after": {"by": ["id"], "order": "line", "next": "start"},
            "big_before": {
                "by": ["id"], "order": "line", "previous": "line", "where": "line != 2"
            },
        },
    )  # fmt: skip

    shown = {
        name: built.frame[name].dt.month.fillna(-1).astype(int).tolist()
        for name in ("start_before", "start_after")
    }
    assert built.frame["line_before"].fillna(-1).tolist() == [2, -1, -1, 1, 1, -1]
    assert built.frame["big_before"].fillna(-1).tolist() == [1, -1, -1, 1, 1, -1]
    assert shown == {"start_before": [6, -1, -1, 1, 1, -1], "start_after": [-1, 5, -1, 1, 1, -1]}


def test_a_row_that_says_no_more_than_another_is_like_it_but_for_blanks() -> None:
    frame = table(
        id=["a", "a", "a", "b", "b", "c", "c", "d", "d", None, None],
        kps=[80, None, 70, 90, None, 80, 80, 80, None, 80, 80],
        ecog=[1, 1, 1, None, 0, 2, 2, 1, 1, 1, 1],
        src_row=list(range(11)),
    )
    grouped = {"by": ["id"], "says_no_more": True, "where": "id != 'd'"}

    built = build(frame, {}, groups={"again": grouped})

    # a: the second; b: each says something of its own; c: the second; d is not looked at
    assert built.frame.index[built.frame["again"]].tolist() == [1, 6]


def test_an_unread_value_is_no_blank() -> None:
    frame = table(id=["a", "a"], kps=[80, None])
    made = suite(
        CHECK, groups={"again": {"by": ["id"], "says_no_more": True, "where": "not UNREAD"}}
    )

    read = build_frame(made, frame, {}, CUTOFF)
    unread = build_frame(made, frame, {}, CUTOFF, unread=pd.Series([False, True]))

    assert (read.frame["again"].sum(), unread.frame["again"].sum()) == (1, 0)


def test_a_group_may_rest_on_a_column_and_a_column_on_a_group() -> None:
    built = build(
        table(id=["a", "a", "b"], n=[1, 5, 7]),
        {},
        groups={"large": {"by": ["id"], "where": "is_large"}},
        columns={
            "all_small": "large == 0",
            "is_large": "n > 4",
            "circle": "other",
            "other": "circle",
        },
    )

    assert built.frame["all_small"].tolist() == [False, False, False]
    assert built.frame["large"].tolist() == [1, 1, 1]
    assert set(built.broken) == {"circle", "other"}


def test_where_nothing_says_when_the_extract_was_made_two_years_are_left() -> None:
    day = list(pd.to_datetime(["2026-12-31", "2027-01-01"]))
    made = suite(CHECK, columns={"by_then": "day <= DELIVERED"})

    without = build_frame(made, table(day=day), {}, CUTOFF)
    told = build_frame(made, table(day=day), {}, CUTOFF, "2027-01-31T00:00:00")

    assert without.frame["by_then"].tolist() == [True, False]
    assert told.frame["by_then"].tolist() == [True, True]


def test_many_rows_are_compared_without_a_loop_over_them() -> None:
    rng, rows = np.random.default_rng(1), 50_000
    frame = table(
        id=[f"P{i}" for i in rng.integers(0, rows // 10, rows)],
        line=list(map(int, rng.integers(1, 4, rows))),
        n=list(map(int, rng.integers(1, 4, rows))),
    )
    began = time.process_time()
    build(
        frame,
        {"t2": frame},
        joins=[{"table": "t2", "by": ["id", "line"], "columns": {"n": "N"}, "take": "min"}],
        groups={
            "before": {"by": ["id"], "order": "line", "previous": "n"},
            "again": {"by": ["id", "line"], "says_no_more": True},
        },
    )

    assert time.process_time() - began < 5  # a loop takes a minute
