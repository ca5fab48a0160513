"""Exact (discrete) partial likelihood for tied events, as R coxph(ties = "exact").

The denominator at a time with d events is the d-th elementary symmetric polynomial of the risks of
those at risk. Risk sets are nested, so going back in time each patient is added once to the
polynomials of all degrees: O(n d p^2), not one recursion per event time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scripts.lib.statistics.cox_likelihood import RiskSets
from scripts.lib.statistics.time_to_event import FloatArray


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
        for log_risk, x in zip(eta[rows], sets.x[rows], strict=True):
            sums.add(log_risk, x)
        events = int(sets.group_events[group])
        if events == 0:
            continue
        died = sets.event[rows]
        mean = sums.mean[events]
        loglik += float(eta[rows][died].sum() - sums.log_value[events])
        score += sets.x[rows][died].sum(axis=0) - mean
        information += sums.square[events] - np.outer(mean, mean)
    return ExactPoint(loglik, score, information)


class _Polynomials:
    """Elementary symmetric polynomials of the risks so far, by degree 0 .. d.

    Kept as logarithm and as first and second derivative divided by the value: weighted means,
    which neither overflow nor cancel however many ties there are.
    """

    def __init__(self, degree: int, size: int) -> None:
        self.log_value = np.full(degree + 1, -np.inf)
        self.log_value[0] = 0.0
        self.mean = np.zeros((degree + 1, size))
        self.square = np.zeros((degree + 1, size, size))
        self.patients = 0

    def add(self, log_risk: float, x: FloatArray) -> None:
        """Let one patient enter the risk set: e_k becomes e_k + risk e_(k-1)."""
        self.patients += 1
        top = min(self.patients, len(self.log_value) - 1) + 1
        with_patient = log_risk + self.log_value[: top - 1]
        value = np.logaddexp(self.log_value[1:top], with_patient)
        share = np.exp(with_patient - value)
        mean, square = self.mean[: top - 1], self.square[: top - 1]
        cross = mean[:, :, None] * x
        new_square = square + cross + cross.transpose(0, 2, 1) + np.outer(x, x)
        self.square[1:top] += share[:, None, None] * (new_square - self.square[1:top])
        self.mean[1:top] += share[:, None] * (mean + x - self.mean[1:top])
        self.log_value[1:top] = value
