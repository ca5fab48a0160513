"""Ways to pick the value of a variable from a table's rows: earliest, nearest, only, any, ...

Each takes the rows that count and gives one value a subject, the row that decided it, and the rows
that contradict each other. The row that decided is the one from whose day (KNOWN_ON) on the value
was what it is: no later row changed it (docs/cohort.md, Time guard).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derivation.rows import PATIENT, TIE, pick_one, spread, true_rows

Spec = Mapping[str, Any]
Known = Mapping[str, pd.Series]
KEY = "order_no"
KNOWN_ON = "known_on"  # day of the row; a row without one gives way to one that has it

Picked = tuple[pd.Series, pd.DataFrame, pd.DataFrame]
Picker = Callable[[Spec, pd.DataFrame, Known, Mapping[str, str]], Picked]


def _pick_extreme(largest: bool) -> Picker:
    def pick(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
        picked = pick_one(rows, [spec["column"], KNOWN_ON], [not largest, True])
        return spread(picked, spec["column"], len(known["USUBJID"])), picked, rows.iloc[:0]

    return pick


def _pick_ordered(last: bool) -> Picker:
    def pick(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
        order = _order(spec, dates)
        rows = rows[rows[order].notna()]
        picked = pick_one(rows, [order, spec["column"]], [not last, True])
        return _with_ties(spec, rows, picked, order, len(known["USUBJID"]))

    return pick


def _pick_nearest(spec: Spec, rows: pd.DataFrame, known: Known, dates: Mapping[str, str]) -> Picked:
    """Nearest by days to the date wanted; of two equally near the earlier."""
    order = _order(spec, dates)
    wanted = known[spec["to"]].array.take(rows[PATIENT].to_numpy())
    days = (rows[order] - pd.Series(wanted, index=rows.index)).dt.days.astype("Float64")
    near = days.notna()
    if spec["window_days"]:
        near &= days.between(*spec["window_days"])
    rows = rows.assign(**{KEY: days.abs()})[true_rows(near.astype("boolean"))]
    picked = pick_one(rows, [KEY, order, spec["column"]])
    return _with_ties(spec, rows, picked, order, len(known["USUBJID"]))


def _with_ties(
    spec: Spec, rows: pd.DataFrame, picked: pd.DataFrame, order: str, patients: int
) -> Picked:
    """The picked rows, and all rows of the same date where those give different values."""
    chosen = spread(picked, order, patients).array.take(rows[PATIENT].to_numpy())
    same = rows[(rows[order] == pd.Series(chosen, index=rows.index)).to_numpy(dtype=bool)]
    return spread(picked, spec["column"], patients), picked, _differing(same, spec["column"])


def _differing(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Rows of the patients who have more than one distinct value of `column`."""
    distinct = rows[[PATIENT, column]].drop_duplicates()
    several = distinct.loc[distinct[PATIENT].duplicated(), PATIENT]
    return rows[rows[PATIENT].isin(several)]


def _pick_only(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    conflicts = _differing(rows, spec["column"])
    picked = pick_one(rows[~rows[PATIENT].isin(conflicts[PATIENT])], [KNOWN_ON])
    return spread(picked, spec["column"], len(known["USUBJID"])), picked, conflicts


def _pick_all(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    """All codes of the rows, sorted and `;`-joined, each once; decided by the last new code."""
    column, patients = spec["column"], len(known["USUBJID"])
    several = rows[PATIENT].duplicated(keep=False).to_numpy()
    single, more = rows[~several], rows[several].sort_values([KNOWN_ON, TIE])
    codes = more.assign(**{column: more[column].str.split(";")}).explode(column)
    codes = codes.drop_duplicates([PATIENT, column])  # of each code the row that brought it
    last = rows.loc[single.index.append(pick_one(codes, [KNOWN_ON], [False]).index)]
    joined = codes.sort_values([PATIENT, column]).groupby(PATIENT)[column].agg(";".join)
    union = pd.concat(
        [single[[PATIENT, column]], joined.astype("string").reset_index()], ignore_index=True
    )
    return spread(union, column, patients), pick_one(last, []), rows.iloc[:0]


def _pick_any(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    picked = pick_one(rows, [KNOWN_ON, *([spec["order_by"]] if spec["order_by"] else [])])
    value = pd.Series(False, index=range(len(known["USUBJID"])), dtype="boolean")
    value[picked[PATIENT].to_numpy()] = True
    return value, picked, rows.iloc[:0]


def _pick_count(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    counts = np.bincount(rows[PATIENT].to_numpy(), minlength=len(known["USUBJID"]))
    return pd.Series(counts, dtype="Int64"), pick_one(rows, [KNOWN_ON], [False]), rows.iloc[:0]


def _order(spec: Spec, dates: Mapping[str, str]) -> str:
    return spec["order_by"] or dates.get(spec["from"]) or TIE


PICKS: dict[str, Picker] = {
    "min": _pick_extreme(largest=False),
    "max": _pick_extreme(largest=True),
    "first": _pick_ordered(last=False),
    "last": _pick_ordered(last=True),
    "nearest": _pick_nearest,
    "only": _pick_only,
    "all": _pick_all,
    "any": _pick_any,
    "count": _pick_count,
}
