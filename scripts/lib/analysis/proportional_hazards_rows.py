"""Rows of the test of proportional hazards, and what stands beside the hazard ratio.

The step is `scripts/check_proportional_hazards.py`.

Source: survival package of R (cox.zph, plot.cox.zph; Grambsch and Therneau 1994); restricted mean:
Royston and Parmar 2013. tau is declared, or the last time at which a declared number of patients is
at risk in every arm.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri

from scripts.lib.analysis.ard import ArdBuilder, value_text
from scripts.lib.analysis.cox_rows import covariates, fit_terms, model_term, treatment_term
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import (
    arm_masks,
    in_fixed_order,
    time_and_event,
)
from scripts.lib.analysis.survival_rows import add_survival_at, places_of
from scripts.lib.config.specs import TREATMENT
from scripts.lib.statistics.cox import CoxFit, fit_cox
from scripts.lib.statistics.cox_zph import (
    ScaledSchoenfeld,
    proportional_hazards_tests,
    scaled_schoenfeld,
)
from scripts.lib.statistics.design import design
from scripts.lib.statistics.spline import smooth
from scripts.lib.statistics.survival import (
    KaplanMeier,
    RestrictedMean,
    kaplan_meier,
    number_at_risk,
    restricted_mean,
    restricted_mean_difference,
    survival_at,
)
from scripts.lib.statistics.time_to_event import FloatArray

UNIVARIABLE, MULTIVARIABLE = "univariable", "multivariable"
RESIDUALS = (
    "parameter", "model", "variable", "level", "kind", "time", "transformed", "value", "low",
    "high",
)  # fmt: skip
NOT_PROPORTIONAL = "hazards not proportional: an average over time"
BEYOND = "not estimable: tau is after the last time of an arm"
MEANS = ("tau", "rmst", "rmst_ci_low", "rmst_ci_high")
DIFFERENCES = (
    "se", "p_value", "rmst_difference", "rmst_difference_ci_low", "rmst_difference_ci_high",
)  # fmt: skip
Lines = Iterator[list[str]]


class Horizon(NamedTuple):
    """End of the restricted means in days (None: there is none), how it was found, why not."""

    tau: float | None
    how: str
    why_not: str


# ---- models and tests ----------------------------------------------------------------------------


def fit_univariable(frame: pd.DataFrame, settings: dict[str, Any]) -> CoxFit:
    """Treatment alone."""
    return fit_terms(frame, [treatment_term(frame, settings)], settings)


def fit_multivariable(
    frame: pd.DataFrame, terms: list[dict[str, Any]], settings: dict[str, Any]
) -> CoxFit:
    """The covariates of the model frame, and treatment."""
    frame = in_fixed_order(frame)
    chosen = [model_term(frame, term) for term in terms if term["name"] in frame]
    chosen.append(treatment_term(frame, settings))
    time = frame["AVAL"].to_numpy(float, na_value=np.nan)
    model = design(covariates(frame, chosen), chosen)
    return fit_cox(time, frame["event"].to_numpy(bool), model, ties=settings["ties"])


def add_tests(ard: ArdBuilder, fit: CoxFit, model: str, settings: dict[str, Any]) -> str:
    """Rows of the score tests of one model; the mark of its treatment, empty where none is due."""
    ard.add_all({"N": fit.n, "events": fit.events}, level=model)
    transform = settings["transform"]
    method = f"score test of proportional hazards (cox.zph), time scale {transform}"
    tests = proportional_hazards_tests(fit, transform)
    mark = NOT_PROPORTIONAL if tests[TREATMENT].p_value < settings["alpha"] else ""
    for term, test in tests.items():
        untested = "" if test.df > 0 else "not estimable: no coefficient to test"
        values = {"chi_square": test.statistic, "df": None if untested else test.df}
        ard.add_all(values, variable=term, level=model, method=method, note=untested)
        note = untested or (mark if term == TREATMENT else "")
        ard.add("p_value", test.p_value, variable=term, level=model, method=method, note=note)
    return mark


def add_hazard_ratio(ard: ArdBuilder, fit: CoxFit, note: str, level: float) -> None:
    """Hazard ratio of each arm of a model; `note` marks it."""
    limits = fit.limits(level)
    for place, column in enumerate(fit.columns):
        values = (limits.hazard_ratio[place], limits.lower[place], limits.upper[place])
        for name, value in zip(("hr", "hr_ci_low", "hr_ci_high"), values, strict=True):
            ard.add(
                name,
                float(value),
                variable=TREATMENT,
                level=column.level,
                method="Cox regression, Wald limits",
                note=fit.reason[place] or note,
            )


# ---- beside the hazard ratio ---------------------------------------------------------------------


def arm_curves(frame: pd.DataFrame, arms: list[str]) -> dict[str, KaplanMeier]:
    """Curve of each arm that has patients."""
    time, event = time_and_event(frame)
    masks = arm_masks(frame[TREATMENT], arms)
    return {arm: kaplan_meier(time[masks[arm]], event[masks[arm]]) for arm in arms
            if masks[arm].any()}  # fmt: skip


def horizon(curves: dict[str, KaplanMeier], settings: dict[str, Any], month: float) -> Horizon:
    """Where the restricted means end: as declared, else while enough are at risk in every arm.

    To the last patient, a restricted mean would rest on what one or two do.
    """
    if settings["tau_months"] is not None:
        tau = settings["tau_months"] * month
        beyond = any(c.time[-1] < tau and c.survival[-1] > 0 for c in curves.values())
        how = "tau as declared"
        return Horizon(None if beyond else tau, how, BEYOND)
    least = settings["min_at_risk"]
    ends = [curve.time[curve.n_risk >= least].max(initial=0.0) for curve in curves.values()]
    how = f"tau: last time with {least} at risk in every arm"
    return Horizon(min(ends) or None, how, f"not estimable: fewer than {least} at risk in an arm")


def add_restricted_means(
    ard: ArdBuilder, curves: dict[str, KaplanMeier], own: dict[str, Any], settings: dict[str, Any]
) -> None:
    """Restricted mean of each arm to the common tau, and differences from the reference."""
    survival, reference = own["survival"], own["reference"]
    month, level = survival["days_per_month"], survival["confidence_level"]
    tau, how, why_not = horizon(curves, settings, month)
    method = f"restricted mean survival time to tau, Greenwood variance, normal limits; {how}"
    if tau is None:
        for arm in curves:
            ard.add_all(dict.fromkeys(MEANS), group=arm, method=method, note=why_not)
            if arm != reference and reference in curves:
                where = {"variable": TREATMENT, "level": arm}
                ard.add_all(dict.fromkeys(DIFFERENCES), method=method, note=why_not, **where)
        return
    nothing = RestrictedMean(tau, 0.0, 0.0)  # so that limits of one mean are those of a difference
    means = {arm: restricted_mean(curve, tau) for arm, curve in curves.items()}
    for arm, mean in means.items():
        one = restricted_mean_difference(mean, nothing, level)
        values = (tau, mean.estimate, one.lower, one.upper)
        found = dict(zip(MEANS, (value / month for value in values), strict=True))
        ard.add_all(found, group=arm, method=method)
        curve = curves[arm]
        at_risk = int(curve.n_risk[curve.time >= tau].max(initial=0))
        ard.add("at_risk", at_risk, group=arm, method="time >= tau")
    for arm, mean in means.items():
        if arm == reference or reference not in means:
            continue
        two = restricted_mean_difference(mean, means[reference], level)
        differences = (two.std_err / month, two.p_value, two.estimate / month, two.lower / month,
                  two.upper / month)  # fmt: skip
        ard.add_all(
            dict(zip(DIFFERENCES, differences, strict=True)),
            variable=TREATMENT, level=arm, method=method, note="not estimable: no variance",
        )  # fmt: skip


def survival_places(settings: dict[str, Any], month: float) -> list[tuple[str, str, float]]:
    """Where survival stands beside the hazard ratio: variable, level, time in days."""
    return places_of(settings["survival_months"], settings["survival_days"], month)


def add_survival(
    ard: ArdBuilder,
    frame: pd.DataFrame,
    curves: dict[str, KaplanMeier],
    places: list[tuple[str, str, float]],
    settings: dict[str, Any],
) -> None:
    """Survival of each arm at fixed times, and differences from the reference.

    The difference has normal limits from Greenwood's variances.
    """
    survival, reference = settings["survival"], settings["reference"]
    days = np.array([place[2] for place in places])
    time, _ = time_and_event(frame)
    masks = arm_masks(frame[TREATMENT], settings["arms"])
    at_risk = {arm: number_at_risk(time[masks[arm]], days) for arm in curves}
    at = {
        arm: survival_at(curve, days, survival["interval"], survival["confidence_level"])
        for arm, curve in curves.items()
    }
    for place, (variable, level, _) in enumerate(places):
        where: dict[str, Any] = {"variable": variable, "level": level}
        for arm, found in at.items():
            here = where | {"group": arm}
            left = int(at_risk[arm][place])
            add_survival_at(ard, found, place, left, survival["interval"], **here)
            if arm != reference and reference in at:
                both = min(at_risk[arm][place], at_risk[reference][place]) > 0
                pair = (found, at[reference]) if both else None
                _add_difference(ard, pair, place, survival["confidence_level"], here)


def _add_difference(
    ard: ArdBuilder, pair: Any, place: int, level: float, where: dict[str, Any]
) -> None:
    """Row of the difference of survival of an arm and the reference."""
    values: list[float | None] = [None] * 3
    if pair is not None:
        difference = float(pair[0].survival[place] - pair[1].survival[place])
        half = float(ndtri(0.5 + level / 2) * np.hypot(*(part.std_err[place] for part in pair)))
        values = [difference, difference - half, difference + half]
    names = [f"survival_difference{end}" for end in ("", "_ci_low", "_ci_high")]
    ard.add_all(
        dict(zip(names, values, strict=True)),
        method="difference from the reference, Greenwood variances, normal limits",
        note="not estimable: nobody at risk in an arm",
        **where,
    )


# ---- residuals -----------------------------------------------------------------------------------


def residual_lines(fit: CoxFit, model: str, parameter: str, settings: dict[str, Any]) -> Lines:
    """Residuals, smooth and month marks of each estimable coefficient."""
    found = scaled_schoenfeld(fit, settings["transform"])
    month = settings["days_per_month"]
    variance = fit.events * np.diag(fit.naive_variance)
    for place, column in enumerate(fit.columns):
        if fit.reason[place]:
            continue
        key = [parameter, model, column.term, column.level]
        residual = found.residual[:, place]
        yield [*key, "coefficient", "", "", value_text(fit.coefficient[place]), "", ""]
        for day, x, y in zip(found.time, found.transformed, residual, strict=True):
            yield [*key, "residual", *map(value_text, (day / month, x, y)), "", ""]
        yield from _smooth_lines(key, found, residual, variance[place], settings)
        for at, x in month_marks(found, month):
            yield [*key, "tick", value_text(at), value_text(x), "", "", ""]


def _smooth_lines(
    key: list[str],
    found: ScaledSchoenfeld,
    residual: FloatArray,
    variance: float,
    settings: dict[str, Any],
) -> Lines:
    curve = smooth(found.transformed, residual, settings["smooth_df"])
    if curve is None:
        return
    half = 2 * np.sqrt(variance * curve.unit_variance)
    months = np.interp(curve.x, found.transformed, found.time) / settings["days_per_month"]
    parts = (months, curve.x, curve.fitted, curve.fitted - half, curve.fitted + half)
    for line in np.column_stack(parts).tolist():
        yield [*key, "smooth", *map(value_text, line)]


def month_marks(found: ScaledSchoenfeld, days_per_month: float) -> Iterator[tuple[float, float]]:
    """Months and their place on the time scale, for the ticks of the axis."""
    last = found.time.max() / days_per_month if len(found.time) else 0.0
    months = np.arange(0, np.floor(last) + 1)
    places = np.interp(months * days_per_month, found.time, found.transformed)
    first = found.time.min() / days_per_month if len(found.time) else 0.0
    for month, place in zip(months, places, strict=True):
        if month >= first:
            yield float(month), float(place)


def write_residuals(lines: list[list[str]], path: str | Path) -> None:
    """Write the residuals of every model."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(RESIDUALS)
        writer.writerows(lines)


# ---- all of it -----------------------------------------------------------------------------------


def check_endpoint(
    frame: pd.DataFrame, model: pd.DataFrame, own: dict[str, Any], settings: dict[str, Any]
) -> tuple[ArdBuilder, list[list[str]]]:
    """Tests, what stands beside the hazard ratio, and residuals of one endpoint.

    Parameters
    ----------
    frame
        Times of all patients (`read_time_to_event`).
    model
        Frame of the multivariable model.
    own
        Settings of the endpoint; `settings` those of the step.
    """
    ard = ArdBuilder("proportional_hazards", own["parameter"], Formats(**own["printed"]))
    curves = arm_curves(frame, own["arms"])
    lines: list[list[str]] = []
    if len(curves) > 1 and own["reference"] in curves:
        fits = {UNIVARIABLE: fit_univariable(frame, own)}
        fits[MULTIVARIABLE] = fit_multivariable(model, settings["terms"], own)
        marks = {name: add_tests(ard, fit, name, settings) for name, fit in fits.items()}
        level = own["survival"]["confidence_level"]
        add_hazard_ratio(ard, fits[UNIVARIABLE], marks[UNIVARIABLE], level)
        plotted = settings | {"days_per_month": own["survival"]["days_per_month"]}
        for name, fit in fits.items():
            lines += residual_lines(fit, name, own["parameter"], plotted)
    if curves:
        add_restricted_means(ard, curves, own, settings)
        places = survival_places(settings, own["survival"]["days_per_month"])
        add_survival(ard, frame, curves, places, own)
    return ard, lines
