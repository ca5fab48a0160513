"""Effect of treatment in a set of patients as Analysis Results Data: counts, medians, HR, log-rank.

The rows are those of `kaplan_meier`, `log_rank` and `cox_univariable`, for any population, so that
an analysis beside the primary one can be laid beside it number by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row
from scripts.lib.analysis.cox_rows import ESTIMATES, add_fit, fit_terms, treatment_term
from scripts.lib.analysis.formats import Formats, display_value
from scripts.lib.analysis.groups import Subset, arm_masks, time_and_event
from scripts.lib.analysis.survival_rows import add_counts_and_median
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.log_rank import LogRank, log_rank
from scripts.lib.statistics.survival import kaplan_meier

Settings = Mapping[str, Any]


def add_effect(ard: ArdBuilder, frame: pd.DataFrame, population: str, settings: Settings) -> None:
    """Rows of one population.

    Parameters
    ----------
    frame
        TRT01A, time (days), event; one row a patient.
    settings
        `arms`, `reference`, `ties`, `confidence_level`, `display_p`, `survival`, `printed`.
    """
    time, event = time_and_event(frame)
    for group, rows in arm_masks(frame[TREATMENT], settings["arms"]).items():
        curve = kaplan_meier(time[rows], event[rows])
        subset = Subset(population, group, rows)
        add_counts_and_median(ard, curve, subset, settings["survival"])
    arm = frame[TREATMENT].to_numpy(str)
    test = log_rank(time, event, arm, levels=settings["arms"])
    ard.add_all(
        {"chi_square": test.chi_square, "df": test.df, "p_value": test.p_value},
        population=population,
        method=test.method,
        note=test.note,
    )
    _add_hazard_ratios(ard, frame, population, settings)


def _add_hazard_ratios(
    ard: ArdBuilder, frame: pd.DataFrame, population: str, settings: Settings
) -> None:
    """Hazard ratio of each arm against the reference; P as config names it."""
    present = set(frame[TREATMENT].unique())
    others = [arm for arm in settings["arms"] if arm != settings["reference"]]
    absent = [a for a in others if a not in present or settings["reference"] not in present]
    for arm in absent:
        values = dict.fromkeys(ESTIMATES)
        where = {"population": population, "variable": TREATMENT, "level": arm}
        ard.add_all(values, note="not estimable: an arm has no patient", **where)
    if len(absent) == len(others):
        return
    fit = fit_terms(frame, [treatment_term(frame, settings)], settings)
    before = len(ard.rows)
    add_fit(ard, fit, settings["confidence_level"], population=population)
    if settings["display_p"] == "log_rank":
        ard.rows[before:] = with_log_rank(ard.rows[before:], frame, settings)


def with_log_rank(rows: list[Row], frame: pd.DataFrame, settings: Settings) -> list[Row]:
    """Rows with the P value of treatment taken from the log-rank test against the reference."""
    time, event = time_and_event(frame)
    arm, formats = frame[TREATMENT].to_numpy(str), Formats(**settings["printed"])

    def replace(row: Row) -> Row:
        if (row.variable, row.statistic) != (TREATMENT, "p_value"):
            return row
        pair = (settings["reference"], row.level)
        here = np.isin(arm, pair)
        return _with_p(row, log_rank(time[here], event[here], arm[here], levels=pair), formats)

    return [replace(row) for row in rows]


def _with_p(row: Row, test: LogRank, formats: Formats) -> Row:
    """The row with the P value of another test."""
    known = not np.isnan(test.p_value)
    return row._replace(
        value=repr(test.p_value) if known else "",
        display=display_value("p_value", test.p_value if known else None, test.note, formats),
        method=test.method,
        note="" if known else test.note,
    )
