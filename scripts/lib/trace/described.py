"""Who is counted in the descriptions: baseline, treatment, sites, response, adverse events.

Each function goes the way of the step that counts, with that step's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ae_rate_rows import counted as counted_levels
from scripts.lib.analysis.ae_rate_rows import (
    in_window,
    observed_days,
    place_events,
    read_patients,
    window_days,
)
from scripts.lib.analysis.describe import MISSING
from scripts.lib.analysis.event_rows import select, term_order
from scripts.lib.analysis.groups import arm_masks, level_order, level_text, read_times, subsets
from scripts.lib.trace.datasets import Counted, Datasets, counted

Settings = Mapping[str, Any]


def group_sizes(frame: pd.DataFrame, settings: Settings) -> Counted:
    """N of all arms together and of each arm."""
    for group, rows in arm_masks(frame["TRT01A"], settings["arms"]).items():
        yield counted("N", frame, rows, group=group)


def variables(data: Datasets, settings: Settings) -> Counted:
    """Counts of declared variables of ADSL (baseline and its like)."""
    adsl = data.table("adsl")
    yield from group_sizes(adsl, settings)
    for variable in settings["variables"]:
        if variable.get("not_collected"):
            continue
        if variable["kind"] == "time_to_event":
            yield from _times(data, adsl, variable, settings)
            continue
        frame = select(adsl, variable["where"])
        numeric = variable["kind"] == "numeric"
        yield from (_numeric if numeric else _categorical)(frame, variable, settings)


def _times(data: Datasets, adsl: pd.DataFrame, variable: Settings, settings: Settings) -> Counted:
    path = str(data.paths[f"adtte_{variable['endpoint']}"])
    times = read_times(path, adsl["USUBJID"])
    event = times["event"].to_numpy(bool)
    for subset in subsets(times, settings["arms"]):
        where = {"group": subset.group, "variable": variable["name"]}
        yield counted("N", times, subset.rows, **where)
        yield counted("events", times, subset.rows & event, **where)


def _numeric(frame: pd.DataFrame, variable: Settings, settings: Settings) -> Counted:
    known = frame[variable["name"]].notna().to_numpy(bool)
    for group, rows in arm_masks(frame["TRT01A"], settings["arms"]).items():
        yield counted("n", frame, rows & known, group=group, variable=variable["name"])


def _categorical(frame: pd.DataFrame, variable: Settings, settings: Settings) -> Counted:
    name = variable["name"]
    levels = level_text(frame[str(name)])
    known = levels.notna().to_numpy(bool)
    of_all = variable["denominator"] == "all"
    for group, rows in arm_masks(frame["TRT01A"], settings["arms"]).items():
        for level in level_order(levels, variable["levels"]):
            here = (levels == level).fillna(False).to_numpy(bool)
            where = {"group": group, "variable": name, "level": level}
            yield counted("n", frame, rows & here, **where)
            yield counted("N", frame, rows if of_all else rows & known, **where)
        yield counted("n", frame, rows & ~known, group=group, variable=name, level=MISSING)


def response(data: Datasets, settings: Settings) -> Counted:
    """Counts of response."""
    adsl, adrs = data.table("adsl"), data.table("adrs")
    yield from group_sizes(adsl, settings)
    for row in [] if settings.get("not_collected") else settings["rows"]:
        values = adrs.loc[adrs["PARAMCD"] == row["parameter"]].set_index("USUBJID")["AVALC"]
        levels = adsl["USUBJID"].map(values)
        for group, rows in arm_masks(adsl["TRT01A"], settings["arms"]).items():
            for level in row["levels"]:
                here = (levels == level).fillna(False).to_numpy(bool)
                shown = row["labels"].get(level, level)
                where = {"group": group, "variable": row["parameter"], "level": shown}
                yield counted("n", adsl, rows & here, **where)
                yield counted("N", adsl, rows, **where)


def adverse_events(data: Datasets, settings: Settings) -> Counted:
    """Counts of adverse events."""
    adsl, adae = data.table("adsl"), data.table("adae")
    yield from group_sizes(adsl, settings)
    masks = arm_masks(adsl["TRT01A"], settings["arms"])
    events = select(adae[adae["USUBJID"].isin(adsl["USUBJID"])], settings["where"])
    for count in settings["counts"]:
        if count.get("not_collected"):
            continue
        chosen = select(events, count["where"])
        for level, part in _by_level(chosen, count):
            having = adsl["USUBJID"].isin(part["USUBJID"]).to_numpy(bool)
            for group, rows in masks.items():
                where = {"group": group, "variable": count["variable"], "level": level}
                yield counted("n", adsl, rows & having, **where)
                yield counted("N", adsl, rows, **where)


def _by_level(chosen: pd.DataFrame, count: Settings) -> list[tuple[str, pd.DataFrame]]:
    if count["by"] is None:
        return [("", chosen)]
    parts = dict(list(chosen.groupby(count["by"])))
    order = term_order(chosen, count["by"], count["levels"])
    return [(level, parts.get(level, chosen.iloc[:0])) for level in order]


def event_rates(data: Datasets, settings: Settings) -> Counted:
    """Counts of `estimate_ae_rates`; in `events` a patient stands once an event."""
    patients = read_patients(
        data.table("adsl")[["USUBJID", "TRT01A"]],
        data.table("subjects")[["USUBJID", *filter(None, _dates(settings))]],
        data.table(f"adtte_{settings['follow_up']}")[["USUBJID", "ADT"]],
        settings,
    )
    events = place_events(data.table("adae"), patients)
    masks = arm_masks(patients["TRT01A"], settings["arms"])
    for window in settings["windows"]:
        length = window_days(patients, window)
        whole = observed_days(patients, length) >= length
        for group, rows in masks.items():
            here = {"population": window["id"], "group": group}
            yield counted("N", patients, rows, **here)
            yield counted("n", patients, rows & whole, variable="OBSERVED", **here)
        began = in_window(events, length)
        inside = select(began[began["TRTEMFL"].to_numpy(bool)], settings["where"])
        for count in settings["counts"]:
            for level, part in counted_levels(inside, events, count):
                key = {"population": window["id"], "variable": count["variable"], "level": level}
                yield from _rates(patients, part["patient"].to_numpy(), masks, key)


def _dates(settings: Settings) -> list[str]:
    return list(dict.fromkeys((settings["start"], settings["end"])))


def _rates(
    patients: pd.DataFrame, having: np.ndarray, masks: Mapping[str, Any], key: dict[str, str]
) -> Counted:
    for group, rows in masks.items():
        events = np.sort(having[rows[having]])
        yield counted("n", patients, np.unique(events), group=group, **key)
        yield counted("N", patients, rows, group=group, **key)
        yield counted("events", patients, events, group=group, **key)
