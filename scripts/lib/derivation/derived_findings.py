"""What a derivation has to ask the data manager: contradictions, impossible orders of dates.

Nothing here decides a result; each rule that leaves something out says so with one of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from scripts.lib.derivation.rows import PATIENT
from scripts.lib.tables import write_table

COLUMNS = (
    "table", "check_id", "severity", "file", "sheet", "row", "column", "USUBJID", "question",
    "value",
)  # fmt: skip


def findings_of(
    rows: pd.DataFrame,
    patients: pd.Series,
    *,
    table: str,
    check_id: str,
    column: str,
    question: str,
    severity: str = "warning",
    value_in: str | None = None,
) -> pd.DataFrame:
    """One finding per row of `rows` (PATIENT and the source columns; the latter may be absent).

    Parameters
    ----------
    value_in
        Column of `rows` with the value that is questioned (default: `column`): a waiver or an
        answer holds for that value only.
    """
    count, unknown = len(rows), pd.Series(pd.NA, rows.index)
    source = {name: rows.get(f"src_{name}", unknown) for name in _SOURCE}
    frame = pd.DataFrame({
        "table": [table] * count,
        "check_id": [check_id] * count,
        "severity": [severity] * count,
        **{name: values.array for name, values in source.items()},
        "column": [column] * count,
        "USUBJID": patients.array.take(rows[PATIENT].to_numpy()),
        "question": [question] * count,
        "value": column + "=" + value_text(rows.get(value_in or column, unknown)).array,
    })  # fmt: skip
    return _typed(frame)


_SOURCE = ("file", "sheet", "row")


def value_text(values: pd.Series) -> pd.Series:
    """Values as a person reads them, dates as ISO; `missing` where there is none."""
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.dt.strftime("%Y-%m-%d")
    return values.astype("string").fillna("missing")


def all_findings(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Findings of several checks as one table, sorted, each once."""
    found = [part for part in parts if len(part)]
    if not found:
        return _typed(pd.DataFrame(columns=list(COLUMNS)))
    frame = _typed(pd.concat(found, ignore_index=True))
    order = ["check_id", "USUBJID", "file", "sheet", "row", "value"]
    return frame.drop_duplicates().sort_values(order, ignore_index=True)


def write_findings(parts: Iterable[pd.DataFrame], path: str | Path) -> None:
    """Write the findings of a step as a private Parquet file (also when there are none)."""
    write_table(all_findings(parts), path, private=True)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[list(COLUMNS)].astype(dict.fromkeys(COLUMNS, "string") | {"row": "Int64"})
