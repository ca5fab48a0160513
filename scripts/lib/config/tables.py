"""Parts of section `report`: the tables, and the printed numbers to compare with.

A table's id is the name of its files in `results/tables/`. Labels of variables and levels are those
of `cohort.variables` unless a row gives its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from scripts.lib.config.study import Section

Analysis = Annotated[str, Field(pattern=r"^[a-z_]+$")]


class GroupRow(Section):
    """Rows of a table whose columns are all patients together, each arm and the P value."""

    show: Literal["heading", "levels", "level", "events", "numeric", "median"] = Field(
        "levels",
        description="levels: a heading and one row a level, n (%); level: one row for `level`; "
        "events: one row, n (%) of patients; numeric: mean ± SD, or median and quartiles where a "
        "rank test was made; median: Kaplan-Meier median with limits",
    )
    analysis: Analysis | None = Field(None, description="file of results/ard; else the table's")
    variable: str | None = None
    level: str | None = Field(None, description="show: level")
    label: str | None = Field(None, description="else the variable's (show: level, the level's)")
    label_median: str | None = Field(None, description="numeric: label where the median is shown")
    levels: list[str] | None = Field(None, description="levels shown, in order; all when absent")
    labels: dict[str, str] = Field({}, description="labels of levels in place of their own")
    by_frequency: bool = Field(False, description="levels: the most frequent first")
    groups: list[str] | None = Field(None, description="arms that have this row; all when absent")
    p: Literal["overall", "each_level", "none"] = "none"
    mark: str = Field("", description="sign of a footnote, behind the label")
    p_mark: str = Field("", description="sign of a footnote, behind the P value")

    @model_validator(mode="after")
    def _complete(self) -> GroupRow:
        if (self.variable is None) != (self.show == "heading"):
            raise ValueError(f"{self.label}: a heading has no variable, any other row has one")
        if (self.level is None) != (self.show != "level"):
            raise ValueError(f"{self.variable}: `level` belongs to `show: level`")
        return self


class GroupTable(Section):
    """Patients by arm."""

    layout: Literal["groups"]
    label: str = Field(description="how the table is called, e.g. Table I")
    title: str
    head: str = Field(description="head of the first column")
    analysis: Analysis = Field(description="file of results/ard that rows come from")
    total: str | None = Field("Total", description="head of the column of all arms; none: absent")
    p_value: str | None = Field("P-value", description="head of the last column; none: absent")
    significant: str = Field("", description="sign of a footnote behind P below tests.alpha")
    rows: list[GroupRow] = Field(min_length=1)
    footnotes: list[str] = []


class CoxColumn(Section):
    """Hazard ratio and P value of one kind of model."""

    analysis: Literal["cox_univariable", "cox_multivariable"]
    head: str
    population: str = Field("all", description="all_covariates: the model of all declared ones")


class CoxRow(Section):
    """Rows of one covariate: reference and compared levels, or one row if continuous."""

    variable: str
    label: str | None = None
    labels: dict[str, str] = Field({}, description="labels of levels in place of their own")


class CoxTable(Section):
    """Cox models of one endpoint."""

    layout: Literal["cox"]
    label: str
    title: str
    head: str
    endpoint: str
    columns: list[CoxColumn] = Field(min_length=1)
    hazard_ratio: str = Field("HR ({confidence} CI)", description="head of the hazard ratios")
    p_value: str = Field("P-value", description="head of the P values")
    reference: str = Field("Reference", description="printed at the reference level")
    not_estimable: str = Field("Not estimable", description="printed where there is no estimate")
    rows: list[CoxRow] = Field(min_length=1)
    footnotes: list[str] = []


Table = Annotated[GroupTable | CoxTable, Field(discriminator="layout")]


class Published(Section):
    """Printed numbers of the paper that this study is compared with."""

    source: str = Field(description="what was printed where, e.g. a DOI")
    file: str = Field("published.csv", description="the numbers, in the config folder")
    settings: dict[str, str | float] = Field(
        {}, description="facts of the study that no computation uses, stated so as to be compared"
    )
