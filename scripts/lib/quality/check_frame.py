"""The frame that a suite looks at: its table with joined, computed and counted columns.

A suite sees one table, and its statements are about single columns. So what spans tables (a
progression not after the death) or columns (dates in order) becomes a column first. A column that
cannot be made is noted with the reason: checks that use it are errors, never passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from scripts.lib.derivation.expressions import evaluate
from scripts.lib.derivation.grammar import names
from scripts.lib.errors import Stop
from scripts.lib.quality.suites import Check, Group, Join, Reference, Suite

CUTOFF = "DATA_CUTOFF"  # usable as a column in expressions and as a `$PARAMETER`


@dataclass
class CheckFrame:
    """What the checks of a suite are run on.

    frame holds the rows of the table in their order (index 0, 1, ...); `broken` says why a column
    could not be made; `sources` names the columns that a computed column was made from; `masks`
    names the column that holds a check's `where`.
    """

    frame: pd.DataFrame
    original: list[str]
    broken: dict[str, str] = field(default_factory=dict)
    sources: dict[str, list[str]] = field(default_factory=dict)
    masks: dict[str, str] = field(default_factory=dict)

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
    suite: Suite, table: pd.DataFrame, neighbours: Mapping[str, pd.DataFrame], cutoff: str
) -> CheckFrame:
    """The frame for the checks of `suite`; as many rows as `table`, in the same order."""
    built = CheckFrame(table.reset_index(drop=True), list(table.columns))
    for join in suite.joins:
        _join(built, join, neighbours[join.table])
    for name, group in suite.groups.items():
        _make(built, name, lambda g=group: _group(built, g, cutoff), _used(group))
    for name, expression in suite.columns.items():
        _make(
            built, name, lambda e=expression: _evaluate(built, e, cutoff), sorted(names(expression))
        )
    for check in suite.checks:
        if check.where:
            _mask(built, check, cutoff)
    return built


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
    except (Stop, KeyError):
        return []


def _is_empty(value: Any) -> bool:
    return isinstance(value, list) and not value


def _make(built: CheckFrame, name: str, make: Any, used: list[str]) -> None:
    """Add the column `name`, or note why it cannot be made (without a value of the table)."""
    unknown = [column for column in used if column not in built.frame and column != CUTOFF]
    if name in built.frame:
        built.broken[name] = f"`{name}` is already a column of the table"
    elif unknown:
        built.sources[name] = [column for column in used if column != CUTOFF]
        reasons = [built.broken.get(column, f"there is no column `{column}`") for column in unknown]
        built.broken[name] = "; ".join(reasons)
    else:
        try:
            built.frame[name] = make()
            built.sources[name] = [column for column in used if column != CUTOFF]
        except (Stop, TypeError, ValueError):
            built.broken[name] = f"`{name}` cannot be computed: its columns have other types"


def _evaluate(built: CheckFrame, expression: str, cutoff: str) -> pd.Series:
    frame = built.frame
    if CUTOFF in names(expression) and CUTOFF not in frame:
        frame = frame.assign(**{CUTOFF: pd.Timestamp(cutoff).as_unit("us")})
    return evaluate(expression, frame)


def _used(group: Group) -> list[str]:
    of_condition = names(group.where) if group.where else set()
    return sorted({*group.by, *of_condition, *filter(None, [group.of])})


def _group(built: CheckFrame, group: Group, cutoff: str) -> pd.Series:
    """One value for all rows of a group; missing where what groups them is missing."""
    frame = built.frame
    counted = (
        _evaluate(built, group.where, cutoff).fillna(False)
        if group.where
        else pd.Series(True, index=frame.index)
    )
    by = [frame[column] for column in group.by]
    if not group.of:
        return counted.astype("Int64").groupby(by).transform("sum")
    values = frame[group.of].where(counted.astype(bool))
    how: Any = "nunique" if group.distinct else "min" if group.min else "max"
    return values.groupby(by).transform(how)


def _join(built: CheckFrame, join: Join, other: pd.DataFrame) -> None:
    """Bring columns of `other` to the rows of the table; rows stay as they are."""
    reason = ""
    missing = [c for c in (*join.key, *join.columns) if c not in other]
    here_not = [c for c in join.key if c not in built.frame]
    if missing:
        reason = f"{join.table} has no column `{missing[0]}`"
    elif here_not:
        reason = f"there is no column `{here_not[0]}` to join {join.table} by"
    else:
        known = _one_per_key(join, other)
        repeated = int(known.duplicated(join.key).sum())
        if repeated:
            by = ", ".join(join.key)
            reason = f"{join.table} has {repeated} repeated `{by}`, so a join is not possible"
    for there, here in join.columns.items():
        if reason or here in built.frame:
            built.broken[here] = reason or f"`{here}` is already a column of the table"
            continue
        try:
            found = built.frame[join.key].merge(known[[*join.key, there]], "left", join.key)
        except ValueError:
            built.broken[here] = f"{', '.join(join.key)} is of another type in {join.table}"
        else:
            built.frame[here] = found[there].array


def _one_per_key(join: Join, other: pd.DataFrame) -> pd.DataFrame:
    known = other.dropna(subset=join.key)[[*join.key, *join.columns]]
    if join.take == "only":
        return known
    return known.groupby(join.key, as_index=False).agg(join.take)


def _mask(built: CheckFrame, check: Check, cutoff: str) -> None:
    """A plain boolean column that says which rows `where` holds for; unknown counts as not."""
    name = f"_where_{len(built.masks)}"
    _make(built, name, lambda: _evaluate(built, check.where, cutoff), sorted(names(check.where)))
    if name in built.broken:
        built.broken[name] = f"where: {built.broken[name]}"
    else:
        built.frame[name] = built.frame[name].fillna(False).astype(bool)
    built.masks[check.id] = name
