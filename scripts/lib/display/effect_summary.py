"""Lines of the sensitivity summary: what an analysis is called, what it assumes, what marks it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from scripts.lib.analysis.ard import ALL, ALL_COVARIATES, ArdIndex, Row
from scripts.lib.config.specs import TREATMENT

ANALYSIS = "sensitivity"
PROPORTIONAL = "proportional_hazards"
NOT_SUPPORTED = "not supported"
MEANS = ("rmst_difference", "rmst_difference_ci_low", "rmst_difference_ci_high")
NAMES = {
    ALL: "primary",
    "cox_multivariable": "multivariable",
    "time_varying": "time_varying",
}
CONDITIONAL = ("cox_multivariable", "imputation", "time_varying")  # on covariates of a model
IGNORING, LANDMARK, RULESET = "ignoring=", "landmark=", "RULESET="


@dataclass(frozen=True)
class Line:
    """One analysis of one compared arm."""

    population: str
    arm: str
    label: str
    assumes: str
    notes: list[str]  # what marks the hazard ratio, and patients left out
    key: dict[str, str]  # of its rows, without `statistic`

    @property
    def primary(self) -> bool:
        """Whether it is the primary analysis."""
        return self.population == ALL

    @property
    def kind(self) -> str:
        """Whether the hazard ratio is of all patients together, or of patients alike."""
        analysis = self.population.partition(": ")[0]
        return "conditional" if analysis in CONDITIONAL else "marginal"

    @property
    def supported(self) -> bool:
        """Whether the conditions of the analysis hold, as far as they were checked."""
        return not any(note.startswith(NOT_SUPPORTED) for note in self.notes)


def words(population: str, settings: dict[str, Any]) -> tuple[str, str]:
    """What an analysis is called, and what it assumes.

    Parameters
    ----------
    population
        Of the summary: `all`, or `ARD: population of that ARD`.
    """
    labels, assumes = settings["labels"], settings["assumes"]
    analysis, _, own = population.partition(": ")
    own = own.partition(": ")[0]  # with several pairs of arms, `overlap: ARM`
    if own.startswith(LANDMARK):
        day = own.removeprefix(LANDMARK)
        return labels["landmark"].format(day=day), assumes["landmark"].format(day=day)
    if own.startswith(IGNORING):
        return settings["without"], assumes["ignoring"]
    if own.startswith(RULESET):
        found = settings["rule_sets"][own.removeprefix(RULESET)]
        return labels["rule_set"].format(label=found["label"]), found["assumes"]
    name = ALL_COVARIATES if own == ALL_COVARIATES else NAMES.get(analysis, own)
    return labels[name], assumes[name]


def looks_ahead(population: str, settings: dict[str, Any]) -> bool:
    """Whether an analysis applies a criterion that `landmark` goes without."""
    own = population.partition(": ")[2]
    return bool(settings["ignoring"]) and not own.startswith((IGNORING, LANDMARK))


def in_words(note: str, labels: dict[str, str]) -> str:
    """A note with the labels of the variables that it names."""
    for name, label in labels.items():
        note = re.sub(rf"\b{re.escape(name)}\b", lambda _, text=label: text, note)  # type: ignore[misc]
    return note


def restricted_mean(ard: ArdIndex, line: Line) -> str:
    """`2.48 (-0.02 to 4.98)`, the difference of restricted means beside a line; empty without."""
    found = [ard.find(statistic=name, **line.key | {"population": PROPORTIONAL}) for name in MEANS]
    known = [row.display for row in found if row is not None and row.value]
    return f"{known[0]} ({known[1]} to {known[2]})" if len(known) == len(MEANS) else ""


def lines(ard: ArdIndex, parameter: str, settings: dict[str, Any]) -> list[Line]:
    """Every analysis of an endpoint in the order of the results; a line a compared arm."""
    rows = ard.select(analysis=ANALYSIS, parameter=parameter, variable=TREATMENT, statistic="hr")
    return [_line(ard, row, settings) for row in rows]


def _line(ard: ArdIndex, row: Row, settings: dict[str, Any]) -> Line:
    label, assumes = words(row.population, settings)
    arms = settings["arms"]
    if len(arms) > 2:  # noqa: PLR2004 - more than one comparison
        label = f"{label}: {arms[row.level]}"
    key = {
        "analysis": ANALYSIS,
        "parameter": row.parameter,
        "population": row.population,
        "variable": TREATMENT,
        "level": row.level,
    }
    counted = ard.find(statistic="N", **key)
    notes = [part.note for part in (row, counted) if part and part.note]
    notes = [in_words(note, settings["late_covariates"]) for note in notes]
    own = [note for note in notes if not any(note in other and note != other for other in notes)]
    return Line(row.population, row.level, label, assumes, list(dict.fromkeys(own)), key)
