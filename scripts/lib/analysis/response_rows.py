"""Rows of response with limits, its differences between arms, and how long it lasts.

The step is `scripts/estimate_response_limits.py`.

Source: RECIST 1.1 (Eur J Cancer 45:228-247, 2009), section 4.6: duration of response from the first
CR or PR; R binom.test, fisher.test, survfit; Newcombe, Stat Med 17:873-890, 1998.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row, value_text
from scripts.lib.analysis.effect_rows import (
    NO_PATIENTS,
    add_differences,
    add_odds_ratios,
    add_proportions,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import Subset, arm_masks, in_fixed_order
from scripts.lib.analysis.survival_rows import (
    add_counts_and_median,
    add_months,
    curve_rows,
)
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.derivation.cnsr import event_observed
from scripts.lib.derivation.response import DAY, RESPONDING, RESPONSE, confirmed_assessments
from scripts.lib.derivation.rows import PATIENT
from scripts.lib.statistics.survival import kaplan_meier

ARD = "response_limits"
CONFIRMED = {"ORR": False, "CORR": True}
"""Parameters of response that last; whether each needs confirmation."""
SWIMMER = (
    "group", "time", "progression_free", "dead", "ended",
    "partial", "complete", "confirmed_partial", "confirmed_complete",
)  # fmt: skip


def assessments(adrs: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """Assessments used, in order of dates, with the position of their patient in ADSL."""
    used = adrs[adrs["PARAMCD"] == "OVRLRESP"]
    position = pd.Index(adsl["USUBJID"]).get_indexer(pd.Index(used["USUBJID"]))
    used = pd.DataFrame(
        {
            PATIENT: position,
            RESPONSE: used["AVALC"].array,
            DAY: used["ADY"].array,
            "date": used["ADT"].array,
        }
    )
    return used[position >= 0].sort_values([PATIENT, "date"], ignore_index=True)


def first_dates(used: pd.DataFrame, rows: pd.Series, patients: int) -> pd.Series:
    """Date of the first of these assessments per patient; missing where there is none."""
    dates = used.loc[rows.to_numpy(bool)].groupby(PATIENT)["date"].min()
    return dates.reindex(range(patients)).reset_index(drop=True)


def add_responses(
    adsl: pd.DataFrame, adrs: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """ADSL with every parameter of the settings as a column, and the dates of first responses.

    Returns
    -------
    DataFrame: USUBJID, TRT01A, parameters; PR, CR, CPR, CCR: first response of that kind (C:
    confirmed); FIRST_ORR, FIRST_CORR: the first of either kind.
    """
    frame = adsl[["USUBJID", "TRT01A"]].reset_index(drop=True)
    for name in (*settings["rates"], *settings["best"]):
        values = adrs.loc[adrs["PARAMCD"] == name].set_index("USUBJID")["AVALC"]
        frame[name] = frame["USUBJID"].map(values)
    used = assessments(adrs, frame)
    complete, partial = confirmed_assessments(used, settings["confirmation"])
    for name, rows in {"CCR": complete, "CPR": partial}.items():
        frame[name[1:]] = first_dates(used, used[RESPONSE] == name[1:], len(frame))
        frame[name] = first_dates(used, rows, len(frame))
    frame["FIRST_ORR"] = first_dates(used, used[RESPONSE].isin(RESPONDING), len(frame))
    frame["FIRST_CORR"] = first_dates(used, complete | partial, len(frame))
    return frame


def describe_rates(frame: pd.DataFrame, settings: Mapping[str, Any]) -> list[Row]:
    """Rows of the parameters: proportions and how the arms differ; best responses."""
    ard = ArdBuilder(ARD, formats=Formats(**settings["printed"]))
    masks = arm_masks(frame["TRT01A"], settings["arms"])
    for group, rows in masks.items():
        ard.add("N", int(rows.sum()), group=group)
    if settings.get("not_collected"):
        for name in (*settings["rates"], *settings["best"]):
            for group in masks:
                ard.add("n", None, group=group, variable=name, level="yes", note=NOT_COLLECTED)
        return ard.rows
    level, reference = settings["survival"]["confidence_level"], settings["reference"]
    for name in settings["rates"]:
        yes = (frame[name] == "Y").fillna(False).to_numpy(bool)
        counts = {g: (int((rows & yes).sum()), int(rows.sum())) for g, rows in masks.items()}
        where = {"variable": name, "level": "yes"}
        add_proportions(ard, counts, level, **where)
        add_differences(ard, counts, reference, level, **where)
        add_odds_ratios(ard, counts, reference, level, **where)
    for name in settings["best"]:
        for best in settings["levels"]:
            here = (frame[name] == best).fillna(False).to_numpy(bool)
            counts = {g: (int((rows & here).sum()), int(rows.sum())) for g, rows in masks.items()}
            add_proportions(ard, counts, level, variable=name, level=best)
    return ard.rows


def durations(
    frame: pd.DataFrame, times: pd.DataFrame, name: str, first_day: int = 0
) -> pd.DataFrame:
    """Responders: USUBJID, TRT01A, time (days), event, to (days to the response `name`).

    Both count the day of their start as `first_day`; a time below it ends before its response.
    """
    frame = frame.merge(times, on="USUBJID", how="inner", validate="one_to_one")
    start = frame[f"FIRST_{name}"]
    responding = (frame[name] == "Y").fillna(False) & start.notna()
    lasting = pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "TRT01A": frame["TRT01A"],
            "time": (frame["ADT"] - start).dt.days + first_day,
            "event": event_observed(frame["CNSR"]),
            "to": (start - frame["STARTDT"]).dt.days + first_day,
        }
    )
    return in_fixed_order(lasting[responding.to_numpy(bool)])


def describe_duration(
    lasting: pd.DataFrame, name: str, settings: Mapping[str, Any]
) -> tuple[list[Row], list[list[str]]]:
    """Rows and step curves of the duration of one kind of response, and of the time to it."""
    formats, survival = Formats(**settings["printed"]), settings["survival"]
    ard = ArdBuilder(ARD, "DOR", formats)
    waiting = ArdBuilder(ARD, "TTR", formats)
    curves: list[list[str]] = []
    first_day = survival.get("first_day", 0)
    time, event = lasting["time"].to_numpy(float), lasting["event"].to_numpy(bool)
    for group, rows in arm_masks(lasting["TRT01A"], settings["arms"]).items():
        subset = Subset(f"{name}=yes", group, rows & (time >= first_day))
        curve = kaplan_meier(time[subset.rows], event[subset.rows])
        where: dict[str, Any] = {"population": subset.population, "group": group}
        ard.add("n", int((rows & (time < first_day)).sum()), variable="ENDSBEFORE", **where)
        add_counts_and_median(ard, curve, subset, survival)
        if curve.n:
            add_months(ard, curve, time[subset.rows], subset, survival)
            curves.extend(curve_rows(curve, subset, survival))
        waits = lasting["to"].to_numpy(float)[rows] / survival["days_per_month"]
        waiting.add("N", len(waits), **where)
        found = [np.median(waits), waits.min(), waits.max()] if len(waits) else [None] * 3
        values = dict(zip(("median", "min", "max"), found, strict=True))
        waiting.add_all(values, note=NO_PATIENTS, **where)
    return [*ard.rows, *waiting.rows], curves


def swimmers(
    frame: pd.DataFrame, times: pd.DataFrame, follow_up: pd.DataFrame, month: float
) -> pd.DataFrame:
    """One row a patient, without names: what the swimmer plot shows (columns: module docstring)."""
    both = times.merge(follow_up, on="USUBJID", suffixes=("_PFS", ""), validate="one_to_one")
    frame = frame.merge(both, on="USUBJID", how="inner", validate="one_to_one")
    dead = event_observed(frame["CNSR"])

    def months(date: pd.Series) -> pd.Series:
        return (date - frame["STARTDT"]).dt.days / month

    shown = pd.DataFrame(
        {
            "group": frame["TRT01A"],
            "time": months(frame["ADT"]),
            "progression_free": months(frame["ADT_PFS"]),
            "dead": dead.astype(int),
            "ended": (
                (frame["CNSR_PFS"] == 0) & ~(dead & (frame["ADT_PFS"] >= frame["ADT"]))
            ).astype(int),
            "partial": months(frame["PR"]),
            "complete": months(frame["CR"]),
            "confirmed_partial": (frame["CPR"] == frame["PR"]).astype(int),
            "confirmed_complete": (frame["CCR"] == frame["CR"]).astype(int),
        }
    )[list(SWIMMER)]
    order = [*SWIMMER[1:], "group"]
    return shown.sort_values(order, ascending=False, ignore_index=True)


def write_swimmers(shown: pd.DataFrame, path: str | Path) -> None:
    """Write what the swimmer plot shows; times in full precision."""
    with Path(path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(SWIMMER)
        for row in shown.itertuples(index=False):
            writer.writerow([v if isinstance(v, str) else value_text(v) for v in row])
