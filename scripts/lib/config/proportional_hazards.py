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
        [6, 12, 18, 24], min_length=1, description="times of the survival beside the hazard ratio"
    )
    smooth_df: int = Field(4, ge=2, le=8, description="degrees of freedom of the smooth (spline)")
    table: ShownTable
    figure: AnyFigure
