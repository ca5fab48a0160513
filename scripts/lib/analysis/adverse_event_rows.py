"""Patients with adverse events by arm: any, severe, immune-related, and by term.

adverse_events: a patient counts once per row
        N per group (variable empty)
        ANYAE, ANYGE3, ANYIR, IRGC (level empty), AEDECOD, AEDECOD_GE3 (level = term):
        n, N, percent per group (group empty: together; N = all patients of the group); p_value

Source: paper, Safety and Table V; CTCAE 5.0; rows from config/statistics.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.describe import (
    add_group_sizes,
    add_not_collected,
    add_share,
    add_test,
    compare_counts,
)
from scripts.lib.analysis.event_rows import select, term_order
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import TOGETHER, arm_masks


def patients_by_group(events: pd.DataFrame, arms: Sequence[str]) -> dict[str, int]:
    """Number of patients with an event, together and by arm."""
    arm_of = events.drop_duplicates("USUBJID")["ARM"]
    counts = arm_of.value_counts()
    return {TOGETHER: len(arm_of)} | {arm: int(counts.get(arm, 0)) for arm in arms}


def add_row(
    ard: ArdBuilder,
    events: pd.DataFrame,
    totals: dict[str, int],
    settings: dict[str, Any],
    *,
    variable: str,
    level: str = "",
) -> None:
    """Rows n, N, percent per group and p_value of the patients that have one of `events`."""
    counts = patients_by_group(events, settings["arms"])
    for group, total in totals.items():
        add_share(ard, counts[group], total, group=group, variable=variable, level=level)
    having = np.array([counts[arm] for arm in settings["arms"]])
    without = np.array([totals[arm] for arm in settings["arms"]]) - having
    test = compare_counts(np.vstack([having, without]), settings["tests"])
    add_test(ard, test, variable, level)


def describe(adsl: pd.DataFrame, adae: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """Rows of every declared count."""
    ard = ArdBuilder("adverse_events", formats=Formats(**settings["printed"]))
    masks = arm_masks(adsl["TRT01A"], settings["arms"])
    totals = {group: int(rows.sum()) for group, rows in masks.items()}
    add_group_sizes(ard, adsl["TRT01A"], settings["arms"])
    arms = adsl.set_index("USUBJID")["TRT01A"]
    events = adae[adae["USUBJID"].isin(adsl["USUBJID"])]
    events = select(events.assign(ARM=events["USUBJID"].map(arms)), settings["where"])
    for count in settings["counts"]:
        if count.get("not_collected"):
            add_not_collected(ard, count["variable"], totals)
            continue
        chosen = select(events, count["where"])
        if count["by"] is None:
            add_row(ard, chosen, totals, settings, variable=count["variable"])
            continue
        parts = dict(list(chosen.groupby(count["by"])))
        for level in term_order(chosen, count["by"], count["levels"]):
            part = parts.get(level, chosen.iloc[:0])
            add_row(ard, part, totals, settings, variable=count["variable"], level=level)
    return ard
