"""Newton-Raphson for the Cox model as coxph iterates, and what it cannot estimate.

The tolerances, the step halving and the Cholesky decomposition that leaves out small pivots are
those of R's coxfit6 and cholesky2, since they decide which coefficient R calls infinite or NA.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

import numpy as np

from scripts.lib.statistics.cox_likelihood import RiskSets
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

# coxph.control: eps, toler.inf = sqrt(eps), iter.max
R_TOLERANCE, R_ITERATIONS = 1e-9, 20
FINAL_TOLERANCE, FINAL_ITERATIONS = 1e-14, 100
TIED_SHARE = 1e-4  # of the step of an infinite coefficient, per standardised unit
VANISHED_SHARE = 1e-6  # of the information at coefficients 0

INFINITE = "not estimable: infinite coefficient (separation)"
CONSTANT = "not estimable: the covariate does not vary"
NO_EVENT_VARIES = "not estimable: the covariate does not vary where events occur"
COLLINEAR = "not estimable: a linear combination of the terms before it"
NO_EVENTS = "not estimable: no events"
NOT_CONVERGED = "not estimable: the fit did not converge"
UNIDENTIFIED = (CONSTANT, NO_EVENT_VARIES, COLLINEAR, NO_EVENTS)

PIVOT_TOLERANCE = np.finfo(float).eps ** 0.75  # coxph.control: toler.chol


class Point(Protocol):
    """What Newton-Raphson needs to know at a coefficient vector."""

    @property
    def loglik(self) -> float:
        """Log-likelihood."""

    def score(self) -> FloatArray:
        """First derivative, shape (p,)."""

    def information(self) -> FloatArray:
        """Minus the second derivative, shape (p, p)."""


Likelihood = Callable[[FloatArray], Point]


class Iterated(NamedTuple):
    """Where the iterations ended; `settled` marks columns whose information has not vanished."""

    coefficients: FloatArray
    point: Point
    iterations: int
    converged: bool
    settled: BoolArray


class Solution(NamedTuple):
    """The judged fit.

    `free`: columns with information; `df`: number of parameters as R counts them; `stopped`: where
    coxph stops; `coefficients` and `point`: where we do; `loglik`: R's where R gives up, else ours.
    """

    reason: tuple[str, ...]
    free: BoolArray
    df: int
    stopped: FloatArray
    coefficients: FloatArray
    point: Point
    loglik: float
    iterations: int


class Factor(NamedTuple):
    """Lower triangle and pivots of R's cholesky2; a pivot of 0 is left out."""

    lower: FloatArray
    pivot: FloatArray


def solve_cox(sets: RiskSets, likelihood: Likelihood) -> Solution:
    """Maximise from 0, judge each column by coxph's rules, refine what is finite to 1e-14.

    Where coxph runs out of iterations because of an infinite coefficient, its log-likelihood and
    its count of parameters (all columns) are kept, so that the test is the one R prints.
    """
    reason = unidentified(sets, likelihood)
    known = np.array([text == "" for text in reason], dtype=bool)
    stop = newton(likelihood, known, np.zeros(len(known)), R_TOLERANCE, R_ITERATIONS)
    end, free, bad = stop, known & stop.settled, _infinite(stop, known & stop.settled)
    if not bad.any():
        end = _refine(likelihood, free, stop)
        free = free & end.settled
        bad = _infinite(end, free)
    lost = known & ~free
    bad = bad | lost | _tied_to(lost, free, end.point)
    if bad.any() or not stop.converged:
        bad = bad | _vanished(free, likelihood(np.zeros(len(known))), end.point)
    gave_up = not stop.converged and bool(bad.any())
    if not bad.any() and not end.converged:
        bad, word = known, NOT_CONVERGED
    else:
        word = INFINITE
    told = tuple(text or (word if is_bad else "") for text, is_bad in zip(reason, bad, strict=True))
    df, loglik = int(free.sum()), end.point.loglik
    if gave_up:
        df, loglik = len(known), stop.point.loglik
    return Solution(
        told, free, df, stop.coefficients, end.coefficients, end.point, loglik, end.iterations
    )


def standardise(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Centre and scale the columns as coxph does inside: columns of -1, 0, 1 keep their scale.

    No estimate depends on it, but R's judgement of what is singular does.
    """
    if len(x) == 0:
        return x, np.ones(x.shape[1])
    centre = np.average(x, axis=0, weights=weight)
    centred = x - centre
    scale = np.abs(centred).mean(axis=0)
    constant = scale <= 1e-13 * np.maximum(1.0, np.abs(centre))
    centred[:, constant] = 0.0
    indicator = np.isin(x, (-1.0, 0.0, 1.0)).all(axis=0)
    scale = np.where(constant | indicator, 1.0, scale)
    return centred / scale, scale


def unidentified(sets: RiskSets, likelihood: Likelihood) -> tuple[str, ...]:
    """Reason per column that the data cannot tell from the columns before it, else ''."""
    columns = sets.x.shape[1]
    if not sets.event.any():
        return (NO_EVENTS,) * columns
    information = likelihood(np.zeros(columns)).information()
    largest = max(
        float(np.diag(information).max(initial=0.0)), float(sets.weight[sets.event].sum())
    )
    smallest = PIVOT_TOLERANCE * largest
    reasons = []
    free: list[int] = []
    for column in range(columns):
        own = information[column, column]
        if not np.ptp(sets.x[:, column]):
            reasons.append(CONSTANT)
        elif own <= smallest:
            reasons.append(NO_EVENT_VARIES)
        elif _left_over(information, free, column) <= smallest:
            reasons.append(COLLINEAR)
        else:
            reasons.append("")
            free.append(column)
    return tuple(reasons)


def _left_over(information: FloatArray, before: Sequence[int], column: int) -> float:
    """Information of a column that is not explained by the columns before it."""
    if not before:
        return float(information[column, column])
    shared = information[np.ix_(before, [column])][:, 0]
    explained = shared @ np.linalg.solve(information[np.ix_(before, before)], shared)
    return float(information[column, column] - explained)


def newton(
    likelihood: Likelihood, free: BoolArray, start: FloatArray, tolerance: float, limit: int
) -> Iterated:
    """Newton-Raphson over the free coefficients with coxfit6's stopping and step halving."""
    accepted, point = start, likelihood(start)
    if not free.any():
        return Iterated(start, point, 0, True, free)
    best, proposal, halvings = point.loglik, start + newton_step(point, free)[0], 0
    tried, settled = start, free
    for iteration in range(1, limit + 1):
        tried = proposal
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            point = likelihood(proposal)
            step, settled = newton_step(point, free)
            finite = _is_finite(point)
        if finite and abs(point.loglik - best) <= tolerance * abs(point.loglik):
            return Iterated(proposal, point, iteration, True, settled)
        if not finite or point.loglik < best:
            halvings += 1
            proposal = (proposal + halvings * accepted) / (halvings + 1)
        else:
            halvings, best, accepted = 0, point.loglik, proposal
            proposal = proposal + step
    if not _is_finite(point):
        tried, point = accepted, likelihood(accepted)
    # out of iterations: R returns the last point tried, also one that was worse
    return Iterated(tried, point, limit, False, settled)


def _is_finite(point: Point) -> bool:
    """Tell a point that coxfit6 accepts: where exp overflows, derivatives go first."""
    parts = (point.loglik, point.score(), point.information())
    return all(bool(np.isfinite(part).all()) for part in parts)


def newton_step(point: Point, free: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Step of the free coefficients (0 for the others), and which of them have a pivot."""
    step, settled = np.zeros(len(free)), np.zeros(len(free), dtype=bool)
    factor = factorise(point.information()[np.ix_(free, free)])
    step[free] = solve(factor, point.score()[free])
    settled[free] = factor.pivot > 0
    return step, settled


def factorise(matrix: FloatArray) -> Factor:
    """Decompose L D L' leaving out pivots below 1.8e-12 of the largest diagonal (cholesky2)."""
    left, size = matrix.copy(), len(matrix)
    largest = float(np.diag(matrix).max(initial=0.0))
    smallest = PIVOT_TOLERANCE * (largest if largest > 0 else 1.0)
    lower, pivots = np.eye(size), np.zeros(size)
    for place in range(size):
        pivot, below = left[place, place], left[place + 1 :, place]
        if not np.isfinite(pivot) or pivot < smallest:
            lower[place + 1 :, place] = below
            continue
        pivots[place] = pivot
        lower[place + 1 :, place] = below / pivot
        left[place + 1 :, place + 1 :] -= np.outer(below / pivot, below)
    return Factor(lower, pivots)


def solve(factor: Factor, values: FloatArray) -> FloatArray:
    """Solve with the factor; 0 where the pivot was left out (chsolve2)."""
    lower, pivot = factor
    y = values.astype(float)
    for place in range(len(y)):
        y[place] -= lower[place, :place] @ y[:place]
    for place in range(len(y) - 1, -1, -1):
        if pivot[place] == 0:
            y[place] = 0.0
        else:
            y[place] = y[place] / pivot[place] - lower[place + 1 :, place] @ y[place + 1 :]
    return y


def inverse_information(point: Point, free: BoolArray) -> FloatArray:
    """Inverse information of the free columns, 0 elsewhere; columns scaled to be comparable."""
    inverse = np.zeros((len(free), len(free)))
    if free.any():
        block = point.information()[np.ix_(free, free)]
        size = np.sqrt(np.maximum(np.diag(block), np.finfo(float).tiny))
        inverse[np.ix_(free, free)] = np.linalg.pinv(block / np.outer(size, size)) / np.outer(
            size, size
        )
    return inverse


def _infinite(end: Iterated, free: BoolArray) -> BoolArray:
    """Tell coefficients that still move although the log-likelihood stands still (coxph.fit)."""
    if not end.converged or not free.any():
        return np.zeros(len(free), dtype=bool)
    step = np.abs(end.point.score() @ inverse_information(end.point, free))
    moving = (step > R_TOLERANCE) & (step > np.sqrt(R_TOLERANCE) * np.abs(end.coefficients))
    return free & (~np.isfinite(step) | moving)


def _tied_to(lost: BoolArray, free: BoolArray, point: Point) -> BoolArray:
    """Tell free coefficients that grow together with lost ones.

    Where the reference level has no event, all the others run off and their differences do not: the
    last of them loses its pivot, and the ones before would look as if they were estimable.
    """
    tied = np.zeros(len(free), dtype=bool)
    if lost.any() and free.any():
        information = point.information()
        shared = information[np.ix_(free, lost)]
        # a direction without information: 1 for the lost column, minus these for the free ones
        share, *_ = np.linalg.lstsq(information[np.ix_(free, free)], shared, rcond=None)
        tied[free] = (np.abs(share) > TIED_SHARE).any(axis=1)
    return tied


def _vanished(free: BoolArray, null: Point, end: Point) -> BoolArray:
    """Tell coefficients about which the data say next to nothing where the iterations ended.

    Two levels without events differ by a number that has a standard error of thousands. Only where
    coxph warns or did not converge: what it prints without a warning, we print.
    """
    at_null, at_end = (np.diag(inverse_information(point, free)) for point in (null, end))
    return free & (at_end > at_null / VANISHED_SHARE)


def _refine(likelihood: Likelihood, free: BoolArray, stop: Iterated) -> Iterated:
    """Iterate on until log-likelihood or score stand still at rounding error."""
    finer = newton(likelihood, free, stop.coefficients, FINAL_TOLERANCE, FINAL_ITERATIONS)
    gain = abs(float(newton_step(finer.point, free)[0] @ finer.point.score()))
    settled = finer.converged or gain <= FINAL_TOLERANCE * max(1.0, abs(finer.point.loglik))
    return finer._replace(iterations=stop.iterations + finer.iterations, converged=settled)
