"""The patients behind every count of the Analysis Results Data.

Who is counted is found again with the functions of the step that counted, and the length of each
list must be the number in the results: a trace that disagrees with its number is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from scripts.lib.analysis.ard import ALL, Row, format_key
from scripts.lib.analysis.summary_rows import ANALYSIS, name_of
from scripts.lib.trace import beyond, described, survival
from scripts.lib.trace.datasets import Counted, CountKey, Datasets, Patients
from scripts.lib.trace.time_varying import time_varying

COUNTS = ("n", "N", "events", "censored", "at_risk", "dropped")
"""Statistics that count patients (or their events)."""
NOT_PATIENTS = {("interactions", "n")}
"""Counts of something else: the factors tested."""

WHOLE: dict[str, Callable[[Datasets, Mapping[str, Any]], Counted]] = {
    "baseline": described.variables,
    "treatment_patterns": described.variables,
    "progression_sites": described.variables,
    "response": described.response,
    "adverse_events": described.adverse_events,
    "follow_up": survival.follow_up,
    "proportional_hazards": survival.proportional_hazards,
    "ae_rates": described.event_rates,
    "response_limits": beyond.response_limits,
    "weighted": beyond.weighted,
    "model_checks": beyond.model_checks,
    "imputation": beyond.imputation,
    "landmark": beyond.landmark,
    "pfs_rule_sets": beyond.rule_sets,
    "time_varying": time_varying,
}
BY_ENDPOINT: dict[str, Callable[[Datasets, str, Mapping[str, Any]], Counted]] = {
    "kaplan_meier": survival.kaplan_meier,
    "cox_univariable": survival.cox_univariable,
    "cox_multivariable": survival.cox_multivariable,
    "subgroups": survival.subgroups,
}


def members(analysis: str, data: Datasets, settings: Mapping[str, Any]) -> Counted:
    """Every count that an analysis can make, with the patients counted.

    Parameters
    ----------
    settings
        Those of the analysis's own step; by endpoint where the analysis goes by endpoint.
    """
    if analysis in BY_ENDPOINT:
        for endpoint, own in settings.items():
            yield from BY_ENDPOINT[analysis](data, endpoint, own)
    elif analysis in WHOLE:
        yield from WHOLE[analysis](data, settings)


def count_rows(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows whose value counts patients."""
    for row in rows:
        other = (row.analysis, row.statistic) in NOT_PATIENTS
        if row.value and row.statistic in COUNTS and not other:
            yield row


def patients_of(
    rows: Iterable[Row], data: Datasets, settings: Mapping[str, Any]
) -> dict[CountKey, Patients]:
    """Patients behind every count of one analysis, sorted by pseudonym.

    Raises
    ------
    ValueError
        A list is not as long as the number in the results.
    """
    wanted = {row.key[1:]: row for row in count_rows(rows)}
    analysis = next((row.analysis for row in wanted.values()), "")
    found: dict[CountKey, Patients] = {}
    for key, patients in members(analysis, data, settings):
        if key in wanted:
            _check_length(wanted[key], patients)
            found[key] = np.sort(patients)
    return found


def every_list(
    ard: Mapping[str, list[Row]], data: Datasets, settings: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[CountKey, Patients]]:
    """Patients behind every count of every analysis, by analysis."""
    found = {
        name: patients_of(rows, data, settings.get(name, {}))
        for name, rows in ard.items()
        if name != ANALYSIS
    }
    if ANALYSIS in ard:
        found[ANALYSIS] = _restated(ard[ANALYSIS], found, settings[ANALYSIS]["primary"])
    return {name: found[name] for name in ard}


def _restated(
    rows: Iterable[Row], found: Mapping[str, dict[CountKey, Patients]], primary: str
) -> dict[CountKey, Patients]:
    """Lists of the summary, which states counts of other analyses again (`combine_sensitivity`).

    A count stands there at the arm; in its analysis at the arm, or at the model as a whole.
    """
    again: dict[CountKey, Patients] = {}
    for analysis, lists in found.items():
        for (parameter, population, group, variable, level, statistic), who in lists.items():
            name = (
                ALL if analysis == primary and population == ALL else name_of(analysis, population)
            )
            if not group:
                again[parameter, name, "", variable, level, statistic] = who
    said: dict[CountKey, Patients] = {}
    for row in count_rows(rows):
        of_model = (row.parameter, row.population, "", "", "", row.statistic)
        if (key := row.key[1:]) in again or of_model in again:
            said[key] = again[key if key in again else of_model]
            _check_length(row, said[key])
    return said


def _check_length(row: Row, patients: Patients) -> None:
    if len(patients) != row.number:
        raise ValueError(
            f"trace: {len(patients)} patients behind {format_key(row)}, which is {row.value}"
        )
