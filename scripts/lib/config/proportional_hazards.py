"""Part `proportional_hazards` of section `sensitivity`: what each hazard ratio assumes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class ProportionalHazards(Section):
    """Test of proportional hazards, and what stands beside the hazard ratio where it fails."""

    transform: Literal["km", "rank", "identity", "log"] = Field(
        "km", description="time scale of the test; km is that of R's cox.zph"
    )
    alpha: float = Field(0.05, gt=0, lt=1, description="below it, hazards are not proportional")
    survival_months: list[int] = Field(
        [6, 12, 18, 24],
        min_length=1,
        description="months of the survival beside the hazard ratio",
    )
    tau_months: float | None = Field(
        None,
        gt=0,
        description="end of the restricted means, in months; null: the last time with min_at_risk",
        examples=[24],
    )
    min_at_risk: int = Field(
        10, ge=1, description="restricted means end where fewer are at risk in an arm"
    )
    smooth_df: int = Field(4, ge=2, le=8, description="degrees of freedom of the smooth (spline)")
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")
