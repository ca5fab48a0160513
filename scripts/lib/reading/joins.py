"""Columns looked up in another table: each row keeps its place, none is lost or multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.reading.codes import Column, codes, days, row_codes
from scripts.lib.reading.parts import SOURCE

SOURCE_SUFFIX = "__SRC"  # `file|sheet|row` of the row that a value was looked up in


@dataclass(frozen=True)
class Match:
    """Which rows of the other table belong to each row: those with the same number.

    -1 (here) = none has the key; -1 (there) = the row can belong to none.
    """

    here: np.ndarray
    there: np.ndarray

    def unmatched(self) -> np.ndarray:
        """Rows to which no row of the other table belongs."""
        return (self.here < 0) | ~np.isin(self.here, self.there[self.there >= 0])


def match(table: pa.Table, other: pa.Table, join: dict[str, Any]) -> Match:
    """Match rows of one patient by equal columns and, where declared, by the last date before.

    Parameters
    ----------
    join
        `by` and `latest` (`here: there`); `scripts.lib.config.combining.Join`.
    """
    pairs = [("USUBJID", "USUBJID"), *join["by"].items()]
    both = [_stack(table[a], other[b]) for a, b in pairs]
    key = row_codes(both, missing_is_a_value=False)
    here, there = key[: table.num_rows], key[table.num_rows :]
    for a, b in join["latest"].items():
        here, there = _by_date(here, there, days(table[a]), days(other[b]))
    return Match(here, there)


def _stack(first: Column, second: Column) -> pa.ChunkedArray:
    return pa.chunked_array([*pa.chunked_array(first).chunks, *pa.chunked_array(second).chunks],
                            type=first.type)  # fmt: skip


def _by_date(
    here: np.ndarray,
    there: np.ndarray,
    own: tuple[np.ndarray, np.ndarray],
    theirs: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Narrow a match to the rows of the last date that is not after the own one.

    Key and day become one number, in the order of both, and a search finds the last one before.
    """
    first = min(own[0].min(initial=0), theirs[0].min(initial=0))
    span = max(own[0].max(initial=0), theirs[0].max(initial=0)) - first + 1
    placed = np.where((there >= 0) & theirs[1], there * span + theirs[0] - first, -1)
    known = np.unique(placed[placed >= 0])
    if not len(known):
        return np.full(len(here), -1), placed
    at = np.searchsorted(known, here * span + own[0] - first, side="right") - 1
    found = known[np.maximum(at, 0)]
    fits = (here >= 0) & own[1] & (at >= 0) & (found // span == here)
    return np.where(fits, found, -1), placed


@dataclass(frozen=True)
class Found:
    """A looked-up column: values, the row that each was taken from, and where several disagree."""

    values: pa.Array
    sources: pa.Array
    ambiguous: np.ndarray


def look_up(matched: Match, other: pa.Table, column: str) -> Found:
    """The one value that the rows belonging to each row agree on; null where they do not.

    A row that does not know the value contradicts nobody; of rows that agree the first is named.
    """
    code = codes(other[column])
    known = np.flatnonzero((matched.there >= 0) & (code >= 0))
    groups, first, member = np.unique(matched.there[known], return_index=True, return_inverse=True)
    differ = np.zeros(len(groups), bool)
    differ[member[code[known] != code[known][first][member]]] = True
    if not len(groups):
        nobody = np.zeros(len(matched.here), bool)
        size = len(nobody)
        return Found(pa.nulls(size, other[column].type), pa.nulls(size, pa.string()), nobody)
    at = np.minimum(np.searchsorted(groups, matched.here), len(groups) - 1)
    hit = (matched.here >= 0) & (groups[at] == matched.here)
    row = pa.array(known[first][at], mask=~hit | differ[at])
    places = place_texts(other).take(row)
    return Found(_whole(other[column]).take(row), places, hit & differ[at])


def place_texts(table: pa.Table, rows: Sequence[int] | np.ndarray | None = None) -> pa.Array:
    """`file|sheet|row` of each row."""
    source = table.select(SOURCE) if rows is None else table.select(SOURCE).take(pa.array(rows))
    texts = [pc.fill_null(_whole(source[name]).cast(pa.string()), "") for name in SOURCE]
    return pc.binary_join_element_wise(*texts, "|")


def _whole(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
