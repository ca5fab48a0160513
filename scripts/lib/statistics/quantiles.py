"""Sample quantiles of the nine types of Hyndman and Fan (1996), as R quantile(type = 1 .. 9)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from scripts.lib.statistics.hypothesis_tests import present
from scripts.lib.statistics.time_to_event import FloatArray

# (alpha, beta) of the continuous types: position = alpha + p (n + 1 - alpha - beta)
CONTINUOUS = {4: (0, 1), 5: (0.5, 0.5), 6: (0, 0), 7: (1, 1), 8: (1 / 3, 1 / 3), 9: (3 / 8, 3 / 8)}


def sample_quantile(values: ArrayLike, probabilities: ArrayLike, kind: int = 7) -> FloatArray:
    """Quantiles of the values that are not missing; NaN without any.

    Parameters
    ----------
    values : array
    probabilities : array, shape (k,)
        Between 0 and 1.
    kind : int
        R's `type`, 1 to 9. 7 is R's own choice, 2 and 6 those of SAS and SPSS.
    """
    ordered = np.sort(present(values))
    p = np.atleast_1d(np.asarray(probabilities, dtype=float))
    if ((p < 0) | (p > 1)).any():
        raise ValueError("probabilities: numbers between 0 and 1 expected")
    n = len(ordered)
    if n == 0:
        return np.full(len(p), np.nan)
    if kind == 7:
        return _type_seven(ordered, p)
    fuzz = 4 * np.finfo(float).eps
    if kind in CONTINUOUS:
        alpha, beta = CONTINUOUS[kind]
        position = alpha + p * (n + 1 - alpha - beta)
        low = np.floor(position + fuzz)
        share = position - low
        share = np.where(np.abs(share) < fuzz, 0.0, share)
    else:
        position = n * p - (0.5 if kind == 3 else 0.0)
        low = np.floor(position + fuzz)
        share = _jump(kind, position > low + fuzz, low)
    padded = np.concatenate(([ordered[0]] * 2, ordered, [ordered[-1]] * 2))
    below = padded[(low + 1).astype(int)]
    above = padded[(low + 2).astype(int)]
    return np.where(share == 0, below, np.where(share == 1, above, below + share * (above - below)))


def _type_seven(ordered: FloatArray, p: FloatArray) -> FloatArray:
    position = (len(ordered) - 1) * p
    low, high = np.floor(position).astype(int), np.ceil(position).astype(int)
    share = position - low
    return np.where(share > 0, (1 - share) * ordered[low] + share * ordered[high], ordered[low])


def _jump(kind: int, between: np.ndarray, low: FloatArray) -> FloatArray:
    """Share of the upper value in the types with jumps."""
    if kind == 1:
        return between.astype(float)
    if kind == 2:
        return np.where(between, 1.0, 0.5)
    if kind == 3:  # the nearest even position
        return (between | (low % 2 == 1)).astype(float)
    raise ValueError(f"quantile type {kind}: a whole number from 1 to 9 expected")
