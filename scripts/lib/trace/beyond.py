"""Who is counted in the analyses of `config/sensitivity.yaml`.

Each function goes the way of the step that counts, with that step's own functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from scripts.lib.analysis.ard import ALL
from scripts.lib.analysis.cox_rows import covariates, treatment_term
from scripts.lib.analysis.groups import (
    Subset,
    arm_masks,
    in_fixed_order,
    population_name,
    subsets,
)
from scripts.lib.analysis.imputation_rows import COMPLETE, IMPUTED, model_terms
from scripts.lib.analysis.landmark_rows import LEFT_OUT, after_landmark, of_endpoint, reason
from scripts.lib.analysis.model_check_rows import models
from scripts.lib.analysis.response_rows import CONFIRMED, add_responses, durations
from scripts.lib.analysis.rule_set_rows import RULESET, every_set
from scripts.lib.analysis.rule_set_rows import times as times_of_set
from scripts.lib.analysis.weighted_rows import NO_PATIENTS, SCHEMES, make_pair
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.time_to_event import is_missing
from scripts.lib.trace.datasets import Counted, Datasets, counted
from scripts.lib.trace.described import group_sizes
from scripts.lib.trace.survival import curves, fit_counts, model_matrix, sizes

Settings = Mapping[str, Any]


# ---- response ------------------------------------------------------------------------------------


def response_limits(data: Datasets, settings: Settings) -> Counted:
    """Counts of `estimate_response_limits`."""
    frame = add_responses(data.table("adsl"), data.table("adrs"), settings)
    yield from group_sizes(frame, settings)
    counts = [(name, "yes", "Y") for name in settings["rates"]]
    counts += [(name, best, best) for name in settings["best"] for best in settings["levels"]]
    for group, rows in arm_masks(frame["TRT01A"], settings["arms"]).items():
        for name, level, value in counts:
            here = (frame[name] == value).fillna(False).to_numpy(bool)
            where = {"group": group, "variable": name, "level": level}
            yield counted("n", frame, rows & here, **where)
            yield counted("N", frame, rows, **where)
    for name in (name for name in settings["rates"] if name in CONFIRMED):
        yield from _durations(data, frame, name, settings)


def _durations(data: Datasets, frame: pd.DataFrame, name: str, settings: Settings) -> Counted:
    times = data.table(f"adtte_{settings['endpoint']}")[["USUBJID", "STARTDT", "ADT", "CNSR"]]
    first_day = settings["survival"].get("first_day", 0)
    lasting = durations(frame, times, name, first_day)
    time = lasting["time"].to_numpy(float)
    for group, rows in arm_masks(lasting["TRT01A"], settings["arms"]).items():
        key = {"population": f"{name}=yes", "group": group}
        yield counted("N", lasting, rows, parameter="TTR", **key)
        early = rows & (time < first_day)
        yield counted("n", lasting, early, parameter="DOR", variable="ENDSBEFORE", **key)
        subset = Subset(key["population"], group, rows & (time >= first_day))
        yield from curves(lasting, [subset], settings, "DOR")


# ---- weights, models, imputation -----------------------------------------------------------------


def weighted(data: Datasets, settings: Settings) -> Counted:
    """Counts of `estimate_weighted`."""
    names = [term["name"] for term in settings["covariates"]]
    adsl = in_fixed_order(data.table("adsl")[["USUBJID", TREATMENT, *names]])
    for arm in settings["arms"]:
        if arm == settings["reference"]:
            continue
        pair = make_pair(adsl, arm, dict(settings))
        used = adsl["USUBJID"].isin(pair.patients).to_numpy(bool)
        for group in pair.counts:
            here = (adsl[TREATMENT] == group).to_numpy(bool)
            key = {"population": f"unweighted{pair.suffix}", "group": group}
            yield counted("N", adsl, here & used, **key)
            yield counted("dropped", adsl, here & ~used, **key)
        if pair.reason == NO_PATIENTS:
            continue
        schemes = [f"{scheme}{pair.suffix}" for scheme in SCHEMES if scheme in pair.weights]
        for parameter, endpoint in zip(settings["parameters"], settings["endpoints"], strict=True):
            frame = data.times(endpoint)
            frame = frame[frame["USUBJID"].isin(pair.patients)].reset_index(drop=True)
            for population in schemes:
                yield from _pair_counts(frame, pair, parameter, population, settings)


def _pair_counts(
    frame: pd.DataFrame, pair: Any, parameter: str, population: str, settings: Settings
) -> Counted:
    event = frame["event"].to_numpy(bool)
    everybody = np.ones(len(frame), bool)
    key = {"parameter": parameter, "population": population}
    both = key | {"variable": TREATMENT, "level": pair.arm}
    yield counted("N", frame, everybody, **both)
    yield counted("events", frame, event, **both)
    for group in (pair.arm, pair.reference):
        rows = (frame[TREATMENT] == group).to_numpy(bool)
        yield from curves(frame, [Subset(population, group, rows)], settings, parameter)


def model_checks(data: Datasets, settings: Settings) -> Counted:
    """Counts of `check_models`."""
    names = [term["name"] for term in settings["terms"]]
    for parameter, endpoint in zip(settings["parameters"], settings["endpoints"], strict=True):
        frame = data.times(endpoint, names)
        chosen = pq.read_schema(data.paths[f"model_{endpoint}"]).names
        for model in models(frame, chosen, dict(settings)):
            used = model.design.used
            key = {"parameter": parameter, "population": model.population}
            whole = key | {"variable": model.variable}
            yield counted("N", frame, used, **whole)
            yield counted("dropped", frame, ~used, **whole)
            yield counted("events", frame, used & model.event, **whole)
            for term in model.terms:
                for level in term.variables[0].levels:
                    here = used & (model.columns[term.name] == level)
                    where = key | {"variable": term.name, "level": level}
                    yield counted("N", frame, here, **where)
                    yield counted("events", frame, here & model.event, **where)


def imputation(data: Datasets, settings: Settings) -> Counted:
    """Counts of `fit_imputation`."""
    names = [term["name"] for term in settings["terms"]]
    for parameter, endpoint in zip(settings["parameters"], settings["endpoints"], strict=True):
        frame = data.times(endpoint, names)
        chosen = pq.read_schema(data.paths[f"model_{endpoint}"]).names
        terms = model_terms(frame, chosen, dict(settings))
        for name, values in covariates(frame, terms).items():
            lacking = is_missing(values)
            yield counted("n", frame, lacking, parameter=parameter, variable=name, level="missing")
        used, event = model_matrix(frame, terms).used, frame["event"].to_numpy(bool)
        filled = np.ones(len(frame), bool)
        for population, rows in ((COMPLETE, used), (IMPUTED, filled)):
            key = {"parameter": parameter, "population": population}
            yield counted("N", frame, rows, **key)
            yield counted("dropped", frame, ~rows, **key)
            yield counted("events", frame, rows & event, **key)
            yield from fit_counts(frame, terms, **key)


# ---- other rules for the times -------------------------------------------------------------------


def effect(frame: pd.DataFrame, population: str, settings: Settings) -> Counted:
    """Counts of `add_effect`: per arm and together, and beside the hazard ratios."""
    chosen = [s._replace(population=population) for s in subsets(frame, settings["arms"])]
    yield from sizes(frame, chosen, settings["parameter"])
    if frame[TREATMENT].nunique() > 1 and (frame[TREATMENT] == settings["reference"]).any():
        key = {"parameter": settings["parameter"], "population": population}
        yield from fit_counts(frame, [treatment_term(frame, settings)], **key)


def landmark(data: Datasets, settings: Settings) -> Counted:
    """Counts of `estimate_landmark`."""
    for endpoint, own in settings["endpoints"].items():
        yield from effect(data.times(endpoint), ALL, own)
        frame = of_endpoint(data.table("adtte_without_exclusion"), endpoint)
        yield from effect(frame, f"ignoring={'+'.join(settings['ignoring'])}", own)
        for day in settings["days"]:
            kept, left_out = after_landmark(frame, day)
            yield from effect(kept, f"landmark={day}", own)
            yield from _left_out(frame, left_out, f"landmark={day}", own)


def _left_out(
    frame: pd.DataFrame, left_out: pd.DataFrame, population: str, own: Settings
) -> Counted:
    why = reason(left_out)
    key = {"parameter": own["parameter"], "population": population, "variable": LEFT_OUT}
    for group, rows in arm_masks(frame["TRT01A"], own["arms"]).items():
        yield counted("N", frame, rows, group=group, **key)
    for group, rows in arm_masks(left_out["TRT01A"], own["arms"]).items():
        yield counted("n", left_out, rows, group=group, **key)
        for text in why.unique():
            here = rows & (why == text).to_numpy(bool)
            yield counted("n", left_out, here, group=group, level=text, **key)


def rule_sets(data: Datasets, settings: Settings) -> Counted:
    """Counts of `compare_rule_sets`."""
    base, rows = data.table(f"adtte_{settings['base']}"), data.table("adtte_rule_sets")
    rows = every_set(base, rows, settings["base"], data.table("adsl")["USUBJID"])
    for name, declared in settings["rule_sets"].items():
        frame, population = times_of_set(rows, name), population_name(RULESET, name)
        yield from effect(frame, population, settings)
        event = frame["event"].to_numpy(bool)
        for variable, levels, status in (
            ("event", declared["events"], event),
            ("censored", declared["censored"], ~event),
        ):
            for level in levels:
                here = (frame["EVNTDESC"] == level).to_numpy(bool) & status
                for group, arm in arm_masks(frame["TRT01A"], settings["arms"]).items():
                    key = {"parameter": settings["parameter"], "population": population}
                    key |= {"group": group, "variable": variable, "level": level}
                    yield counted("n", frame, arm & here, **key)
                    yield counted("N", frame, arm, **key)
