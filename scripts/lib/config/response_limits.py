"""Sub-section `sensitivity.response_limits`: limits of response, its duration, the swimmer plot."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure, Months
from scripts.lib.config.study import Section


class ShownTable(Section):
    """How a table is called."""

    label: str = Field(description="no two tables alike", examples=["Table SII"])
    title: str = Field(
        description="stands behind the label", examples=["Response with confidence limits."]
    )
    footnotes: list[str] = Field(
        [],
        description="below the table; {confidence} and {alpha} are filled in",
        examples=[["CI, confidence interval."]],
    )


class SwimmerFigure(AnyFigure):
    """One bar a patient."""

    x_label: str = Field("Months", description="below the axis of time, which runs in months")


class DurationFigure(AnyFigure):
    """Curves of the duration of response."""

    x_label: str = Field(
        "Months since the first response",
        description="below the axis of time, which runs in months",
    )
    y_label: str = Field("Still responding (%)", description="beside the axis of percentages")
    tick_months: int = Field(0, ge=0, description="months between ticks; 0: chosen to fit")
    band: bool = Field(False, description="pointwise confidence band of every curve")
    median_lines: bool = Field(True, description="dashed lines at the medians")
    risk_table: list[Months] = Field(
        ["at_risk"],
        description="numbers below the plot, in order: at_risk, censored, events; []: none",
    )


class ResponseLimits(Section):
    """Response with limits, confirmed and unconfirmed, and how long it lasts."""

    rates: dict[str, str] = Field(
        description="PARAMCD of adrs with values Y and N (ORR, CORR, DCR): name in the table",
        examples=[{"ORR": "Objective response (CR + PR), unconfirmed"}],
    )
    best: dict[str, str] = Field(
        {},
        description="PARAMCD of a best response (BOR, CBOR): name in the table; empty: none",
        examples=[{"BOR": "Best response, unconfirmed"}],
    )
    levels: list[str] = Field(
        ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING"],
        description="best responses that are counted, in this order",
    )
    endpoint: str = Field("pfs", description="its event or censoring ends the duration of response")
    follow_up: str = Field("os", description="endpoint that gives the time on study")
    months: list[int] = Field([6, 12], description="share still responding after so many months")
    table: ShownTable = Field(description="how the table of it is called")
    swimmer: SwimmerFigure = Field(description="figure with one bar a patient")
    duration: DurationFigure = Field(description="curves of the duration of response")
