"""What a cell that is asked about could hold instead: plausible values.

* A date: the other dates of the patient and the days beside them, from the first of them to the
  data cut-off, and the cut-off itself. Between these days a result changes evenly, so its
  extremes lie at them. Where a raw date can be read in two ways, or only in part, the days between.
* A code: every value of its code list. A row whose other dates are missing is also tried with them
  on the row's own date (a death without its date).
* What several columns read from one raw cell, several codes, and whole numbers: what the column
  holds elsewhere.
* A text with a piece that nothing explains: any code of the lists, and what other rows hold, beside
  the codes that were found. A text with a code that is denied, refused, planned or in doubt: that
  code beside the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

DAY = np.timedelta64(1, "D")
MOST = 60  # different values tried that other rows hold, the most frequent ones
Change = dict[str, Any]  # column -> value, in one row


def patient_dates(
    tables: Mapping[str, pd.DataFrame],
    dated: Iterable[str],
    patients: Collection[str],
    cutoff: pd.Timestamp,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Of each patient every date up to the cut-off, and beside each the name of its cell.

    A date of birth stands in a table that no date orders, and bounds nothing.
    """
    parts = []
    for name in dated:
        table = tables[name][tables[name]["USUBJID"].isin(list(patients))]
        for column in table.select_dtypes("datetime").columns:
            rows = table.loc[table[column].notna() & (table[column] <= cutoff)]
            parts.append(
                pd.DataFrame({
                    "USUBJID": rows["USUBJID"], "date": rows[column],
                    "cell": cell_names(rows, name, column),
                })
            )  # fmt: skip
    if not parts:
        return {}
    dates = pd.concat(parts, ignore_index=True)
    return {
        str(patient): (
            of_patient["date"].to_numpy("datetime64[D]"),
            of_patient["cell"].to_numpy(str),
        )
        for patient, of_patient in dates.groupby("USUBJID", sort=False)
    }


def cell_names(rows: pd.DataFrame, table: str, column: str) -> pd.Series:
    """What names the cell of a column in each row."""
    file, sheet, row = (
        rows[name].astype("string").fillna("") for name in ("src_file", "src_sheet", "src_row")
    )
    return f"{table}|{column}|" + file + "|" + sheet + "|" + row


def date_values(
    others: np.ndarray, cutoff: pd.Timestamp, low: pd.Timestamp, high: pd.Timestamp
) -> list[pd.Timestamp]:
    """Plausible days of a date, ascending.

    Parameters
    ----------
    others
        The patient's other dates, datetime64[D].
    low, high
        What the raw text allows; NaT where it says nothing.
    """
    last = cutoff.to_datetime64().astype("datetime64[D]")
    if pd.isna(low) or pd.isna(high):
        if not len(others):
            return []
        first = others.min()
    else:
        first = low.to_datetime64().astype("datetime64[D]")
        last = min(last, high.to_datetime64().astype("datetime64[D]"))
    near = np.unique(np.concatenate([others - DAY, others, others + DAY, [first, last]]))
    within = near[(near >= first) & (near <= last)]
    return [pd.Timestamp(day).as_unit("us") for day in within]


def changes_of(
    column: str,
    row: Mapping[str, Any],
    *,
    kinds: Mapping[str, str],
    levels: Mapping[str, Sequence[Any]],
    together: Sequence[str],
    elsewhere: Mapping[tuple[str, ...], Sequence[tuple[Any, ...]]],
    own_date: str,
) -> Iterator[Change]:
    """Plausible values of a cell that is no date, each with what changes with it.

    Parameters
    ----------
    row
        The row as it stands.
    kinds
        Type of each column of the table.
    levels
        Values of the code list of each column that has one.
    together
        Columns that read the same raw cell.
    elsewhere
        Values of such columns in all rows, the most frequent first.
    own_date
        The column that orders the table.
    """
    if len(together) > 1 or kinds[column] in ("codes", "integer", "boolean"):
        for values in elsewhere[tuple(together)][:MOST]:
            yield dict(zip(together, values, strict=True))
        return
    dates = [
        name for name, kind in kinds.items()
        if kind == "date" and name != own_date and pd.isna(row.get(name))
    ]  # fmt: skip
    for level in levels.get(column, ()):
        yield {column: level}
        if dates and own_date and not pd.isna(row.get(own_date)):
            yield {column: level} | dict.fromkeys(dates, row[own_date])


def changes_beside(
    row: Mapping[str, Any],
    fields: Collection[str],
    *,
    kinds: Mapping[str, str],
    levels: Mapping[str, Sequence[Any]],
    together: Sequence[str],
    elsewhere: Mapping[tuple[str, ...], Sequence[tuple[Any, ...]]],
) -> Iterator[Change]:
    """What a raw cell could mean if a piece of its text is any code; see `changes_of`.

    Parameters
    ----------
    fields
        Columns of the cell to which the piece means nothing yet.
    """
    for name in fields:
        possible: Sequence[Any] = (True, False) if kinds[name] == "boolean" else levels[name]
        for level in possible:
            yield {name: _beside(row[name], level) if kinds[name] == "codes" else level}
    several = [name for name in fields if kinds[name] == "codes"]
    for values in elsewhere[tuple(together)][:MOST] if len(several) > 1 else []:
        held = dict(zip(together, values, strict=True))
        yield {name: _beside(row[name], held[name]) for name in several}


def _beside(held: Any, further: str) -> str:
    """Both codes, or lists of codes, as one list."""
    known = [] if pd.isna(held) else str(held).split(";")
    return ";".join(sorted({*known, *further.split(";")}))


def changes_otherwise(
    otherwise: Mapping[str, Sequence[str]], kinds: Mapping[str, str]
) -> Iterator[Change]:
    """What a raw cell would mean if what is negated in it counted: its columns all at once.

    Parameters
    ----------
    otherwise
        Column -> what it would then hold; one code: any of several.
    """
    for i in range(max(map(len, otherwise.values()), default=0)):
        held = {name: values[min(i, len(values) - 1)] for name, values in otherwise.items()}
        yield {n: v == "true" if kinds[n] == "boolean" else v for n, v in held.items()}


def values_elsewhere(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """Distinct values of `columns` where none is missing, the most frequent first."""
    counted = table[list(columns)].dropna().value_counts()
    ordered = sorted(counted.items(), key=lambda item: (-item[1], str(item[0])))
    return [value if isinstance(value, tuple) else (value,) for value, _ in ordered]
