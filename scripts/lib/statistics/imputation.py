"""Multiple imputation by chained equations, and pooling by Rubin's rules.

Numeric covariates are drawn by predictive mean matching, categorical ones from a multinomial
logistic model; both with the uncertainty of their own fit. The random numbers have a fixed seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import log_softmax, softmax, stdtr, stdtrit

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, is_missing

Levels = Mapping[str, Sequence[str]]  # covariate -> levels of a categorical one, () for a number
Columns = dict[str, np.ndarray]

RIDGE = 1e-5  # of the linear model, as mice: share of the diagonal
PRIOR_PRECISION = 0.1  # of coefficients of standardised predictors: finite also under separation
NEWTON_STEPS, NEWTON_TOLERANCE = 50, 1e-8


class Pooled(NamedTuple):
    """Pooled estimates per coefficient, shape (p,): t limits with `df` degrees of freedom.

    `fmi` is the fraction of missing information; `df` is infinite where imputations agree.
    """

    coefficient: FloatArray
    std_err: FloatArray
    df: FloatArray
    p_value: FloatArray
    fmi: FloatArray

    def limits(self, level: float) -> tuple[FloatArray, FloatArray]:
        """Limits of the coefficients."""
        half = quantile_t(self.df, 1 - (1 - level) / 2) * self.std_err
        return self.coefficient - half, self.coefficient + half


def quantile_t(df: FloatArray, probability: float) -> FloatArray:
    """Quantiles of t; of the normal where `df` is beyond any that matters."""
    return stdtrit(np.minimum(df, 1e10), probability)


def pool(coefficients: FloatArray, variances: FloatArray) -> Pooled:
    """Combine estimates of the completed data sets.

    Parameters
    ----------
    coefficients, variances : arrays, shape (m, p)
        NaN in one data set makes the pooled coefficient NaN.

    Source
    ------
    Rubin 1987, large-sample degrees of freedom; R mice::pool.scalar(n = Inf)
    """
    m = len(coefficients)
    within, between = variances.mean(axis=0), coefficients.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    estimate, std_err = coefficients.mean(axis=0), np.sqrt(within + extra)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = extra / within
        df = (m - 1) * (1 + 1 / ratio) ** 2
        p_value = 2 * stdtr(np.minimum(df, 1e10), -np.abs(estimate / std_err))
        fmi = (ratio + 2 / (df + 3)) / (ratio + 1)
    return Pooled(estimate, std_err, df, p_value, fmi)


def nelson_aalen(time: FloatArray, event: BoolArray) -> FloatArray:
    """Cumulative hazard at each patient's own time, shape (n,).

    Source
    ------
    R survfit(Surv(time, event) ~ 1)$cumhaz
    """
    distinct, row = np.unique(time, return_inverse=True)
    deaths = np.bincount(row, event.astype(float), len(distinct))
    leaving = np.bincount(row, minlength=len(distinct))
    at_risk = np.cumsum(leaving[::-1])[::-1]
    return np.cumsum(deaths / at_risk)[row]


def impute(
    columns: Mapping[str, np.ndarray],
    levels: Levels,
    always: FloatArray,
    *,
    imputations: int,
    cycles: int,
    donors: int,
    random: np.random.Generator,
) -> Iterator[Columns]:
    """Completed data sets, one after the other.

    Parameters
    ----------
    columns
        Covariates: numbers with NaN, or level names with empty text, where missing.
    levels
        Levels of each covariate; empty for a number.
    always : array, shape (n, q)
        Complete predictors: treatment, event indicator, cumulative hazard.

    Source
    ------
    van Buuren and Groothuis-Oudshoorn 2011; White and Royston 2009 for `always`
    """
    missing = {name: is_missing(values) for name, values in columns.items()}
    holes = sorted((n for n in columns if missing[n].any()), key=lambda n: int(missing[n].sum()))
    for _ in range(imputations):
        filled = {name: _start(columns[name], missing[name], random) for name in columns}
        for _ in range(cycles):
            for name in holes:
                others = [_coded(filled[o], levels[o]) for o in columns if o != name]
                x = _standardised(np.hstack([always, *others]))
                _draw(filled, columns, name, missing[name], x, bool(levels[name]), donors, random)
        yield filled


def _start(values: np.ndarray, missing: BoolArray, random: np.random.Generator) -> np.ndarray:
    """Missing values drawn from the known ones."""
    filled = values.copy()
    filled[missing] = random.choice(values[~missing], int(missing.sum()))
    return filled


def _coded(values: np.ndarray, levels: Sequence[str]) -> FloatArray:
    """Columns of a covariate in a linear predictor."""
    if not levels:
        return values[:, None].astype(float)
    return np.column_stack([values == level for level in levels[1:]] or [np.zeros(len(values))])


def _standardised(x: FloatArray) -> FloatArray:
    """Intercept and columns of mean 0 and deviation 1; those that do not vary are left out."""
    deviation = x.std(axis=0)
    varies = deviation > 1e-12
    z = (x[:, varies] - x[:, varies].mean(axis=0)) / deviation[varies]
    return np.column_stack([np.ones(len(x)), z])


def _draw(
    filled: Columns,
    columns: Mapping[str, np.ndarray],
    name: str,
    missing: BoolArray,
    x: FloatArray,
    categorical: bool,
    donors: int,
    random: np.random.Generator,
) -> None:
    """Replace the missing values of one covariate by new draws, in place."""
    known = columns[name][~missing]
    draw = draw_categories if categorical else draw_numbers
    extra = () if categorical else (donors,)
    filled[name][missing] = draw(x[~missing], known, x[missing], random, *extra)


def draw_numbers(
    x: FloatArray, y: np.ndarray, at: FloatArray, random: np.random.Generator, donors: int
) -> FloatArray:
    """Predictive mean matching: values of patients whose predicted mean is near.

    Source
    ------
    R mice::mice.impute.pmm (matchtype 1)
    """
    values = y.astype(float)
    cross = x.T @ x
    variance = np.linalg.inv(cross + RIDGE * np.diag(np.diag(cross)))
    estimate = variance @ (x.T @ values)
    rest = values - x @ estimate
    free = max(len(values) - x.shape[1], 1)
    sigma = np.sqrt(rest @ rest / random.chisquare(free))
    root = np.linalg.cholesky((variance + variance.T) / 2)
    drawn = estimate + sigma * (root @ random.standard_normal(x.shape[1]))
    return values[nearest(x @ estimate, at @ drawn, donors, random)]


def nearest(
    known: FloatArray, wanted: FloatArray, donors: int, random: np.random.Generator
) -> np.ndarray:
    """For each wanted value the position of one of the `donors` nearest known ones, at random."""
    order = np.argsort(known, kind="stable")
    ordered, count = known[order], len(known)
    k = min(donors, count)
    first = np.searchsorted(ordered, wanted)
    around = np.clip(first[:, None] + np.arange(-k, k), 0, count - 1)
    outside = first[:, None] + np.arange(-k, k) != around
    distance = np.where(outside, np.inf, np.abs(ordered[around] - wanted[:, None]))
    closest = np.argsort(distance, axis=1, kind="stable")[:, :k]
    chosen = closest[np.arange(len(wanted)), random.integers(0, k, len(wanted))]
    return order[around[np.arange(len(wanted)), chosen]]


def draw_categories(
    x: FloatArray, y: np.ndarray, at: FloatArray, random: np.random.Generator
) -> np.ndarray:
    """Levels drawn from a multinomial logistic model whose coefficients are drawn first.

    A weak normal prior keeps the coefficients finite where the data separate (White, Daniel and
    Royston 2010 say why one is needed).
    """
    names, codes = np.unique(y, return_inverse=True)
    if len(names) == 1:
        return np.full(len(at), names[0], dtype=y.dtype)
    estimate, variance = fit_multinomial(x, codes, len(names))
    root = np.linalg.cholesky((variance + variance.T) / 2)
    drawn = estimate.ravel() + root @ random.standard_normal(estimate.size)
    score = at @ drawn.reshape(estimate.shape)
    share = softmax(np.column_stack([np.zeros(len(at)), score]), axis=1)
    return names[(share.cumsum(axis=1) < random.random(len(at))[:, None]).sum(axis=1).clip(
        max=len(names) - 1)]  # fmt: skip


def fit_multinomial(x: FloatArray, codes: np.ndarray, levels: int) -> tuple[FloatArray, FloatArray]:
    """Coefficients (p, levels - 1) against level 0, and their variance, by Newton-Raphson."""
    p, free = x.shape[1], levels - 1
    beta = np.zeros((p, free))
    seen = (codes[:, None] == np.arange(1, levels)).astype(float)
    precision = np.repeat(np.where(np.arange(p) == 0, 1e-6, PRIOR_PRECISION), free)
    information = np.diag(precision)
    for _ in range(NEWTON_STEPS):
        share = _shares(x, beta)
        score = (x.T @ (seen - share)).ravel() - precision * beta.ravel()
        information = _multinomial_information(x, share) + np.diag(precision)
        step = np.linalg.solve(information, score).reshape(p, free)
        height = _log_posterior(x, codes, beta, precision)
        while _log_posterior(x, codes, beta + step, precision) < height - 1e-9 * abs(height):
            step = step / 2
        beta = beta + step
        if np.abs(step).max() < NEWTON_TOLERANCE:
            break
    return beta, np.linalg.inv(information)


def _shares(x: FloatArray, beta: FloatArray) -> FloatArray:
    """Probabilities of the levels but the first, shape (n, levels - 1)."""
    return softmax(np.column_stack([np.zeros(len(x)), x @ beta]), axis=1)[:, 1:]


def _log_posterior(
    x: FloatArray, codes: np.ndarray, beta: FloatArray, precision: FloatArray
) -> float:
    scores = np.column_stack([np.zeros(len(x)), x @ beta])
    told = log_softmax(scores, axis=1)[np.arange(len(x)), codes].sum()
    return float(told - 0.5 * np.sum(precision * beta.ravel() ** 2))


def _multinomial_information(x: FloatArray, share: FloatArray) -> FloatArray:
    """Fisher information in the order (column of x, level)."""
    p, free = x.shape[1], share.shape[1]
    blocks = np.empty((p, free, p, free))
    for a in range(free):
        for b in range(free):
            weight = share[:, a] * ((a == b) - share[:, b])
            blocks[:, a, :, b] = (x * weight[:, None]).T @ x
    return blocks.reshape(p * free, p * free)
