"""Part `summary` of section `sensitivity`: every analysis of the treatment effect, together."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


def _words(default: str, analysis: str) -> Any:
    return Field(default, description=f"what stands below {analysis}, in one sentence")


def _name(default: str, analysis: str) -> Any:
    return Field(default, description=f"name of {analysis}, in table and figure")


class Assumptions(Section):
    """What each analysis rests on, in one sentence; that of a set of rules stands with the set."""

    primary: str = _words(
        "Arms alike but for treatment; hazards proportional.", "the univariable Cox model"
    )
    ignoring: str = _words(
        "The same; nobody is left out for what follows the start.",
        "the analysis without the criteria of `landmark.ignoring`",
    )
    landmark: str = _words(
        "Of those event-free and observed at day {day}; silent on what came before.",
        "a landmark analysis; {day} is its day",
    )
    iptw: str = _words(
        "No confounding but by the propensity score's covariates; effect in everybody.",
        "inverse probability weights",
    )
    overlap: str = _words(
        "The same; effect in those who could have had either treatment.", "overlap weights"
    )
    multivariable: str = _words(
        "No confounding but by the covariates of the model.", "the multivariable model"
    )
    all_covariates: str = _words(
        "The same, of all declared covariates: none was chosen by its P value.",
        "the model of all declared covariates",
    )
    imputed: str = _words(
        "What is missing depends on what is known (missing at random).",
        "the multivariable model with imputed covariates",
    )
    time_varying: str = _words(
        "What is seen later counts from then on, and carries no treatment effect.",
        "the multivariable model with time-varying covariates",
    )


class Labels(Section):
    """What the analyses are called; landmark and sets of rules have their labels where they are."""

    primary: str = _name("Primary analysis", "the univariable Cox model")
    landmark: str = _name("Landmark at day {day}", "a landmark analysis; {day} is its day")
    iptw: str = _name("Inverse probability weights", "the analysis by 1 / propensity")
    overlap: str = _name("Overlap weights", "the analysis by propensity of the other arm")
    rule_set: str = _name("Set of rules: {label}", "a set of rules; {label} is its label")
    multivariable: str = _name("Multivariable model", "the model of the terms that entered")
    all_covariates: str = _name(
        "Model of all declared covariates", "the model of which no term was chosen"
    )
    imputed: str = _name("Multivariable model, imputed", "the model with imputed covariates")
    time_varying: str = _name(
        "Multivariable model, time-varying covariates", "the model with covariates as seen later"
    )


class Summary(Section):
    """One table and one forest plot; they state rows of the other results again."""

    labels: Labels = Field(
        Labels(),  # type: ignore[call-arg]
        description="what the analyses are called",
    )
    assumes: Assumptions = Field(
        Assumptions(),  # type: ignore[call-arg]
        description="what each rests on",
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="forest plot, a panel an endpoint")
