"""Section `endpoints`: rules of time-to-event endpoints, of response and of adverse events."""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from scripts.lib.config.cohort import IDENTIFIER, NAME
from scripts.lib.config.specs import EVENT, START, expressions_of
from scripts.lib.config.study import Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names


class _Aliased(Section):
    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)


class Source(Section):
    """Where dates come from: rows of a table, or a variable of the subjects."""

    table: str | None = None
    date: str | None = Field(None, description="column with the date")
    where: str | None = Field(None, description="rows that count")
    variable: str | None = Field(None, description="variable with the date, in place of a table")

    @model_validator(mode="after")
    def _one_of_two(self) -> Source:
        if (self.table is None) == (self.variable is None):
            raise ValueError("give either `table` and `date`, or `variable`")
        if self.table and not self.date:
            raise ValueError(f"table {self.table}: `date` is missing")
        return self


class Date(_Aliased):
    """One date per patient, from one or more sources."""

    id: str = Field(pattern=NAME, description="name in expressions and in `at`")
    from_: list[Source] = Field(alias="from", min_length=1)
    pick: Literal["first", "last", "only", "before_gap"] = Field(
        "first", description="only: contradicting dates = none; before_gap: last before a gap"
    )
    gap_days: int | None = Field(None, gt=0, description="before_gap: a longer pause is a gap")

    @model_validator(mode="after")
    def _gap(self) -> Date:
        if (self.pick == "before_gap") != (self.gap_days is not None):
            raise ValueError(f"{self.id}: gap_days and pick before_gap belong together")
        return self


class Event(Date):
    """What ends the time as an event; the earliest counts, on one day the first listed."""

    description: str = Field(description="EVNTDESC")


class Censoring(Section):
    """Where and why time is censored, if `when` holds and there is such a date."""

    at: str = Field(description="START, or the id of a date")
    code: int = Field(gt=0, description="CNSR: a positive number; several reasons may share one")
    description: str = Field(description="EVNTDESC: why there is no event")
    date_description: str = Field(description="CNSDTDSC: what the date is")
    when: str | None = Field(None, description="expression over variables, dates, START, EVENT")


class Endpoint(Section):
    """A time-to-event endpoint as an ordered rule."""

    param: str = Field(description="PARAMCD")
    label: str
    start: str = Field(description="variable with the date that time runs from")
    population: Literal["included", "screened"] = Field(
        "included", description="screened: everyone with an arm and a start"
    )
    ignoring: list[str] = Field([], description="criteria that do not exclude here")
    not_after: str | None = Field(
        None, description="variable (death): a later record is impossible; ignored and reported"
    )
    events: list[Event] = Field(min_length=1)
    dates: list[Date] = Field([], description="other dates that the rules below use, in order")
    overrides: list[Censoring] = Field([], description="tested before the event counts, in order")
    censoring: list[Censoring] = Field(min_length=1, description="without event, in order")

    @model_validator(mode="after")
    def _closed(self) -> Endpoint:
        ids = [date.id for date in (*self.events, *self.dates)]
        if len({*ids, START, EVENT}) < len(ids) + 2:
            raise ValueError("events, dates: an id occurs twice, or is START or EVENT")
        for rule in (*self.overrides, *self.censoring):
            if rule.at not in {*ids, START}:
                raise ValueError(f"at: {rule.at} is neither START nor a declared date")
        if any(rule.when is None for rule in self.overrides):
            raise ValueError("overrides: each needs `when`, or no event would ever count")
        last = self.censoring[-1]
        if last.at != START or last.when:
            raise ValueError("censoring: the last must be `at: START` without `when`, so that "
                             "every patient has a time")  # fmt: skip
        _check_expressions(self.model_dump(mode="json"))
        return self


class Response(Section):
    """Tumour response by RECIST 1.1."""

    table: str = "assessments"
    date: str = "assessment_date"
    column: str = Field("response", description="CR PR SD NON-CR/NON-PD PD NE")
    where: str | None = Field(None, description="assessments that count")
    start: str = Field(description="variable with the date that days are counted from")
    population: Literal["included", "screened"] = "included"
    ignoring: list[str] = Field([], description="criteria that do not exclude here")
    not_after: str | None = Field(None, description="as for endpoints")
    stable_days: int = Field(42, ge=0, description="SD and NON-CR/NON-PD: least days from start")
    confirm_days: int = Field(28, ge=0, description="least days to the confirming assessment")
    confirm_max_ne: int = Field(1, ge=0, description="most NE between response and confirmation")


class AdverseEvents(Section):
    """Adverse events under the studied treatment."""

    table: str = "adverse_events"
    term: str = "term"
    grade: str = "grade"
    onset: str = "onset_date"
    immune_related: str = Field("immune_related", description="column: true, false")
    glucocorticoid: str = Field("glucocorticoid", description="column: true, false")
    where: str | None = Field(None, description="adverse events that count")
    start: str = Field(description="variable: first day of treatment-emergent events")
    end: str | None = Field(None, description="variable: last treatment; none = no end")
    window_days: int = Field(30, ge=0, description="days after `end` that still count")
    population: Literal["included", "screened"] = "included"
    ignoring: list[str] = Field([], description="criteria that do not exclude here")


class Endpoints(Section):
    """How outcomes are derived."""

    time_to_event: dict[str, Endpoint] = Field(min_length=1)
    response: Response
    more_responses: dict[str, Response] = Field(
        {}, description="rated by others or otherwise, e.g. irc: PARAMCD ORR_IRC, BOR_IRC, ..."
    )
    adverse_events: AdverseEvents

    @model_validator(mode="after")
    def _named(self) -> Endpoints:
        for name in self.more_responses:
            if not re.match(r"^[a-z][a-z0-9]*$", name):
                raise ValueError(f"more_responses: {name}: use small letters and digits")
        for name in self.time_to_event:
            if not re.match(IDENTIFIER, name):
                raise ValueError(f"time_to_event: {name}: use small letters, digits and _")
        return self


def _check_expressions(endpoint: dict[str, Any]) -> None:
    try:
        for text in expressions_of(endpoint):
            names(text)
    except Stop as stop:
        raise ValueError(str(stop)) from None
