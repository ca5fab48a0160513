"""The summary states rows of other results again, each under where it stands, the primary first."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.lib.analysis import imputation_rows
from scripts.lib.analysis.ard import ALL, ArdBuilder, ArdIndex, Row
from scripts.lib.analysis.proportional_hazards_rows import NOT_PROPORTIONAL
from scripts.lib.analysis.summary_rows import NOTHING_MISSING, combine

SETTINGS: dict[str, Any] = {
    "arms": ["alpha", "gamma", "beta"],
    "reference": "beta",
    "parameters": ["PFS"],
    "primary": "cox_univariable",
    "late_covariates": ["BRAINMET"],
    "sources": {
        "landmark": [ALL],
        "pfs_rule_sets": ["RULESET=pfs"],
        "weighted": ["unweighted"],
        "cox_multivariable": [],
        "imputation": ["complete_cases"],
        "time_varying": ["multivariable: fixed"],
    },
}


def model(
    analysis: str, population: str = ALL, hr: float | None = 0.6, arm: str = "alpha", note: str = ""
) -> list[Row]:
    """Rows of treatment as a model writes them."""
    ard = ArdBuilder(analysis, "PFS")
    where = {"population": population, "variable": "TRT01A", "level": arm}
    ard.add("N", 90, **where)
    ard.add("events", 40, **where)
    ratios = {"coef": -0.5, "hr": hr, "hr_ci_low": 0.4, "hr_ci_high": 0.9, "p_value": 0.012}
    ard.add_all(ratios, method="Cox regression", note="not estimable: separation", **where)
    return [row._replace(note="; ".join(filter(None, (row.note, note)))) for row in ard.rows]


def combined(*rows: list[Row]) -> ArdIndex:
    return ArdIndex(combine(ArdIndex(row for part in rows for row in part), SETTINGS))


def populations(ard: ArdIndex) -> list[str]:
    return list(dict.fromkeys(row.population for row in ard.rows))


def test_each_analysis_stands_under_its_source_the_primary_first_none_twice() -> None:
    found = combined(
        model("imputation", "complete_cases"), model("imputation", "imputed"),
        model("cox_multivariable"), model("weighted", "unweighted: alpha"),
        model("weighted", "overlap: alpha"), model("pfs_rule_sets", "RULESET=pfs"),
        model("pfs_rule_sets", "RULESET=fda"), model("landmark"), model("landmark", "landmark=30"),
        model("time_varying", "multivariable: fixed"),
        model("time_varying", "multivariable: time_varying"), model("cox_univariable"),
    )  # fmt: skip

    assert populations(found) == [
        ALL, "landmark: landmark=30", "pfs_rule_sets: RULESET=fda", "weighted: overlap: alpha",
        "cox_multivariable", "imputation: imputed", "time_varying: multivariable: time_varying",
    ]  # fmt: skip


def test_where_nothing_was_missing_imputation_is_no_analysis_of_its_own() -> None:
    again = model("imputation", "imputed", note=f"{NOTHING_MISSING}: equals complete cases")
    rows = (model("cox_univariable"), model("cox_multivariable"))

    assert populations(combined(*rows, again)) == [ALL, "cox_multivariable"]
    assert imputation_rows.NOTHING_MISSING.partition(":")[0] == NOTHING_MISSING


def test_a_row_is_the_source_row_with_another_key() -> None:
    source = model("landmark", "landmark=30", hr=0.55)
    found = combined(model("cox_univariable"), source)

    where = {"analysis": "sensitivity", "parameter": "PFS", "variable": "TRT01A", "level": "alpha"}
    for row in source:
        again = found.find(population="landmark: landmark=30", statistic=row.statistic, **where)
        if row.statistic == "coef":
            assert again is None
        else:
            assert again is not None
            assert again[7:] == row[7:]  # value, display, method, note


def test_every_compared_arm_has_its_line() -> None:
    rows = [*model("cox_univariable"), *model("cox_univariable", hr=0.8, arm="gamma")]
    ratios = [(row.level, row.number) for row in combined(rows).select(statistic="hr")]

    assert ratios == [("alpha", 0.6), ("gamma", 0.8)]


def test_what_is_not_estimable_keeps_its_reason() -> None:
    row = combined(model("cox_univariable", hr=None)).select(statistic="hr")[0]

    assert (row.value, row.note) == ("", "not estimable: separation")


def test_counts_of_a_pooled_model_are_those_of_the_model() -> None:
    rows = [row for row in model("imputation", "imputed") if row.statistic not in ("N", "events")]
    ard = ArdBuilder("imputation", "PFS")
    ard.add("N", 97, population="imputed")
    ard.add("events", 43, population="imputed")
    found = combined(model("cox_univariable"), rows, ard.rows)

    key = {"analysis": "sensitivity", "parameter": "PFS", "population": "imputation: imputed"}
    counts = [
        found.number(statistic=name, variable="TRT01A", level="alpha", **key)
        for name in ("N", "events")
    ]
    assert counts == [97, 43]


@pytest.mark.parametrize("failing", [[], ["univariable"], ["multivariable"]])
def test_the_model_whose_own_test_fails_is_marked_and_restricted_means_always_stand_beside(
    failing: list[str],
) -> None:
    ard = ArdBuilder("proportional_hazards", "PFS")
    for model_ in ("univariable", "multivariable"):
        p, note = (0.001, NOT_PROPORTIONAL) if model_ in failing else (0.4, "")
        ard.add("p_value", p, variable="TRT01A", level=model_, note=note)
    here = {"variable": "TRT01A", "level": "alpha"}
    ard.add_all({"p_value": 0.03, "rmst_difference": 1.4, "rmst_difference_ci_low": 0.2,
                 "rmst_difference_ci_high": 2.6}, **here)  # fmt: skip
    ard.add("tau", 30.0, group="alpha")
    found = combined(model("cox_univariable"), model("cox_multivariable"), ard.rows)

    means = found.select(population="proportional_hazards")
    values = {row.statistic: row.number for row in means}
    assert values["tau"] == 30.0 and values["rmst_difference"] == 1.4
    assert {row.level for row in means} == {"alpha"}
    notes = {row.population: row.note for row in found.select(statistic="hr")}
    assert notes == {
        ALL: NOT_PROPORTIONAL if "univariable" in failing else "",
        "cox_multivariable": NOT_PROPORTIONAL if "multivariable" in failing else "",
    }


def test_checks_of_the_model_and_covariates_known_later_mark_the_multivariable_ratio() -> None:
    ard = ArdBuilder("model_checks", "PFS")
    ard.add("events_per_parameter", 8.0, population="model=multivariable",
            note="below 10: too many parameters for the events")  # fmt: skip
    ard.add("vif", 9.0, population="model=multivariable", variable="AGE", note="above 5")
    covariate = ArdBuilder("cox_multivariable", "PFS")
    covariate.add("N", 90, variable="BRAINMET", level="yes")
    found = combined(model("cox_univariable"), model("cox_multivariable"), covariate.rows, ard.rows)

    notes = {row.population: row.note for row in found.select(statistic="hr")}
    assert notes == {
        ALL: "",
        "cox_multivariable": "events per parameter below 10: too many parameters for the events; "
        "with covariates known only after the start of treatment: BRAINMET",
    }
