"""From a raw cell forward: what it decides, who reads it, and which results it touches.

A cell *decides* a variable or endpoint if its row is the one that was picked (of `all`, `count` and
`any`: one of the rows that count). It is *read* where a change could make another row be picked.
A result is touched where a decided variable or endpoint goes into it and the patient is counted
in it; what decides the arm or a criterion touches every result, through who is in the study.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.config.specs import columns_of, columns_read, made_from, variables_of
from scripts.lib.derivation.rows import SEQUENCE, by_patient
from scripts.lib.derivation.variables import rows_that_count
from scripts.lib.expressions.grammar import names
from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.subjects import ORIGIN
from scripts.lib.trace.values import as_text, place_index, places_of, row_numbers, shown_headers

Settings = Mapping[str, Any]
COLUMNS = (
    "file", "sheet", "row", "column", "table", "field", "USUBJID", "decides", "read_by",
    "criteria", "results", "set_aside",
)  # fmt: skip
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SEVERAL = ("all", "count", "any")  # picks in which every row that counts decides
SELECTION = "selection of patients"
OF_VARIANT = {"adtte_without_exclusion": "landmark", "adtte_rule_sets": "pfs_rule_sets"}
OF_DATASET = {"adrs": ("response", "response_limits"), "adae": ("adverse_events", "ae_rates")}


class Reader(NamedTuple):
    """A variable, endpoint or dataset that reads a table."""

    name: str
    fields: set[str]
    decided_by: np.ndarray  # rows of the table
    criteria: frozenset[str]
    results: frozenset[str]


# ---- which results rest on what ------------------------------------------------------------------


class Uses:
    """Criteria and results that rest on a variable or an endpoint, directly or not."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.analyses = list(settings["analyses"])
        behind = made_from(settings["variables"])
        self.made_from = {name: set(names) for name, names in behind.items()}
        self.words = {name: set(_words(own)) for name, own in settings["analyses"].items()}

    def of_variable(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """Criteria, and results, that a variable has a part in."""
        made = {other for other, parts in self.made_from.items() if name in parts}
        criteria = {c["id"] for c in self.settings["criteria"] if names(c["when"]) & made}
        if criteria or any(names(case["when"]) & made for case in self.settings["arm"]):
            return frozenset(criteria), frozenset([*self.analyses, SELECTION])
        results = {analysis for analysis, words in self.words.items() if words & made}
        for dataset, rules in self.settings["endpoints"].items():
            if any(variables_of(rule) & made for rule in rules.values()):
                results |= self.of_endpoint(dataset)
        return frozenset(), frozenset(results)

    def of_endpoint(self, dataset: str) -> frozenset[str]:
        """Results that a time-to-event dataset goes into."""
        if dataset in OF_VARIANT:
            return frozenset({OF_VARIANT[dataset]} & set(self.analyses))
        name = dataset.removeprefix("adtte_")
        found = {analysis for analysis, words in self.words.items() if name in words}
        later = {spec["name"] for spec in self.settings["variables"] if spec["endpoint"] == name}
        for variable in later:
            found |= self.of_variable(variable)[1]
        return frozenset(found)


def _words(settings: Any) -> Iterator[str]:
    """Every word in keys and texts of the settings of an analysis."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from _words(value)
    elif isinstance(settings, str):
        yield from WORD.findall(settings)


# ---- who reads a table ---------------------------------------------------------------------------


def readers(
    table: str, data: Datasets, tables: Mapping[str, pd.DataFrame], settings: Settings, used: Uses
) -> Iterator[Reader]:
    """Every variable, endpoint and dataset that reads a table, with the rows that decide it."""
    frame, subjects = tables[table], data.table("subjects")
    rows, index = by_patient(frame, subjects["USUBJID"]), place_index(frame)
    for spec in settings["variables"]:
        if spec["from"] == table and spec["name"] in subjects:
            decides = _of_variable(spec, index, rows, subjects, settings)
            criteria, results = used.of_variable(spec["name"])
            fields = {n for n in columns_read(spec, settings["dates"]) if n in frame}
            yield Reader(spec["name"], fields, decides, criteria, results)
    for dataset, rules in settings["endpoints"].items():
        fields = set().union(*(columns_of(rule).get(table, set()) for rule in rules.values()))
        if fields:
            decides = _of_dataset(data.table(dataset), table, index)
            yield Reader(dataset, fields, decides, frozenset(), used.of_endpoint(dataset))
    for dataset, analyses in OF_DATASET.items():
        derived = data.table(dataset)
        if derived["SRCDOM"].eq(table).fillna(False).any():
            decides = _of_dataset(derived, table, index)
            results = frozenset(set(analyses) & set(used.analyses))
            yield Reader(dataset, set(settings["fields"][dataset]), decides, frozenset(), results)


def _of_variable(
    spec: Settings,
    index: pd.Index,
    rows: pd.DataFrame,
    subjects: pd.DataFrame,
    settings: Settings,
) -> np.ndarray:
    """Rows of the table that decide a variable."""
    decides = np.zeros(len(index), bool)
    if spec["pick"] in SEVERAL:
        cutoff = pd.Timestamp(settings["study"]["data_cutoff"]).as_unit("us")
        known = subjects.assign(DATA_CUTOFF=cutoff)
        _, counts = rows_that_count(spec, rows, known, settings["dates"], cutoff)
        decides[rows[SEQUENCE].to_numpy()[counts] - 1] = True
        return decides
    source = f"{spec['name']}__SRC"
    if source in subjects:
        found = row_numbers(index, places_of(subjects[source].dropna()))
        decides[found[found > 0] - 1] = True
    return decides


def _of_dataset(derived: pd.DataFrame, table: str, index: pd.Index) -> np.ndarray:
    """Rows of the table that rows of an analysis dataset name as their source."""
    decides = np.zeros(len(index), bool)
    mine = derived[derived["SRCDOM"].eq(table).fillna(False)]
    found = row_numbers(index, mine[list(ORIGIN)].rename(columns=ORIGIN))
    decides[found[found > 0] - 1] = True
    return decides


# ---- the listing ---------------------------------------------------------------------------------


def cells(
    data: Datasets,
    tables: Mapping[str, pd.DataFrame],
    settings: Settings,
    counted: Mapping[str, set[str]],
) -> pd.DataFrame:
    """One row per raw cell that something reads; columns COLUMNS, all text but `row`.

    Parameters
    ----------
    settings
        Those of `write_traces`; `fields`: columns that adrs and adae read.
    counted
        Analysis -> patients counted in it.
    """
    used = Uses(settings)
    member = {table: _members(frame, counted) for table, frame in tables.items()}
    parts = [
        _of_field(table, field, reading, tables[table], settings, member[table])
        for table in tables
        for field, reading in _by_field(list(readers(table, data, tables, settings, used)))
        if field in settings["tables"][table]
    ]
    empty = pd.DataFrame({name: pd.Series(dtype="string") for name in COLUMNS})
    found = pd.concat(parts, ignore_index=True) if parts else empty
    return found.sort_values(["file", "sheet", "row", "column", "field"], ignore_index=True)


def _members(frame: pd.DataFrame, counted: Mapping[str, set[str]]) -> dict[str, np.ndarray]:
    """Analysis -> whether the patient of each row is counted in it."""
    return {name: frame["USUBJID"].isin(found).to_numpy(bool) for name, found in counted.items()}


def _by_field(found: list[Reader]) -> list[tuple[str, list[Reader]]]:
    fields = sorted(set().union(*(reader.fields for reader in found)))
    return [(field, [r for r in found if field in r.fields]) for field in fields]


def _of_field(
    table: str,
    field: str,
    reading: list[Reader],
    frame: pd.DataFrame,
    settings: Settings,
    counted: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Cells of one column; rows that decide the same and are counted in the same go together."""
    patients = frame["USUBJID"].to_numpy(object)
    analyses = sorted(set().union(*(r.results for r in reading)) - {SELECTION})
    decided = np.column_stack([r.decided_by for r in reading])
    member = [counted.get(name, np.zeros(len(frame), bool)) for name in analyses]
    pattern = np.column_stack([decided, *member]) if len(frame) else decided
    kinds, which = np.unique(pattern, axis=0, return_inverse=True)
    said = [_said(kind, reading, analyses) for kind in kinds]
    texts = [np.array([one[i] for one in said], object)[which.ravel()] for i in range(4)]
    header = shown_headers(settings["tables"][table][field]["from"])
    return pd.DataFrame(
        {
            "file": as_text(frame["src_file"]), "sheet": as_text(frame["src_sheet"]),
            "row": frame["src_row"].to_numpy(), "column": header, "table": table, "field": field,
            "USUBJID": patients, "decides": texts[0], "read_by": texts[1], "criteria": texts[2],
            "results": texts[3], "set_aside": "",
        }
    )  # fmt: skip


def _said(kind: np.ndarray, reading: list[Reader], analyses: list[str]) -> tuple[str, ...]:
    """decides, read_by, criteria and results of one kind of cell."""
    deciding = [r for r, yes in zip(reading, kind, strict=False) if yes]
    counted_in = {name for name, yes in zip(analyses, kind[len(reading) :], strict=True) if yes}
    results = set().union(*(r.results for r in deciding))
    touched = (results & counted_in) | (results & {SELECTION})
    criteria = set().union(*(r.criteria for r in deciding))
    others = [r.name for r in reading if r not in deciding]
    return (
        ";".join(r.name for r in deciding), ";".join(others), ";".join(sorted(criteria)),
        ";".join(sorted(touched)),
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
