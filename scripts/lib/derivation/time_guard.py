"""Time guard: what was decided only by rows dated after time zero, and by which row.

A value looks ahead where it would have been another one on the day of the start. NAME__DT is the
day from which on a variable was what it is: the row that made an `any` true, the last row that a
`count` counted, the row that brought the last code of an `all`. Of those two, whose value grows
with the rows, NAME__THEN keeps what it was on the day of the start, so that `L1LINES > 0` or
`has(L2DRUGS, 'x')` looks ahead only where a later row decides it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derivation.rows import true_rows
from scripts.lib.expressions.evaluate import evaluate, evaluate_node
from scripts.lib.expressions.grammar import names, parse

Known = Mapping[str, pd.Series] | pd.DataFrame
SRC, DT, THEN = "__SRC", "__DT", "__THEN"


@dataclass(frozen=True)
class Seen:
    """What expressions look at: as it came out, as it stood at the start, and what came later."""

    now: pd.DataFrame
    then: pd.DataFrame
    late: dict[str, np.ndarray]  # variable -> patients in whom a row after the start decided it


def seen(known: Known, used: Iterable[str], start: pd.Series) -> Seen:
    """The variables `used` for the guard; `known` holds NAME, NAME__DT and NAME__THEN."""
    wanted = sorted(used)
    now = pd.DataFrame({name: known[name] for name in wanted}, index=start.index)
    then = now.assign(**{name: known[name + THEN] for name in wanted if name + THEN in known})
    late = {
        name: is_late(known[name + DT], start)
        for name in wanted
        if name + DT in known and name + THEN not in known
    }
    return Seen(now, then, late)


def is_late(dates: pd.Series, start: pd.Series) -> np.ndarray:
    """Where a date lies after the start; an unknown date or start is not late."""
    return true_rows((dates > start).astype("boolean"))


def decided_late(expression: str, at: Seen) -> np.ndarray:
    """Where what came after the start decides the expression; never where it is unknown.

    A part looks ahead if it was another one on the day of the start, or rests on a variable that a
    later row decided. `and` that is false and `or` that is true are decided as soon as one part
    that does not look ahead says so.
    """
    value, late = _part(parse(expression), at)
    return late & value.notna().to_numpy()


def chosen_late(cases: Sequence[Mapping[str, Any]], at: Seen) -> np.ndarray:
    """Where what came after the start decides which case holds; declared cases may look ahead."""
    late, still_open = np.zeros(len(at.now), dtype=bool), np.ones(len(at.now), dtype=bool)
    for case in cases:
        if case.get("timing", "baseline") == "baseline":
            late |= still_open & decided_late(case["when"], at)
        still_open &= true_rows(~evaluate(case["when"], at.now).astype("boolean"))
    return late


def differs(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Where two values differ; a missing one equals a missing one."""
    same = true_rows((one == other).astype("boolean"))
    return ~same & ~(one.isna() & other.isna()).to_numpy()


def late_names(known: pd.DataFrame, named: Mapping[str, Any], start: pd.Series) -> pd.Series:
    """Names of what was known only after `start`, `;`-joined; missing where there is none.

    Parameters
    ----------
    named
        Name -> the variables that it depends on; an item declared post_baseline is not in it.
    """
    return joined({
        name: is_late(latest_date(known, variables, known.index), start)
        for name, variables in named.items()
    }, known.index)  # fmt: skip


def joined(late: Mapping[str, np.ndarray], index: pd.Index) -> pd.Series:
    """Per patient the names that are late, in order, `;`-joined; missing where none is."""
    text = pd.Series("", index=index, dtype="string")
    for name, rows in late.items():
        text = text.mask(rows, text + ";" + name)
    return text.str.removeprefix(";").mask(text == "")


def late_rows(
    known: Known, late: Mapping[str, np.ndarray], behind: Mapping[str, Sequence[str]]
) -> pd.Series:
    """The raw row (`file|sheet|row`) of the latest that decided any of the late names.

    Parameters
    ----------
    behind
        Name -> variables that it is made from, what a variable is made from before the variable.
    """
    index = known["USUBJID"].index
    row = pd.Series(pd.NA, index=index, dtype="string")
    latest = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[us]")
    for name, rows in late.items():
        for variable in behind.get(name, ()):
            if rows.any() and variable + SRC in known and variable + DT in known:
                date = known[variable + DT].to_numpy("datetime64[us]")
                source = known[variable + SRC]
                later = rows & source.notna().to_numpy() & ~np.isnat(date)
                later &= np.isnat(latest) | (date > latest)
                row, latest = row.mask(later, source), np.where(later, date, latest)
    return row


def latest_date(known: Known, variables: Iterable[str], index: pd.Index) -> pd.Series:
    """Latest date at which any of the variables was known; missing where none has a date."""
    latest = np.full(len(index), np.datetime64("NaT"), dtype="datetime64[us]")
    for name in sorted(variables):
        if name + DT in known:  # fmax: a date beats none
            latest = np.fmax(latest, known[name + DT].to_numpy("datetime64[us]"))
    return pd.Series(latest, index=index)


def _part(node: ast.expr, at: Seen) -> tuple[pd.Series, np.ndarray]:
    """The value of a part, and where it looks ahead."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return evaluate_node(node, at.now), _part(node.operand, at)[1]
    value = evaluate_node(node, at.now)
    if isinstance(node, ast.BoolOp):
        parts = [_part(part, at) for part in node.values]
        settling = isinstance(node.op, ast.Or)  # true settles `or`, false settles `and`
        late = np.logical_or.reduce([rows for _, rows in parts])
        for part, rows in parts:
            late &= ~(true_rows((part == settling).astype("boolean")) & ~rows)
        return value, late
    late = value.notna().to_numpy() & differs(value, evaluate_node(node, at.then))
    for name in names(ast.unparse(node).replace("if_(", "if(")):
        if name in at.late:
            late |= at.late[name]
    return value, late
