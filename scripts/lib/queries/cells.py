"""Which cells of the standardised tables a query asks about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from scripts.lib.derivation.rows import split_source
from scripts.lib.derivation.specs import uses
from scripts.lib.derivation.variables import SRC

CELL = ["USUBJID", "table", "src_file", "src_sheet", "src_row", "column"]
COLUMNS = ["id", *CELL]
PLACE = {"file": "src_file", "sheet": "src_sheet", "row": "src_row"}
ADTTE = "adtte_"
SUBJECTS = "subjects"

Tables = Mapping[str, pd.DataFrame]


def asked_cells(
    asked: pd.DataFrame,
    tables: Tables,
    subjects: pd.DataFrame,
    adtte: Tables,
    specs: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Cells of each query, one a row: id, and what names the cell (CELL).

    A query about a raw row asks about its fields; one about a variable of a patient, about the
    cells that it was picked from; one about an endpoint, about the cell that decided it.

    Parameters
    ----------
    asked
        `id, USUBJID, table, field, source_table, file, sheet, row`.
    subjects, adtte
        Variables with their sources; endpoints by name of the dataset.
    specs
        Variables of `cohort.variables` by name.
    """
    known = asked[asked["USUBJID"].notna()]
    fields = known.assign(column=known["field"].str.split(", ")).explode("column")
    parts = [_of_rows(fields, tables)]
    open_ = fields[~fields["id"].isin(parts[0]["id"])]
    of_adtte = open_["table"].str.startswith(ADTTE)
    parts.append(_of_endpoints(open_[of_adtte], adtte, subjects, specs))
    parts.append(_of_variables(open_[["id", "USUBJID", "column"]], subjects, specs))
    cells = pd.concat(parts, ignore_index=True)
    return cells.drop_duplicates().sort_values(COLUMNS, ignore_index=True, kind="stable")


def _of_rows(fields: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    columns = {(name, column) for name, table in tables.items() for column in table.columns}
    pairs = pd.MultiIndex.from_frame(fields[["source_table", "column"]])
    here = fields[pairs.isin(list(columns))].drop(columns="table")
    return here.rename(columns=PLACE | {"source_table": "table"})[COLUMNS]


def _of_variables(
    wanted: pd.DataFrame, subjects: pd.DataFrame, specs: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Cells that the variables `column` of the patients were picked from."""
    parts = [_no_cells()]
    by_patient = subjects.set_index("USUBJID")
    for name in wanted["column"].unique():
        rows = wanted[wanted["column"] == name]
        for picked in picked_behind(name, specs):
            source = by_patient[picked + SRC].reindex(rows["USUBJID"]).reset_index(drop=True)
            cells = split_source(source).assign(
                id=rows["id"].array, USUBJID=rows["USUBJID"].array,
                table=specs[picked]["from"], column=specs[picked]["column"],
            )  # fmt: skip
            parts.append(cells.loc[cells["src_row"].notna(), COLUMNS])
    return pd.concat(parts, ignore_index=True)


def picked_behind(name: str, specs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variables picked from a column that `name` is made of; itself if it is one."""
    if name not in specs:
        return []
    if specs[name]["from"]:
        return [name] if specs[name]["column"] else []
    behind = [picked for used in sorted(uses(specs[name])) for picked in picked_behind(used, specs)]
    return list(dict.fromkeys(behind))


def _of_endpoints(
    wanted: pd.DataFrame,
    adtte: Tables,
    subjects: pd.DataFrame,
    specs: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    parts = [_no_cells()]
    for name in wanted["table"].unique():
        if name not in adtte:
            continue
        rows = wanted.loc[wanted["table"] == name, ["id", "USUBJID"]].drop_duplicates()
        decided = rows.merge(adtte[name], on="USUBJID", how="inner").rename(
            columns={"SRCDOM": "table", "SRCVAR": "column", "SRCFILE": "src_file",
                     "SRCSHEET": "src_sheet", "SRCROW": "src_row"}
        )  # fmt: skip
        picked = decided["table"] == SUBJECTS
        parts.append(decided.loc[~picked & decided["src_row"].notna(), COLUMNS])
        of_subjects = decided.loc[picked, ["id", "USUBJID", "column"]]
        parts.append(_of_variables(of_subjects, subjects, specs))
    return pd.concat(parts, ignore_index=True)


def _no_cells() -> pd.DataFrame:
    types: dict[str, str] = dict.fromkeys(COLUMNS, "string")
    return pd.DataFrame(columns=COLUMNS).astype(types | {"src_row": "Int64"})


def relevant(cells: pd.DataFrame, columns: Mapping[str, Mapping[str, Collection[str]]],
             results: Collection[str]) -> pd.DataFrame:  # fmt: skip
    """Cells of columns that can change any of `results`."""
    pairs = [
        (table, column)
        for table, of_table in columns.items()
        for column, changes in of_table.items()
        if set(changes) & set(results)
    ]
    return cells[pd.MultiIndex.from_frame(cells[["table", "column"]]).isin(pairs)]
