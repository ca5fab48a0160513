"""Section `sensitivity`: what is asked beyond the paper, each question a gated step of its own.

A part that is left out of the file is not computed; `enabled: false` leaves all of them out.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from scripts.lib.config.ae_rates import AeRates
from scripts.lib.config.confounding import Confounding
from scripts.lib.config.imputation import Imputation
from scripts.lib.config.interactions import Interactions
from scripts.lib.config.landmark import Landmark
from scripts.lib.config.model_checks import ModelChecks
from scripts.lib.config.proportional_hazards import ProportionalHazards
from scripts.lib.config.response_limits import ResponseLimits
from scripts.lib.config.rule_sets import RuleSets
from scripts.lib.config.study import Section
from scripts.lib.config.summary import Summary
from scripts.lib.config.time_varying import TimeVarying


def _part(what: str) -> Any:
    return Field(None, description=f"{what}; left out: not computed")


class Sensitivity(Section):
    """Analyses beyond the paper."""

    enabled: bool = Field(True, description="false leaves all sensitivity analyses out")
    proportional_hazards: ProportionalHazards | None = _part(
        "test of proportional hazards, and restricted means"
    )
    landmark: Landmark | None = _part("an exclusion that looks ahead, and landmark analyses")
    pfs_rule_sets: RuleSets | None = _part("one endpoint by several sets of rules")
    response_limits: ResponseLimits | None = _part(
        "response with confidence limits, its duration, the course of every patient"
    )
    ae_rates: AeRates | None = _part("adverse events by time under observation")
    interactions: Interactions | None = _part("tests of interaction, adjusted for their number")
    confounding: Confounding | None = _part("propensity score and weighted comparison")
    model_checks: ModelChecks | None = _part("what each Cox model rests on")
    imputation: Imputation | None = _part("multivariable models with imputed covariates")
    time_varying: TimeVarying | None = _part("covariates that were seen after the start")
    summary: Summary | None = _part("every analysis of the treatment effect, together")
