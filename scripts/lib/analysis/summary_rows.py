"""Rows of every analysis of the treatment effect, stated again below each other.

The step is `scripts/combine_sensitivity.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scripts.lib.analysis.ard import ALL, ALL_COVARIATES, ArdIndex, Row
from scripts.lib.config.specs import TREATMENT

ANALYSIS = "sensitivity"
PROPORTIONAL = "proportional_hazards"
MODEL = "model=multivariable"
NOTHING_MISSING = "nothing missing"  # note of fit_imputation
LOOKS_AHEAD = "with covariates known only after the start of treatment"
OF_THE_MODEL = ("cox_multivariable", "imputation")
TESTED = {"cox_univariable": "univariable", "cox_multivariable": "multivariable"}
COUNTS = ("N", "events")
EFFECT = ("hr", "hr_ci_low", "hr_ci_high", "p_value")
MEANS = ("rmst_difference", "rmst_difference_ci_low", "rmst_difference_ci_high", "p_value")


def name_of(analysis: str, population: str) -> str:
    """Population of an analysis in the summary: where its rows stand."""
    return analysis if population == ALL else f"{analysis}: {population}"


def populations(ard: ArdIndex, analysis: str, parameter: str) -> list[str]:
    """Populations of an analysis with an effect of treatment, in file order."""
    rows = ard.select(analysis=analysis, parameter=parameter, variable=TREATMENT, statistic="hr")
    return list(dict.fromkeys(row.population for row in rows))


def again(row: Row, population: str, note: str = "", level: str = "") -> Row:
    """The row under the summary's key; `note` behind its own."""
    notes = dict.fromkeys(part for part in (row.note, note) if part)
    where = {"group": "", "variable": TREATMENT, "level": level or row.level}
    return row._replace(
        analysis=ANALYSIS, population=population, note="; ".join(notes), **where  # type: ignore[arg-type]
    )  # fmt: skip


def effect(ard: ArdIndex, source: dict[str, str], population: str, note: str) -> Iterator[Row]:
    """Rows of one analysis: counts and, per compared arm, the hazard ratio.

    Parameters
    ----------
    source
        `analysis`, `parameter`, `population` of the rows.
    note
        What marks the hazard ratio beside the note of its own row.
    """
    for ratio in ard.select(**source, variable=TREATMENT, statistic="hr"):
        if ratio.note.startswith(NOTHING_MISSING):
            continue  # the complete cases once more
        for name in COUNTS:
            own = ard.find(**source, variable=TREATMENT, level=ratio.level, statistic=name)
            found = own or ard.find(**source, statistic=name)  # of the model, not of the arm
            if found:
                yield again(found, population, level=ratio.level)
        for name in EFFECT:
            found = ard.find(**source, variable=TREATMENT, level=ratio.level, statistic=name)
            if found:
                yield again(found, population, note if name == "hr" else "")


def marks(ard: ArdIndex, analysis: str, parameter: str, later: list[str], population: str) -> str:
    """What speaks against a hazard ratio: its test; the model's checks, covariates known later."""
    whole = population == ALL_COVARIATES  # not the model that was tested
    against = "" if whole else not_proportional(ard, analysis, parameter)
    if analysis not in OF_THE_MODEL:
        return against
    key = {"analysis": "model_checks", "parameter": parameter, "population": MODEL}
    checks = [row for row in ard.select(**key, variable="") if row.note and not row.level]
    if whole:  # as many parameters as the screening tried; the other checks are of the chosen ones
        checks = [row for row in checks if row.statistic == "events_per_parameter"]
    notes = dict.fromkeys(f"{row.statistic.replace('_', ' ')} {row.note}" for row in checks)
    held_in = {"population": population if whole else ALL, "parameter": parameter}
    model = ard.select(analysis="cox_multivariable", statistic="N", **held_in)
    held = dict.fromkeys(row.variable for row in model if row.variable in later)
    if held:
        notes[f"{LOOKS_AHEAD}: {', '.join(held)}"] = None
    return "; ".join(filter(None, (against, *notes)))


def not_proportional(ard: ArdIndex, analysis: str, parameter: str) -> str:
    """The mark that a model's own test of treatment gives; empty where it does not fail."""
    if analysis not in TESTED:
        return ""
    key = {"parameter": parameter, "variable": TREATMENT, "level": TESTED[analysis]}
    test = ard.find(analysis=PROPORTIONAL, statistic="p_value", **key)
    return test.note if test and test.value else ""


def restricted_means(ard: ArdIndex, parameter: str) -> Iterator[Row]:
    """Differences of restricted means, to stand beside hazard ratios that are averages."""
    key = {"analysis": PROPORTIONAL, "parameter": parameter}
    for row in ard.select(**key, variable=TREATMENT, statistic="rmst_difference"):
        tau = ard.find(**key, group=row.level, statistic="tau")
        if tau:
            yield again(tau, PROPORTIONAL, level=row.level)
        for name in MEANS:
            found = ard.find(**key, variable=TREATMENT, level=row.level, statistic=name)
            if found:
                yield again(found, PROPORTIONAL)


def combine(ard: ArdIndex, settings: dict[str, Any]) -> list[Row]:
    """Every analysis of every endpoint, the primary one first.

    Parameters
    ----------
    settings
        `parameters`; `primary`, the analysis that stands first; `sources`: analysis -> populations
        that would state another analysis twice; `late_covariates`, those declared to look ahead.
    """
    rows: list[Row] = []
    for parameter in settings["parameters"]:
        primary, later = settings["primary"], settings["late_covariates"]
        first = {"analysis": primary, "parameter": parameter, "population": ALL}
        rows += effect(ard, first, ALL, marks(ard, primary, parameter, later, ALL))
        rows += restricted_means(ard, parameter)
        for analysis, twice in settings["sources"].items():
            for population in _others(populations(ard, analysis, parameter), twice):
                note = marks(ard, analysis, parameter, later, population)
                source = {"analysis": analysis, "parameter": parameter, "population": population}
                rows += effect(ard, source, name_of(analysis, population), note)
    return rows


def _others(found: Iterable[str], twice: list[str]) -> list[str]:
    """Populations but those in `twice`, with several pairs of arms too (`unweighted: ARM`)."""
    return [name for name in found if not {name, name.partition(": ")[0]} & set(twice)]
