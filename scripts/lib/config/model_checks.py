"""Sub-section `sensitivity.model_checks`: when a Cox model is marked as one to doubt."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class ModelChecks(Section):
    """Limits of the checks; a model beyond one is marked, and nothing stops."""

    min_events_per_parameter: float = Field(10, gt=0, description="fewer: too many parameters")
    min_events_in_level: int = Field(5, ge=0, description="fewer: a level with few events")
    max_vif: float = Field(5, gt=1, description="variance inflation above it: collinear")
    max_condition_number: float = Field(
        30, gt=1, description="of the standardised design matrix; above it: collinear"
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")
