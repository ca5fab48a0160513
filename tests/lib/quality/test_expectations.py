"""Each way in which Great Expectations passes in silence, and that it does not pass here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.lib.quality import expectations
from scripts.lib.quality.check_frame import build_frame
from scripts.lib.quality.outcomes import Outcome
from scripts.lib.quality.suites import Suite

CUTOFF = "2024-12-31T00:00:00"


def table(**columns: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame(columns).convert_dtypes()
    dates = frame.select_dtypes("datetime").columns
    return frame.astype(dict.fromkeys(dates, "datetime64[us]"))


def suite(*checks: dict[str, Any], **more: Any) -> Suite:
    """A suite of checks; what a test does not say is filled in."""
    filled = [
        {"id": f"TST-{i:03d}", "severity": "info", "category": "conformance",
         "says": "A statement about the table."} | check
        for i, check in enumerate(checks)
    ]  # fmt: skip
    return Suite.model_validate(
        {"table": "t", "key": ["id"], "protects": "nothing at all", "checks": filled} | more
    )


def run(frame: pd.DataFrame, *checks: dict[str, Any], **more: Any) -> list[Outcome]:
    values, absent = more.pop("values", {}), more.pop("absent", {})
    made = suite(*checks, **more)
    return expectations.run_checks(
        made.checks, build_frame(made, frame, {}, CUTOFF), values, absent
    )


def one(frame: pd.DataFrame, kind: str, kwargs: dict[str, Any], **more: Any) -> Outcome:
    check = {"type": kind, "kwargs": kwargs} | more
    return run(frame, check)[0]


PEOPLE = table(
    id=["a", "b", "c", "d"],
    sex=["m", "f", "x", None],
    age=[50, 60, 170, None],
    start=list(pd.to_datetime(["2020-01-01", "2020-02-01", "2020-03-01", None])),
    death=list(pd.to_datetime(["2021-01-01", None, "2019-01-01", None])),
)


# ---- what cannot be made is an error, whatever its severity


def test_an_unknown_expectation_is_an_error_and_not_dropped() -> None:
    found = one(PEOPLE, "expect_column_values_to_be_uniqe", {"column": "id"})

    assert found.status == "error"
    assert "did you mean `expect_column_values_to_be_unique`?" in found.why


@pytest.mark.parametrize(
    ("kind", "kwargs", "reason"),
    [
        ("expect_column_values_to_not_be_null", {"column": "nosuch"}, "no column `nosuch`"),
        ("expect_column_values_to_be_in_set", {"column": "sex"}, "value_set"),
        ("expect_column_values_to_be_between", {"column": "age", "minimum": 1}, "minimum"),
        ("expect_column_values_to_be_between", {"column": "age"}, "kwargs do not fit"),
        ("expect_column_values_to_match_regex", {"column": "age", "regex": "5"}, "is not text"),
        ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": [False]}, "quote"),
        ("expect_column_values_to_be_between", {"column": "sex", "min_value": 1}, "compute"),
    ],
)
def test_a_check_that_cannot_be_made_is_an_error(kind: str, kwargs: Any, reason: str) -> None:
    found = one(PEOPLE, kind, kwargs)

    assert (found.status, found.numerator, found.rows) == ("error", None, [])
    assert reason in found.why


def test_a_missing_parameter_is_an_error_of_its_check_alone() -> None:
    known = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}
    in_set = "expect_column_values_to_be_in_set"
    lost = {"type": in_set, "kwargs": {"column": "id", "value_set": {"$PARAMETER": "nosuch"}}}

    found = run(PEOPLE, known, lost)

    assert [f.status for f in found] == ["pass", "error"]
    assert "`nosuch` is not defined" in found[1].why


def test_a_check_that_brings_the_whole_suite_down_leaves_the_others_standing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    results = expectations._results

    def fragile(frame: pd.DataFrame, made: list[Any]) -> Any:
        if any(e.expectation_type == "expect_column_max_to_be_between" for e in made):
            raise TypeError("value 170 is not serialisable")
        return results(frame, made)

    monkeypatch.setattr(expectations, "_results", fragile)
    found = run(
        PEOPLE,
        {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}},
        {"type": "expect_column_max_to_be_between", "kwargs": {"column": "age", "max_value": 9}},
    )

    assert [f.status for f in found] == ["pass", "error"]
    assert "170" not in found[1].why and "170" in found[1].message


def test_a_check_without_a_result_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expectations, "_results", lambda frame, made: iter(()))

    assert one(PEOPLE, "expect_column_values_to_be_unique", {"column": "id"}).status == "error"


def test_quantiles_which_crash_a_checkpoint_are_judged() -> None:
    ranges = {"quantiles": [0.5], "value_ranges": [[0, 99]]}
    kwargs = {"column": "age", "quantile_ranges": ranges}

    assert one(PEOPLE, "expect_column_quantile_values_to_be_between", kwargs).status == "pass"


# ---- what saw no row never passes

SAW_NOTHING = [
    ("expect_column_values_to_not_be_null", {"column": "sex"}),
    ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": ["m"]}),
    ("expect_column_values_to_be_unique", {"column": "id"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["id", "sex"]}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "death", "column_B": "start"}),
    ("expect_column_mean_to_be_between", {"column": "age", "min_value": 0}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "sex", "value_set": ["m"]}),
    ("expect_table_row_count_to_be_between", {"max_value": 9}),
]  # fmt: skip


def test_a_column_without_any_value_is_named() -> None:
    empty = PEOPLE.assign(sex=None)
    found = one(empty, "expect_column_values_to_be_in_set", {"column": "sex", "value_set": ["m"]})

    assert found.status == "error"
    assert found.why == f"the column sex is empty in all {len(PEOPLE)} rows"


@pytest.mark.parametrize(("kind", "kwargs"), SAW_NOTHING)
def test_an_empty_table_passes_nothing(kind: str, kwargs: Any) -> None:
    found = one(PEOPLE.iloc[:0], kind, kwargs)

    assert (found.status, found.why) == ("error", "the check saw no row: nothing was tested")


@pytest.mark.parametrize(("kind", "kwargs"), SAW_NOTHING)
def test_a_condition_that_no_row_meets_passes_nothing(kind: str, kwargs: Any) -> None:
    assert one(PEOPLE, kind, kwargs, where="sex == 'z'").status == "error"


def test_a_column_of_missing_values_passes_nothing() -> None:
    frame = PEOPLE.assign(sex=pd.array([None] * 4, dtype="string"))
    kwargs = {"column": "sex", "value_set": ["m"]}

    assert one(frame, "expect_column_values_to_be_in_set", kwargs).status == "error"


def test_declared_emptiness_is_not_applicable_and_keeps_its_reason() -> None:
    kwargs = {"column": "sex", "value_set": ["m"]}
    kind = "expect_column_values_to_be_in_set"

    found = one(PEOPLE.iloc[:0], kind, kwargs, may_be_empty="nobody was screened yet")

    assert (found.status, found.why) == ("not applicable", "nobody was screened yet")


def test_too_few_rows_is_a_failure_that_says_so() -> None:
    found = one(PEOPLE.iloc[:0], "expect_table_row_count_to_be_between", {"min_value": 1})

    assert (found.status, found.numerator, found.denominator) == ("fail", 1, 1)


def test_a_column_that_is_declared_absent_is_not_applicable() -> None:
    check = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "made_of_sex"}}
    made = {"columns": {"made_of_sex": "not missing(sex)"}}

    found = run(PEOPLE, check, absent={"sex": "not in this EMR"}, **made)[0]

    assert (found.status, found.why) == ("not applicable", "not in this EMR")


def test_what_an_absent_neighbour_would_give_is_not_applicable() -> None:
    """A parameter, and a column made of a joined one that is not even there."""
    kwargs = {"column": "sex", "value_set": {"$PARAMETER": "known"}}
    in_set = {"type": "expect_column_values_to_be_in_set", "kwargs": kwargs}
    found = run(PEOPLE, in_set, absent={"$known": "not kept"})[0]
    assert (found.status, found.why) == ("not applicable", "not kept")

    made = {"columns": {"made": "TESTED == 'yes' and sex == 'm'"}}
    check = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "made"}}
    found = run(PEOPLE, check, absent={"TESTED": "not tested"}, **made)[0]
    assert (found.status, found.why) == ("not applicable", "not tested")
    assert run(PEOPLE, check, **made)[0].status == "error"  # nobody said that it is absent


def test_an_absent_column_leaves_the_count_of_rows_to_be_checked() -> None:
    check = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 9}}
    assert run(PEOPLE, check, absent={"sex": "not in this EMR"})[0].status == "fail"


def test_a_table_that_is_declared_absent_is_not_applicable() -> None:
    check = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}

    found = run(PEOPLE.iloc[:0], check, absent={"*": "no register"})[0]

    assert found.status == "not applicable"


# ---- which rows fail


def test_rows_are_positions_of_the_table_whatever_its_index() -> None:
    frame = PEOPLE.set_index(pd.Index([7, 7, 3, 1]))
    kwargs = {"column": "age", "max_value": 120}

    found = one(frame, "expect_column_values_to_be_between", kwargs)

    assert (found.status, found.rows, found.numerator, found.denominator) == ("fail", [2], 1, 3)


def test_a_condition_keeps_the_positions_of_the_whole_table() -> None:
    kwargs = {"column": "age", "max_value": 55}

    found = one(PEOPLE, "expect_column_values_to_be_between", kwargs, where="sex != 'f'")

    assert (found.rows, found.denominator) == ([2], 2)


def test_more_than_two_hundred_failing_rows_are_all_listed() -> None:
    frame = table(id=[f"p{i}" for i in range(900)], n=list(range(900)))

    found = one(frame, "expect_column_values_to_be_between", {"column": "n", "max_value": 99})

    assert found.rows == list(range(100, 900))


def test_mostly_passes_but_shows_what_failed() -> None:
    kwargs = {"column": "sex", "value_set": ["m", "f"], "mostly": 0.5}

    found = one(PEOPLE, "expect_column_values_to_be_in_set", kwargs)

    assert (found.status, found.rows, found.numerator) == ("pass", [2], 1)
    assert found.why == "1 of 3 rows fail; the suite lets 50 % pass"


def test_a_pair_with_a_missing_value_is_not_looked_at() -> None:
    """By default every living patient (no date of death) would fail."""
    kwargs = {"column_A": "death", "column_B": "start"}

    found = one(PEOPLE, "expect_column_pair_values_a_to_be_greater_than_b", kwargs)

    assert (found.status, found.rows, found.denominator) == ("fail", [2], 2)


def test_a_regular_expression_must_match_the_whole_value() -> None:
    frame = table(id=["P0001", "P0002", "XP0003X", "P0004\n"])
    kwargs = {"column": "id", "regex": r"P\d{4}|Q\d{4}"}

    assert one(frame, "expect_column_values_to_match_regex", kwargs).rows == [2, 3]


def test_a_forbidden_pattern_is_searched_for() -> None:
    kwargs = {"column": "id", "regex": "X"}

    found = one(table(id=["P1", "P1X2"]), "expect_column_values_to_not_match_regex", kwargs)

    assert found.rows == [1]


@pytest.mark.parametrize("bound", ["2020-02-15", "2020-02-15T00:00:00", pd.Timestamp("2020-02-15")])
def test_dates_can_be_bounds_however_they_are_written(bound: Any) -> None:
    bound = bound.date() if isinstance(bound, pd.Timestamp) else bound

    found = one(
        PEOPLE, "expect_column_values_to_be_between", {"column": "start", "max_value": bound}
    )

    assert (found.status, found.rows) == ("fail", [2])


def test_a_date_parameter_is_a_bound() -> None:
    kwargs = {"column": "start", "max_value": {"$PARAMETER": "DATA_CUTOFF"}}
    check = {"type": "expect_column_values_to_be_between", "kwargs": kwargs}

    found = run(PEOPLE, check, values={"DATA_CUTOFF": "2020-02-15T00:00:00"})[0]

    assert (found.status, found.rows) == ("fail", [2])


def test_values_that_are_not_there_are_named() -> None:
    kwargs = {"column": "sex", "value_set": ["m", "f", "diverse"]}

    found = one(PEOPLE, "expect_column_distinct_values_to_equal_set", kwargs)

    assert (found.status, found.absent, found.rows) == ("fail", ["diverse"], [2])


def test_outcomes_come_in_the_order_of_the_suite() -> None:
    columns = ["sex", "age", "id", "sex", "start"]
    kind = "expect_column_values_to_not_be_null"

    found = run(PEOPLE, *({"type": kind, "kwargs": {"column": c}} for c in columns))

    assert [f.check.kwargs["column"] for f in found] == columns


def test_a_check_of_the_columns_sees_the_table_as_it_is() -> None:
    columns = ["id", "sex", "age", "start", "death"]
    kind = "expect_table_columns_to_match_ordered_list"

    found = run(
        PEOPLE,
        {"type": kind, "kwargs": {"column_list": columns}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "male"}},
        columns={"male": "sex == 'm'"},
    )

    assert [f.status for f in found] == ["pass", "fail"]


def test_nothing_is_written_and_no_network_is_used(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))

    def refuse(*_: Any) -> None:
        raise AssertionError("network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    one(PEOPLE, "expect_column_values_to_be_unique", {"column": "id"})

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "absent", "rows"),
    [
        ("expect_column_values_to_be_in_set", [], [2]),
        ("expect_column_distinct_values_to_be_in_set", [], [2]),
        ("expect_column_distinct_values_to_contain_set", ["p0", "p1"], []),
        ("expect_column_distinct_values_to_equal_set", ["p0", "p1"], [2]),
    ],
)
def test_a_large_set_gives_what_a_small_one_gives(
    kind: str, absent: list[str], rows: list[int]
) -> None:
    expected = [f"p{i}" for i in range(2000)]
    frame = table(id=[*expected[2:4], "x", None, *expected[4:]])
    kwargs = {"column": "id", "value_set": expected}

    found = one(frame, kind, kwargs)
    whole = one(table(id=expected), kind, kwargs)

    assert (found.status, found.absent, found.rows) == ("fail", absent, rows)
    assert (whole.status, whole.numerator) == ("pass", 0)


def test_a_large_set_of_which_nothing_is_seen_passes_nothing() -> None:
    kwargs = {"column": "id", "value_set": [f"p{i}" for i in range(2000)]}
    frame = table(id=["p1"]).assign(id=pd.array([None], dtype="string"))

    assert one(frame, "expect_column_values_to_be_in_set", kwargs).status == "error"


# ---- a check that crashes costs its own verdict alone


@pytest.mark.parametrize(
    ("kind", "kwargs"),
    [
        ("expect_column_values_to_be_unique", {"column": "id", "mostly": "0"}),
        ("expect_column_values_to_be_unique", {"column": "id", "mostly": {"a": 1}}),
        ("expect_table_columns_to_match_set", {"column_set": None}),
        ("expect_table_columns_to_match_set", {"column_set": 5}),
        ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": 5}),
        ("expect_column_values_to_be_in_set", {"column": "sex", "value_set": [["m"]]}),
        ("expect_column_values_to_be_in_set", {"column": ["sex"], "value_set": ["m"]}),
        ("expect_column_values_to_match_regex", {"regex": "m"}),
        ("expect_column_values_to_match_regex", {"column": "sex", "regex": 5}),
        ("expect_column_values_to_match_regex", {"column": "sex", "regex": "("}),
        ("expect_column_quantile_values_to_be_between", {"column": "age", "quantile_ranges": {}}),
        ("expect_column_values_to_match_json_schema", {"column": "id", "json_schema": {"a": 1}}),
        ("expect_column_kl_divergence_to_be_less_than", {"column": "id", "threshold": 1}),
    ],
)  # fmt: skip
def test_a_crash_leaves_the_others_their_verdict(kind: str, kwargs: Any) -> None:
    from scripts.lib.quality.findings import of_check
    from scripts.lib.quality.verdicts import check_entry

    good = {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "id"}}
    bad = {
        "type": "expect_column_values_to_be_between",
        "kwargs": {"column": "age", "max_value": 9},
    }
    made = suite(good, {"type": kind, "kwargs": kwargs}, bad)
    built = build_frame(made, PEOPLE, {}, CUTOFF)

    found = expectations.run_checks(made.checks, built, {}, {})

    assert [f.status for f in found][::2] == ["pass", "fail"]
    assert found[1].status in ("error", "fail")  # it never passes
    assert [check_entry(f)["status"] for f in found] == [f.status for f in found]
    assert len(of_check("t", found[1], built, ["id"])) >= 1


def test_without_a_crash_there_is_one_call_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, results = [], expectations._results

    def counted(frame: pd.DataFrame, made: list[Any]) -> Any:
        calls.append(len(made))
        return results(frame, made)

    monkeypatch.setattr(expectations, "_results", counted)
    kind = "expect_column_values_to_not_be_null"
    run(PEOPLE, *({"type": kind, "kwargs": {"column": c}} for c in ("id", "sex", "age")))

    assert calls == [3]


def test_a_column_that_cannot_be_computed_costs_its_own_checks() -> None:
    mixed = PEOPLE.assign(odd=[1, "a", None, 2.5], ward="a")
    kind = "expect_column_values_to_not_be_null"
    checks = [{"type": kind, "kwargs": {"column": c}} for c in ("wrong", "id")]

    found = run(mixed, *checks, groups={"wrong": {"by": ["ward"], "min": "odd"}})

    assert [f.status for f in found] == ["error", "pass"]


# ---- what a statement about the whole was held against


@pytest.mark.parametrize(
    ("kind", "kwargs", "observed"),
    [
        ("expect_table_row_count_to_be_between", {"min_value": 9}, "4"),
        ("expect_column_mean_to_be_between", {"column": "age", "max_value": 9}, "93.3333333333"),
        ("expect_column_max_to_be_between", {"column": "start", "max_value": "2020-01-01"},
         '"2020-03-01 00:00:00"'),
        ("expect_column_most_common_value_to_be_in_set", {"column": "age", "value_set": [1]},
         "[50, 60, 170]"),
        ("expect_column_to_exist", {"column": "nosuch"}, "columns id, sex, age, start, death"),
    ],
)  # fmt: skip
def test_what_was_observed_is_kept(kind: str, kwargs: Any, observed: str) -> None:
    found = one(PEOPLE, kind, kwargs)

    assert (found.status, found.observed) == ("fail", observed)


def test_databases_charts_and_distributions_are_not_loaded_for_the_checks() -> None:
    """A version of Great Expectations that loads them costs twice the CPU: look at UNUSED."""
    code = (
        "import sys, pandas as pd\n"
        "from tests.lib.quality.test_expectations import PEOPLE, one\n"
        "assert one(PEOPLE, 'expect_column_values_to_be_unique', {'column': 'id'}).status\n"
        "print(*{'sqlalchemy', 'altair.vegalite', 'scipy.stats._stats_py'} & set(sys.modules))"
    )
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
