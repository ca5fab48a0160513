"""Baseline characteristics by arm, with normality tests and comparisons between arms.

baseline: variable = ADSL name, group empty = together
        variable empty: N
        numeric: n, mean, sd, median, q1, q3, min, max; p_value, and p_value at level normality
        categorical: n, N, percent per level; p_value (level empty, or per level)
        time to event: N, events, median with limits (months); log-rank p_value

Source: paper, Statistical analysis and Table I; variables and tests from config/statistics.yaml.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.describe import (
    NO_PATIENTS,
    add_group_sizes,
    describe_variable,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import subsets, time_and_event
from scripts.lib.analysis.survival_rows import add_median
from scripts.lib.statistics.log_rank import log_rank
from scripts.lib.statistics.survival import kaplan_meier


def describe_times(
    ard: ArdBuilder, frame: pd.DataFrame, variable: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Rows of a time to event: N, events, median with limits per group; log-rank P."""
    survival, name = settings["survival"], variable["name"]
    time, event = time_and_event(frame)
    for subset in subsets(frame, settings["arms"]):
        curve = kaplan_meier(time[subset.rows], event[subset.rows])
        ard.add_all({"N": curve.n, "events": int(curve.events)}, group=subset.group, variable=name)
        where = {"group": subset.group, "variable": name, "decimals": variable["decimals"]}
        add_median(ard, curve, survival, NO_PATIENTS, **where)
    test = log_rank(time, event, frame["TRT01A"].to_numpy(str), levels=settings["arms"])
    ard.add_all({"p_value": test.p_value}, variable=name, method=test.method, note=test.note)


def describe(
    adsl: pd.DataFrame, times: dict[str, pd.DataFrame], settings: dict[str, Any]
) -> ArdBuilder:
    """All baseline rows; `times` holds one frame (TRT01A, time, event) per endpoint named."""
    ard = ArdBuilder("baseline", formats=Formats(**settings["printed"]))
    add_group_sizes(ard, adsl["TRT01A"], settings["arms"])
    for variable in settings["variables"]:
        if variable["kind"] == "time_to_event":
            describe_times(ard, times[variable["endpoint"]], variable, settings)
        else:
            describe_variable(ard, adsl, variable, settings)
    return ard
