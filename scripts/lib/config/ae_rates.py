"""Sub-section `sensitivity.ae_rates`: adverse events by time under observation."""

from __future__ import annotations

from pydantic import Field, model_validator

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class Window(Section):
    """Days in which an adverse event counts; the same rule for every arm."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="name in the results: small letters, digits, _; unique",
        examples=["first90"],
    )
    label: str = Field(description="name in the table", examples=["First 90 days"])
    days: int | None = Field(
        None,
        gt=0,
        description="days from the start of treatment; left out: `after_end_days` says it",
        examples=[90],
    )
    after_end_days: int | None = Field(
        None,
        ge=0,
        description="from the start of treatment to so many days after its end; left out: `days` "
        "says it",
        examples=[30],
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Window:
        if (self.days is None) == (self.after_end_days is None):
            raise ValueError(f"{self.id}: give either `days` or `after_end_days`")
        return self


class RatesFigure(AnyFigure):
    """Percentages by term and grade on both sides, the risk differences beside them."""

    window: str = Field(description="id of the window that is drawn", examples=["first90"])
    any_grade: str = Field("AEDECOD", description="of `statistics.adverse_events`: counts by term")
    severe: str = Field("AEDECOD_GE3", description="the same of severe ones")
    grade_labels: tuple[str, str] = Field(
        ("Any grade", "Grade ≥ 3"), description="names of the two counts in the legend"
    )
    colours: list[str] = Field(
        [],
        description="of the arms, in their order; #RRGGBB; empty: those of `report.figures`",
        examples=[["#0072B2", "#D55E00"]],
    )


class AeRates(Section):
    """Rates per 100 patient-months, and risk differences in windows common to all arms."""

    follow_up: str = Field("os", description="endpoint whose time ends the observation")
    windows: list[Window] = Field(
        min_length=1,
        description="windows in which events count, in order",
        examples=[[{"id": "first90", "label": "First 90 days", "days": 90}]],
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: RatesFigure = Field(description="percentages and risk differences by term")

    @model_validator(mode="after")
    def _named(self) -> AeRates:
        ids = [window.id for window in self.windows]
        if len(set(ids)) < len(ids):
            raise ValueError("windows: an id occurs twice")
        if self.figure.window not in ids:
            raise ValueError(f"figure.window: {self.figure.window} is none of {', '.join(ids)}")
        return self
