"""Part `pfs_rule_sets` of section `sensitivity`: one endpoint by several sets of rules, as data."""

from __future__ import annotations

from pydantic import ConfigDict, Field, model_validator

from scripts.lib.config.endpoints import Censoring, Date, Event
from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section


class RuleSet(Section):
    """What a set of rules changes in the rules of the base endpoint."""

    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="name in data and results")
    label: str = Field(description="name in tables and figures")
    assumes: str = Field(description="what the result rests on, in one sentence")
    events: list[Event] | None = Field(None, description="in place of the base's events")
    more_events: list[Event] = Field([], description="after the base's events")
    more_dates: list[Date] = Field([], description="after the base's dates")
    overrides: list[Censoring] | None = Field(None, description="in place of the base's overrides")
    censoring: list[Censoring] | None = Field(None, description="in place of the base's censoring")


class RuleSets(Section):
    """The base endpoint, and other sets of rules for the same patients."""

    base: str = Field(description="endpoint of the primary analysis")
    label: str = Field(description="the base's rules, in tables and figures")
    assumes: str = Field(description="what the primary result rests on, in one sentence")
    sets: list[RuleSet] = Field(min_length=1)
    table: ShownTable
    figure: AnyFigure

    @model_validator(mode="after")
    def _named_once(self) -> RuleSets:
        names = [self.base, *(one.id for one in self.sets)]
        if len(set(names)) < len(names):
            raise ValueError(f"sets: an id occurs twice, or is the base's ({', '.join(names)})")
        return self
