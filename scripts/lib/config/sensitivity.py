"""Section `sensitivity`: what is asked beyond the paper, each question a gated step of its own.

A part that is left out of the file is not computed; `enabled: false` leaves all of them out.
"""

from __future__ import annotations

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


class Sensitivity(Section):
    """Analyses beyond the paper."""

    enabled: bool = Field(True, description="false leaves all sensitivity analyses out")
    proportional_hazards: ProportionalHazards | None = None
    landmark: Landmark | None = None
    pfs_rule_sets: RuleSets | None = None
    response_limits: ResponseLimits | None = None
    ae_rates: AeRates | None = None
    interactions: Interactions | None = None
    confounding: Confounding | None = None
    model_checks: ModelChecks | None = None
    imputation: Imputation | None = None
    time_varying: TimeVarying | None = None
    summary: Summary | None = None
