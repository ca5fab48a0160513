"""A staged part on its way to its standardised form, column by distinct texts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.reading.problems import SET_ASIDE, once, problem_table

SOURCE = ["src_file", "src_sheet", "src_row"]


@dataclass(frozen=True)
class Distinct:
    """A raw column as its distinct texts and, for each row, the position of its text."""

    texts: pa.Array
    at: np.ndarray

    def rows(self, mask: np.ndarray, among: np.ndarray) -> np.ndarray:
        """Positions of the rows `among` all whose text is in `mask`."""
        return np.flatnonzero(mask[self.at] & among)

    def take(self, values: pa.Array, rows: np.ndarray | None = None) -> pa.Array:
        """`values` of the distinct texts, spread over all rows or the given ones."""
        return values.take(pa.array(self.at if rows is None else self.at[rows]))


def distinct(column: pa.ChunkedArray) -> Distinct:
    """The distinct texts of a column, in order of first appearance."""
    coded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    return Distinct(coded.dictionary, coded.indices.to_numpy())


def pairs(one: Distinct, other: Distinct) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct pairs of two columns: the pair of each row, and the text of each column in it."""
    size = max(len(other.texts), 1)
    found, at = np.unique(one.at.astype("int64") * size + other.at, return_inverse=True)
    return at, found // size, found % size


@dataclass
class Part:
    """A staged part on its way: rows kept so far, problems, rows set aside.

    Problems are listed for the rows of `asked`: those kept, and those that cannot be judged.
    """

    table: str
    staged: pa.Table
    kept: np.ndarray
    asked: np.ndarray
    columns: dict[str, pa.Array] = field(default_factory=dict)
    coded: dict[str, Distinct] = field(default_factory=dict)
    problems: list[pa.Table] = field(default_factory=list)
    set_aside: list[pa.Table] = field(default_factory=list)

    @property
    def file(self) -> str:
        """The raw file of its rows."""
        return str(self.staged["src_file"][0].as_py())

    def raw(self, column: str) -> Distinct:
        """A raw column as its distinct texts."""
        if column not in self.coded:
            self.coded[column] = distinct(self.staged[column])
        return self.coded[column]

    def source(self, rows: np.ndarray) -> pa.Table:
        """File, sheet, row and pseudonym of the rows at these positions."""
        found = self.staged.select(SOURCE).take(pa.array(rows))
        if "USUBJID" in self.columns:
            found = found.append_column("USUBJID", self.columns["USUBJID"].take(pa.array(rows)))
        return found

    def ask(self, rule: str, rows: np.ndarray, **columns: Any) -> None:
        """List a problem for each of the rows."""
        if len(rows):
            self.problems.append(problem_table(self.table, rule, self.source(rows), **columns))

    def ask_once(self, rule: str, rows: np.ndarray, **columns: Any) -> None:
        """List one problem for all of the rows, at the first of them; it says how many they are."""
        if len(rows):
            first = self.staged.select(SOURCE).take(pa.array(rows[:1]))
            given = columns | {"question": once(rule, len(rows))}
            self.problems.append(problem_table(self.table, rule, first, **given))

    def leave(self, rows: np.ndarray, why: str, detail: str = "", *, asked: bool = False) -> None:
        """Set the rows aside; their problems are listed if `asked`."""
        if len(rows):
            given = pa.repeat(pa.scalar(why), len(rows)), pa.repeat(pa.scalar(detail), len(rows))
            source = self.staged.select(SOURCE).take(pa.array(rows))
            self.set_aside.append(pa.table([*source.columns, *given], schema=SET_ASIDE))
            self.kept[rows] = False
            self.asked[rows] = asked
