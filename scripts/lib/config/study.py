"""Section `study`: what is studied, which delivery, which arms, and the conventions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    model_validator,
)
from pydantic_core import core_schema


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        word = "yes, on or true" if value else "no, off or false"
        raise ValueError(f"YAML reads {word} as a truth value; a number is wanted here")
    return value


def _day(value: Any) -> Any:
    if not isinstance(value, dt.date) and "-" not in str(value):
        raise ValueError("a date is written 2024-12-31")  # a number would be seconds since 1970
    return value


MEANT = {"int": _number, "float": _number, "date": _day}


def _as_meant(schema: Any) -> Any:
    """`schema` (of pydantic's core) in which 1 is not written `yes`, and no date as a number."""
    if isinstance(schema, list):
        return [_as_meant(part) for part in schema]
    if isinstance(schema, tuple):  # a choice and its label
        return tuple(_as_meant(part) for part in schema)
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "union":
        if any(isinstance(one, dict) and one["type"] == "bool" for one in schema["choices"]):
            return schema
        named = [(_as_meant(one), one["type"]) if isinstance(one, dict) else _as_meant(one)
                 for one in schema["choices"]]  # fmt: skip
        return schema | {"choices": named}
    made = {name: part if name == "metadata" else _as_meant(part) for name, part in schema.items()}
    meant = MEANT.get(str(schema.get("type")))
    return core_schema.no_info_before_validator_function(meant, made) if meant else made  # type: ignore[arg-type]


class Section(BaseModel):
    """A part of the configuration; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """How values are checked: as pydantic does, but for what is never meant."""
        return _as_meant(handler(source))


def below(value: str) -> str:
    """`value`, if it names something below a folder; ValueError where it is blank or leads out."""
    if not value.strip():
        raise ValueError("an empty name")
    if PureWindowsPath(value).anchor or ".." in re.split(r"[/\\]", value):
        raise ValueError(f"`{value}` leads out of its folder; name what lies below it")
    return value


Below = Annotated[str, AfterValidator(below)]


def check_labels(labels: Mapping[str, str], what: str) -> None:
    """Each of `labels` (by code) is there, and another one; ValueError: groups look the same."""
    seen: dict[str, str] = {}
    for code, label in labels.items():
        if not label.strip():
            raise ValueError(f"{what}: {code} has an empty label")
        if seen.setdefault(label.strip(), code) != code:
            raise ValueError(
                f"{what}: {seen[label.strip()]} and {code} have the same label `{label}`, so that "
                "nobody can tell them apart in tables and figures"
            )


class Arm(Section):
    """One treatment arm."""

    id: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9_]*$",
        description="name in data and results: a letter, then letters, digits, _",
        examples=["serplulimab"],
    )
    label: str = Field(
        description="name in tables and figures; no two arms share one", examples=["Serplulimab"]
    )


class Conventions(Section):
    """Conventions of time and confidence, printed with the results."""

    first_day: Literal[0, 1] = Field(
        0, description="number of the first day: times are end - start + first_day"
    )
    days_per_month: float = Field(30.4375, gt=27, lt=32, description="days in a month")
    confidence_level: float = Field(0.95, gt=0, lt=1, description="level of every interval")


class EarlierDelivery(Section):
    """A delivery that came before the one analysed: read and checked by the same rules."""

    delivery: Below = Field(description="its folder below data/raw", examples=["2025-11"])
    overrides: dict[str, Any] = Field(
        {},
        description="what was other then, laid over the configuration: section, then its keys",
        examples=[{"study": {"data_cutoff": "2024-06-30"}}],
    )


class Study(Section):
    """What is studied."""

    id: str = Field(
        pattern=r"^[A-Za-z0-9_-]+$",
        description="short name of the study: letters, digits, _ and -",
        examples=["serplulimab-retreatment"],
    )
    title: str = Field(
        description="full name of the study, at the head of pages, workbook and document",
        examples=["Immunotherapy retreatment vs. chemotherapy in ES-SCLC"],
    )
    notice: str = Field(
        "",
        description="shown wherever results are shown, e.g. synthetic data; empty: no notice",
        examples=["Synthetic data: no patient is in it."],
    )
    delivery: Below = Field(
        description="folder below data/raw that is analysed", examples=["2026-05"]
    )
    extracted: dt.date | None = Field(
        None,
        description="day on which the extract was made; left out: the end of the day, month or "
        "year that names the delivery",
        examples=["2026-05-04"],
    )
    earlier_deliveries: list[EarlierDelivery] = Field(
        [],
        description="the deliveries before it, the oldest first: history of the queries",
        examples=[[{"delivery": "2025-11"}]],
    )
    data_cutoff: dt.date = Field(
        description="nothing dated later exists for the analysis", examples=["2024-12-31"]
    )
    arms: list[Arm] = Field(
        min_length=1,
        description="in the order of display",
        examples=[[{"id": "new", "label": "New drug"}, {"id": "old", "label": "Old drug"}]],
    )
    reference: str = Field(
        description="id of the arm that the others are compared with", examples=["chemotherapy"]
    )
    conventions: Conventions = Field(
        Conventions(),  # type: ignore[call-arg]
        description="what a month is, when day 1 is, how wide intervals are",
    )

    @model_validator(mode="after")
    def _reference_is_an_arm(self) -> Study:
        ids = [arm.id for arm in self.arms]
        if len(set(ids)) < len(ids):
            raise ValueError(f"arms: the id of an arm occurs twice ({', '.join(ids)})")
        check_labels({arm.id: arm.label for arm in self.arms}, "arms")
        deliveries = [*(earlier.delivery for earlier in self.earlier_deliveries), self.delivery]
        if len(set(deliveries)) < len(deliveries):
            raise ValueError("earlier_deliveries: a delivery is named twice")
        if self.reference not in ids:
            raise ValueError(f"reference: {self.reference} is none of the arms {', '.join(ids)}")
        return self
