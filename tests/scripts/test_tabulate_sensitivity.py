"""The table has a line an analysis and arm, with its assumption, its marks and its tests."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.lib.analysis.ard import ALL, ArdBuilder, ArdIndex, parse_key
from scripts.lib.analysis.proportional_hazards_rows import NOT_PROPORTIONAL
from scripts.lib.analysis.summary_rows import combine
from scripts.lib.config.summary import Assumptions, Labels
from scripts.lib.display.effect_summary import words
from scripts.lib.display.printed_table import PrintedTable
from scripts.tabulate_sensitivity import SummaryTable
from tests.scripts.test_combine_sensitivity import SETTINGS as COMBINED
from tests.scripts.test_combine_sensitivity import model

SETTINGS: dict[str, Any] = {
    "table": {"label": "Table S1", "title": "Every analysis.", "footnotes": ["HR, hazard ratio."]},
    "arms": {"alpha": "Alphamab", "beta": "Standard care"},
    "reference": "beta",
    "level": "95%",
    "absent": "-",
    "endpoints": {"PFS": "Progression-free survival"},
    "labels": Labels().model_dump(),
    "assumes": Assumptions().model_dump(),
    "without": "Without the exclusion",
    "ignoring": ["Alive after two months"],
    "still_applied": [],
    "rule_sets": {"fda": {"label": "FDA-like", "assumes": "Hypothetical."}},
    "late_covariates": {"BRAINMET": "Brain metastasis"},
}


def table(*rows: Any, **changes: Any) -> PrintedTable:
    ard = ArdIndex(combine(ArdIndex(row for part in rows for row in part), COMBINED))
    return SummaryTable(ard, SETTINGS | changes).make()


def lines(made: PrintedTable) -> list[list[str]]:
    return [[cell.text + cell.mark for cell in row.cells] for row in made.rows[1:]]


def test_lines_with_counts_ratio_p_and_assumption() -> None:
    found = lines(table(model("cox_univariable"), model("landmark", "landmark=30", 0.7)))

    assert found == [
        ["Primary analysis†", "40/90", "0.600 (0.400-0.900)", "Marginal", "0.012",
         Assumptions().primary],
        ["Landmark at day 30", "40/90", "0.700 (0.400-0.900)", "Marginal", "0.012",
         Assumptions().landmark.format(day=30)],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("population", "label", "assumes"),
    [
        (ALL, Labels().primary, Assumptions().primary),
        ("landmark: ignoring=early_death", "Without the exclusion", Assumptions().ignoring),
        ("landmark: landmark=60", "Landmark at day 60", Assumptions().landmark.format(day=60)),
        ("pfs_rule_sets: RULESET=fda", "Set of rules: FDA-like", "Hypothetical."),
        ("weighted: iptw", Labels().iptw, Assumptions().iptw),
        ("weighted: overlap: gamma", Labels().overlap, Assumptions().overlap),
        ("cox_multivariable", Labels().multivariable, Assumptions().multivariable),
        (
            "cox_multivariable: all_covariates",
            Labels().all_covariates,
            Assumptions().all_covariates,
        ),
        (
            "time_varying: multivariable: time_varying",
            Labels().time_varying,
            Assumptions().time_varying,
        ),
        ("imputation: imputed", Labels().imputed, Assumptions().imputed),
    ],
)
def test_every_kind_of_analysis_has_a_name_and_an_assumption(
    population: str, label: str, assumes: str
) -> None:
    assert words(population, SETTINGS) == (label, assumes)


def test_a_mark_is_a_footnote_and_names_covariates_by_their_label() -> None:
    note = "not supported: balance fails, largest |SMD| 0.31 > 0.1 (BRAINMET)"
    made = table(model("cox_univariable"), model("weighted", "iptw", note=note))

    assert lines(made)[1][2] == "0.600 (0.400-0.900)ᵃ"
    assert (
        "ᵃNot supported: balance fails, largest |SMD| 0.31 > 0.1 (Brain metastasis)."
        in made.footnotes
    )


def test_marginal_and_conditional_hazard_ratios_are_told_apart() -> None:
    made = table(model("cox_univariable"), model("cox_multivariable"))

    assert [line[3] for line in lines(made)] == ["Marginal", "Conditional"]
    assert any(
        note.startswith("Marginal, of all patients together: Primary analysis. Conditional")
        for note in made.footnotes
    )
    alone = table(model("cox_univariable"))
    assert not any(note.startswith("Marginal") for note in alone.footnotes)


def test_what_cannot_be_estimated_says_so() -> None:
    made = table(model("cox_univariable", hr=None))

    assert lines(made)[0][2].startswith("Not estimable")
    assert "ᵃNot estimable: separation." in made.footnotes


def test_several_arms_have_a_line_each() -> None:
    rows = [*model("cox_univariable"), *model("cox_univariable", arm="gamma")]
    arms = {"alpha": "Alphamab", "gamma": "Gammamab", "beta": "Standard care"}

    labels = [line[0] for line in lines(table(rows, arms=arms))]
    assert labels == ["Primary analysis: Alphamab†", "Primary analysis: Gammamab†"]


def test_the_column_of_restricted_means_is_there_where_they_were_computed() -> None:
    ard = ArdBuilder("proportional_hazards", "PFS")
    here = {"variable": "TRT01A", "level": "alpha"}
    ard.add("p_value", 0.01, variable="TRT01A", level="univariable", note=NOT_PROPORTIONAL)
    ard.add_all({"p_value": 0.03, "rmst_difference": 1.4, "rmst_difference_ci_low": -0.2,
                 "rmst_difference_ci_high": 2.6}, method="restricted mean", **here)  # fmt: skip
    ard.add("tau", 30.0, group="alpha", method="restricted mean")
    made = table(model("cox_univariable"), model("landmark", "landmark=30"), ard.rows)

    assert made.column_names()[5] == "Restricted mean difference (95% CI), months"
    assert [line[5] for line in lines(made)] == ["1.40 (-0.20 to 2.60)", ""]
    assert any("to 30.00 months (restricted mean; P = 0.030)" in note for note in made.footnotes)
    assert len(table(model("cox_univariable")).column_names()) == 6


def test_footnotes_name_the_tests_and_the_criterion_that_looks_ahead() -> None:
    made = table(model("cox_univariable"))

    assert "P-values: Cox regression. Two-sided." in made.footnotes
    assert any(note.startswith("†") and "Alive after two months" in note for note in made.footnotes)
    assert not any(note.startswith("†") for note in table([], ignoring=[]).footnotes)


def test_every_number_carries_the_key_of_its_row() -> None:
    made = table(model("cox_univariable"))

    keys = [parse_key(key) for cell in made.rows[1].cells for key in cell.keys]
    assert {key["statistic"] for key in keys} == {
        "N", "events", "hr", "hr_ci_low", "hr_ci_high", "p_value",
    }  # fmt: skip
    assert {key["analysis"] for key in keys} == {"sensitivity"}


def test_a_set_of_rules_that_is_not_collected_says_so() -> None:
    rows = [
        row._replace(value="", display="Not collected", note="not collected")
        for row in model("pfs_rule_sets", "RULESET=fda", None)
        if row.statistic not in ("N", "events")
    ]
    line = lines(table(model("cox_univariable"), rows))[1]
    assert line[:3] == ["Set of rules: FDA-like†", "-/-", "Not collected"]
