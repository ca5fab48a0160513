"""Rows of the multivariable models with missing covariates imputed, beside complete cases.

The step is `scripts/fit_imputation.py`.

Source: White and Royston 2009, Statist Med 28:1982; Rubin 1987; settings from
config/sensitivity.yaml.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row
from scripts.lib.analysis.cox_rows import (
    ESTIMATES,
    TIES,
    add_fit,
    covariates,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks, time_and_event
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.design import Term, design
from scripts.lib.statistics.imputation import Columns, impute, nelson_aalen, pool
from scripts.lib.statistics.time_to_event import is_missing

COMPLETE, IMPUTED = "complete_cases", "imputed"
NOTHING_MISSING = "nothing missing: equals complete cases"


def model_terms(frame: pd.DataFrame, chosen: list[str], settings: dict[str, Any]) -> list[Term]:
    """Terms of the multivariable model, treatment last."""
    terms = [model_term(frame, term) for term in settings["terms"] if term["name"] in chosen]
    return [*terms, treatment_term(frame, settings)]


def add_missing(ard: ArdBuilder, columns: Columns) -> None:
    """Rows of how many patients lack each covariate."""
    for name, values in columns.items():
        lacking, patients = int(is_missing(values).sum()), len(values)
        where: dict[str, Any] = {"variable": name, "level": "missing"}
        ard.add("n", lacking, **where)
        ard.add_all({"percent": 100 * lacking / patients if patients else None},
                    note="not applicable: no rows", **where)  # fmt: skip


def add_size(ard: ArdBuilder, fit: CoxFit, population: str, dropped: int, note: str = "") -> None:
    """Rows of patients, those left out and events of a model."""
    for statistic, value in (("N", fit.n), ("dropped", dropped), ("events", fit.events)):
        ard.add(statistic, value, population=population, note=note)


def fits_of_imputations(
    frame: pd.DataFrame, columns: Columns, terms: list[Term], settings: dict[str, Any]
) -> list[CoxFit]:
    """One fit for each completed data set."""
    time, event = time_and_event(frame)
    arms = columns[TREATMENT]
    others = [np.asarray(arms == arm, float) for arm in terms[-1].variables[0].levels[1:]]
    always = np.column_stack([*others, event.astype(float), nelson_aalen(time, event)])
    known = {name: values for name, values in columns.items() if name != TREATMENT}
    levels = {term.name: term.variables[0].levels for term in terms}
    random = np.random.default_rng([settings["seed"], crc32(settings["parameter"].encode())])
    completed = impute(
        known, levels, always, imputations=settings["imputations"], cycles=settings["cycles"],
        donors=settings["donors"], random=random,
    )  # fmt: skip
    return [
        fit_cox(time, event, design(data | {TREATMENT: arms}, terms), ties=settings["ties"])
        for data in completed
    ]


def add_pooled(ard: ArdBuilder, fits: list[CoxFit], settings: dict[str, Any]) -> None:
    """Rows of each compared level by Rubin's rules; not estimable where one fit is not."""
    level = settings["confidence_level"]
    pooled = pool(
        np.array([fit.coefficient for fit in fits]), np.array([fit.std_err**2 for fit in fits])
    )
    low, high = pooled.limits(level)
    method = (
        f"Cox regression, {TIES[settings['ties']]} ties; {len(fits)} imputations by chained "
        "equations, Rubin's rules, t test and limits"
    )
    for i, column in enumerate(fits[0].columns):
        where = {"population": IMPUTED, "variable": column.term, "level": column.level}
        reason = next((fit.reason[i] for fit in fits if fit.reason[i]), "")
        coefficient, std_err = pooled.coefficient[i], pooled.std_err[i]
        ratios = np.exp([coefficient, low[i], high[i]])
        numbers = (coefficient, std_err, coefficient / std_err, *ratios, pooled.p_value[i])
        values = dict(zip(ESTIMATES, map(float, numbers), strict=True))
        ard.add_all(
            dict.fromkeys(values) if reason else values, method=method, note=reason, **where
        )
        fmi = None if reason else float(pooled.fmi[i])
        ard.add("fmi", fmi, method=method, note=reason, decimals=3, **where)


def add_complete_cases(
    ard: ArdBuilder, fit: CoxFit, population: str, settings: dict[str, Any], note: str = ""
) -> None:
    """Rows of the ordinary fit under one population; `note` behind the rows' own."""
    before = len(ard.rows)
    add_size(ard, fit, population, fit.n_dropped)
    add_fit(ard, fit, settings["confidence_level"], population=population)
    if note:
        ard.rows[before:] = [
            row._replace(note="; ".join(filter(None, (row.note, note))))
            for row in ard.rows[before:]
        ]


def compare(
    frame: pd.DataFrame, chosen: list[str], settings: dict[str, Any], parameter: str
) -> list[Row]:
    """All rows of one endpoint.

    Parameters
    ----------
    chosen
        Names of the covariates of the multivariable model.
    """
    arm_masks(frame[TREATMENT], settings["arms"])
    settings = settings | {"parameter": parameter}
    ard = ArdBuilder("imputation", parameter, Formats(**settings["printed"]))
    terms = model_terms(frame, chosen, settings)
    columns = covariates(frame, terms)
    add_missing(ard, {name: values for name, values in columns.items() if name != TREATMENT})
    time, event = time_and_event(frame)
    fit = fit_cox(time, event, design(columns, terms), ties=settings["ties"])
    add_complete_cases(ard, fit, COMPLETE, settings)
    nobody = [name for name, values in columns.items() if is_missing(values).all()]
    if not fit.n_dropped:
        add_complete_cases(ard, fit, IMPUTED, settings, NOTHING_MISSING)
    elif nobody:
        note = f"not estimable: {', '.join(nobody)} is known of nobody"
        ard.add("N", None, population=IMPUTED, note=note)
    else:
        fits = fits_of_imputations(frame, columns, terms, settings)
        add_size(ard, fits[0], IMPUTED, 0)
        add_pooled(ard, fits, settings)
    return ard.rows
