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
    SurvivalAt,
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
    add_median(ard, curve, survival, **where)


def add_median(
    ard: ArdBuilder,
    curve: KaplanMeier,
    survival: dict[str, Any],
    no_rows: str = NO_ROWS,
    **where: Any,
) -> None:
    """Rows median with limits in months; `no_rows` is said where the curve has no patient."""
    days = median(curve, survival["interval"], survival["confidence_level"])
    months = np.array(days) / survival["days_per_month"]
    ard.add_all(
        dict(zip(("median", "median_ci_low", "median_ci_high"), months.tolist(), strict=True)),
        method=f"Kaplan-Meier, {survival['interval']} interval",
        note=NOT_REACHED if curve.n else no_rows,
        **where,
    )


def tabulated_months(time: np.ndarray, survival: dict[str, Any]) -> np.ndarray:
    """Months at which a curve is tabulated: to the declared one, else to the last time (days)."""
    last = survival["until_months"] or np.ceil(time.max() / survival["days_per_month"])
    return np.arange(0, int(last) + 1, survival["every_months"])


def tabulated(time: np.ndarray, survival: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Where a curve is tabulated, months then days: variable, level, time in days."""
    months = tabulated_months(time, survival).tolist()
    return places_of(months, survival.get("days", ()), survival["days_per_month"])


def places_of(
    months: Iterable[float], days: Iterable[int], days_per_month: float
) -> list[tuple[str, str, float]]:
    """Months, then days, as places in time: variable, level, time in days."""
    return [("time", str(month), month * days_per_month) for month in months] + [
        ("day", str(day), float(day)) for day in days
    ]


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
        add_survival_at(ard, at, i, int(at_risk[i]), survival["interval"], **where)


def add_survival_at(
    ard: ArdBuilder, at: SurvivalAt, place: int, at_risk: int, interval: str, **where: Any
) -> None:
    """Rows at_risk and survival with limits at one place in time (`variable` time or day)."""
    ard.add("at_risk", at_risk, method=AT_RISK[where["variable"]], **where)
    seen = at_risk > 0 or at.survival[place] == 0
    values = {
        "survival": float(at.survival[place]),
        "survival_ci_low": float(at.lower[place]),
        "survival_ci_high": float(at.upper[place]),
    }
    ard.add_all(
        values if seen else dict.fromkeys(values),
        method=f"Kaplan-Meier, {interval} interval",
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
