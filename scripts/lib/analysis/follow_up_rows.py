"""Follow-up by reverse Kaplan-Meier (censoring taken as the event), with the range of times.

follow_up, together (group empty) and per arm: N, median with limits, min, max (months).

Source: Schemper and Smith, Control Clin Trials 17: 343-346, 1996; endpoint from
config/statistics.yaml (`follow_up`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import NOT_REACHED, ArdBuilder
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import subsets, time_and_event
from scripts.lib.statistics.survival import median, reverse_kaplan_meier


def estimate(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """Follow-up of all patients and of each arm."""
    ard = ArdBuilder("follow_up", settings["parameter"], Formats(**settings["printed"]))
    survival = settings["survival"]
    time, event = time_and_event(frame)
    for subset in subsets(frame, settings["arms"]):
        days = time[subset.rows]
        curve = reverse_kaplan_meier(days, event[subset.rows])
        estimates = median(curve, survival["interval"], survival["confidence_level"])
        middle, low, high = (np.array(estimates) / survival["days_per_month"]).tolist()
        ard.add("N", curve.n, group=subset.group)
        ard.add_all(
            {"median": middle, "median_ci_low": low, "median_ci_high": high},
            group=subset.group,
            method=f"reverse Kaplan-Meier, {survival['interval']} interval",
            note=NOT_REACHED if curve.n else "not applicable: no rows",
        )
        shortest, longest = (days.min(), days.max()) if curve.n else (None, None)
        ard.add_all(
            {"min": _months(shortest, survival), "max": _months(longest, survival)},
            group=subset.group,
            method="observed time",
            note="not applicable: no rows",
        )
    return ard


def _months(days: float | None, survival: dict[str, Any]) -> float | None:
    return None if days is None else float(days) / survival["days_per_month"]
