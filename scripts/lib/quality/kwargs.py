"""What each expectation takes, and which settings make a check that cannot fail.

One table for every expectation of Great Expectations that works on a table in memory, so that a
suite is refused when it is read and not when a batch runs; without Great Expectations itself, whose
import costs seconds. `tests/lib/quality/test_kwargs.py` holds the table against the package.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from scripts.lib.expressions.domains import nearest
from scripts.lib.quality.regexes import accepts_everything, finds_nothing

Reads = Callable[[Any], str]
"""What is wrong with a setting, empty where nothing is."""

LEAST_MOSTLY = 0.01
FAR = 1e12  # no count, dose or time of a patient reaches it, nor a date these years
FIRST, LAST = dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1)
SCALARS = ("DATA_CUTOFF", "DELIVERED")  # `$PARAMETER`s that are one value; the others are lists
CANNOT_FAIL = "the check cannot fail"
LEAVE_OUT = "take the check out or give it something to hold the rows against"
DATABASES = "works in databases only"


def _parameter(value: Any) -> str | None:
    """The name of the `$PARAMETER` that stands there."""
    alone = isinstance(value, dict) and set(value) == {"$PARAMETER"}
    return str(value["$PARAMETER"]) if alone else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _no_number(value: Any) -> str:
    if isinstance(value, str):
        return "a number is wanted, without quotation marks"
    if not _is_number(value):
        return "a number is wanted"
    if math.isnan(value) or math.isinf(value):
        return "a finite number is wanted; leave the key out where there is no limit"
    return ""


def number(value: Any) -> str:
    """A finite number."""
    return _no_number(value)


def distance(value: Any) -> str:
    """A positive number within reach."""
    if wrong := _no_number(value):
        return wrong
    if value > FAR:
        return f"{value:g} is out of reach, so {CANNOT_FAIL}; {LEAVE_OUT}"
    return "" if value > 0 else "a number above 0 is wanted"


def count(value: Any) -> str:
    """A whole number from 0."""
    whole = not _no_number(value) and value == int(value) and value >= 0
    return "" if whole else "a whole number, 0 or more, is wanted"


def share(value: Any) -> str:
    """`mostly`: what part of the rows must hold."""
    if wrong := _no_number(value):
        return wrong
    if value > 1:
        return f"{value:g} is no share of the rows; write 0.95 for 95 %"
    if value < LEAST_MOSTLY:
        return (
            f"{value:g} lets every row fail, so {CANNOT_FAIL}; write which share of the rows must"
            " hold (0.95), or severity: info"
        )
    return ""


def bound(value: Any) -> str:
    """A limit: a number, a date, or a `$PARAMETER` that is one value."""
    name = _parameter(value)
    if name is not None:
        return "" if name in SCALARS else f"`{name}` is a list, and one value is wanted"
    if isinstance(value, str):
        return "" if _date(value) else "a number without quotation marks or a date is wanted"
    return _no_number(value)


def whole_bound(value: Any) -> str:
    """A limit of a count."""
    whole = not _no_number(value) and value == int(value)
    return "" if whole else "a whole number is wanted"


def truth(value: Any) -> str:
    """True or false."""
    return "" if isinstance(value, bool) else "true or false is wanted"


def text(value: Any) -> str:
    """A text that is not blank."""
    return "" if isinstance(value, str) and value.strip() else "a text is wanted"


def _list(value: Any, each: Reads, what: str, least: int = 1) -> str:
    if not isinstance(value, list):
        return f"a list of {what} is wanted"
    if not value:
        return f"the list is empty, so nothing is asked; {LEAVE_OUT}"
    if wrong := next(filter(None, map(each, value)), ""):
        return f"a list of {what} is wanted, and one of them is wrong ({wrong})"
    return "" if len(value) >= least else f"{least} or more are wanted, or {CANNOT_FAIL}"


def texts(value: Any) -> str:
    """Texts, one or more."""
    return _list(value, text, "texts")


def _names(least: int) -> Reads:
    def reads(value: Any) -> str:
        if wrong := _list(value, text, "columns", least):
            return wrong
        twice = len(set(value)) < len(value)
        return "a column stands twice in the list; name each once" if twice else ""

    return reads


def _scalar(value: Any) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "not a number"
    if value is None:
        return "nothing stands there, and missing values are not looked at"
    return "" if isinstance(value, str | int | float) else "no single value"


def values(value: Any) -> str:
    """Values, one or more, or a `$PARAMETER` that is a list."""
    name = _parameter(value)
    if name is not None:
        return f"`{name}` is one value, and a list is wanted" if name in SCALARS else ""
    return _list(value, _scalar, "values")


def _pair(value: Any) -> str:
    pair = isinstance(value, list) and len(value) == 2
    return "" if pair and not any(map(_scalar, value)) else "two values as [a, b]"


def pairs(value: Any) -> str:
    """Pairs of values, one or more."""
    return _list(value, _pair, "pairs")


def _one_of(*words: str) -> Reads:
    return lambda value: "" if value in words else f"one of {', '.join(words)} is wanted"


def regex(value: Any) -> str:
    """An expression that some text does not match as a whole."""
    if wrong := text(value):
        return wrong
    everything = accepts_everything(value)
    return f"every text matches, so {CANNOT_FAIL}; write what a value must look like" * everything


def forbidden(value: Any) -> str:
    """An expression that is found in some text."""
    if wrong := text(value):
        return wrong
    return f"no text matches, so {CANNOT_FAIL}; write what must not occur" * finds_nothing(value)


def regexes(value: Any) -> str:
    """Expressions, each of which some text does not match."""
    return _list(value, regex, "regular expressions")


def forbidden_list(value: Any) -> str:
    """Expressions, each of which is found in some text."""
    return _list(value, forbidden, "regular expressions")


def quantiles(value: Any) -> str:
    """Quantiles, each with a range that has a limit."""
    form = "{quantiles: [0.5], value_ranges: [[1, 9]]} is wanted, a range for each quantile"
    if not isinstance(value, dict) or set(value) != {"quantiles", "value_ranges"}:
        return form
    asked, ranges = value["quantiles"], value["value_ranges"]
    if not isinstance(asked, list) or not isinstance(ranges, list) or not asked:
        return form
    shares = all(not _no_number(q) and 0 <= q <= 1 for q in asked)
    if len(asked) != len(ranges) or not shares:
        return form
    for limits in ranges:
        if not isinstance(limits, list) or len(limits) != 2:
            return form
        if wrong := _between(dict(zip(LIMITS, limits, strict=True)), -math.inf, math.inf):
            return wrong
        if wrong := next((w for x in limits if x is not None and (w := _no_number(x))), ""):
            return wrong
    return ""


def schema(value: Any) -> str:
    """A JSON schema that some value does not fit."""
    if not isinstance(value, dict):
        return "a JSON schema is wanted"
    import jsonschema  # heavy, and hardly ever needed

    try:
        judge = jsonschema.validators.validator_for(value)(value)
        judge.check_schema(value)
        fits = all(judge.is_valid(one) for one in (None, True, 1, 1.5, "a", [], [1], {}, {"a": 1}))
    except Exception as error:  # a reference, a wrong keyword: whatever it dislikes
        return f"no JSON schema ({type(error).__name__})"
    return f"every value fits, so {CANNOT_FAIL}; {LEAVE_OUT}" if fits else ""


def weights(value: Any) -> str:
    """A distribution: weights that sum to 1, of values or between bins."""
    if not isinstance(value, dict) or "weights" not in value:
        return "{values: [a, b], weights: [0.5, 0.5]} is wanted"
    if wrong := _list(value["weights"], number, "weights"):
        return wrong
    near = abs(sum(value["weights"]) - 1) < 1e-6
    return "" if near else "the weights do not sum to 1"


# ---- the table -----------------------------------------------------------------------------------

LIMITS = ("min_value", "max_value")


class Takes(NamedTuple):
    """What an expectation takes: its settings, which of them must be given, and its least range.

    `floor` and `ceiling` bound what is compared, whatever the table holds: no count is below 0.
    """

    must: Mapping[str, Reads]
    may: Mapping[str, Reads] = {}
    floor: float = -math.inf
    ceiling: float = math.inf


COLUMN: dict[str, Reads] = {"column": text}
MOSTLY: dict[str, Reads] = {"mostly": share}
PAIR: dict[str, Reads] = {"column_A": text, "column_B": text}
SKIPS_PAIR = MOSTLY | {
    "ignore_row_if": _one_of("both_values_are_missing", "either_value_is_missing", "neither")
}
SKIPS = MOSTLY | {
    "ignore_row_if": _one_of("all_values_are_missing", "any_value_is_missing", "never")
}
STRICT: dict[str, Reads] = {"strict_min": truth, "strict_max": truth}
BETWEEN = dict.fromkeys(LIMITS, bound) | STRICT
NUMBERS = dict.fromkeys(LIMITS, number) | STRICT
COUNTS = dict.fromkeys(LIMITS, whole_bound) | STRICT
SETS = COLUMN | {"value_set": values}
STRICTLY = MOSTLY | {"strictly": truth}

EXPECTATIONS: dict[str, Takes] = {
    "expect_column_distinct_values_to_be_in_set": Takes(SETS),
    "expect_column_distinct_values_to_contain_set": Takes(SETS),
    "expect_column_distinct_values_to_equal_set": Takes(SETS),
    "expect_column_kl_divergence_to_be_less_than": Takes(
        COLUMN | {"partition_object": weights, "threshold": distance},
        {"internal_weight_holdout": number, "tail_weight_holdout": number, "bucketize_data": truth},
    ),
    "expect_column_max_to_be_between": Takes(COLUMN, BETWEEN),
    "expect_column_mean_to_be_between": Takes(COLUMN, BETWEEN),
    "expect_column_median_to_be_between": Takes(COLUMN, BETWEEN),
    "expect_column_min_to_be_between": Takes(COLUMN, BETWEEN),
    "expect_column_most_common_value_to_be_in_set": Takes(SETS, {"ties_okay": truth}),
    "expect_column_pair_values_a_to_be_greater_than_b": Takes(
        PAIR, SKIPS_PAIR | {"or_equal": truth}
    ),
    "expect_column_pair_values_to_be_equal": Takes(PAIR, SKIPS_PAIR),
    "expect_column_pair_values_to_be_in_set": Takes(PAIR | {"value_pairs_set": pairs}, SKIPS_PAIR),
    "expect_column_proportion_of_non_null_values_to_be_between": Takes(COLUMN, NUMBERS, 0, 1),
    "expect_column_proportion_of_unique_values_to_be_between": Takes(COLUMN, NUMBERS, 0, 1),
    "expect_column_quantile_values_to_be_between": Takes(
        COLUMN | {"quantile_ranges": quantiles}, {"allow_relative_error": truth}
    ),
    "expect_column_stdev_to_be_between": Takes(COLUMN, NUMBERS, 0),
    "expect_column_sum_to_be_between": Takes(COLUMN, BETWEEN),
    "expect_column_to_exist": Takes(COLUMN, {"column_index": count}),
    "expect_column_type_to_be": Takes(COLUMN | {"type_": text}),
    "expect_column_unique_value_count_to_be_between": Takes(COLUMN, COUNTS, 0),
    "expect_column_value_lengths_to_be_between": Takes(COLUMN, COUNTS | MOSTLY, 0),
    "expect_column_value_lengths_to_equal": Takes(COLUMN | {"value": count}, MOSTLY),
    "expect_column_value_z_scores_to_be_less_than": Takes(
        COLUMN | {"threshold": distance, "double_sided": truth}, MOSTLY
    ),
    "expect_column_values_to_be_between": Takes(COLUMN, BETWEEN | MOSTLY),
    "expect_column_values_to_be_dateutil_parseable": Takes(COLUMN, MOSTLY),
    "expect_column_values_to_be_decreasing": Takes(COLUMN, STRICTLY),
    "expect_column_values_to_be_in_set": Takes(SETS, MOSTLY),
    "expect_column_values_to_be_in_type_list": Takes(COLUMN | {"type_list": texts}, MOSTLY),
    "expect_column_values_to_be_increasing": Takes(COLUMN, STRICTLY),
    "expect_column_values_to_be_json_parseable": Takes(COLUMN, MOSTLY),
    "expect_column_values_to_be_null": Takes(COLUMN, MOSTLY),
    "expect_column_values_to_be_of_type": Takes(COLUMN | {"type_": text}, MOSTLY),
    "expect_column_values_to_be_unique": Takes(COLUMN, MOSTLY),
    "expect_column_values_to_match_json_schema": Takes(COLUMN | {"json_schema": schema}, MOSTLY),
    "expect_column_values_to_match_regex": Takes(COLUMN | {"regex": regex}, MOSTLY),
    "expect_column_values_to_match_regex_list": Takes(
        COLUMN | {"regex_list": regexes}, MOSTLY | {"match_on": _one_of("any", "all")}
    ),
    "expect_column_values_to_match_strftime_format": Takes(
        COLUMN | {"strftime_format": text}, MOSTLY
    ),
    "expect_column_values_to_not_be_in_set": Takes(SETS, MOSTLY),
    "expect_column_values_to_not_be_null": Takes(COLUMN, MOSTLY),
    "expect_column_values_to_not_be_outliers": Takes(
        COLUMN, MOSTLY | {"method": _one_of("iqr", "std"), "multiplier": distance}
    ),
    "expect_column_values_to_not_match_regex": Takes(COLUMN | {"regex": forbidden}, MOSTLY),
    "expect_column_values_to_not_match_regex_list": Takes(
        COLUMN | {"regex_list": forbidden_list}, MOSTLY
    ),
    "expect_compound_columns_to_be_unique": Takes({"column_list": _names(1)}, SKIPS),
    "expect_multicolumn_sum_to_equal": Takes(
        {"column_list": _names(1), "sum_total": number}, SKIPS
    ),
    "expect_multicolumn_values_to_be_equal": Takes({"column_list": _names(2)}, SKIPS),
    "expect_select_column_values_to_be_unique_within_record": Takes(
        {"column_list": _names(2)}, SKIPS
    ),
    "expect_table_column_count_to_be_between": Takes({}, dict.fromkeys(LIMITS, whole_bound), 1),
    "expect_table_column_count_to_equal": Takes({"value": count}),
    "expect_table_columns_to_match_ordered_list": Takes({"column_list": _names(1)}),
    "expect_table_columns_to_match_set": Takes({"column_set": _names(1)}, {"exact_match": truth}),
    "expect_table_row_count_to_be_between": Takes({}, COUNTS, 0),
    "expect_table_row_count_to_equal": Takes({"value": count}),
}
NOT_HERE = {
    **dict.fromkeys(
        (
            "expect_column_values_to_match_like_pattern",
            "expect_column_values_to_match_like_pattern_list",
        ),
        f"{DATABASES}; use expect_column_values_to_match_regex",
    ),
    **dict.fromkeys(
        (
            "expect_column_values_to_not_match_like_pattern",
            "expect_column_values_to_not_match_like_pattern_list",
        ),
        f"{DATABASES}; use expect_column_values_to_not_match_regex",
    ),
    **dict.fromkeys(
        (
            "expect_query_results_to_match_comparison",
            "expect_table_row_count_to_equal_other_table",
            "unexpected_rows_expectation",
        ),
        f"{DATABASES}; bring what it needs here with `joins`, `groups` or `columns`",
    ),
}


# ---- a check -------------------------------------------------------------------------------------


def faults(kind: str, kwargs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with the settings of an expectation, each with the setting that it is about.

    A setting of another type would crash a batch; one that no row can break would pass whatever
    the table holds. Both are told, with what to write instead.
    """
    takes = EXPECTATIONS.get(kind)
    if takes is None:
        why = NOT_HERE.get(kind, f"there is no such expectation{nearest(kind, EXPECTATIONS)}")
        yield "", f"`{kind}`: {why}"
        return
    reads = {**takes.must, **takes.may}
    for name, value in kwargs.items():
        if name not in reads:
            yield name, f"`{name}`: {kind} does not take it; it takes {', '.join(reads)}"
        elif value is None and name in LIMITS:
            continue  # as good as not given
        elif wrong := reads[name](value):
            yield name, f"`{name}`: {wrong}"
    for name in takes.must:
        if name not in kwargs:
            yield "", f"`{name}` is missing: {kind} needs it"
    readable = all(not reads[n](v) for n, v in kwargs.items() if n in reads and v is not None)
    if set(LIMITS) <= set(reads) and readable and (wrong := _between(kwargs, *takes[2:])):
        yield "", wrong
    if "column_A" in kwargs and kwargs["column_A"] == kwargs.get("column_B"):
        yield "column_B", "`column_B`: a column is compared with itself; name the other one"


def _between(kwargs: Mapping[str, Any], floor: float, ceiling: float) -> str:
    """Why limits can be broken by nothing, or kept by nothing."""
    low, high = (kwargs.get(name) for name in LIMITS)
    strict = [kwargs.get(name) is True for name in ("strict_min", "strict_max")]
    if low is None and high is None:
        return f"neither min_value nor max_value is given, so {CANNOT_FAIL}; give one of them"
    for name, limit, is_strict in zip(LIMITS, (low, high), strict, strict=True):
        if is_strict and limit is None:
            return f"`strict_{name[:3]}` needs `{name}`"
    held_low = low is not None and _within(low, floor, strict[0], 1)
    held_high = high is not None and _within(high, ceiling, strict[1], -1)
    if not held_low and not held_high:
        return f"nothing lies beyond its limits, so {CANNOT_FAIL}; write limits that matter"
    ends = [_comparable(limit) for limit in (low, high)]
    if None in ends or isinstance(ends[0], float) is not isinstance(ends[1], float):
        return ""
    if ends[0] > ends[1]:  # type: ignore[operator]
        return f"min_value {low} is above max_value {high}; exchange them"
    nothing = ends[0] == ends[1] and any(strict)
    return "nothing lies between min_value and max_value; take `strict` out" * nothing


def _within(limit: Any, end: float, strict: bool, sign: int) -> bool:
    """Whether something can lie beyond a limit (`sign` 1: below it, -1: above it)."""
    at = _comparable(limit)
    if at is None:  # a parameter
        return True
    if isinstance(at, dt.datetime):
        return at > FIRST if sign > 0 else at < LAST
    if math.isfinite(end):
        return sign * at > sign * end or (at == end and strict)
    return sign * at > -FAR


def _comparable(limit: Any) -> float | dt.datetime | None:
    if _is_number(limit):
        return float(limit)
    return _date(limit) if isinstance(limit, str) else None


def _date(written: str) -> dt.datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", written):
        return None
    try:
        return dt.datetime.fromisoformat(written).replace(tzinfo=None)
    except ValueError:
        return None
