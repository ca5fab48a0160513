"""Cox proportional hazards regression, equal to R survival::coxph (3.x).

Iterated as coxph does, then on until the log-likelihood changes by less than 1e-14. A coefficient
that is not estimable (constant or collinear column, infinite estimate) is NaN with a reason; the
likelihood and its tests stay, since they have a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, ndtr, ndtri

from scripts.lib.statistics.cox_exact import ExactLikelihood
from scripts.lib.statistics.cox_likelihood import Evaluation, RiskSets, Ties, evaluate, risk_sets
from scripts.lib.statistics.cox_newton import (
    UNIDENTIFIED,
    Likelihood,
    Point,
    Solution,
    factorise,
    inverse_information,
    newton_step,
    solve,
    solve_cox,
    standardise,
)
from scripts.lib.statistics.cox_residuals import robust_variance
from scripts.lib.statistics.design import Column, Design
from scripts.lib.statistics.time_to_event import (
    BoolArray,
    FloatArray,
    check_time_to_event,
    stratum_codes,
)


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
    which the likelihood stood still); `free` marks columns with information, `df` is the number
    of parameters as R counts them; `stopped` is where coxph itself stops, at which cox.zph tests.
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
    stopped: FloatArray
    scale: FloatArray
    free: BoolArray
    df: int

    @property
    def estimable(self) -> BoolArray:
        """Tell which columns have an estimate."""
        return np.array([text == "" for text in self.reason], dtype=bool)

    @property
    def coefficient(self) -> FloatArray:
        """Log hazard ratios."""
        return np.where(self.estimable, self.standardised / self.scale, np.nan)

    @property
    def std_err(self) -> FloatArray:
        """Standard errors of the coefficients, robust where asked for."""
        return np.sqrt(np.where(self.estimable, np.diag(self.variance), np.nan))

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
        return chi_squared_test(2 * (self.loglik - self.loglik_null), self.df)

    @property
    def wald(self) -> TestStatistic:
        """Wald test of all coefficients; not defined where one of them is infinite."""
        if (self.free & ~self.estimable).any():
            return TestStatistic(float("nan"), self.df, float("nan"))
        variance = self.variance[np.ix_(self.free, self.free)]
        return chi_squared_test(_r_quadratic_form(variance, self.coefficient[self.free]), self.df)

    @property
    def aic(self) -> float:
        """Akaike's criterion of the partial likelihood."""
        return -2 * self.loglik + 2 * self.df


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
    start: ArrayLike | None = None,
) -> CoxFit:
    """Fit a Cox model to the complete cases of a design.

    Parameters
    ----------
    time, event, weights : arrays, shape (n,)
        See `check_time_to_event`; n rows as given to `design`.
    design : Design
        From `scripts.lib.statistics.design.design`.
    strata : array, shape (n,), optional
        Labels; a baseline hazard each. No missing value in rows that are used.
    ties : 'efron', 'breslow' or 'exact'
        Exact (discrete) ties take neither weights nor robust variance.
    robust : bool
        Sandwich variance (with `cluster`: summed over clusters), for inverse probability weights.
    start : array, shape (n,), optional
        Counting process: a row is at risk in (start, time], so that a patient may have several rows
        with covariates that change. `n` and `n_dropped` count rows. Not for exact ties.

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
    begin = None if start is None else np.asarray(start)[row]
    data = check_time_to_event(np.asarray(time)[row], np.asarray(event)[row], given, begin)
    stratum = None if strata is None else np.asarray(strata)[row]
    stratum = stratum_codes(stratum, len(data.kept))[data.kept]
    x = design.x[data.kept]
    x, scale = standardise(x, data.weight)
    sets = risk_sets(data.time, data.event, data.weight, x, stratum, ties, data.start)
    if ties == "exact" and (weights is not None or robust or start is not None):
        raise ValueError("exact ties take no weights, no robust variance and no start")
    likelihood = _likelihood(sets, ties)
    solution = solve_cox(sets, likelihood)
    variance = naive = inverse_information(solution.point, solution.free)
    if robust and isinstance(solution.point, Evaluation):
        clusters = None if cluster is None else np.asarray(cluster)[row][data.kept]
        variance = robust_variance(solution.point, naive, clusters)
    null = likelihood(np.zeros(len(scale)))
    return CoxFit(
        columns=design.columns, terms=design.terms, reason=solution.reason, n=len(sets.time),
        n_dropped=design.n_dropped, events=int(sets.event.sum()), ties=ties, robust=robust,
        sets=sets, scale=scale, free=solution.free, df=solution.df, stopped=solution.stopped,
        standardised=solution.coefficients, iterations=solution.iterations,
        variance=variance / np.outer(scale, scale), naive_variance=naive / np.outer(scale, scale),
        loglik_null=null.loglik, loglik=solution.loglik,
        score=_score_test(null, solution),
    )  # fmt: skip


def _likelihood(sets: RiskSets, ties: Ties) -> Likelihood:
    if ties == "exact":
        return ExactLikelihood(sets)
    return lambda coefficients: evaluate(sets, coefficients)


def _score_test(null: Point, solution: Solution) -> TestStatistic:
    """Score test at 0, of the columns that have information there."""
    if solution.df == 0:
        return TestStatistic(0.0, 0, float("nan"))
    known = ~np.isin(solution.reason, UNIDENTIFIED)
    return chi_squared_test(float(newton_step(null, known)[0] @ null.score()), solution.df)


def _r_quadratic_form(variance: FloatArray, coefficients: FloatArray) -> float:
    """Coefficients' quadratic form in the inverse variance, as R coxph.wtest computes it.

    R leaves out a coefficient whose remaining variance is below 1.8e-12 of the largest variance,
    which happens with covariates of very different units; the number a reviewer finds has that.
    """
    return float(coefficients @ solve(factorise(variance), coefficients))


def chi_squared_test(statistic: float, df: int) -> TestStatistic:
    """Chi-squared test; without degrees of freedom no P value."""
    if df <= 0:
        return TestStatistic(float(statistic), df, float("nan"))
    return TestStatistic(float(statistic), df, float(chdtrc(df, max(statistic, 0.0))))


def likelihood_ratio_test(larger: CoxFit, smaller: CoxFit) -> TestStatistic:
    """Compare nested fits to the same patients.

    The difference of log-likelihoods is taken without its sign, as R anova.coxph does: with an
    infinite coefficient both fits stop a rounding error below their common limit.
    """
    if larger.n != smaller.n or larger.events != smaller.events:
        raise ValueError("the two fits do not have the same patients")
    df = max(larger.df - smaller.df, 0)  # R's count may fall where it ran out of iterations
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
