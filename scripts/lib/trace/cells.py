"""From a raw cell forward: what it decides, who reads it, and which results it touches.

A cell *decides* a variable or endpoint if its row is the one that was picked (of `all`, `count` and
`any`: one of the rows that count). It is *read* where a change could make another row be picked.
A result is touched where a decided variable or endpoint goes into it and the patient is counted
in it, or could come to be: what decides the arm or a criterion touches the selection of patients,
and with it every result of whom it can let in or leave out. What goes into what is the lineage of
the configuration (`scripts.lib.plan.lineage`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.derivation.rows import SEQUENCE, by_patient, split_source, true_rows
from scripts.lib.derivation.variables import SRC, rows_that_count
from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.subjects import ORIGIN
from scripts.lib.trace.values import as_text, place_index, places_of, row_numbers, shown_headers

Settings = Mapping[str, Any]
COLUMNS = (
    "file", "sheet", "row", "column", "table", "field", "USUBJID", "decides", "read_by",
    "criteria", "results", "may_change", "set_aside",
)  # fmt: skip
SEVERAL = ("all", "count", "any")  # picks in which every row that counts decides
SELECTION = "selection of patients"
SCREENED = "screened"  # what nothing that a row says can change


class Reader(NamedTuple):
    """A variable, dataset or looked-up column that reads a table, and the rows that decide it."""

    told: Settings  # of the lineage: name, fields, criteria, conditions, selects, results
    decides: np.ndarray


# ---- who reads a table ---------------------------------------------------------------------------


def readers(
    table: str, data: Datasets, tables: Mapping[str, pd.DataFrame], settings: Settings
) -> list[Reader]:
    """Everything that reads a table, with the rows that decide it."""
    frame, subjects = tables[table], data.table("subjects")
    rows, index = by_patient(frame, subjects["USUBJID"]), place_index(frame)
    specs = {spec["name"]: spec for spec in settings["variables"]}
    found = []
    for told in settings["lineage"]["readers"][table]:
        name = told["name"]
        if told["kind"] == "variable" and name not in subjects:
            continue
        if told["kind"] == "variable":
            decides = _of_variable(specs[name], index, rows, subjects, settings)
        elif told["kind"] == "dataset":
            decides = _of_dataset(data.table(name), table, index)
        else:
            own, column = name.split(".")
            decides = _of_places(split_source(tables[own][column + SRC].dropna()), index)
        found.append(Reader(told, decides))
    return found


def _of_variable(
    spec: Settings,
    index: pd.Index,
    rows: pd.DataFrame,
    subjects: pd.DataFrame,
    settings: Settings,
) -> np.ndarray:
    """Rows of the table that decide a variable."""
    if spec["pick"] in SEVERAL:
        decides = np.zeros(len(index), bool)
        cutoff = pd.Timestamp(settings["study"]["data_cutoff"]).as_unit("us")
        known = subjects.assign(DATA_CUTOFF=cutoff)
        _, counts = rows_that_count(spec, rows, known, settings["dates"], cutoff)
        decides[rows[SEQUENCE].to_numpy()[counts] - 1] = True
        return decides
    source = spec["name"] + SRC
    places = subjects[source].dropna() if source in subjects else pd.Series(dtype="string")
    return _of_places(places_of(places), index)


def _of_dataset(derived: pd.DataFrame, table: str, index: pd.Index) -> np.ndarray:
    """Rows of the table that rows of an analysis dataset name as their source."""
    mine = derived[derived["SRCDOM"].eq(table).fillna(False)]
    return _of_places(mine[list(ORIGIN)].rename(columns=ORIGIN), index)


def _of_places(places: pd.DataFrame, index: pd.Index) -> np.ndarray:
    decides = np.zeros(len(index), bool)
    found = row_numbers(index, places)
    decides[found[found > 0] - 1] = True
    return decides


# ---- who is in the study -------------------------------------------------------------------------


def unmet(data: Datasets, lineage: Settings) -> pd.DataFrame:
    """What keeps each patient out of the study: USUBJID as index, a column a condition.

    Parameters
    ----------
    lineage
        `conditions` (`start`, the arm, ids of applied criteria) and `start` (its variable).
    """
    cohort = data.table("cohort").set_index("USUBJID")
    starts = data.table("subjects").set_index("USUBJID")[lineage["start"]].reindex(cohort.index)
    included = true_rows(cohort["included"])
    found: dict[str, Any] = {SCREENED: np.zeros(len(cohort), bool)}
    for name in lineage["conditions"]:
        if name == "start":
            found[name] = starts.isna().to_numpy(bool)
        elif name == "TRT01A":
            found[name] = cohort[name].isna().to_numpy(bool)
        else:
            found[name] = ~included & ~true_rows(cohort[name])
    return pd.DataFrame(found, index=cohort.index)


def touched(reading: Sequence[Settings], lacking: set[str], lineage: Settings) -> set[str]:
    """Results that a cell can change through its readers, of a patient who lacks conditions."""
    if SCREENED in lacking:
        return set()
    through = set().union(*(told["results"] for told in reading))
    reached = set().union(*(told["conditions"] for told in reading))
    selects = any(told["selects"] for told in reading)
    found = {SELECTION} if selects else set()
    for population in lineage["populations"]:
        out = lacking - set(population["ignoring"])
        if not out:
            found |= set(population["results"] if selects else through & {*population["results"]})
        elif selects and out <= reached:
            found |= set(population["results"])
    return found


# ---- the listing ---------------------------------------------------------------------------------


def cells(data: Datasets, tables: Mapping[str, pd.DataFrame], settings: Settings) -> pd.DataFrame:
    """One row per raw cell that something reads; columns COLUMNS, all text but `row`.

    Parameters
    ----------
    settings
        Those of `write_traces`.
    """
    kept_out = unmet(data, settings["lineage"])
    parts = [
        _of_field(table, field, reading, tables[table], settings, kept_out)
        for table in tables
        for field, reading in _by_field(readers(table, data, tables, settings))
        if field in settings["tables"][table]
    ]
    empty = pd.DataFrame({name: pd.Series(dtype="string") for name in COLUMNS})
    found = pd.concat(parts, ignore_index=True) if parts else empty
    return found.sort_values(["file", "sheet", "row", "column", "field"], ignore_index=True)


def _by_field(found: list[Reader]) -> list[tuple[str, list[Reader]]]:
    fields = sorted(set().union(*(reader.told["fields"] for reader in found)))
    return [(field, [r for r in found if field in r.told["fields"]]) for field in fields]


def _of_field(
    table: str,
    field: str,
    reading: list[Reader],
    frame: pd.DataFrame,
    settings: Settings,
    kept_out: pd.DataFrame,
) -> pd.DataFrame:
    """Cells of one column; rows that decide the same and of whom the same is unmet go together."""
    patients = frame["USUBJID"].to_numpy(object)
    at = kept_out.index.get_indexer(pd.Index(patients))
    lacking = kept_out.to_numpy(bool)[at]
    lacking[at < 0] = True  # in no register
    decided = np.column_stack([r.decides for r in reading])
    kinds, which = np.unique(np.column_stack([decided, lacking]), axis=0, return_inverse=True)
    told, conditions = [r.told for r in reading], [str(name) for name in kept_out]
    said = [_said(kind, told, conditions, settings["lineage"]) for kind in kinds]
    texts = [np.array([one[i] for one in said], object)[which.ravel()] for i in range(5)]
    header = shown_headers(settings["tables"][table][field]["from"])
    return pd.DataFrame(
        {
            "file": as_text(frame["src_file"]), "sheet": as_text(frame["src_sheet"]),
            "row": frame["src_row"].to_numpy(), "column": header, "table": table, "field": field,
            "USUBJID": patients, "decides": texts[0], "read_by": texts[1], "criteria": texts[2],
            "results": texts[3], "may_change": texts[4], "set_aside": "",
        }
    )  # fmt: skip


def _said(
    kind: np.ndarray, reading: list[Settings], conditions: list[str], lineage: Settings
) -> tuple[str, ...]:
    """decides, read_by, criteria, results and may_change of one kind of cell."""
    flags, out = kind[: len(reading)], kind[len(reading) :]
    deciding = [told for told, yes in zip(reading, flags, strict=True) if yes]
    others = [told for told, yes in zip(reading, flags, strict=True) if not yes]
    lacking = {name for name, yes in zip(conditions, out, strict=True) if yes}
    now = touched(deciding, lacking, lineage)
    further = touched(reading, lacking, lineage) - now
    criteria = set().union(*(told["criteria"] for told in deciding))
    return (
        ";".join(told["name"] for told in deciding), ";".join(told["name"] for told in others),
        ";".join(sorted(criteria)), ";".join(sorted(now)), ";".join(sorted(further)),
    )  # fmt: skip


def set_aside(rows: Iterable[pd.DataFrame], names_: Iterable[str]) -> pd.DataFrame:
    """Rows that were set aside: they touch nothing, and say why."""
    parts = [
        pd.DataFrame(
            {
                "file": as_text(frame["src_file"]),
                "sheet": as_text(frame["src_sheet"]),
                "row": frame["src_row"].to_numpy(),
                "table": table,
                "set_aside": as_text(frame["reason"]),
            }
        )  # fmt: skip
        for table, frame in zip(names_, rows, strict=True)
        if len(frame)
    ]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))
    return found.reindex(columns=list(COLUMNS)).fillna(dict.fromkeys(COLUMNS, ""))
