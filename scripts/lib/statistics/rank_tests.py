"""Rank tests: Mann-Whitney (Wilcoxon rank sum) and Kruskal-Wallis, with R's choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr

from scripts.lib.statistics.hypothesis_tests import TestResult, not_applicable, present
from scripts.lib.statistics.time_to_event import FloatArray

EXACT_BELOW = 50  # wilcox.test: exact when both groups are smaller and there are no ties


def average_ranks(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Rank of each value (ties get their mean rank) and the size of each group of ties."""
    _, inverse, size = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(size)
    return (last - (size - 1) / 2)[inverse], size.astype(float)


def mann_whitney(
    x: ArrayLike, y: ArrayLike, exact: bool | None = None, correct: bool = True
) -> TestResult:
    """Mann-Whitney test; the statistic is R's W, the pairs in which x exceeds y (ties 1/2).

    Parameters
    ----------
    x, y : arrays
        Values of the two groups; missing ones are left out.
    exact : bool, optional
        R's choice where absent: exact when both groups have fewer than 50 values and there are no
        ties. With ties the normal approximation is used whatever is asked.
    correct : bool
        Continuity correction of the normal approximation.

    Source
    ------
    R wilcox.test(x, y)
    """
    first, second = present(x, "x"), present(y, "y")
    method = "Mann-Whitney test"
    if not len(first) or not len(second):
        return not_applicable(method, "a group has no values")
    ranks, ties = average_ranks(np.concatenate((first, second)))
    m, n = len(first), len(second)
    statistic = float(ranks[:m].sum() - m * (m + 1) / 2)
    if exact is None:
        exact = m < EXACT_BELOW and n < EXACT_BELOW
    if exact and (ties == 1).all():
        p_value = _exact_p(statistic, m, n)
        return TestResult(statistic, np.nan, p_value, f"{method}, exact")
    if len(ties) == 1:  # W is half the pairs; R has no P value either
        return replace(not_applicable(method, "all values are equal"), statistic=statistic)
    suffix = "normal approximation" + (" with continuity correction" if correct else "")
    p_value = _normal_p(statistic, m, n, ties, correct)
    return TestResult(statistic, np.nan, p_value, f"{method}, {suffix}")


def _exact_p(statistic: float, m: int, n: int) -> float:
    distribution = rank_sum_distribution(m, n)
    count = round(statistic)
    upper = statistic > m * n / 2
    tail = distribution[count:] if upper else distribution[: count + 1]
    return min(1.0, float(2 * tail.sum()))


def rank_sum_distribution(m: int, n: int) -> FloatArray:
    """Probability of each value 0 .. m n of the Mann-Whitney statistic without ties.

    Number of subsets of m of the ranks 1 .. m + n by their sum, adding one rank after another.
    """
    ways = np.zeros((m + 1, m * n + 1))
    ways[0, 0] = 1.0
    # a subset of k ranks has the excess (sum of ranks) - k (k + 1) / 2; taking rank r as the k-th
    # and largest adds r - k to it
    for rank in range(1, m + n + 1):
        for k in range(min(rank, m), 0, -1):
            gap = rank - k
            if gap <= n:
                ways[k, gap:] += ways[k - 1, : m * n + 1 - gap]
    return ways[m] / ways[m].sum()


def _normal_p(statistic: float, m: int, n: int, ties: FloatArray, correct: bool) -> float:
    total = m + n
    tied = np.sum(ties**3 - ties) / (total * (total - 1))
    sigma = np.sqrt(m * n / 12 * (total + 1 - tied))
    distance = statistic - m * n / 2
    if correct:
        distance -= 0.5 * np.sign(distance)
    return float(2 * ndtr(-abs(distance / sigma)) if distance else 1.0)


def kruskal_wallis(groups: Sequence[ArrayLike]) -> TestResult:
    """Kruskal-Wallis test of two or more groups; empty groups do not count.

    Source: R kruskal.test
    """
    samples = [sample for sample in (present(group) for group in groups) if len(sample)]
    method = "Kruskal-Wallis test"
    if len(samples) < 2:
        return not_applicable(method, "fewer than two groups with values")
    ranks, ties = average_ranks(np.concatenate(samples))
    total = len(ranks)
    if len(ties) == 1:
        return not_applicable(method, "all values are equal")
    edges = np.cumsum([0, *(len(sample) for sample in samples)])
    squares = sum(
        ranks[first:last].sum() ** 2 / (last - first)
        for first, last in zip(edges[:-1], edges[1:], strict=True)
    )
    raw = 12 * squares / (total * (total + 1)) - 3 * (total + 1)
    statistic = float(raw / (1 - np.sum(ties**3 - ties) / (total**3 - total)))
    df = len(samples) - 1
    return TestResult(statistic, df, float(chdtrc(df, statistic)), method)
