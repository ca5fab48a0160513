"""Section `report`: figures and the report page; tables and the published numbers come in beside.

A figure's id is the name of its files in `results/figures/`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from scripts.lib.config.study import Section
from scripts.lib.config.tables import Published, Table
from scripts.lib.config.traces import Traces

Months = Literal["at_risk", "censored", "events"]
COLOUR = r"^#[0-9A-Fa-f]{6}$"


class AnyFigure(Section):
    """What every figure has."""

    label: str = Field(description="how it is called, e.g. Figure 1")
    title: str = Field(description="short title, in the list of figures and the files' metadata")
    caption: str = Field("", description="legend below the figure, abbreviations spelt out")


class AttritionFigure(AnyFigure):
    """Flow chart of the selection of patients."""

    start: str = Field("Patients screened", description="first box")
    end: str = Field("Analysed", description="last boxes, one an arm")
    excluded: str = Field("Excluded", description="head of the boxes at the side")


class CurveOptions(AnyFigure):
    """How Kaplan-Meier curves are drawn."""

    endpoint: str = Field(description="id of the endpoint")
    x_label: str = "Months"
    y_label: str = "Survival (%)"
    tick_months: int = Field(0, ge=0, description="months between ticks; 0: chosen to fit")
    band: bool = Field(False, description="pointwise confidence band of every curve")
    median_lines: bool = Field(True, description="dashed lines at the medians")
    risk_table: list[Months] = Field(["at_risk"], description="blocks of numbers below the plot")


class EndpointFigure(CurveOptions):
    """Curves of the arms; below, where subgroups are analysed, the forest plot."""

    panel_titles: tuple[str, str] = ("All patients", "Subgroups")
    subgroups: bool = Field(True, description="draw the forest plot")
    overall: str = Field("All patients", description="first line of the forest plot")
    compared: str | None = Field(
        None, description="arm of the forest plot's hazard ratios; the first that is no reference"
    )
    favours: str = Field("Favours {arm}", description="direction of benefit; {arm} is its label")
    limits: tuple[float, float] | None = Field(
        None, description="ends of the hazard ratio axis; chosen to fit when absent"
    )


class StrataPanel(Section):
    """Curves by the levels of a variable, in one arm or (no `arm`) in every arm."""

    title: str
    variable: str
    arm: str | None = None
    label: str = Field("{level}", description="a curve's name; may hold {arm} and {level}")
    labels: dict[str, str] = Field({}, description="names of curves: `level` or `arm level`")


class StrataFigure(CurveOptions):
    """Several panels of curves, two in a row."""

    panels: list[StrataPanel] = Field(min_length=1)


class SitesFigure(AnyFigure):
    """Grouped bars: percentage of patients with each site, by arm."""

    variables: dict[str, str] = Field(description="variable of the analysis: name below the bars")
    level: str = Field("yes", description="the level that is counted")
    analysis: str = "progression_sites"
    y_label: str = "Patients (%)"


class Figures(Section):
    """All figures, by kind and id."""

    dpi: int = Field(250, ge=100, le=600, description="of the PNG")
    colours: list[str] = Field(
        [], description="of the arms, in their order; #RRGGBB (others from a safe palette)"
    )
    attrition: dict[str, AttritionFigure] = {}
    kaplan_meier: dict[str, EndpointFigure] = {}
    strata: dict[str, StrataFigure] = {}
    progression_sites: dict[str, SitesFigure] = {}

    @model_validator(mode="after")
    def _an_id_names_one_figure(self) -> Figures:
        kinds = (self.attrition, self.kaplan_meier, self.strata, self.progression_sites)
        ids = [name for kind in kinds for name in kind]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"two figures have the id {', '.join(sorted(twice))}")
        return self


class Page(Section):
    """The report page."""

    title: str = Field(description="head of the page")
    introduction: str = Field("", description="first paragraph")


class Report(Section):
    """What is shown, and how."""

    figures: Figures = Figures()  # type: ignore[call-arg]
    page: Page
    tables: dict[str, Table] = {}
    published: Published | None = Field(None, description="absent: nothing to compare with")
    traces: Traces = Traces()  # type: ignore[call-arg]
