"""Rows of the standardised tables by patient: reading, condition, picking one, naming its source.

Every derivation picks rows; here is the one place that says how ties are broken, so that no result
depends on the order of the raw rows: equal order, then the smaller value, then the source row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.lib.expressions.evaluate import evaluate
from scripts.lib.expressions.grammar import names
from scripts.lib.tables import read_table

SOURCE = ("src_file", "src_sheet", "src_row")
PATIENT = "patient_no"  # position of the row's patient among the subjects
SEQUENCE = "sequence_no"  # 1-based row of the dataset that the row comes from
TIE = "tie_no"  # order by source file, sheet and row


def read_rows(path: str | Path, patients: pd.Series, columns: Iterable[str]) -> pd.DataFrame:
    """Rows of the table at `path` that belong to `patients` (USUBJID, one row per subject)."""
    wanted = sorted(set(columns) - {"USUBJID", *SOURCE})
    return by_patient(read_table(path, ["USUBJID", *wanted, *SOURCE]), patients)


def by_patient(table: pd.DataFrame, patients: pd.Series) -> pd.DataFrame:
    """`table` with PATIENT, SEQUENCE and TIE in place of USUBJID; other patients' rows left out."""
    position = pd.Index(patients).get_indexer(pd.Index(table["USUBJID"]))
    ordered = [pd.factorize(table[name], sort=True)[0] for name in SOURCE]
    tie = np.empty(len(table), dtype="int64")
    tie[np.lexsort(ordered[::-1])] = np.arange(len(table))
    rows = table.drop(columns="USUBJID").astype({"src_file": "category", "src_sheet": "category"})
    rows = rows.assign(**{PATIENT: position, SEQUENCE: np.arange(1, len(table) + 1), TIE: tie})
    return rows[position >= 0].reset_index(drop=True)


def holds(
    rows: pd.DataFrame, where: str | None, known: Mapping[str, pd.Series] | pd.DataFrame
) -> pd.Series:
    """Whether the condition holds in each row; it may name columns and variables in `known`."""
    if where is None:
        return pd.Series(True, index=rows.index, dtype="boolean")
    at = rows[PATIENT].to_numpy()
    used = sorted(names(where))
    scope = {name: rows[name] for name in used if name in rows}
    scope |= {
        name: pd.Series(known[name].array.take(at), rows.index)
        for name in used
        if name not in rows and name in known
    }
    return evaluate(where, pd.DataFrame(scope, index=rows.index)).astype("boolean")


def true_rows(condition: pd.Series) -> np.ndarray:
    """Where a condition holds for certain (unknown is not true)."""
    return condition.fillna(False).to_numpy(dtype=bool)


def pick_one(
    rows: pd.DataFrame, keys: Sequence[str], ascending: Sequence[bool] | None = None
) -> pd.DataFrame:
    """The first row per patient by `keys`; equal rows by source. One row per patient, in order."""
    ways = [True] * len(keys) if ascending is None else list(ascending)
    ordered = rows.sort_values(
        [PATIENT, *keys, TIE], ascending=[True, *ways, True], kind="stable", na_position="last"
    )
    return ordered.drop_duplicates(PATIENT)


def spread(picked: pd.DataFrame, column: str, patients: int) -> pd.Series:
    """`column` of one row per patient as a series over all subjects; missing where none."""
    at = np.full(patients, -1)
    at[picked[PATIENT].to_numpy()] = np.arange(len(picked))
    return pd.Series(picked[column].array.take(at, allow_fill=True))


def source_text(rows: pd.DataFrame) -> pd.Series:
    """`file|sheet|row` of each row; the sheet is empty for text files."""
    file, sheet = (rows[name].astype("category").cat for name in SOURCE[:2])
    files = np.array([*file.categories, ""], dtype=object)  # code -1, missing: the last
    sheets = np.array([*sheet.categories, ""], dtype=object)
    place = np.add.outer(files + "|", sheets + "|")[file.codes, sheet.codes]
    text = place + rows["src_row"].astype(str).to_numpy(dtype=object)
    return pd.Series(text, index=rows.index, dtype="string")


def split_source(text: pd.Series) -> pd.DataFrame:
    """`src_file, src_sheet, src_row` from `file|sheet|row` (a file's name may hold a `|`)."""
    parts = text.astype("string").str.extract(r"^(.*)\|([^|]*)\|(\d+)$")
    parts.columns = pd.Index(SOURCE)
    parts["src_sheet"] = parts["src_sheet"].mask(parts["src_sheet"] == "")
    return parts.astype({"src_row": "Int64"})
