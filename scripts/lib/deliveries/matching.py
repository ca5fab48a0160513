"""Which row of a table is which in the next delivery, and what changed in it.

Rows move and are added, so they are matched within a patient by what they say: rows that are equal;
then rows of one date; then rows that agree in all but their dates; then the one that is left on
either side. What finds no partner was added or is gone.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from scripts.lib.derivation.derived_findings import value_text

SOURCE = ("src_file", "src_sheet", "src_row")
VALUE, ADDED, GONE = "value", "row added", "row gone"
COLUMNS = ["USUBJID", "kind", "column", "at_before", "at_after"]
SEPARATOR = "\x1f"


def changed_cells(before: pd.DataFrame, after: pd.DataFrame, date: str) -> pd.DataFrame:
    """Every changed cell, added row and gone row of a table; one row each.

    Parameters
    ----------
    before, after
        A standardised table in the two deliveries.
    date
        The column that orders it; empty where there is none.

    Returns
    -------
    USUBJID, kind, column (empty for rows), at_before, at_after (positions; -1: not there), sorted.
    """
    columns = [c for c in before.columns if c in after.columns and c not in ("USUBJID", *SOURCE)]
    partner = matched(before, after, columns, date)
    there = np.flatnonzero(partner >= 0)
    old = before.iloc[there].reset_index(drop=True)
    new = after.iloc[partner[there]].reset_index(drop=True)
    parts = [
        _rows(before, np.flatnonzero(partner < 0), GONE),
        _rows(after, np.setdiff1d(np.arange(len(after)), partner), ADDED),
    ]
    for column in columns:
        differs = (value_text(old[column]) != value_text(new[column])).to_numpy(dtype=bool)
        at = there[differs]
        parts.append(
            pd.DataFrame({
                "USUBJID": old["USUBJID"].array[differs], "kind": VALUE, "column": column,
                "at_before": at, "at_after": partner[at],
            })
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True).sort_values(COLUMNS, ignore_index=True)[COLUMNS]


def matched(before: pd.DataFrame, after: pd.DataFrame, columns: list[str], date: str) -> np.ndarray:
    """Position in `after` of each row of `before`; -1 where there is none."""
    partner = np.full(len(before), -1)
    plain = [c for c in columns if not pd.api.types.is_datetime64_any_dtype(before[c])]
    levels = [columns, *([[date]] if date in columns else []), plain, []]
    for wanted in levels:
        left = np.flatnonzero(partner < 0)
        right = np.setdiff1d(np.arange(len(after)), partner)
        if not len(left) or not len(right):
            break
        old, new = _keys(before.iloc[left], wanted), _keys(after.iloc[right], wanted)
        if wanted == [date]:
            old = old.mask(before.iloc[left][date].isna().to_numpy())
            new = new.mask(after.iloc[right][date].isna().to_numpy())
        if not wanted:  # only where one is left on either side
            old, new = old.mask(old.duplicated(keep=False)), new.mask(new.duplicated(keep=False))
        pairs = _numbered(old, left).merge(_numbered(new, right), on=["key", "number"])
        partner[pairs["at_x"].to_numpy(dtype=int)] = pairs["at_y"].to_numpy(dtype=int)
    return partner


def _keys(rows: pd.DataFrame, columns: list[str]) -> pd.Series:
    key = rows["USUBJID"].astype("string")
    for column in columns:
        key = key + SEPARATOR + value_text(rows[column])
    return key.reset_index(drop=True)


def _numbered(key: pd.Series, at: np.ndarray) -> pd.DataFrame:
    """Keys with a number among equal ones; those without a key are left out."""
    frame = pd.DataFrame({"key": key, "at": at}).dropna(subset=["key"])
    return frame.assign(number=frame.groupby("key").cumcount())


def _rows(table: pd.DataFrame, at: np.ndarray, kind: str) -> pd.DataFrame:
    missing = np.full(len(at), -1)
    gone = kind == GONE
    return pd.DataFrame({
        "USUBJID": table["USUBJID"].array.take(at), "kind": kind, "column": "",
        "at_before": at if gone else missing, "at_after": missing if gone else at,
    })  # fmt: skip


def described(
    cells: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame, kinds: Mapping[str, str]
) -> pd.DataFrame:
    """The cells with their places in both deliveries and their values; free text is left out."""
    told = cells.copy()
    for side, table in (("before", before), ("after", after)):
        at = cells[f"at_{side}"].to_numpy()
        rows = table.take(np.maximum(at, 0)) if len(table) else None
        for name, column in zip(("file", "sheet", "row"), SOURCE, strict=True):
            values = pd.Series(pd.NA, index=cells.index, dtype="object")
            if rows is not None:
                values = pd.Series(rows[column].to_numpy(object), index=cells.index)
            told[f"{name}_{side}"] = values.mask(at < 0)
        told[side] = _values(cells, rows, kinds).mask(at < 0)
    types = dict.fromkeys(["row_before", "row_after"], "Int64")
    types |= dict.fromkeys(["file_before", "file_after", "sheet_before", "sheet_after"], "string")
    return told.astype(types)


def _values(cells: pd.DataFrame, rows: pd.DataFrame | None, kinds: Mapping[str, str]) -> pd.Series:
    values = pd.Series(pd.NA, index=cells.index, dtype="string")
    if rows is None:
        return values
    for column in cells["column"].unique():
        here = (cells["column"] == column).to_numpy()
        if column and kinds.get(column) != "text":
            values.loc[here] = value_text(rows[column])[here].to_numpy()
        elif column:
            values.loc[here] = "(text)"
    return values
