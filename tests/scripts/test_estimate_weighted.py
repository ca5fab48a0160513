"""Weights from a propensity score: equal to R, judged by overlap and balance, bad input said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, write_ard
from scripts.lib.analysis.formats import PAPER_FORMATS
from scripts.lib.analysis.weighted_rows import estimate
from scripts.lib.errors import Stop
from scripts.lib.statistics.logistic import fit_logistic
from scripts.lib.statistics.weighting import (
    e_value,
    e_value_of_limit,
    effective_sample_size,
    make_weights,
    overlap_percent,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "confounding" / "confounding.json"
R = json.loads(GOLDEN.read_text(encoding="utf-8"))
COVARIATES = [
    {"name": "age", "kind": "numeric", "levels": None},
    {"name": "sex", "kind": "categorical", "levels": ["male", "female"]},
    {"name": "stage", "kind": "categorical", "levels": ["I", "II", "III"]},
]
COLUMNS = [("age", ""), ("sex", "female"), ("stage", "I"), ("stage", "II"), ("stage", "III")]


def settings(**other: Any) -> dict[str, Any]:
    survival = {"interval": "log", "every_months": 30, "until_months": 150}
    return {
        "arms": ["new", "old"],
        "reference": "old",
        "printed": PAPER_FORMATS._asdict(),
        "ties": "efron",
        "confidence_level": 0.95,
        "survival": survival | {"days_per_month": 1.0, "confidence_level": 0.95},
        "covariates": COVARIATES,
        "stabilised": True,
        "max_smd": 0.1,
        "propensity_range": [0.05, 0.95],
        "min_overlap": 90,
    } | other


def patients(**other: Any) -> pd.DataFrame:
    """The patients of the R script, one row each."""
    data = R["data"]
    frame = pd.DataFrame(
        {"TRT01A": data["arm"], **{c["name"]: data[c["name"]] for c in COVARIATES}}
    )
    frame.insert(0, "USUBJID", [f"P{i:03}" for i in range(len(frame))])
    return frame.convert_dtypes().assign(**other)


def times(adsl: pd.DataFrame, **other: Any) -> dict[str, pd.DataFrame]:
    """One endpoint of these patients."""
    rows = adsl["USUBJID"].str[1:].astype(int)
    frame = adsl[["USUBJID", "TRT01A"]].assign(
        time=np.array(R["data"]["time"], float)[rows], event=np.array(R["data"]["event"])[rows] == 1
    )
    return {"PFS": frame.assign(**other)}


def results(adsl: pd.DataFrame, endpoint: dict[str, Any] | None = None, **other: Any) -> ArdIndex:
    rows, _ = estimate(adsl, endpoint or times(adsl), settings(**other))
    return ArdIndex(rows)


@pytest.fixture(scope="module")
def found() -> ArdIndex:
    return results(patients())


def value(index: ArdIndex, statistic: str, population: str, **key: str) -> float:
    row = index.row(analysis="weighted", statistic=statistic, population=population, **key)
    assert row.number is not None, row.note
    return row.number


TREATMENT = {"parameter": "PFS", "variable": "TRT01A", "level": "new"}


def test_the_propensity_score_is_that_of_r_glm(found):
    r = R["glm"]
    for i, (variable, level) in enumerate([c for c in COLUMNS if c != ("stage", "I")]):
        for statistic, name in (("coef", "coef"), ("se", "se"), ("p_value", "p")):
            ours = value(found, statistic, "unweighted", variable=variable, level=level)
            assert ours == pytest.approx(
                r[name][i], rel=1e-6
            )  # R: weights of the last step but one
    treated = np.array(R["data"]["arm"]) == "new"
    highest = max(np.array(r["fitted"])[treated])
    shown = value(found, "max", "unweighted", group="new", variable="PROPENSITY")
    assert shown == pytest.approx(highest, rel=1e-9)


@pytest.mark.parametrize("scheme", ["iptw", "overlap"])
def test_weighted_cox_with_robust_variance_is_that_of_r(found, scheme):
    r = R[scheme]
    ours = [value(found, s, scheme, **TREATMENT) for s in ("coef", "se", "p_value", "e_value")]
    assert ours == pytest.approx([r["coef"], r["se"], r["p"], r["evalue"]], rel=1e-7)
    limits = [value(found, s, scheme, **TREATMENT) for s in ("hr_ci_low", "hr_ci_high")]
    assert limits == pytest.approx(r["ci"], rel=1e-7)


@pytest.mark.parametrize("scheme", ["iptw", "overlap"])
@pytest.mark.parametrize("arm", ["new", "old"])
def test_weighted_curves_and_effective_sample_size_are_those_of_r(found, scheme, arm):
    r = R[scheme]["km"][arm]
    key = {"parameter": "PFS", "group": arm}
    for statistic, name in (("median", "median"), ("median_ci_low", "low")):
        assert value(found, statistic, scheme, **key) == pytest.approx(r[name][0], rel=1e-9)
    for place, month in enumerate(("60", "150")):
        at = key | {"variable": "time", "level": month}
        assert value(found, "survival", scheme, **at) == pytest.approx(r["surv"][place], rel=1e-9)
        low = value(found, "survival_ci_low", scheme, **at)
        assert low == pytest.approx(r["lower"][place], rel=1e-7)
    assert value(found, "ess", scheme, group=arm) == pytest.approx(r["ess"], rel=1e-9)


@pytest.mark.parametrize("scheme", ["unweighted", "iptw", "overlap"])
def test_standardised_differences_are_those_of_r(found, scheme):
    ours = [value(found, "smd", scheme, variable=v, level=level) for v, level in COLUMNS]
    assert ours == pytest.approx(R[scheme]["smd"], rel=1e-7, abs=1e-9)
    largest = value(found, "smd", scheme)
    assert largest == pytest.approx(max(map(abs, R[scheme]["smd"])), rel=1e-7, abs=1e-9)


def test_overlap_weights_balance_the_means_exactly(found):
    assert value(found, "smd", "overlap") == pytest.approx(0, abs=1e-9)


def test_e_values_are_those_of_the_published_formula():
    ours = [e_value(hr) for hr in R["evalues"]["hr"]]
    assert ours == pytest.approx(R["evalues"]["evalue"], rel=1e-12)
    assert e_value_of_limit(0.7, 0.4, 1.2) == 1.0
    assert e_value_of_limit(0.7, 0.5, 0.9) == e_value(0.9)
    assert e_value_of_limit(1.9, 1.2, 3.0) == e_value(1.2)


NOT_SUPPORTED = [  # limits, what the note says
    ({"min_overlap": 100.0}, "positivity fails"),
    ({"max_smd": 1e-4, "min_overlap": 0.0}, "balance fails"),
]


@pytest.mark.parametrize(("limits", "says"), NOT_SUPPORTED)
def test_a_weighted_result_is_marked_while_positivity_or_balance_fail(limits, says):
    index = results(patients(), **limits)
    weighted = [row for row in index.rows if (row.parameter, row.population) == ("PFS", "iptw")]
    assert weighted and all("not supported" in row.note and says in row.note for row in weighted)
    crude = [row for row in index.rows if (row.parameter, row.population) == ("PFS", "unweighted")]
    assert crude and not any("not supported" in row.note for row in crude)


def test_a_weighted_result_is_not_marked_where_both_hold():
    index = results(patients(), max_smd=0.5, min_overlap=10.0)
    assert not any("not supported" in row.note for row in index.rows)


def test_results_do_not_depend_on_row_order_or_names(tmp_path):
    adsl = patients()
    again = adsl.sample(frac=1, random_state=3).reset_index(drop=True)
    for name, frame in (("a", adsl), ("b", again)):
        write_ard(estimate(frame, times(frame), settings())[0], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_missing_covariate_drops_the_patient_and_says_so():
    adsl = patients()
    adsl.loc[[0, 1, 2], "stage"] = pd.NA
    index = results(adsl)
    used, dropped = (
        sum(value(index, s, "unweighted", group=a) for a in ("new", "old"))
        for s in ("N", "dropped")
    )
    assert (used, dropped) == (177, 3)
    assert value(index, "N", "overlap", **TREATMENT) == 177


def test_three_arms_are_compared_with_the_reference_one_by_one(tmp_path):
    adsl = patients()
    third = adsl.index % 5 == 0
    adsl.loc[third, "TRT01A"] = "third"
    index = results(adsl, arms=["new", "old", "third"])
    write_ard(index.rows, tmp_path / "ard.csv")  # unique keys, known statistics
    for arm in ("new", "third"):
        assert value(index, "hr", f"overlap: {arm}", **(TREATMENT | {"level": arm})) > 0
    alone = results(adsl[~third].reset_index(drop=True))
    assert value(index, "hr", "iptw: new", **TREATMENT) == pytest.approx(
        value(alone, "hr", "iptw", **TREATMENT), rel=1e-12
    )


def test_an_arm_of_one_patient_is_never_supported():
    adsl = patients()
    adsl["TRT01A"] = np.where(adsl.index == 7, "new", "old")
    only_age = [{"name": "age", "kind": "numeric", "levels": None}]
    index = results(adsl, covariates=only_age, min_overlap=0.0)
    row = index.row(analysis="weighted", statistic="smd", population="iptw")
    assert row.value == "" and "one patient" in row.note
    effect = index.row(analysis="weighted", statistic="hr", population="iptw", **TREATMENT)
    assert "not supported: balance fails" in effect.note


def test_one_arm_has_nothing_to_compare():
    adsl = patients().query("TRT01A == 'old'").reset_index(drop=True)
    (row,) = results(adsl, arms=["old"]).rows
    assert (row.value, row.note) == ("", "not applicable: there is one arm alone")


def separated(adsl: pd.DataFrame) -> pd.DataFrame:
    return adsl.assign(age=np.where(adsl["TRT01A"] == "new", 70.0, 50.0) + adsl.index % 3)


def all_missing(adsl: pd.DataFrame) -> pd.DataFrame:
    return adsl.assign(age=pd.array([pd.NA] * len(adsl), dtype="Float64"))


NOT_ESTIMABLE = [  # what is done to the patients, what the note says
    (separated, "separation"),
    (all_missing, "every covariate known"),
    (lambda a: a.query("TRT01A == 'old'").reset_index(drop=True), "an arm has no patients"),
]


@pytest.mark.parametrize(("change", "says"), NOT_ESTIMABLE)
def test_where_no_score_can_be_fitted_the_effect_is_not_estimable(change, says):
    index = results(change(patients()))
    row = index.row(analysis="weighted", statistic="hr", population="overlap", **TREATMENT)
    assert row.value == "" and row.note.startswith("not estimable") and says in row.note


def test_a_constant_covariate_is_left_out_of_the_score_with_a_reason():
    index = results(patients(age=60.0))
    row = index.row(
        analysis="weighted", statistic="coef", population="unweighted", variable="age", level=""
    )
    assert row.value == "" and "does not vary" in row.note
    assert value(index, "smd", "overlap", variable="age", level="") == 0
    assert value(index, "hr", "overlap", **TREATMENT) > 0


def test_a_covariate_given_by_another_changes_no_propensity():
    adsl = patients()
    twice = settings()["covariates"] + [{"name": "age2", "kind": "numeric", "levels": None}]
    index = results(adsl.assign(age2=2 * adsl["age"]), covariates=twice)
    plain = results(adsl)
    for s in ("hr", "se"):
        assert value(index, s, "iptw", **TREATMENT) == pytest.approx(
            value(plain, s, "iptw", **TREATMENT), rel=1e-9
        )


def test_one_patient_in_a_level_separates_and_is_said():
    adsl = patients()
    adsl.loc[0, "stage"] = "IV"
    row = results(adsl).row(analysis="weighted", statistic="hr", population="iptw", **TREATMENT)
    assert row.value == "" and "separation" in row.note


def test_no_events_give_no_hazard_ratio():
    adsl = patients()
    index = results(adsl, times(adsl, event=False))
    row = index.row(analysis="weighted", statistic="hr", population="overlap", **TREATMENT)
    assert row.value == "" and "no events" in row.note
    medians = index.select(parameter="PFS", population="overlap", statistic="median")
    assert all(row.note.startswith("not reached") for row in medians)


BAD = [  # change, covariates, what the message says
    ({}, [{"name": "NOBODY", "kind": "numeric", "levels": None}], "NOBODY is not in ADSL"),
    ({}, [{"name": "sex", "kind": "numeric", "levels": None}], "text where numbers"),
    ({"TRT01A": "other"}, COVARIATES, "none of the arms"),
]


@pytest.mark.parametrize(("change", "covariates", "says"), BAD)
def test_bad_input_gives_one_clear_message(change, covariates, says):
    adsl = patients().assign(**change)
    with pytest.raises(Stop, match=says):
        results(adsl, covariates=covariates)


def test_weights_and_their_sample_size():
    propensity, treated = np.array([0.2, 0.5, 0.8]), np.array([True, False, True])
    iptw = make_weights("iptw", propensity, treated, stabilised=False)
    assert iptw == pytest.approx([5, 2, 1.25])
    assert make_weights("overlap", propensity, treated) == pytest.approx([0.8, 0.5, 0.2])
    assert effective_sample_size(np.array([1.0, 1.0, 0.0])) == 2  # weight zero: no observation
    assert effective_sample_size(np.zeros(3)) == 0


def test_overlap_is_where_both_arms_have_patients():
    propensity = np.array([0.02, 0.3, 0.5, 0.4, 0.6, 0.97])
    treated = np.array([False, False, False, True, True, True])
    assert overlap_percent(propensity, treated, (0.05, 0.95)) == pytest.approx(100 * 2 / 6)
    assert overlap_percent(propensity, np.ones(6, bool), (0.05, 0.95)) == 0


def test_a_logistic_fit_without_rows_or_with_one_outcome_says_why():
    assert "no patients" in fit_logistic(np.zeros((0, 1)), np.zeros(0, bool)).reason
    assert "same outcome" in fit_logistic(np.ones((4, 1)), np.ones(4, bool)).reason


def test_a_covariate_that_is_not_collected_is_left_out_of_the_score_and_said(
    found: ArdIndex,
) -> None:
    without = results(patients(), not_collected=["KPS"])
    assert value(without, "hr", "iptw", **TREATMENT) == value(found, "hr", "iptw", **TREATMENT)
    said = without.row(
        analysis="weighted", population="unweighted", variable="KPS", statistic="coef"
    )
    assert (said.value, said.note) == ("", "not collected")


def test_without_any_covariate_nothing_is_weighted() -> None:
    index = results(patients(), covariates=[], not_collected=["KPS"])
    for population in ("iptw", "overlap"):
        row = index.row(analysis="weighted", population=population, statistic="hr", **TREATMENT)
        assert row.value == "" and "no covariate of the propensity score" in row.note
    assert value(index, "hr", "unweighted", **TREATMENT) > 0
