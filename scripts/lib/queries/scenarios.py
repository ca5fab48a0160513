"""The scenarios of a query: its cell with each plausible value in turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.queries.plausible import (
    Change,
    changes_beside,
    changes_of,
    changes_otherwise,
    date_values,
    patient_dates,
    values_elsewhere,
)
from scripts.lib.queries.rederive import Scenario
from scripts.lib.reading.problems import NEGATED, OTHERS, UNEXPLAINED

ROW = ["src_file", "src_sheet", "src_row"]


class Extract:
    """What the plausible values of a cell are read from.

    Parameters
    ----------
    tables
        Standardised tables.
    problems
        `table, rule, src_file, src_sheet, src_row, field, low, high, otherwise` of dates read in
        part or two ways, and of pieces of texts.
    levels
        Code list -> values.
    settings
        `kinds` (table -> column -> type), `codelists` (table -> column -> code list), `together`
        (table -> column -> columns of the same raw cell), `subjects.dates`, `data_cutoff`.
    patients
        Those whose cells are asked about.
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        problems: pd.DataFrame,
        levels: Mapping[str, Sequence[Any]],
        settings: Mapping[str, Any],
        patients: Collection[str],
    ) -> None:
        self.tables, self.levels, self.settings = tables, levels, settings
        self.cutoff = pd.Timestamp(settings["data_cutoff"]).as_unit("us")
        self.dated = {t: d for t, d in settings["subjects"]["dates"].items() if t in tables}
        self.dates = patient_dates(tables, self.dated, patients, self.cutoff)
        self.bounds: dict[tuple[Any, ...], tuple[Any, Any]] = {
            (p.table, _place(p.src_file, p.src_sheet, p.src_row), p.field): (p.low, p.high)
            for p in problems.dropna(subset=["low", "high"]).itertuples(index=False)
        }
        self.texts: dict[tuple[Any, ...], dict[str, tuple[str, ...]]] = {}
        for p in problems[problems["rule"].isin([NEGATED, UNEXPLAINED])].itertuples(index=False):
            place = _place(p.src_file, p.src_sheet, p.src_row)
            other = (
                () if p.rule == UNEXPLAINED else tuple(filter(None, str(p.otherwise).split(OTHERS)))
            )
            self.texts.setdefault((p.rule, p.table, place), {})[str(p.field)] = other
        self._elsewhere: dict[str, dict[tuple[str, ...], list[tuple[Any, ...]]]] = {}

    def elsewhere(self, table: str, columns: Sequence[str]) -> dict[tuple[str, ...], list[Any]]:
        """Values of `columns` in all rows of a table."""
        known = self._elsewhere.setdefault(table, {})
        if tuple(columns) not in known:
            known[tuple(columns)] = values_elsewhere(self.tables[table], columns)
        return known

    def of_texts(self, cell: Any, row: Mapping[str, Any], together: Sequence[str]) -> list[Change]:
        """Other readings of the text of a cell, where a piece of it is asked about."""
        place = (cell.table, _place(cell.src_file, cell.src_sheet, cell.src_row))
        kinds = self.settings["kinds"][cell.table]
        negated, unexplained = (
            {n: v for n, v in self.texts.get((rule, *place), {}).items() if n in together}
            for rule in (NEGATED, UNEXPLAINED)
        )
        changes = list(changes_otherwise({n: v for n, v in negated.items() if v}, kinds))
        if unexplained:
            changes += changes_beside(
                row,
                list(unexplained),
                kinds=kinds,
                levels=self.levels_of(cell.table),
                together=together,
                elsewhere=self.elsewhere(cell.table, together),
            )
        return changes

    def levels_of(self, table: str) -> dict[str, Sequence[Any]]:
        """Values of the code list of each column that has one."""
        lists = self.settings["codelists"][table]
        return {column: self.levels[name] for column, name in lists.items() if name}

    def days(self, cell: Any) -> list[pd.Timestamp]:
        """Plausible days of a date."""
        place = _place(cell.src_file, cell.src_sheet, cell.src_row)
        low, high = self.bounds.get((cell.table, place, cell.column), (pd.NaT, pd.NaT))
        if cell.table not in self.dated and pd.isna(low):
            return []
        days, names = self.dates.get(cell.USUBJID, _NO_DATES)
        own = "|".join([cell.table, cell.column, *map(str, place)])
        return date_values(days[names != own], self.cutoff, low, high)


_NO_DATES = (np.array([], "datetime64[D]"), np.array([], str))


def scenarios_of(cells: pd.DataFrame, extract: Extract) -> list[tuple[int, Scenario]]:
    """Position of the cell and scenario, in the order of `cells` (CELL; each cell once)."""
    rows = _rows(cells, extract.tables)
    planned: list[tuple[int, Scenario]] = []
    for i, cell in enumerate(cells.itertuples(index=False)):
        place = _place(cell.src_file, cell.src_sheet, cell.src_row)
        row = rows.get((str(cell.table), place))
        if row is not None:
            planned += [(i, scenario) for scenario in _of_cell(cell, row, extract)]
    return planned


def _of_cell(cell: Any, row: Mapping[str, Any], extract: Extract) -> list[Scenario]:
    settings = extract.settings
    kinds = settings["kinds"][cell.table]
    place = (cell.src_file, cell.src_sheet, int(cell.src_row))
    if kinds.get(cell.column) == "date":
        changes: list[Change] = [{cell.column: day} for day in extract.days(cell)]
    elif kinds.get(cell.column) in ("code", "codes", "integer", "boolean"):
        together = settings["together"][cell.table].get(cell.column, [cell.column])
        changes = extract.of_texts(cell, row, together) or list(
            changes_of(
                cell.column,
                row,
                kinds=kinds,
                levels=extract.levels_of(cell.table),
                together=together,
                elsewhere=extract.elsewhere(cell.table, together),
                own_date=extract.dated.get(cell.table, ""),
            )
        )
    else:
        changes = []
    return [Scenario(cell.USUBJID, cell.table, place, c) for c in changes if _differs(c, row)]


def _differs(change: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether any value is another one than the row has."""
    return any(pd.isna(row[name]) or row[name] != value for name, value in change.items())


def _rows(
    cells: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> dict[tuple[str, tuple[str, str, int]], dict[Any, Any]]:
    """The rows that the cells stand in, by table and place."""
    found: dict[tuple[str, tuple[str, str, int]], dict[Any, Any]] = {}
    for name, of_table in cells.groupby("table"):
        table = tables[str(name)]
        here = table[table["src_row"].isin(of_table["src_row"])]
        here = here[here["USUBJID"].isin(of_table["USUBJID"])]
        for row in here.to_dict("records"):
            place = _place(row["src_file"], row["src_sheet"], row["src_row"])
            found[(str(name), place)] = row
    return found


def _place(file: Any, sheet: Any, row: Any) -> tuple[str, str, int]:
    return (
        "" if pd.isna(file) else str(file),
        "" if pd.isna(sheet) else str(sheet),
        -1 if pd.isna(row) else int(row),
    )
