"""Part `summary` of section `sensitivity`: every analysis of the treatment effect, together."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Assumptions(Section):
    """What each analysis rests on, in one sentence; that of a set of rules stands with the set."""

    primary: str = "The arms differ in nothing but treatment; hazards are proportional."
    ignoring: str = "Who has an early event belongs to those whom the treatment is for."
    landmark: str = "Of those event-free and observed at day {day}; silent on what came before."
    iptw: str = "No confounding but by the propensity score's covariates; effect in everybody."
    overlap: str = "The same; effect in those who could have had either treatment."
    multivariable: str = "No confounding but by the covariates of the model."
    imputed: str = "What is missing depends on what is known (missing at random)."
    time_varying: str = (
        "The same, and what is seen after the start counts from then; it carries no effect of "
        "treatment."
    )


class Labels(Section):
    """What the analyses are called; landmark and sets of rules have their labels where they are."""

    primary: str = "Primary analysis"
    landmark: str = "Landmark at day {day}"
    iptw: str = "Inverse probability weights"
    overlap: str = "Overlap weights"
    rule_set: str = "Set of rules: {label}"
    multivariable: str = "Multivariable model"
    imputed: str = "Multivariable model, imputed"
    time_varying: str = "Multivariable model, time-varying covariates"


class Summary(Section):
    """One table and one forest plot; they state rows of the other results again."""

    labels: Labels = Labels()
    assumes: Assumptions = Assumptions()
    table: ShownTable
    figure: AnyFigure = Field(description="forest plot, a panel an endpoint")
