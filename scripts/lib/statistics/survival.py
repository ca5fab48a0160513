"""Kaplan-Meier estimates: survival, limits, quantiles, numbers at risk, restricted mean, follow-up.

Equal to R's `survival` package (survfit, quantile.survfit, summary.survfit, 3.x). Time in any one
unit; all results in the same unit. NaN stands where R has NA: a median that is not reached, a
limit that is not defined.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from scripts.lib.statistics.time_to_event import FloatArray, TimeToEvent, check_time_to_event

ConfidenceType = Literal["log", "log-log", "plain"]

# quantile.survfit: survival this near to the asked level counts as equal to it
TIE_TOLERANCE = np.sqrt(np.finfo(float).eps)


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan-Meier curve, one row per distinct time (event or censoring), in order of time.

    `n_risk`, `n_event` and `n_censor` are sums of weights. `std_err_log` is the standard error of
    log S (Greenwood, or robust where weights are not whole numbers); infinite where S is 0.
    """

    n: int
    time: FloatArray
    n_risk: FloatArray
    n_event: FloatArray
    n_censor: FloatArray
    survival: FloatArray
    std_err_log: FloatArray

    @property
    def std_err(self) -> FloatArray:
        """Standard error of S (NaN where S is 0 without weights, as in R)."""
        with np.errstate(invalid="ignore"):
            return self.survival * self.std_err_log

    @property
    def events(self) -> float:
        """Number (sum of weights) of events."""
        return float(self.n_event.sum())


class Estimate(NamedTuple):
    """An estimate with its confidence limits; NaN = not reached or not defined."""

    estimate: float
    lower: float
    upper: float


class SurvivalAt(NamedTuple):
    """Survival at given times: arrays of one length."""

    time: FloatArray
    survival: FloatArray
    std_err: FloatArray
    lower: FloatArray
    upper: FloatArray


class RestrictedMean(NamedTuple):
    """Mean time up to tau, with its standard error (Greenwood)."""

    tau: float
    estimate: float
    std_err: float


class Difference(NamedTuple):
    """A difference with standard error, limits and two-sided normal P value."""

    estimate: float
    std_err: float
    lower: float
    upper: float
    p_value: float


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, weights: ArrayLike | None = None
) -> KaplanMeier:
    """Estimate the survival curve of one group.

    Parameters
    ----------
    time, event, weights : arrays, shape (n,)
        See `check_time_to_event`. With weights that are not whole numbers (inverse probability
        weights) the standard error is the robust one, as survfit chooses.

    Returns
    -------
    KaplanMeier
        With no rows at all, a curve without times.

    Source
    ------
    R survival::survfit(Surv(time, event) ~ 1, weights = weights)
    """
    data = check_time_to_event(time, event, weights)
    distinct, row = np.unique(data.time, return_inverse=True)
    n_event = np.bincount(row, data.weight * data.event, len(distinct))
    n_leave = np.bincount(row, data.weight, len(distinct))
    n_risk = np.cumsum(n_leave[::-1])[::-1]
    survival = np.cumprod((n_risk - n_event) / n_risk)
    # cumulative sums of fractional weights may leave a rest of 1e-17 where all have the event
    all_fail = np.isclose(n_risk, n_event, rtol=1e-12, atol=0)
    survival = np.where(np.cumsum(all_fail) > 0, 0.0, survival)
    whole = bool(np.all(data.weight == np.floor(data.weight)))
    hazard_variance = _greenwood(n_risk, n_event, all_fail)
    std_err_log = (
        np.sqrt(hazard_variance)
        if whole
        else _robust_std_err_log(data, row, n_risk, n_event, hazard_variance)
    )
    return KaplanMeier(
        n=len(data.time), time=distinct, n_risk=n_risk, n_event=n_event,
        n_censor=n_leave - n_event, survival=survival, std_err_log=std_err_log,
    )  # fmt: skip


def _greenwood(n_risk: FloatArray, n_event: FloatArray, all_fail: np.ndarray) -> FloatArray:
    """Greenwood's variance of log S: running sum of d / (n (n - d)), infinite once n = d."""
    left = np.where(all_fail, 1.0, n_risk - n_event)
    return np.cumsum(np.where(all_fail, np.inf, n_event / (n_risk * left)))


def _robust_std_err_log(
    data: TimeToEvent,
    row: np.ndarray,
    n_risk: FloatArray,
    n_event: FloatArray,
    accumulated: FloatArray,
) -> FloatArray:
    """Infinitesimal-jackknife standard error of log S.

    A patient who leaves at time s moves log S(t) by A(min(s, t)) - 1/(n - d) (the second part
    only for an event at s <= t), where A is the running sum of d / (n (n - d)).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        own = accumulated[row] - np.where(data.event, 1.0 / (n_risk - n_event)[row], 0.0)
        left_squares = np.bincount(row, (data.weight * own) ** 2, len(n_risk))
        stay_squares = np.bincount(row, data.weight**2, len(n_risk))
        still = stay_squares.sum() - np.cumsum(stay_squares)
        stay = np.where(still > 0, accumulated**2 * still, 0.0)
        return np.sqrt(np.cumsum(left_squares) + stay)


def survival_limits(
    survival: ArrayLike,
    std_err_log: ArrayLike,
    confidence_type: ConfidenceType = "log",
    level: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """Lower and upper limits of S; NaN where the scale is not defined (log at 0, log-log at 0, 1).

    Source
    ------
    R survival:::survfit_confint
    """
    s = np.asarray(survival, dtype=float)
    half_width = ndtri(1 - (1 - level) / 2) * np.asarray(std_err_log, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if confidence_type == "plain":
            return np.maximum(s - half_width * s, 0), np.minimum(s + half_width * s, 1)
        if confidence_type == "log":
            positive = np.where(s == 0, np.nan, s)
            upper = np.minimum(positive * np.exp(half_width), 1)
            return positive * np.exp(-half_width), upper
        if confidence_type == "log-log":
            inside = np.where((s == 0) | (s == 1), np.nan, s)
            log_s = np.log(inside)
            shift = half_width / log_s
            outer = np.log(-log_s)
            return np.exp(-np.exp(outer - shift)), np.exp(-np.exp(outer + shift))
    raise ValueError(f"confidence type {confidence_type!r}: one of log, log-log, plain expected")


def survival_at(
    curve: KaplanMeier,
    times: ArrayLike,
    confidence_type: ConfidenceType = "log",
    level: float = 0.95,
) -> SurvivalAt:
    """Survival with limits at given times; before the first time it is 1, after the last it stays.

    Source
    ------
    R summary(survfit, times = times, extend = TRUE)
    """
    asked = np.asarray(times, dtype=float)
    lower, upper = survival_limits(curve.survival, curve.std_err_log, confidence_type, level)
    row = np.searchsorted(curve.time, asked, side="right")
    start_and_curve = ((1.0, curve.survival), (0.0, curve.std_err), (1.0, lower), (1.0, upper))
    columns = [np.concatenate(([start], column))[row] for start, column in start_and_curve]
    return SurvivalAt(asked, *columns)


def number_at_risk(time: ArrayLike, times: ArrayLike) -> np.ndarray:
    """Count the patients whose time is at or after each of the given times."""
    ordered = np.sort(np.asarray(time, dtype=float))
    return len(ordered) - np.searchsorted(ordered, np.asarray(times, dtype=float), side="left")


def quantile(
    curve: KaplanMeier,
    probability: float,
    confidence_type: ConfidenceType = "log",
    level: float = 0.95,
) -> Estimate:
    """Time by which the given share has had the event, with limits; NaN = not reached.

    Where S equals 1 - probability over an interval, R's midpoint of that interval.

    Source
    ------
    R survival:::quantile.survfit
    """
    if not 0 < probability < 1:
        raise ValueError(f"probability {probability}: a number between 0 and 1 expected")
    lower, upper = survival_limits(curve.survival, curve.std_err_log, confidence_type, level)
    # curve and limits change at events alone; in between, fractional weights leave rounding errors
    steps = curve.n_event > 0
    start_time = np.concatenate(([0.0], curve.time[steps]))
    last_time = curve.time[-1] if len(curve.time) else 0.0
    # the lower limit of the curve is crossed first and so gives the lower limit of the time
    return Estimate(
        *(
            _crossing(
                start_time, np.concatenate(([0.0], 1 - column[steps])), probability, last_time
            )
            for column in (curve.survival, lower, upper)
        )
    )


def median(
    curve: KaplanMeier, confidence_type: ConfidenceType = "log", level: float = 0.95
) -> Estimate:
    """Median time with limits; NaN = not reached."""
    return quantile(curve, 0.5, confidence_type, level)


def _crossing(time: FloatArray, failed: FloatArray, probability: float, last_time: float) -> float:
    """Find where the share that failed reaches the probability (R survival:::findq)."""
    _, first = np.unique(failed, return_index=True)  # keeps one row of each flat stretch
    first = np.sort(first)
    time, failed = time[first], failed[first]
    early = _first_reaching(failed + TIE_TOLERANCE, probability)
    if early is None:
        return float("nan")
    if abs(probability - failed[-1]) < TIE_TOLERANCE:
        return float((time[early] + last_time) / 2)
    late = _first_reaching(failed - TIE_TOLERANCE, probability)
    return float("nan") if late is None else float((time[early] + time[late]) / 2)


def _first_reaching(failed: FloatArray, probability: float) -> int | None:
    """Row of the smallest value at or above the probability; limits may not be monotone."""
    reaching = np.flatnonzero(failed >= probability)
    return int(reaching[np.argmin(failed[reaching])]) if len(reaching) else None


def restricted_mean(curve: KaplanMeier, tau: float) -> RestrictedMean:
    """Mean time restricted to tau (area under the curve) with its Greenwood standard error.

    Source
    ------
    R print(survfit, rmean = tau), survival:::survmean
    """
    inside = curve.time <= tau
    steps = np.concatenate(([0.0], curve.time[inside], [tau]))
    areas = np.diff(steps) * np.concatenate(([1.0], curve.survival[inside]))
    left = curve.n_risk - curve.n_event
    last = np.isclose(curve.n_risk, curve.n_event, rtol=1e-12, atol=0)
    hazard = np.where(last, 0.0, curve.n_event / (curve.n_risk * np.where(last, 1.0, left)))
    area_after = np.cumsum(areas[::-1])[::-1][1:]
    variance = float(np.sum(area_after**2 * hazard[inside]))
    return RestrictedMean(float(tau), float(areas.sum()), float(np.sqrt(variance)))


def restricted_mean_difference(
    treated: RestrictedMean, control: RestrictedMean, level: float = 0.95
) -> Difference:
    """Difference of two restricted means to the same tau (treated - control), normal limits."""
    if treated.tau != control.tau:
        raise ValueError(f"tau differs: {treated.tau} and {control.tau}")
    difference = treated.estimate - control.estimate
    std_err = float(np.hypot(treated.std_err, control.std_err))
    half_width = float(ndtri(1 - (1 - level) / 2)) * std_err
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = float(2 * ndtr(-np.abs(np.float64(difference) / std_err)))
    limits = (difference - half_width, difference + half_width)
    return Difference(difference, std_err, *limits, p_value)


def reverse_kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Curve of the follow-up: censoring taken as the event (Schemper and Smith 1996)."""
    data = check_time_to_event(time, event)
    return kaplan_meier(data.time, ~data.event)
