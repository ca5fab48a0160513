"""What became of a check, and which columns it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.lib.quality.suites import Check

COLUMN_KWARGS = ("column", "column_A", "column_B", "column_list", "column_set")


@dataclass
class Outcome:
    """What became of one check; `rows` are positions in the frame, `absent` values not found.

    `why` may be read by anyone; `message` (Great Expectations' own words) and `observed` (what a
    statement about the table as a whole was held against) may hold patient values.
    """

    check: Check
    status: str
    numerator: int | None = None
    denominator: int | None = None
    why: str = ""
    rows: list[int] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    message: str = ""
    observed: str = ""


def columns_of(kwargs: Mapping[str, Any]) -> list[str]:
    """Columns that a check is about, as its kwargs name them."""
    found: list[str] = []
    for name in COLUMN_KWARGS:
        value = kwargs.get(name)
        several = value if isinstance(value, list) else [value]
        found += [column for column in several if isinstance(column, str)]
    return found
