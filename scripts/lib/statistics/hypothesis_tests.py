"""Tests of tables and means: chi-squared, Cochran-Mantel-Haenszel, t, analysis of variance.

Each returns a `TestResult`; a test that does not apply has a NaN P value and a note saying why.
Two-sided throughout. Rank tests, exact Fisher and normality tests have modules of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc, fdtrc, ndtri, stdtr, stdtrit

from scripts.lib.statistics.time_to_event import FloatArray

NAN = float("nan")


@dataclass(frozen=True)
class TestResult:
    """Result of a test; `estimate` with limits where the test has one (difference, odds ratio)."""

    __test__: ClassVar[bool] = False  # not a test case, whatever pytest makes of the name

    statistic: float
    df: float
    p_value: float
    method: str
    note: str = ""
    estimate: float = NAN
    lower: float = NAN
    upper: float = NAN


def not_applicable(method: str, why: str) -> TestResult:
    """Result of a test that cannot be made."""
    return TestResult(NAN, NAN, NAN, method, f"not applicable: {why}")


def present(values: ArrayLike, name: str = "values") -> FloatArray:
    """Values as floats without the missing ones; infinite ones are refused."""
    array = np.asarray(values, dtype=float)
    if np.isinf(array).any():
        raise ValueError(f"{name}: infinite value")
    return array[~np.isnan(array)]


def count_table(table: ArrayLike) -> FloatArray:
    """Check a table of counts: two dimensions, whole numbers, none negative."""
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or not np.isfinite(counts).all():
        raise ValueError("table: counts in rows and columns expected")
    if (counts < 0).any() or (counts != np.floor(counts)).any():
        raise ValueError("table: whole numbers from 0 on expected")
    return counts


def expected_counts(table: ArrayLike) -> FloatArray:
    """Counts expected under independence, in the shape of the table (NaN for an empty table)."""
    counts = count_table(table)
    with np.errstate(invalid="ignore"):
        return np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()


def chi_squared(table: ArrayLike, correct: bool = False) -> TestResult:
    """Pearson's chi-squared test of independence.

    Parameters
    ----------
    table : array, shape (rows, columns)
        Counts.
    correct : bool
        Yates' continuity correction; as in R only for 2 x 2 tables.

    Source
    ------
    R chisq.test(table, correct = correct)
    """
    counts = count_table(table)
    yates = correct and counts.shape == (2, 2)
    method = "Pearson's chi-squared test" + (" with continuity correction" if yates else "")
    if min(counts.shape) < 2:
        return not_applicable(method, "fewer than two rows or columns")
    expected = expected_counts(counts)
    if not (expected > 0).all():
        return not_applicable(method, "a row or column of the table is empty")
    distance = np.abs(counts - expected)
    if yates:
        distance = distance - min(0.5, distance.min())
    statistic = float(np.sum(distance**2 / expected))
    df = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return TestResult(statistic, df, float(chdtrc(df, statistic)), method)


def cochran_mantel_haenszel(tables: ArrayLike, correct: bool = True) -> TestResult:
    """Cochran-Mantel-Haenszel test of conditional independence over strata.

    Parameters
    ----------
    tables : array, shape (rows, columns, strata)
        Counts. For 2 x 2 x K the estimate is the common odds ratio with its 95 % limits.
    correct : bool
        Continuity correction, for 2 x 2 x K only.

    Source
    ------
    R mantelhaen.test
    """
    counts = np.asarray(tables, dtype=float)
    if counts.ndim != 3:
        raise ValueError("tables: counts in rows, columns and strata expected")
    method = "Cochran-Mantel-Haenszel test"
    totals = counts.sum(axis=(0, 1))
    if (totals < 2).any():
        return not_applicable(method, "a stratum with fewer than two patients")
    if counts.shape[:2] == (2, 2):
        return _mantel_haenszel(counts, totals, correct)
    return _generalised_mantel_haenszel(counts, totals, method)


def _mantel_haenszel(counts: FloatArray, totals: FloatArray, correct: bool) -> TestResult:
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    delta = abs(float(np.sum(counts[0, 0] - rows[0] * columns[0] / totals)))
    yates = 0.5 if correct and delta >= 0.5 else 0.0
    method = f"Mantel-Haenszel chi-squared test {'with' if yates else 'without'} correction"
    variance = np.sum(rows.prod(axis=0) * columns.prod(axis=0) / (totals**2 * (totals - 1)))
    if variance == 0:
        return not_applicable(method, "a row or column is empty in every stratum")
    statistic = float((delta - yates) ** 2 / variance)
    limits = _common_odds_ratio(counts, totals)
    return TestResult(statistic, 1, float(chdtrc(1, statistic)), method, "", *limits)


def _common_odds_ratio(counts: FloatArray, totals: FloatArray) -> tuple[float, float, float]:
    """Mantel-Haenszel odds ratio with the limits of Robins, Breslow and Greenland."""
    same, other = counts[0, 0] * counts[1, 1], counts[0, 1] * counts[1, 0]
    share = (counts[0, 0] + counts[1, 1]) / totals
    opposite = (counts[0, 1] + counts[1, 0]) / totals
    r, s = np.sum(same / totals), np.sum(other / totals)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_variance = (
            np.sum(share * same / totals) / (2 * r**2)
            + np.sum((share * other + opposite * same) / totals) / (2 * r * s)
            + np.sum(opposite * other / totals) / (2 * s**2)
        )
        half_width = ndtri(0.975) * np.sqrt(log_variance)
        ratio = r / s
        return float(ratio), float(ratio * np.exp(-half_width)), float(ratio * np.exp(half_width))


def _generalised_mantel_haenszel(counts: FloatArray, totals: FloatArray, method: str) -> TestResult:
    size = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    difference, variance = np.zeros(size), np.zeros((size, size))
    for stratum, total in enumerate(totals):
        table = counts[:, :, stratum]
        rows, columns = table.sum(axis=1)[:-1], table.sum(axis=0)[:-1]
        difference += (table[:-1, :-1] - np.outer(rows, columns) / total).T.ravel()
        between_rows = np.diag(total * rows) - np.outer(rows, rows)
        between_columns = np.diag(total * columns) - np.outer(columns, columns)
        variance += np.kron(between_columns, between_rows) / (total**2 * (total - 1))
    if np.linalg.matrix_rank(variance) < size:
        return not_applicable(method, "a row or column is empty in every stratum")
    statistic = float(difference @ np.linalg.solve(variance, difference))
    return TestResult(statistic, size, float(chdtrc(size, statistic)), method)


def student_t(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> TestResult:
    """Student's t test (equal variances); estimate: mean of x - mean of y. R t.test(var.equal)."""
    return _two_sample_t(present(x, "x"), present(y, "y"), True, level)


def welch_t(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> TestResult:
    """Welch's t test; estimate: mean of x - mean of y. R t.test."""
    return _two_sample_t(present(x, "x"), present(y, "y"), False, level)


def paired_t(x: ArrayLike, y: ArrayLike, level: float = 0.95) -> TestResult:
    """Paired t test of complete pairs; estimate: mean difference. R t.test(paired = TRUE)."""
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if first.shape != second.shape:
        raise ValueError("x and y: pairs expected, lengths differ")
    difference = present(first - second)
    method = "Paired t test"
    if len(difference) < 2 or _is_constant(difference):
        return not_applicable(method, "fewer than two pairs, or all differences equal")
    std_err = float(difference.std(ddof=1) / np.sqrt(len(difference)))
    return _t_result(float(difference.mean()), std_err, len(difference) - 1, method, level)


def _two_sample_t(x: FloatArray, y: FloatArray, equal: bool, level: float) -> TestResult:
    method = "Student's t test" if equal else "Welch's t test"
    if min(len(x), len(y)) < (1 if equal else 2) or len(x) + len(y) < 3:
        return not_applicable(method, "a group has too few values")
    variances = [float(v.var(ddof=1)) if len(v) > 1 else 0.0 for v in (x, y)]
    shares = [variance / len(v) for variance, v in zip(variances, (x, y), strict=True)]
    if equal:
        df = float(len(x) + len(y) - 2)
        pooled = sum(v * (len(g) - 1) for v, g in zip(variances, (x, y), strict=True)) / df
        std_err = float(np.sqrt(pooled * (1 / len(x) + 1 / len(y))))
    else:
        std_err = float(np.sqrt(sum(shares)))
        parts = sum(s**2 / (len(g) - 1) for s, g in zip(shares, (x, y), strict=True))
        df = std_err**4 / parts if parts > 0 else NAN
    if std_err < 10 * np.finfo(float).eps * max(abs(x.mean()), abs(y.mean())) or std_err == 0:
        return not_applicable(method, "the values are constant")
    return _t_result(float(x.mean() - y.mean()), std_err, df, method, level)


def _t_result(
    difference: float, std_err: float, df: float, method: str, level: float
) -> TestResult:
    statistic = difference / std_err
    p_value = float(2 * stdtr(df, -abs(statistic)))
    half_width = float(stdtrit(df, 1 - (1 - level) / 2)) * std_err
    limits = (difference, difference - half_width, difference + half_width)
    return TestResult(statistic, df, p_value, method, "", *limits)


def _is_constant(values: FloatArray) -> bool:
    return bool(np.ptp(values) <= 10 * np.finfo(float).eps * np.abs(values).max(initial=0.0))


def variance_ratio(x: ArrayLike, y: ArrayLike) -> TestResult:
    """F test of equal variances; estimate: ratio of variances. R var.test."""
    first, second = present(x, "x"), present(y, "y")
    method = "F test of equal variances"
    if min(len(first), len(second)) < 2 or _is_constant(first) or _is_constant(second):
        return not_applicable(method, "a group is constant or has fewer than two values")
    ratio = float(first.var(ddof=1) / second.var(ddof=1))
    df = (len(first) - 1, len(second) - 1)
    upper = float(fdtrc(*df, ratio))
    lower = float(fdtrc(df[1], df[0], 1 / ratio))
    return TestResult(ratio, df[0], 2 * min(lower, upper), method, "", ratio)


def analysis_of_variance(groups: Sequence[ArrayLike], equal: bool = True) -> TestResult:
    """One-way analysis of variance; `df` is that of the numerator.

    Source: R oneway.test(var.equal = equal), Welch's version where the variances may differ.
    """
    samples = [present(group) for group in groups]
    method = "Analysis of variance" if equal else "Welch's analysis of variance"
    if len(samples) < 2 or min(len(sample) for sample in samples) < 2:
        return not_applicable(method, "fewer than two groups, or fewer than two values in one")
    size = np.array([len(sample) for sample in samples], dtype=float)
    mean = np.array([sample.mean() for sample in samples])
    variance = np.array([sample.var(ddof=1) for sample in samples])
    if (variance == 0).any() if not equal else (variance == 0).all():
        return not_applicable(method, "a group is constant")
    k = len(samples)
    if equal:
        grand = np.sum(size * mean) / size.sum()
        residual_df = size.sum() - k
        between = np.sum(size * (mean - grand) ** 2) / (k - 1)
        statistic = between / (np.sum((size - 1) * variance) / residual_df)
    else:
        weight = size / variance
        grand = np.sum(weight * mean) / weight.sum()
        spread = np.sum((1 - weight / weight.sum()) ** 2 / (size - 1)) / (k**2 - 1)
        residual_df = 1 / (3 * spread)
        between = np.sum(weight * (mean - grand) ** 2) / (k - 1)
        statistic = between / (1 + 2 * (k - 2) * spread)
    p_value = float(fdtrc(k - 1, residual_df, statistic))
    return TestResult(float(statistic), k - 1, p_value, method)
