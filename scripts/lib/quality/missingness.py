"""How much of each column is missing, in all rows and by arm; and whose rows a table holds.

With Arrow alone: the page is rendered without pandas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ALL = ""
BESIDE = ("src_", "SRC")  # where a row comes from
SUFFIXES = ("__SRC", "__DT", "__THEN", "__DTF")
KEY = "USUBJID"


class Patients(NamedTuple):
    """Screened patients with their arm (missing where unknown), and who is in the study."""

    names: pa.Array
    arm: np.ndarray
    included: np.ndarray


class Missing(NamedTuple):
    """Missing values of one column: per group the number missing and the number of rows."""

    column: str
    groups: dict[str, tuple[int, int]]
    why: str  # it is not collected


def read_patients(path: str | Path) -> Patients | None:
    """Patients of `cohort.parquet`; None where it was not reached."""
    if not Path(path).is_file():
        return None
    cohort = pq.read_table(path, columns=[KEY, "TRT01A", "included"]).combine_chunks()
    arm = np.array(cohort["TRT01A"].to_pylist(), dtype=object)
    included = cohort["included"].fill_null(False).to_numpy(zero_copy_only=False)
    return Patients(cohort[KEY].combine_chunks(), arm, included)


def of_table(
    path: str | Path, patients: Patients | None, arms: Sequence[str], absent: Mapping[str, str]
) -> list[Missing]:
    """Missing values of each column that a table has for its own sake.

    Parameters
    ----------
    arms
        Groups beside all rows; those without a row are left out.
    absent
        Columns that are declared absent, with the reason; `*` for all of them.
    """
    table = pq.read_table(path)
    groups = {ALL: np.ones(len(table), bool)}
    if patients is not None and KEY in table.column_names:
        of_row = _positions(table, patients)
        arm = np.array([*patients.arm, None], dtype=object)[of_row]  # -1, not screened: the last
        groups |= {name: arm == name for name in arms}
    groups = {name: rows for name, rows in groups.items() if name == ALL or rows.any()}
    return [
        Missing(column, _counts(table, column, groups), absent.get(column, absent.get("*", "")))
        for column in _shown(table.column_names)
    ]


def _positions(table: pa.Table, patients: Patients) -> np.ndarray:
    """Position of each row's patient among the screened; -1 where there is none."""
    found = pc.index_in(table[KEY], value_set=patients.names).fill_null(-1)
    return found.to_numpy()


def _counts(
    table: pa.Table, column: str, groups: Mapping[str, np.ndarray]
) -> dict[str, tuple[int, int]]:
    missing = table[column].is_null().to_numpy()
    return {name: (int((missing & rows).sum()), int(rows.sum())) for name, rows in groups.items()}


def _shown(columns: Iterable[str]) -> Iterator[str]:
    for name in columns:
        if name != KEY and not name.startswith(BESIDE) and not name.endswith(SUFFIXES):
            yield name


def rows_in_study(path: str | Path, patients: Patients | None) -> tuple[int, int] | None:
    """Rows of patients in the study, and of others; None where nobody can say yet."""
    if patients is None or not Path(path).exists():
        return None
    table = pq.read_table(path, columns=[KEY])
    inside = int(np.append(patients.included, False)[_positions(table, patients)].sum())
    return inside, len(table) - inside


def missingness(
    paths: Mapping[str, str],
    patients: Patients | None,
    arms: Sequence[str],
    absent: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Table -> its columns with what is missing; tables that were not reached are left out.

    Parameters
    ----------
    paths
        Datasets by name.
    absent
        Table -> columns that are not collected, with the reason.
    """
    return [
        {"table": name, "columns": of_table(path, patients, arms, absent.get(name, {}))}
        for name, path in paths.items()
        if Path(path).exists()
    ]
