"""How far the columns of a design matrix tell the same: variance inflation, condition number."""

from __future__ import annotations

import numpy as np

from scripts.lib.statistics.design import Design
from scripts.lib.statistics.time_to_event import FloatArray

SINGULAR = 1e12  # a condition number above it is exact dependence


def correlation(design: Design) -> FloatArray:
    """Correlation matrix of the columns, shape (p, p); NaN where a column is constant."""
    if design.n_used < 2:
        return np.full((design.x.shape[1],) * 2, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.atleast_2d(np.corrcoef(design.x, rowvar=False))


def condition_number(design: Design) -> float:
    """Largest over smallest singular value of the standardised columns; NaN without columns.

    Constant columns are left out; infinite where a column is given by the others.

    Source
    ------
    R kappa(scale(model.matrix(fit)[, -1]), exact = TRUE)
    """
    matrix = correlation(design)
    known = ~np.isnan(np.diag(matrix))
    if not known.any():
        return float("nan")
    values = np.linalg.eigvalsh(matrix[np.ix_(known, known)])
    ratio = np.sqrt(values[-1] / values[0]) if values[0] > 0 else np.inf
    return float(ratio) if ratio < SINGULAR**0.5 else float("inf")


def inflation(design: Design) -> dict[str, float]:
    """Variance inflation of each term: GVIF^(1/df), the VIF for a term of one column.

    NaN for a term that is constant, infinite for one that the others give.

    Source
    ------
    Fox and Monette 1992; R car::vif(lm), GVIF^(1/Df) on the scale of a VIF
    """
    matrix = correlation(design)
    found = {}
    for term in design.terms:
        own = design.columns_of(term)
        rest = [i for i in range(len(matrix)) if i not in own and not np.isnan(matrix[i, i])]
        found[term] = _term_inflation(matrix, own, rest)
    return found


def _term_inflation(matrix: FloatArray, own: list[int], rest: list[int]) -> float:
    known = [i for i in own if not np.isnan(matrix[i, i])]
    if not known:
        return float("nan")
    inside = np.linalg.det(matrix[np.ix_(known, known)])
    others = np.linalg.det(matrix[np.ix_(rest, rest)]) if rest else 1.0
    both = known + rest
    whole = np.linalg.det(matrix[np.ix_(both, both)])
    if whole <= 1e-12 * inside * others:
        return float("inf")
    return float((inside * others / whole) ** (1 / len(known)))
