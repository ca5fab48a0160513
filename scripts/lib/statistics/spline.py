"""Natural cubic regression spline, for the smooth through residuals (as R's splines::ns)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from scripts.lib.statistics.time_to_event import FloatArray

POINTS = 40  # of the smooth, as plot.cox.zph


class Smooth(NamedTuple):
    """A fitted curve at `x`: value, and the variance of the value where that of `y` is 1."""

    x: FloatArray
    fitted: FloatArray
    unit_variance: FloatArray


def natural_spline(x: FloatArray, knots: FloatArray) -> FloatArray:
    """Basis of the natural cubic splines with these knots (first and last: the boundaries).

    Returns
    -------
    array, shape (len(x), len(knots))
        Linear beyond the boundaries. Spans what ns(..., intercept = TRUE) spans.

    Source
    ------
    Hastie, Tibshirani, Friedman: The Elements of Statistical Learning, 2nd ed., (5.4), (5.5)
    """
    width = knots[-1] - knots[0]
    scaled, at = (x - knots[0]) / width, (knots - knots[0]) / width
    cubes = np.maximum(scaled[:, None] - at, 0) ** 3
    slopes = (cubes[:, :-1] - cubes[:, -1:]) / (at[-1] - at[:-1])
    return np.column_stack([np.ones(len(x)), scaled, slopes[:, :-1] - slopes[:, -1:]])


def smooth(x: FloatArray, y: FloatArray, df: int = 4) -> Smooth | None:
    """Least-squares natural spline of `y` on `x`, at `POINTS` equal steps; None if singular.

    Source
    ------
    R survival:::plot.cox.zph: interior knots at quantiles of the grid and `x` together
    """
    if len(x) == 0:
        return None
    grid = np.linspace(x.min(), x.max(), POINTS)
    together = np.concatenate((grid, x))
    knots = np.unique(np.quantile(together, np.linspace(0, 1, df)))
    if len(knots) < df or len(x) < df:
        return None
    basis = natural_spline(x, knots)
    cross = basis.T @ basis
    if np.linalg.matrix_rank(basis) < df:
        return None
    at = natural_spline(grid, knots)
    fitted = at @ np.linalg.lstsq(basis, y, rcond=None)[0]
    unit = np.einsum("ij,ij->i", at @ np.linalg.inv(cross), at)
    return Smooth(grid, fitted, unit)
