"""Judge one result of Great Expectations: pass, fail, error, not applicable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.quality.check_frame import CheckFrame
from scripts.lib.quality.gates import EMPTY
from scripts.lib.quality.outcomes import Outcome, columns_of
from scripts.lib.quality.suites import STRUCTURE, Check

LARGE_SET = 1000  # a larger set of values is asked for as a column (see expectations.py)
ROW_COUNT = "expect_table_row_count"
DISTINCT = {
    "expect_column_distinct_values_to_contain_set": ("absent",),
    "expect_column_distinct_values_to_be_in_set": ("extra",),
    "expect_column_distinct_values_to_equal_set": ("absent", "extra"),
}
SAW_NO_ROW = "the check saw no row: nothing was tested"


def judge(check: Check, kwargs: Mapping[str, Any], result: Any, built: CheckFrame) -> Outcome:
    """What a result means.

    Parameters
    ----------
    kwargs
        The check's settings with the values of its parameters.
    result
        What came back: None (nothing), a text (an exception), or counts and row positions.
    """
    if result is None:
        return Outcome(check, "error", why="Great Expectations gave no result for it")
    if isinstance(result, str):
        return Outcome(
            check, "error", why="Great Expectations could not compute it", message=result
        )
    if result.get("element_count") is not None:
        return _judge_rows(check, kwargs, result, built)
    return _judge_table(check, kwargs, result, built)


def _judge_rows(
    check: Check, kwargs: Mapping[str, Any], result: Mapping[str, Any], built: CheckFrame
) -> Outcome:
    """A check that looks at row after row."""
    seen = int(result["element_count"]) - int(result.get("missing_count") or 0)
    rows = sorted({int(i) for i in result.get("unexpected_index_list") or []})
    failed = int(result.get("unexpected_count") or 0)
    if seen <= 0:
        return _saw_nothing(check, built)
    if failed != len(rows):
        return Outcome(check, "error", why="it counts other rows than it lists")
    tolerated = failed and result["success"] and kwargs.get("mostly", 1) < 1
    allowed = f"{100 * (1 - kwargs.get('mostly', 1)):.3g} %"
    why = f"{failed} of {seen} rows fail; the suite lets {allowed} pass" if tolerated else ""
    status = "pass" if result["success"] and (not failed or tolerated) else "fail"
    return Outcome(check, status, failed, seen, why, rows)


def _judge_table(
    check: Check, kwargs: Mapping[str, Any], result: Mapping[str, Any], built: CheckFrame
) -> Outcome:
    """A check of the table or of a column as a whole: one statement, true or not."""
    looked_at = (
        built.frame[built.frame[built.masks[check.id]]] if check.id in built.masks else built.frame
    )
    column = looked_at.get(kwargs.get("column", ""))
    seen = len(looked_at) if column is None else int(column.notna().sum())
    counted = check.type.startswith(ROW_COUNT) and not result["success"]  # too few rows: no row
    if not seen and not counted and not check.type.startswith(STRUCTURE):
        return _saw_nothing(check, built)
    if check.type in DISTINCT and column is not None:
        return _judge_distinct(check, kwargs, result, column)
    failed = not result["success"]
    observed = _observed(check, result, built, column) if failed else ""
    return Outcome(check, "fail" if failed else "pass", int(failed), 1, observed=observed)


def _observed(
    check: Check, result: Mapping[str, Any], built: CheckFrame, column: pd.Series | None
) -> str:
    """What a statement about the whole was held against, as text that the same data give again.

    Where Great Expectations says nothing of it: the names of the columns, or all values.
    """
    if (found := result.get("observed_value")) is not None:
        return json.dumps(_plain(found), sort_keys=True, ensure_ascii=False)
    if check.type.startswith(STRUCTURE) or column is None:
        return f"columns {', '.join(built.original)}"
    counts = column.value_counts(dropna=False, sort=False)
    return "values " + ", ".join(sorted(f"{value}: {n}" for value, n in counts.items()))


def _plain(value: Any) -> Any:
    """Numbers without the noise of their last digits, all else as text."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(part) for part in value]
    if isinstance(value, int | np.integer):
        return int(value)
    return float(f"{value:.12g}") if isinstance(value, float | np.floating) else str(value)


def _judge_distinct(
    check: Check, kwargs: Mapping[str, Any], result: Mapping[str, Any], column: pd.Series
) -> Outcome:
    """Values that are not there, and rows with a value that should not be."""
    expected, sides = set(kwargs["value_set"]), DISTINCT[check.type]
    absent = sorted(map(str, expected - set(column.dropna()))) if "absent" in sides else []
    foreign = column.notna() & ~column.isin(list(expected)) & ("extra" in sides)
    extra = [int(i) for i in column.index[foreign.to_numpy(dtype=bool)]]
    found = len(absent) + len(extra)
    large = len(expected) > LARGE_SET  # then the result cannot see what is absent
    if bool(found) == bool(result["success"]) and not (large and found):
        return Outcome(check, "error", why="it counts other values than it lists")
    status = "fail" if found else "pass"
    denominator = len(expected) if "extra" not in sides else int(column.notna().sum()) + len(absent)
    return Outcome(check, status, found, denominator, "", extra, absent)


def _saw_nothing(check: Check, built: CheckFrame) -> Outcome:
    if check.may_be_empty:
        return Outcome(check, "not applicable", 0, 0, check.may_be_empty)
    empty = [
        name
        for name in built.columns_behind(columns_of(check.kwargs))
        if len(built.frame) and built.frame[name].isna().all()
    ]
    why = f"the column {', '.join(empty)} {EMPTY} {len(built.frame)} rows" if empty else SAW_NO_ROW
    return Outcome(check, "error", 0, 0, why)
