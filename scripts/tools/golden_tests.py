"""Compute the tests of a golden tests.json in its own form.

Sections as in tests/golden/r (tables, two_sample, k_sample, one_sample, proportions) and as in
tests/golden/extra (ks_two, cmh, p_adjust).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import numpy as np

from scripts.lib.statistics.fisher import fisher_exact, fisher_one_sided
from scripts.lib.statistics.hypothesis_tests import (
    TestResult,
    analysis_of_variance,
    chi_squared,
    cochran_mantel_haenszel,
    expected_counts,
    paired_t,
    student_t,
    variance_ratio,
    welch_t,
)
from scripts.lib.statistics.normality import (
    anderson_darling,
    ks_normal,
    ks_two_sample,
    lilliefors,
    shapiro_wilk,
)
from scripts.lib.statistics.p_adjust import Adjustment, p_adjust
from scripts.lib.statistics.proportions import binomial_test, clopper_pearson, wilson
from scripts.lib.statistics.quantiles import sample_quantile
from scripts.lib.statistics.rank_tests import average_ranks, kruskal_wallis, mann_whitney

Json = dict[str, Any]
ADJUSTMENTS = get_args(Adjustment)
FIVE_NUMBERS = (0, 0.25, 0.5, 0.75, 1)


def compute_tests(reference: Json) -> Json:
    """Results for the data in a tests.json, in its form; unknown sections are left out."""
    sections: dict[str, Callable[[Json], Json]] = {
        "tables": _table,
        "two_sample": _two_samples,
        "k_sample": _k_samples,
        "one_sample": _one_sample,
        "proportions": _proportion,
        "ks_two": _two_distributions,
        "cmh": _stratified_table,
    }
    result: Json = {}
    for name, compute in sections.items():
        entries = reference.get(name)
        if isinstance(entries, list):
            result[name] = [compute(entry) for entry in entries]
        elif entries is not None:
            result[name] = {key: compute(entry) for key, entry in entries.items()}
    if given := reference.get("p_adjust"):
        result["p_adjust"] = _adjusted(given)
    return result


def _table(entry: Json) -> Json:
    table = np.array(entry["table"], dtype=float)
    pearson, yates = chi_squared(table), chi_squared(table, correct=True)
    exact = fisher_exact(table)
    fisher: Json = {"p": exact.p_value, "method": exact.method}
    df = (table.shape[0] - 1) * (table.shape[1] - 1)
    if table.shape == (2, 2):
        less, greater = fisher_one_sided(table)
        fisher |= {
            "or_conditional_mle": exact.estimate,
            "or_lower": exact.lower,
            "or_upper": exact.upper,
            "p_less": less,
            "p_greater": greater,
        }
    return {
        "table": entry["table"],
        "n": float(table.sum()),
        "pearson": _chi_square(pearson, df) | {"min_expected": float(expected_counts(table).min())},
        "yates_if_2x2": _chi_square(yates, df) | {"applied": table.shape == (2, 2)},
        "fisher": fisher,
    }


def _chi_square(test: TestResult, df: int) -> Json:
    return {"chisq": test.statistic, "df": df, "p": test.p_value}


def _two_samples(entry: Json) -> Json:
    x, y = np.array(entry["x"], dtype=float), np.array(entry["y"], dtype=float)
    ties = bool((average_ranks(np.concatenate((x, y)))[1] > 1).any())
    chosen, f = mann_whitney(x, y), variance_ratio(x, y)
    result: Json = {
        "x": entry["x"],
        "y": entry["y"],
        "t_welch": _t(welch_t(x, y)),
        "t_student": _t(student_t(x, y)),
        "has_ties": ties,
        "wilcox_normal_correct": _rank_sum(mann_whitney(x, y, exact=False)),
        "wilcox_normal_nocorrect": _rank_sum(mann_whitney(x, y, exact=False, correct=False)),
        "r_default_is_exact": chosen.method.endswith("exact"),
        "r_default": _rank_sum(chosen),
        "var_test": {"F": f.statistic, "p": f.p_value},
    }
    if not ties:
        result["wilcox_exact"] = _rank_sum(mann_whitney(x, y, exact=True))
    if len(x) == len(y):
        paired = _t(paired_t(x, y))
        result["t_paired"] = {key: paired[key] for key in ("t", "df", "p")}
    return result


def _t(test: TestResult) -> Json:
    return {
        "t": test.statistic,
        "df": test.df,
        "p": test.p_value,
        "diff": test.estimate,
        "lower": test.lower,
        "upper": test.upper,
    }


def _rank_sum(test: TestResult) -> Json:
    return {"W": test.statistic, "p": test.p_value}


def _k_samples(entry: Json) -> Json:
    values, groups = np.array(entry["values"], dtype=float), np.array(entry["groups"])
    samples = [values[groups == group] for group in np.unique(groups)]
    rank, equal = kruskal_wallis(samples), analysis_of_variance(samples)
    welch = analysis_of_variance(samples, equal=False)
    return {
        "values": entry["values"],
        "groups": entry["groups"],
        "kruskal": _chi_square(rank, len(samples) - 1),
        "anova": {"F": equal.statistic, "p": equal.p_value},
        "welch_anova": {"F": welch.statistic, "p": welch.p_value},
    }


def _one_sample(entry: Json) -> Json:
    values = np.array(entry["values"], dtype=float)
    five = {kind: sample_quantile(values, FIVE_NUMBERS, kind) for kind in range(1, 10)}
    chosen, limit = ks_normal(values), ks_normal(values, exact=False)
    smirnov: Json = {
        "D": chosen.statistic,
        "p_asymptotic": limit.p_value,
        "r_default_p": chosen.p_value,
    }
    if "exact" in chosen.method:
        smirnov["p_exact"] = chosen.p_value
    normal, corrected = shapiro_wilk(values), lilliefors(values)
    darling = anderson_darling(values)
    return {
        "values": entry["values"],
        "n": len(values),
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)),
        "median": float(np.median(values)),
        "iqr_type7": float(five[7][3] - five[7][1]),
        "shapiro": {"W": normal.statistic, "p": normal.p_value},
        "ks_estimated": smirnov,
        "lilliefors": {"D": corrected.statistic, "p": corrected.p_value},
        "anderson_darling": {"A": darling.statistic, "p": darling.p_value},
        "quantiles": {f"type{kind}": numbers.tolist() for kind, numbers in five.items()},
    }


def _two_distributions(entry: Json) -> Json:
    test = ks_two_sample(np.array(entry["x"], float), np.array(entry["y"], float))
    return {"x": entry["x"], "y": entry["y"], "D": test.statistic, "p": test.p_value}


def _stratified_table(entry: Json) -> Json:
    """R's arrays count the first dimension fastest; the strata are the last one."""
    counts = np.array(entry["counts"], float).reshape(entry["dim"], order="F")
    two_by_two = counts.shape[:2] == (2, 2)
    correct = entry.get("correct", True)
    test = cochran_mantel_haenszel(counts, correct=correct)
    found: Json = {"stat": test.statistic, "df": test.df, "p": test.p_value}
    if two_by_two:
        found |= {"or": test.estimate, "ci": [test.lower, test.upper]}
    given = ("dim", "counts", "correct")
    return {key: entry[key] for key in given if key in entry} | found


def _adjusted(given: Json) -> Json:
    """The given P values adjusted by every method that the entry names."""
    values = [np.nan if p is None else float(p) for p in given["p"]]
    methods = {name: p_adjust(values, name).tolist() for name in ADJUSTMENTS if name in given}
    return {"p": given["p"]} | methods


def _proportion(entry: Json) -> Json:
    events, total = int(entry["x"]), int(entry["n"])
    exact, score = clopper_pearson(events, total), wilson(events, total)
    corrected = wilson(events, total, correct=True)
    return {
        "x": events,
        "n": total,
        "est": exact.estimate,
        "clopper_pearson": [exact.lower, exact.upper],
        "wilson": [score.lower, score.upper],
        "wilson_continuity": [corrected.lower, corrected.upper],
        "p_vs_half": binomial_test(events, total),
    }
