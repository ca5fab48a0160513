"""Rows of the treatment effect weighted by a propensity score, and whether the weights hold it.

The step is `scripts/estimate_weighted.py`.

Source: Li, Morgan, Zaslavsky 2018; Austin and Stuart 2015; VanderWeele and Ding 2017; robust
variance as survival::coxph(weights = w, robust = TRUE); settings from config/sensitivity.yaml.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row
from scripts.lib.analysis.cox_rows import ESTIMATES, TIES, covariates, model_term
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    Subset,
    arm_masks,
    in_fixed_order,
    time_and_event,
)
from scripts.lib.analysis.survival_rows import (
    add_counts_and_median,
    add_months,
    curve_rows,
)
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.design import Column, Design, Term, design, factor
from scripts.lib.statistics.logistic import LogisticFit, fit_logistic
from scripts.lib.statistics.survival import kaplan_meier
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray
from scripts.lib.statistics.weighting import (
    Scheme,
    e_value,
    e_value_of_limit,
    effective_sample_size,
    make_weights,
    moments,
    overlap_percent,
    standardised_differences,
)

SCHEMES: tuple[Scheme, ...] = ("unweighted", "iptw", "overlap")
PROPENSITY, WEIGHT, OVERLAP = "PROPENSITY", "WEIGHT", "OVERLAP"
NO_PATIENTS = "not estimable: an arm has no patients with every covariate known"
NO_COVARIATES = "not estimable: no covariate of the propensity score is collected"
NO_SPREAD = "not estimable: a covariate does not vary within the arms (or an arm has one patient)"
SMD_METHOD = "difference of means / standard deviation before weighting"


class Pair(NamedTuple):
    """An arm against the reference: complete cases, propensity fit, weights of each scheme.

    `patients` names them, in the order of `treated`; `reason` says why nothing can be weighted.
    """

    arm: str
    reference: str
    suffix: str
    patients: pd.Series
    treated: BoolArray
    terms: list[Term]
    design: Design
    fit: LogisticFit
    weights: dict[Scheme, FloatArray]
    counts: dict[str, tuple[int, int]]
    reason: str


class Judgement(NamedTuple):
    """Largest |SMD| of each scheme, percent with overlap, and why a scheme is not supported."""

    smd: dict[Scheme, FloatArray]
    overlap: float
    notes: dict[Scheme, str]


def make_pair(frame: pd.DataFrame, arm: str, settings: dict[str, Any]) -> Pair:
    """Propensity score of one arm against the reference, and the weights that follow."""
    reference = settings["reference"]
    both = frame[frame[TREATMENT].isin([arm, reference])].reset_index(drop=True)
    terms = [model_term(both, term) for term in settings["covariates"]]
    arms = {TREATMENT: both[TREATMENT].to_numpy(str)}  # rows, where there is no covariate
    model = design(arms | covariates(both, terms), terms)
    all_treated = (both[TREATMENT] == arm).to_numpy(bool)
    treated = all_treated[model.used]
    fit = fit_logistic(model.x, treated)
    weights: dict[Scheme, FloatArray] = {"unweighted": np.ones(len(treated))}
    if terms and not fit.reason:
        for scheme in SCHEMES:
            weights[scheme] = make_weights(scheme, fit.probability, treated, settings["stabilised"])
    counts = {
        name: (int((here & model.used).sum()), int((here & ~model.used).sum()))
        for name, here in ((arm, all_treated), (reference, ~all_treated))
    }
    lacking = not treated.any() or treated.all()
    suffix = f": {arm}" if len(settings["arms"]) > 2 else ""
    return Pair(
        arm, reference, suffix, both["USUBJID"][model.used], treated, terms, model, fit, weights,
        counts, NO_PATIENTS if lacking else fit.reason if terms else NO_COVARIATES,
    )  # fmt: skip


def balance_columns(pair: Pair) -> tuple[FloatArray, list[Column], BoolArray]:
    """Columns whose balance is judged: every level of a factor (of two levels the second)."""
    x, columns, binary = [], [], []
    for term in pair.terms:
        places = pair.design.columns_of(term.name)
        own = [(pair.design.columns[place], pair.design.x[:, place]) for place in places]
        levels = term.variables[0].levels
        if len(levels) > 2:
            rest = 1 - np.sum([values for _, values in own], axis=0)
            own.insert(0, (Column(term.name, levels[0], term.name + levels[0]), rest))
        columns += [column for column, _ in own]
        x += [values for _, values in own]
        binary += [bool(levels)] * len(own)
    matrix = np.column_stack(x) if x else np.zeros((len(pair.treated), 0))
    return matrix, columns, np.array(binary, dtype=bool)


def judge(pair: Pair, settings: dict[str, Any]) -> Judgement:
    """Balance of each scheme and positivity, against the limits of the settings."""
    x, _, binary = balance_columns(pair)
    smd = {
        scheme: standardised_differences(x, pair.treated, weights, binary)
        for scheme, weights in pair.weights.items()
    }
    limits = tuple(settings["propensity_range"])
    overlap = float("nan")  # without a score: balance before weighting alone
    if not pair.reason:
        overlap = overlap_percent(pair.fit.probability, pair.treated, limits)  # type: ignore[arg-type]
    notes = {
        scheme: _unsupported(largest(values), overlap, settings) for scheme, values in smd.items()
    }
    return Judgement(smd, overlap, notes | {"unweighted": ""})


def largest(smd: FloatArray) -> float:
    """Largest absolute difference; infinite where one is not defined."""
    return float(np.max(np.nan_to_num(np.abs(smd), nan=np.inf), initial=0.0))


def _unsupported(smd: float, overlap: float, settings: dict[str, Any]) -> str:
    """Why weights do not support a result; empty where they do."""
    why = []
    if overlap < settings["min_overlap"]:
        why.append(f"positivity fails, overlap {overlap:.1f}% < {settings['min_overlap']:g}%")
    if smd > settings["max_smd"]:
        why.append(f"balance fails, largest |SMD| {smd:.3f} > {settings['max_smd']:g}")
    return f"not supported: {'; '.join(why)}" if why else ""


def add_score(ard: ArdBuilder, pair: Pair) -> None:
    """Rows of the propensity score: patients, its coefficients, its distribution by arm."""
    population = f"unweighted{pair.suffix}"
    for group, (used, dropped) in pair.counts.items():
        ard.add("N", used, population=population, group=group)
        ard.add("dropped", dropped, population=population, group=group)
    for i, column in enumerate(pair.design.columns):
        estimates = (pair.fit.coefficient, pair.fit.std_err, pair.fit.z, pair.fit.p_value)
        ard.add_all(
            dict(
                zip(("coef", "se", "z", "p_value"), (float(v[i]) for v in estimates), strict=True)
            ),
            population=population,
            variable=column.term,
            level=column.level,
            method=f"logistic regression of {pair.arm} against {pair.reference}, Wald test",
            note=pair.fit.column_reason[i] or pair.reason,
        )
    score = dict.fromkeys(("mean", "min", "q1", "median", "q3", "max"))
    for group, rows in _groups(pair).items():
        values = _spread(pair.fit.probability[rows]) if not pair.reason else score
        ard.add_all(
            values, population=population, group=group, variable=PROPENSITY, note=pair.reason,
            decimals=3,
        )  # fmt: skip


def _groups(pair: Pair) -> dict[str, BoolArray]:
    return {pair.arm: pair.treated, pair.reference: ~pair.treated}


def _spread(values: FloatArray) -> dict[str, float | None]:
    low, q1, middle, q3, high = np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()
    mean = float(values.mean())
    return {"mean": mean, "min": low, "q1": q1, "median": middle, "q3": q3, "max": high}


def add_balance(ard: ArdBuilder, pair: Pair, judged: Judgement, settings: dict[str, Any]) -> None:
    """Rows of overlap, weights and balance of every scheme."""
    ard.add(
        "percent", judged.overlap, population=f"unweighted{pair.suffix}", variable=OVERLAP,
        method="patients whose propensity both arms have, within "
        f"{settings['propensity_range'][0]:g} to {settings['propensity_range'][1]:g}",
        note=f"positivity fails: below {settings['min_overlap']:g}%"
        if judged.overlap < settings["min_overlap"] else pair.reason,
    )  # fmt: skip
    x, columns, binary = balance_columns(pair)
    for scheme, weights in pair.weights.items():
        population = f"{scheme}{pair.suffix}"
        _add_weights(ard, pair, population, weights)
        found = moments(x, pair.treated, weights)
        for i, column in enumerate(columns):
            where = {"population": population, "variable": column.term, "level": column.level}
            for place, group in enumerate((pair.reference, pair.arm)):
                values = {"mean": found.mean[place, i], "sd": found.sd[place, i]}
                if binary[i]:
                    values = {"percent": 100 * found.mean[place, i]}
                ard.add_all(
                    {name: float(v) for name, v in values.items()}, group=group,
                    note="not estimable: one patient", **where,
                )  # fmt: skip
            _add_smd(ard, float(judged.smd[scheme][i]), settings, **where)
        _add_smd(ard, largest(judged.smd[scheme]), settings, population=population)


def _add_weights(ard: ArdBuilder, pair: Pair, population: str, weights: FloatArray) -> None:
    for group, rows in _groups(pair).items():
        ard.add("ess", effective_sample_size(weights[rows]), population=population, group=group,
                method="sum(w)^2 / sum(w^2)", decimals=1)  # fmt: skip
        if not population.startswith("unweighted"):
            ard.add_all(_spread(weights[rows]), population=population, group=group,
                        variable=WEIGHT, decimals=3)  # fmt: skip


def _add_smd(ard: ArdBuilder, smd: float, settings: dict[str, Any], **where: str) -> None:
    infinite = not np.isfinite(smd)
    beyond = abs(smd) > settings["max_smd"]
    note = f"above {settings['max_smd']:g}" if beyond else ""
    if infinite:
        note = NO_SPREAD
    ard.add("smd", None if infinite else smd, method=SMD_METHOD, note=note, **where)  # type: ignore[arg-type]


def add_effect(
    ard: ArdBuilder, frame: pd.DataFrame, pair: Pair, scheme: Scheme, settings: dict[str, Any]
) -> None:
    """Rows of the treatment effect: Cox model with the weights and robust variance, E-values."""
    where = {"population": f"{scheme}{pair.suffix}", "variable": TREATMENT, "level": pair.arm}
    term = factor(TREATMENT, [pair.reference, pair.arm])
    model = design({TREATMENT: frame[TREATMENT].to_numpy(str)}, [term])
    time, event = time_and_event(frame)
    fit = fit_cox(
        time, event, model, weights=frame[scheme].to_numpy(float), ties=settings["ties"],
        robust=scheme != "unweighted",
    )  # fmt: skip
    ard.add_all({"N": fit.n, "events": fit.events}, **where)
    variance = "robust" if fit.robust else "model-based"
    method = f"Cox regression, {TIES[fit.ties]} ties, {variance} variance, Wald test and limits"
    values, e_values = _estimates(fit, settings["confidence_level"])
    ard.add_all(values, method=method, note=fit.reason[0], **where)
    ard.add_all(
        e_values, method="common outcome (VanderWeele and Ding 2017)", note=fit.reason[0],
        decimals=2, **where,
    )  # fmt: skip


Numbers = dict[str, float | None]


def _estimates(fit: CoxFit, level: float) -> tuple[Numbers, Numbers]:
    """Numbers of the only column, and the E-values; None where it is not estimable."""
    limits = fit.limits(level)
    hr, low, high = (float(v[0]) for v in limits)
    if fit.reason[0]:
        return dict.fromkeys(ESTIMATES), dict.fromkeys(("e_value", "e_value_limit"))
    own = (float(v[0]) for v in (fit.coefficient, fit.std_err, fit.z))
    values = dict(zip(ESTIMATES, (*own, hr, low, high, float(fit.p_value[0])), strict=True))
    e_values = {"e_value": e_value(hr), "e_value_limit": e_value_of_limit(hr, low, high)}
    return dict(values), dict(e_values)


def add_no_effect(ard: ArdBuilder, pair: Pair, scheme: Scheme) -> None:
    """Rows of an effect that cannot be weighted, with the reason."""
    names = (*ESTIMATES, "e_value", "e_value_limit")
    ard.add_all(
        dict.fromkeys(names), population=f"{scheme}{pair.suffix}", variable=TREATMENT,
        level=pair.arm, note=pair.reason,
    )  # fmt: skip


def add_curves(
    ard: ArdBuilder, frame: pd.DataFrame, pair: Pair, scheme: Scheme, settings: dict[str, Any]
) -> list[list[str]]:
    """Rows of the weighted Kaplan-Meier curves of both arms; their steps.

    Patients, events and censored are counted, not weighted; survival and its limits are weighted.
    """
    time, event = time_and_event(frame)
    weights = frame[scheme].to_numpy(float)
    steps: list[list[str]] = []
    for group in (pair.arm, pair.reference):
        rows = (frame[TREATMENT] == group).to_numpy(bool)
        plain = kaplan_meier(time[rows], event[rows])
        weighted = kaplan_meier(time[rows], event[rows], weights[rows])
        curve = replace(
            weighted, n_risk=plain.n_risk, n_event=plain.n_event, n_censor=plain.n_censor
        )
        subset = Subset(f"{scheme}{pair.suffix}", group, rows)
        add_counts_and_median(ard, curve, subset, settings["survival"])
        if curve.n:
            add_months(ard, curve, time[rows], subset, settings["survival"])
            steps.extend(curve_rows(curve, subset, settings["survival"]))
    return steps


def marked(rows: list[Row], note: str) -> list[Row]:
    """The rows with `note` behind their own."""
    return [row._replace(note="; ".join(filter(None, (row.note, note)))) for row in rows]


def estimate_endpoint(
    times: pd.DataFrame, pairs: list[tuple[Pair, Judgement]], settings: dict[str, Any], name: str
) -> tuple[list[Row], list[list[str]]]:
    """All rows of one endpoint and its step curves."""
    rows: list[Row] = []
    steps: list[list[str]] = []
    for pair, judged in pairs:
        for scheme in SCHEMES:
            ard = ArdBuilder("weighted", name, Formats(**settings["printed"]))
            if scheme not in pair.weights or pair.reason == NO_PATIENTS:
                add_no_effect(ard, pair, scheme)
            else:
                known = pd.DataFrame({"USUBJID": pair.patients, scheme: pair.weights[scheme]})
                frame = in_fixed_order(times.merge(known, on="USUBJID", validate="one_to_one"))
                add_effect(ard, frame, pair, scheme, settings)
                steps += add_curves(ard, frame, pair, scheme, settings)
            rows += marked(ard.rows, judged.notes.get(scheme, ""))
    return rows, steps


def estimate(
    adsl: pd.DataFrame, times: dict[str, pd.DataFrame], settings: dict[str, Any]
) -> tuple[list[Row], dict[str, list[list[str]]]]:
    """Every row, and the step curves of each endpoint.

    Parameters
    ----------
    adsl
        USUBJID, TRT01A and the covariates.
    times
        Parameter -> frame of `read_time_to_event`.
    """
    arm_masks(adsl[TREATMENT], settings["arms"])
    adsl = in_fixed_order(adsl)
    ard = ArdBuilder("weighted", "", Formats(**settings["printed"]))
    pairs = []
    for arm in settings["arms"]:
        if arm == settings["reference"]:
            continue
        pair = make_pair(adsl, arm, settings)
        judged = Judgement({}, 0.0, {})
        if pair.reason != NO_PATIENTS:
            judged = judge(pair, settings)
            add_balance(ard, pair, judged, settings)
        add_score(ard, pair)
        for name in settings.get("not_collected", []):
            where = {"population": f"unweighted{pair.suffix}", "variable": name}
            ard.add("coef", None, note=NOT_COLLECTED, **where)  # type: ignore[arg-type]
        pairs.append((pair, judged))
    rows, curves = ard.rows, {}
    for name, frame in times.items():
        more, curves[name] = estimate_endpoint(frame, pairs, settings, name)
        rows = rows + more
    return rows or _one_arm(settings), curves


def _one_arm(settings: dict[str, Any]) -> list[Row]:
    ard = ArdBuilder("weighted", "", Formats(**settings["printed"]))
    ard.add("hr", None, note="not applicable: there is one arm alone")
    return ard.rows
