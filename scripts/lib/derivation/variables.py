"""Variables of the subjects as the configuration declares them: pick, expression, cut, cases.

One mechanism serves screening and ADSL. A variable NAME comes with NAME__SRC (`file|sheet|row` of
the row that decided it), NAME__DT (the day from which on it was what it is; for a variable made
from others the latest of theirs, the start at the latest where it was the same on that day) and,
of `all` and `count`, NAME__THEN (its value on the day of the start). The time guard
(`scripts.lib.derivation.time_guard`) compares them with time zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import made_from, uses
from scripts.lib.derivation.derived_findings import findings_of
from scripts.lib.derivation.picks import KNOWN_ON, PICKS, Known
from scripts.lib.derivation.rows import (
    PATIENT,
    SOURCE,
    TIE,
    holds,
    source_text,
    split_source,
    spread,
    true_rows,
)
from scripts.lib.derivation.time_guard import (
    DT,
    SRC,
    THEN,
    Seen,
    chosen_late,
    decided_late,
    differs,
    is_late,
    late_names,
    latest_date,
    seen,
)
from scripts.lib.expressions.evaluate import evaluate

__all__ = ["CUTOFF", "DT", "SRC", "choose", "cut", "derive_variables", "late_names"]

Spec = Mapping[str, Any]
Tables = Mapping[str, pd.DataFrame]
Columns = dict[str, pd.Series]
CUTOFF = "DATA_CUTOFF"
IMPUTED = "__DTF"  # D or M: what was put into the date that was picked
GROWING = ("all", "count")  # their value grows with the rows


def derive_variables(
    subjects: pd.DataFrame,
    specs: Sequence[Spec],
    tables: Tables,
    *,
    dates: Mapping[str, str],
    cutoff: str,
    start: str | None = None,
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
    start
        Variable with time zero, for the time guard. Of a patient whose only start lies after
        `cutoff` such rows are not absent but unknown: the date may be wrong, and is asked about.
    """
    last = pd.Timestamp(cutoff).as_unit("us")
    known: dict[str, pd.Series] = {name: subjects[name] for name in subjects.columns}
    known[CUTOFF] = pd.Series(last, index=subjects.index)
    beyond, found = _starts_beyond(specs, tables, known, dates, last, start)
    for spec in specs:
        columns, conflicts = _derived(spec, tables, known, dates, last, beyond)
        found += conflicts
        known |= {name: values.set_axis(subjects.index) for name, values in columns.items()}
    if start is not None and start in known:
        _date_by_start(known, specs, tables, dates, last, known[start])
    del known[CUTOFF]
    return pd.DataFrame(known), found


def _derived(
    spec: Spec,
    tables: Tables,
    known: Known,
    dates: Mapping[str, str],
    last: pd.Timestamp,
    beyond: np.ndarray | None = None,
) -> tuple[Columns, list[pd.DataFrame]]:
    """One variable and what was found on the way."""
    found: list[pd.DataFrame] = []
    if spec["from"]:
        columns, conflicts = _picked(spec, tables[spec["from"]], known, dates, last, beyond)
        found.append(conflicts)
    else:
        columns = _computed(spec, known)
    if spec.get("not_collected"):  # no row is no answer: neither `no` nor 0
        columns[spec["name"]] = columns[spec["name"]].mask(np.ones(len(known["USUBJID"]), bool))
    return columns, found


def _starts_beyond(
    specs: Sequence[Spec],
    tables: Tables,
    known: Known,
    dates: Mapping[str, str],
    last: pd.Timestamp,
    start: str | None,
) -> tuple[np.ndarray | None, list[pd.DataFrame]]:
    """Patients whose only start lies after the cut-off, and the question about it."""
    behind = made_from(specs)
    if start not in behind:
        return None, []
    ends: list[Columns] = [{}, {}]
    for columns, end in zip(ends, (last, pd.Timestamp.max.as_unit("us")), strict=True):
        for spec in specs:
            if spec["name"] in behind[start]:
                columns |= _derived(spec, tables, {**known, **columns}, dates, end)[0]
    bounded, unbounded = ends
    beyond = (bounded[start].isna() & unbounded[start].notna()).to_numpy()
    rows = pd.DataFrame({PATIENT: np.arange(len(beyond)), start: unbounded[start]})
    if start + SRC in unbounded:
        rows = rows.join(split_source(unbounded[start + SRC]))
    origin = next(spec for spec in specs if spec["name"] == start)
    asked = findings_of(
        rows[beyond],
        known["USUBJID"],
        table=origin["from"] or "subjects",
        check_id=f"subjects.{start}.after_cutoff",
        column=origin["column"] or start,
        question="The studied treatment begins after the data cut-off, so it is not known whether "
        "this patient belongs to the study. Is the date right?",
        value_in=start,
    )
    return beyond, [asked]


# ---- picked from a table -------------------------------------------------------------------------


def _picked(
    spec: Spec,
    rows: pd.DataFrame,
    known: Known,
    dates: Mapping[str, str],
    last: pd.Timestamp,
    beyond: np.ndarray | None = None,
) -> tuple[Columns, pd.DataFrame]:
    name, subjects = spec["name"], len(known["USUBJID"])
    condition, counts = rows_that_count(spec, rows, known, dates, last, beyond)
    kept = _kept(spec, rows, dates).take(np.flatnonzero(counts))
    value, picked, conflicts = PICKS[spec["pick"]](spec, kept, known, dates)
    if spec["pick"] == "any":
        value = value.mask(_unknown(rows, condition, subjects) & ~value)
    if spec["pick"] == "count" and beyond is not None:
        value = value.mask(_unknown(rows, condition, subjects) & beyond)
    columns = {
        name: value,
        name + SRC: spread(picked.assign(text=source_text(picked)), "text", subjects),
        name + DT: spread(picked, KNOWN_ON, subjects),
    }
    if spec.get("flag"):
        columns[name + IMPUTED] = spread(picked, spec["flag"], subjects)
    return columns, _conflicts(spec, conflicts, known)


def _kept(spec: Spec, rows: pd.DataFrame, dates: Mapping[str, str]) -> pd.DataFrame:
    """The columns that a pick looks at, and KNOWN_ON."""
    dated = _dated(spec, rows, dates)
    wanted = {spec["column"], spec["order_by"], dates.get(spec["from"]), spec.get("flag")} - {None}
    kept = rows[[PATIENT, TIE, *SOURCE, *sorted(wanted)]]
    return kept.assign(**{KNOWN_ON: rows[dated] if dated else _no_date(rows.index)})


def rows_that_count(
    spec: Spec,
    rows: pd.DataFrame,
    known: Known | pd.DataFrame,
    dates: Mapping[str, str],
    last: pd.Timestamp,
    beyond: np.ndarray | None = None,
) -> tuple[pd.Series, np.ndarray]:
    """Whether each row counts for a variable (three-valued), and where it does and has a value."""
    column, dated = spec["column"], _dated(spec, rows, dates)
    condition = holds(rows, spec["where"], known)
    if dated:
        after = true_rows((rows[dated] > last).astype("boolean"))
        if beyond is not None:
            unsure = after & beyond[rows[PATIENT].to_numpy()]
            condition = condition.mask(unsure & true_rows(condition), pd.NA)
            after &= ~unsure
        condition = condition.mask(after, False)
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
    value = _value(spec, frame)
    return {spec["name"]: value, spec["name"] + DT: latest_date(known, used, frame.index)}


def _value(spec: Spec, frame: pd.DataFrame) -> pd.Series:
    if spec["expression"]:
        return evaluate(spec["expression"], frame)
    if spec["cut"]:
        return cut(frame[spec["cut"]["of"]], **{k: spec["cut"][k] for k in _CUT})
    return choose(spec["cases"], frame, spec["otherwise"])


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


# ---- when it was known, against the start --------------------------------------------------------


def _date_by_start(
    known: dict[str, pd.Series],
    specs: Sequence[Spec],
    tables: Tables,
    dates: Mapping[str, str],
    last: pd.Timestamp,
    start: pd.Series,
) -> None:
    """Add NAME__THEN of what grows with the rows; correct NAME__DT by what held at the start."""
    for spec in specs:
        name, used = spec["name"], uses(spec) & set(known)
        if not spec["from"]:
            late = _computed_late(spec, seen(known, used, start))
            decided = known[name + DT]
            early = is_late(decided, start) & ~late
            known[name + DT] = decided.mask(early, start)
            continue
        looks_ahead = any(is_late(known[n + DT], start).any() for n in used if n + DT in known)
        if spec["pick"] in GROWING or looks_ahead:
            then = _at_start(spec, tables[spec["from"]], known, dates, last, start)
            if spec["pick"] in GROWING:
                known[name + THEN] = then
            early = ~is_late(known[name + DT], start)
            by_condition = early & differs(known[name], then) & known[name].notna().to_numpy()
            known[name + DT] = known[name + DT].mask(
                by_condition, latest_date(known, used, start.index)
            )


def _computed_late(spec: Spec, at: Seen) -> np.ndarray:
    """Where what came after the start decides a computed variable."""
    if spec["expression"]:
        return decided_late(spec["expression"], at)
    if spec["cases"]:
        return chosen_late(spec["cases"], at)
    now, then = _value(spec, at.now), _value(spec, at.then)
    late = differs(now, then) & now.notna().to_numpy()
    return np.logical_or.reduce([late, *at.late.values()])


def _at_start(
    spec: Spec,
    rows: pd.DataFrame,
    known: Mapping[str, pd.Series],
    dates: Mapping[str, str],
    last: pd.Timestamp,
    start: pd.Series,
) -> pd.Series:
    """A picked variable as it stood at the start: later rows, and later variables, left out.

    A patient without a start has no such day: everything counts.
    """
    dated = _dated(spec, rows, dates)
    if dated:
        begun = pd.Series(start.array.take(rows[PATIENT].to_numpy()), index=rows.index)
        rows = rows[~is_late(rows[dated], begun)]
    then = dict(known)
    for name in uses(spec) & set(known):
        if name + THEN in known:
            then[name] = known[name + THEN]
        elif name + DT in known:
            then[name] = known[name].mask(is_late(known[name + DT], start))
    value = _picked(spec, rows, then, dates, last)[0][spec["name"]]
    return value.set_axis(start.index).mask(known[spec["name"]].isna().to_numpy())
