"""Section `endpoints`: rules of time-to-event endpoints, of response and of adverse events."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from scripts.lib.config.cohort import IDENTIFIER, NAME
from scripts.lib.config.specs import EVENT, START, expressions_of
from scripts.lib.config.study import Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names

Population = Annotated[
    Literal["included", "screened"],
    Field(description="included: who fulfils the criteria; screened: all with an arm and a start"),
]
Ignoring = Annotated[
    list[str],
    Field(description="ids of criteria that do not exclude here", examples=[["early_death"]]),
]


class _Aliased(Section):
    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)


class Source(Section):
    """Where dates come from: rows of a table, or a variable of the subjects."""

    table: str | None = Field(
        None,
        description="table whose rows give dates; left out: `variable` does",
        examples=["assessments"],
    )
    date: str | None = Field(
        None, description="column of the table with the date", examples=["assessment_date"]
    )
    where: str | None = Field(
        None,
        description="expression over its columns, variables and START: rows that count; left out: "
        "all",
        examples=["response == 'PD' and assessment_date > START"],
    )
    variable: str | None = Field(
        None,
        description="variable of the subjects with the date, in place of a table",
        examples=["L3_START"],
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Source:
        if (self.table is None) == (self.variable is None):
            raise ValueError("give either `table` and `date`, or `variable`")
        if self.table and not self.date:
            raise ValueError(f"table {self.table}: `date` is missing")
        return self


class Date(_Aliased):
    """One date per patient, from one or more sources."""

    id: str = Field(
        pattern=NAME,
        description="name in expressions and in `at`: capitals, digits, _; unique in the endpoint",
        examples=["PROGRESSION"],
    )
    from_: list[Source] = Field(
        alias="from",
        min_length=1,
        description="where the date comes from; of several sources together",
        examples=[[{"table": "followup", "date": "death_date"}]],
    )
    pick: Literal["first", "last", "only", "before_gap"] = Field(
        "first",
        description="which of the dates; only: contradicting ones give none, and a finding; "
        "before_gap: the last before a pause longer than `gap_days`",
    )
    gap_days: int | None = Field(
        None, gt=0, description="before_gap: days; a longer pause is a gap", examples=[90]
    )

    @model_validator(mode="after")
    def _gap(self) -> Date:
        if (self.pick == "before_gap") != (self.gap_days is not None):
            raise ValueError(f"{self.id}: gap_days and pick before_gap belong together")
        return self


class Event(Date):
    """What ends the time as an event; the earliest counts, on one day the first listed."""

    description: str = Field(
        description="EVNTDESC: what happened, in data and tables",
        examples=["Progressive disease"],
    )


class Censoring(Section):
    """Where and why time is censored, if `when` holds and there is such a date."""

    at: str = Field(
        description="START, or the id of an event or date of this endpoint",
        examples=["LAST_EVALUABLE"],
    )
    code: int = Field(
        gt=0,
        description="CNSR: a positive number (0 is an event); several reasons may share one",
        examples=[1],
    )
    description: str = Field(
        description="EVNTDESC: why there is no event", examples=["No progression or death"]
    )
    date_description: str = Field(
        description="CNSDTDSC: what the date is", examples=["Last evaluable tumour assessment"]
    )
    when: str | None = Field(
        None,
        description="expression over variables, dates, START and EVENT; left out: always",
        examples=["NEXT_THERAPY < EVENT"],
    )


class Endpoint(Section):
    """A time-to-event endpoint as an ordered rule."""

    param: str = Field(description="PARAMCD of the dataset", examples=["PFS"])
    label: str = Field(
        description="name in tables, figures and text", examples=["Progression-free survival"]
    )
    start: str = Field(
        description="variable with the date that time runs from", examples=["L2_START"]
    )
    population: Population = "included"
    ignoring: Ignoring = []
    not_after: str | None = Field(
        None,
        description="variable (death): a later record is impossible; ignored and reported; left "
        "out: no such limit",
        examples=["DTHDT"],
    )
    events: list[Event] = Field(
        min_length=1,
        description="what counts as an event: the earliest; on one day the one listed first",
        examples=[[{"id": "DEATH", "description": "Death", "from": [{"variable": "DTHDT"}]}]],
    )
    dates: list[Date] = Field(
        [],
        description="other dates that the rules below use, in order",
        examples=[[{"id": "NEXT_LINE", "from": [{"variable": "L3_START"}]}]],
    )
    overrides: list[Censoring] = Field(
        [],
        description="censor whatever the event: the first whose `when` holds and whose date is "
        "there",
        examples=[
            [
                {
                    "when": "NEXT_LINE < EVENT",
                    "at": "NEXT_LINE",
                    "code": 3,
                    "description": "New therapy",
                    "date_description": "Start of it",
                }
            ]
        ],
    )
    censoring: list[Censoring] = Field(
        min_length=1,
        description="without event: the first whose date is there; the last is `at: START`",
        examples=[
            [
                {
                    "at": "START",
                    "code": 2,
                    "description": "No assessment",
                    "date_description": "Start of treatment",
                }
            ]
        ],
    )

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

    table: str = Field("assessments", description="table with one row an assessment")
    date: str = Field("assessment_date", description="its column with the day of the assessment")
    column: str = Field("response", description="its column with CR, PR, SD, NON-CR/NON-PD, PD, NE")
    where: str | None = Field(
        None,
        description="expression over its columns and the variables: assessments that count; left "
        "out: all",
        examples=["assessment_date > L2_START and line == 2"],
    )
    start: str = Field(
        description="variable with the date that days are counted from", examples=["L2_START"]
    )
    population: Population = "included"
    ignoring: Ignoring = []
    not_after: str | None = Field(
        None,
        description="variable (death): a later assessment is impossible; ignored and reported; "
        "left out: no such limit",
        examples=["DTHDT"],
    )
    stable_days: int = Field(
        42, ge=0, description="SD and NON-CR/NON-PD: least days from the start; sooner is NE"
    )
    confirm_days: int = Field(
        28, ge=0, description="least days from a response to the assessment that confirms it"
    )
    confirm_max_ne: int = Field(
        1, ge=0, description="most NE assessments between a response and its confirmation"
    )


class AdverseEvents(Section):
    """Adverse events under the studied treatment."""

    table: str = Field("adverse_events", description="table with one row an event")
    term: str = Field("term", description="its column with the code of the event (AEDECOD)")
    grade: str = Field("grade", description="its column with the CTCAE grade, 1 to 5 (AETOXGR)")
    onset: str = Field("onset_date", description="its column with the first day (ASTDT)")
    immune_related: str = Field(
        "immune_related", description="its column: true where immune-related (AEIRFL)"
    )
    glucocorticoid: str = Field(
        "glucocorticoid", description="its column: true where glucocorticoids were given (AEGCFL)"
    )
    where: str | None = Field(
        None,
        description="expression over its columns and the variables: events that count; left out: "
        "all",
        examples=["line == 2"],
    )
    start: str = Field(
        description="variable: first day of treatment-emergent events", examples=["L2_START"]
    )
    end: str | None = Field(
        None,
        description="variable: day of the last treatment; left out: what begins later counts, too",
        examples=["L2_STOP"],
    )
    window_days: int = Field(30, ge=0, description="days after `end` that still count")
    population: Population = "included"
    ignoring: Ignoring = []


class Endpoints(Section):
    """How outcomes are derived."""

    time_to_event: dict[str, Endpoint] = Field(
        min_length=1,
        description="id (small letters, digits, _): the rule of an endpoint; the dataset is "
        "adtte_ID",
    )
    response: Response = Field(description="tumour response of the studied treatment")
    more_responses: dict[str, Response] = Field(
        {},
        description="id (small letters, digits): response rated by others or otherwise; irc gives "
        "PARAMCD ORR_IRC, BOR_IRC, ...",
        examples=[{"irc": {"start": "L2_START", "column": "response_irc"}}],
    )
    adverse_events: AdverseEvents = Field(
        description="which adverse events belong to the studied treatment"
    )

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
