"""Rows of the treatment effect without an exclusion that looks ahead, and from landmarks on.

The step is `scripts/estimate_landmark.py`.

Source: Anderson, Cain, Gelber 1983 (landmark method); CEBP 2022;31:2079 (bias of leaving out early
deaths). An event or censoring on the landmark itself leaves out, as in survminer::gglandmark.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ALL, ArdBuilder
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks, in_fixed_order
from scripts.lib.analysis.treatment_effect import add_effect
from scripts.lib.derivation.cnsr import event_observed

LEFT_OUT = "left_out"


def of_endpoint(rows: pd.DataFrame, endpoint: str) -> pd.DataFrame:
    """Times of one endpoint of the dataset without exclusion, in a fixed order.

    Returns
    -------
    DataFrame: USUBJID, TRT01A, EVNTDESC, time (days), event.
    """
    frame = rows.loc[rows["RULESET"] == endpoint, ["USUBJID", "TRT01A", "EVNTDESC"]].assign(
        time=rows["AVAL"].astype("Float64"), event=event_observed(rows["CNSR"])
    )
    return in_fixed_order(frame)


def after_landmark(frame: pd.DataFrame, day: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients event-free and under observation after the day, time from then; and the others."""
    stays = (frame["time"] > day).to_numpy(bool)
    kept = frame[stays].assign(time=frame.loc[stays, "time"] - day)
    return kept.reset_index(drop=True), frame[~stays]


def reason(frame: pd.DataFrame) -> pd.Series:
    """Why a patient is left out: the event, or `censored (...)`."""
    return frame["EVNTDESC"].where(frame["event"], "censored (" + frame["EVNTDESC"] + ")")


def add_left_out(
    ard: ArdBuilder,
    frame: pd.DataFrame,
    left_out: pd.DataFrame,
    population: str,
    arms: list[str],
) -> None:
    """Rows of those left out, by arm and reason (most frequent first)."""
    why = reason(left_out)
    counts = why.value_counts()
    reasons = sorted(counts.index, key=lambda text: (-counts[text], text))
    of_all = arm_masks(frame["TRT01A"], arms)
    for group, rows in arm_masks(left_out["TRT01A"], arms).items():
        where: dict[str, Any] = {"population": population, "group": group, "variable": LEFT_OUT}
        n, total = int(rows.sum()), int(of_all[group].sum())
        share = 100 * n / total if total else None
        values = {"n": n, "N": total, "percent": share}
        ard.add_all(values, note="not applicable: no patients", **where)
        for text in reasons:
            ard.add("n", int((why[rows] == text).sum()), level=text, **where)


def estimate(
    primary: pd.DataFrame, frame: pd.DataFrame, own: dict[str, Any], settings: dict[str, Any]
) -> ArdBuilder:
    """Every analysis of one endpoint.

    Parameters
    ----------
    primary, frame
        Times of the primary analysis, and of the patients without the exclusion.
    own
        Settings of the endpoint; `settings` those of the step.
    """
    ard = ArdBuilder("landmark", own["parameter"], Formats(**own["printed"]))
    add_effect(ard, primary, ALL, own)
    add_effect(ard, frame, f"ignoring={'+'.join(settings['ignoring'])}", own)
    for day in settings["days"]:
        population = f"landmark={day}"
        kept, left_out = after_landmark(frame, day)
        add_effect(ard, kept, population, own)
        add_left_out(ard, frame, left_out, population, own["arms"])
    return ard
