"""Part `time_varying` of section `sensitivity`: covariates that were seen after the start."""

from __future__ import annotations

from pydantic import Field, field_validator

from scripts.lib.config.landmark import LandmarkDays
from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class LaterCovariate(Section):
    """A yes/no variable of `cohort.variables` that is declared post_baseline."""

    name: str
    date: str | None = Field(
        None,
        description="variable that holds the day on which it was first seen; left out where the "
        "variable has `pick: any`, whose day is that of its first row",
    )


class TimeVarying(Section):
    """Each covariate as if known from the start, as it was seen, and as known at landmarks.

    Those that a figure, a stratum or a model uses are added (`time_varying_settings.with_used`).
    """

    covariates: list[LaterCovariate] = Field(min_length=1)
    days: LandmarkDays = Field(
        [90], description="landmarks: status as known then, of those event-free and observed after"
    )
    table: ShownTable
    figure: AnyFigure

    @field_validator("covariates")
    @classmethod
    def _named_once(cls, covariates: list[LaterCovariate]) -> list[LaterCovariate]:
        names = [covariate.name for covariate in covariates]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"covariates named twice: {', '.join(twice)}")
        return covariates
