"""Times and event indicators as every survival function of this project takes them.

One row per patient: `time` in any one unit (days in this project), `event` 1 or True for the event
and 0 or False for censoring. (The analysis datasets hold CNSR, where 0 is the event; they are
turned round before they come here.)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[Any]  # the stubs call a weighted bincount an integer array
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]

SHOWN_ROWS = 5
PANDAS_MISSING = ("NAType", "NaTType")  # named, so that pandas need not be imported


class TimeToEvent(NamedTuple):
    """Checked arrays of one length: time (float), event (bool), weight (float, positive)."""

    time: FloatArray
    event: BoolArray
    weight: FloatArray
    kept: BoolArray
    start: FloatArray | None = None


def check_time_to_event(
    time: ArrayLike,
    event: ArrayLike,
    weights: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> TimeToEvent:
    """Check the three columns, drop rows of weight zero and merge times equal up to rounding.

    Parameters
    ----------
    time : array, shape (n,)
        Follow-up time, at least 0, no missing value.
    event : array, shape (n,)
        1 or True = event, 0 or False = censored.
    weights : array, shape (n,), optional
        Case weights, at least 0; 1 where absent. A row of weight zero is no observation.
    start : array, shape (n,), optional
        Begin of observation, before `time` (may be negative): a row is at risk in (start, time].

    Returns
    -------
    TimeToEvent
        The rows that count; `kept` (shape (n,)) tells which of the given rows they are.

    Raises
    ------
    ValueError
        Names the column and the positions of the offending rows (0 = first), never a value.
    """
    times = _as_float(time, "time")
    events = _as_float(event, "event")
    weight = np.ones(len(times)) if weights is None else _as_float(weights, "weights")
    _check_lengths(len(times), event=len(events), weights=len(weight))
    refuse_rows("time", "missing or infinite", ~np.isfinite(times))
    refuse_rows("time", "negative", times < 0)
    refuse_rows("event", "neither 0 nor 1", ~np.isin(events, (0.0, 1.0)))
    refuse_rows("weights", "missing or infinite", ~np.isfinite(weight))
    refuse_rows("weights", "negative", weight < 0)
    kept = weight > 0
    if start is None:
        return TimeToEvent(merge_near_ties(times[kept]), events[kept] == 1, weight[kept], kept)
    starts = _as_float(start, "start")
    _check_lengths(len(times), start=len(starts))
    refuse_rows("start", "missing or infinite", ~np.isfinite(starts))
    merged = merge_near_ties(np.concatenate((starts[kept], times[kept])))
    begins, ends = np.split(merged, 2)
    refuse_rows("start", "not before the end of the row", begins >= ends)
    return TimeToEvent(ends, events[kept] == 1, weight[kept], kept, begins)


def refuse_rows(column: str, problem: str, wrong: BoolArray) -> None:
    """Raise a ValueError that counts the wrong rows of a column and names the first positions."""
    positions = np.flatnonzero(wrong)
    if len(positions) == 0:
        return
    shown = ", ".join(str(position) for position in positions[:SHOWN_ROWS])
    more = ", ..." if len(positions) > SHOWN_ROWS else ""
    raise ValueError(f"{column}: {len(positions)} {problem}, at row position {shown}{more}")


def is_missing(values: Any) -> BoolArray:
    """Tell which values are missing: None, NaN, NA, NaT or empty text."""
    array = np.asarray(values)
    if array.dtype.kind in "fc":
        return np.isnan(array)
    if array.dtype.kind in "iub":
        return np.zeros(len(array), dtype=bool)
    if array.dtype.kind != "O":
        return array == np.array("", array.dtype) if array.dtype.kind in "US" else np.isnat(array)
    return np.array([_is_missing_object(value) for value in array], dtype=bool)


def _is_missing_object(value: object) -> bool:
    if value is None or type(value).__name__ in PANDAS_MISSING:
        return True
    return value == "" or (isinstance(value, float) and value != value)


def stratum_codes(strata: ArrayLike | None, rows: int) -> IntArray:
    """Number the strata of the rows from 0; all 0 without strata, missing labels refused."""
    if strata is None:
        return np.zeros(rows, dtype=np.intp)
    values = np.asarray(strata)
    if len(values) != rows:
        raise ValueError(f"strata: {len(values)} rows where {rows} are expected")
    refuse_rows("strata", "missing", is_missing(values))
    labels = values.astype(str) if values.dtype.kind == "O" else values
    return np.unique(labels, return_inverse=True)[1]


def merge_near_ties(time: FloatArray) -> FloatArray:
    """Make times equal that differ by rounding only (R survival::aeqSurv, tolerance 1.5e-8)."""
    distinct = np.unique(time)
    if len(distinct) < 2:
        return time
    tolerance = np.sqrt(np.finfo(float).eps)
    gaps = np.diff(distinct)
    tied = (gaps <= tolerance) | (gaps / np.mean(np.abs(distinct)) <= tolerance)
    if not tied.any():
        return time
    firsts = distinct[np.concatenate(([True], ~tied))]
    return firsts[np.searchsorted(firsts, time, side="right") - 1]


def _as_float(values: ArrayLike, column: str) -> FloatArray:
    array: NDArray[Any] = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{column}: one column expected, found {array.ndim} dimensions")
    try:
        return array.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{column}: numbers expected, found other values") from error


def _check_lengths(rows: int, **lengths: int) -> None:
    for column, length in lengths.items():
        if length != rows:
            raise ValueError(f"{column}: {length} rows where time has {rows}")
