"""Rows of covariates seen after the start: as if known before, as seen, at landmarks.

The step is `scripts/fit_time_varying.py`.

Source: Therneau, Crowson, Atkinson, Using time dependent covariates (survival package of R: tmerge,
coxph); Suissa 2008 (immortal time).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.cox_rows import (
    AS_IF_KNOWN,
    ESTIMATES,
    add_fit,
    covariates,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import in_fixed_order, time_and_event
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.errors import Stop
from scripts.lib.statistics.counting_process import episodes
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.design import Term, design, factor
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

SEEN, FIXED, CHANGING = "seen", "fixed", "time_varying"
YES, LEVELS = "yes", ["no", "yes"]
NEVER_AT_RISK = "not estimable: nobody is under observation after it was seen"
NOT_YET = "not estimable: seen by that day in nobody who remains"
NO_DATE = "not estimable: no date says when it was seen"
Settings = Mapping[str, Any]


# ---- when it was seen ----------------------------------------------------------------------------


def with_days(
    frame: pd.DataFrame, starts: pd.DataFrame, subjects: pd.DataFrame, later: Sequence[Settings]
) -> pd.DataFrame:
    """The frame with `{column}` in days from the start of the endpoint's time.

    Parameters
    ----------
    frame
        USUBJID and what else is known, one row per patient.
    starts
        USUBJID, STARTDT; with ADT and AVAL, days are numbered as those of AVAL are.
    subjects
        USUBJID and the dates; a column that is not there gives no day.
    later
        Covariates: `name`, `dates` (columns of subjects, of which the first day counts).

    Raises
    ------
    Stop
        What is named as the day is no date.
    """
    for column in subjects.columns.drop("USUBJID"):
        if not pd.api.types.is_datetime64_dtype(subjects[column]):
            raise Stop(
                f"config/sensitivity.yaml: time_varying: {column} is no date. Name in `date` the "
                "variable that holds the day on which the covariate was first seen."
            )
    dates = frame[["USUBJID"]].merge(starts, on="USUBJID", how="left", validate="one_to_one")
    dates = dates.merge(subjects, on="USUBJID", how="left", validate="one_to_one")
    first_day = (
        dates["AVAL"].astype("Float64") - (dates["ADT"] - dates["STARTDT"]).dt.days
        if {"AVAL", "ADT"} <= set(starts)
        else 0
    )
    days = {day_column(one["name"]): _first_day(dates, one["dates"]) + first_day for one in later}
    return in_fixed_order(frame.reset_index(drop=True).assign(**days))


def _first_day(dates: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Days from the start to the first of the dates that are there."""
    known = [name for name in columns if name in dates]
    if not known:
        return pd.Series(pd.NA, index=dates.index, dtype="Float64")
    return (dates[known].min(axis=1) - dates["STARTDT"]).dt.days.astype("Float64")


def day_column(name: str) -> str:
    """Column of the day on which a covariate was seen."""
    return f"{name}__DAY"


def has_it(frame: pd.DataFrame, name: str) -> BoolArray:
    """Who has the covariate, sooner or later, with or without a date: shape (n,)."""
    return frame[name].astype("boolean").fillna(False).to_numpy(bool)


def is_dated(frame: pd.DataFrame, name: str) -> bool:
    """Whether the day is known of anybody who has it; true where nobody has it."""
    yes = has_it(frame, name)
    return not yes.any() or bool(frame.loc[yes, day_column(name)].notna().any())


def day_seen(frame: pd.DataFrame, name: str) -> tuple[FloatArray, BoolArray]:
    """Day of each patient (infinite: never seen), and of whom it is known: shape (n,) each.

    Unknown: the covariate is missing, or is yes without a date.
    """
    day = frame[day_column(name)].to_numpy(float, na_value=np.nan)
    yes = has_it(frame, name)
    known = frame[name].notna().to_numpy(bool) & ~(yes & np.isnan(day))
    return np.where(yes, day, np.inf), known


# ---- one covariate -------------------------------------------------------------------------------


def rows_seen(frame: pd.DataFrame, name: str) -> dict[str, BoolArray]:
    """Who has it, since when, and what came after: level of the count -> rows, shape (n,)."""
    day, known = day_seen(frame, name)
    time, event = time_and_event(frame)
    yes, after = has_it(frame, name), known & (day < time)
    return {
        "": yes,
        "while under observation": after,
        "events after it": after & event,
        "without a date": yes & ~known,
    }


def add_counts(ard: ArdBuilder, frame: pd.DataFrame, name: str) -> None:
    """How many have it, since when, and what came after."""
    for level, rows in rows_seen(frame, name).items():
        ard.add("n", int(rows.sum()), population=SEEN, variable=name, level=level)


def add_alone(ard: ArdBuilder, frame: pd.DataFrame, name: str, own: Settings) -> None:
    """The covariate alone: fixed and time-varying, on the same patients."""
    day, known = day_seen(frame, name)
    time, event = (values[known] for values in time_and_event(frame))
    day, left_out = day[known], int((~known).sum())
    fixed = {"time": time, "event": event, "status": np.isfinite(day)}
    fit_alone(ard, fixed, name, FIXED, left_out, own)
    rows = episodes(time, event, day)
    changing = {"time": rows.stop, "event": rows.event, "status": rows.status[:, 0]}
    fit_alone(ard, changing | {"start": rows.start}, name, CHANGING, left_out, own, len(time))


def add_landmark(ard: ArdBuilder, frame: pd.DataFrame, name: str, day: int, own: Settings) -> None:
    """The covariate as known on a day, of those event-free and under observation after it."""
    seen, known = day_seen(frame, name)
    time, event = time_and_event(frame)
    stays = known & (time > day)
    columns = {"time": time[stays] - day, "event": event[stays], "status": seen[stays] <= day}
    left_out, population = int((~known & (time > day)).sum()), f"landmark={day}"
    fit_alone(ard, columns, name, population, left_out, own)
    positive = int(columns["status"].sum())
    ard.add("n", positive, population=population, variable=name, level=YES)


def fit_alone(
    ard: ArdBuilder,
    columns: Mapping[str, np.ndarray],
    name: str,
    population: str,
    left_out: int,
    own: Settings,
    patients: int | None = None,
) -> None:
    """Rows of a model with one covariate.

    Parameters
    ----------
    columns
        time, event, status and, where rows begin later, start.
    patients
        Number of patients where they have several rows.
    """
    term = factor(name, LEVELS)
    model = design({name: np.where(columns["status"], *reversed(LEVELS))}, [term])
    fit = fit_cox(
        columns["time"], columns["event"], model, ties=own["ties"], start=columns.get("start")
    )
    fit = replace(fit, n=fit.n if patients is None else patients, n_dropped=left_out)
    if population != FIXED and fit.events and not columns["status"].any():
        fit = replace(fit, reason=(NEVER_AT_RISK if population == CHANGING else NOT_YET,))
    _add(ard, fit, population, own, [name] if population == FIXED else [])


def _add(
    ard: ArdBuilder, fit: CoxFit, population: str, own: Settings, fixed: Sequence[str]
) -> None:
    """Rows of a fit; a note beside those of covariates that it takes as known from the start."""
    before = len(ard.rows)
    add_fit(ard, fit, own["confidence_level"], population=population)
    ard.rows[before:] = [
        row._replace(note=AS_IF_KNOWN)
        if row.variable in fixed and row.statistic in ESTIMATES and row.value
        else row
        for row in ard.rows[before:]
    ]


# ---- the multivariable model ---------------------------------------------------------------------


def model_terms(
    frame: pd.DataFrame, chosen: Sequence[Settings], later: Sequence[str], own: Settings
) -> list[Term]:
    """Terms of the multivariable model, the treatment last; `later` are yes/no."""
    terms = [
        factor(t["name"], LEVELS) if t["name"] in later else model_term(frame, t) for t in chosen
    ]
    return [*terms, treatment_term(frame, own)]


def add_multivariable(
    ard: ArdBuilder,
    frame: pd.DataFrame,
    chosen: Sequence[Settings],
    later: Sequence[str],
    own: Settings,
) -> None:
    """The endpoint's multivariable model with the later covariates fixed, and time-varying.

    Parameters
    ----------
    frame
        Patients of the model frame, with the days.
    chosen
        Terms of the model but treatment.
    later
        Those of them that were seen after the start, yes/no.
    """
    days, known = zip(*(day_seen(frame, name) for name in later), strict=True)
    here = np.logical_and.reduce(known)
    frame, seen = frame[here], np.column_stack(days)[here]
    terms = model_terms(frame, chosen, later, own)
    values = covariates(frame, terms)
    time, event = time_and_event(frame)
    fixed = fit_cox(time, event, design(values, terms), ties=own["ties"])
    rows = episodes(time, event, seen)
    split = {name: column[rows.patient] for name, column in values.items()}
    for place, name in enumerate(later):
        split[name] = np.where(rows.status[:, place], *reversed(LEVELS))
    # nobody is at risk with it: out of the model, or its column would stand for nothing
    empty = {name for place, name in enumerate(later) if not rows.status[:, place].any()}
    kept: list[Term] = [term for term in terms if term.name not in empty]
    changing = fit_cox(
        rows.stop, rows.event, design(split, kept), ties=own["ties"], start=rows.start
    )
    left_out = int((~here).sum())
    for name, fit, marked in ((FIXED, fixed, later), (CHANGING, changing, [])):
        fit = replace(fit, n=len(time), n_dropped=left_out)
        _add(ard, fit, f"multivariable: {name}", own, marked)
    for name in sorted(empty, key=list(later).index):
        where = {"population": f"multivariable: {CHANGING}", "variable": name, "level": YES}
        ard.add_all(dict.fromkeys(ESTIMATES), note=NEVER_AT_RISK, **where)


# ---- all of it -----------------------------------------------------------------------------------


def why_not(covariate: Settings) -> str:
    """Why nothing is computed of a covariate; empty where it can be."""
    return NOT_COLLECTED if covariate.get("not_collected") else covariate.get("why_not", "")


def fit_endpoint(
    frame: pd.DataFrame, model: pd.DataFrame, own: Settings, settings: Settings
) -> ArdBuilder:
    """Every model of one endpoint.

    Parameters
    ----------
    frame
        USUBJID, TRT01A, time, event, every covariate and its day (`with_days`).
    model
        Frame of the endpoint's multivariable model.
    own
        Settings of the endpoint; `settings` those of the step.
    """
    ard = ArdBuilder("time_varying", own["parameter"], Formats(**own["printed"]))
    usable = []
    for one in settings["covariates"]:
        name = one["name"]
        if why := why_not(one):
            ard.add_all(dict.fromkeys(ESTIMATES), population=FIXED, variable=name,
                        level=YES, note=why)  # fmt: skip
            continue
        add_counts(ard, frame, name)
        if not is_dated(frame, name):
            for population in (FIXED, CHANGING):
                where = {"population": population, "variable": name, "level": YES}
                ard.add_all(dict.fromkeys(ESTIMATES), note=NO_DATE, **where)
            continue
        usable.append(name)
        add_alone(ard, frame, name, own)
        for day in settings["days"]:
            add_landmark(ard, frame, name, day, own)
    chosen = [term for term in settings["terms"] if term["name"] in model]
    if later := [term["name"] for term in chosen if term["name"] in usable]:
        inside = frame[frame["USUBJID"].isin(model["USUBJID"])]
        add_multivariable(ard, inside.reset_index(drop=True), chosen, later, own)
    return ard
