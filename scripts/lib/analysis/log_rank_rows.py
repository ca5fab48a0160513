"""Log-rank tests of one endpoint: between arms, and between the declared strata.

log_rank: chi_square, df, p_value
        between arms: variable empty
        strata within an arm: group = arm, variable = NAME (k groups)
        arm by stratum: group empty, variable = NAME (every arm and level a group); with level =
        `stratified by arm`, the levels compared within the arms: what the groups differ in beside
        treatment
        A note marks strata formed after the start of treatment.

Source: survival package of R (survdiff); strata from config/statistics.yaml.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import BY_ARM, ArdBuilder
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    arm_masks,
    level_text,
    mark_later,
    time_and_event,
)
from scripts.lib.statistics.log_rank import LogRank, log_rank


def add_test(
    ard: ArdBuilder, test: LogRank, group: str = "", variable: str = "", level: str = ""
) -> None:
    """Rows chi_square, df and p_value of one test."""
    groups = len(test.groups)
    ard.add_all(
        {"chi_square": test.chi_square, "df": test.df, "p_value": test.p_value},
        group=group,
        variable=variable,
        level=level,
        method=test.method if groups < 3 else f"{test.method}, {groups} groups",
        note=test.note,
    )


def compare(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """All tests of one endpoint."""
    ard = ArdBuilder("log_rank", settings["parameter"], Formats(**settings["printed"]))
    arms = settings["arms"]
    masks = arm_masks(frame["TRT01A"], arms)
    time, event = time_and_event(frame)
    add_test(ard, log_rank(time, event, frame["TRT01A"].to_numpy(str), levels=arms))
    for stratum in settings["strata"]:
        name = stratum["name"]
        levels = level_text(frame[name])
        known = levels.notna().to_numpy(bool)
        if stratum["within_arm"]:
            for arm in arms:
                rows = masks[arm] & known
                test = log_rank(time[rows], event[rows], levels[rows].to_numpy(str))
                add_test(ard, test, group=arm, variable=name)
        else:
            arm, level = frame["TRT01A"].to_numpy(str)[known], levels[known].to_numpy(str)
            pairs = np.char.add(np.char.add(arm, "|"), level)
            add_test(ard, log_rank(time[known], event[known], pairs), variable=name)
            within = log_rank(time[known], event[known], level, strata=arm)
            add_test(ard, within, variable=name, level=BY_ARM)
    ard.rows = mark_later(ard.rows, settings["strata"])
    return ard
