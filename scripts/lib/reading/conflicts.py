"""Rows that mean the same thing and say different ones: a declared rule decides, or nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.reading.codes import codes, row_codes
from scripts.lib.reading.parts import SOURCE

WORST = np.iinfo("int64").max


@dataclass(frozen=True)
class Resolution:
    """What became of each row.

    reason
        0 = stays; else position in `REASONS`.
    kept
        Row that stays in place of one that was set aside; -1 where none does.
    rule
        Position of the rule that set it aside; -1 where none did.
    differs
        By column: where rows that nobody could decide between differ in it.
    """

    reason: np.ndarray
    kept: np.ndarray
    rule: np.ndarray
    differs: dict[str, np.ndarray]


REASONS = ("", "same_values", "conflict_resolved", "contradiction")


def resolve(table: pa.Table, conflicts: dict[str, Any], files: list[str]) -> Resolution:
    """Decide which row stays of those that share patient and key.

    Rows that agree in every column are one; then each rule in turn leaves the rows that it ranks
    first. If several are left in the end, all rows of that key are set aside. Rows that lack a part
    of the key are never compared.

    Parameters
    ----------
    conflicts
        `scripts.lib.config.combining.Conflicts`.
    files
        Files in their declared order, for the rule `files`.
    """
    size = table.num_rows
    group = row_codes([table[c] for c in ("USUBJID", *conflicts["key"])], missing_is_a_value=False)
    comparable = group >= 0
    names = [n for n in table.column_names if n not in SOURCE and not n.endswith("__SRC")]
    said = row_codes([table[n] for n in names], missing_is_a_value=True)
    reason, kept, rule = np.zeros(size, "int8"), np.full(size, -1), np.full(size, -1)

    first = _first_of(said)
    again = comparable & (first != np.arange(size))
    reason[again], kept[again] = 1, first[again]
    alive = comparable & ~again
    for number, one in enumerate(conflicts["decide"]):
        lost = alive & ~_ranked_first(_ranks(table, one, files), group, alive)
        rule[lost], alive = number, alive & ~lost

    left = np.bincount(group[alive], minlength=group.max(initial=0) + 1)
    undecided = comparable & (left[group] > 1)
    reason[undecided], kept[undecided], rule[undecided] = 3, -1, -1
    lost = comparable & ~undecided & ~again & ~alive
    winner = np.full(len(left), -1)
    winner[group[alive]] = np.flatnonzero(alive)
    reason[lost], kept[lost] = 2, winner[group[lost]]
    # a repeated row whose first one lost is lost with it, and stands behind the winner
    behind = again & ~undecided & (reason[first] == 2)
    reason[behind], kept[behind], rule[behind] = 2, kept[first[behind]], rule[first[behind]]
    differs = {n: undecided & _differs(codes(table[n]), group, undecided) for n in names}
    return Resolution(reason, kept, rule, {n: mask for n, mask in differs.items() if mask.any()})


def describe_rule(rule: dict[str, Any]) -> str:
    """A rule as config writes it: `latest: seen`."""
    name, value = next((n, v) for n, v in rule.items() if v)
    if isinstance(value, dict):
        value = "; ".join(f"{column}: {', '.join(order)}" for column, order in value.items())
    return f"{name}: {value}"


def _first_of(code: np.ndarray) -> np.ndarray:
    """For each row the first row with the same number."""
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    return first[group]


def _ranks(table: pa.Table, rule: dict[str, Any], files: list[str]) -> np.ndarray:
    """The place of each row by a rule; the smallest is preferred, a missing value comes last."""
    if rule["prefer"]:
        ((column, order),) = rule["prefer"].items()
        place = pc.index_in(table[column].cast(pa.string()), pa.array(order, pa.string()))
        other = pc.if_else(pc.is_valid(table[column]), len(order), WORST)
        return _numbers(pc.if_else(pc.is_valid(place), place.cast(pa.int64()), other))
    if rule["files"]:
        place = _numbers(pc.index_in(table["src_file"], pa.array(files, pa.string())))
        return place if rule["files"] == "first" else -place
    if rule["rows"]:
        row = _numbers(table["src_row"])
        return row if rule["rows"] == "first" else -row
    column = rule["latest"] or rule["earliest"] or rule["largest"] or rule["smallest"]
    values = table[column]
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    place = np.unique(pc.fill_null(values, 0).to_numpy(), return_inverse=True)[1]
    backwards = bool(rule["latest"] or rule["largest"])
    return np.where(pc.is_valid(values).to_numpy(), -place if backwards else place, WORST)


def _numbers(values: Any) -> np.ndarray:
    return values.cast(pa.int64()).to_numpy()


def _ranked_first(rank: np.ndarray, group: np.ndarray, alive: np.ndarray) -> np.ndarray:
    """Which rows have the smallest rank of their group."""
    best = np.full(group.max(initial=0) + 1, WORST)
    np.minimum.at(best, group[alive], rank[alive])
    return alive & (rank == best[group])


def _differs(code: np.ndarray, group: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Where the rows of a group do not all have the same value."""
    low, high = (np.full(group.max(initial=0) + 1, v) for v in (WORST, -1))
    np.minimum.at(low, group[among], code[among])
    np.maximum.at(high, group[among], code[among])
    return low[group] != high[group]
