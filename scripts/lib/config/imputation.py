"""Sub-section `sensitivity.imputation`: missing covariates of the multivariable models."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Imputation(Section):
    """Multiple imputation by chained equations."""

    imputations: int = Field(20, ge=2, le=1000, description="completed data sets")
    cycles: int = Field(10, ge=1, le=100, description="rounds over the incomplete covariates")
    donors: int = Field(5, ge=1, description="numeric: drawn from so many nearest patients")
    seed: int = Field(
        20260501, ge=0, description="of the random numbers; the same gives the same result"
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")
