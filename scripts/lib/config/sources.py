"""Section `sources`: how each table of an extract is read (docs/sources.md)."""

from __future__ import annotations

import codecs
import datetime as dt
import re
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from scripts.lib.config.combining import Conflicts, Join, conflict_problems, settle_joins
from scripts.lib.config.source_columns import (
    Centre,
    Column,
    Header,
    Identifier,
    date_formats,
    raw_names,
)
from scripts.lib.config.study import Below, Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names

NAME = r"^[a-z][a-z0-9_]*$"

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
RESERVED = {"USUBJID", "src_file", "src_sheet", "src_row", "src_hash"}


class Reading(Section):
    """How a file is read; a table takes from `defaults` what it does not say."""

    encoding: str | None = Field(
        None,
        description="text files: codec of Python, or `detect` (BOM, UTF-8, GB18030 in that order)",
        examples=["gb18030"],
    )
    delimiter: str | None = Field(
        None, description="text files: one sign between fields", examples=[";"]
    )
    quote: str | None = Field(
        None,
        description='text files: one sign around fields; "" where there is none',
        examples=["'"],
    )
    header_row: int | None = Field(
        None, description="row of the column names, from 1; rows above it are titles", examples=[2]
    )
    footer_rows: int | None = Field(
        None,
        description="remark rows at the end; one with a patient number is read, and asked about",
        examples=[1],
    )
    missing: list[str] | None = Field(
        None,
        description="words that mean missing (case and width folded); an empty cell always does",
        examples=[["-", "NA", "未知"]],
    )
    sentinel_dates: list[dt.date] | None = Field(
        None, description="dates that mean missing", examples=[["1900-01-01", "9999-12-31"]]
    )
    date_formats: list[str] | None = Field(
        None,
        description="for date columns without `formats`: strptime patterns, `partial:%Y-%m`, "
        "excel, excel1904; all are tried",
        examples=[["%Y-%m-%d", "%d/%m/%Y"]],
    )
    identifier: Identifier | None = Field(
        None,
        description="the hospital's patient number; what a table leaves out, `defaults` says",
        examples=[{"column": "Hospital No", "width": 8}],
    )
    centre: Centre | None = Field(
        None,
        description="the hospital, where there are several: a constant, or how it is read; left "
        "out: one hospital",
        examples=["north", {"from": "Hospital"}],
    )

    # checked here, not by `Field`: these hold for `defaults`, too, which gives each its default
    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str | None) -> str | None:
        try:
            known = value in (None, "detect") or codecs.lookup(str(value))._is_text_encoding
        except (LookupError, ValueError):
            known = False
        if not known:
            raise ValueError(f"unknown encoding `{value}`; `detect` finds it")
        return value

    @field_validator("delimiter")
    @classmethod
    def _delimiter_is_one_sign(cls, value: str | None) -> str | None:
        return value if value is None else one_sign(value)

    @field_validator("quote")
    @classmethod
    def _quote_is_one_sign(cls, value: str | None) -> str | None:
        return one_sign(value) if value else value

    @field_validator("header_row")
    @classmethod
    def _header_row_is_a_row(cls, value: int | None) -> int | None:
        if value is not None and value < 1:
            raise ValueError("rows count from 1")
        return value

    @field_validator("footer_rows")
    @classmethod
    def _footer_rows_is_a_count(cls, value: int | None) -> int | None:
        if value is not None and value < 0:
            raise ValueError("a count of rows, 0 for none")
        return value

    @field_validator("date_formats")
    @classmethod
    def _formats_are_known(cls, value: list[str] | None) -> list[str] | None:
        return value if value is None else date_formats(value)


def one_sign(value: str) -> str:
    """`value`, if files can be split at it; ValueError where it is not one sign of ASCII."""
    if len(value) != 1 or not value.isascii() or value in "\r\n\0":
        raise ValueError(f'`{value}` is not one plain sign (ASCII), such as `,` `;` `|` or "\\t"')
    return value


def _default(name: str, value: Any) -> Any:
    """The key of `Reading`, described as there, with a default."""
    known = Reading.model_fields[name]
    return Field(value, description=known.description, examples=known.examples)


class Defaults(Reading):
    """What holds for every table that does not say otherwise."""

    encoding: str | None = _default("encoding", "utf-8-sig")
    delimiter: str | None = _default("delimiter", ",")
    quote: str | None = _default("quote", '"')
    header_row: int | None = _default("header_row", 1)
    footer_rows: int | None = _default("footer_rows", 0)
    missing: list[str] | None = _default("missing", ["NA", "N/A"])
    sentinel_dates: list[dt.date] | None = _default("sentinel_dates", [])
    date_formats: list[str] | None = _default("date_formats", ["%Y-%m-%d"])


class Table(Reading):
    """One canonical table."""

    absent: bool = Field(False, description="true: this hospital does not have it")
    reason: str = Field(
        "",
        description="why it is absent, as footnotes of tables give it; `absent: true` needs it",
        examples=["not kept in this hospital's EMR"],
    )
    files: list[Below] = Field(
        [],
        description="files below data/raw/DELIVERY, `*` and `?` allowed; each file is a part",
        examples=[["treatments*.csv"]],
    )
    sheet: str | list[str] | None = Field(
        None,
        description="workbook sheet(s), globs allowed; a list or `*` gives one part a sheet; left "
        "out: the one sheet that the workbook has",
        examples=["Follow-up", "*"],
    )
    format: Literal["csv", "tsv", "xlsx", "xls", "parquet", "jsonl"] | None = Field(
        None, description="of the files; left out: from the ending (.gz allowed)"
    )
    merged: Literal["ask", "fill"] = Field(
        "ask", description="merged cells below the header: ask, or repeat their value in each row"
    )
    hidden: Literal["ask", "read", "leave_out"] = Field(
        "ask",
        description="hidden rows and columns: read and asked about, read, or (rows) left out; a "
        "hidden sheet is read only by its whole name",
    )
    may_be_empty: bool = Field(False, description="true: a file without rows is no error")
    where: str | None = Field(
        None,
        description="expression over the columns: rows that belong here, the others are set aside; "
        "left out: all",
        examples=["line >= 1"],
    )
    columns: dict[str, Column] = Field(
        {},
        description="canonical name (small letters, digits, _): how it is read",
        examples=[{"birth_date": {"from": "Date of birth", "type": "date"}}],
    )
    drop: list[Header] = Field(
        [],
        description="raw columns that are known and never carried beyond data/staged",
        examples=[["Name", "Phone"]],
    )
    optional: list[Header] = Field(
        [], description="raw columns that a file may lack without a finding", examples=[["Remark"]]
    )
    duplicates: Literal["set_aside", "keep"] = Field(
        "set_aside", description="exact duplicates of a row: set aside and counted, or kept"
    )
    joins: dict[str, Join] = Field(
        {},
        description="name: another table in which columns are looked up (`joined`)",
        examples=[{"diagnoses": {"by": ["visit"]}}],
    )
    conflicts: Conflicts | None = Field(
        None, description="rows that contradict each other; left out: they all stay"
    )
    by_file: dict[str, dict[str, Any]] = Field(
        {},
        description="files (globs) that are read otherwise: the keys of the table that are other "
        "there; columns one by one, what is left out stays",
        examples=[{"H2/*": {"encoding": "gb18030"}}],
    )

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
        if self.centre:
            _add_centre(self)
        self._check_imputed()
        self._check_where()
        self._check_when()
        return self

    def _check_imputed(self) -> None:
        """Flags of imputation name a date; limits name dates, and need the flag that says where."""
        flagged = {column.imputed: name for name, column in self.columns.items() if column.imputed}
        for name, flag in flagged.items():
            date = self.columns.get(name or "")
            if date is None or date.joined or date.type != "date" and not date.absent:
                raise ValueError(f"columns.{flag}: `imputed: {name}` is no date that is read here")
            if date.absent:
                self.columns[flag] = date.model_copy(update={"type": "text"})
        for name, column in self.columns.items():
            limits = [*column.impute.not_before, *column.impute.not_after]
            unknown = [n for n in limits if n not in self.columns or n == name]
            if unknown:
                raise ValueError(
                    f"columns.{name}.impute: {', '.join(unknown)}: not another column of this table"
                )
            if limits and name not in flagged:
                raise ValueError(
                    f"columns.{name}.impute: limits need a column that says which dates were "
                    f"imputed: add `{name}_flag: {{imputed: {name}}}`"
                )

    def _check_when(self) -> None:
        for name, column in self.columns.items():
            used = names(column.when or "true")
            bad = [n for n in sorted(used) if n not in self.columns or self.columns[n].joined]
            if bad or name in used:
                raise ValueError(
                    f"columns.{name}.when: {', '.join(bad) or name}: not another column of this "
                    "table that is read from its own files"
                )

    def _check_where(self) -> None:
        try:
            unknown = names(self.where) - set(self.columns) if self.where else set()
        except Stop as stop:
            raise ValueError(f"where: {stop}") from stop
        if unknown:
            raise ValueError(f"where: {', '.join(sorted(unknown))}: not a column of this table")
        late = [n for n in sorted(names(self.where or "true")) if self.columns[n].joined]
        if late:
            raise ValueError(f"where: {', '.join(late)}: looked up after rows were left out")


class Sources(Section):
    """How the tables of an extract are read."""

    defaults: Defaults = Field(Defaults(), description="for tables that do not say otherwise")  # type: ignore[call-arg]
    tables: dict[str, Table] = Field(
        description="canonical table: how it is read; eight names are known to the code "
        "(docs/architecture.md), others are free",
        examples=[{"radiotherapy": {"absent": True, "reason": "not kept here"}}],
    )
    previous: str | None = Field(
        None,
        description='delivery to compare columns with; left out: the one before by name; "": none',
        examples=["2025-11"],
    )
    ignore: list[str] = Field(
        [],
        description="files (globs) and `file|sheet` of a delivery that are known and not read",
        examples=[["*.pdf", "followup.xlsx|Legend"]],
    )
    first_centre: str | None = Field(
        None,
        description="the centre whose patients keep the pseudonyms they had when it was alone; "
        "left out: every pseudonym is made with the centre",
        examples=["north"],
    )

    @model_validator(mode="after")
    def _complete(self) -> Sources:
        """Fill every table from the defaults, then check what needs the whole."""
        problems: list[str] = []
        given = {name: _as_given(table) for name, table in self.tables.items()}
        for name, table in self.tables.items():
            _fill(table, self.defaults)
            if not re.match(NAME, name):
                problems.append(f"tables.{name}: small letters, digits and _ only")
        problems += [f"tables.{where}: {what}" for where, what in settle_joins(self.tables)]
        for name, table in self.tables.items():
            if table.quote and table.quote == table.delimiter:
                problems.append(f"tables.{name}: `quote` and `delimiter` are the same sign")
            if not table.absent:
                problems += _table_problems(f"tables.{name}", name, table)
                problems += _vary(name, table, given[name], self.defaults)
        problems += _centre_problems(self)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _add_centre(table: Table) -> None:
    assert table.centre is not None
    if "centre" in table.columns:
        raise ValueError("columns.centre: `centre` of the table makes this column; take one away")
    table.columns = {"centre": table.centre.column()} | table.columns


def _as_given(table: Table) -> dict[str, Any]:
    """What was written about a table itself, for the files that are read otherwise."""
    given = table.model_dump(exclude_unset=True, by_alias=True, exclude={"by_file"})
    if table.centre:
        del given["columns"]["centre"]
    return given


# what `by_file` may say otherwise
OTHERWISE = {*Reading.model_fields, "sheet", "format", "merged", "may_be_empty", "columns"}
WAYS = {"from", "value", "joined", "imputed", "absent"}  # of a column: one replaces the other


def _vary(name: str, table: Table, given: dict[str, Any], defaults: Defaults) -> list[str]:
    """Settle how the files of `by_file` are read: each entry then holds all of it."""
    problems = []
    if table.identifier:  # what it took from the defaults, too
        given = given | {"identifier": table.identifier.model_dump(exclude_unset=True)}
    for pattern, other in table.by_file.items():
        where = f"tables.{name}.by_file.{pattern}"
        unknown = sorted(set(other) - OTHERWISE)
        columns = other.get("columns") or {}
        unknown += [f"columns.{key}" for key in sorted(set(columns) - set(table.columns))]
        if unknown:
            problems.append(f"{where}: {', '.join(unknown)}: not to be said by file, or unknown")
            continue
        try:
            varied = Table.model_validate(_merge(given, other))
        except ValueError as error:
            problems.append(f"{where}: {_first_message(error)}")
            continue
        _fill(varied, defaults)
        for key, column in table.columns.items():
            if key not in varied.columns or varied.columns[key].joined:
                varied.columns[key] = column  # looked up, or settled as absent
            elif column.absent and not varied.columns[key].absent:
                problems.append(
                    f"{where}.columns.{key}: absent elsewhere; say it the other way round"
                )
        varied.columns = {key: varied.columns[key] for key in table.columns}
        if table.centre and varied.columns["centre"].type == "code":
            varied.columns["centre"].type = table.columns["centre"].type
        problems += _table_problems(where, name, varied)
        problems += [
            f"{where}.columns.{key}: of type {column.type}, and {table.columns[key].type} elsewhere"
            for key, column in varied.columns.items()
            if column.type != table.columns[key].type
        ]
        kept = {*OTHERWISE, "drop", "optional"}
        table.by_file[pattern] = varied.model_dump(mode="json", include=kept)
    return problems


def _merge(given: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    merged = given | other
    columns = {key: dict(column) for key, column in given["columns"].items()}
    for key, column in (other.get("columns") or {}).items():
        if WAYS & set(column):
            for way in (*WAYS, "reason"):
                columns[key].pop(way, None)
        columns[key] |= column
    merged["columns"] = columns
    if isinstance(other.get("identifier"), dict):
        merged["identifier"] = given.get("identifier", {}) | other["identifier"]
    return merged


def _first_message(error: ValueError) -> str:
    found: list[Any] = getattr(error, "errors", list)()
    if not found:
        return str(error)
    where = ".".join(map(str, found[0]["loc"]))
    return f"{where}: {found[0]['msg'].removeprefix('Value error, ')}".removeprefix(": ")


def _centre_problems(sources: Sources) -> list[str]:
    """Tables without a centre where others have one; a first centre where nobody has one."""
    read = {name: table for name, table in sources.tables.items() if not table.absent}
    having = [name for name, table in read.items() if table.centre]
    lacking = sorted(set(read) - set(having)) if having else []
    if sources.first_centre and not having:
        return ["first_centre: no table has a `centre`"]
    return [
        f"tables.{name}: no `centre`, but {having[0]} has one: nobody of this table would be a "
        "patient of that one; say it under `defaults` or for each table"
        for name in lacking
    ]


def _fill(table: Table, defaults: Defaults) -> None:
    for key in Reading.model_fields:
        if getattr(table, key) is None:
            given = getattr(defaults, key)  # `delimiter:` with nothing behind it gives none
            setattr(table, key, Defaults.model_fields[key].default if given is None else given)
    if table.centre and not table.absent and "centre" not in table.columns:
        _add_centre(table)
    if table.identifier and defaults.identifier and table.identifier is not defaults.identifier:
        given = table.identifier.model_dump(exclude_unset=True)
        known = defaults.identifier.model_dump(exclude_unset=True)
        table.identifier = Identifier(**(known | given))
    for column in table.columns.values():
        column.missing = table.missing if column.missing is None else column.missing
        if column.type == "date" and column.formats is None:
            column.formats = table.date_formats


def _table_problems(where: str, name: str, table: Table) -> list[str]:
    if table.identifier is None:
        return [f"{where}: no `identifier`, neither here nor in `defaults`"]
    problems = []
    secret = {*raw_names(table.identifier.column), *table.drop}
    for key, column in table.columns.items():
        if column.from_ is not None and secret & set(raw_names(column.from_)):
            problems.append(
                f"{where}.columns.{key}: reads the identifier or a column under `drop`, which "
                "never go beyond data/staged"
            )
        limits = (*column.impute.not_before, *column.impute.not_after)
        if any(table.columns[n].type != "date" and not table.columns[n].absent for n in limits):
            problems.append(f"{where}.columns.{key}.impute: a limit is no date")
        if KNOWN.get(name, {}).get(key, column.type) != column.type:
            problems.append(f"{where}.columns.{key}: must be of type {KNOWN[name][key]}")
    problems += [f"tables.{key}: {what}" for key, what in conflict_problems(name, table)]
    for key in sorted(set(KNOWN.get(name, {})) - set(table.columns)):
        problems.append(
            f"{where}.columns.{key}: missing; say where it stands, or `absent: true` and `reason`"
        )
    return problems
