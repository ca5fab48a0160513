"""Which P value stands beside the hazard ratio of treatment."""

from typing import Any

import pandas as pd
import pytest

from scripts.fit_cox_univariable import fit_all
from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.log_rank_rows import compare
from tests.golden_cases import GoldenCase


@pytest.fixture
def veteran() -> GoldenCase:
    return GoldenCase("veteran_days")


def treatment(case: GoldenCase, display_p: str) -> ArdIndex:
    return ArdIndex(fit_all(case.frame, case.settings(terms=[], display_p=display_p)))


KEY = {"analysis": "cox_univariable", "parameter": "PFS", "variable": "TRT01A"}


def test_the_config_chooses_log_rank_or_wald(veteran):
    level = veteran.meta["arm_levels"][1]
    wald = treatment(veteran, "wald").row(statistic="p_value", level=level, **KEY)
    tested = treatment(veteran, "log_rank").row(statistic="p_value", level=level, **KEY)
    r = veteran.golden
    assert wald.number == pytest.approx(r["cox_univariable"]["arm"]["terms"][0]["p_wald"], rel=1e-6)
    assert tested.number == pytest.approx(r["logrank"]["p"], rel=1e-9)
    assert "Wald" in wald.method and tested.method == "log-rank test"


def test_with_three_arms_each_is_tested_against_the_reference():
    case = GoldenCase("colon_os_3arm")
    index = treatment(case, "log_rank")
    pairs = {tuple(p["pair"]): p["p"] for p in case.golden["pairwise_logrank"]}
    for arm in case.meta["arm_levels"][1:]:
        p = index.number(statistic="p_value", level=arm, **KEY)
        assert p == pytest.approx(pairs[case.meta["arm_levels"][0], arm], rel=1e-9)


def test_strata_are_compared_within_an_arm_or_arm_by_stratum(veteran):
    strata: list[dict[str, Any]] = [
        {"name": "celltype", "within_arm": True, "levels": None},
        {"name": "prior", "within_arm": False, "levels": None},
    ]
    known = [s for s in strata if s["name"] in veteran.frame]
    assert known, "the case has factors"
    rows = ArdIndex(compare(veteran.frame, veteran.settings(strata=known)).rows)
    for stratum in known:
        found = rows.select(variable=stratum["name"], statistic="df")
        levels = veteran.frame[str(stratum["name"])].nunique()
        # arm by stratum: all groups, then the stratum alone, stratified by arm
        by_arm = [2 * levels - 1, levels - 1]
        expected = [levels - 1] * 2 if stratum["within_arm"] else by_arm
        assert [row.number for row in found] == expected


def test_an_empty_study_writes_no_number(veteran):
    frame = veteran.frame.iloc[:0]
    rows = fit_all(frame, veteran.settings(terms=veteran.terms, display_p="log_rank"))
    assert all(row.note for row in rows if not row.value)
    assert isinstance(frame, pd.DataFrame)


def test_a_term_that_is_not_collected_has_no_model(veteran):
    term = {"name": "KPS", "kind": "numeric", "levels": None, "not_collected": True}
    rows = fit_all(veteran.frame, veteran.settings(terms=[term], display_p="wald"))
    hr = ArdIndex(rows).row(**KEY | {"variable": "KPS"}, statistic="hr")
    assert (hr.value, hr.display, hr.note) == ("", "Not collected", "not collected")


def test_patients_left_out_for_a_missing_covariate_are_said(veteran):
    term = veteran.terms[0]
    frame = veteran.frame.copy()
    frame[term["name"]] = frame[term["name"]].astype(object).convert_dtypes()
    frame.loc[frame.index[:3], term["name"]] = pd.NA
    rows = fit_all(frame, veteran.settings(terms=[term], display_p="wald"))
    sizes = ArdIndex(rows).select(variable=term["name"], statistic="N")
    assert sizes and all(row.note == "3 left out: covariate missing" for row in sizes)
    assert all(row.number == len(frame) - 3 for row in sizes)
    assert not any(row.note for row in ArdIndex(rows).select(variable="TRT01A", statistic="N"))
