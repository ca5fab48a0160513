"""Kaplan-Meier estimates as Analysis Results Data and as step curves, a set of patients at a time.

Source: survival package of R (survfit); interval and months from config/statistics.yaml.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from scripts.lib.analysis.ard import NOT_REACHED, ArdBuilder, value_text
from scripts.lib.analysis.groups import Subset
from scripts.lib.statistics.survival import (
    KaplanMeier,
    median,
    number_at_risk,
    survival_at,
    survival_limits,
)

AT_RISK = {"time": "time >= month", "day": "time >= day"}
NO_ROWS = "not applicable: no rows"
CURVE_COLUMNS = (
    "population", "group", "time", "survival", "ci_low", "ci_high", "n_risk", "n_event", "n_censor",
)  # fmt: skip


def add_counts_and_median(
    ard: ArdBuilder, curve: KaplanMeier, subset: Subset, survival: dict[str, Any]
) -> None:
    """Rows N, events, censored, median with limits in months."""
    where = {"population": subset.population, "group": subset.group}
    events = int(curve.events)
    ard.add_all({"N": curve.n, "events": events, "censored": curve.n - events}, **where)
    days = median(curve, survival["interval"], survival["confidence_level"])
    months = np.array(days) / survival["days_per_month"]
    ard.add_all(
        dict(zip(("median", "median_ci_low", "median_ci_high"), months.tolist(), strict=True)),
        method=f"Kaplan-Meier, {survival['interval']} interval",
        note=NOT_REACHED if curve.n else NO_ROWS,
        **where,
    )


def tabulated_months(time: np.ndarray, survival: dict[str, Any]) -> np.ndarray:
    """Months at which a curve is tabulated: to the declared one, else to the last time (days)."""
    last = survival["until_months"] or np.ceil(time.max() / survival["days_per_month"])
    return np.arange(0, int(last) + 1, survival["every_months"])


def tabulated(time: np.ndarray, survival: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Where a curve is tabulated, months then days: variable, level, time in days."""
    month = survival["days_per_month"]
    months = [("time", str(m), m * month) for m in tabulated_months(time, survival).tolist()]
    return months + [("day", str(day), float(day)) for day in survival.get("days", ())]


def add_months(
    ard: ArdBuilder, curve: KaplanMeier, time: np.ndarray, subset: Subset, survival: dict[str, Any]
) -> None:
    """Rows at_risk and survival with limits at each declared month and day."""
    places = tabulated(time, survival)
    days = np.array([place[2] for place in places])
    at_risk = number_at_risk(time, days)
    at = survival_at(curve, days, survival["interval"], survival["confidence_level"])
    for i, (variable, level, _) in enumerate(places):
        where: dict[str, Any] = {"population": subset.population, "group": subset.group}
        where |= {"variable": variable, "level": level}
        ard.add("at_risk", int(at_risk[i]), method=AT_RISK[variable], **where)
        seen = at_risk[i] > 0 or at.survival[i] == 0
        values = {
            "survival": float(at.survival[i]),
            "survival_ci_low": float(at.lower[i]),
            "survival_ci_high": float(at.upper[i]),
        }
        ard.add_all(
            values if seen else dict.fromkeys(values),
            method=f"Kaplan-Meier, {survival['interval']} interval",
            note="not estimable: survival is 0" if seen else "not estimable: nobody at risk",
            **where,
        )


def curve_rows(curve: KaplanMeier, subset: Subset, survival: dict[str, Any]) -> Iterator[list[str]]:
    """Steps of one curve as text, from time 0 on."""
    low, high = survival_limits(
        curve.survival, curve.std_err_log, survival["interval"], survival["confidence_level"]
    )
    months = curve.time / survival["days_per_month"]
    yield [subset.population, subset.group, "0.0", "1.0", "1.0", "1.0", str(curve.n), "0", "0"]
    estimates = np.column_stack([months, curve.survival, low, high]).tolist()
    counts = np.column_stack([curve.n_risk, curve.n_event, curve.n_censor]).astype(int).tolist()
    for estimate, count in zip(estimates, counts, strict=True):
        yield [subset.population, subset.group, *map(value_text, estimate), *map(str, count)]


def write_curves(rows: Iterable[list[str]], path: str | Path) -> None:
    """Write the step curves."""
    with Path(path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(CURVE_COLUMNS)
        writer.writerows(rows)
