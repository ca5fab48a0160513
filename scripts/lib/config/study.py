"""Section `study`: what is studied, which delivery, which arms, and the conventions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


class Section(BaseModel):
    """A part of the configuration; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", validate_default=True)


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

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", description="name in data and results")
    label: str = Field(description="name in tables and figures")


class Conventions(Section):
    """Conventions of time and confidence, printed with the results."""

    first_day: Literal[0, 1] = Field(
        0, description="number of the first day: times are end - start + first_day"
    )
    days_per_month: float = Field(30.4375, gt=27, lt=32, description="days in a month")
    confidence_level: float = Field(0.95, gt=0, lt=1, description="level of every interval")


class EarlierDelivery(Section):
    """A delivery that came before the one analysed: read and checked by the same rules."""

    delivery: Below = Field(description="folder below data/raw")
    overrides: dict[str, Any] = Field(
        {}, description="what was other then, laid over the configuration: {study: {data_cutoff}}"
    )


class Study(Section):
    """What is studied."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]+$", description="short name of the study")
    title: str
    notice: str = Field("", description="shown wherever results are shown, e.g. synthetic data")
    delivery: Below = Field(description="folder below data/raw that is analysed")
    extracted: dt.date | None = Field(
        None,
        description="day on which the extract was made; left out: the end of the day, month or "
        "year that names the delivery",
    )
    earlier_deliveries: list[EarlierDelivery] = Field(
        [], description="the deliveries before it, the oldest first: history of the queries"
    )
    data_cutoff: dt.date = Field(description="nothing dated later exists for the analysis")
    arms: list[Arm] = Field(min_length=1, description="in the order of display")
    reference: str = Field(description="arm that the others are compared with")
    conventions: Conventions = Conventions()  # type: ignore[call-arg]

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
