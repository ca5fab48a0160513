"""Cox models as Analysis Results Data: terms from the settings, rows from a fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.groups import check_numbers, level_order, level_text, time_and_event
from scripts.lib.config.specs import TREATMENT
from scripts.lib.errors import Stop
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.design import Term, continuous, design, factor

AS_IF_KNOWN = "as if known from the start: biased, time before it was seen counts as time with it"
ESTIMATES = ("coef", "se", "z", "hr", "hr_ci_low", "hr_ci_high", "p_value")
TIES = {"efron": "Efron", "breslow": "Breslow", "exact": "exact"}


def model_term(frame: pd.DataFrame, term: Mapping[str, Any]) -> Term:
    """Term of a model; a categorical one has its declared levels, then any others of the data.

    Raises
    ------
    Stop
        The covariate is not in the data, or is text where numbers are expected.
    """
    name = term["name"]
    if name not in frame:
        raise Stop(
            f"the covariate {name} is not in ADSL. Declare it in config/cohort.yaml (without "
            "`adsl: false`), or take it out of the models."
        )
    if term["kind"] == "numeric":
        check_numbers(frame, name)
        return continuous(name)
    return factor(term["name"], level_order(level_text(frame[term["name"]]), term["levels"]))


def treatment_term(frame: pd.DataFrame, settings: Mapping[str, Any]) -> Term:
    """Treatment as a factor of the arms that have patients; the reference arm first."""
    reference = settings["reference"]
    others = [arm for arm in settings["arms"] if arm != reference]
    present = set(frame[TREATMENT].unique())
    return factor(TREATMENT, [reference, *(arm for arm in others if arm in present)])


def covariates(frame: pd.DataFrame, terms: Sequence[Term]) -> dict[str, np.ndarray]:
    """Columns of the terms as arrays: numbers (missing NaN), or level names (missing empty)."""
    columns: dict[str, np.ndarray] = {}
    for term in terms:
        for variable in term.variables:
            values = frame[variable.name]
            if variable.levels:
                columns[variable.name] = level_text(values).fillna("").to_numpy(str)
            else:
                columns[variable.name] = values.to_numpy(float, na_value=np.nan)
    return columns


def fit_terms(frame: pd.DataFrame, terms: Sequence[Term], settings: Mapping[str, Any]) -> CoxFit:
    """Cox model of the terms in the patients of `frame` (time, event); `ties` of the settings."""
    time, event = time_and_event(frame)
    return fit_cox(
        time, event, design(covariates(frame, terms), list(terms)), ties=settings["ties"]
    )


def add_fit(
    ard: ArdBuilder,
    fit: CoxFit,
    confidence_level: float,
    only: Sequence[str] | None = None,
    **where: str,
) -> None:
    """Rows N, events, coef, se, z, hr, limits and Wald P of each column of the fit.

    The note of N says how many patients a missing covariate leaves out.

    Parameters
    ----------
    only
        Terms whose columns are written; all when absent.
    where
        `population`, and `variable` and `level` where the columns' own names are not wanted.
    """
    limits = fit.limits(confidence_level)
    method = f"Cox regression, {TIES[fit.ties]} ties, Wald test and limits"
    for i, column in enumerate(fit.columns):
        if only is not None and column.term not in only:
            continue
        key = {"variable": column.term, "level": column.level} | where
        values = (
            fit.coefficient[i], fit.std_err[i], fit.z[i], limits.hazard_ratio[i],
            limits.lower[i], limits.upper[i], fit.p_value[i],
        )  # fmt: skip
        left_out = f"{fit.n_dropped} left out: covariate missing" if fit.n_dropped else ""
        ard.add("N", fit.n, note=left_out, **key)  # type: ignore[arg-type]
        ard.add("events", fit.events, **key)  # type: ignore[arg-type]
        ard.add_all(
            dict(zip(ESTIMATES, map(float, values), strict=True)),
            method=method,
            note=fit.reason[i],
            **key,
        )
