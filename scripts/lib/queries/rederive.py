"""Endpoints of patients with one value changed, many at once.

Each scenario is a copy of a patient under a name of its own, in which one row is other. The copies
go through the same derivations as the patients (variables, cohort, endpoints), all in one pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.config.specs import columns_of, columns_read, tables_of, tables_read
from scripts.lib.derivation.adtte import derive_time_to_event
from scripts.lib.derivation.cnsr import event_observed
from scripts.lib.derivation.population import population_of
from scripts.lib.derivation.rows import by_patient
from scripts.lib.derivation.selection import select_cohort
from scripts.lib.derivation.variables import derive_variables

SOURCE = ["src_file", "src_sheet", "src_row"]
Tables = Mapping[str, pd.DataFrame]


class Scenario(NamedTuple):
    """A patient in whom one row of a table holds other values; no change: as it stands."""

    patient: str
    table: str
    place: tuple[str, Any, int]  # file, sheet (None: none), row
    change: Mapping[str, Any]


def outcomes(
    scenarios: Sequence[Scenario], tables: Tables, settings: Mapping[str, Any]
) -> dict[str, pd.DataFrame]:
    """Per endpoint: one row a scenario in order: TRT01A, time (days), event; missing: not analysed.

    Parameters
    ----------
    tables
        Standardised tables (at least the rows of the patients named).
    settings
        `subjects`, `cohort` (as of the rules that derive them), `endpoints` (id -> rule),
        `criteria`, `data_cutoff`.
    """
    names = scenario_names(len(scenarios))
    copies = {name: copy_rows(name, table, scenarios, names) for name, table in tables.items()}
    return derive_again(copies, names, settings)[1]


def scenario_names(count: int) -> pd.Series:
    """Names of that many copies of patients, in order."""
    return pd.Series([f"{i:09d}" for i in range(count)], dtype="string")


def derive_again(
    copies: Tables, names: pd.Series, settings: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The cohort of the copies, and per endpoint their times as `outcomes` gives them."""
    subjects = pd.DataFrame({"USUBJID": names})
    of_subjects = settings["subjects"]
    subjects, _ = derive_variables(
        subjects,
        of_subjects["variables"],
        {
            name: by_patient(_columns(copies[name], _used(of_subjects, name)), names)
            for name in tables_read(of_subjects["variables"])
        },
        dates=of_subjects["dates"],
        cutoff=settings["data_cutoff"],
    )
    cohort = select_cohort(subjects, settings["cohort"])
    included = cohort.set_index("USUBJID")["included"].fillna(False).astype(bool)
    found = {}
    for endpoint, rule in settings["endpoints"].items():
        rows = _times(endpoint, rule, cohort, subjects, copies, settings)
        rows = rows[included.reindex(rows.index).to_numpy(dtype=bool)]
        found[endpoint] = rows.reindex(names).reset_index(drop=True)
    return cohort, found


def _times(
    endpoint: str,
    rule: Mapping[str, Any],
    cohort: pd.DataFrame,
    subjects: pd.DataFrame,
    copies: Tables,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    patients, _ = population_of(
        cohort, subjects, rule,
        criteria=settings["criteria"] if rule["ignoring"] else [],
        cutoff=settings["data_cutoff"],
    )  # fmt: skip
    wanted = columns_of(dict(rule))
    rows, _ = derive_time_to_event(
        patients, rule,
        {
            name: by_patient(_columns(copies[name], wanted[name]), patients["USUBJID"])
            for name in tables_of(dict(rule))
        },
        name=endpoint,
    )  # fmt: skip
    return pd.DataFrame({
        "TRT01A": rows["TRT01A"].array,
        "time": rows["AVAL"].astype("Float64").array,
        "event": event_observed(rows["CNSR"]).astype("boolean").array,
    }, index=rows["USUBJID"])  # fmt: skip


def _used(settings: Mapping[str, Any], table: str) -> set[str]:
    of_table = [spec for spec in settings["variables"] if spec["from"] == table]
    return set().union(*(columns_read(spec, settings["dates"]) for spec in of_table))


def _columns(table: pd.DataFrame, wanted: Iterable[str]) -> pd.DataFrame:
    return table[["USUBJID", *sorted(set(wanted) - {"USUBJID", *SOURCE}), *SOURCE]]


def copy_rows(
    name: str, table: pd.DataFrame, scenarios: Sequence[Scenario], names: pd.Series
) -> pd.DataFrame:
    """The rows of every scenario's patient under the scenario's name, its own row changed."""
    patients = pd.Series([s.patient for s in scenarios], dtype="string")
    row = pd.Series(np.arange(len(table)), index=pd.Index(table["USUBJID"]))
    row = row[row.index.isin(patients.unique())]
    per_patient = row.groupby(level=0, sort=False).agg(list)
    taken = per_patient.reindex(patients)
    filled = [rows if isinstance(rows, list) else [] for rows in taken]
    at = np.array([i for rows in filled for i in rows], dtype=int)
    scenario = np.repeat(np.arange(len(scenarios)), [len(rows) for rows in filled])
    copies = table.take(at).reset_index(drop=True)
    copies["USUBJID"] = names.take(scenario).array
    return _changed(name, copies, scenario, scenarios)


def _changed(
    name: str, copies: pd.DataFrame, scenario: np.ndarray, scenarios: Sequence[Scenario]
) -> pd.DataFrame:
    own = [i for i, s in enumerate(scenarios) if s.table == name and s.change]
    if not own:
        return copies
    wanted = pd.DataFrame({
        "scenario": own,
        "src_file": pd.array([scenarios[i].place[0] for i in own], dtype="string"),
        "src_sheet": pd.array([_sheet(scenarios[i].place[1]) for i in own], dtype="string"),
        "src_row": pd.array([scenarios[i].place[2] for i in own], dtype="Int64"),
    })  # fmt: skip
    place = copies[SOURCE].astype({"src_row": "Int64"}).assign(scenario=scenario)
    place["src_sheet"] = place["src_sheet"].astype("string").fillna("")
    place["position"] = np.arange(len(place))
    hit = wanted.merge(place, on=["scenario", *SOURCE], how="inner")
    for column in sorted({c for i in own for c in scenarios[i].change}):
        changing = hit[[column in scenarios[i].change for i in hit["scenario"]]]
        values = [scenarios[i].change[column] for i in changing["scenario"]]
        series = copies[column].copy()
        series.iloc[changing["position"].to_numpy()] = pd.Series(values).astype(series.dtype).array
        copies[column] = series
    return copies


def _sheet(sheet: Any) -> str:
    return "" if pd.isna(sheet) else str(sheet)
