"""Design matrices for regression models: continuous terms, factors, interactions.

Treatment contrasts as R's model.matrix: one column per level but the reference, which is the
first declared level. Rows with a missing value in any term are left out (complete cases).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, is_missing, refuse_rows


@dataclass(frozen=True)
class Variable:
    """A covariate: a factor with declared levels (first = reference), or continuous (none)."""

    name: str
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Term:
    """One term of a model: one variable, or the interaction of several."""

    variables: tuple[Variable, ...]

    @property
    def name(self) -> str:
        """Name of the term as R writes it (`arm`, `arm:sex`)."""
        return ":".join(variable.name for variable in self.variables)


@dataclass(frozen=True)
class Column:
    """One column of a design matrix: its term and, for factors, the compared level(s)."""

    term: str
    level: str
    name: str


@dataclass(frozen=True)
class Design:
    """Design matrix of the complete cases.

    `x` has shape (rows used, columns); `used` (shape (n,)) tells which of the n rows they are.
    """

    x: FloatArray
    columns: tuple[Column, ...]
    terms: tuple[str, ...]
    used: BoolArray

    @property
    def n_used(self) -> int:
        """Number of complete cases."""
        return int(self.used.sum())

    @property
    def n_dropped(self) -> int:
        """Number of rows left out for a missing value."""
        return int(len(self.used) - self.used.sum())

    def columns_of(self, term: str) -> list[int]:
        """Positions of the columns that belong to a term."""
        return [place for place, column in enumerate(self.columns) if column.term == term]


def continuous(name: str) -> Term:
    """Term of a continuous covariate."""
    return Term((Variable(name),))


def factor(name: str, levels: Sequence[object]) -> Term:
    """Term of a factor; the first level is the reference."""
    names = tuple(str(level) for level in levels)
    if len(names) < 1 or len(set(names)) != len(names):
        raise ValueError(f"{name}: the levels of a factor must be given, each once")
    return Term((Variable(name, names),))


def interaction(*terms: Term) -> Term:
    """Interaction of terms; to be added after their main effects."""
    return Term(tuple(variable for term in terms for variable in term.variables))


def design(frame: Mapping[str, Any], terms: Iterable[Term]) -> Design:
    """Build the design matrix of the complete cases.

    Parameters
    ----------
    frame : mapping of str to array (n,), or a DataFrame
        Columns by name. Missing: None, NaN, pandas' NA, or empty text.
    terms : iterable of Term
        In the order of the model.

    Returns
    -------
    Design

    Raises
    ------
    ValueError
        A variable is not in the frame, a continuous one holds text, or a factor holds a level
        that is not declared. Names column and row positions.
    """
    terms = tuple(terms)
    variables = tuple(dict.fromkeys(v for term in terms for v in term.variables))
    coded = {variable: _coded(frame, variable) for variable in variables}
    rows = _row_count(frame, coded)
    used = np.ones(rows, dtype=bool)
    for values in coded.values():
        used &= ~np.isnan(values)
    blocks = {variable: _contrasts(variable, coded[variable][used]) for variable in variables}
    x, columns = [], []
    for term in terms:
        for parts in product(*(blocks[variable] for variable in reversed(term.variables))):
            ordered = parts[::-1]  # as in R, the first variable's levels vary fastest
            x.append(np.prod([values for _, _, values in ordered], axis=0))
            level = ":".join(level for level, _, _ in ordered if level)
            columns.append(Column(term.name, level, ":".join(name for _, name, _ in ordered)))
    matrix = np.column_stack(x) if x else np.zeros((int(used.sum()), 0))
    return Design(matrix, tuple(columns), tuple(term.name for term in terms), used)


def _coded(frame: Mapping[str, Any], variable: Variable) -> FloatArray:
    """Values of a continuous variable, or the position of each value in the declared levels."""
    if variable.name not in frame:
        raise ValueError(f"{variable.name}: no such column")
    values = np.asarray(frame[variable.name])
    missing = is_missing(values)
    return (
        _positions(variable, values, missing)
        if variable.levels
        else _numbers(variable, values, missing)
    )


def _positions(variable: Variable, values: np.ndarray, missing: BoolArray) -> FloatArray:
    distinct, inverse = np.unique(_as_text(values), return_inverse=True)
    place = {level: float(position) for position, level in enumerate(variable.levels)}
    codes = np.array([place.get(str(text), np.nan) for text in distinct])[inverse]
    refuse_rows(variable.name, "with a level that is not declared", np.isnan(codes) & ~missing)
    return np.where(missing, np.nan, codes)


def _as_text(values: np.ndarray) -> np.ndarray:
    """Text of the values; whole floats without the decimal point, so that 1.0 is level "1"."""
    if values.dtype.kind == "f":
        return np.array([str(int(v)) if v == np.floor(v) else str(v) for v in values])
    return values.astype(str)


def _numbers(variable: Variable, values: np.ndarray, missing: BoolArray) -> FloatArray:
    numbers = np.full(len(values), np.nan)
    try:
        numbers[~missing] = values[~missing].astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{variable.name}: text where numbers are expected") from error
    refuse_rows(variable.name, "infinite", np.isinf(numbers))
    return numbers


def _row_count(frame: Mapping[str, Any], coded: Mapping[Variable, FloatArray]) -> int:
    lengths = {len(values) for values in coded.values()}
    if len(lengths) > 1:
        raise ValueError("the columns of the frame differ in length")
    if lengths:
        return lengths.pop()
    return max((len(frame[name]) for name in frame), default=0)


def _contrasts(variable: Variable, coded: FloatArray) -> list[tuple[str, str, FloatArray]]:
    """Level, column name and values of each column of one variable."""
    if not variable.levels:
        return [("", variable.name, coded)]
    return [
        (level, variable.name + level, (coded == position).astype(float))
        for position, level in enumerate(variable.levels)
        if position > 0
    ]
