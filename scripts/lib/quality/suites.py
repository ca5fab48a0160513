"""Expectation suites: what people write in `expectations/{table}.yaml`, read and checked.

No Great Expectations here: suites are read whenever the workflow is parsed, and importing it costs
seconds. Which expectations there are and what each takes stands in `scripts.lib.quality.kwargs`;
what only the data can tell becomes the status `error` of the check
(`scripts.lib.quality.expectations`).
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from scripts.lib.config.lines import Problem
from scripts.lib.config.load import read_yaml
from scripts.lib.config.study import Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import check as check_expression
from scripts.lib.expressions.grammar import names

FOLDER = Path("expectations")
# usable as columns in expressions, the dates also as `$PARAMETER`s
CUTOFF = "DATA_CUTOFF"
DELIVERED = "DELIVERED"  # the last day that the extract can tell of
UNREAD = "UNREAD"  # whether a value of the row could not be read, and is asked about
ABSENT = "*"  # in place of a column: the whole table holds nothing
READING = "reading"  # expectations/reading.yaml: how severe an unreadable raw value is
SEVERITIES = ("critical", "warning", "info")
CATEGORIES = ("conformance", "completeness", "plausibility")
OURS = (
    "row_condition", "condition_parser", "result_format", "catch_exceptions", "severity",
    "description", "meta", "notes", "rendered_content",
)  # fmt: skip
STRUCTURE = ("expect_table_column", "expect_column_to_exist")  # about columns, not about rows
BOUNDS = {"min_value", "max_value"}
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

Severity = Literal["critical", "warning", "info"]
Category = Literal["conformance", "completeness", "plausibility"]


class Reference(Section):
    """Values of another table's column, or of a code list: they become a `$PARAMETER`."""

    table: str = Field(
        "",
        description="other table or dataset; empty: `codelist` gives the values",
        examples=["cohort"],
    )
    column: str = Field("", description="its column with the values", examples=["USUBJID"])
    where: str = Field(
        "",
        description="expression: only these rows of the other table; empty: all",
        examples=["included"],
    )
    codelist: str = Field(
        "",
        description="config/codelists/NAME.csv, in place of a table: its values",
        examples=["stage"],
    )

    @model_validator(mode="after")
    def _one_source(self) -> Reference:
        if bool(self.codelist) == bool(self.table and self.column):
            raise ValueError("give either `table` and `column`, or `codelist`")
        return self


class Join(Section):
    """Columns of another table, found by a key; one row of it per key, or the least or greatest."""

    table: str = Field(description="other table or dataset", examples=["subjects"])
    by: list[str] = Field(
        ["USUBJID"],
        min_length=1,
        description="columns named alike in both tables; one or a list",
    )
    latest: dict[str, str] = Field(
        {},
        max_length=1,
        description="one pair, date here: date there; the last row dated by then",
        examples=[{"onset_date": "start_date"}],
    )
    where: str = Field(
        "",
        description="expression: only these rows of the other table; empty: all",
        examples=["line == 2"],
    )
    columns: dict[str, str] = Field(
        min_length=1, description="name there: name here", examples=[{"DTHDT": "DTHDT"}]
    )
    take: Literal["only", "min", "max"] = Field("only", description="only: the key is unique there")
    optional: bool = Field(
        False, description="a check can be made without: where not collected, the columns are empty"
    )

    @field_validator("by", mode="before", json_schema_input_type=str | list[str])
    @classmethod
    def _listed(cls, by: Any) -> Any:
        return [by] if isinstance(by, str) else by

    @property
    def keys_there(self) -> list[str]:
        """Columns of the other table by which a row is found."""
        return [*self.by, *self.latest.values()]

    @property
    def keys_here(self) -> list[str]:
        """Columns of the suite's own table by which a row is found."""
        return [*self.by, *self.latest]

    @property
    def key(self) -> list[str]:
        """The columns by which a row is found."""
        return [self.by] if isinstance(self.by, str) else self.by


class Group(Section):
    """What a row learns from the rows of its group: how many they are, or something of a column."""

    by: list[str] = Field(
        min_length=1, description="columns whose values make the groups", examples=[["USUBJID"]]
    )
    where: str = Field(
        "",
        description="expression: only these rows of the group; empty: all",
        examples=["line == 1"],
    )
    distinct: str = Field(
        "", description="how many different values this column has", examples=["regimen"]
    )
    min: str = Field("", description="least value of this column", examples=["start_date"])
    max: str = Field("", description="greatest value of this column", examples=["stop_date"])
    order: str = Field(
        "",
        description="with `previous` or `next`: the column that orders the rows",
        examples=["start_date"],
    )
    previous: str = Field(
        "",
        description="greatest value of this column in the rows that come before in `order`",
        examples=["stop_date"],
    )
    next: str = Field(
        "",
        description="least value of this column in the rows that come after in `order`",
        examples=["start_date"],
    )
    says_no_more: bool = Field(
        False, description="whether a row is like another one, or like it but for blanks"
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Group:
        given = (self.distinct, self.min, self.max, self.previous, self.next, self.says_no_more)
        if sum(map(bool, given)) > 1:
            raise ValueError(
                "give at most one of distinct, min, max, previous, next and says_no_more; none "
                "counts rows"
            )
        if bool(self.order) != bool(self.previous or self.next):
            raise ValueError("`order` belongs to `previous` or `next`, and they need it")
        return self

    @property
    def of(self) -> str:
        """The column that is looked at; empty where rows are counted or compared."""
        return self.distinct or self.min or self.max or self.previous or self.next

    @property
    def used(self) -> list[str]:
        """Columns that the group is made of, those of its condition apart."""
        return list(dict.fromkeys(filter(None, [*self.by, self.order, self.of])))

    @property
    def made_of(self) -> list[str]:
        """All columns that the group is made of."""
        return sorted({*self.used, *(names(self.where) if self.where else ())})


class Check(Section):
    """One statement about the table."""

    id: str = Field(
        pattern=r"^[A-Z][A-Z0-9]*-[0-9]{3}$",
        description="stable, unique over all suites: letters and a number of three digits",
        examples=["PFS-004"],
    )
    type: str = Field(
        description="an expectation of Great Expectations that looks at rows or columns",
        examples=["expect_column_values_to_be_between"],
    )
    kwargs: dict[str, Any] = Field(
        {},
        description="settings of the expectation; {$PARAMETER: NAME} stands for a value of the "
        "study",
        examples=[{"column": "AGE", "min_value": 18}],
    )
    where: str = Field(
        "",
        description="expression: only these rows are looked at; empty: all",
        examples=["not missing(AGE)"],
    )
    severity: Severity = Field(
        description="critical stops the gate (`quality.stops`); warning and info are listed"
    )
    category: Category = Field(
        description="conformance: form and codes; completeness: what is missing; plausibility: "
        "what cannot be"
    )
    says: str = Field(
        min_length=10,
        description="the statement, as a data manager would say it",
        examples=["Every patient has an arm."],
    )
    because: str = Field(
        "", description="where a threshold comes from", examples=["RECIST 1.1: 6 to 8 weeks."]
    )
    question: str = Field(
        "",
        description="what to ask the ward, in English; empty: nobody is asked",
        examples=["When did treatment start?"],
    )
    question_zh: str = Field("", description="the same in Chinese", examples=["治疗何时开始？"])
    asks: list[str] = Field(
        [],
        description="columns that the question is about; empty: all that the check is made of",
        examples=[["start_date"]],
    )
    may_be_empty: str = Field(
        "",
        description="why the check may have no row to look at; empty: that is an error",
        examples=["Nobody may have died."],
    )
    affects: list[str] = Field(
        [], description="results that a failure can change", examples=[["PFS", "OS"]]
    )

    @field_validator("kwargs")
    @classmethod
    def _plain(cls, kwargs: dict[str, Any]) -> dict[str, Any]:
        for name in OURS:
            if name in kwargs:
                instead = "write `where:` beside it" if "condition" in name else "leave it out"
                raise ValueError(f"`{name}` does not belong in kwargs; {instead}")
        plain = {name: _plain(value) for name, value in kwargs.items()}
        for bound in BOUNDS & set(plain):  # a date without a time cannot be compared with a column
            if isinstance(plain[bound], str) and DATE.fullmatch(plain[bound]):
                plain[bound] += "T00:00:00"
        return plain


class Suite(Section):
    """All checks of one table."""

    table: str = Field(
        description="dataset that is checked; the file has its name", examples=["adsl"]
    )
    key: list[str] = Field(
        min_length=1, description="columns that name a row", examples=[["USUBJID"]]
    )
    protects: str = Field(
        min_length=10,
        description="which gate, which results",
        examples=["Gate of every statistic - Table I, Cox models."],
    )
    references: dict[str, Reference] = Field(
        {},
        description="name of a $PARAMETER: values of another table or a code list",
        examples=[{"included": {"table": "cohort", "column": "USUBJID", "where": "included"}}],
    )
    joins: list[Join] = Field(
        [],
        description="columns of other tables beside the table's own",
        examples=[[{"table": "subjects", "columns": {"DTHDT": "DTHDT"}}]],
    )
    optional: list[str] = Field(
        [],
        description="columns that not every extract has; where one is not there it is empty",
        examples=[["tnm"]],
    )
    columns: dict[str, str] = Field(
        {},
        description="name of a computed column: expression; in any order",
        examples=[{"days_on": "days(start_date, stop_date)"}],
    )
    groups: dict[str, Group] = Field(
        {},
        description="name of a column: what a row learns from the rows of its group",
        examples=[{"arm_rows": {"by": ["TRT01A"]}}],
    )
    reading: dict[str, Severity] = Field(
        {},
        description="rule of expectations/reading.yaml: severity in this table, not its own",
        examples=[{"unknown_code": "critical"}],
    )
    checks: list[Check] = Field(min_length=1, description="the checks, one by one")

    @model_validator(mode="after")
    def _expressions_can_be_read(self) -> Suite:
        if empty := [name for name, expression in self.columns.items() if not expression]:
            raise ValueError(f"columns.{empty[0]}: nothing stands here; write an expression")
        expressions = [*self.columns.values(), *(g.where for g in self.groups.values())]
        expressions += [reference.where for reference in self.references.values()]
        expressions += [join.where for join in self.joins]
        for expression in [*expressions, *(c.where for c in self.checks)]:
            if expression:
                try:
                    check_expression(expression)
                except Stop as stop:
                    raise ValueError(str(stop)) from None
        return self

    def made_of(self, name: str) -> list[str]:
        """Columns that a group or computed column is made of."""
        if name in self.groups:
            return self.groups[name].made_of
        return sorted(names(self.columns[name]))

    def in_order(self) -> list[str]:
        """Groups and computed columns, each after those that it is made of; a circle comes last."""
        left = [*self.groups, *(name for name in self.columns if name not in self.groups)]
        order: list[str] = []
        while left:
            ready = [name for name in left if not set(self.made_of(name)) & set(left)] or left
            order += ready
            left = [name for name in left if name not in order]
        return order

    def neighbours(self) -> list[str]:
        """Other tables that the suite reads."""
        named = [j.table for j in self.joins] + [r.table for r in self.references.values()]
        return sorted({table for table in named if table})

    def codelists(self, absent: Collection[str]) -> list[str]:
        """Code lists that the suite reads; none of what is declared absent (`absent_for`)."""
        if ABSENT in absent:
            return []
        made = _parameters(c for c in self.checks if c.kwargs.get("column") not in absent)
        spared = _parameters(c for c in self.checks if c.kwargs.get("column") in absent) - made
        lists = {r.codelist for name, r in self.references.items() if name not in spared}
        return sorted(filter(None, lists))


def parameters_of(kwargs: Any) -> list[str]:
    """The `$PARAMETER`s that the kwargs of a check name, at whatever depth."""
    if not isinstance(kwargs, dict):
        return []
    if set(kwargs) == {"$PARAMETER"}:
        return [kwargs["$PARAMETER"]]
    return [name for value in kwargs.values() for name in parameters_of(value)]


def _parameters(checks: Iterable[Check]) -> set[str]:
    return {name for check in checks for name in parameters_of(check.kwargs)}


class ReadingRule(Section):
    """One way in which a raw value can be unreadable."""

    id: str = Field(
        description="name of the rule, as the code reports it", examples=["unreadable_date"]
    )
    severity: Severity = Field(
        "warning", description="critical stops the gate of the table; a suite may say otherwise"
    )
    category: Category = Field(
        description="conformance: form and codes; completeness: what is missing; plausibility: "
        "what cannot be"
    )
    says: str = Field(
        description="what should be true of every value, as a data manager would say it",
        examples=["Every date can be read with one of the declared formats."],
    )


class Reading(Section):
    """Every reading rule; what a problem list calls `rule`."""

    checks: list[ReadingRule] = Field(
        min_length=1, description="every way in which a raw value can be unreadable"
    )


def load_suites(tables: Iterable[str], folder: Path = FOLDER) -> dict[str, Suite]:
    """The suites of `tables`, checked.

    Raises
    ------
    Stop
        One line for each mistake in any of them.
    """
    suites, mistakes = {}, []
    for table in tables:
        path = folder / f"{table}.yaml"
        try:
            suites[table] = read_suite(path)
        except Stop as stop:
            mistakes.append(str(stop))
    ids = Counter(check.id for suite in suites.values() for check in suite.checks)
    mistakes += [
        f"the check id {check_id} occurs {n} times; ids are unique over all suites"
        for check_id, n in ids.items()
        if n > 1
    ]
    if mistakes:
        raise Stop("the expectation suites have mistakes:\n  " + "\n  ".join(mistakes))
    return suites


def read_suite(path: Path) -> Suite:
    """One suite; Stop with every mistake in it."""
    if not path.exists():
        raise Stop(f"{path} is missing: every dataset has a suite. See expectations/README.md.")
    suite = _checked(Suite, path)
    if suite.table != path.stem:
        raise Stop(f"{path}: table: it says `{suite.table}`; a suite is named after its table")
    return suite


def read_reading(path: Path) -> dict[str, ReadingRule]:
    """The reading rules by id."""
    return {rule.id: rule for rule in _checked(Reading, path).checks}


def _checked(model: Any, path: Path) -> Any:
    raw = read_yaml(path)
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise Stop("\n  ".join(_line(path, model, raw, e) for e in error.errors())) from None


def _line(path: Path, model: Any, raw: Any, error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "top level"
    if error["loc"][:1] == ("checks",) and len(error["loc"]) > 1:
        check = raw["checks"][error["loc"][1]]
        if isinstance(check, dict) and "id" in check:
            where = f"check {check['id']}: " + ".".join(map(str, error["loc"][2:]))
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        part = Check if error["loc"][0] == "checks" and model is Suite else model
        near = difflib.get_close_matches(str(error["loc"][-1]), part.model_fields, n=1)
        message = "unknown key" + (f"; did you mean `{near[0]}`?" if near else "")
    return Problem(str(path), error["loc"], where, message).text()


def _plain(value: Any) -> Any:
    """Dates as the text that Great Expectations compares with a date column."""
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.date):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, dict):
        if "$PARAMETER" in value and not (len(value) == 1 and isinstance(value["$PARAMETER"], str)):
            raise ValueError("a parameter is written {$PARAMETER: name}, and nothing beside it")
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
