"""Part `landmark` of section `sensitivity`: the effect of an exclusion that looks ahead."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


def _once_and_in_order(days: list[int]) -> list[int]:
    if sorted(set(days)) != days:
        raise ValueError("name each landmark once, the earliest first")
    return days


LandmarkDays = Annotated[list[Annotated[int, Field(gt=0)]], AfterValidator(_once_and_in_order)]


class Landmark(Section):
    """The analysis without some criteria, and landmark analyses of those patients."""

    ignoring: list[str] = Field(
        min_length=1,
        description="ids of criteria that look ahead, e.g. an exclusion of early deaths",
        examples=[["early_death"]],
    )
    days: LandmarkDays = Field(
        [30, 60, 90],
        description="landmarks in days, ascending: of who is event-free and under observation then",
    )
    label: str = Field(
        "Without the exclusion", description="the analysis without them, in table and figure"
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")
