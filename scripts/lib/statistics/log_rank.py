"""Log-rank test and its G-rho family for two or more groups, stratified or not, and pairwise.

Equal to R survival::survdiff: the variance is hypergeometric, and a group in which no event was
expected does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from scripts.lib.statistics.time_to_event import (
    FloatArray,
    IntArray,
    check_time_to_event,
    is_missing,
    refuse_rows,
    stratum_codes,
)


@dataclass(frozen=True)
class LogRank:
    """Result of a log-rank test; NaN with a `note` where it does not apply.

    `observed` and `expected` hold one (weighted) count of events per group, in order of `groups`,
    summed over the strata.
    """

    chi_square: float
    df: int
    p_value: float
    groups: tuple[str, ...]
    observed: FloatArray
    expected: FloatArray
    method: str
    note: str = ""


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    levels: Sequence[str] | None = None,
) -> LogRank:
    """Compare the survival of groups.

    Parameters
    ----------
    time, event : arrays, shape (n,)
        See `check_time_to_event`.
    group, strata : arrays, shape (n,)
        Labels; no missing values.
    rho : float
        0 = log-rank, 1 = Peto and Peto's modification of the Wilcoxon test (S(t-) as weight).
    levels : sequence of str, optional
        Groups in the order of the results; those without a patient are left out. Sorted labels
        where absent.

    Returns
    -------
    LogRank
        With fewer than two groups, or no event, NaN and a note.

    Source
    ------
    R survival::survdiff
    """
    data = check_time_to_event(time, event)
    present, code = _group_codes(group, len(data.time), levels)
    stratum = stratum_codes(strata, len(data.time))
    parts = [
        _one_stratum(data.time[row], data.event[row], code[row], len(present), rho)
        for row in (stratum == value for value in np.unique(stratum))
    ]
    nothing = np.zeros(len(present))
    observed = sum((part[0] for part in parts), nothing)
    expected = sum((part[1] for part in parts), nothing)
    variance = sum((part[2] for part in parts), np.zeros((len(present), len(present))))
    method = _method_name(rho, strata is not None)
    return _compare(present, observed, expected, variance, method)


def _group_codes(
    group: ArrayLike, rows: int, levels: Sequence[str] | None
) -> tuple[tuple[str, ...], IntArray]:
    """Groups that have a patient, in order, and the position of each row's group among them."""
    values = np.asarray(group)
    if len(values) != rows:
        raise ValueError(f"group: {len(values)} rows where time has {rows}")
    refuse_rows("group", "missing", is_missing(values))
    labels, code = np.unique(values.astype(str), return_inverse=True)
    declared = [str(level) for level in levels] if levels is not None else labels.tolist()
    refuse_rows("group", "with a level that is not declared", ~np.isin(labels, declared)[code])
    present = tuple(level for level in dict.fromkeys(declared) if level in set(labels.tolist()))
    place = np.array([present.index(label) for label in labels.tolist()], dtype=np.intp)
    return present, place[code]


def pairwise_log_rank(
    time: ArrayLike, event: ArrayLike, group: ArrayLike, levels: Sequence[str], rho: float = 0.0
) -> dict[tuple[str, str], LogRank]:
    """Compare every pair of groups, in the order of `levels`; P values are not adjusted."""
    times, events, labels = (np.asarray(column) for column in (time, event, group))
    results = {}
    for pair in combinations(levels, 2):
        row = np.isin(labels.astype(str), pair)
        results[pair] = log_rank(times[row], events[row], labels[row], rho=rho, levels=pair)
    return results


def _one_stratum(
    time: FloatArray, event: np.ndarray, code: np.ndarray, n_groups: int, rho: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed, expected and variance of one stratum (R survdiff2)."""
    distinct, row = np.unique(time, return_inverse=True)
    shape = (len(distinct), n_groups)
    leaving = np.zeros(shape)
    np.add.at(leaving, (row, code), 1.0)
    deaths = np.zeros(shape)
    np.add.at(deaths, (row[event], code[event]), 1.0)
    at_risk = np.cumsum(leaving[::-1], axis=0)[::-1]
    d, n = deaths.sum(axis=1), at_risk.sum(axis=1)
    before = np.concatenate(([1.0], np.cumprod((n - d) / n)))[:-1]
    weight = before**rho
    share = at_risk / n[:, None]
    observed = weight @ deaths
    expected = (weight * d) @ share
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(spread @ share) - share.T @ (spread[:, None] * share)
    return observed, expected, variance


def _compare(
    groups: tuple[str, ...],
    observed: FloatArray,
    expected: FloatArray,
    variance: FloatArray,
    method: str,
) -> LogRank:
    counted = expected > 0
    if counted.sum() < 2:
        note = _why_not(groups, float(observed.sum()))
        return LogRank(np.nan, 0, np.nan, groups, observed, expected, method, note)
    difference = (observed - expected)[counted][1:]
    between = variance[np.ix_(counted, counted)][1:, 1:]
    try:
        chi_square = float(difference @ np.linalg.solve(between, difference))
    except np.linalg.LinAlgError:
        note = "not estimable: the groups are never at risk together at an event"
        return LogRank(np.nan, 0, np.nan, groups, observed, expected, method, note)
    df = int(counted.sum()) - 1
    p_value = float(chdtrc(df, chi_square))
    return LogRank(chi_square, df, p_value, groups, observed, expected, method)


def _why_not(groups: tuple[str, ...], events: float) -> str:
    if len(groups) < 2:
        return "not applicable: fewer than two groups"
    if events == 0:
        return "not applicable: no event"
    return "not estimable: only one group is at risk when events occur"


def _method_name(rho: float, stratified: bool) -> str:
    name = "log-rank test" if rho == 0 else f"G-rho test, rho = {rho:g}"
    return f"stratified {name}" if stratified else name
