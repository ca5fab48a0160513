"""Limits of proportions and of their difference."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincc, betaincinv, gammaln, ndtri, xlog1py, xlogy

from scripts.lib.statistics.hypothesis_tests import NAN


class Proportion(NamedTuple):
    """A proportion (0 to 1), or a difference (-1 to 1), with its limits."""

    estimate: float
    lower: float
    upper: float


def clopper_pearson(events: int, total: int, level: float = 0.95) -> Proportion:
    """Exact limits of a proportion; NaN for a total of 0. R binom.test(events, total)$conf.int."""
    _check_counts(events, total)
    if total == 0:
        return Proportion(NAN, NAN, NAN)
    tail = (1 - level) / 2
    lower = 0.0 if events == 0 else float(betaincinv(events, total - events + 1, tail))
    upper = 1.0 if events == total else float(betaincinv(events + 1, total - events, 1 - tail))
    return Proportion(events / total, lower, upper)


def wilson(events: int, total: int, level: float = 0.95, correct: bool = False) -> Proportion:
    """Wilson's score limits of a proportion; NaN for a total of 0.

    Source: R prop.test(events, total, correct = correct)$conf.int
    """
    _check_counts(events, total)
    if total == 0:
        return Proportion(NAN, NAN, NAN)
    share = events / total
    z = float(ndtri(1 - (1 - level) / 2))
    shift = min(0.5, abs(events - total * 0.5)) if correct else 0.0
    limits = [_score_limit(share + sign * shift / total, total, z, sign) for sign in (-1, 1)]
    return Proportion(share, max(0.0, limits[0]), min(1.0, limits[1]))


def _score_limit(share: float, total: int, z: float, sign: int) -> float:
    if share <= 0 and sign < 0:
        return 0.0
    if share >= 1 and sign > 0:
        return 1.0
    square = z * z / total
    width = z * np.sqrt(max(0.0, share * (1 - share) / total + square / (4 * total)))
    return float((share + square / 2 + sign * width) / (1 + square))


def newcombe_difference(
    events: int, total: int, events_control: int, total_control: int, level: float = 0.95
) -> Proportion:
    """Difference of two proportions with Newcombe's hybrid score limits (method 10, 1998)."""
    first = wilson(events, total, level)
    second = wilson(events_control, total_control, level)
    difference = first.estimate - second.estimate
    below = np.hypot(first.estimate - first.lower, second.upper - second.estimate)
    above = np.hypot(first.upper - first.estimate, second.estimate - second.lower)
    return Proportion(difference, float(difference - below), float(difference + above))


def binomial_test(events: int, total: int, share: float = 0.5) -> float:
    """Two-sided exact P value of a proportion against a given one (R binom.test)."""
    _check_counts(events, total)
    if total == 0:
        return NAN
    counts = np.arange(total + 1)
    density = _binomial_density(counts, total, share)
    limit = density[events] * (1 + 1e-7)  # as binom.test: equal up to rounding counts as equal
    if events < total * share:
        opposite = int(np.sum(density[counts >= np.ceil(total * share)] <= limit))
        above = _at_least(total - opposite + 1, total, share) if opposite else 0.0
        return min(1.0, _at_most(events, total, share) + above)
    opposite = int(np.sum(density[counts <= np.floor(total * share)] <= limit))
    below = _at_most(opposite - 1, total, share) if opposite else 0.0
    return min(1.0, below + _at_least(events, total, share))


def _binomial_density(counts: np.ndarray, total: int, share: float) -> np.ndarray:
    ways = gammaln(total + 1) - gammaln(counts + 1) - gammaln(total - counts + 1)
    return np.exp(ways + xlogy(counts, share) + xlog1py(total - counts, -share))


def _at_least(events: int, total: int, share: float) -> float:
    """Probability of at least so many events."""
    if events <= 0:
        return 1.0
    return 0.0 if events > total else float(betainc(events, total - events + 1, share))


def _at_most(events: int, total: int, share: float) -> float:
    """Probability of at most so many events."""
    if events >= total:
        return 1.0
    return 0.0 if events < 0 else float(betaincc(events + 1, total - events, share))


def _check_counts(events: int, total: int) -> None:
    if not 0 <= events <= total:
        raise ValueError(f"{events} events of {total}: counts with events <= total expected")
