"""Exact (discrete) partial likelihood for tied events, as R coxph(ties = "exact").

The denominator at a time with d events is the d-th elementary symmetric polynomial of the risks of
those at risk. Risk sets are nested, so going back in time each patient is added once to the
polynomials of all degrees: O(n d p^2), not one recursion per event time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.lib.cox_likelihood import RiskSets
from scripts.lib.time_to_event import FloatArray


@dataclass(frozen=True)
class ExactPoint:
    """Log-likelihood with its first and minus second derivative at one coefficient vector."""

    loglik: float
    first: FloatArray
    second: FloatArray

    def score(self) -> FloatArray:
        """First derivative, shape (p,)."""
        return self.first

    def information(self) -> FloatArray:
        """Minus the second derivative, shape (p, p)."""
        return self.second


@dataclass(frozen=True)
class ExactLikelihood:
    """Log-likelihood as a function of the coefficients."""

    sets: RiskSets

    def __call__(self, coefficients: FloatArray) -> ExactPoint:
        """Evaluate at the coefficients, shape (p,)."""
        total = ExactPoint(0.0, np.zeros(len(coefficients)), np.zeros((len(coefficients),) * 2))
        eta = self.sets.x @ coefficients
        for first, last in self.sets.stratum_bounds:
            part = _one_stratum(self.sets, eta, first, last)
            total = ExactPoint(
                total.loglik + part.loglik, total.first + part.first, total.second + part.second
            )
        return total


def _one_stratum(sets: RiskSets, eta: FloatArray, first: int, last: int) -> ExactPoint:
    degree = int(sets.group_events[first:last].max(initial=0))
    size = sets.x.shape[1]
    loglik, score, information = 0.0, np.zeros(size), np.zeros((size, size))
    sums = _Polynomials(degree, size)
    edges = np.append(sets.group_start, len(eta))
    for group in range(last - 1, first - 1, -1):
        rows = slice(edges[group], edges[group + 1])
        for risk, x in zip(np.exp(eta[rows]), sets.x[rows], strict=True):
            sums.add(risk, x)
        events = int(sets.group_events[group])
        if events == 0:
            continue
        died = sets.event[rows]
        value, slope, curvature = sums.e[events], sums.e1[events], sums.e2[events]
        mean = slope / value
        loglik += float(eta[rows][died].sum() - np.log(value) - sums.log_scale * events)
        score += sets.x[rows][died].sum(axis=0) - mean
        information += curvature / value - np.outer(mean, mean)
    return ExactPoint(loglik, score, information)


class _Polynomials:
    """Elementary symmetric polynomials of the risks so far, with derivatives in the coefficients.

    Degree k is stored divided by exp(k log_scale), the scale following the growing risk set, so
    that a hundred ties among thousands of patients do not overflow.
    """

    def __init__(self, degree: int, size: int) -> None:
        self.e = np.zeros(degree + 1)
        self.e[0] = 1.0
        self.e1 = np.zeros((degree + 1, size))
        self.e2 = np.zeros((degree + 1, size, size))
        self.log_scale = 0.0

    def add(self, risk: float, x: FloatArray) -> None:
        """Let one patient enter the risk set."""
        risk = risk * np.exp(-self.log_scale)
        e, e1, e2 = self.e[:-1], self.e1[:-1], self.e2[:-1]
        cross = e1[:, :, None] * x
        new2 = e2 + cross + cross.transpose(0, 2, 1) + e[:, None, None] * np.outer(x, x)
        self.e2[1:] += risk * new2
        self.e1[1:] += risk * (e1 + e[:, None] * x)
        self.e[1:] += risk * e
        if self.e.max() > 1e100:
            self._rescale(float(np.log(self.e.max()) / max(len(self.e) - 1, 1)))

    def _rescale(self, shift: float) -> None:
        factor = np.exp(-shift * np.arange(len(self.e)))
        self.e *= factor
        self.e1 *= factor[:, None]
        self.e2 *= factor[:, None, None]
        self.log_scale += shift
