"""Kaplan-Meier estimates of one endpoint: all patients, each arm, and each declared stratum.

Inputs: data/analysis/adsl.parquet, data/analysis/adtte_{endpoint}.parquet.

Outputs
    data/ard/kaplan_meier/{endpoint}.csv   Analysis Results Data: N, events, censored, median and
        limits (months); numbers at risk (time >= month) and survival with limits at each month.
    data/ard/curves/{endpoint}.csv         full step curves for figures
        population, group | text   | subset and arm (empty: all arms)
        time              | months | 0, then every time of an event or a censoring
        survival, ci_low, ci_high | 0 to 1 | empty where the limit is not defined
        n_risk, n_event, n_censor | patients | at risk just before, events, censored at that time

Source: survival package of R (survfit); interval and months from config/statistics.yaml.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.ard import NOT_REACHED, ArdBuilder, value_text, write_ard
from scripts.lib.errors import run
from scripts.lib.formats import Formats
from scripts.lib.groups import (
    Subset,
    level_subsets,
    read_time_to_event,
    subsets,
    time_and_event,
)
from scripts.lib.survival import (
    KaplanMeier,
    kaplan_meier,
    median,
    number_at_risk,
    survival_at,
    survival_limits,
)

NO_ROWS = "not applicable: no rows"
CURVE_COLUMNS = (
    "population", "group", "time", "survival", "ci_low", "ci_high", "n_risk", "n_event", "n_censor",
)  # fmt: skip


def all_subsets(frame: pd.DataFrame, settings: dict[str, Any]) -> Iterator[Subset]:
    """All patients and arms, then the strata within arms."""
    yield from subsets(frame, settings["arms"])
    for stratum in settings["strata"]:
        yield from level_subsets(frame, stratum, settings["arms"])


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


def add_months(
    ard: ArdBuilder, curve: KaplanMeier, time: np.ndarray, subset: Subset, survival: dict[str, Any]
) -> None:
    """Rows at_risk and survival with limits at each declared month."""
    months = np.arange(0, survival["until_months"] + 1, survival["every_months"])
    days = months * survival["days_per_month"]
    at_risk = number_at_risk(time, days)
    at = survival_at(curve, days, survival["interval"], survival["confidence_level"])
    for i, month in enumerate(months):
        where: dict[str, Any] = {"population": subset.population, "group": subset.group}
        where |= {"variable": "time", "level": str(month)}
        ard.add("at_risk", int(at_risk[i]), method="time >= month", **where)
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


def write_curves(rows: Iterator[list[str]] | list[list[str]], path: str | Path) -> None:
    """Write the step curves."""
    with Path(path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(CURVE_COLUMNS)
        writer.writerows(rows)


def estimate(frame: pd.DataFrame, settings: dict[str, Any]) -> tuple[ArdBuilder, list[list[str]]]:
    """All rows of one endpoint: results and step curves."""
    ard = ArdBuilder("kaplan_meier", settings["parameter"], Formats(**settings["printed"]))
    time, event = time_and_event(frame)
    curves: list[list[str]] = []
    for subset in all_subsets(frame, settings):
        curve = kaplan_meier(time[subset.rows], event[subset.rows])
        add_counts_and_median(ard, curve, subset, settings["survival"])
        if curve.n:
            add_months(ard, curve, time[subset.rows], subset, settings["survival"])
            curves.extend(curve_rows(curve, subset, settings["survival"]))
    return ard, curves


def main(smk: Any) -> None:
    """Read times and strata, write results and curves."""
    settings = smk.params.settings
    strata = [stratum["name"] for stratum in settings["strata"]]
    frame = read_time_to_event(smk.input.adtte, smk.input.adsl, strata)
    ard, curves = estimate(frame, settings)
    write_ard(ard.rows, smk.output.ard)
    write_curves(curves, smk.output.curves)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
