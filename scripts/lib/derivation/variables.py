"""Variables of the subjects as the configuration declares them: pick, expression, cut, cases.

One mechanism serves screening and ADSL. A variable NAME comes with two columns more: NAME__SRC
(`file|sheet|row` of the row picked) and NAME__DT (when it was known: the date of that row; for a
variable made from others the latest of theirs), which the time guard compares with time zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derivation.expressions import evaluate
from scripts.lib.derivation.picks import PICKS, Known
from scripts.lib.derivation.rows import PATIENT, SOURCE, TIE, holds, source_text, spread, true_rows
from scripts.lib.derivation.specs import uses
from scripts.lib.quality.derived_findings import findings_of

Spec = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]
Columns = dict[str, pd.Series]
SRC, DT, CUTOFF = "__SRC", "__DT", "DATA_CUTOFF"


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
        Rows by `scripts.lib.derivation.rows.by_patient`, for the subjects in this order.
    dates
        Table -> column that dates its rows. Rows dated after `cutoff` do not exist.
    """
    last = pd.Timestamp(cutoff).as_unit("us")
    known: dict[str, pd.Series] = {name: subjects[name] for name in subjects.columns}
    known[CUTOFF] = pd.Series(last, index=subjects.index)
    found: list[pd.DataFrame] = []
    for spec in specs:
        if spec["from"]:
            columns, conflicts = _picked(spec, tables[spec["from"]], known, dates, last)
            found.append(conflicts)
        else:
            columns = _computed(spec, known)
        if spec.get("not_collected"):  # no row is no answer: neither `no` nor 0
            columns[spec["name"]] = columns[spec["name"]].mask(np.ones(len(subjects), dtype=bool))
        known |= {name: values.set_axis(subjects.index) for name, values in columns.items()}
    del known[CUTOFF]
    return pd.DataFrame(known), found


def late_names(subjects: pd.DataFrame, named: Mapping[str, Any], start: pd.Series) -> pd.Series:
    """Names of what was known only after `start`, `;`-joined; missing where there is none.

    Parameters
    ----------
    named
        Name -> the variables that it depends on; an item declared post_baseline is not in it.
    """
    late = pd.Series("", index=subjects.index, dtype="string")
    for name, variables in named.items():
        after = latest_date(subjects, variables, subjects.index) > start
        late = late.mask(after.fillna(False).to_numpy(dtype=bool), late + ";" + name)
    return late.str.removeprefix(";").mask(late == "")


def latest_date(known: Known | pd.DataFrame, variables: Any, index: pd.Index) -> pd.Series:
    """Latest date at which any of the variables was known; missing where none has a date."""
    latest = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[us]")
    for name in sorted(variables):
        if name + DT in known:  # fmax: a date beats none
            latest = np.fmax(latest, known[name + DT].to_numpy("datetime64[us]"))
    return pd.Series(latest, index=index)


# ---- picked from a table -------------------------------------------------------------------------


def _picked(
    spec: Spec, rows: pd.DataFrame, known: Known, dates: Mapping[str, str], last: pd.Timestamp
) -> tuple[Columns, pd.DataFrame]:
    name, column, subjects = spec["name"], spec["column"], len(known["USUBJID"])
    dated = _dated(spec, rows, dates)
    condition, counts = rows_that_count(spec, rows, known, dates, last)
    wanted = {column, dated, spec["order_by"], dates.get(spec["from"])} - {None}
    kept = rows[[PATIENT, TIE, *SOURCE, *sorted(wanted)]].take(np.flatnonzero(counts))
    value, picked, conflicts = PICKS[spec["pick"]](spec, kept, known, dates)
    if spec["pick"] == "any":
        value = value.mask(_unknown(rows, condition, subjects) & ~value)
    columns = {
        name: value,
        name + SRC: spread(picked.assign(text=source_text(picked)), "text", subjects),
        name + DT: spread(picked, dated, subjects) if dated else _no_date(value.index),
    }
    return columns, _conflicts(spec, conflicts, known)


def rows_that_count(
    spec: Spec,
    rows: pd.DataFrame,
    known: Known | pd.DataFrame,
    dates: Mapping[str, str],
    last: pd.Timestamp,
) -> tuple[pd.Series, np.ndarray]:
    """Whether each row counts for a variable (three-valued), and where it does and has a value."""
    column, dated = spec["column"], _dated(spec, rows, dates)
    condition = holds(rows, spec["where"], known)
    if dated:
        condition = condition.mask(rows[dated] > last, False)
    counts = true_rows(condition)
    return condition, counts & rows[column].notna().to_numpy() if column else counts


def _dated(spec: Spec, rows: pd.DataFrame, dates: Mapping[str, str]) -> str | None:
    """The column that says when a row was known."""
    column = spec["column"]
    return spec["dated"] or (column if _is_date(rows, column) else dates.get(spec["from"]))


def _is_date(rows: pd.DataFrame, column: str | None) -> bool:
    return column is not None and pd.api.types.is_datetime64_dtype(rows[column])


def _no_date(index: pd.Index) -> pd.Series:
    return pd.Series(pd.NaT, index=index, dtype="datetime64[us]")


def _unknown(rows: pd.DataFrame, condition: pd.Series, patients: int) -> np.ndarray:
    """Subjects with a row of which nobody can say whether it counts."""
    unknown = np.zeros(patients, dtype=bool)
    unknown[rows[PATIENT].to_numpy()[condition.isna().to_numpy()]] = True
    return unknown


def _conflicts(spec: Spec, rows: pd.DataFrame, known: Known) -> pd.DataFrame:
    only = spec["pick"] == "only"
    taken = "none is used" if only else "the smaller value is used"
    return findings_of(
        rows,
        known["USUBJID"],
        table=spec["from"],
        check_id=f"subjects.{spec['name']}.{'contradiction' if only else 'tie'}",
        column=spec["column"] or "",
        question="Several records of this patient differ here"
        f"{'' if only else ' on one date'}; {taken}. Which one is right?",
    )


# ---- computed from earlier variables -------------------------------------------------------------


def _computed(spec: Spec, known: Known) -> Columns:
    used = uses(spec)
    frame = pd.DataFrame({n: known[n] for n in sorted(used)}, index=known["USUBJID"].index)
    if spec["expression"]:
        value = evaluate(spec["expression"], frame)
    elif spec["cut"]:
        value = cut(known[spec["cut"]["of"]], **{k: spec["cut"][k] for k in _CUT})
    else:
        value = choose(spec["cases"], frame, spec["otherwise"])
    return {spec["name"]: value, spec["name"] + DT: latest_date(known, used, frame.index)}


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
    which = np.full(len(subjects), -1)
    still_open = np.ones(len(subjects), dtype=bool)
    for position, case in enumerate(cases):
        condition = evaluate(case["when"], subjects)
        which[still_open & true_rows(condition)] = position
        still_open &= true_rows(~condition)
    if otherwise is not None:
        which[still_open] = len(cases)
    given = pd.Series(values, dtype=dtype).array
    return pd.Series(given.take(which, allow_fill=True), index=subjects.index)
