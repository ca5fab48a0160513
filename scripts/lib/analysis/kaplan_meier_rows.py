"""Kaplan-Meier estimates of one endpoint: all patients, each arm, and each declared stratum.

kaplan_meier: N, events, censored, median and limits (months); numbers at risk (time >= month) and
survival with limits at each month, and at each declared day (variable day). A note marks what is of
groups formed after the start of treatment.

Step curves for figures:
        population, group | text   | subset and arm (empty: all arms)
        time              | months | 0, then every time of an event or a censoring
        survival, ci_low, ci_high | 0 to 1 | empty where the limit is not defined
        n_risk, n_event, n_censor | patients | at risk just before, events, censored at that time

Source: survival package of R (survfit); interval and months from config/statistics.yaml.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    all_subsets,
    mark_later,
    time_and_event,
)
from scripts.lib.analysis.survival_rows import (
    add_counts_and_median,
    add_months,
    curve_rows,
)
from scripts.lib.statistics.survival import kaplan_meier


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
    ard.rows = mark_later(ard.rows, settings["strata"])
    return ard, curves
