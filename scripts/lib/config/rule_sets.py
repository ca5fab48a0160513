"""Part `pfs_rule_sets` of section `sensitivity`: one endpoint by several sets of rules, as data."""

from __future__ import annotations

from pydantic import ConfigDict, Field, model_validator

from scripts.lib.config.endpoints import Censoring, Date, Event
from scripts.lib.config.report import AnyFigure
from scripts.lib.config.response_limits import ShownTable
from scripts.lib.config.study import Section

_CENSORED = {
    "at": "START",
    "code": 3,
    "description": "New therapy",
    "date_description": "Start of treatment",
}


class RuleSet(Section):
    """What a set of rules changes in the rules of the base endpoint."""

    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="name in data and results: small letters, digits, _; unique",
        examples=["fda"],
    )
    label: str = Field(description="name in tables and figures", examples=["FDA-like"])
    assumes: str = Field(
        description="what the result rests on, in one sentence",
        examples=["A new therapy is given because the disease has progressed."],
    )
    events: list[Event] | None = Field(
        None,
        description="in place of the base's events; left out: the base's",
        examples=[[{"id": "DEATH", "description": "Death", "from": [{"variable": "DTHDT"}]}]],
    )
    more_events: list[Event] = Field(
        [],
        description="after the base's events",
        examples=[
            [{"id": "NEXT", "description": "New therapy", "from": [{"variable": "L3_START"}]}]
        ],
    )
    more_dates: list[Date] = Field(
        [],
        description="after the base's dates",
        examples=[[{"id": "NEW_THERAPY", "from": [{"variable": "L3_START"}]}]],
    )
    overrides: list[Censoring] | None = Field(
        None,
        description="in place of the base's overrides; left out: the base's",
        examples=[[_CENSORED | {"when": "NEW_THERAPY < EVENT"}]],
    )
    censoring: list[Censoring] | None = Field(
        None,
        description="in place of the base's censoring; left out: the base's",
        examples=[[_CENSORED]],
    )


class RuleSets(Section):
    """The base endpoint, and other sets of rules for the same patients."""

    base: str = Field(
        description="id of the endpoint whose rules the sets change", examples=["pfs"]
    )
    label: str = Field(
        description="name of the base's rules in tables and figures", examples=["Paper"]
    )
    assumes: str = Field(
        description="what the primary result rests on, in one sentence",
        examples=["Progression or death is an event, whenever it was seen."],
    )
    sets: list[RuleSet] = Field(
        min_length=1,
        description="other sets of rules, in order",
        examples=[[{"id": "fda", "label": "FDA-like", "assumes": "...", "more_dates": []}]],
    )
    table: ShownTable = Field(description="how the table of it is called")
    figure: AnyFigure = Field(description="the figure of these results")

    @model_validator(mode="after")
    def _named_once(self) -> RuleSets:
        names = [self.base, *(one.id for one in self.sets)]
        if len(set(names)) < len(names):
            raise ValueError(f"sets: an id occurs twice, or is the base's ({', '.join(names)})")
        return self
