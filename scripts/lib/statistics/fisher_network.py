"""Exact P value of an r x c table by a network over its rows (the idea of Mehta and Patel 1983).

Rows are placed one after another. A node is what the rows so far have used of each column, with
the log weights (minus sum of log x!) of the ways to get there. From the end, the largest and
smallest log weight that the remaining rows can add are known for every node. So a way is settled
as soon as all its completions are at most as probable as the observed table (their total weight
has a closed form) or none is; only the ways in between go on. The last two rows are looked up in
sorted cumulative sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln, logsumexp

from scripts.lib.statistics.time_to_event import FloatArray, IntArray

MOST_WORK = 2e9  # elementary steps of one table; some ten seconds
MOST_WAYS = 8_000_000  # at one row
MOST_PLACED = 40_000_000  # over all rows; some ten seconds
MOST_CHOICES = 2_000_000  # ways to place one row
SAME_WEIGHT = 1e-11  # log weights this near are equal up to rounding


class _Row(NamedTuple):
    """All ways to place one row: use of each column (ways, columns) and log weight (ways,)."""

    use: IntArray
    log_weight: FloatArray


class _Ways(NamedTuple):
    """Ways to fill the rows so far: node, log weight and log of how many such ways there are."""

    node: IntArray
    log_weight: FloatArray
    log_count: FloatArray


class _Bounds(NamedTuple):
    """Per node: largest and smallest log weight of the rows to come, and log of their total."""

    largest: FloatArray
    smallest: FloatArray
    log_total: FloatArray


def exact_p_value(table: FloatArray, tolerance: float) -> float | None:
    """Probability of all tables at most as probable as the given one, or None where too many.

    Parameters
    ----------
    table : array, shape (rows, columns)
        Counts; no empty row or column.
    tolerance : float
        Tables up to this much more probable (difference of logs) count as equally probable.
    """
    wide = table if table.shape[0] >= table.shape[1] else table.T
    wide = wide[np.argsort(wide.sum(axis=1), kind="stable")]
    rows, columns = wide.sum(axis=1).astype(int), wide.sum(axis=0).astype(int)
    placed = [_placements(int(total), columns) for total in rows[:-1]]
    choices = [row for row in placed if row is not None]
    if len(choices) < len(placed) or _work(choices, columns) > MOST_WORK:
        return None
    limit = -float(gammaln(wide + 1).sum()) + tolerance
    log_sum = _Network(rows, columns, choices, limit).log_sum_below()
    constant = gammaln(rows + 1).sum() + gammaln(columns + 1).sum() - gammaln(rows.sum() + 1)
    return None if log_sum is None else float(np.exp(constant + log_sum))


def _placements(total: int, columns: IntArray) -> _Row | None:
    """All ways to spread a row total over the columns, none above its column total."""
    use = np.zeros((1, 0), dtype=np.intp)
    for place in range(len(columns) - 1):
        rest = total - use.sum(axis=1)
        low = np.maximum(rest - int(columns[place + 1 :].sum()), 0)
        size = np.minimum(rest, columns[place]) - low + 1
        if size.sum() > MOST_CHOICES:
            return None
        first = np.cumsum(size) - size
        value = np.arange(size.sum()) - np.repeat(first - low, size)
        use = np.column_stack((np.repeat(use, size, axis=0), value))
    use = np.column_stack((use, total - use.sum(axis=1)))
    return _Row(use, -gammaln(use + 1.0).sum(axis=1))


def _work(choices: list[_Row], columns: IntArray) -> float:
    """Steps that the bounds take."""
    nodes = float(np.prod(columns[:-1] + 1.0))
    return sum(nodes * len(row.use) for row in choices[1:])


class _Network:
    """The rows, in order, over a grid of nodes: use of all columns but the last."""

    def __init__(
        self, rows: IntArray, columns: IntArray, choices: list[_Row], limit: float
    ) -> None:
        self.rows, self.columns, self.choices, self.limit = rows, columns, choices, limit
        self.placed = 0  # ways looked at so far
        self.shape = tuple(int(total) + 1 for total in columns[:-1])
        grid = np.indices(self.shape).reshape(len(self.shape), -1)
        self.used = np.moveaxis(grid, 0, 1)  # (nodes, columns - 1)

    def log_sum_below(self) -> float | None:
        """Log of the summed weights of tables at or below the limit; None where too many."""
        bounds = self._bounds()
        ways = _Ways(np.zeros(1, dtype=np.intp), np.zeros(1), np.zeros(1))
        settled: list[float] = []
        for stage in range(len(self.choices) - 1):
            ways_or_none = self._place_row(ways, stage, bounds[stage + 1], settled)
            if ways_or_none is None:
                return None
            ways = ways_or_none
        settled.extend(self._last_two_rows(ways))
        return float(logsumexp(settled)) if settled else float("-inf")

    # ---- bounds ----------------------------------------------------------------------------------

    def _bounds(self) -> dict[int, _Bounds]:
        """Bounds of the nodes after each stage at which ways can be settled."""
        largest = self._last_row()
        smallest = np.where(np.isfinite(largest), largest, np.inf)
        bounds = {}
        for stage in range(len(self.choices) - 1, 0, -1):
            row = self.choices[stage]
            largest = self._best(row, largest, np.maximum, -np.inf)
            smallest = self._best(row, smallest, np.minimum, np.inf)
            total = self._log_total(stage)
            bounds[stage] = _Bounds(largest.ravel(), smallest.ravel(), total)
        return bounds

    def _left(self, stage: int) -> FloatArray:
        """What is left of every column at each node before a stage; negative where impossible."""
        left = self.columns[:-1] - self.used
        return np.column_stack((left, self.rows[stage:].sum() - left.sum(axis=1)))

    def _last_row(self) -> FloatArray:
        left = self._left(len(self.rows) - 1)
        possible = (left >= 0).all(axis=1)
        weight = np.where(possible, -gammaln(np.maximum(left, 0) + 1.0).sum(axis=1), -np.inf)
        return weight.reshape(self.shape)

    def _log_total(self, stage: int) -> FloatArray:
        """Log of the summed weights of all completions: n! / (row totals! column rests!)."""
        left = np.maximum(self._left(stage), 0)
        rest = self.rows[stage:]
        return (
            gammaln(rest.sum() + 1.0) - gammaln(rest + 1.0).sum() - gammaln(left + 1.0).sum(axis=1)
        )

    def _best(self, row: _Row, later: FloatArray, pick: np.ufunc, none: float) -> FloatArray:
        """Best of (weight of this row + best of the later rows) over the ways to place the row."""
        best = np.full(self.shape, none)
        for use, weight in zip(row.use[:, :-1], row.log_weight, strict=True):
            here = tuple(slice(0, size - step) for size, step in zip(self.shape, use, strict=True))
            there = tuple(slice(step, None) for step in use)
            pick(best[here], later[there] + weight, out=best[here])
        return best

    # ---- forward ---------------------------------------------------------------------------------

    def _place_row(
        self, ways: _Ways, stage: int, bounds: _Bounds, settled: list[float]
    ) -> _Ways | None:
        """Place one row on every way; settle what can be, return what goes on."""
        row = self.choices[stage]
        offset = row.use[:, :-1] @ self._strides()
        kept: list[_Ways] = []
        number = 0
        for node, mine in _by_node(ways):
            fits = (row.use <= self._left(stage)[node]).all(axis=1)
            new_node = np.broadcast_to(node + offset[fits], (len(mine.node), fits.sum())).ravel()
            weight = (mine.log_weight[:, None] + row.log_weight[fits]).ravel()
            count = np.repeat(mine.log_count, fits.sum())
            some = self._settle(_Ways(new_node, weight, count), bounds, settled)
            kept.append(some)
            number += len(some.node)
            self.placed += len(weight)
            if number > MOST_WAYS or self.placed > MOST_PLACED:
                return None
        return _merge(kept)

    def _settle(self, ways: _Ways, bounds: _Bounds, settled: list[float]) -> _Ways:
        room = self.limit - ways.log_weight
        below = bounds.largest[ways.node] <= room
        if below.any():
            total = bounds.log_total[ways.node[below]]
            settled.append(float(logsumexp(ways.log_weight[below] + ways.log_count[below] + total)))
        open_ways = ~below & (bounds.smallest[ways.node] <= room)
        return _Ways(*(column[open_ways] for column in ways))

    def _strides(self) -> IntArray:
        sizes = np.array([*self.shape[1:], 1], dtype=np.intp)
        return np.cumprod(sizes[::-1])[::-1]

    def _last_two_rows(self, ways: _Ways) -> Iterator[float]:
        """Per node, log of the summed weights of the whole tables at or below the limit."""
        row = self.choices[-1]
        rests = self._left(len(self.rows) - 2)
        for node, mine in _by_node(ways):
            rest = rests[node] - row.use
            fits = (rest >= 0).all(axis=1)
            weight = np.sort(row.log_weight[fits] - gammaln(rest[fits] + 1.0).sum(axis=1))
            found = np.searchsorted(weight, self.limit - mine.log_weight, side="right")
            some = found > 0
            if some.any():
                below = np.cumsum(np.exp(weight - weight[-1]))
                share = np.log(below[found[some] - 1])
                own = mine.log_weight[some] + mine.log_count[some]
                yield float(weight[-1] + logsumexp(own + share))


def _by_node(ways: _Ways) -> Iterator[tuple[int, _Ways]]:
    """The ways of one node after another (ways are sorted by node)."""
    nodes, first = np.unique(ways.node, return_index=True)
    last = np.append(first, len(ways.node))[1:].astype(np.intp)
    for node, start, stop in zip(nodes, first, last, strict=True):
        yield int(node), _Ways(*(column[start:stop] for column in ways))


def _merge(parts: list[_Ways]) -> _Ways:
    """Sort ways by node and weight, and merge those of the same node and weight."""
    if not parts:
        return _Ways(np.zeros(0, dtype=np.intp), np.zeros(0), np.zeros(0))
    joined = _Ways(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    order = np.lexsort((joined.log_weight, joined.node))
    node, weight, log_count = (column[order] for column in joined)
    new = np.ones(len(node), dtype=bool)
    new[1:] = (np.diff(node) != 0) | (np.diff(weight) > SAME_WEIGHT)
    start = np.flatnonzero(new)
    if not len(start):
        return _Ways(node, weight, log_count)
    count = np.add.reduceat(np.exp(log_count), start)
    return _Ways(node[start], weight[start], np.log(count))
