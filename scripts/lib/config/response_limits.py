"""Sub-section `sensitivity.response_limits`: limits of response, its duration, the swimmer plot."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.report import AnyFigure, Months
from scripts.lib.config.study import Section


class ShownTable(Section):
    """How a table is called."""

    label: str
    title: str
    footnotes: list[str] = []


class SwimmerFigure(AnyFigure):
    """One bar a patient."""

    x_label: str = "Months"


class DurationFigure(AnyFigure):
    """Curves of the duration of response."""

    x_label: str = "Months since the first response"
    y_label: str = "Still responding (%)"
    tick_months: int = Field(0, ge=0, description="months between ticks; 0: chosen to fit")
    band: bool = False
    median_lines: bool = True
    risk_table: list[Months] = ["at_risk"]


class ResponseLimits(Section):
    """Response with limits, confirmed and unconfirmed, and how long it lasts."""

    rates: dict[str, str] = Field(
        description="PARAMCD of ADRS with values Y and N: name (ORR, CORR, DCR)"
    )
    best: dict[str, str] = Field({}, description="PARAMCD of a best response: name (BOR, CBOR)")
    levels: list[str] = ["CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE", "MISSING"]
    endpoint: str = Field("pfs", description="its event or censoring ends the duration of response")
    follow_up: str = Field("os", description="endpoint that gives the time on study")
    months: list[int] = Field([6, 12], description="share still responding after so many months")
    table: ShownTable
    swimmer: SwimmerFigure
    duration: DurationFigure
