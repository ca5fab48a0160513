"""The rows of the survival analyses equal R 4.2.2, survival 3.5-3 (tests/golden/r)."""

from __future__ import annotations

import math

import pytest

from scripts import (
    fit_cox_multivariable,
    fit_cox_univariable,
)
from scripts.lib.analysis import (
    follow_up_rows,
    kaplan_meier_rows,
    log_rank_rows,
    subgroup_rows,
)
from scripts.lib.analysis.ard import ArdIndex
from tests.golden_cases import NAMES, GoldenCase

COX = {"coef": "coef", "se": "se", "p_wald": "p_value"}
LIMITS = {"hr": "hr", "hr_lower": "hr_ci_low", "hr_upper": "hr_ci_high"}


@pytest.fixture(params=NAMES)
def case(request: pytest.FixtureRequest) -> GoldenCase:
    return GoldenCase(request.param)


def assert_same(ours: float | None, r: float | str | None) -> None:
    """Equal to 1e-6; R's null and Inf are an empty value here."""
    if r is None or r == "Inf":
        assert ours is None
    else:
        assert ours == pytest.approx(float(r), rel=1e-6, abs=1e-9)


def test_medians_counts_and_survival_equal_survfit(case):
    ard, _ = kaplan_meier_rows.estimate(case.frame, case.settings())
    index = ArdIndex(ard.rows)
    for arm, r in case.golden["arms"].items():
        key = {"analysis": "kaplan_meier", "parameter": "PFS", "group": arm}
        assert index.number(statistic="N", **key) == r["n"]
        assert index.number(statistic="events", **key) == r["events"]
        median = r["quantiles"]["log"]["median"]
        for ours, theirs in (("", "est"), ("_ci_low", "lower"), ("_ci_high", "upper")):
            assert_same(index.number(statistic=f"median{ours}", **key), median[theirs])


def test_log_rank_equals_survdiff(case):
    index = ArdIndex(log_rank_rows.compare(case.frame, case.settings()).rows)
    key = {"analysis": "log_rank", "parameter": "PFS"}
    r = case.golden.get("logrank")
    if r is None:
        assert index.row(statistic="p_value", **key).note.startswith("not applicable")
        return
    for ours, theirs in (("chi_square", "chisq"), ("df", "df"), ("p_value", "p")):
        assert_same(index.number(statistic=ours, **key), r[theirs])


def test_follow_up_equals_survfit_of_the_censoring(case):
    index = ArdIndex(follow_up_rows.estimate(case.frame, case.settings()).rows)
    for arm, r in case.golden["arms"].items():
        key = {"analysis": "follow_up", "parameter": "PFS", "group": arm}
        assert_same(
            index.number(statistic="median", **key), r["reverse_km_followup"]["log"]["median"]
        )
        assert_same(index.number(statistic="max", **key), r["max_time"])


def check_terms(index: ArdIndex, terms: list[dict], variable: str, key: dict) -> None:
    """Rows of one covariate against R's terms, named variable + level."""
    for term in terms:
        where = key | {"variable": variable, "level": term["term"].strip("`")[len(variable) :]}
        converged = term.get("converged", term)
        for theirs, ours in COX.items():
            assert_same(index.number(statistic=ours, **where), converged[theirs])
        for theirs, ours in LIMITS.items():
            assert_same(index.number(statistic=ours, **where), term[theirs])


def test_univariable_cox_equals_coxph(case):
    settings = case.settings(terms=case.terms, display_p="wald")
    index = ArdIndex(fit_cox_univariable.fit_all(case.frame, settings))
    for variable, r in case.golden["cox_univariable"].items():
        name = "TRT01A" if variable == "arm" else variable
        rows = index.select(variable=name, statistic="hr")
        if r["warnings"]:
            assert any(row.note.startswith("not estimable") for row in rows)
            continue
        terms = [t | {"term": t["term"].replace("arm", "TRT01A", 1)} for t in r["terms"]]
        terms = terms if variable == "arm" else r["terms"]
        key = {"analysis": "cox_univariable", "parameter": "PFS"}
        check_terms(index, terms, name, key)
        assert index.select(variable=name, statistic="N")[0].number == r["n"]


def test_multivariable_cox_equals_coxph(case):
    r = case.golden.get("cox_multivariable")
    if r is None or r["warnings"]:
        pytest.skip("R fits no finite multivariable model here")
    names = [name for name in case.meta["multivariable"] if name != "arm"]
    frame = case.frame.dropna(subset=names).rename(columns={"time": "AVAL"})
    terms = [term for term in case.terms if term["name"] in names]
    index = ArdIndex(fit_cox_multivariable.fit(frame, case.settings(terms=terms)).rows)
    key = {"analysis": "cox_multivariable", "parameter": "PFS"}
    by_name = {term["term"].strip("`"): term for term in r["terms"]}
    for row in (row for row in index.rows if row.statistic == "coef"):
        name = row.variable.replace("TRT01A", "arm") + row.level
        term = by_name.pop(name) | {"term": row.variable + row.level}
        check_terms(index, [term], row.variable, key)
    assert not by_name
    assert index.rows[0].number == r["n"] == r["complete_case_n"]


def test_subgroups_and_interactions_equal_coxph(case):
    variables = [
        {"name": term["name"], "levels": term["levels"]}
        for term in case.terms
        if term["kind"] == "categorical"
    ]
    index = ArdIndex(subgroup_rows.fit_all(case.frame, case.settings(variables=variables)).rows)
    key = {"analysis": "subgroups", "parameter": "PFS"}
    two_arms = len(case.meta["arm_levels"]) == 2
    for variable, r in case.golden.get("subgroups", {}).items():
        interaction = index.number(statistic="p_interaction", variable=variable, **key)
        if not (r["interaction_lr"] or {}).get("warnings", True):
            assert_same(interaction, r["interaction_lr"]["p"])
        for level, part in r["levels"].items():
            where = key | {"population": f"{variable}={level}"}
            for arm, n in zip(case.meta["arm_levels"], part.get("n_arm", []), strict=False):
                assert index.number(statistic="N", group=arm, **where) == n
            if not part["estimable"]:
                assert all(row.note for row in index.select(**where, statistic="hr"))
            elif not part["warnings"]:
                names = {"variable": "", "level": ""} if two_arms else {"variable": "TRT01A"}
                for term in part["terms"]:
                    one = where | names | ({} if two_arms else {"level": term["term"][3:]})
                    assert_same(index.number(statistic="hr", **one), term["hr"])
                    assert_same(index.number(statistic="hr_ci_high", **one), term["hr_upper"])


def test_no_value_is_ever_infinite_or_nan(case):
    settings = case.settings(terms=case.terms, display_p="log_rank")
    rows = fit_cox_univariable.fit_all(case.frame, settings)
    assert all(row.number is None or math.isfinite(row.number) for row in rows)
    assert all(row.note for row in rows if not row.value)
