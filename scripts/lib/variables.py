"""Variables of the subjects as the configuration declares them: pick, expression, cut, cases.

One mechanism serves screening and ADSL. A variable NAME comes with two columns more: NAME__SRC
(`file|sheet|row` of the row picked) and NAME__DT (when it was known: the date of that row; for a
variable made from others the latest of theirs), which the time guard compares with time zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derived_findings import findings_of
from scripts.lib.expressions import evaluate
from scripts.lib.rows import PATIENT, TIE, holds, pick_one, source_text, spread, true_rows
from scripts.lib.specs import uses

Spec = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]
SRC, DT, CUTOFF = "__SRC", "__DT", "DATA_CUTOFF"
KEY = "order_no"


def derive_variables(
    subjects: pd.DataFrame,
    specs: Sequence[Spec],
    tables: Tables,
    *,
    dates: Mapping[str, str],
    cutoff: str,
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """`subjects` with the declared variables, and what was found on the way.

    Parameters
    ----------
    subjects
        One row per subject: USUBJID and variables made before.
    specs
        Variables as `scripts.lib.config.cohort.Variable` dumps them, earlier ones first.
    tables
        Rows by `scripts.lib.rows.by_patient`, for the subjects in this order.
    dates
        Table -> column that dates its rows. Rows dated after `cutoff` do not exist.
    """
    made = subjects.assign(**{CUTOFF: pd.Timestamp(cutoff).as_unit("us")})
    found: list[pd.DataFrame] = []
    for spec in specs:
        if spec["from"]:
            columns, conflicts = _picked(spec, tables[spec["from"]], made, dates)
            found.append(conflicts)
        else:
            columns = _computed(spec, made)
        made = pd.concat([made, columns.set_axis(made.index)], axis=1)
    return made.drop(columns=CUTOFF), found


def late_names(subjects: pd.DataFrame, named: Mapping[str, Any], start: pd.Series) -> pd.Series:
    """Names of what was known only after `start`, `;`-joined; missing where there is none.

    Parameters
    ----------
    named
        Name -> the variables that it depends on; an item declared post_baseline is not in it.
    """
    late = pd.Series("", index=subjects.index, dtype="string")
    for name, variables in named.items():
        after = latest_date(subjects, variables) > start
        late = late.mask(after.fillna(False).to_numpy(dtype=bool), late + ";" + name)
    return late.str.removeprefix(";").mask(late == "")


def latest_date(subjects: pd.DataFrame, variables: Any) -> pd.Series:
    """Latest date at which any of the variables was known; missing where none has a date."""
    known = [name + DT for name in sorted(variables) if name + DT in subjects.columns]
    if not known:
        return pd.Series(pd.NaT, index=subjects.index, dtype="datetime64[us]")
    return subjects[known].max(axis=1).astype("datetime64[us]")


# ---- picked from a table -------------------------------------------------------------------------


def _picked(
    spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Mapping[str, str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    name, column = spec["name"], spec["column"]
    dated = spec["dated"] or (column if _is_date(rows, column) else dates.get(spec["from"]))
    if dated:
        rows = rows[~true_rows((rows[dated] > subjects[CUTOFF].iloc[0]).astype("boolean"))]
    condition = holds(rows, spec["where"], subjects)
    kept = rows[true_rows(condition)]
    if column:
        kept = kept[kept[column].notna()]
    value, picked, conflicts = PICKS[spec["pick"]](spec, kept, subjects, dates)
    if spec["pick"] == "any":
        value = value.mask(_unknown(rows, condition, len(subjects)) & ~value)
    frame = pd.DataFrame({name: value})
    frame[name + SRC] = spread(picked.assign(text=source_text(picked)), "text", len(subjects))
    frame[name + DT] = spread(picked, dated, len(subjects)) if dated else _no_date(frame.index)
    frame = frame.astype({name + SRC: "string", name + DT: "datetime64[us]"})
    return frame, _conflicts(spec, conflicts, subjects)


def _is_date(rows: pd.DataFrame, column: str | None) -> bool:
    return column is not None and pd.api.types.is_datetime64_dtype(rows[column])


def _no_date(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NaT, index=index, dtype="datetime64[us]")


def _unknown(rows: pd.DataFrame, condition: pd.Series, patients: int) -> np.ndarray:
    """Subjects with a row of which nobody can say whether it counts."""
    unknown = np.zeros(patients, dtype=bool)
    unknown[rows[PATIENT].to_numpy()[condition.isna().to_numpy()]] = True
    return unknown


def _conflicts(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    only = spec["pick"] == "only"
    taken = "is left unknown" if only else "the smaller one is used"
    return findings_of(
        rows,
        subjects["USUBJID"],
        table=spec["from"],
        check_id=f"subjects.{spec['name']}.{'contradiction' if only else 'tie'}",
        column=spec["column"] or "",
        question=f"Several rows of this patient give different values for {spec['name']}"
        f"{'' if only else ' on one date'}; it {taken}. Which is right?",
    )


Picked = tuple[pd.Series, pd.DataFrame, pd.DataFrame]
Picker = Callable[[Spec, pd.DataFrame, pd.DataFrame, Mapping[str, str]], Picked]


def _pick_extreme(largest: bool) -> Picker:
    def pick(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Any) -> Picked:
        picked = pick_one(rows, [spec["column"]], [not largest])
        return spread(picked, spec["column"], len(subjects)), picked, rows.iloc[:0]

    return pick


def _pick_ordered(last: bool) -> Picker:
    def pick(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Any) -> Picked:
        order = _order(spec, dates)
        rows = rows[rows[order].notna()]
        picked = pick_one(rows, [order, spec["column"]], [not last, True])
        return _with_ties(spec, rows, picked, order, len(subjects))

    return pick


def _pick_nearest(
    spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Mapping[str, str]
) -> Picked:
    """Nearest by days to the date wanted; of two equally near the earlier."""
    order = _order(spec, dates)
    wanted = subjects[spec["to"]].array.take(rows[PATIENT].to_numpy())
    days = (rows[order] - pd.Series(wanted, index=rows.index)).dt.days.astype("Float64")
    near = days.notna()
    if spec["window_days"]:
        near &= days.between(*spec["window_days"])
    rows = rows.assign(**{KEY: days.abs()})[true_rows(near.astype("boolean"))]
    picked = pick_one(rows, [KEY, order, spec["column"]])
    return _with_ties(spec, rows, picked, order, len(subjects))


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


def _pick_only(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Any) -> Picked:
    conflicts = _differing(rows, spec["column"])
    picked = pick_one(rows[~rows[PATIENT].isin(conflicts[PATIENT])], [])
    return spread(picked, spec["column"], len(subjects)), picked, conflicts


def _pick_all(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Any) -> Picked:
    """All codes of the rows, sorted and `;`-joined, each once."""
    several = rows[PATIENT].duplicated(keep=False).to_numpy()
    values = rows.loc[~several, [PATIENT, spec["column"]]]
    codes = rows.loc[several, [PATIENT, spec["column"]]]
    codes = codes.assign(**{spec["column"]: codes[spec["column"]].str.split(";")})
    codes = codes.explode(spec["column"]).drop_duplicates().sort_values([PATIENT, spec["column"]])
    joined = codes.groupby(PATIENT)[spec["column"]].agg(";".join).astype("string").reset_index()
    union = pd.concat([values, joined], ignore_index=True)
    return spread(union, spec["column"], len(subjects)), pick_one(rows, []), rows.iloc[:0]


def _pick_any(
    spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Mapping[str, str]
) -> Picked:
    order = spec["order_by"] or dates.get(spec["from"])
    picked = pick_one(rows, [order] if order else [])
    value = pd.Series(False, index=range(len(subjects)), dtype="boolean")
    value[picked[PATIENT].to_numpy()] = True
    return value, picked, rows.iloc[:0]


def _pick_count(spec: Spec, rows: pd.DataFrame, subjects: pd.DataFrame, dates: Any) -> Picked:
    counts = np.bincount(rows[PATIENT].to_numpy(), minlength=len(subjects))
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


# ---- computed from earlier variables -------------------------------------------------------------


def _computed(spec: Spec, subjects: pd.DataFrame) -> pd.DataFrame:
    if spec["expression"]:
        value = evaluate(spec["expression"], subjects)
    elif spec["cut"]:
        value = cut(subjects[spec["cut"]["of"]], **{k: spec["cut"][k] for k in _CUT})
    else:
        value = choose(spec["cases"], subjects, spec["otherwise"])
    known = latest_date(subjects, uses(spec))
    return pd.DataFrame({spec["name"]: value, spec["name"] + DT: known})


_CUT = ("at", "labels", "right")


def cut(
    values: pd.Series, at: Sequence[float], labels: Sequence[str], right: bool = True
) -> pd.Series:
    """The label of the group each value lies in; a limit belongs to the lower one if `right`."""
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    group = np.searchsorted(np.asarray(at), numbers, side="left" if right else "right")
    chosen = pd.array(labels, dtype="string").take(np.minimum(group, len(labels) - 1))
    return pd.Series(chosen, index=values.index).mask(np.isnan(numbers))


def choose(
    cases: Sequence[Mapping[str, Any]], subjects: pd.DataFrame, otherwise: Any = None
) -> pd.Series:
    """The value of the first case that holds; missing as soon as one before it is unknown."""
    values = [case["value"] for case in cases] + ([] if otherwise is None else [otherwise])
    dtype = "string" if any(isinstance(value, str) for value in values) else "Float64"
    result = pd.Series(pd.NA, index=subjects.index, dtype=dtype)
    still_open = np.ones(len(subjects), dtype=bool)
    for case in cases:
        condition = evaluate(case["when"], subjects)
        result = result.mask(still_open & true_rows(condition), case["value"])
        still_open &= true_rows(~condition)
    return result if otherwise is None else result.mask(still_open, otherwise)
