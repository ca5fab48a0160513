"""Part `time_varying` of section `sensitivity`: covariates that were seen after the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator

from scripts.lib.config.landmark import LandmarkDays
from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.specs import later_names
from scripts.lib.config.study import Section

UNASKED: dict[str, Any] = {  # where config/sensitivity.yaml says nothing
    "covariates": [],
    "days": [90],
    "table": {
        "label": "Time-varying covariates",
        "title": "Covariates seen after the start of treatment.",
        "footnotes": [],
    },
    "figure": {
        "label": "Time-varying covariates",
        "title": "Covariates seen after the start of treatment",
        "caption": "",
    },
}


class LaterCovariate(Section):
    """A yes/no variable of `cohort.variables` that is declared post_baseline."""

    name: str = Field(
        description="yes/no variable declared `timing: post_baseline`", examples=["BRAINMET"]
    )
    date: str | None = Field(
        None,
        description="variable that holds the day on which it was first seen; left out where the "
        "variable has `pick: any`, whose day is that of its first row",
        examples=["BRAINMETDT"],
    )


class TimeVarying(Section):
    """Each covariate as if known from the start, as it was seen, and as known at landmarks.

    Those that a figure, a stratum or a model uses are added (`with_used`).
    """

    covariates: list[LaterCovariate] = Field(
        min_length=1,
        description="covariates to look at, beside those that figures, strata and models use",
        examples=[[{"name": "BRAINMET"}]],
    )
    days: LandmarkDays = Field(
        [90],
        description="landmarks in days, ascending: status as known then, of those event-free and "
        "observed after",
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")

    @field_validator("covariates")
    @classmethod
    def _named_once(cls, covariates: list[LaterCovariate]) -> list[LaterCovariate]:
        names = [covariate.name for covariate in covariates]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"covariates named twice: {', '.join(twice)}")
        return covariates


def with_used(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with every covariate seen later that is used, asked for or not.

    A study that groups or models by such a covariate gets its time-varying form by itself.
    """
    section = config["sensitivity"]
    asked = section["time_varying"] or UNASKED
    named = {covariate["name"] for covariate in asked["covariates"]}
    used = [{"name": name, "date": None, "unasked": True} for name in used_later(config)
            if name not in named]  # fmt: skip
    if not used:
        return dict(config)
    whole = asked | {"covariates": [*asked["covariates"], *used]}
    return dict(config) | {"sensitivity": section | {"time_varying": whole}}


def used_later(config: Mapping[str, Any]) -> list[str]:
    """Variables known only after the start that a figure, a stratum or a model uses."""
    statistics, figures = config["statistics"], config["report"]["figures"]
    used = [term["name"] for term in statistics["cox"]["terms"]]
    used += statistics["subgroups"]["variables"]
    used += [stratum["name"] for stratum in statistics["strata"]]
    for figure in figures["strata"].values():
        used += [panel["variable"] for panel in figure["panels"]]
    for figure in figures["progression_sites"].values():
        used += figure["variables"]
    late = later_names(config)
    return [name for name in dict.fromkeys(used) if name in late]
