"""Rows of what each Cox model rests on: patients, events, collinearity, separation.

The step is `scripts/check_models.py`.

Source: Heinze and Schemper 2001 (Firth); Fox and Monette 1992 (GVIF); Peduzzi 1995 (events per
parameter); limits from config/sensitivity.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row
from scripts.lib.analysis.cox_rows import covariates, model_term, treatment_term
from scripts.lib.analysis.entry import candidates, data_driven
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks, time_and_event
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.collinearity import condition_number, inflation
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.cox_newton import INFINITE, NOT_CONVERGED
from scripts.lib.statistics.design import Design, Term, design
from scripts.lib.statistics.firth import fit_firth
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

NO_PARAMETERS = "not applicable: no parameter is estimable"
NO_COLUMNS = "not applicable: no covariate varies"
EXACT = "not estimable: given exactly by the other terms"
CONSTANT = "not estimable: the covariate does not vary"
NO_EVENT = "no event in this level"
FIRTH = "Firth's penalised likelihood, Breslow ties, profile limits"
CANDIDATES, CHOSEN = "candidates", "of the model alone"
PENALISED = ("hr", "hr_ci_low", "hr_ci_high", "p_value")


class Model(NamedTuple):
    """A model with its patients: arrays of all n rows; `population` and `variable` of its rows."""

    population: str
    variable: str
    terms: list[Term]
    columns: dict[str, np.ndarray]
    time: FloatArray
    event: BoolArray
    design: Design
    fit: CoxFit


def make_model(
    frame: pd.DataFrame, terms: list[Term], settings: dict[str, Any], population: str, variable: str
) -> Model:
    """Fit one model to its complete cases."""
    time, event = time_and_event(frame)
    columns = covariates(frame, terms)
    matrix = design(columns, terms)
    fit = fit_cox(time, event, matrix, ties=settings["ties"])
    return Model(population, variable, terms, columns, time, event, matrix, fit)


def models(frame: pd.DataFrame, chosen: list[str], settings: dict[str, Any]) -> list[Model]:
    """The multivariable model with the chosen covariates, then each covariate alone."""
    there = [term for term in settings["terms"] if not term.get("not_collected")]
    terms = {term["name"]: model_term(frame, term) for term in there}
    terms[TREATMENT] = treatment_term(frame, settings)
    several = [terms[name] for name in terms if name in {*chosen, TREATMENT}]
    multivariable = make_model(frame, several, settings, "model=multivariable", "")
    return [
        multivariable,
        *(
            make_model(frame, [term], settings, "model=univariable", name)
            for name, term in terms.items()
        ),
    ]


def screened(every: Sequence[Model], settings: dict[str, Any]) -> int | None:
    """Parameters of all that the screening could choose, treatment too; None without screening.

    A covariate that the data threw out has been tried: it counts as those that stayed.
    """
    if not data_driven(settings["terms"]):
        return None
    names = {TREATMENT, *(term["name"] for term in candidates(settings["terms"]))}
    return sum(len(model.fit.columns) for model in every if model.variable in names)


def add_size(
    ard: ArdBuilder, model: Model, settings: dict[str, Any], tried: int | None = None
) -> None:
    """Rows of patients, events, parameters, events per parameter and convergence.

    Parameters
    ----------
    tried
        Parameters of the candidates among which the data chose those of the model.
    """
    fit = model.fit
    where: dict[str, Any] = {"population": model.population, "variable": model.variable}
    parameters = len(fit.columns)
    dropped = {"N": fit.n, "dropped": fit.n_dropped, "events": fit.events, "df": parameters}
    ard.add_all(dropped, **where)
    least = settings["min_events_per_parameter"]
    method = f"events / {tried} parameters of the candidates" if tried else ""
    if tried:
        chosen = fit.events / parameters if parameters else None
        ard.add("df", tried, level=CANDIDATES, **where)
        ard.add("events_per_parameter", chosen, level=CHOSEN, note="" if chosen else NO_PARAMETERS,
                decimals=1, method="events / parameters of the model alone", **where)  # fmt: skip
    each = fit.events / (tried or parameters) if parameters else None
    few = each is not None and each < least
    note = f"below {least:g}: too many parameters for the events" if few else ""
    ard.add("events_per_parameter", each, note=note if each is not None else NO_PARAMETERS,
            decimals=1, method=method, **where)  # fmt: skip
    bad = [
        f"{column.term} {column.level}".strip()
        for column, reason in zip(fit.columns, fit.reason, strict=True)
        if reason in (INFINITE, NOT_CONVERGED)
    ]
    note = f"infinite or not converged: {', '.join(bad)}" if bad else ""
    ard.add("converged", int(not bad), note=note, **where)


def add_collinearity(ard: ArdBuilder, model: Model, settings: dict[str, Any]) -> None:
    """Rows of the condition number, and of the variance inflation of each term."""
    number, most = condition_number(model.design), settings["max_condition_number"]
    _add_marked(ard, "condition_number", number, most, NO_COLUMNS, population=model.population)
    for term, value in inflation(model.design).items():
        where = {"population": model.population, "variable": term}
        _add_marked(ard, "vif", value, settings["max_vif"], CONSTANT, **where)


def _add_marked(
    ard: ArdBuilder, statistic: str, value: float, most: float, missing: str, **where: str
) -> None:
    note = f"above {most:g}: collinear" if value > most else ""
    note = missing if np.isnan(value) else EXACT if np.isinf(value) else note
    known = value if np.isfinite(value) else None
    ard.add(statistic, known, note=note, decimals=2, **where)  # type: ignore[arg-type]


def add_levels(ard: ArdBuilder, model: Model, settings: dict[str, Any]) -> set[tuple[str, str]]:
    """Rows of patients and events of every level; which compared levels have no event."""
    used, without = model.design.used, set()
    for term in model.terms:
        levels = term.variables[0].levels
        values = model.columns[term.name]
        for level in levels:
            here = used & (values == level)
            events = int((here & model.event).sum())
            where: dict[str, Any] = {"population": model.population}
            where |= {"variable": term.name, "level": level}
            ard.add("N", int(here.sum()), note=_size_note(int(here.sum())), **where)
            ard.add("events", events, note=_events_note(events, settings), **where)
            if not events and here.any():
                without |= {(term.name, other) for other in _affected(levels, level)}
    return without


def _affected(levels: Sequence[str], level: str) -> Sequence[str]:
    """Levels whose comparison fails without events in `level`: all where it is the reference."""
    return levels if level == levels[0] else [level]


def _size_note(patients: int) -> str:
    return {0: "no patient in this level", 1: "one patient in this level"}.get(patients, "")


def _events_note(events: int, settings: dict[str, Any]) -> str:
    least = settings["min_events_in_level"]
    if events == 0:
        return NO_EVENT
    return f"few events: below {least}" if events < least else ""


def add_penalised(
    ard: ArdBuilder, model: Model, without: set[tuple[str, str]], settings: dict[str, Any]
) -> None:
    """Rows of Firth's fit where the ordinary one fails; the reason where that fails too."""
    fit = model.fit
    failed = [
        i for i, column in enumerate(fit.columns)
        if fit.reason[i] or (column.term, column.level) in without
    ]  # fmt: skip
    separated = any(
        fit.reason[i] in (INFINITE, NOT_CONVERGED)
        or (fit.columns[i].term, fit.columns[i].level) in without
        for i in failed
    )
    numbers = np.full((len(PENALISED), len(fit.columns)), np.nan)
    reasons = fit.reason
    if separated and fit.events:
        wanted = np.isin(np.arange(len(fit.columns)), failed)
        firth = fit_firth(
            model.time, model.event, model.design, level=settings["confidence_level"],
            profiled=wanted,
        )  # fmt: skip
        numbers, reasons = np.array([*firth.limits(), firth.p_value]), firth.reason
    for i in failed:
        values = dict(zip(PENALISED, numbers[:, i].tolist(), strict=True))
        _add_penalised_rows(ard, model, i, values, reasons[i])


def _add_penalised_rows(
    ard: ArdBuilder, model: Model, place: int, values: dict[str, float], reason: str
) -> None:
    column, ordinary = model.fit.columns[place], model.fit.reason[place]
    where: dict[str, Any] = {"population": model.population}
    where |= {"variable": column.term, "level": column.level}
    for statistic, value in values.items():
        known = None if np.isnan(value) else value
        note = (reason or ordinary or NO_EVENT) if known is None else f"ordinary fit: {ordinary}"
        if known is not None and not ordinary:
            note = NO_EVENT
        ard.add(statistic, known, method=FIRTH if known is not None else "", note=note, **where)


def check(
    frame: pd.DataFrame, chosen: list[str], settings: dict[str, Any], parameter: str
) -> list[Row]:
    """All rows of one endpoint.

    Parameters
    ----------
    chosen
        Names of the covariates of the multivariable model.
    """
    arm_masks(frame[TREATMENT], settings["arms"])
    ard = ArdBuilder("model_checks", parameter, Formats(**settings["printed"]))
    every = models(frame, chosen, settings)
    for model in every:
        add_size(ard, model, settings, None if model.variable else screened(every, settings))
        if not model.variable:
            add_collinearity(ard, model, settings)
        add_penalised(ard, model, add_levels(ard, model, settings), settings)
    for term in settings["terms"]:
        if term.get("not_collected"):
            where = {"population": "model=univariable", "variable": term["name"]}
            ard.add_all({"N": None, "df": None}, note=NOT_COLLECTED, **where)
    return ard.rows
