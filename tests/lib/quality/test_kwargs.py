"""A check that cannot fail, or would crash, is refused when its suite is read; others are not."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from scripts.lib.quality.kwargs import EXPECTATIONS, NOT_HERE, faults
from scripts.lib.quality.regexes import accepts_everything, as_a_whole, finds_nothing
from tests.lib.quality.test_expectations import one, table

COLUMN = {"column": "n"}
OURS = {  # kwargs of the package that a suite says otherwise, or may not say
    "id", "meta", "notes", "result_format", "description", "catch_exceptions", "rendered_content",
    "severity", "windows", "batch_id", "row_condition", "condition_parser", "library_metadata",
}  # fmt: skip


def said(kind: str, kwargs: dict[str, Any]) -> str:
    return "; ".join(what for _, what in faults(f"expect_{kind}", kwargs))


def test_the_table_is_that_of_the_package() -> None:
    from great_expectations.expectations import registry

    shipped = set(registry.list_registered_expectation_implementations())
    assert shipped == set(EXPECTATIONS) | set(NOT_HERE)
    for name, takes in EXPECTATIONS.items():
        made: Any = registry.get_expectation_impl(name)
        fields = {key: field.required for key, field in made.__fields__.items() if key not in OURS}
        assert set(takes.must) | set(takes.may) <= set(fields), name
        assert {key for key, must in fields.items() if must} <= set(takes.must), name


BOUNDED = sorted(
    name.removeprefix("expect_") for name, takes in EXPECTATIONS.items() if "min_value" in takes.may
)


@pytest.mark.parametrize("kind", BOUNDED)
def test_every_range_needs_a_limit_that_something_can_lie_beyond(kind: str) -> None:
    takes = EXPECTATIONS[f"expect_{kind}"]
    column = COLUMN if "column" in takes.must else {}

    assert "cannot fail" in said(kind, {**column})
    assert "cannot fail" in said(kind, {**column, "min_value": None})
    assert "finite" in said(kind, {**column, "min_value": -math.inf}) or "whole" in said(
        kind, {**column, "min_value": -math.inf}
    )
    low = takes.floor if math.isfinite(takes.floor) else -1e15
    assert "cannot fail" in said(kind, {**column, "min_value": int(low)})
    assert said(kind, {**column, "max_value": 1 if takes.ceiling > 1 else 0.5}) == ""


CANNOT_FAIL = [
    ("column_values_to_be_unique", {**COLUMN, "mostly": 0}),
    ("column_values_to_be_unique", {**COLUMN, "mostly": -0.5}),
    ("column_values_to_be_unique", {**COLUMN, "mostly": 1e-9}),
    ("column_values_to_not_be_in_set", {**COLUMN, "value_set": []}),
    ("column_distinct_values_to_contain_set", {**COLUMN, "value_set": []}),
    ("column_values_to_not_be_in_set", {**COLUMN, "value_set": [None]}),
    ("column_pair_values_to_be_in_set",
     {"column_A": "a", "column_B": "b", "value_pairs_set": []}),
    ("column_pair_values_to_be_equal", {"column_A": "a", "column_B": "a"}),
    ("table_columns_to_match_set", {"column_set": []}),
    ("table_columns_to_match_set", {"column_set": [], "exact_match": False}),
    ("table_columns_to_match_set", {"column_set": None}),
    ("table_columns_to_match_ordered_list", {}),
    ("column_values_to_be_in_type_list", {**COLUMN, "type_list": None}),
    ("column_values_to_be_in_type_list", {**COLUMN, "type_list": []}),
    ("column_values_to_match_regex", {**COLUMN}),
    ("column_values_to_match_regex", {**COLUMN, "regex": ".*"}),
    ("column_values_to_match_regex_list", {**COLUMN, "regex_list": ["P[0-9]+", ".+"]}),
    ("column_values_to_not_match_regex", {**COLUMN, "regex": "a^"}),
    ("column_values_to_not_match_regex_list", {**COLUMN, "regex_list": []}),
    ("column_value_z_scores_to_be_less_than",
     {**COLUMN, "threshold": math.inf, "double_sided": True}),
    ("column_values_to_not_be_outliers", {**COLUMN, "method": "iqr", "multiplier": 1e300}),
    ("column_quantile_values_to_be_between",
     {**COLUMN, "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[None, None]]}}),
    ("column_kl_divergence_to_be_less_than",
     {**COLUMN, "partition_object": {"values": ["a"], "weights": [1]}}),
    ("column_values_to_match_json_schema", {**COLUMN, "json_schema": {"title": "anything"}}),
    ("multicolumn_values_to_be_equal", {"column_list": ["a"]}),
    ("select_column_values_to_be_unique_within_record", {"column_list": ["a"]}),
    ("column_proportion_of_unique_values_to_be_between", {**COLUMN, "max_value": 1}),
    ("column_values_to_be_between", {**COLUMN, "strict_min": True}),
    ("column_values_to_be_between", {**COLUMN, "min_value": "0001-01-01T00:00:00"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs"), CANNOT_FAIL)
def test_a_check_that_cannot_fail_is_refused(kind: str, kwargs: dict[str, Any]) -> None:
    assert said(kind, kwargs)


WOULD_CRASH = [
    ("column_values_to_be_unique", {**COLUMN, "mostly": "0"}, "without quotation marks"),
    ("column_values_to_be_unique", {**COLUMN, "mostly": True}, "a number is wanted"),
    ("column_values_to_be_unique", {**COLUMN, "mostly": 95}, "write 0.95"),
    ("column_values_to_be_unique", {**COLUMN, "mostly": {"$PARAMETER": "x"}}, "a number"),
    ("column_values_to_be_unique", {"column": ["a", "b"]}, "a text is wanted"),
    ("column_values_to_be_in_set", {**COLUMN, "value_set": "male"}, "a list of values"),
    ("column_values_to_be_in_set", {**COLUMN, "value_set": [["a"]]}, "no single value"),
    ("column_values_to_be_in_set", {**COLUMN, "value_set": {"$PARAMETER": "DATA_CUTOFF"}},
     "one value"),
    ("column_values_to_be_between", {**COLUMN, "min_value": {"$PARAMETER": "sites"}}, "a list"),
    ("column_values_to_be_between", {**COLUMN, "min_value": "five"}, "a date is wanted"),
    ("column_values_to_be_between", {**COLUMN, "min_value": True}, "a number is wanted"),
    ("column_values_to_be_between", {**COLUMN, "min_value": 1, "strict_min": 0}, "true or false"),
    ("column_values_to_be_between", {**COLUMN, "min_value": 3, "max_value": 1}, "is above"),
    ("column_values_to_be_between", {**COLUMN, "minimum": 1}, "it takes column, min_value"),
    ("table_row_count_to_be_between", {"min_value": 1.5}, "whole number"),
    ("table_row_count_to_equal", {"value": -1}, "0 or more"),
    ("column_values_to_match_regex_list", {**COLUMN, "regex_list": 5}, "a list of regular"),
    ("table_columns_to_match_set", {"column_set": "id"}, "a list of columns"),
    ("compound_columns_to_be_unique", {"column_list": ["a", "a"]}, "twice"),
    ("column_values_to_be_uniqe", {**COLUMN}, "nearest: `expect_column_values_to_be_unique`"),
    ("column_values_to_match_like_pattern", {**COLUMN, "like_pattern": "%"}, "databases only"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs", "message"), WOULD_CRASH)
def test_what_would_crash_a_batch_is_refused(kind: str, kwargs: Any, message: str) -> None:
    assert message in said(kind, kwargs)


SPOILED = table(
    n=[1, 2, 3, 400], s=["x", "yy", "zzz", "w"], u=[1, 1, 2, 2], j=["1", "2", "3", "4"],
    d=list(pd.to_datetime(["2020-01-01", "2020-02-01", "2020-03-01", None])), w=[9, 9, 9, 9],
)  # fmt: skip
FAILS: dict[str, dict[str, Any]] = {
    "column_distinct_values_to_be_in_set": {"column": "s", "value_set": ["x"]},
    "column_distinct_values_to_contain_set": {"column": "s", "value_set": ["q"]},
    "column_distinct_values_to_equal_set": {"column": "s", "value_set": ["x"]},
    "column_kl_divergence_to_be_less_than": {
        "column": "s", "partition_object": {"values": ["x", "yy"], "weights": [0.5, 0.5]},
        "threshold": 0.1},
    "column_max_to_be_between": {"column": "n", "max_value": 3},
    "column_mean_to_be_between": {"column": "n", "max_value": 3},
    "column_median_to_be_between": {"column": "n", "max_value": 1},
    "column_min_to_be_between": {"column": "d", "min_value": "2021-01-01T00:00:00"},
    "column_most_common_value_to_be_in_set": {"column": "u", "value_set": [5]},
    "column_pair_values_a_to_be_greater_than_b": {"column_A": "u", "column_B": "w"},
    "column_pair_values_to_be_equal": {"column_A": "u", "column_B": "w"},
    "column_pair_values_to_be_in_set": {
        "column_A": "u", "column_B": "w", "value_pairs_set": [[1, 1]]},
    "column_proportion_of_non_null_values_to_be_between": {"column": "d", "min_value": 0.9},
    "column_proportion_of_unique_values_to_be_between": {"column": "u", "min_value": 0.9},
    "column_quantile_values_to_be_between": {
        "column": "n", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[None, 1]]}},
    "column_stdev_to_be_between": {"column": "n", "max_value": 1},
    "column_sum_to_be_between": {"column": "n", "max_value": 1},
    "column_to_exist": {"column": "nosuch"},
    "column_type_to_be": {"column": "n", "type_": "str"},
    "column_unique_value_count_to_be_between": {"column": "u", "min_value": 3},
    "column_value_lengths_to_be_between": {"column": "s", "max_value": 2},
    "column_value_lengths_to_equal": {"column": "s", "value": 2},
    "column_value_z_scores_to_be_less_than": {
        "column": "n", "threshold": 1.0, "double_sided": True},
    "column_values_to_be_between": {"column": "n", "max_value": 3},
    "column_values_to_be_dateutil_parseable": {"column": "s"},
    "column_values_to_be_decreasing": {"column": "n"},
    "column_values_to_be_in_set": {"column": "s", "value_set": ["x"]},
    "column_values_to_be_in_type_list": {"column": "n", "type_list": ["str"]},
    "column_values_to_be_increasing": {"column": "u", "strictly": True},
    "column_values_to_be_json_parseable": {"column": "s"},
    "column_values_to_be_null": {"column": "n"},
    "column_values_to_be_of_type": {"column": "n", "type_": "str"},
    "column_values_to_be_unique": {"column": "u"},
    "column_values_to_match_json_schema": {"column": "j", "json_schema": {"type": "object"}},
    "column_values_to_match_regex": {"column": "s", "regex": "x|yy"},
    "column_values_to_match_regex_list": {"column": "s", "regex_list": ["x"]},
    "column_values_to_match_strftime_format": {"column": "s", "strftime_format": "%Y"},
    "column_values_to_not_be_in_set": {"column": "s", "value_set": ["x"]},
    "column_values_to_not_be_null": {"column": "d"},
    "column_values_to_not_be_outliers": {"column": "n", "method": "iqr"},
    "column_values_to_not_match_regex": {"column": "s", "regex": "^x"},
    "column_values_to_not_match_regex_list": {"column": "s", "regex_list": ["x"]},
    "compound_columns_to_be_unique": {"column_list": ["u", "w"]},
    "multicolumn_sum_to_equal": {"column_list": ["n", "u"], "sum_total": 3},
    "multicolumn_values_to_be_equal": {"column_list": ["n", "w"]},
    "select_column_values_to_be_unique_within_record": {"column_list": ["n", "u"]},
    "table_column_count_to_be_between": {"max_value": 3},
    "table_column_count_to_equal": {"value": 3},
    "table_columns_to_match_ordered_list": {"column_list": ["n"]},
    "table_columns_to_match_set": {"column_set": ["n", "q"], "exact_match": False},
    "table_row_count_to_be_between": {"max_value": 3},
    "table_row_count_to_equal": {"value": 3},
}  # fmt: skip


def test_each_expectation_has_a_check_that_fails() -> None:
    assert {f"expect_{kind}" for kind in FAILS} == set(EXPECTATIONS)


@pytest.mark.parametrize("kind", FAILS)
def test_a_check_that_is_accepted_fails_on_the_table_made_for_it(kind: str) -> None:
    assert said(kind, FAILS[kind]) == ""
    assert one(SPOILED, f"expect_{kind}", FAILS[kind]).status == "fail"


@pytest.mark.parametrize(
    "regex",
    [".*", ".+", "(?s).*", r"\S.*", r"[\s\S]+", "^.*$", r"\d+|.*",
     "(?i)[a-z].*|[^a-z].*", ".{0,9999}"],
)  # fmt: skip
def test_an_expression_for_every_text_is_known(regex: str) -> None:
    assert accepts_everything(regex)


@pytest.mark.parametrize(
    "regex",
    ["[^x]+", "[^张]+", "(?!.*foo).*", ".{1,50}", r"\w+", r"P\d{4}", "(?i)[a-z]+", "(a+)+$", "("],
)
def test_an_expression_that_excludes_something_is_left(regex: str) -> None:
    assert not accepts_everything(regex)


@pytest.mark.parametrize(
    ("regex", "nothing"),
    [
        ("a^", True), ("$a", True), ("(?!)", True), (r"[^\s\S]", True), (r"\d{18}", False),
        (r"^\s|\s$", False), (r"[^\x00-\x7f]", False), (r"(\d)\1{4}", False), ("(?=a)b", False),
        (r"1[3-9]\d{9}", False), ("(?!)|x", False),
    ],
)  # fmt: skip
def test_an_expression_that_is_found_nowhere_is_known(regex: str, nothing: bool) -> None:
    assert finds_nothing(regex) is nothing


def test_flags_stay_in_front() -> None:
    kwargs = {"column": "s", "regex": "(?i)X|YY|W"}

    assert as_a_whole("(?i)x") == r"(?i)\A(?:x)\Z"
    assert one(SPOILED, "expect_column_values_to_match_regex", kwargs).rows == [2]


def test_a_suite_is_refused_with_file_line_check_and_remedy(tmp_path: Path) -> None:
    """On the demonstration: one suite with two such checks."""
    from scripts.lib.config.load import load_config
    from scripts.lib.errors import Stop
    from scripts.lib.plan.quality_plan import plan_quality

    root = Path(__file__).resolve().parents[3]
    for name in ("config", "data", "expectations"):
        (tmp_path / name).symlink_to(root / name)
    (tmp_path / "expectations").unlink()
    (tmp_path / "expectations").mkdir()
    for path in (root / "expectations").glob("*.yaml"):
        (tmp_path / "expectations" / path.name).write_bytes(path.read_bytes())
    suite = tmp_path / "expectations/patients.yaml"
    text = suite.read_text("utf-8")
    more = """
  - id: PAT-901
    type: expect_column_values_to_not_be_null
    kwargs: {column: patient_id, mostly: 0}
    severity: critical
    category: completeness
    says: Nothing that anybody could break.
"""
    suite.write_text(text.rstrip() + more, "utf-8")
    line = text.rstrip().count("\n") + 4

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Stop) as stop:
        patch.chdir(tmp_path)
        plan_quality(load_config("config"))

    assert f"expectations/patients.yaml, line {line}: check PAT-901: `mostly`: 0" in str(stop.value)
    assert "write which share of the rows must hold" in str(stop.value)
