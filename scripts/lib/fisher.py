"""Fisher's exact test for tables of any size, and the conditional odds ratio of a 2 x 2 table.

Exact P value: the probability, given the margins, of all tables that are no more probable than
the observed one. The rows are split in two halves; the partial tables of each half are listed by
their column sums, and halves that fit together are summed through sorted cumulative sums, so the
cost is that of two half tables. Where even those are too many, a Monte Carlo estimate with a fixed
seed takes its place and the method says so.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, logsumexp

from scripts.lib.hypothesis_tests import NAN, TestResult, count_table, not_applicable
from scripts.lib.roots import r_uniroot
from scripts.lib.time_to_event import FloatArray

METHOD = "Fisher's exact test"
# fisher.test counts tables up to this (relative) above the observed probability as equal to it
TIE_2X2, TIE_RXC = 1e-7, 3.4525e-7
MOST_PARTIAL_TABLES = 20_000_000
MERGE_ABOVE = 50_000
SIMULATIONS, SEED = 100_000, 20_240_229


def fisher_exact(table: ArrayLike) -> TestResult:
    """Two-sided exact test of independence; for 2 x 2 the estimate is the odds ratio.

    Parameters
    ----------
    table : array, shape (rows, columns)
        Counts.

    Returns
    -------
    TestResult
        Without statistic. For 2 x 2 tables `estimate`, `lower`, `upper`: conditional maximum
        likelihood odds ratio with exact 95 % limits.

    Source
    ------
    R fisher.test
    """
    counts = count_table(table)
    if min(counts.shape) < 2:
        return not_applicable(METHOD, "fewer than two rows or columns")
    if counts.shape == (2, 2):
        return _two_by_two(counts)
    filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if min(filled.shape, default=0) < 2:
        return TestResult(NAN, NAN, 1.0, METHOD, "only one row or column is not empty")
    p_value = _exact_p(filled)
    if p_value is not None:
        return TestResult(NAN, NAN, min(1.0, p_value), METHOD)
    method = f"{METHOD}, Monte Carlo ({SIMULATIONS} tables, seed {SEED})"
    note = "too many tables for the exact sum"
    return TestResult(NAN, NAN, _simulated_p(filled), method, note)


# ---- 2 x 2 ---------------------------------------------------------------------------------------


class _Hypergeometric(NamedTuple):
    """Distribution of the upper left count given the margins: support and log probabilities."""

    support: FloatArray
    log_density: FloatArray
    observed: float

    def density(self, odds_ratio: float) -> FloatArray:
        log_weight = self.log_density + np.log(odds_ratio) * self.support
        weight = np.exp(log_weight - log_weight.max())
        return weight / weight.sum()

    def mean(self, odds_ratio: float) -> float:
        return float(self.support @ self.density(odds_ratio))

    def tail(self, odds_ratio: float, upper: bool) -> float:
        inside = self.support >= self.observed if upper else self.support <= self.observed
        return float(self.density(odds_ratio)[inside].sum())


def _hypergeometric(counts: FloatArray) -> _Hypergeometric:
    first_column, second_column = counts.sum(axis=0)
    first_row = counts[0].sum()
    support = np.arange(max(0, first_row - second_column), min(first_row, first_column) + 1)
    log_density = (
        _log_choose(first_column, support)
        + _log_choose(second_column, first_row - support)
        - _log_choose(first_column + second_column, first_row)
    )
    return _Hypergeometric(support, log_density, float(counts[0, 0]))


def _log_choose(n: float, k: FloatArray | float) -> FloatArray:
    return gammaln(n + 1) - gammaln(np.asarray(k) + 1) - gammaln(n - np.asarray(k) + 1)


def _two_by_two(counts: FloatArray) -> TestResult:
    distribution = _hypergeometric(counts)
    density = distribution.density(1.0)
    observed = density[int(distribution.observed - distribution.support[0])]
    p_value = min(1.0, float(density[density <= observed * (1 + TIE_2X2)].sum()))
    estimate, lower, upper = odds_ratio(counts)
    return TestResult(NAN, NAN, p_value, METHOD, "", estimate, lower, upper)


def fisher_one_sided(table: ArrayLike) -> tuple[float, float]:
    """P values of a 2 x 2 table: odds ratio below 1, above 1 (R alternative less, greater)."""
    distribution = _hypergeometric(count_table(table))
    return distribution.tail(1.0, False), distribution.tail(1.0, True)


def odds_ratio(table: ArrayLike, level: float = 0.95) -> tuple[float, float, float]:
    """Conditional maximum likelihood odds ratio of a 2 x 2 table with exact limits.

    The roots are found as R finds them, to R's tolerance, so that the digits agree.

    Source: R fisher.test(table)$estimate, $conf.int
    """
    distribution = _hypergeometric(count_table(table))
    alpha = (1 - level) / 2
    lowest, highest = distribution.support[0], distribution.support[-1]
    observed = distribution.observed
    estimate, lower, upper = 0.0, 0.0, float("inf")
    if observed == highest:
        estimate = float("inf")
    if observed == lowest:
        estimate = 0.0
    elif observed < highest:
        estimate = _solve_odds_ratio(distribution.mean, observed)
    if observed > lowest:
        lower = _solve_odds_ratio(lambda ratio: distribution.tail(ratio, True), alpha)
    if observed < highest:
        upper = _solve_odds_ratio(lambda ratio: -distribution.tail(ratio, False), -alpha)
    return estimate, lower, upper


def _solve_odds_ratio(rising: Callable[[float], float], target: float) -> float:
    """Odds ratio at which a rising function meets the target, searched in (0, 1) or its inverse."""
    at_one = rising(1.0)
    if at_one == target:
        return 1.0
    tiny = np.finfo(float).eps
    if at_one > target:
        # the limit at an odds ratio of 0 is below any target
        return r_uniroot(lambda t: (rising(t) if t > 0 else rising(1e-300)) - target, 0.0, 1.0)
    return 1 / r_uniroot(lambda t: rising(1 / t) - target, tiny, 1.0)


# ---- r x c ---------------------------------------------------------------------------------------


class _Partial(NamedTuple):
    """Partial tables of some rows: coded column sums, log weight (- sum log x!), multiplicity."""

    key: np.ndarray
    log_weight: FloatArray
    ways: FloatArray


def _exact_p(counts: FloatArray) -> float | None:
    """Exact P value, or None where there are too many tables."""
    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    rows, columns = table.sum(axis=1).astype(int), table.sum(axis=0).astype(int)
    place_value = np.concatenate(([1], np.cumprod(columns[:-1] + 1)))[: len(columns) - 1]
    options = [_compositions(int(total), columns) for total in rows]
    if any(option is None for option in options):
        return None
    known = [option for option in options if option is not None]
    half = _balanced_half([len(option) for option in known])
    parts = []
    for members in (half, [row for row in range(len(rows)) if row not in half]):
        part = _join_rows([known[row] for row in members], columns, place_value)
        if part is None:
            return None
        parts.append(part)
    target = int(columns[:-1] @ place_value)
    constant = gammaln(rows + 1).sum() + gammaln(columns + 1).sum() - gammaln(rows.sum() + 1)
    limit = -gammaln(table + 1).sum() + TIE_RXC
    return float(np.exp(constant + _log_sum_below(parts[0], parts[1], target, limit)))


def _compositions(total: int, columns: np.ndarray) -> np.ndarray | None:
    """All ways to spread a row total over the columns, none above its column total."""
    ways = np.zeros((1, 0), dtype=np.int64)
    for place in range(len(columns) - 1):
        rest = total - ways.sum(axis=1)
        later = int(columns[place + 1 :].sum())
        low = np.maximum(rest - later, 0)
        high = np.minimum(rest, columns[place])
        size = high - low + 1
        if size.sum() > MOST_PARTIAL_TABLES // 10:
            return None
        first = np.cumsum(size) - size
        value = np.arange(size.sum()) - np.repeat(first, size) + np.repeat(low, size)
        ways = np.column_stack((np.repeat(ways, size, axis=0), value))
    return np.column_stack((ways, total - ways.sum(axis=1)))


def _balanced_half(sizes: list[int]) -> list[int]:
    """Rows of one half, chosen so that neither half has many partial tables."""
    logs = np.log(sizes)
    rows = range(len(sizes))
    if len(sizes) > 16:
        ordered = np.argsort(logs)[::-1]
        return [int(row) for row in ordered[::2]]
    choices = (half for count in range(1, len(sizes)) for half in combinations(rows, count))
    best = min(choices, key=lambda half: abs(2 * logs[list(half)].sum() - logs.sum()))
    return list(best)


def _join_rows(
    options: list[np.ndarray], columns: np.ndarray, place_value: np.ndarray
) -> _Partial | None:
    """Combine the options of several rows; None where there are too many."""
    sums = np.zeros((1, len(columns)), dtype=np.int64)
    log_weight, count = np.zeros(1), np.ones(1)
    for option in options:
        if len(sums) * len(option) > MOST_PARTIAL_TABLES:
            return None
        own = -gammaln(option + 1.0).sum(axis=1)
        sums = (sums[:, None, :] + option[None, :, :]).reshape(-1, len(columns))
        log_weight = (log_weight[:, None] + own[None, :]).ravel()
        count = np.repeat(count, len(option))
        fits = (sums <= columns).all(axis=1)
        sums, log_weight, count = sums[fits], log_weight[fits], count[fits]
        if len(sums) > MERGE_ABOVE:
            sums, log_weight, count = _merge_equal(sums, log_weight, count, place_value)
    return _Partial(sums[:, :-1] @ place_value, log_weight, count)


def _merge_equal(
    sums: np.ndarray, log_weight: FloatArray, count: FloatArray, place_value: np.ndarray
) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Merge partial tables with the same column sums and the same weight up to rounding."""
    key = sums[:, :-1] @ place_value
    order = np.lexsort((log_weight, key))
    key, sums = key[order], sums[order]
    log_weight, count = log_weight[order], count[order]
    new = np.ones(len(key), dtype=bool)
    new[1:] = (np.diff(key) != 0) | (np.diff(log_weight) > 1e-11)
    start = np.flatnonzero(new)
    return sums[start], log_weight[start], np.add.reduceat(count, start)


def _log_sum_below(a: _Partial, b: _Partial, target: int, limit: float) -> float:
    """Log of the summed weights of all whole tables whose log weight is at most the limit."""
    order_a, order_b = np.argsort(a.key, kind="stable"), np.lexsort((b.log_weight, b.key))
    key_a, weight_a, count_a = (column[order_a] for column in a)
    key_b, weight_b, count_b = (column[order_b] for column in b)
    keys, first_a = np.unique(key_a, return_index=True)
    last_a = np.append(first_a[1:], len(key_a))
    first_b = np.searchsorted(key_b, target - keys, side="left")
    last_b = np.searchsorted(key_b, target - keys, side="right")
    logs = []
    for lo_a, hi_a, lo_b, hi_b in zip(first_a, last_a, first_b, last_b, strict=True):
        if lo_b == hi_b:
            continue
        top = weight_b[hi_b - 1]
        below = np.cumsum(np.exp(weight_b[lo_b:hi_b] - top) * count_b[lo_b:hi_b])
        found = np.searchsorted(weight_b[lo_b:hi_b], limit - weight_a[lo_a:hi_a], side="right")
        some = found > 0
        if some.any():
            mine = weight_a[lo_a:hi_a][some]
            share = count_a[lo_a:hi_a][some] * below[found[some] - 1]
            logs.append(top + logsumexp(mine, b=share))
    return float(logsumexp(logs)) if logs else float("-inf")


def _simulated_p(counts: FloatArray) -> float:
    """Monte Carlo P value with a fixed seed, (1 + tables as improbable) / (1 + tables)."""
    random = np.random.default_rng(SEED)
    rows, columns = counts.sum(axis=1).astype(int), counts.sum(axis=0).astype(int)
    left = np.tile(columns, (SIMULATIONS, 1))
    log_weight = np.zeros(SIMULATIONS)
    for total in rows[:-1]:
        need = np.full(SIMULATIONS, total)
        for place in range(len(columns)):
            later = left[:, place + 1 :].sum(axis=1)
            drawn = random.hypergeometric(left[:, place], later, need)
            left[:, place] -= drawn
            need -= drawn
            log_weight -= gammaln(drawn + 1.0)
    log_weight -= gammaln(left + 1.0).sum(axis=1)
    limit = -gammaln(counts + 1).sum() + TIE_RXC
    return float((1 + np.sum(log_weight <= limit)) / (SIMULATIONS + 1))
