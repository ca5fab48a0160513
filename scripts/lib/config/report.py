"""Section `report`: figures and the report page; tables and the published numbers come in beside.

A figure's id is the name of its files in `results/figures/`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from scripts.lib.config.study import Section
from scripts.lib.config.tables import Published, Table
from scripts.lib.config.traces import Traces

Months = Literal["at_risk", "censored", "events"]
COLOUR = r"^#[0-9A-Fa-f]{6}$"


class AnyFigure(Section):
    """What every figure has."""

    label: str = Field(description="how it is called; no two figures alike", examples=["Figure 1"])
    title: str = Field(
        description="short title, in the list of figures and the files' metadata",
        examples=["PFS analysis"],
    )
    caption: str = Field(
        "",
        description="legend below the figure, abbreviations spelt out; {confidence} and {alpha} "
        "are filled in; empty: none",
        examples=["Progression-free survival (PFS) by arm."],
    )


class AttritionFigure(AnyFigure):
    """Flow chart of the selection of patients."""

    start: str = Field("Patients screened", description="first box")
    end: str = Field("Analysed", description="last boxes, one an arm")
    excluded: str = Field("Excluded", description="head of the boxes at the side")


class CurveOptions(AnyFigure):
    """How Kaplan-Meier curves are drawn."""

    endpoint: str = Field(description="id of an analysed endpoint", examples=["pfs"])
    x_label: str = Field("Months", description="below the axis of time, which runs in months")
    y_label: str = Field("Survival (%)", description="beside the axis of survival")
    tick_months: int = Field(0, ge=0, description="months between ticks; 0: chosen to fit")
    band: bool = Field(False, description="pointwise confidence band of every curve")
    median_lines: bool = Field(True, description="dashed lines at the medians")
    risk_table: list[Months] = Field(
        ["at_risk"],
        description="numbers below the plot, in order: at_risk, censored, events; []: none",
    )


class EndpointFigure(CurveOptions):
    """Curves of the arms; below, where subgroups are analysed, the forest plot."""

    panel_titles: tuple[str, str] = Field(
        ("All patients", "Subgroups"), description="titles of the curves and of the forest plot"
    )
    subgroups: bool = Field(True, description="draw the forest plot")
    overall: str = Field("All patients", description="first line of the forest plot")
    compared: str | None = Field(
        None,
        description="id of the arm of the forest plot's hazard ratios; left out: the first that is "
        "no reference",
        examples=["osimertinib"],
    )
    favours: str = Field("Favours {arm}", description="direction of benefit; {arm} is its label")
    limits: tuple[float, float] | None = Field(
        None,
        description="ends of the hazard ratio axis; left out: chosen to fit",
        examples=[[0.1, 10]],
    )


class StrataPanel(Section):
    """Curves by the levels of a variable, in one arm or (no `arm`) in every arm."""

    title: str = Field(
        description="above the panel, behind its letter",
        examples=["With and without radiotherapy"],
    )
    variable: str = Field(description="one of `statistics.strata`", examples=["L2RT"])
    arm: str | None = Field(
        None,
        description="id of the arm whose patients are drawn; left out: every arm",
        examples=["serplulimab"],
    )
    label: str = Field("{level}", description="a curve's name; may hold {arm} and {level}")
    labels: dict[str, str] = Field(
        {},
        description="`level` or `arm level`: name of that curve, in place of `label`",
        examples=[{"serplulimab yes": "Serplulimab + radiotherapy"}],
    )


class StrataFigure(CurveOptions):
    """Several panels of curves, two in a row."""

    panels: list[StrataPanel] = Field(
        min_length=1,
        description="in order, two in a row",
        examples=[[{"title": "With and without radiotherapy", "variable": "L2RT"}]],
    )


class SitesFigure(AnyFigure):
    """Grouped bars: percentage of patients with each site, by arm."""

    variables: dict[str, str] = Field(
        description="variable of the analysis: name below the bars",
        examples=[{"BRAINMET": "Brain"}],
    )
    level: str = Field("yes", description="the level that is counted, in quotes")
    analysis: str = Field("progression_sites", description="file of results/ard that is drawn")
    y_label: str = Field("Patients (%)", description="beside the axis of percentages")


def _figures(what: str) -> Any:
    return Field({}, description=f"id, the name of its files: {what}; empty: none")


class Figures(Section):
    """All figures, by kind and id."""

    dpi: int = Field(250, ge=100, le=600, description="of the PNG")
    colours: list[str] = Field(
        [],
        description="of the arms, in their order; #RRGGBB (others from a safe palette)",
        examples=[["#0072B2", "#D55E00"]],
    )
    attrition: dict[str, AttritionFigure] = _figures("flow chart of the selection")
    kaplan_meier: dict[str, EndpointFigure] = _figures(
        "curves of an endpoint by arm, and its forest plot"
    )
    strata: dict[str, StrataFigure] = _figures("panels of curves by levels of variables")
    progression_sites: dict[str, SitesFigure] = _figures("bars of sites of progression by arm")

    @model_validator(mode="after")
    def _an_id_names_one_figure(self) -> Figures:
        kinds = (self.attrition, self.kaplan_meier, self.strata, self.progression_sites)
        ids = [name for kind in kinds for name in kind]
        if twice := {name for name in ids if ids.count(name) > 1}:
            raise ValueError(f"two figures have the id {', '.join(sorted(twice))}")
        return self


class Page(Section):
    """The report page."""

    title: str = Field(description="head of the page", examples=["New drug against old drug"])
    introduction: str = Field(
        "",
        description="first paragraph; empty: none",
        examples=["Every number leads to the patients behind it."],
    )


class Report(Section):
    """What is shown, and how."""

    figures: Figures = Field(
        Figures(),  # type: ignore[call-arg]
        description="the figures, by kind and id",
    )
    page: Page = Field(description="the report page")
    tables: dict[str, Table] = Field(
        {},
        description="id, the name of its files: a table, by `layout` (groups, cox); in order",
    )
    published: Published | None = Field(None, description="left out: nothing to compare with")
    traces: Traces = Field(
        Traces(),  # type: ignore[call-arg]
        description="pages that lead from a number to its patients and raw cells",
    )
