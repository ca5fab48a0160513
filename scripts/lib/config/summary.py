"""Part `summary` of section `sensitivity`: every analysis of the treatment effect, together."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Assumptions(Section):
    """What each analysis rests on, in one sentence; that of a set of rules stands with the set."""

    primary: str = "Arms alike but for treatment; hazards proportional."
    ignoring: str = "The same; nobody is left out for what follows the start."
    landmark: str = "Of those event-free and observed at day {day}; silent on what came before."
    iptw: str = "No confounding but by the propensity score's covariates; effect in everybody."
    overlap: str = "The same; effect in those who could have had either treatment."
    multivariable: str = "No confounding but by the covariates of the model."
    all_covariates: str = "The same, of all declared covariates: none was chosen by its P value."
    imputed: str = "What is missing depends on what is known (missing at random)."
    time_varying: str = "What is seen later counts from then on, and carries no treatment effect."


class Labels(Section):
    """What the analyses are called; landmark and sets of rules have their labels where they are."""

    primary: str = "Primary analysis"
    landmark: str = "Landmark at day {day}"
    iptw: str = "Inverse probability weights"
    overlap: str = "Overlap weights"
    rule_set: str = "Set of rules: {label}"
    multivariable: str = "Multivariable model"
    all_covariates: str = "Model of all declared covariates"
    imputed: str = "Multivariable model, imputed"
    time_varying: str = "Multivariable model, time-varying covariates"


class Summary(Section):
    """One table and one forest plot; they state rows of the other results again."""

    labels: Labels = Labels()
    assumes: Assumptions = Assumptions()
    table: ShownTable
    figure: AnyFigure = Field(description="forest plot, a panel an endpoint")
