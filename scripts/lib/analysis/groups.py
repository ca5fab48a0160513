"""Patients by arm, level and subset: what every statistical step does before it computes.

Arms, variables and levels come from the settings; a level of the data that is not declared is
kept after the declared ones, so that nobody drops out of a table unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ALL, Row
from scripts.lib.derivation.cnsr import event_observed
from scripts.lib.errors import Stop
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray
from scripts.lib.tables import read_table

TOGETHER = ""
COUNTS = ("n", "N", "events", "censored", "at_risk", "df")
LATER_GROUPS = (
    "groups formed after the start of treatment and counted from it: who lives longer has more "
    "time to belong to them (immortal time)"
)
BOOLEAN_LEVELS = {True: "yes", False: "no"}


class Subset(NamedTuple):
    """A named set of patients: `population`, `group` of the results and a mask of rows."""

    population: str
    group: str
    rows: BoolArray


def level_text(values: pd.Series) -> pd.Series:
    """Values as level names: yes / no for booleans, 0 for 0.0; missing stays missing."""
    if pd.api.types.is_bool_dtype(values.dtype):
        name: Callable[[Any], str] = BOOLEAN_LEVELS.__getitem__
    elif pd.api.types.is_float_dtype(values.dtype):
        name = "{:g}".format
    else:
        return values.astype("string")
    place, distinct = pd.factorize(values)  # each distinct value is named once
    names = pd.array([*map(name, distinct), None], dtype="string")
    return pd.Series(names.take(place), index=values.index, name=values.name)


def level_order(values: pd.Series, declared: Sequence[str] | None) -> list[str]:
    """Declared levels, then those that only the data have (numbers by size, else by name).

    Parameters
    ----------
    values
        Level names (`level_text`).
    declared
        Levels in the order of display; None when the study declares none.
    """
    present = set(values.dropna().unique())
    if declared is None and present <= set(BOOLEAN_LEVELS.values()):
        declared = ["no", "yes"]
    declared = list(declared or ())
    extra = present - set(declared)
    return declared + sorted(extra, key=_natural)


def _natural(level: str) -> tuple[int, float, str]:
    try:
        return (0, float(level), level)
    except ValueError:
        return (1, 0.0, level)


def arm_masks(arm: pd.Series, arms: Sequence[str]) -> dict[str, BoolArray]:
    """Rows of all arms together (key empty), then of each arm.

    Raises
    ------
    Stop
        A patient belongs to none of the declared arms.
    """
    code = arm.astype("string")
    undeclared = ~code.isin(list(arms)).to_numpy(bool)
    if undeclared.any():
        raise Stop(
            f"{int(undeclared.sum())} patient(s) belong to none of the arms {', '.join(arms)}. "
            "Add the arm to study.arms, or mend the assignment of arms in config/cohort.yaml."
        )
    masks = {TOGETHER: np.ones(len(arm), bool)}
    return masks | {name: (code == name).to_numpy(bool) for name in arms}


def subsets(frame: pd.DataFrame, arms: Sequence[str]) -> list[Subset]:
    """All patients, together and by arm."""
    masks = arm_masks(frame["TRT01A"], arms)
    return [Subset(ALL, group, rows) for group, rows in masks.items()]


def level_subsets(
    frame: pd.DataFrame, variable: dict[str, Any], arms: Sequence[str]
) -> Iterator[Subset]:
    """Patients of each level of a variable, by arm: population `NAME=level`."""
    levels = level_text(frame[variable["name"]])
    masks = arm_masks(frame["TRT01A"], arms)
    for level in level_order(levels, variable["levels"]):
        here = (levels == level).fillna(False).to_numpy(bool)
        for group in arms:
            yield Subset(population_name(variable["name"], level), group, here & masks[group])


def all_subsets(frame: pd.DataFrame, settings: dict[str, Any]) -> Iterator[Subset]:
    """All patients and arms, then the strata within arms."""
    yield from subsets(frame, settings["arms"])
    for stratum in settings["strata"]:
        yield from level_subsets(frame, stratum, settings["arms"])


def population_name(variable: str, level: str) -> str:
    """Name of a subset in the results."""
    return f"{variable}={level}"


def mark_later(
    rows: Sequence[Row], specs: Sequence[Mapping[str, Any]], note: str = LATER_GROUPS
) -> list[Row]:
    """Rows with `note` beside each estimate that rests on a variable known only after the start.

    Parameters
    ----------
    rows
        Their `variable`, or their population `NAME=level`, names the variable.
    specs
        Variables as a step's settings have them: `name`, and `late` where it is known later.
    """
    late = {spec["name"] for spec in specs if spec.get("late")}

    def marked(row: Row) -> Row:
        about = {row.variable, row.population.partition("=")[0]}
        if not row.value or row.statistic in COUNTS or not about & late:
            return row
        return row._replace(note="; ".join(filter(None, (row.note, note))))

    return [marked(row) for row in rows]


def read_time_to_event(
    adtte: str | Path, adsl: str | Path, variables: Sequence[str] = ()
) -> pd.DataFrame:
    """Times of an endpoint with subject variables, one row per patient of ADSL.

    An endpoint may be derived for more patients than are analysed; those are left out here.

    Returns
    -------
    DataFrame: USUBJID, TRT01A, time (days), event (boolean; CNSR 0 = event), variables.
    """
    times = read_table(adtte, ["USUBJID", "TRT01A", "AVAL", "CNSR"])
    wanted = [name for name in dict.fromkeys(variables) if name not in times]
    subjects = read_table(adsl, ["USUBJID", *wanted])
    frame = times.merge(subjects, on="USUBJID", how="inner", validate="one_to_one")
    frame["time"] = frame.pop("AVAL").astype("Float64")
    frame["event"] = event_observed(frame.pop("CNSR"))
    return in_fixed_order(frame)


def read_times(path: str, patients: pd.Series) -> pd.DataFrame:
    """Times of an endpoint of the patients of ADSL."""
    frame = read_table(path, ["USUBJID", "TRT01A", "AVAL", "CNSR"])
    frame = frame[frame["USUBJID"].isin(patients)].reset_index(drop=True)
    frame["time"], frame["event"] = frame["AVAL"].astype("Float64"), event_observed(frame["CNSR"])
    return in_fixed_order(frame)


def in_fixed_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows sorted by what is computed with, never by the patient's name.

    Sums of floats depend in their last digit on the order of the terms; names are pseudonyms, which
    differ between two places that hold the same data.
    """
    values = [name for name in frame.columns if name != "USUBJID"]
    codes = [pd.factorize(frame[name], sort=True)[0] for name in reversed(values)]
    return frame.take(np.lexsort(codes)).reset_index(drop=True)


def time_and_event(frame: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
    """Columns `time` and `event` as arrays."""
    return frame["time"].to_numpy(float, na_value=np.nan), frame["event"].to_numpy(bool)


def check_numbers(frame: pd.DataFrame, name: str) -> None:
    """Stop where a variable that the settings call numeric is text; no value is shown."""
    if not pd.api.types.is_numeric_dtype(frame[name].dtype):
        raise Stop(
            f"the variable {name} is text where numbers are expected. Write `kind: categorical` "
            "where config/statistics.yaml or config/sensitivity.yaml names it, or make it a number "
            "in config/cohort.yaml."
        )
