"""Kolmogorov-Smirnov, Lilliefors and Shapiro-Wilk tests, with R's choices and formulas."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, log_ndtr, ndtr

from scripts.lib.statistics.hypothesis_tests import TestResult, not_applicable, present
from scripts.lib.statistics.time_to_event import FloatArray

ONE_SAMPLE_EXACT_BELOW = 100  # ks.test, one sample without ties
TWO_SAMPLE_EXACT_BELOW = 10_000  # ks.test, product of the sample sizes, ties included
R_SERIES_TOLERANCE = 1e-6  # ks.test sums the limiting distribution to this precision


def ks_normal(
    values: ArrayLike,
    mean: float | None = None,
    sd: float | None = None,
    exact: bool | None = None,
) -> TestResult:
    """One-sample Kolmogorov-Smirnov test against a normal distribution.

    Parameters
    ----------
    values : array
        Missing ones are left out.
    mean, sd : float, optional
        Of the normal distribution; those of the sample where absent. With estimated parameters
        the P value is far too large (conservative); `lilliefors` corrects that.
    exact : bool, optional
        R's choice where absent: exact with fewer than 100 values and no ties.

    Source
    ------
    R 4.2 ks.test(x, "pnorm", mean, sd)
    """
    ordered = np.sort(present(values))
    method = "Kolmogorov-Smirnov test"
    if len(ordered) < 2 or ordered[0] == ordered[-1]:
        return not_applicable(method, "fewer than two different values")
    centre = ordered.mean() if mean is None else mean
    spread = ordered.std(ddof=1) if sd is None else sd
    statistic = _distance(ndtr((ordered - centre) / spread))
    n, ties = len(ordered), bool((np.diff(ordered) == 0).any())
    if exact is None:
        exact = n < ONE_SAMPLE_EXACT_BELOW and not ties
    p_value = 1 - (
        kolmogorov_exact(statistic, n) if exact else kolmogorov_limit(np.sqrt(n) * statistic)
    )
    note = "parameters estimated from the sample" if mean is None or sd is None else ""
    kind = "exact" if exact else "asymptotic"
    p_value = min(1.0, max(0.0, p_value))
    return TestResult(statistic, np.nan, p_value, f"{method}, one sample, {kind}", note)


def _distance(probability: FloatArray) -> float:
    """Largest distance between the sample's distribution function and the given one."""
    n = len(probability)
    above = probability - np.arange(n) / n
    return float(max(above.max(), (1 / n - above).max()))


def kolmogorov_exact(statistic: float, n: int) -> float:
    """Probability that D is below the statistic (Marsaglia, Tsang and Wang 2003), as in R."""
    if statistic <= 0.5 / n:  # no sample comes nearer
        return 0.0
    k = int(n * statistic) + 1
    size = 2 * k - 1
    h = k - n * statistic
    matrix = np.tri(size, size, 1)
    powers = h ** np.arange(1, size + 1)
    matrix[:, 0] -= powers
    matrix[-1, :] -= powers[::-1]
    if 2 * h > 1:
        matrix[-1, 0] += (2 * h - 1) ** size
    distance = np.subtract.outer(np.arange(size), np.arange(size)) + 1
    matrix /= np.exp(gammaln(np.maximum(distance, 0) + 1.0))
    value, exponent = _matrix_power(matrix, n)
    result = value[k - 1, k - 1]
    log_result = np.log(result) + exponent + gammaln(n + 1.0) - n * np.log(n)
    return float(np.exp(log_result)) if result > 0 else 0.0


def _matrix_power(matrix: FloatArray, power: int) -> tuple[FloatArray, float]:
    """Matrix to a power, divided by exp of the returned exponent so as not to overflow."""
    result, exponent = np.eye(len(matrix)), 0.0
    base, base_exponent = matrix, 0.0
    while power:
        if power & 1:
            result, exponent = result @ base, exponent + base_exponent
        base, base_exponent = base @ base, 2 * base_exponent
        scale = np.abs(base).max()
        base, base_exponent = base / scale, base_exponent + np.log(scale)
        power >>= 1
    return result, exponent


def kolmogorov_limit(x: float, tolerance: float = R_SERIES_TOLERANCE) -> float:
    """Limiting probability that sqrt(n) D is below x, summed as R's pKS2 does."""
    if x <= 0:
        return 0.0
    if x < 1:
        odd = np.arange(1, int(np.sqrt(2 - np.log(tolerance))), 2)
        terms = np.exp(-(odd**2) * pi**2 / (8 * x * x) - np.log(x))
        return float(terms.sum() * np.sqrt(2 * pi))
    old, new, sign, k = 0.0, 1.0, -1.0, 1
    while abs(old - new) > tolerance:
        old, new = new, new + 2 * sign * np.exp(-2 * x * x * k * k)
        sign, k = -sign, k + 1
    return float(new)


def ks_two_sample(x: ArrayLike, y: ArrayLike, exact: bool | None = None) -> TestResult:
    """Two-sample Kolmogorov-Smirnov test.

    `exact` as R chooses where absent: when the product of the sample sizes is below 10,000, also
    with ties (the distribution given the ties).

    Source
    ------
    R 4.2 ks.test(x, y), psmirnov
    """
    first, second = present(x, "x"), present(y, "y")
    method = "Kolmogorov-Smirnov test"
    if not len(first) or not len(second):
        return not_applicable(method, "a group has no values")
    m, n = len(first), len(second)
    both = np.sort(np.concatenate((first, second)))
    last_of_tie = np.append(np.diff(both) != 0, True)
    steps = (
        np.searchsorted(np.sort(first), both, side="right") / m
        - np.searchsorted(np.sort(second), both, side="right") / n
    )
    statistic = float(np.abs(steps).max())
    if exact is None:
        exact = m * n < TWO_SAMPLE_EXACT_BELOW
    if exact:
        p_value = _smirnov_exact(statistic, m, n, last_of_tie)
    else:
        p_value = 1 - kolmogorov_limit(np.sqrt(m * n / (m + n)) * statistic)
    kind = "exact" if exact else "asymptotic"
    p_value = min(1.0, max(0.0, p_value))
    return TestResult(statistic, np.nan, p_value, f"{method}, two samples, {kind}")


def _smirnov_exact(statistic: float, m: int, n: int, last_of_tie: np.ndarray) -> float:
    """Share of the orderings whose distance reaches the statistic, ties kept together.

    Orderings are lattice paths; `share[u]` is the share of paths to (u, k - u) that have stayed
    below the statistic at the end of every group of ties so far. Shares, not counts, so that
    nothing overflows.
    """
    limit = (0.5 + np.floor(statistic * m * n - 1e-7)) / (m * n)
    u = np.arange(m + 1)
    share = np.zeros(m + 1)
    share[0] = 1.0
    for k in range(1, m + n + 1):
        v = k - u
        inside = (v >= 0) & (v <= n)
        from_y = share * np.clip(v, 0, None) / k
        from_x = np.concatenate(([0.0], share[:-1])) * u / k
        share = np.where(inside, from_x + from_y, 0.0)
        if last_of_tie[k - 1]:
            share = np.where(np.abs(u / m - v / n) < limit, share, 0.0)
    return 1 - float(share[m])


def lilliefors(values: ArrayLike) -> TestResult:
    """Lilliefors' test of normality, P value by Dallal and Wilkinson (1986).

    Source
    ------
    R nortest::lillie.test
    """
    ordered = np.sort(present(values))
    method = "Lilliefors test"
    n = len(ordered)
    if n < 5 or ordered[0] == ordered[-1]:
        return not_applicable(method, "fewer than five values, or all equal")
    probability = ndtr((ordered - ordered.mean()) / ordered.std(ddof=1))
    above = np.arange(1, n + 1) / n - probability
    below = probability - np.arange(n) / n
    statistic = float(max(above.max(), below.max()))
    return TestResult(statistic, np.nan, _dallal_wilkinson(statistic, n), method)


def _dallal_wilkinson(statistic: float, n: int) -> float:
    k, size = (statistic, n) if n <= 100 else (statistic * (n / 100) ** 0.49, 100)
    p_value = np.exp(
        -7.01256 * k**2 * (size + 2.78019)
        + 2.99587 * k * np.sqrt(size + 2.78019)
        - 0.122119
        + 0.974598 / np.sqrt(size)
        + 1.67997 / size
    )
    if p_value <= 0.1:
        return float(p_value)
    stephens = (np.sqrt(n) - 0.01 + 0.85 / np.sqrt(n)) * statistic
    for bound, powers in STEPHENS:
        if stephens <= bound:
            return float(np.polynomial.polynomial.polyval(stephens, powers))
    return 0.0


# Stephens' modified statistic and the polynomials of lillie.test for P above 0.1
STEPHENS: tuple[tuple[float, tuple[float, ...]], ...] = (
    (0.302, (1.0,)),
    (0.5, (2.76773, -19.828315, 80.709644, -138.55152, 81.218052)),
    (0.9, (-4.901232, 40.662806, -97.490286, 94.029866, -32.355711)),
    (1.31, (6.198765, -19.558097, 23.186922, -12.234627, 2.423045)),
)


def anderson_darling(values: ArrayLike) -> TestResult:
    """Anderson-Darling test of normality, P value by Stephens (1986).

    Source
    ------
    R nortest::ad.test
    """
    ordered = np.sort(present(values))
    method = "Anderson-Darling test"
    n = len(ordered)
    if n < 8 or ordered[0] == ordered[-1]:
        return not_applicable(method, "fewer than eight values, or all equal")
    score = (ordered - ordered.mean()) / ordered.std(ddof=1)
    weight = 2 * np.arange(1, n + 1) - 1
    statistic = float(-n - np.mean(weight * (log_ndtr(score) + log_ndtr(-score[::-1]))))
    a = statistic * (1 + 0.75 / n + 2.25 / n**2)
    if a < 0.2:
        p_value = 1 - np.exp(-13.436 + 101.14 * a - 223.73 * a**2)
    elif a < 0.34:
        p_value = 1 - np.exp(-8.318 + 42.796 * a - 59.938 * a**2)
    elif a < 0.6:
        p_value = np.exp(0.9177 - 4.279 * a - 1.38 * a**2)
    else:
        p_value = np.exp(1.2937 - 5.709 * a + 0.0186 * a**2) if a < 10 else 3.7e-24
    return TestResult(statistic, np.nan, float(p_value), method)


def shapiro_wilk(values: ArrayLike) -> TestResult:
    """Shapiro-Wilk test of normality (Royston's algorithm AS R94), 3 to 5000 values.

    Source
    ------
    R shapiro.test
    """
    sample = np.sort(present(values))
    method = "Shapiro-Wilk test"
    if not 3 <= len(sample) <= 5000:
        return not_applicable(method, "between 3 and 5000 values are needed")
    if sample[0] == sample[-1]:
        return not_applicable(method, "all values are equal")
    from scipy import stats  # imported here: the import takes a second

    result: Any = stats.shapiro(sample)
    return TestResult(float(result.statistic), np.nan, float(result.pvalue), method)
