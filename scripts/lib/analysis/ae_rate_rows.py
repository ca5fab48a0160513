"""Rows of adverse events by time under observation.

The step is `scripts/estimate_ae_rates.py`.

Source: CTCAE 5.0; Newcombe, Stat Med 17:873-890, 1998; R binom.test, poisson.test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.effect_rows import add_differences, add_proportions, compared, limits
from scripts.lib.analysis.event_rows import select, term_order
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.statistics.rates import poisson_rate, rate_ratio
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

PER = 100  # patient-months
NO_TIME = "not estimable: no time under observation"
NO_RATIO = "not estimable: no event in the reference arm, or no time under observation"


class Group(NamedTuple):
    """Arms and time under observation (days, one a patient) of one window."""

    population: str
    masks: dict[str, BoolArray]
    days: FloatArray


def read_patients(
    adsl: pd.DataFrame, subjects: pd.DataFrame, follow_up: pd.DataFrame, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """One row per patient of ADSL: TRT01A, start, end (of treatment), last (of follow-up).

    Those without a start or follow-up are not under observation.
    """
    frame = adsl.merge(subjects, on="USUBJID", how="left", validate="one_to_one")
    frame = frame.merge(follow_up, on="USUBJID", how="left", validate="one_to_one")
    end = frame[settings["end"]] if settings["end"] else pd.Series(pd.NaT, frame.index)
    return pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "TRT01A": frame["TRT01A"],
            "start": frame[settings["start"]],
            "end": end.astype("datetime64[us]"),
            "last": frame["ADT"],
        }
    )


def window_days(patients: pd.DataFrame, window: Mapping[str, Any]) -> FloatArray:
    """Days from the start to the end of the window; infinite where it has none."""
    if window["days"] is not None:
        return np.full(len(patients), float(window["days"]))
    treated = (patients["end"] - patients["start"]).dt.days.to_numpy(float, na_value=np.inf)
    return np.maximum(treated, 0) + window["after_end_days"]


def observed_days(patients: pd.DataFrame, length: FloatArray) -> FloatArray:
    """Days under observation: to the end of the window or of the follow-up."""
    known = (patients["last"] - patients["start"]).dt.days.to_numpy(float, na_value=0)
    return np.clip(np.minimum(known, length), 0, None)


def place_events(adae: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Events of the patients, with `patient` (position) and `day` (from the start; unknown NaN)."""
    position = pd.Index(patients["USUBJID"]).get_indexer(pd.Index(adae["USUBJID"]))
    events = adae[position >= 0].assign(patient=position[position >= 0])
    start = pd.Series(patients["start"].array.take(events["patient"].to_numpy()), events.index)
    day = (events["ASTDT"] - start).dt.days
    return events.assign(day=day.to_numpy(float, na_value=np.nan))


def in_window(events: pd.DataFrame, length: FloatArray) -> pd.DataFrame:
    """Events with TRTEMFL as of this window: begun in it, or of unknown onset."""
    day = events["day"].to_numpy(float)
    inside = np.isnan(day) | ((day >= 0) & (day <= length[events["patient"].to_numpy()]))
    return events.assign(TRTEMFL=pd.array(inside, dtype="boolean"))


def add_rows(
    ard: ArdBuilder, events: pd.DataFrame, group: Group, settings: Mapping[str, Any], **key: str
) -> None:
    """Every row of one count: `events` are those that it counts."""
    where: dict[str, Any] = {"population": group.population, **key}
    patient = events["patient"].to_numpy()
    having = np.zeros(len(group.days), bool)
    having[patient] = True
    first = group.days.copy()
    np.fmin.at(first, patient, events["day"].to_numpy(float))
    number = np.bincount(patient, minlength=len(group.days))
    confidence = settings["conventions"]["confidence_level"]
    counts = {
        name: (int(having[rows].sum()), int(rows.sum())) for name, rows in group.masks.items()
    }
    add_proportions(ard, counts, confidence, **where)
    add_differences(ard, counts, settings["reference"], confidence, **where)
    month = settings["conventions"]["days_per_month"]
    first_months = {name: float(first[rows].sum()) / month for name, rows in group.masks.items()}
    for name, rows in group.masks.items():
        many = int(number[rows].sum())
        months = float(group.days[rows].sum()) / month
        ard.add_all({"events": many, "exposure": months}, group=name, **where)
        ard.add("exposure_to_first", first_months[name], group=name, **where)
        rates = {
            "event_rate": poisson_rate(many, months, confidence),
            "rate": poisson_rate(counts[name][0], first_months[name], confidence),
        }
        for statistic, rate in rates.items():
            found = limits(statistic, rate, PER)
            ard.add_all(found, group=name, method="Poisson, exact", note=NO_TIME, **where)
    _add_ratios(ard, counts, first_months, settings, where)


def _add_ratios(
    ard: ArdBuilder,
    counts: dict[str, tuple[int, int]],
    months: dict[str, float],
    settings: Mapping[str, Any],
    where: dict[str, str],
) -> None:
    reference = settings["reference"]
    control = (counts[reference][0], months[reference])
    for arm in compared(counts, reference):
        confidence = settings["conventions"]["confidence_level"]
        ratio = rate_ratio(counts[arm][0], months[arm], *control, confidence)
        method = f"of rate, against {reference}; exact, given the sum of events"
        found = limits("rate_ratio", ratio)
        ard.add_all(found, group=arm, method=method, note=NO_RATIO, **where)


def counted(
    events: pd.DataFrame, everywhere: pd.DataFrame, count: Mapping[str, Any]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Levels of a declared count, each with its events; terms as they stand in every window."""
    chosen = select(events, count["where"])
    if count["by"] is None:
        yield "", chosen
        return
    parts = dict(list(chosen.groupby(count["by"])))
    order = term_order(select(everywhere, count["where"]), count["by"], count["levels"])
    for level in order:
        yield level, parts.get(level, chosen.iloc[:0])


def estimate(patients: pd.DataFrame, adae: pd.DataFrame, settings: Mapping[str, Any]) -> ArdBuilder:
    """Rows of every window and count."""
    ard = ArdBuilder("ae_rates", formats=Formats(**settings["printed"]))
    masks = arm_masks(patients["TRT01A"], settings["arms"])
    events = place_events(adae, patients)
    month = settings["conventions"]["days_per_month"]
    for window in settings["windows"]:
        length = window_days(patients, window)
        group = Group(window["id"], masks, observed_days(patients, length))
        for name, rows in masks.items():
            where: dict[str, Any] = {"population": window["id"], "group": name}
            months = float(group.days[rows].sum()) / month
            ard.add_all({"N": int(rows.sum()), "exposure": months}, **where)
            whole = int((group.days[rows] >= length[rows]).sum())
            ard.add("n", whole, variable="OBSERVED", **where)
        here = in_window(events, length)
        inside = select(here[here["TRTEMFL"].to_numpy(bool)], settings["where"])
        for count in settings["counts"]:
            if count.get("not_collected"):
                for name in masks:
                    where = {"population": window["id"], "group": name}
                    ard.add("n", None, variable=count["variable"], note=NOT_COLLECTED, **where)
                continue
            for level, part in counted(inside, events, count):
                add_rows(ard, part, group, settings, variable=count["variable"], level=level)
    return ard
