"""How one raw column becomes a canonical one, and the column with the patient number."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    field_validator,
    model_validator,
)

from scripts.lib.config.study import Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names
from scripts.lib.expressions.patterns import refuse_endless
from scripts.lib.folding import clean_header

# a raw header as a person sees it, as the readers give it
Header = Annotated[str, AfterValidator(clean_header)]
Type = Literal["text", "integer", "number", "boolean", "date", "code", "codes"]
DIRECTIVE = re.compile(r"%[YymdbBHMSf]|%%")


def raw_names(column: str | list[str]) -> list[str]:
    """Raw headers as a list."""
    return [column] if isinstance(column, str) else column


def _regex(value: str) -> str:
    try:
        re.compile(value)
        refuse_endless(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    except ValueError as error:
        raise ValueError(f"the regular expression {error}") from None
    return value


def date_formats(values: list[str]) -> list[str]:
    """The formats, if all of them can be read; ValueError where one cannot."""
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

    column: Header | list[Header] = Field(
        description="raw header; a list where files differ in it", examples=["Hospital No"]
    )
    width: int | None = Field(
        None, ge=1, le=64, description="full length in signs; left out: any length", examples=[8]
    )
    pad: str | None = Field(
        "0",
        max_length=1,
        description='sign put before digits that are shorter than `width`; "" or null: none, a '
        "short number is asked about",
    )
    pattern: str | None = Field(
        None,
        description="regular expression that the whole number must fit; left out: any text does",
        examples=[r"^\d{8}$"],
    )
    upper: bool = Field(
        True, description="letters are compared in upper case: a12 and A12 are one patient"
    )

    @field_validator("pattern")
    @classmethod
    def _pattern_compiles(cls, value: str | None) -> str | None:
        return _regex(value) if value else value


class Centre(Section):
    """The hospital that rows come from: a part of whose they are, and the column `centre`."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=False)

    from_: Header | list[Header] | None = Field(
        None,
        alias="from",
        description="raw header, or src_file (name of the file), src_sheet (of the sheet)",
        examples=["Hospital"],
    )
    value: str | None = Field(
        None,
        description="a constant: all rows are from one hospital; also written `centre: NAME`",
        examples=["north"],
    )
    part: str | None = Field(
        None,
        description="regular expression: its first group (or all it finds) is the centre; left "
        "out: the whole text",
        examples=[r"^(H\d)_"],
    )
    codelist: str | None = Field(
        None,
        pattern=r"^\w+$",
        description="config/codelists/NAME.csv with the names of the hospitals; left out: the "
        "text itself is the centre",
        examples=["hospital"],
    )

    @model_validator(mode="before")
    @classmethod
    def _a_constant(cls, given: Any) -> Any:
        constant = isinstance(given, str | int | float | dt.date)
        return {"value": str(given)} if constant else given

    @classmethod
    def __get_pydantic_json_schema__(cls, core: Any, handler: Any) -> dict[str, Any]:
        """A constant may be written as such."""
        whole = handler(core)
        return {"anyOf": [whole, {"type": ["string", "number", "boolean"]}]}

    @field_validator("part")
    @classmethod
    def _part_compiles(cls, value: str | None) -> str | None:
        return _regex(value) if value else value

    @model_validator(mode="after")
    def _parts_fit(self) -> Centre:
        if (self.from_ is None) == (not (self.value or "").strip()):
            raise ValueError("give exactly one of `from` and `value`")
        if self.value and (self.part or self.codelist):
            raise ValueError("a constant takes neither `part` nor `codelist`")
        return self

    def column(self) -> Column:
        """The column `centre` of the table."""
        if self.value:
            return Column.model_validate({"value": " ".join(self.value.split()), "type": "code"})
        coded = {"type": "code", "codelist": self.codelist} if self.codelist else {"type": "text"}
        return Column.model_validate({"from": self.from_} | coded)


class Impute(Section):
    """The day that a partial date is taken to be."""

    month: int = Field(7, ge=1, le=12, description="month of a date with the year alone")
    day: int = Field(15, ge=1, le=31, description="day of a date without one; clipped to the month")
    not_before: list[str] = Field(
        [],
        description="date columns of this table: no earlier day, if the written date allows it",
        examples=[["start_date"]],
    )
    not_after: list[str] = Field(
        [],
        description="date columns of this table: no later day, if the written date allows it",
        examples=[["stop_date"]],
    )

    @model_validator(mode="after")
    def _named_once(self) -> Impute:
        if set(self.not_before) & set(self.not_after):
            raise ValueError("a column is in `not_before` and in `not_after`")
        return self


class Column(Section):
    """One canonical column: which raw column it reads and how."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=False)

    from_: Header | list[Header] | None = Field(
        None,
        alias="from",
        description="raw header (a list: the first one that the file has), src_file or src_sheet",
        examples=["Date of birth"],
    )
    value: str | int | float | bool | None = Field(
        None,
        union_mode="left_to_right",
        description="a constant, instead of `from`",
        examples=[2],
    )
    joined: str | None = Field(
        None,
        pattern=r"^[a-z]\w*\.[a-z]\w*$",
        description="JOIN.COLUMN: looked up in another table, by an entry of `joins`",
        examples=["diagnoses.stage"],
    )
    imputed: str | None = Field(
        None,
        pattern=r"^[a-z]\w*$",
        description="date column: D where its day was put in, M where month and day were (ADaM)",
        examples=["onset_date"],
    )
    when: str | None = Field(
        None,
        description="expression: the cells that are meant; elsewhere the column is empty",
        examples=["vital_status == 'dead'"],
    )
    blank: StrictBool | StrictInt | StrictFloat | StrictStr | None = Field(
        None,
        description="what an empty cell means, as a value of the column's type; left out: unknown",
        examples=[False],
    )
    absent: bool = Field(
        False, description="true: this hospital does not record it, nobody has a value"
    )
    reason: str = Field(
        "",
        description="why it is absent, as footnotes of tables give it; `absent: true` needs it",
        examples=["not recorded before 2020"],
    )
    type: Type = Field(
        "text",
        description="what it holds: boolean by a code list giving true and false; code: one value "
        "of a code list; codes: every code found in the text, joined by `;`",
    )
    codelist: str | None = Field(
        None,
        pattern=r"^\w+$",
        description="config/codelists/NAME.csv; code, codes and boolean need one, integer and "
        "number may have one for words",
        examples=["stage"],
    )
    separator: str | None = Field(
        None,
        description="codes: regular expression between entries, each of which must then be known; "
        "left out: the usual signs, and the text is searched",
        examples=[r"\+"],
    )
    formats: list[str] | None = Field(
        None,
        description="date: strptime patterns, `partial:%Y-%m`, excel, excel1904; all are tried; "
        "left out: `date_formats` of the table",
        examples=[["%Y/%m/%d", "partial:%Y/%m"]],
    )
    impute: Impute = Field(
        Impute(),  # type: ignore[call-arg]
        description="date: what is put in where a `partial:` format left the day or month open",
    )
    pivot: int = Field(
        68, ge=0, le=99, description="years of two digits: %y up to this is 20yy, above it 19yy"
    )
    unit: str = Field(
        "",
        description="unit of the values; it may stand behind a number; empty: none may",
        examples=["kg"],
    )
    units: dict[str, float] = Field(
        {},
        description="other units that may stand there: factor that makes them `unit`",
        examples=[{"斤": 0.5}],
    )
    decimal: Literal[".", ","] = Field(".", description="decimal mark of numbers")
    thousands: Literal[",", ".", " ", "'"] | None = Field(
        None,
        description="mark between thousands; it must then stand at every thousand; left out: none",
    )
    min: float | None = Field(
        None,
        description="smallest credible value, in `unit`; a smaller one is asked about and not "
        "used; left out: no limit",
        examples=[20],
    )
    max: float | None = Field(
        None,
        description="largest credible value, in `unit`; a larger one is asked about and not used; "
        "left out: no limit",
        examples=[300],
    )
    missing: list[str] | None = Field(
        None,
        description="words that mean missing in this column; left out: those of the table",
        examples=[["", "-", "not done"]],
    )

    @field_validator("formats")
    @classmethod
    def _formats_are_known(cls, value: list[str] | None) -> list[str] | None:
        return value if value is None else date_formats(value)

    @field_validator("separator")
    @classmethod
    def _separator_compiles(cls, value: str | None) -> str | None:
        if value:
            _regex(value)
            if re.search(value, ""):
                raise ValueError("matches the empty text, so it stands between all letters")
        return value

    @field_validator("when")
    @classmethod
    def _when_can_be_read(cls, value: str | None) -> str | None:
        try:
            names(value or "true")
        except Stop as stop:
            raise ValueError(str(stop)) from None
        return value

    @model_validator(mode="after")
    def _parts_fit(self) -> Column:
        ways = [
            self.from_ is not None, self.value is not None, self.absent, bool(self.joined),
            bool(self.imputed),
        ]  # fmt: skip
        if sum(ways) != 1:
            raise ValueError(
                "give exactly one of `from`, `value`, `joined`, `imputed` and `absent: true`"
            )
        if self.imputed and self.type != "text":
            raise ValueError("a column with `imputed` holds D or M and takes no `type`")
        if self.joined and self.codelist:
            raise ValueError("a column that is `joined` takes no `codelist`; its source has one")
        if self.absent and not self.reason:
            raise ValueError("`absent: true` needs a `reason`")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min {self.min:g} is above max {self.max:g}, so no value fits")
        if self.thousands == self.decimal:
            raise ValueError(f"`{self.decimal}` cannot be both `decimal` and `thousands`")
        read = self.from_ is not None
        if read and self.type in ("code", "codes", "boolean") and not self.codelist:
            raise ValueError(f"type {self.type} needs a `codelist`")
        if self.codelist and self.type in ("text", "date"):
            raise ValueError(f"type {self.type} takes no `codelist`")
        if (self.when or self.blank is not None) and not read:
            raise ValueError("`when` and `blank` are for columns that are read (`from`)")
        self._check_blank()
        return self

    def _check_blank(self) -> None:
        kinds: dict[str, tuple[type, ...]] = {
            "boolean": (bool,), "integer": (int,), "number": (int, float), "date": (),
        }  # fmt: skip
        known = kinds.get(self.type, (str,))
        of_type = isinstance(self.blank, known) and isinstance(self.blank, bool) == (
            known == (bool,)
        )
        if self.blank is not None and (not of_type or not str(self.blank).strip()):
            raise ValueError(f"`blank: {self.blank}` is no value of a column of type {self.type}")
