"""Section `sources`: how each table of an extract is read (docs/sources.md)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from scripts.lib.config.study import Section
from scripts.lib.derivation.grammar import names
from scripts.lib.errors import Stop

NAME = r"^[a-z][a-z0-9_]*$"
Type = Literal["text", "integer", "number", "boolean", "date", "code", "codes"]

# Columns that the code knows, with their type; a study may add others to any table.
KNOWN: dict[str, dict[str, str]] = {
    "patients": {"birth_date": "date", "sex": "code"},
    "diagnoses": {
        "diagnosis_date": "date",
        "diagnosis": "code",
        "confirmation": "code",
        "stage": "code",
    },
    "treatments": {
        "line": "integer",
        "drugs": "codes",
        "drug_classes": "codes",
        "regimen": "code",
        "start_date": "date",
        "stop_date": "date",
        "stop_reason": "code",
    },
    "radiotherapy": {
        "line": "integer",
        "start_date": "date",
        "stop_date": "date",
        "purpose": "code",
    },
    "assessments": {
        "assessment_date": "date",
        "line": "integer",
        "response": "code",
        "sites": "codes",
    },
    "performance_status": {"assessed_date": "date", "kps": "integer", "ecog": "integer"},
    "adverse_events": {
        "term": "code",
        "grade": "integer",
        "onset_date": "date",
        "immune_related": "boolean",
        "glucocorticoid": "boolean",
        "line": "integer",
    },
    "followup": {"contact_date": "date", "vital_status": "code", "death_date": "date"},
}
DIRECTIVE = re.compile(r"%[YymdbBHMSf]|%%")
RESERVED = {"USUBJID", "src_file", "src_sheet", "src_row", "src_hash"}


def _names(column: str | list[str]) -> list[str]:
    return [column] if isinstance(column, str) else column


def _regex(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _date_formats(values: list[str]) -> list[str]:
    for value in values:
        partial = value.startswith("partial:")
        found: set[Any] = set(DIRECTIVE.findall(value))
        rest = DIRECTIVE.sub("", value)
        has_year = bool(found & {"%Y", "%y"})
        has_month = bool(found & {"%m", "%b", "%B"})
        if value in ("excel", "excel1904"):
            continue
        if "%" in rest or not has_year or (partial and "%d" in found):
            raise ValueError(f"date format `{value}`: not understood (docs/sources.md)")
        if not partial and not (has_month and "%d" in found):
            raise ValueError(f"date format `{value}`: no whole date; write `partial:{value}`")
    return values


class Identifier(Section):
    """Where the hospital's patient number stands, and its full form."""

    column: str | list[str] = Field(description="raw header; a list where files differ in it")
    width: int | None = Field(None, ge=1, le=64, description="full length; None = any")
    pad: str | None = Field("0", max_length=1, description="put before digits that are too short")
    pattern: str | None = Field(None, description="regular expression for the whole identifier")
    upper: bool = Field(True, description="letters are compared in upper case")

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, value: str | None) -> str | None:
        return _regex(value) if value else value


class Impute(Section):
    """The day that a partial date is taken to be."""

    month: int = Field(7, ge=1, le=12, description="month of a date with the year alone")
    day: int = Field(15, ge=1, le=31, description="day of a date without one; clipped to the month")


class Column(Section):
    """One canonical column: which raw column it reads and how."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=False)

    from_: str | list[str] | None = Field(
        None,
        alias="from",
        description="raw header (a list: the first one that the file has), src_file or src_sheet",
    )
    value: str | int | float | bool | None = Field(
        None, union_mode="left_to_right", description="a constant, instead of `from`"
    )
    absent: bool = Field(False, description="this hospital does not record it; all null")
    reason: str = Field("", description="why it is absent")
    type: Type = Field("text", description="what it holds")
    codelist: str | None = Field(None, pattern=r"^\w+$", description="config/codelists/NAME.csv")
    separator: str | None = Field(
        None, description="codes: regular expression between entries; then each one must be known"
    )
    formats: list[str] | None = Field(None, description="date formats; None = date_formats")
    impute: Impute = Field(Impute(), description="for formats `partial:...`")  # type: ignore[call-arg]
    pivot: int = Field(68, ge=0, le=99, description="%y up to this is 20yy, above it 19yy")
    unit: str = Field("", description="unit of the values; it may stand behind a number")
    units: dict[str, float] = Field({}, description="other units -> factor to `unit`")
    decimal: Literal[".", ","] = Field(".", description="decimal mark")
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        None, description="mark between thousands; it must then stand at every thousand"
    )
    min: float | None = Field(None, description="smallest credible value")
    max: float | None = Field(None, description="largest credible value")
    missing: list[str] | None = Field(None, description="words for missing; None = the table's")

    @field_validator("formats")
    @classmethod
    def _formats_are_known(cls, value: list[str] | None) -> list[str] | None:
        return value if value is None else _date_formats(value)

    @field_validator("separator")
    @classmethod
    def _separator_compiles(cls, value: str | None) -> str | None:
        return _regex(value) if value else value

    @model_validator(mode="after")
    def _parts_fit(self) -> Column:
        if sum([self.from_ is not None, self.value is not None, self.absent]) != 1:
            raise ValueError("give exactly one of `from`, `value` and `absent: true`")
        if self.absent and not self.reason:
            raise ValueError("`absent: true` needs a `reason`")
        if self.thousands == self.decimal:
            raise ValueError(f"`{self.decimal}` cannot be both `decimal` and `thousands`")
        read = self.from_ is not None
        if read and self.type in ("code", "codes", "boolean") and not self.codelist:
            raise ValueError(f"type {self.type} needs a `codelist`")
        if self.codelist and self.type in ("text", "date"):
            raise ValueError(f"type {self.type} takes no `codelist`")
        return self


class Reading(Section):
    """How a file is read; a table takes from `defaults` what it does not say."""

    encoding: str | None = Field(None, description="Python codec, or `detect`")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="between fields")
    quote: str | None = Field(None, max_length=1, description='around fields; "" for none')
    header_row: int | None = Field(None, ge=1, description="row of the column names")
    footer_rows: int | None = Field(None, ge=0, description="remark rows at the end")
    missing: list[str] | None = Field(None, description="words that mean missing")
    sentinel_dates: list[dt.date] | None = Field(None, description="dates that mean missing")
    date_formats: list[str] | None = Field(None, description="for date columns without `formats`")
    identifier: Identifier | None = Field(None, description="the hospital's patient number")

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str | None) -> str | None:
        try:
            "".encode("utf-8" if value in (None, "detect") else str(value))
        except LookupError:
            raise ValueError(f"unknown encoding `{value}`; `detect` finds it") from None
        return value

    @field_validator("date_formats")
    @classmethod
    def _formats_are_known(cls, value: list[str] | None) -> list[str] | None:
        return value if value is None else _date_formats(value)


class Defaults(Reading):
    """What holds for every table that does not say otherwise."""

    encoding: str | None = "utf-8-sig"
    delimiter: str | None = ","
    quote: str | None = '"'
    header_row: int | None = 1
    footer_rows: int | None = 0
    missing: list[str] | None = ["NA", "N/A"]
    sentinel_dates: list[dt.date] | None = []
    date_formats: list[str] | None = ["%Y-%m-%d"]


class Table(Reading):
    """One canonical table."""

    absent: bool = Field(False, description="this hospital does not have it")
    reason: str = Field("", description="why it is absent")
    files: list[str] = Field([], description="globs below data/raw/DELIVERY; a file = a part")
    sheet: str | list[str] | None = Field(
        None, description="workbook sheet(s), globs allowed; a list or `*` gives one part a sheet"
    )
    format: Literal["csv", "tsv", "xlsx", "xls", "parquet", "jsonl"] | None = Field(
        None, description="None: from the ending"
    )
    merged: Literal["ask", "fill"] = Field(
        "ask", description="merged cells below the header: ask, or repeat their value in each row"
    )
    may_be_empty: bool = Field(False, description="a file without rows is no error")
    where: str | None = Field(None, description="expression: rows that belong here")
    columns: dict[str, Column] = Field({}, description="canonical name -> how it is read")
    drop: list[str] = Field([], description="raw columns that are known and never carried on")
    optional: list[str] = Field([], description="raw columns that a file may lack")
    duplicates: Literal["set_aside", "keep"] = Field("set_aside", description="exact duplicates")

    @model_validator(mode="after")
    def _parts_fit(self) -> Table:
        if self.absent:
            if self.files or self.columns or not self.reason:
                raise ValueError("an absent table has a `reason` and nothing else")
            return self
        if not self.files or not self.columns:
            raise ValueError("a table needs `files` and `columns`, or `absent: true` and `reason`")
        bad = [name for name in self.columns if not re.match(NAME, name) or name in RESERVED]
        if bad:
            raise ValueError(f"columns: {', '.join(bad)}: small letters, digits and _ only")
        self._check_where()
        return self

    def _check_where(self) -> None:
        try:
            unknown = names(self.where) - set(self.columns) if self.where else set()
        except Stop as stop:
            raise ValueError(f"where: {stop}") from stop
        if unknown:
            raise ValueError(f"where: {', '.join(sorted(unknown))}: not a column of this table")


class Sources(Section):
    """How the tables of an extract are read."""

    defaults: Defaults = Field(Defaults(), description="for tables that do not say otherwise")  # type: ignore[call-arg]
    tables: dict[str, Table] = Field(description="canonical table -> how it is read")

    @model_validator(mode="after")
    def _complete(self) -> Sources:
        """Fill every table from the defaults, then check what needs the whole."""
        problems: list[str] = []
        for name, table in self.tables.items():
            _fill(table, self.defaults)
            if not re.match(NAME, name):
                problems.append(f"tables.{name}: small letters, digits and _ only")
            elif not table.absent:
                problems += _table_problems(name, table)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _fill(table: Table, defaults: Defaults) -> None:
    for key in Reading.model_fields:
        if getattr(table, key) is None:
            setattr(table, key, getattr(defaults, key))
    if table.identifier and defaults.identifier and table.identifier is not defaults.identifier:
        given = table.identifier.model_dump(exclude_unset=True)
        known = defaults.identifier.model_dump(exclude_unset=True)
        table.identifier = Identifier(**(known | given))
    for column in table.columns.values():
        column.missing = table.missing if column.missing is None else column.missing
        if column.type == "date" and column.formats is None:
            column.formats = table.date_formats


def _table_problems(name: str, table: Table) -> list[str]:
    where = f"tables.{name}"
    if table.identifier is None:
        return [f"{where}: no `identifier`, neither here nor in `defaults`"]
    problems = []
    secret = {*_names(table.identifier.column), *table.drop}
    for key, column in table.columns.items():
        if column.from_ is not None and secret & set(_names(column.from_)):
            problems.append(
                f"{where}.columns.{key}: reads the identifier or a column under `drop`, which "
                "never go beyond data/staged"
            )
        if KNOWN.get(name, {}).get(key, column.type) != column.type:
            problems.append(f"{where}.columns.{key}: must be of type {KNOWN[name][key]}")
    for key in sorted(set(KNOWN.get(name, {})) - set(table.columns)):
        problems.append(
            f"{where}.columns.{key}: missing; say where it stands, or `absent: true` and `reason`"
        )
    return problems
