"""Fisher's exact test for tables of any size, and the conditional odds ratio of a 2 x 2 table.

Exact P value: the probability, given the margins, of all tables that are no more probable than
the observed one. Where the tables are too many for that, a Monte Carlo estimate with a fixed seed
takes its place and the method says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from scripts.lib.statistics.fisher_network import exact_p_value
from scripts.lib.statistics.hypothesis_tests import NAN, TestResult, count_table, not_applicable
from scripts.lib.statistics.roots import r_uniroot
from scripts.lib.statistics.time_to_event import FloatArray

METHOD = "Fisher's exact test"
# fisher.test counts tables up to this (relative) above the observed probability as equal to it
TIE_2X2, TIE_RXC = 1e-7, 3.4525e-7
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
    p_value = exact_p_value(filled, TIE_RXC)
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
