"""Who is counted in curves, follow-up, Cox models and subgroups.

Each function goes the way of the step that counts, with that step's own functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ALL_COVARIATES
from scripts.lib.analysis.cox_rows import covariates, model_term, treatment_term
from scripts.lib.analysis.entry import candidates, data_driven
from scripts.lib.analysis.groups import (
    Subset,
    all_subsets,
    in_fixed_order,
    level_order,
    level_subsets,
    level_text,
    population_name,
    subsets,
    time_and_event,
)
from scripts.lib.analysis.proportional_hazards_rows import (
    MULTIVARIABLE,
    UNIVARIABLE,
    arm_curves,
    horizon,
    survival_places,
)
from scripts.lib.analysis.survival_rows import tabulated
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.design import Design, Term, design
from scripts.lib.trace.datasets import Counted, Datasets, counted

Settings = Mapping[str, Any]


def sizes(frame: pd.DataFrame, chosen: Iterable[Subset], parameter: str) -> Counted:
    """N, events and censored of sets of patients."""
    event = frame["event"].to_numpy(bool)
    for subset in chosen:
        key = {"parameter": parameter, "population": subset.population, "group": subset.group}
        yield counted("N", frame, subset.rows, **key)
        yield counted("events", frame, subset.rows & event, **key)
        yield counted("censored", frame, subset.rows & ~event, **key)


def at_risk(
    frame: pd.DataFrame, subset: Subset, places: Iterable[tuple[str, str, float]], **key: str
) -> Counted:
    """Who is under observation at each place of a curve: time at or after it (`number_at_risk`)."""
    time, _ = time_and_event(frame)
    for variable, level, day in places:
        where = {"population": subset.population, "group": subset.group} | key
        where |= {"variable": variable, "level": level}
        yield counted("at_risk", frame, subset.rows & (time >= day), **where)


def curves(frame: pd.DataFrame, chosen: Iterable[Subset], own: Settings, parameter: str) -> Counted:
    """Sizes of sets of patients and who is at risk at each tabulated month."""
    time, _ = time_and_event(frame)
    for subset in chosen:
        yield from sizes(frame, [subset], parameter)
        if subset.rows.any():
            places = tabulated(time[subset.rows], dict(own["survival"]))
            yield from at_risk(frame, subset, places, parameter=parameter)


def kaplan_meier(data: Datasets, endpoint: str, settings: Settings) -> Counted:
    """Counts of kaplan_meier."""
    frame = data.times(endpoint, [stratum["name"] for stratum in settings["strata"]])
    yield from curves(frame, all_subsets(frame, dict(settings)), settings, settings["parameter"])


def follow_up(data: Datasets, settings: Settings) -> Counted:
    """Counts of follow_up."""
    frame = data.times(settings["endpoint"])
    yield from sizes(frame, subsets(frame, settings["arms"]), settings["parameter"])


def model_matrix(frame: pd.DataFrame, terms: list[Term]) -> Design:
    """Columns and complete cases of a model."""
    return design(covariates(frame, terms), terms)


def fit_counts(frame: pd.DataFrame, terms: list[Term], **where: str) -> Counted:
    """N and events beside each coefficient of a model, as `add_fit` writes them."""
    model = model_matrix(frame, terms)
    event = frame["event"].to_numpy(bool)
    for column in model.columns:
        key = {"variable": column.term, "level": column.level} | where
        yield counted("N", frame, model.used, **key)
        yield counted("events", frame, model.used & event, **key)


def cox_univariable(data: Datasets, endpoint: str, settings: Settings) -> Counted:
    """Counts of `fit_cox_univariable`."""
    collected = [term for term in settings["terms"] if not term.get("not_collected")]
    frame = data.times(endpoint, [term["name"] for term in settings["terms"]])
    terms = [model_term(frame, term) for term in collected]
    for term in [*terms, treatment_term(frame, settings)]:
        yield from fit_counts(frame, [term], parameter=settings["parameter"])


def multivariable(data: Datasets, endpoint: str, settings: Settings) -> tuple[Any, list[Term]]:
    """Frame and terms of a multivariable model."""
    frame = in_fixed_order(data.table(f"model_{endpoint}"))
    chosen = [model_term(frame, term) for term in settings["terms"] if term["name"] in frame]
    return frame, [*chosen, treatment_term(frame, settings)]


def cox_multivariable(data: Datasets, endpoint: str, settings: Settings) -> Counted:
    """Counts of `fit_cox_multivariable`."""
    frame, terms = multivariable(data, endpoint, settings)
    yield from fit_counts(frame, terms, parameter=settings["parameter"])
    declared = candidates(settings["terms"])
    if data_driven(settings["terms"]):
        frame = data.times(endpoint, [term["name"] for term in declared])
        terms = [*(model_term(frame, t) for t in declared), treatment_term(frame, settings)]
        key = {"parameter": settings["parameter"], "population": ALL_COVARIATES}
        yield from fit_counts(frame, terms, **key)


def subgroups(data: Datasets, endpoint: str, settings: Settings) -> Counted:
    """Counts of subgroups."""
    parameter = settings["parameter"]
    frame = data.times(endpoint, [variable["name"] for variable in settings["variables"]])
    bare = {"variable": "", "level": ""} if len(settings["arms"]) == 2 else {}
    for variable in settings["variables"]:
        yield from sizes(frame, level_subsets(frame, variable, settings["arms"]), parameter)
        levels = level_text(frame[variable["name"]])
        for level in level_order(levels, variable["levels"]):
            here = frame[(levels == level).fillna(False)]
            if here[TREATMENT].nunique() > 1 and (here[TREATMENT] == settings["reference"]).any():
                population = population_name(variable["name"], level)
                key = {"parameter": parameter, "population": population} | bare
                yield from fit_counts(here, [treatment_term(here, settings)], **key)


def proportional_hazards(data: Datasets, settings: Settings) -> Counted:
    """Counts of `check_proportional_hazards`."""
    for endpoint, own in settings["endpoints"].items():
        parameter, frame = own["parameter"], data.times(endpoint)
        models = {UNIVARIABLE: (frame, [treatment_term(frame, own)])}
        models[MULTIVARIABLE] = multivariable(
            data, endpoint, dict(own) | {"terms": settings["terms"]}
        )
        for name, (rows, terms) in models.items():
            used, event = model_matrix(rows, terms).used, rows["event"].to_numpy(bool)
            yield counted("N", rows, used, parameter=parameter, level=name)
            yield counted("events", rows, used & event, parameter=parameter, level=name)
        month = own["survival"]["days_per_month"]
        places = survival_places(dict(settings), month)
        tau = horizon(arm_curves(frame, own["arms"]), dict(settings), month).tau
        places += [("", "", tau)] if tau is not None else []
        for subset in subsets(frame, own["arms"]):
            yield from at_risk(frame, subset, places, parameter=parameter)
