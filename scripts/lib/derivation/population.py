"""Patients of an analysis dataset: who of the cohort, with the variables that its rule names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from scripts.lib.derivation.derived_findings import findings_of
from scripts.lib.derivation.rows import PATIENT, SEQUENCE, true_rows
from scripts.lib.tables import read_table

CUTOFF = "DATA_CUTOFF"


def read_population(
    cohort: str | Path,
    subjects: str | Path,
    rule: Mapping[str, Any],
    *,
    variables: Iterable[str],
    criteria: list[str],
    cutoff: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patients of the population of `rule` who have an arm and a start; who has none as findings.

    Parameters
    ----------
    rule
        Holds `population`, `ignoring` and `start`.
    variables
        Variables of the subjects that the rule names; each comes with its `__SRC`.
    criteria
        Ids of the applied criteria.

    Returns
    -------
    One row per patient, sorted by USUBJID: USUBJID, TRT01A, DATA_CUTOFF, the variables, and
    SEQUENCE = row of subjects; and findings.
    """
    chosen = read_table(cohort)
    wanted = [
        name for v in sorted({*variables, rule["start"]}) for name in (v, v + "__SRC", v + "__DTF")
    ]
    known = read_those_there(subjects, ["USUBJID", *wanted])
    assert known["USUBJID"].equals(chosen["USUBJID"]), "cohort and subjects are of one run"
    return population_of(chosen, known, rule, criteria=criteria, cutoff=cutoff)


def population_of(
    chosen: pd.DataFrame,
    known: pd.DataFrame,
    rule: Mapping[str, Any],
    *,
    criteria: list[str],
    cutoff: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`read_population` of a cohort and subjects (same patients, same order) in memory."""
    known = known.assign(TRT01A=chosen["TRT01A"])
    known[CUTOFF] = pd.Timestamp(cutoff).as_unit("us")
    known[SEQUENCE] = np.arange(1, len(known) + 1)
    patients = known[in_population(chosen, rule, criteria)]
    lacking = patients[["TRT01A", rule["start"]]].isna().any(axis=1).to_numpy()
    return (
        patients[~lacking].sort_values("USUBJID", ignore_index=True),
        _without_start(patients[lacking], rule["start"]),
    )


def in_population(cohort: pd.DataFrame, rule: Mapping[str, Any], criteria: list[str]) -> np.ndarray:
    """Who belongs to it: included, screened, or included but for the criteria of `ignoring`."""
    if rule["population"] == "screened":
        return np.ones(len(cohort), dtype=bool)
    if not rule["ignoring"]:
        return true_rows(cohort["included"])
    left = [criterion for criterion in criteria if criterion not in rule["ignoring"]]
    met = [true_rows(cohort[name]) for name in left]
    return np.logical_and.reduce([np.ones(len(cohort), dtype=bool), *met])


def read_those_there(path: str | Path, columns: Iterable[str]) -> pd.DataFrame:
    """Those of the columns that the table has."""
    there = set(pq.read_schema(path).names)
    return read_table(path, [name for name in columns if name in there])


def _without_start(patients: pd.DataFrame, start: str) -> pd.DataFrame:
    rows = pd.DataFrame({PATIENT: np.arange(len(patients)), start: patients[start].array})
    return findings_of(
        rows,
        patients["USUBJID"],
        table="subjects",
        check_id="population.no_start",
        column=start,
        question="The studied treatment of this patient, or its start, is not known, so no "
        "time can be counted. When did which treatment start?",
        severity="info",
    )
