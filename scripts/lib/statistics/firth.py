"""Cox regression with Firth's penalised likelihood: finite estimates under separation.

Equal to coxphf (Heinze and Schemper 2001): Breslow ties, penalty one half of the log determinant
of the information, limits and P values from the profile of the penalised likelihood. The penalty
keeps the whole information also where a coefficient is fixed, as coxphf does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, chdtri

from scripts.lib.statistics.cox import Limits, TestStatistic, chi_squared_test
from scripts.lib.statistics.cox_likelihood import Evaluation, RiskSets, evaluate, risk_sets
from scripts.lib.statistics.cox_newton import standardise, unidentified
from scripts.lib.statistics.design import Column, Design
from scripts.lib.statistics.roots import r_uniroot
from scripts.lib.statistics.time_to_event import (
    BoolArray,
    FloatArray,
    check_time_to_event,
    stratum_codes,
)

ITERATIONS, HALVINGS = 500, 30
LARGEST_STEP = 0.5  # on standardised coefficients
SCORE_TOLERANCE = 1e-9
ROUNDING_GAIN = 1e-9  # expected rise, per log-likelihood, that rounding may hide
ANOTHER_MAXIMUM = 1e-6  # log-likelihood that another start gains at a limit
FARTHEST = 200.0  # a profile that has not fallen this far away (standardised) never does
NOT_CONVERGED = "not estimable: the penalised fit did not converge"


@dataclass(frozen=True)
class FirthFit:
    """A penalised fit; per column arrays of shape (p,), NaN where `reason` is not empty.

    `lower` and `upper` are profile limits of the coefficient (infinite where the profile never
    falls far enough); `chi_square` and `p_value` are those of the penalised likelihood-ratio test
    of each coefficient, `likelihood_ratio` of all. Log-likelihoods are penalised.
    """

    columns: tuple[Column, ...]
    reason: tuple[str, ...]
    coefficient: FloatArray
    std_err: FloatArray
    lower: FloatArray
    upper: FloatArray
    chi_square: FloatArray
    p_value: FloatArray
    loglik_null: float
    loglik: float
    likelihood_ratio: TestStatistic
    n: int
    n_dropped: int
    events: int

    def limits(self) -> Limits:
        """Hazard ratios with profile limits."""
        with np.errstate(over="ignore"):
            return Limits(np.exp(self.coefficient), np.exp(self.lower), np.exp(self.upper))


def fit_firth(
    time: ArrayLike,
    event: ArrayLike,
    design: Design,
    *,
    strata: ArrayLike | None = None,
    level: float = 0.95,
    profiled: BoolArray | None = None,
) -> FirthFit:
    """Fit a penalised Cox model to the complete cases of a design.

    Parameters
    ----------
    time, event, strata : arrays, shape (n,)
        As for `fit_cox`.
    design : Design
    level : float
        Of the profile limits.
    profiled : boolean array, shape (p,), optional
        Columns that get limits and a P value, which cost most; all when absent.

    Source
    ------
    R coxphf::coxphf(..., pl = TRUE), iterated to convergence
    """
    row = design.used
    data = check_time_to_event(np.asarray(time)[row], np.asarray(event)[row])
    stratum = None if strata is None else np.asarray(strata)[row]
    stratum = stratum_codes(stratum, len(data.time))
    x, scale = standardise(design.x, data.weight)
    whole = risk_sets(data.time, data.event, data.weight, x, stratum, "breslow")
    reason = unidentified(whole, lambda coefficients: evaluate(whole, coefficients))
    free = np.array([text == "" for text in reason], dtype=bool)
    sets = risk_sets(data.time, data.event, data.weight, x[:, free], stratum, "breslow")
    start = np.zeros(int(free.sum()))
    best = _maximise(sets, start, np.ones(len(start), dtype=bool))
    if not best.converged:
        reason = tuple(text or NOT_CONVERGED for text in reason)
        free = free & False
    wanted = (np.ones_like(free) if profiled is None else profiled)[free]
    columns = [_column(sets, best, place, level, bool(own)) for place, own in enumerate(wanted)]
    numbers = _spread(columns, free)
    numbers[:4] /= scale
    null = penalised(sets, start).loglik
    log_scale = float(np.log(scale[free]).sum())  # the penalty in the covariates' own units
    return FirthFit(
        design.columns, reason, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
        numbers[5], loglik_null=null + log_scale, loglik=best.point.loglik + log_scale,
        likelihood_ratio=chi_squared_test(2 * (best.point.loglik - null), int(free.sum())),
        n=design.n_used, n_dropped=design.n_dropped, events=int(data.event.sum()),
    )  # fmt: skip


class Penalised(NamedTuple):
    """Penalised log-likelihood, its score (p,), and the information (p, p) without the penalty."""

    loglik: float
    score: FloatArray
    information: FloatArray


class _Maximum(NamedTuple):
    coefficients: FloatArray
    point: Penalised
    converged: bool


def penalised(sets: RiskSets, coefficients: FloatArray) -> Penalised:
    """Evaluate the penalised likelihood; -inf where the information is singular."""
    point = evaluate(sets, coefficients)
    information = point.information()
    sign, log_determinant = np.linalg.slogdet(information)
    if sign <= 0 and len(coefficients):
        return Penalised(float("-inf"), np.zeros(len(coefficients)), information)
    slope = _log_determinant_slope(point, np.linalg.inv(information))
    return Penalised(
        point.loglik + 0.5 * float(log_determinant), point.score() + 0.5 * slope, information
    )


def _log_determinant_slope(point: Evaluation, inverse: FloatArray) -> FloatArray:
    """Derivative of log det(information): trace of its inverse with each third derivative.

    The third derivative at an event time is the third central moment over the risk set. With
    q = x' A x and mean m, its trace with A is E[x q] - m E[q] - 2 (E[x x'] - m m') A m; the sum
    over times of the E[x x'] term is again one pass over the patients.
    """
    sets, x = point.sets, point.sets.x
    deaths = sets.slot_sum(sets.slot_weight)
    s0 = sets.at_or_after(sets.group_sum(point.risk))
    mean = point.s1 / s0[:, None]
    square = np.sum((x @ inverse) * x, axis=1)
    mean_square = sets.at_or_after(sets.group_sum(point.risk * square)) / s0
    turned = mean @ inverse
    hazard = sets.up_to(deaths / s0)[sets.group]
    drift = sets.up_to((deaths / s0)[:, None] * turned)[sets.group]
    over_patients = (point.risk * (hazard * square - 2 * np.sum(x * drift, axis=1))) @ x
    over_times = deaths * (2 * np.sum(turned * mean, axis=1) - mean_square)
    return over_patients + over_times @ mean


def _maximise(sets: RiskSets, start: FloatArray, movable: BoolArray) -> _Maximum:
    """Maximise over the movable coefficients by scoring with bounded steps and halving.

    A step is shortened as a whole: cut coefficient by coefficient it would point elsewhere, perhaps
    down, and the iteration would end on the slope.
    """
    coefficients, point = start, penalised(sets, start)
    for _ in range(ITERATIONS):
        slope = point.score[movable]
        if np.abs(slope).max(initial=0.0) <= SCORE_TOLERANCE:
            return _Maximum(coefficients, point, bool(np.isfinite(point.loglik)))
        step = np.zeros(len(start))
        step[movable] = np.linalg.solve(point.information[np.ix_(movable, movable)], slope)
        gain = float(slope @ step[movable])
        step *= LARGEST_STEP / max(LARGEST_STEP, np.abs(step).max())
        size = max(1.0, abs(point.loglik))
        for _ in range(HALVINGS):
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                proposal = penalised(sets, coefficients + step)
            rise = proposal.loglik - point.loglik
            flatter = np.abs(proposal.score[movable]).max() < np.abs(slope).max()
            if rise > 0 or (rise > -1e-13 * size and flatter):
                break
            step = step / 2
        else:
            return _Maximum(coefficients, point, gain <= ROUNDING_GAIN * size)
        coefficients, point = coefficients + step, proposal
    return _Maximum(coefficients, point, False)


def _column(
    sets: RiskSets, best: _Maximum, place: int, level: float, profiled: bool
) -> list[float]:
    """Estimate, standard error, limits, chi-squared and P value of one coefficient."""
    variance = np.linalg.inv(best.point.information)
    std_err = float(np.sqrt(variance[place, place]))
    if not profiled:
        return [float(best.coefficients[place]), std_err, *[float("nan")] * 4]
    lower, upper = (_profile_limit(sets, best, place, side * std_err, level) for side in (-1, 1))
    fixed = _profile(sets, place, 0.0, best.coefficients)
    chi_square = 2 * (best.point.loglik - fixed.point.loglik) if fixed.converged else np.nan
    p_value = float(chdtrc(1, max(chi_square, 0.0)))
    return [float(best.coefficients[place]), std_err, lower, upper, float(chi_square), p_value]


def _profile(sets: RiskSets, place: int, value: float, *starts: FloatArray) -> _Maximum:
    """Highest point with one coefficient held, from the given starts."""
    movable = np.arange(len(starts[0])) != place
    found = [_maximise(sets, np.where(movable, start, value), movable) for start in starts]
    return max(found, key=lambda maximum: maximum.point.loglik)


def _profile_limit(sets: RiskSets, best: _Maximum, place: int, step: float, level: float) -> float:
    """Value at which twice the fall of the profile reaches the chi-squared quantile.

    Each point of the profile starts from the one before it. The penalised likelihood can have
    several maxima: where another start stands higher at the limit, the search goes on outwards.
    """
    target = best.point.loglik - 0.5 * float(chdtri(1, 1 - level))
    centre = float(best.coefficients[place])
    near = best.coefficients

    def height(value: float, *others: FloatArray) -> float:
        nonlocal near
        found = _profile(sets, place, value, near, *others)
        near = found.coefficients
        return found.point.loglik - target

    inner, outer = centre, centre + step
    while True:
        while height(outer) > 0:
            if abs(outer - centre) > FARTHEST:
                return float(np.copysign(np.inf, step))
            inner, outer = outer, centre + 2 * (outer - centre)
        limit = r_uniroot(height, min(inner, outer), max(inner, outer), 1e-10)
        if height(limit, best.coefficients, np.zeros_like(near)) <= ANOTHER_MAXIMUM:
            return limit
        inner, outer = limit, centre + 2 * (limit - centre)


def _spread(columns: list[list[float]], free: BoolArray) -> FloatArray:
    """Put the numbers of the free columns into rows of all columns: shape (6, p)."""
    numbers = np.full((6, len(free)), np.nan)
    if columns:
        numbers[:, free] = np.array(columns).T
    return numbers
