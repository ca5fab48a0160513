"""Logistic regression by iteratively reweighted least squares, equal to R's glm(binomial).

Iterated until the deviance stands still at rounding error. A fit whose probabilities reach 0 or 1
(separation) has no finite maximum and says so instead of giving numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

TOLERANCE, ITERATIONS = 1e-13, 60
EXTREME = 1e-8  # a fitted probability this near to 0 or 1 is one of them
INDEPENDENT = 1e-7  # R's glm: share of a column's length that the columns before it leave

NO_ROWS = "not estimable: no patients with every covariate known"
ONE_OUTCOME = "not estimable: all patients have the same outcome"
SEPARATION = "not estimable: fitted probabilities of 0 or 1 (separation)"
NOT_CONVERGED = "not estimable: the fit did not converge"
CONSTANT = "not estimable: the covariate does not vary"
COLLINEAR = "not estimable: a linear combination of the terms before it"


@dataclass(frozen=True)
class LogisticFit:
    """Per column arrays of shape (p,), the intercept left out; NaN where `column_reason` says why.

    `probability` (n,) is NaN throughout where `reason` says that there is no fit at all.
    """

    coefficient: FloatArray
    std_err: FloatArray
    column_reason: tuple[str, ...]
    probability: FloatArray
    intercept: float
    deviance: float
    reason: str

    @property
    def z(self) -> FloatArray:
        """Wald statistics."""
        return self.coefficient / self.std_err

    @property
    def p_value(self) -> FloatArray:
        """Wald P values, two-sided."""
        return 2 * ndtr(-np.abs(self.z))


def fit_logistic(x: FloatArray, outcome: BoolArray) -> LogisticFit:
    """Fit the probability of `outcome` given the columns of `x` and an intercept.

    Parameters
    ----------
    x : array, shape (n, p)
    outcome : boolean array, shape (n,)

    Returns
    -------
    LogisticFit
        Also where nothing is estimable; a column that is constant or depends on those before it is
        left out with a reason, which changes no probability.

    Source
    ------
    R glm(outcome ~ x, family = binomial, epsilon = 1e-14)
    """
    y = np.asarray(outcome, dtype=float)
    if reason := _unfit(y):
        return _none(x, reason)
    column_reason = independent_columns(x)
    kept = np.array([text == "" for text in column_reason], dtype=bool)
    centre, scale = x[:, kept].mean(axis=0), x[:, kept].std(axis=0)
    z = np.column_stack([np.ones(len(y)), (x[:, kept] - centre) / scale])
    beta, deviance, converged = _iterate(z, y)
    probability = expit(z @ beta)
    if np.minimum(probability, 1 - probability).min() < EXTREME:
        return _none(x, SEPARATION)
    if not converged:
        return _none(x, NOT_CONVERGED)
    variance = np.linalg.inv(_information(z, probability))
    coefficient, std_err = np.full(x.shape[1], np.nan), np.full(x.shape[1], np.nan)
    coefficient[kept] = beta[1:] / scale
    std_err[kept] = np.sqrt(np.diag(variance)[1:]) / scale
    intercept = float(beta[0] - np.sum(beta[1:] * centre / scale))
    return LogisticFit(
        coefficient, std_err, column_reason, probability, intercept, deviance, reason=""
    )


def independent_columns(x: FloatArray) -> tuple[str, ...]:
    """Per column '' or why it tells nothing: it is constant, or given by the columns before it."""
    reasons, basis = [], np.ones((len(x), 1))
    for column in x.T:
        centred = column - column.mean()
        length = float(np.linalg.norm(centred))
        if length <= 1e-13 * max(1.0, float(np.linalg.norm(column))):
            reasons.append(CONSTANT)
            continue
        candidate = (centred / length)[:, None]
        rest = candidate - basis @ np.linalg.lstsq(basis, candidate, rcond=None)[0]
        reasons.append("" if float(np.linalg.norm(rest)) > INDEPENDENT else COLLINEAR)
        if not reasons[-1]:
            basis = np.hstack([basis, candidate])
    return tuple(reasons)


def _unfit(y: FloatArray) -> str:
    if len(y) == 0:
        return NO_ROWS
    return ONE_OUTCOME if y.min() == y.max() else ""


def _none(x: FloatArray, reason: str) -> LogisticFit:
    empty = np.full(x.shape[1], np.nan)
    nobody = np.full(len(x), np.nan)
    reasons = (reason,) * x.shape[1]
    return LogisticFit(empty, empty, reasons, nobody, float("nan"), float("nan"), reason)


def _information(z: FloatArray, probability: FloatArray) -> FloatArray:
    return (z * (probability * (1 - probability))[:, None]).T @ z


def _deviance(eta: FloatArray, y: FloatArray) -> float:
    """Minus twice the log-likelihood, without overflow."""
    return float(2 * np.sum(np.logaddexp(0.0, np.where(y == 1, -eta, eta))))


def _iterate(z: FloatArray, y: FloatArray) -> tuple[FloatArray, float, bool]:
    """Newton-Raphson from 0; a step that does not lower the deviance is halved."""
    beta = np.zeros(z.shape[1])
    deviance = _deviance(z @ beta, y)
    for _ in range(ITERATIONS):
        probability = expit(z @ beta)
        try:
            step = np.linalg.solve(_information(z, probability), z.T @ (y - probability))
        except np.linalg.LinAlgError:
            return beta, deviance, False
        new = _deviance(z @ (beta + step), y)
        while new > deviance * (1 + 1e-12) and np.abs(step).max() > 1e-12:
            step = step / 2
            new = _deviance(z @ (beta + step), y)
        beta, change, deviance = beta + step, abs(new - deviance), new
        if change <= TOLERANCE * (abs(deviance) + 0.1):
            return beta, deviance, True
    return beta, deviance, False
