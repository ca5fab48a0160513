"""The frame that a suite looks at: its table with joined, computed and counted columns.

A suite sees one table, and its statements are about single columns. So what spans tables (a
progression not after the death) or columns (dates in order) becomes a column first. A column that
cannot be made is noted with the reason: checks that use it are errors, never passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.errors import Stop
from scripts.lib.expressions.evaluate import evaluate
from scripts.lib.expressions.grammar import names
from scripts.lib.quality.row_relations import beside, key_codes, nearest, says_no_more
from scripts.lib.quality.suites import (
    CUTOFF,
    DELIVERED,
    UNREAD,
    Check,
    Group,
    Join,
    Reference,
    Suite,
)

PATIENT = "USUBJID"
OURS = {CUTOFF, DELIVERED, UNREAD}
MONTHS_AFTER_CUTOFF = 24  # where nothing says when the extract was made


@dataclass
class CheckFrame:
    """What the checks of a suite are run on.

    frame holds the rows of the table in their order (index 0, 1, ...); `broken` says why a column
    could not be made; `sources` names the columns that a computed column was made from; `masks`
    names the column that holds a check's `where`; `of_many` those that rows of several patients
    share (a count by arm).
    """

    frame: pd.DataFrame
    original: list[str]
    broken: dict[str, str] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    masks: dict[str, str] = field(default_factory=dict)
    of_many: set[str] = field(default_factory=set)

    def shared_behind(self, columns: Sequence[str]) -> list[str]:
        """Columns that `columns` are or were made from and that several patients share."""
        found: dict[str, None] = {}
        for column in columns:
            if column in self.of_many and column in self.frame:
                found[column] = None
            found |= dict.fromkeys(self.shared_behind(self.sources.get(column, [])))
        return list(found)

    def columns_behind(self, columns: Sequence[str], also: Collection[str] = ()) -> list[str]:
        """`columns`, each computed one replaced by what it was made from.

        Those that are not there are left out, unless they are among `also`.
        """
        found: dict[str, None] = {}
        for column in columns:
            made_from = self.sources.get(column)
            behind = self.columns_behind(made_from, also) if made_from else [column]
            found |= dict.fromkeys(name for name in behind if name in self.frame or name in also)
        return list(found)


def build_frame(
    suite: Suite,
    table: pd.DataFrame,
    neighbours: Mapping[str, pd.DataFrame],
    cutoff: str,
    delivered: str | None = None,
    unread: pd.Series | None = None,
) -> CheckFrame:
    """The frame for the checks of `suite`; as many rows as `table`, in the same order.

    Parameters
    ----------
    cutoff, delivered
        Data cut-off and last day that the extract can tell of (ISO).
    unread
        Rows of which a value could not be read; None where nothing raw was read.
    """
    built = CheckFrame(table.reset_index(drop=True), list(table.columns))
    own = {
        CUTOFF: pd.Timestamp(cutoff).as_unit("us"),
        DELIVERED: pd.Timestamp(delivered or latest_day(cutoff)).as_unit("us"),
        UNREAD: False if unread is None else unread.reset_index(drop=True).astype("boolean"),
    }
    for join in suite.joins:
        _join(built, join, neighbours[join.table])
    _make_all(built, suite, own)
    for check in suite.checks:
        if check.where:
            _mask(built, check, own)
    return built


def latest_day(cutoff: str) -> str:
    """The last day that an extract can tell of, where nothing says when it was made."""
    later = pd.Timestamp(cutoff) + pd.DateOffset(months=MONTHS_AFTER_CUTOFF)
    return later.isoformat()


def parameters(
    suite: Suite,
    neighbours: Mapping[str, pd.DataFrame],
    codelists: Mapping[str, Sequence[str]],
    constants: Mapping[str, Any],
) -> dict[str, Any]:
    """The values of every `$PARAMETER`; one that cannot be had is left out, so its check errs."""
    values = dict(constants)
    for name, ref in suite.references.items():
        if ref.codelist:
            values[name] = list(codelists.get(ref.codelist, []))
        else:
            values[name] = _referred(ref, neighbours[ref.table])
    return {name: value for name, value in values.items() if not _is_empty(value)}


def _referred(reference: Reference, other: pd.DataFrame) -> list[Any]:
    """Distinct values of the other table's column; none where it cannot be had."""
    try:
        if reference.where:
            other = other[evaluate(reference.where, other).fillna(False).astype(bool)]
        return sorted(other[reference.column].dropna().unique().tolist())
    except Exception:  # whatever it dislikes: the checks that need it are errors
        return []


def _is_empty(value: Any) -> bool:
    return isinstance(value, list) and not value


def _make_all(built: CheckFrame, suite: Suite, own: Mapping[str, Any]) -> None:
    """Groups and computed columns, each after those that it is made of."""
    for name in suite.in_order():
        if name in suite.groups:
            group = suite.groups[name]
            if PATIENT not in group.by:
                built.of_many.add(name)
            _make(built, name, lambda g=group: _group(built, g, own), group.made_of)
        else:
            text = suite.columns[name]
            _make(built, name, lambda e=text: _evaluate(built, e, own), suite.made_of(name))
    for name in set(suite.groups) & set(suite.columns):
        built.broken[name] = f"`{name}` is a column and a group"


def _make(built: CheckFrame, name: str, make: Any, used: list[str]) -> None:
    """Add the column `name`, or note why it cannot be made (without a value of the table)."""
    made_from = [column for column in used if column not in OURS]
    unknown = [column for column in made_from if column not in built.frame]
    if name in built.frame:
        built.broken[name] = f"`{name}` is already a column of the table"
    elif unknown:
        built.sources[name] = made_from
        reasons = [built.broken.get(column, f"there is no column `{column}`") for column in unknown]
        built.broken[name] = "; ".join(reasons)
    else:
        try:
            built.frame[name] = make()
            built.sources[name] = made_from
        except Exception:  # of this column alone: what does not name it keeps its verdict
            built.broken[name] = f"`{name}` cannot be computed: its columns have other types"


def _evaluate(built: CheckFrame, expression: str, own: Mapping[str, Any]) -> pd.Series:
    frame = built.frame
    more = {name: own[name] for name in sorted(OURS & names(expression) - set(frame))}
    return evaluate(expression, frame.assign(**more) if more else frame)


def _group(built: CheckFrame, group: Group, own: Mapping[str, Any]) -> pd.Series:
    """What each row learns from its group; missing where what groups them is missing."""
    frame = built.frame
    counted = (
        _evaluate(built, group.where, own).fillna(False).astype(bool)
        if group.where
        else pd.Series(True, index=frame.index)
    )
    if group.says_no_more:
        rows = frame.loc[counted, list(dict.fromkeys([*group.by, *built.original]))]
        return says_no_more(rows, group.by).reindex(frame.index, fill_value=False)
    if group.order:
        before = bool(group.previous)
        return beside(frame, group.by, group.order, group.of, counted, before=before)
    by = [frame[column] for column in group.by]
    if not group.of:
        return counted.astype("Int64").groupby(by).transform("sum")
    values = frame[group.of].where(counted)
    how: Any = "nunique" if group.distinct else "min" if group.min else "max"
    return values.groupby(by).transform(how)


def _join(built: CheckFrame, join: Join, other: pd.DataFrame) -> None:
    """Bring columns of `other` to the rows of the table; rows stay as they are."""
    try:
        known, at = _matched(built, join, other)
        reason = ""
    except Stop as stop:
        reason = str(stop)
    except Exception:  # of these columns alone
        reason = f"{', '.join(join.keys_here)} is of another type in {join.table}"
    for there, here in join.columns.items():
        if reason or here in built.frame:
            built.broken[here] = reason or f"`{here}` is already a column of the table"
        else:
            built.frame[here] = known[there].array.take(at, allow_fill=True)


def _matched(built: CheckFrame, join: Join, other: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """One row of `other` per key, and which of them belongs to each row (-1: none)."""
    of_condition = names(join.where) if join.where else set()
    for column in (*join.keys_there, *join.columns, *sorted(of_condition)):
        if column not in other:
            raise Stop(f"{join.table} has no column `{column}`")
    for column in join.keys_here:
        if column not in built.frame:
            raise Stop(f"there is no column `{column}` to join {join.table} by")
    if join.where:
        other = other[evaluate(join.where, other).fillna(False).astype(bool)]
    known = _one_per_key(join, other)
    here, there = key_codes([built.frame[join.by], known[join.by]])
    if join.latest:
        ((date_here, date_there),) = join.latest.items()
        own, theirs = built.frame[date_here], known[date_there]
        return known, nearest((here, own), (there, theirs), before=True, same=True)
    position = pd.Series(np.arange(len(there)), index=there)
    return known, position.reindex(here).fillna(-1).to_numpy("int64")


def _one_per_key(join: Join, other: pd.DataFrame) -> pd.DataFrame:
    keys = join.keys_there
    known = other.dropna(subset=keys)[list(dict.fromkeys([*keys, *join.columns]))]
    if join.take != "only":
        brought = [name for name in join.columns if name not in keys]  # a key can be brought, too
        if brought:
            return known.groupby(keys, sort=False)[brought].agg(join.take).reset_index()
        return known.drop_duplicates(keys, ignore_index=True)
    repeated = int(known.duplicated(keys).sum())
    if repeated:
        text = ", ".join(f"`{key}`" for key in keys)
        raise Stop(f"{join.table} has {repeated} repeated {text}, so a join is not possible")
    return known.reset_index(drop=True)


def _mask(built: CheckFrame, check: Check, own: Mapping[str, Any]) -> None:
    """A plain boolean column that says which rows `where` holds for; unknown counts as not."""
    name = f"_where_{len(built.masks)}"
    _make(built, name, lambda: _evaluate(built, check.where, own), sorted(names(check.where)))
    if name in built.broken:
        built.broken[name] = f"where: {built.broken[name]}"
    else:
        built.frame[name] = built.frame[name].fillna(False).astype(bool)
    built.masks[check.id] = name
