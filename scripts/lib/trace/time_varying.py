"""Who is counted in the models of covariates seen later (`fit_time_varying`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.groups import time_and_event
from scripts.lib.analysis.time_varying_rows import (
    CHANGING,
    FIXED,
    SEEN,
    YES,
    day_seen,
    is_dated,
    model_terms,
    rows_seen,
    why_not,
    with_days,
)
from scripts.lib.trace.datasets import Counted, Datasets, counted
from scripts.lib.trace.survival import model_matrix

Settings = Mapping[str, Any]


def time_varying(data: Datasets, settings: Settings) -> Counted:
    """Counts of `fit_time_varying`."""
    later = settings["covariates"]
    names = [one["name"] for one in later] + [term["name"] for term in settings["terms"]]
    subjects = data.table("subjects")
    dates = [date for one in later for date in one["dates"] if date in subjects]
    for endpoint, own in settings["endpoints"].items():
        starts = data.table(f"adtte_{endpoint}")[["USUBJID", "STARTDT", "ADT", "AVAL"]]
        known = subjects[["USUBJID", *dict.fromkeys(dates)]]
        frame = with_days(data.times(endpoint, names), starts, known, later)
        usable = []
        for one in later:
            if why_not(one):
                continue
            yield from _seen(frame, one["name"], own["parameter"])
            if is_dated(frame, one["name"]):
                usable.append(one["name"])
                yield from _alone(frame, one["name"], own["parameter"], settings["days"])
        model = data.table(f"model_{endpoint}")
        inside = frame[frame["USUBJID"].isin(model["USUBJID"])].reset_index(drop=True)
        chosen = [term for term in settings["terms"] if term["name"] in model]
        yield from _multivariable(inside, chosen, usable, own)


def _seen(frame: pd.DataFrame, name: str, parameter: str) -> Counted:
    for level, here in rows_seen(frame, name).items():
        key = {"parameter": parameter, "population": SEEN, "variable": name, "level": level}
        yield counted("n", frame, here, **key)


def _alone(frame: pd.DataFrame, name: str, parameter: str, days: list[int]) -> Counted:
    day, known = day_seen(frame, name)
    time, event = time_and_event(frame)
    key = {"parameter": parameter, "variable": name, "level": YES}
    populations = {FIXED: known, CHANGING: known}
    populations |= {f"landmark={limit}": known & (time > limit) for limit in days}
    for population, here in populations.items():
        yield counted("N", frame, here, population=population, **key)
        yield counted("events", frame, here & event, population=population, **key)
    for limit in days:
        here = known & (time > limit) & (day <= limit)
        yield counted("n", frame, here, population=f"landmark={limit}", **key)


def _multivariable(
    frame: pd.DataFrame, chosen: list[Settings], usable: list[str], own: Settings
) -> Counted:
    later = [term["name"] for term in chosen if term["name"] in usable]
    if not later:
        return
    here = np.logical_and.reduce([day_seen(frame, name)[1] for name in later])
    frame = frame[here]
    terms = model_terms(frame, chosen, later, own)
    event = frame["event"].to_numpy(bool)
    everybody = np.ones(len(frame), bool)
    for column in model_matrix(frame, terms).columns:
        for form in (FIXED, CHANGING):
            key = {"parameter": own["parameter"], "population": f"multivariable: {form}"}
            key |= {"variable": column.term, "level": column.level}
            yield counted("N", frame, everybody, **key)
            yield counted("events", frame, event, **key)
