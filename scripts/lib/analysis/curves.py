"""Step curves as figures read them, from `data/ard/curves/{endpoint}.csv`; times in months."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

STEP_COLUMNS = ("time", "survival", "ci_low", "ci_high")
CurveKey = tuple[str, str]  # population, group
SOLID = "-"
LEFT_OUT = "–"  # in a figure for release: withheld


class Curve(NamedTuple):
    """Steps of one curve; limits are NaN where there are none.

    `whole`: nobody is followed beyond its last time.
    """

    time: list[float]
    survival: list[float]
    low: list[float]
    high: list[float]
    events: list[int]
    censored: list[int]
    whole: bool = True

    def counted(self, what: str, month: float) -> int:
        """Events or censored up to and including `month`."""
        counts = self.events if what == "events" else self.censored
        return sum(n for time, n in zip(self.time, counts, strict=True) if time <= month)


@dataclass
class Group:
    """One curve with what is written about it; `key` names its rows in the results."""

    label: str
    colour: str
    curve: Curve
    cells: list[str]
    median: float | None
    at_risk: dict[int, str]
    dashes: Any = SOLID
    key: dict[str, str] = field(default_factory=dict)

    def number_at_risk(self, month: int) -> str | None:
        """As the results print it; after the last time 0, or withheld; None where they lack it."""
        after = "0" if self.curve.whole else LEFT_OUT
        return self.at_risk.get(month, after if month > self.curve.time[-1] else None)


def read_curves(path: str | Path) -> dict[CurveKey, Curve]:
    """Curves of one endpoint by population and group; the file starts each at time 0."""
    curves: dict[CurveKey, Curve] = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["population"], row["group"])
            curve = curves.setdefault(key, Curve([], [], [], [], [], []))
            for values, name in zip(curve[:4], STEP_COLUMNS, strict=True):
                values.append(float(row[name]) if row[name] else math.nan)
            curve.events.append(int(float(row["n_event"])))
            curve.censored.append(int(float(row["n_censor"])))
    return curves
