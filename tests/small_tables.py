"""Small tables written as text, as in ehrQL's specification: input rows and expected rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.derivation.rows import by_patient


def table(text: str) -> pd.DataFrame:
    """A table of cells apart by `|`; empty = missing. A first line of names, then rows.

    Types by name: `*date*`, `*_DT`, `*DT` dates; line, kps, grade, AVAL, CNSR, ... whole numbers;
    immune_related, glucocorticoid and criteria booleans (true, false); else text.
    """
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    names, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    cells = pd.DataFrame(rows, columns=names, dtype="string").replace("", pd.NA)
    return pd.DataFrame({name: _typed(name, cells[name]) for name in names})


def source_table(text: str, file: str = "made.csv") -> pd.DataFrame:
    """A standardised table: `table` with src_file, src_sheet and src_row (2 = first row)."""
    frame = table(text)
    return frame.assign(
        src_file=pd.array([file] * len(frame), dtype="string"),
        src_sheet=pd.array([pd.NA] * len(frame), dtype="string"),
        src_row=pd.array(range(2, len(frame) + 2), dtype="Int64"),
    )


def rows_of(tables: dict[str, str], patients: pd.Series) -> dict[str, pd.DataFrame]:
    """Standardised tables as the derivations take them."""
    return {
        name: by_patient(source_table(text, f"{name}.csv"), patients)
        for name, text in tables.items()
    }


def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in another order, each still naming its source row."""
    return frame.sample(frac=1, random_state=1).reset_index(drop=True)


def cells(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Values of `columns` by row: dates as text, missing as None."""
    return [
        tuple(_plain(value) for value in row)
        for row in frame[list(columns)].itertuples(index=False, name=None)
    ]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value


WHOLE = {"line", "kps", "ecog", "grade", "AVAL", "CNSR", "src_row", "weight", "AGE", "day"}
BOOLEAN = {"immune_related", "glucocorticoid", "flag"}


def _typed(name: str, values: pd.Series) -> pd.Series:
    if "date" in name or name.endswith(("DT", "_START", "_END")):
        return pd.to_datetime(values).astype("datetime64[us]")
    if name in WHOLE:
        return pd.to_numeric(values).astype("Int64")
    if name in BOOLEAN:
        return values.map({"true": True, "false": False}).astype("boolean")
    return values
