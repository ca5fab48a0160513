"""Ways to pick the value of a variable from a table's rows: earliest, nearest, only, any, ...

Each takes the rows that count and gives one value a subject, the row that it came from, and the
rows that contradict each other.
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

Picked = tuple[pd.Series, pd.DataFrame, pd.DataFrame]
Picker = Callable[[Spec, pd.DataFrame, Known, Mapping[str, str]], Picked]


def _pick_extreme(largest: bool) -> Picker:
    def pick(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
        picked = pick_one(rows, [spec["column"]], [not largest])
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
    picked = pick_one(rows[~rows[PATIENT].isin(conflicts[PATIENT])], [])
    return spread(picked, spec["column"], len(known["USUBJID"])), picked, conflicts


def _pick_all(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    """All codes of the rows, sorted and `;`-joined, each once."""
    several = rows[PATIENT].duplicated(keep=False).to_numpy()
    values = rows.loc[~several, [PATIENT, spec["column"]]]
    codes = rows.loc[several, [PATIENT, spec["column"]]]
    codes = codes.assign(**{spec["column"]: codes[spec["column"]].str.split(";")})
    codes = codes.explode(spec["column"]).drop_duplicates().sort_values([PATIENT, spec["column"]])
    joined = codes.groupby(PATIENT)[spec["column"]].agg(";".join).astype("string").reset_index()
    union = pd.concat([values, joined], ignore_index=True)
    return spread(union, spec["column"], len(known["USUBJID"])), pick_one(rows, []), rows.iloc[:0]


def _pick_any(spec: Spec, rows: pd.DataFrame, known: Known, dates: Mapping[str, str]) -> Picked:
    order = spec["order_by"] or dates.get(spec["from"])
    picked = pick_one(rows, [order] if order else [])
    value = pd.Series(False, index=range(len(known["USUBJID"])), dtype="boolean")
    value[picked[PATIENT].to_numpy()] = True
    return value, picked, rows.iloc[:0]


def _pick_count(spec: Spec, rows: pd.DataFrame, known: Known, dates: Any) -> Picked:
    counts = np.bincount(rows[PATIENT].to_numpy(), minlength=len(known["USUBJID"]))
    return pd.Series(counts, dtype="Int64"), rows.iloc[:0], rows.iloc[:0]


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
