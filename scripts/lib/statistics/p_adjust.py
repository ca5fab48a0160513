"""Adjustment of P values for multiplicity (R p.adjust)."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from scripts.lib.statistics.time_to_event import FloatArray

Adjustment = Literal["holm", "hochberg", "bonferroni", "BH", "BY", "none"]


def p_adjust(p_values: ArrayLike, method: Adjustment = "holm") -> FloatArray:
    """Adjust P values; missing ones stay missing and do not count.

    Parameters
    ----------
    p_values : array, shape (n,)
    method : 'holm', 'hochberg', 'bonferroni', 'BH' (Benjamini-Hochberg), 'BY', 'none'

    Source
    ------
    R p.adjust
    """
    given = np.asarray(p_values, dtype=float)
    known = ~np.isnan(given)
    adjusted = given.copy()
    adjusted[known] = _adjust(given[known], method)
    return adjusted


def _adjust(p: FloatArray, method: Adjustment) -> FloatArray:
    n = len(p)
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, n + 1)
    if method == "none" or n == 0:
        return p
    if method == "bonferroni":
        return np.minimum(1, n * p)
    if method == "holm":
        rising = np.maximum.accumulate((n + 1 - rank) * p[order])
        return _unsorted(rising, order)
    factor = {"hochberg": n + 1 - rank, "BH": n / rank, "BY": np.sum(1 / rank) * n / rank}
    if method not in factor:
        raise ValueError(f"adjustment {method!r}: one of {', '.join(factor)}, holm, bonferroni")
    falling = np.minimum.accumulate((factor[method] * p[order])[::-1])[::-1]
    return _unsorted(falling, order)


def _unsorted(ordered: FloatArray, order: np.ndarray) -> FloatArray:
    result = np.empty_like(ordered)
    result[order] = np.minimum(1, ordered)
    return result
