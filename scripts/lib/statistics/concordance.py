"""Concordance (Harrell's C) of a Cox model with its standard error, in O(n log n).

As R survival::concordance (3.x): a pair counts where the earlier of two different times is an
event (a censoring at the time of an event counts as later); ties of the predictor count one half.
The standard error is the infinitesimal jackknife's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scripts.lib.statistics.cox import CoxFit
from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, IntArray

# a coefficient of 0 that Newton-Raphson leaves at 1e-16 would put patients in an order
ROUNDING = 1e-13


class Concordance(NamedTuple):
    """Concordance with standard error; NaN where there is no comparable pair."""

    estimate: float
    std_err: float


class _Counts(NamedTuple):
    """Weight of each patient's comparable partners by the order of the predictors, shape (n,)."""

    concordant: FloatArray
    discordant: FloatArray
    tied: FloatArray


def concordance(fit: CoxFit) -> Concordance:
    """Concordance of a fit's linear predictor with the times, within strata.

    Source: R summary(coxph)$concordance
    """
    sets = fit.sets
    if sets.late is not None:
        raise ValueError("concordance takes no rows that come under observation later")
    predictor = np.zeros(len(sets.time))
    # column by column, so that equal patients get equal bits and stay tied
    for column, coefficient in enumerate(fit.standardised):
        if abs(coefficient) > ROUNDING:
            predictor += sets.x[:, column] * coefficient
    stratum = np.zeros(len(sets.group_start), dtype=np.intp)
    for number, (first, last) in enumerate(sets.stratum_bounds):
        stratum[first:last] = number
    return concordance_of(sets.time, sets.event, predictor, sets.weight, stratum[sets.group])


def concordance_of(
    time: FloatArray,
    event: BoolArray,
    predictor: FloatArray,
    weight: FloatArray | None = None,
    stratum: ArrayLike | None = None,
) -> Concordance:
    """Concordance of any predictor of risk (high = early event); all arrays of shape (n,)."""
    weights = np.ones(len(time)) if weight is None else weight
    strata = np.zeros(len(time), dtype=np.intp)
    if stratum is not None:
        strata = np.unique(np.asarray(stratum), return_inverse=True)[1]
    counts = _count_pairs(time, event, predictor, weights, strata)
    totals = [float(weights @ column) / 2 for column in counts]  # each pair counted twice
    pairs = sum(totals)
    if pairs == 0:
        return Concordance(float("nan"), float("nan"))
    somers = (totals[0] - totals[1]) / pairs
    influence = counts.concordant - counts.discordant - somers * sum(counts)
    variance = float(np.sum((weights * influence / pairs) ** 2)) / 4
    return Concordance((somers + 1) / 2, float(np.sqrt(variance)))


def _count_pairs(
    time: FloatArray,
    event: BoolArray,
    predictor: FloatArray,
    weight: FloatArray,
    stratum: IntArray,
) -> _Counts:
    """Count partners by halving the time axis: at each bit, early half against late half."""
    # moments in order of time, events before censorings; one number per distinct moment
    order = np.lexsort((~event, time, stratum))
    changes = (np.diff(time[order]) != 0) | (np.diff(event[order]) != 0)
    changes |= np.diff(stratum[order]) != 0
    moment = np.empty(len(time), dtype=np.intp)
    moment[order] = np.concatenate(([0], np.cumsum(changes)))
    by_predictor = np.lexsort((predictor, stratum))
    counts = _Counts(*(np.zeros(len(time)) for _ in range(3)))
    for bit in range(int(moment.max(initial=0)).bit_length()):
        block = (moment >> (bit + 1))[by_predictor]
        # stable: within a block (and stratum) the order of the predictor is kept
        key = stratum[by_predictor] * (block.max(initial=0) + 1) + block
        rows = by_predictor[np.argsort(key, kind="stable")]
        _compare_halves(rows, np.sort(key), (moment >> bit) & 1, event, predictor, weight, counts)
    return counts


def _compare_halves(
    rows: IntArray,
    block: IntArray,
    late: IntArray,
    event: BoolArray,
    predictor: FloatArray,
    weight: FloatArray,
    counts: _Counts,
) -> None:
    """Add the pairs of an early event and a late patient of the same block."""
    w, p = weight[rows], predictor[rows]
    is_late = late[rows] == 1
    is_early = ~is_late & event[rows]
    new_block = np.append(True, np.diff(block) != 0)
    new_tie = new_block | np.append(True, np.diff(p) != 0)
    edges = _Edges(new_block, new_tie)
    for mine, other, lower_is_concordant in ((is_early, is_late, True), (is_late, is_early, False)):
        below, tied, above = edges.split(np.where(other, w, 0.0))
        chosen = rows[mine]
        # an early event is concordant with the late patients of a lower predicted risk
        first, second = (below, above) if lower_is_concordant else (above, below)
        counts.concordant[chosen] += first[mine]
        counts.discordant[chosen] += second[mine]
        counts.tied[chosen] += tied[mine]


class _Edges:
    """First and last positions of blocks and of runs of equal predictors in a sorted column."""

    def __init__(self, new_block: BoolArray, new_tie: BoolArray) -> None:
        self.block = _run_bounds(new_block)
        self.tie = _run_bounds(new_tie)

    def split(self, weight: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weight in the same block below, at and above each position's predictor."""
        total = np.concatenate(([0.0], np.cumsum(weight)))
        start, end = total[self.block[0]], total[self.block[1]]
        low, high = total[self.tie[0]], total[self.tie[1]]
        return low - start, high - low, end - high


def _run_bounds(new: BoolArray) -> tuple[IntArray, IntArray]:
    starts = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    return starts[run], np.append(starts[1:], len(new))[run]
