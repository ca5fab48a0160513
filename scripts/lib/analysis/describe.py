"""Counts, means and their comparison between arms, as Analysis Results Data.

Rows of one variable: per group (all arms together, then each arm) and level; the P value has an
empty group. Everything is counted over columns, so that 100,000 patients take no longer than 100.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    TOGETHER,
    arm_masks,
    check_numbers,
    level_order,
    level_text,
)
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.expressions.evaluate import evaluate
from scripts.lib.expressions.grammar import names
from scripts.lib.statistics.fisher import fisher_exact
from scripts.lib.statistics.hypothesis_tests import (
    TestResult,
    analysis_of_variance,
    chi_squared,
    expected_counts,
    not_applicable,
    student_t,
    welch_t,
)
from scripts.lib.statistics.normality import ks_normal, lilliefors
from scripts.lib.statistics.rank_tests import kruskal_wallis, mann_whitney
from scripts.lib.statistics.time_to_event import BoolArray, IntArray

MISSING = "missing"
NO_PATIENTS = "not applicable: no patients"
Settings = Mapping[str, Any]


def compare_counts(table: np.ndarray, tests: Settings) -> TestResult:
    """Chi-squared test, or exact Fisher test where an expected count is below `min_expected`.

    Parameters
    ----------
    table : array, shape (levels, arms)
        Patients. Levels and arms without a patient do not count, but two levels always stay: a
        variable in which all are alike gets Fisher's P of 1, as in R.
    """
    counts = table[:, table.sum(axis=0) > 0]
    filled = counts[counts.sum(axis=1) > 0]
    if len(filled) > 1:
        counts = filled
    else:
        counts = np.vstack([filled, np.zeros((2 - len(filled), counts.shape[1]), counts.dtype)])
    if counts.shape[1] < 2:
        return not_applicable("", "fewer than two arms with patients")
    if expected_counts(counts).min() < tests["min_expected"]:
        return fisher_exact(counts)
    return chi_squared(counts, correct=tests["continuity_correction"])


def add_test(ard: ArdBuilder, test: TestResult, variable: str, level: str = "") -> None:
    """Row p_value of a test."""
    missing = bool(np.isnan(test.p_value))
    ard.add(
        "p_value",
        None if missing else test.p_value,
        variable=variable,
        level=level,
        method=test.method,
        note=(test.note or "not applicable") if missing else "",
    )


def add_share(
    ard: ArdBuilder, n: int, total: int, *, group: str, variable: str, level: str = ""
) -> None:
    """Rows n, N and percent of one cell."""
    where: dict[str, Any] = {"group": group, "variable": variable, "level": level}
    ard.add("n", n, **where)
    ard.add("N", total, **where)
    percent = 100 * n / total if total else None
    ard.add("percent", percent, note="" if total else NO_PATIENTS, **where)


def add_not_collected(ard: ArdBuilder, variable: str, groups: Iterable[str]) -> None:
    """Rows n without a value of a variable that the hospital does not record."""
    for group in groups:
        ard.add("n", None, group=group, variable=variable, note=NOT_COLLECTED)


def count_levels(levels: pd.Series, order: Sequence[str], rows: BoolArray) -> IntArray:
    """Patients per level, in the given order."""
    place = pd.Series(range(len(order)), index=list(order), dtype="Int64")
    codes = levels[rows].map(place).dropna().to_numpy(int)
    return np.bincount(codes, minlength=len(order))


def add_group_sizes(ard: ArdBuilder, arm: pd.Series, arms: Sequence[str]) -> None:
    """Rows N, variable empty: patients of all arms together and of each arm."""
    for group, rows in arm_masks(arm, arms).items():
        ard.add("N", int(rows.sum()), group=group)


def describe_categorical(
    ard: ArdBuilder, frame: pd.DataFrame, variable: Settings, settings: Settings
) -> None:
    """Rows of a categorical variable: n, N, percent per group and level; P value(s)."""
    name = variable["name"]
    levels = level_text(frame[str(name)])
    order = level_order(levels, variable["levels"])
    masks = arm_masks(frame["TRT01A"], settings["arms"])
    known = levels.notna().to_numpy(bool)
    counts = {group: count_levels(levels, order, rows) for group, rows in masks.items()}
    totals = {
        group: int(rows.sum() if variable["denominator"] == "all" else (rows & known).sum())
        for group, rows in masks.items()
    }
    for group in masks:
        for level, n in zip(order, counts[group], strict=True):
            add_share(ard, int(n), totals[group], group=group, variable=name, level=level)
        absent = int((masks[group] & ~known).sum())
        if not known.all() and variable["denominator"] == "known":
            ard.add("n", absent, group=group, variable=name, level=MISSING)
    table = np.column_stack([counts[arm] for arm in settings["arms"]])
    _add_tests(ard, variable, order, table, [totals[arm] for arm in settings["arms"]], settings)


def _add_tests(
    ard: ArdBuilder,
    variable: Settings,
    order: Sequence[str],
    table: IntArray,
    totals: Sequence[int],
    settings: Settings,
) -> None:
    """One P value for the variable, or one per level against everyone else in the arm."""
    if variable["test"] == "overall":
        add_test(ard, compare_counts(table, settings["tests"]), variable["name"])
    elif variable["test"] == "each_level":
        for level, counts in zip(order, table, strict=True):
            against = np.vstack([counts, np.array(totals) - counts])
            add_test(ard, compare_counts(against, settings["tests"]), variable["name"], level)


def describe_numeric(
    ard: ArdBuilder, frame: pd.DataFrame, variable: Settings, settings: Settings
) -> None:
    """Rows of a numeric variable: n, mean, sd, quartiles (R's type 7), range; P; normality.

    Stop where the variable is text.
    """
    name, decimals = variable["name"], variable["decimals"]
    check_numbers(frame, name)
    values = frame[name].to_numpy(float, na_value=np.nan)
    masks = arm_masks(frame["TRT01A"], settings["arms"])
    # sorted, so that not even the last digit depends on the order of the patients
    samples = {group: np.sort(values[rows & ~np.isnan(values)]) for group, rows in masks.items()}
    for group, sample in samples.items():
        ard.add("n", len(sample), group=group, variable=name)
        ard.add_all(
            _summary(sample), group=group, variable=name, decimals=decimals, note=NO_PATIENTS
        )
    normal = _add_normality(ard, samples, name, settings)
    by_arm = [samples[arm] for arm in settings["arms"]]
    if variable["test"] != "none":
        add_test(ard, compare_numbers(by_arm, normal, settings["tests"]), name)


def _summary(sample: np.ndarray) -> dict[str, float | None]:
    names = ("mean", "sd", "median", "q1", "q3", "min", "max")
    if not len(sample):
        return dict.fromkeys(names)
    spread = float(sample.std(ddof=1)) if len(sample) > 1 else None
    q1, middle, q3 = np.percentile(sample, [25, 50, 75]).tolist()
    values = (float(sample.mean()), spread, middle, q1, q3, sample.min(), sample.max())
    return dict(zip(names, values, strict=True))


def _add_normality(
    ard: ArdBuilder, samples: Mapping[str, np.ndarray], name: str, settings: Settings
) -> bool:
    """Rows p_value, level normality, per group; whether the variable counts as normal."""
    rule = settings["tests"]["normality"]
    tests = {
        group: lilliefors(sample) if rule["form"] == "lilliefors" else ks_normal(sample)
        for group, sample in samples.items()
    }
    for group, test in tests.items():
        missing = bool(np.isnan(test.p_value))
        ard.add(
            "p_value",
            None if missing else test.p_value,
            group=group,
            variable=name,
            level="normality",
            method=test.method,
            note=test.note if missing else "",
        )
    deciding = [TOGETHER] if rule["within"] == "all" else settings["arms"]
    return all(not tests[group].p_value < rule["alpha"] for group in deciding)


def compare_numbers(samples: Sequence[np.ndarray], normal: bool, tests: Settings) -> TestResult:
    """t test or Mann-Whitney test; with more than two arms their generalisations."""
    filled = [sample for sample in samples if len(sample)]
    if len(filled) < 2:
        return not_applicable("", "fewer than two arms with values")
    if len(filled) > 2:
        if normal:
            return analysis_of_variance(filled, tests["equal_variances"])
        return kruskal_wallis(filled)
    first, second = filled
    if not normal:
        return mann_whitney(first, second)
    return (student_t if tests["equal_variances"] else welch_t)(first, second)


def describe_variable(
    ard: ArdBuilder, frame: pd.DataFrame, variable: Settings, settings: Settings
) -> None:
    """Rows of a categorical or numeric variable, over the patients that its `where` selects."""
    if variable.get("not_collected"):
        add_not_collected(ard, variable["name"], [TOGETHER, *settings["arms"]])
        return
    if variable["where"]:
        chosen = evaluate(variable["where"], frame).astype("boolean").fillna(False)
        frame = frame[chosen.to_numpy(bool)]
    describe = describe_numeric if variable["kind"] == "numeric" else describe_categorical
    describe(ard, frame, variable, settings)


def columns_needed(variables: Sequence[Settings]) -> list[str]:
    """Columns of ADSL that describing the variables reads."""
    needed = ["USUBJID", "TRT01A"]
    for variable in variables:
        needed += [variable["name"]] if variable["kind"] != "time_to_event" else []
        needed += sorted(names(variable["where"])) if variable["where"] else []
    return list(dict.fromkeys(needed))


def describe_variables(analysis: str, adsl: pd.DataFrame, settings: Settings) -> ArdBuilder:
    """Rows of `analysis`: group sizes, then every declared variable of ADSL."""
    ard = ArdBuilder(analysis, formats=Formats(**settings["printed"]))
    add_group_sizes(ard, adsl["TRT01A"], settings["arms"])
    for variable in settings["variables"]:
        describe_variable(ard, adsl, variable, settings)
    return ard
