"""Sub-section `sensitivity.confounding`: propensity score, weights and what they must fulfil."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Covariate(Section):
    """A covariate: one of `cohort.variables`, known when treatment began."""

    name: str = Field(
        description="variable of adsl that was known at the start of treatment", examples=["AGE"]
    )
    kind: Literal["numeric", "categorical"] = Field(
        "categorical", description="numeric: as it is; categorical: one indicator a level"
    )


class BalanceFigure(AnyFigure):
    """Love plot beside it, for each endpoint, curves with and without weights."""

    panel_title: str = Field("Balance of the covariates", description="title of the love plot")
    x_label: str = Field(
        "Absolute standardised mean difference", description="below the axis of the love plot"
    )
    curves: Literal["iptw", "overlap"] = Field(
        "overlap",
        description="weights of the curves drawn: inverse probability of treatment, or overlap",
    )
    curve_x_label: str = Field("Months", description="below the curves; time runs in months")
    curve_y_label: str = Field("Survival (%)", description="beside the curves")


class Confounding(Section):
    """Weighted comparison of each arm with the reference arm."""

    covariates: list[Covariate] = Field(
        min_length=1,
        description="of the propensity score",
        examples=[[{"name": "AGE", "kind": "numeric"}, {"name": "SEX"}]],
    )
    stabilised: bool = Field(
        True, description="true: inverse probability weights times the arm's share"
    )
    max_smd: float = Field(
        0.1,
        gt=0,
        le=1,
        description="balance: largest absolute standardised mean difference at most",
    )
    propensity_range: tuple[float, float] = Field(
        (0.05, 0.95),
        description="two probabilities: a propensity outside is no overlap, whoever else has it",
    )
    min_overlap: float = Field(
        90,
        ge=0,
        le=100,
        description="positivity: percent of patients with overlap at least; with fewer, the effect "
        "in more than one patient of ten is extrapolated (docs/statistics.md)",
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: BalanceFigure = Field(description="love plot and weighted curves")

    @model_validator(mode="after")
    def _sound(self) -> Confounding:
        names = [covariate.name for covariate in self.covariates]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"covariates named twice: {', '.join(twice)}")
        low, high = self.propensity_range
        if not 0 <= low < high <= 1:
            raise ValueError("propensity_range: two probabilities expected, the smaller first")
        return self
