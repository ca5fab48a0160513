"""Treatment effect of one endpoint within subgroups, and the test of interaction.

subgroups:
        population NAME=level, group = arm: N, events, median with limits (months)
        population NAME=level, group empty: N, events, coef, se, z, hr, limits, p_value (Wald) of
            treatment against the reference arm (variable TRT01A, level = arm, when arms > 2)
        population all, variable NAME: p_interaction (likelihood ratio, treatment x NAME)
        a note marks what is of subgroups formed after the start of treatment

Source: survival package of R (coxph, anova); variables from config/statistics.yaml.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.cox_rows import (
    ESTIMATES,
    add_fit,
    covariates,
    fit_terms,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    Subset,
    arm_masks,
    level_order,
    level_subsets,
    level_text,
    mark_later,
    population_name,
    time_and_event,
)
from scripts.lib.analysis.survival_rows import add_median
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.cox import fit_cox, likelihood_ratio_test
from scripts.lib.statistics.design import design, interaction
from scripts.lib.statistics.survival import kaplan_meier

NO_INTERACTION = "not estimable: no two levels have patients of both arms where events occur"


def add_arm(ard: ArdBuilder, frame: pd.DataFrame, subset: Subset, settings: dict[str, Any]) -> None:
    """Rows N, events, median with limits of one arm in a subgroup."""
    where = {"population": subset.population, "group": subset.group}
    time, event = time_and_event(frame)
    curve = kaplan_meier(time[subset.rows], event[subset.rows])
    ard.add_all({"N": curve.n, "events": int(curve.events)}, **where)
    add_median(ard, curve, settings["survival"], **where)


def add_effect(
    ard: ArdBuilder, frame: pd.DataFrame, population: str, settings: dict[str, Any]
) -> None:
    """Rows of the treatment effect in a subgroup; two arms need no variable and level."""
    present = set(frame[TREATMENT].unique())
    if len(present) < 2 or settings["reference"] not in present:
        missing = "no rows" if frame.empty else "an arm has no patient"
        values = dict.fromkeys(ESTIMATES)
        ard.add_all(values, population=population, note=f"not estimable: {missing}")
        return
    fit = fit_terms(frame, [treatment_term(frame, settings)], settings)
    where = {"population": population}
    if len(settings["arms"]) == 2:
        where |= {"variable": "", "level": ""}
    add_fit(ard, fit, settings["confidence_level"], **where)


def add_interaction(
    ard: ArdBuilder, frame: pd.DataFrame, variable: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Row p_interaction: models with and without treatment x variable, same patients."""
    known = frame[frame[variable["name"]].notna()]
    main_terms = [
        treatment_term(known, settings),
        model_term(known, variable | {"kind": "categorical"}),
    ]
    time, event = time_and_event(known)
    columns = covariates(known, main_terms)
    both = [*main_terms, interaction(*main_terms)]
    smaller = fit_cox(time, event, design(columns, main_terms), ties=settings["ties"])
    larger = fit_cox(time, event, design(columns, both), ties=settings["ties"])
    test = likelihood_ratio_test(larger, smaller)
    ard.add_all(
        {"p_interaction": test.p_value},
        variable=variable["name"],
        method=f"likelihood ratio test of treatment x {variable['name']}, {test.df} df",
        note=NO_INTERACTION if event.any() else "not estimable: no events",
    )


def fit_all(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """Every subgroup of one endpoint."""
    arm_masks(frame[TREATMENT], settings["arms"])
    ard = ArdBuilder("subgroups", settings["parameter"], Formats(**settings["printed"]))
    for variable in settings["variables"]:
        part = frame[[TREATMENT, "time", "event", variable["name"]]]  # copied for every level
        for subset in level_subsets(part, variable, settings["arms"]):
            add_arm(ard, part, subset, settings)
        levels = level_text(part[variable["name"]])
        for level in level_order(levels, variable["levels"]):
            here = part[(levels == level).fillna(False)]
            add_effect(ard, here, population_name(variable["name"], level), settings)
        add_interaction(ard, part, variable, settings)
    ard.rows = mark_later(ard.rows, settings["variables"])
    return ard
