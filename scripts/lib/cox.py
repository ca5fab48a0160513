"""Cox proportional hazards regression, equal to R survival::coxph (3.x).

Newton-Raphson with step halving as coxph iterates; then on until the log-likelihood changes by
less than 1e-14. A coefficient that is not estimable (constant or collinear column, infinite
estimate) is NaN with a reason; the likelihood and its tests stay, since they have a limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from scripts.lib.cox_exact import ExactLikelihood
from scripts.lib.cox_likelihood import Evaluation, RiskSets, Ties, evaluate, risk_sets
from scripts.lib.cox_residuals import robust_variance
from scripts.lib.design import Column, Design
from scripts.lib.time_to_event import (
    BoolArray,
    FloatArray,
    check_time_to_event,
    stratum_codes,
)

# coxph.control: eps, toler.inf = sqrt(eps), iter.max
R_TOLERANCE, R_ITERATIONS = 1e-9, 20
FINAL_TOLERANCE, FINAL_ITERATIONS = 1e-14, 100
SINGULAR_TOLERANCE = 1e-10  # share of a column's information that the columns before it leave

INFINITE = "not estimable: infinite coefficient (separation)"
CONSTANT = "not estimable: the covariate does not vary"
NO_EVENT_VARIES = "not estimable: the covariate does not vary where events occur"
COLLINEAR = "not estimable: a linear combination of the terms before it"
NO_EVENTS = "not estimable: no events"
NOT_CONVERGED = "not estimable: the fit did not converge"


class TestStatistic(NamedTuple):
    """A chi-squared statistic with degrees of freedom and P value."""

    statistic: float
    df: int
    p_value: float


class Limits(NamedTuple):
    """Hazard ratios with limits, one entry per column; NaN where not estimable."""

    hazard_ratio: FloatArray
    lower: FloatArray
    upper: FloatArray


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model; per column arrays of shape (p,), NaN where `reason` is not empty.

    `variance` is the robust one where asked for, `naive_variance` the inverse information; both
    (p, p), zero in rows and columns that are singular. `loglik_null` is at coefficients 0.

    For what builds on a fit: `sets` holds the patients with covariates divided by `scale`, and
    `standardised` the coefficients on that scale (0 where singular; where infinite, the value at
    which the likelihood stood still).
    """

    columns: tuple[Column, ...]
    terms: tuple[str, ...]
    reason: tuple[str, ...]
    variance: FloatArray
    naive_variance: FloatArray
    loglik_null: float
    loglik: float
    score: TestStatistic
    n: int
    n_dropped: int
    events: int
    ties: Ties
    robust: bool
    iterations: int
    sets: RiskSets
    standardised: FloatArray
    scale: FloatArray

    @property
    def estimable(self) -> BoolArray:
        """Tell which columns have an estimate."""
        return np.array([text == "" for text in self.reason], dtype=bool)

    @property
    def free(self) -> BoolArray:
        """Tell which columns are not singular (an infinite estimate is free)."""
        return np.diag(self.naive_variance) > 0

    @property
    def coefficient(self) -> FloatArray:
        """Log hazard ratios."""
        return np.where(self.estimable, self.standardised / self.scale, np.nan)

    @property
    def std_err(self) -> FloatArray:
        """Standard errors of the coefficients, robust where asked for."""
        return np.where(self.estimable, np.sqrt(np.diag(self.variance)), np.nan)

    @property
    def z(self) -> FloatArray:
        """Wald statistics."""
        return self.coefficient / self.std_err

    @property
    def p_value(self) -> FloatArray:
        """Wald P values, two-sided."""
        return 2 * ndtr(-np.abs(self.z))

    def limits(self, level: float = 0.95) -> Limits:
        """Hazard ratios with Wald limits."""
        half_width = ndtri(1 - (1 - level) / 2) * self.std_err
        centre = self.coefficient
        with np.errstate(over="ignore"):  # an upper limit may be infinite, as in R
            return Limits(np.exp(centre), np.exp(centre - half_width), np.exp(centre + half_width))

    @property
    def likelihood_ratio(self) -> TestStatistic:
        """Likelihood-ratio test of all coefficients."""
        return chi_squared_test(2 * (self.loglik - self.loglik_null), int(self.free.sum()))

    @property
    def wald(self) -> TestStatistic:
        """Wald test of all coefficients; not defined where one of them is infinite."""
        df = int(self.free.sum())
        if (self.free & ~self.estimable).any():
            return TestStatistic(float("nan"), df, float("nan"))
        variance = self.variance[np.ix_(self.free, self.free)]
        return chi_squared_test(_r_quadratic_form(variance, self.coefficient[self.free]), df)

    @property
    def aic(self) -> float:
        """Akaike's criterion of the partial likelihood."""
        return -2 * self.loglik + 2 * int(self.free.sum())


class _Point(Protocol):
    """What Newton-Raphson needs to know at a coefficient vector."""

    @property
    def loglik(self) -> float: ...

    def score(self) -> FloatArray: ...

    def information(self) -> FloatArray: ...


class _Likelihood(Protocol):
    def __call__(self, coefficients: FloatArray) -> _Point: ...


class _Iterated(NamedTuple):
    coefficients: FloatArray
    point: _Point
    iterations: int
    converged: bool


def fit_cox(
    time: ArrayLike,
    event: ArrayLike,
    design: Design,
    *,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: Ties = "efron",
    robust: bool = False,
    cluster: ArrayLike | None = None,
) -> CoxFit:
    """Fit a Cox model to the complete cases of a design.

    Parameters
    ----------
    time, event, weights : arrays, shape (n,)
        See `check_time_to_event`; n rows as given to `design`.
    design : Design
        From `scripts.lib.design.design`.
    strata : array, shape (n,), optional
        Labels; a baseline hazard each. No missing value in rows that are used.
    ties : 'efron', 'breslow' or 'exact'
        Exact (discrete) ties take neither weights nor robust variance.
    robust : bool
        Sandwich variance (with `cluster`: summed over clusters), for inverse probability weights.

    Returns
    -------
    CoxFit
        Also where nothing is estimable (no events, no patients): NaN and the reason.

    Source
    ------
    R survival::coxph(..., control = coxph.control(eps = 1e-14))
    """
    row = design.used
    given = None if weights is None else np.asarray(weights)[row]
    data = check_time_to_event(np.asarray(time)[row], np.asarray(event)[row], given)
    stratum = None if strata is None else np.asarray(strata)[row]
    stratum = stratum_codes(stratum, len(data.kept))[data.kept]
    x = design.x[data.kept]
    x, scale = standardise(x, data.weight)
    sets = risk_sets(data.time, data.event, data.weight, x, stratum, ties)
    if ties == "exact" and (weights is not None or robust):
        raise ValueError("exact ties take no weights and no robust variance")
    likelihood = _likelihood(sets, ties)
    reason = unidentified(sets, likelihood)
    free = np.array([text == "" for text in reason], dtype=bool)
    state = _maximise(likelihood, free)
    reason, state = _judge(likelihood, free, reason, state)
    variance, naive = _variances(state.point, free)
    if robust and isinstance(state.point, Evaluation):
        clusters = None if cluster is None else np.asarray(cluster)[row][data.kept]
        variance = robust_variance(state.point, naive, clusters)
    null = likelihood(np.zeros(len(free)))
    return CoxFit(
        columns=design.columns, terms=design.terms, reason=reason, n=len(sets.time),
        n_dropped=design.n_dropped, events=int(sets.event.sum()), ties=ties, robust=robust,
        sets=sets, scale=scale, standardised=np.where(free, state.coefficients, 0.0),
        variance=variance / np.outer(scale, scale), naive_variance=naive / np.outer(scale, scale),
        loglik_null=null.loglik, loglik=state.point.loglik, score=_score_test(null, free),
        iterations=state.iterations,
    )  # fmt: skip


def standardise(x: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Centre and scale the columns: numerically better, and no estimate depends on it."""
    if len(x) == 0:
        return x, np.ones(x.shape[1])
    centre = np.average(x, axis=0, weights=weight)
    centred = x - centre
    scale = np.abs(centred).mean(axis=0)
    constant = scale <= 1e-13 * np.maximum(1.0, np.abs(centre))
    centred[:, constant] = 0.0
    scale = np.where(constant, 1.0, scale)
    return centred / scale, scale


def _likelihood(sets: RiskSets, ties: Ties) -> _Likelihood:
    if ties == "exact":
        return ExactLikelihood(sets)
    return lambda coefficients: evaluate(sets, coefficients)


def unidentified(sets: RiskSets, likelihood: _Likelihood) -> tuple[str, ...]:
    """Reason per column that the data cannot tell from the columns before it, else ''."""
    columns = sets.x.shape[1]
    if not sets.event.any():
        return (NO_EVENTS,) * columns
    information = likelihood(np.zeros(columns)).information()
    reasons = []
    free: list[int] = []
    for column in range(columns):
        own = information[column, column]
        if not np.ptp(sets.x[:, column]):
            reasons.append(CONSTANT)
        elif own <= SINGULAR_TOLERANCE * sets.event.sum():
            reasons.append(NO_EVENT_VARIES)
        elif _left_over(information, free, column) <= SINGULAR_TOLERANCE * own:
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


def _maximise(likelihood: _Likelihood, free: np.ndarray) -> _Iterated:
    start = np.zeros(len(free))
    return _newton(likelihood, free, start, R_TOLERANCE, R_ITERATIONS)


def _newton(
    likelihood: _Likelihood,
    free: np.ndarray,
    start: FloatArray,
    tolerance: float,
    limit: int,
) -> _Iterated:
    """Newton-Raphson with the stopping and step-halving rules of R's coxfit6."""
    accepted, point = start, likelihood(start)
    if not free.any():
        return _Iterated(start, point, 0, True)
    best, proposal, halvings = point.loglik, start + _step(point, free), 0
    for iteration in range(1, limit + 1):
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            point = likelihood(proposal)
        finite = bool(np.isfinite(point.loglik))
        if finite and abs(point.loglik - best) <= tolerance * abs(point.loglik):
            return _Iterated(proposal, point, iteration, True)
        if not finite or point.loglik < best:
            halvings += 1
            proposal = (proposal + halvings * accepted) / (halvings + 1)
        else:
            halvings, best, accepted = 0, point.loglik, proposal
            proposal = proposal + _step(point, free)
    return _Iterated(accepted, likelihood(accepted), limit, False)


def _step(point: _Point, free: np.ndarray) -> FloatArray:
    step = np.zeros(len(free))
    information = point.information()[np.ix_(free, free)]
    try:
        step[free] = np.linalg.solve(information, point.score()[free])
    except np.linalg.LinAlgError:
        step[free] = np.linalg.pinv(information) @ point.score()[free]
    return step


def _judge(
    likelihood: _Likelihood, free: np.ndarray, reason: tuple[str, ...], state: _Iterated
) -> tuple[tuple[str, ...], _Iterated]:
    """Mark infinite coefficients by coxph's rule; else refine the finite fit to 1e-14."""
    infinite = _infinite(state, free)
    if not infinite.any():
        state = _refine(likelihood, free, state)
        infinite = _infinite(state, free)
    verdict = INFINITE if state.converged or infinite.any() else NOT_CONVERGED
    marked = infinite if infinite.any() else (free & ~state.converged)
    marks = zip(reason, marked, strict=True)
    return tuple(verdict if bad else text for text, bad in marks), state


def _refine(likelihood: _Likelihood, free: np.ndarray, state: _Iterated) -> _Iterated:
    """Iterate on until log-likelihood or score stand still at rounding error."""
    finer = _newton(likelihood, free, state.coefficients, FINAL_TOLERANCE, FINAL_ITERATIONS)
    step = _step(finer.point, free)
    gain = abs(float(step @ finer.point.score()))
    settled = finer.converged or gain <= FINAL_TOLERANCE * max(1.0, abs(finer.point.loglik))
    return finer._replace(iterations=state.iterations + finer.iterations, converged=settled)


def _infinite(state: _Iterated, free: np.ndarray) -> np.ndarray:
    """Tell coefficients that still move although the log-likelihood stands still (coxph.fit)."""
    infinite = np.zeros(len(free), dtype=bool)
    if not state.converged or not free.any():
        return infinite
    step = np.abs(_step(state.point, free))
    still_moving = (step > R_TOLERANCE) & (step > np.sqrt(R_TOLERANCE) * np.abs(state.coefficients))
    infinite[:] = ~np.isfinite(step) | still_moving
    return infinite & free


def _variances(point: _Point, free: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Inverse information, zero for columns that are not free; twice, as variance and naive."""
    naive = np.zeros((len(free), len(free)))
    if free.any():
        naive[np.ix_(free, free)] = np.linalg.pinv(point.information()[np.ix_(free, free)])
    return naive, naive


def _r_quadratic_form(variance: FloatArray, coefficients: FloatArray) -> float:
    """Coefficients' quadratic form in the inverse variance, as R coxph.wtest computes it.

    R leaves out a coefficient whose remaining variance is below 1.8e-12 of the largest variance,
    which happens with covariates of very different units; the number a reviewer finds has that.
    """
    left, values = variance.copy(), coefficients.copy()
    smallest = np.diag(variance).max(initial=0.0) * np.finfo(float).eps ** 0.75
    total = 0.0
    for place in range(len(values)):
        pivot = left[place, place]
        if pivot <= smallest:
            continue
        total += values[place] ** 2 / pivot
        shares = left[place + 1 :, place] / pivot
        values[place + 1 :] -= shares * values[place]
        left[place + 1 :, place + 1 :] -= np.outer(shares, left[place, place + 1 :])
    return float(total)


def chi_squared_test(statistic: float, df: int) -> TestStatistic:
    """Chi-squared test; NaN without degrees of freedom."""
    if df == 0:
        return TestStatistic(float("nan"), 0, float("nan"))
    return TestStatistic(float(statistic), df, float(chdtrc(df, max(statistic, 0.0))))


def _score_test(null: _Point, free: np.ndarray) -> TestStatistic:
    if not free.any():
        return TestStatistic(float("nan"), 0, float("nan"))
    return chi_squared_test(float(_step(null, free) @ null.score()), int(free.sum()))


def likelihood_ratio_test(larger: CoxFit, smaller: CoxFit) -> TestStatistic:
    """Compare nested fits to the same patients.

    The difference of log-likelihoods is taken without its sign, as R anova.coxph does: with an
    infinite coefficient both fits stop a rounding error below their common limit.
    """
    if larger.n != smaller.n or larger.events != smaller.events:
        raise ValueError("the two fits do not have the same patients")
    df = larger.likelihood_ratio.df - smaller.likelihood_ratio.df
    return chi_squared_test(2 * abs(larger.loglik - smaller.loglik), df)


def without_term(design: Design, term: str) -> Design:
    """Take one term out of a design, keeping its complete cases (for drop1)."""
    kept = [place for place, column in enumerate(design.columns) if column.term != term]
    return replace(
        design,
        x=design.x[:, kept],
        columns=tuple(design.columns[place] for place in kept),
        terms=tuple(name for name in design.terms if name != term),
    )


def term_tests(
    time: ArrayLike,
    event: ArrayLike,
    design: Design,
    *,
    strata: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    ties: Ties = "efron",
) -> dict[str, TestStatistic]:
    """Likelihood-ratio test of each term against the model without it, same complete cases.

    Source: R drop1(coxph, test = "Chisq")
    """

    def fit(part: Design) -> CoxFit:
        return fit_cox(time, event, part, strata=strata, weights=weights, ties=ties)

    whole = fit(design)
    return {
        term: likelihood_ratio_test(whole, fit(without_term(design, term))) for term in design.terms
    }
