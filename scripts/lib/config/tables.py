"""Parts of section `report`: the tables, and the printed numbers to compare with.

A table's id is the name of its files in `results/tables/`. Labels of variables and levels are those
of `cohort.variables` unless a row gives its own.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from scripts.lib.config.study import Section

Analysis = Annotated[str, Field(pattern=r"^[a-z_]+$")]


def _footnotes() -> Any:
    return Field(
        [],
        description="below the table, before those that name the tests; {confidence} and {alpha} "
        "are filled in",
        examples=[["SD, standard deviation."]],
    )


class GroupRow(Section):
    """Rows of a table whose columns are all patients together, each arm and the P value."""

    show: Literal["heading", "levels", "level", "events", "numeric", "median"] = Field(
        "levels",
        description="levels: a heading and one row a level, n (%); level: one row for `level`; "
        "events: one row, n (%) of patients; numeric: mean ± SD, or median and quartiles where a "
        "rank test was made; median: Kaplan-Meier median with limits",
    )
    analysis: Analysis | None = Field(
        None,
        description="file of results/ard that the row comes from; left out: the table's",
        examples=["treatment_patterns"],
    )
    variable: str | None = Field(
        None,
        description="variable of the analysis; every row but a heading has one",
        examples=["SEX"],
    )
    level: str | None = Field(
        None, description="show level: which level; yes and no in quotes", examples=["yes"]
    )
    label: str | None = Field(
        None,
        description="what stands in the first column; left out: the variable's label (show level: "
        "the level's)",
        examples=["Sex, n (%)"],
    )
    label_median: str | None = Field(
        None,
        description="numeric: label where the median is shown; left out: `label`",
        examples=["Median age (IQR), years"],
    )
    levels: list[str] | None = Field(
        None,
        description="levels shown, in order; left out: all",
        examples=[["yes", "no"]],
    )
    labels: dict[str, str] = Field(
        {},
        description="level: label in place of its own",
        examples=[{"anemia": "Anemia"}],
    )
    by_frequency: bool = Field(False, description="levels: the most frequent first")
    groups: list[str] | None = Field(
        None,
        description="ids of the arms that have this row; left out: all",
        examples=[["serplulimab"]],
    )
    p: Literal["overall", "each_level", "none"] = Field(
        "none", description="P value printed: one for the variable, one a level, or none"
    )
    mark: str = Field(
        "", description="sign of a footnote, behind the label; empty: none", examples=["ᵇ"]
    )
    p_mark: str = Field(
        "", description="sign of a footnote, behind the P value; empty: none", examples=["ᵈ"]
    )

    @model_validator(mode="after")
    def _complete(self) -> GroupRow:
        if (self.variable is None) != (self.show == "heading"):
            raise ValueError(f"{self.label}: a heading has no variable, any other row has one")
        if (self.level is None) != (self.show != "level"):
            raise ValueError(f"{self.variable}: `level` belongs to `show: level`")
        return self


class GroupTable(Section):
    """Patients by arm."""

    layout: Literal["groups"] = Field(
        description="groups: columns are all patients, each arm and the P value"
    )
    label: str = Field(
        description="how the table is called; no two tables alike", examples=["Table I"]
    )
    title: str = Field(
        description="stands behind the label", examples=["Baseline characteristics."]
    )
    head: str = Field(description="head of the first column", examples=["Patient characteristics"])
    analysis: Analysis = Field(
        description="file of results/ard that rows come from", examples=["baseline"]
    )
    total: str | None = Field(
        "Total", description="head of the column of all arms; null: no such column"
    )
    p_value: str | None = Field(
        "P-value", description="head of the last column; null: no such column"
    )
    significant: str = Field(
        "",
        description="sign of a footnote behind P below `tests.alpha`; empty: none",
        examples=["ᵃ"],
    )
    rows: list[GroupRow] = Field(
        min_length=1,
        description="in order",
        examples=[[{"variable": "SEX", "label": "Sex, n (%)", "p": "overall"}]],
    )
    footnotes: list[str] = _footnotes()


class CoxColumn(Section):
    """Hazard ratio and P value of one kind of model."""

    analysis: Literal["cox_univariable", "cox_multivariable"] = Field(
        description="which kind of model"
    )
    head: str = Field(
        description="head over its hazard ratio and P value", examples=["Univariable analysis"]
    )
    population: str = Field(
        "all",
        description="all, or (multivariable) all_covariates: the model of all declared ones, none "
        "chosen by its P",
    )


class CoxRow(Section):
    """Rows of one covariate: reference and compared levels, or one row if continuous."""

    variable: str = Field(
        description="a term of `statistics.cox`, or TRT01A for the arm", examples=["AGE"]
    )
    label: str | None = Field(
        None, description="left out: the variable's label", examples=["Age, per year"]
    )
    labels: dict[str, str] = Field(
        {}, description="level: label in place of its own", examples=[{"male": "Men"}]
    )


class CoxTable(Section):
    """Cox models of one endpoint."""

    layout: Literal["cox"] = Field(
        description="cox: hazard ratios and P values of models of one endpoint"
    )
    label: str = Field(
        description="how the table is called; no two tables alike", examples=["Table III"]
    )
    title: str = Field(description="stands behind the label", examples=["Risk factors of PFS."])
    head: str = Field(description="head of the first column", examples=["Patient characteristics"])
    endpoint: str = Field(description="id of an analysed endpoint", examples=["pfs"])
    columns: list[CoxColumn] = Field(
        min_length=1,
        description="kinds of models, side by side",
        examples=[[{"analysis": "cox_univariable", "head": "Univariable analysis"}]],
    )
    hazard_ratio: str = Field("HR ({confidence} CI)", description="head of the hazard ratios")
    p_value: str = Field("P-value", description="head of the P values")
    reference: str = Field("Reference", description="printed at the reference level")
    not_estimable: str = Field("Not estimable", description="printed where there is no estimate")
    rows: list[CoxRow] = Field(
        min_length=1,
        description="covariates in order",
        examples=[[{"variable": "TRT01A", "label": "Treatment"}]],
    )
    footnotes: list[str] = _footnotes()


Table = Annotated[GroupTable | CoxTable, Field(discriminator="layout")]


class Published(Section):
    """Printed numbers of the paper that this study is compared with."""

    source: str = Field(
        description="what was printed where, e.g. a DOI", examples=["DOI 10.3892/ol.2026.15638"]
    )
    file: str = Field("published.csv", description="the numbers, a CSV in the config folder")
    settings: dict[str, str | float] = Field(
        {},
        description="facts of the study that no computation uses, stated so as to be compared",
        examples=[{"ctcae_version": "5.0"}],
    )
