"""Partial likelihood of the Cox model with Efron's or Breslow's ties, vectorised over patients.

The patients are sorted once by stratum and time and grouped by distinct time. What is summed over
risk sets is summed over groups and accumulated; the second derivative never holds one matrix per
risk set, because the sum over event times t of S2(t) / S0(t) is one weighted cross product of the
covariates with the cumulative hazard as weight. One evaluation costs O(n p^2) in BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, IntArray

Ties = Literal["efron", "breslow", "exact"]


class Late(NamedTuple):
    """Rows that come under observation after the first time of their stratum.

    `row`: which of the sorted rows; `before`: the last group at which each is not yet at risk.
    """

    row: IntArray
    before: IntArray


@dataclass(frozen=True)
class RiskSets:
    """Patients sorted by stratum and time, and their distinct (stratum, time) groups.

    A slot is one event. Among d tied events Efron's k-th slot (k = 0 .. d-1) has the fraction
    k / d, by which the tied events count as gone already; Breslow's fraction is 0. A row is at risk
    at the times of its stratum up to its own, after its start where it has one (`late`).
    """

    order: IntArray
    time: FloatArray
    event: BoolArray
    weight: FloatArray
    x: FloatArray
    group: IntArray
    group_start: IntArray
    group_time: FloatArray
    group_events: IntArray
    stratum_bounds: tuple[tuple[int, int], ...]
    slot_group: IntArray
    slot_fraction: FloatArray
    slot_weight: FloatArray
    late: Late | None = None

    def group_sum(self, values: FloatArray) -> FloatArray:
        """Sum over the patients of each group (first axis)."""
        return np.add.reduceat(values, self.group_start, axis=0)

    def slot_sum(self, values: FloatArray) -> FloatArray:
        """Sum over the slots of each group."""
        return np.bincount(self.slot_group, values, len(self.group_start))

    def at_risk(self, values: FloatArray) -> FloatArray:
        """Sum the patients' values (n,) or (n, p) over those at risk at each group."""
        total = self.at_or_after(self.group_sum(values))
        if self.late is None:
            return total
        waiting = _sum_by(self.late.before, values[self.late.row], len(self.group_start))
        return total - self.at_or_after(waiting)

    def while_at_risk(self, sums: FloatArray) -> FloatArray:
        """Sum each patient's groups while under observation, own group included: (n, ...)."""
        total = self.up_to(sums)
        own = total[self.group]
        if self.late is not None:
            own[self.late.row] -= total[self.late.before]
        return own

    def at_or_after(self, sums: FloatArray) -> FloatArray:
        """Accumulate group sums over the risk set (this time and later) within strata."""
        result = np.empty_like(sums)
        for first, last in self.stratum_bounds:
            result[first:last] = np.cumsum(sums[first:last][::-1], axis=0)[::-1]
        return result

    def up_to(self, sums: FloatArray) -> FloatArray:
        """Accumulate group sums up to and including each time within strata."""
        result = np.empty_like(sums)
        for first, last in self.stratum_bounds:
            result[first:last] = np.cumsum(sums[first:last], axis=0)
        return result


def risk_sets(
    time: FloatArray,
    event: BoolArray,
    weight: FloatArray,
    x: FloatArray,
    codes: IntArray,
    ties: Ties,
    start: FloatArray | None = None,
) -> RiskSets:
    """Sort and group the patients. Shapes: time, event, weight, codes, start (n,), x (n, p).

    `codes` numbers the stratum of each patient; a row is at risk in (start, time].
    """
    order = np.lexsort((time, codes))
    time, event, weight, codes = time[order], event[order], weight[order], codes[order]
    new = np.ones(len(time), dtype=bool)
    new[1:] = (np.diff(time) != 0) | (np.diff(codes) != 0)
    first = np.flatnonzero(new)
    group = np.cumsum(new) - 1
    edges = np.flatnonzero(np.diff(codes[first])) + 1
    bounds = [0, *edges.tolist(), len(first)]
    deaths = np.bincount(group[event], minlength=len(first))
    death_weight = np.bincount(group[event], weight[event], len(first))
    slot_group = np.repeat(np.arange(len(first)), deaths)
    rank = np.arange(len(slot_group)) - np.repeat(np.cumsum(deaths) - deaths, deaths)
    fraction = rank / deaths[slot_group] if ties == "efron" else np.zeros(len(slot_group))
    return RiskSets(
        order, time, event, weight, np.ascontiguousarray(x[order]), group, first, time[first],
        deaths, tuple(zip(bounds[:-1], bounds[1:], strict=True)),
        slot_group, fraction, (death_weight / np.maximum(deaths, 1))[slot_group],
        None if start is None else _late(start[order], group, time[first], bounds),
    )  # fmt: skip


def _late(
    start: FloatArray, group: IntArray, group_time: FloatArray, bounds: Sequence[int]
) -> Late | None:
    """Rows whose start is at or after the first time of their stratum; None without any."""
    before = np.full(len(start), -1, dtype=np.intp)
    edges = np.searchsorted(group, bounds)
    for low, high, first, last in zip(bounds, bounds[1:], edges, edges[1:], strict=False):
        passed = np.searchsorted(group_time[low:high], start[first:last], side="right")
        before[first:last] = np.where(passed > 0, low + passed - 1, -1)
    row = np.flatnonzero(before >= 0)
    return Late(row, before[row]) if len(row) else None


def _sum_by(place: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Sum of the values (n,) or (n, p) at each place."""
    if values.ndim == 1:
        return np.bincount(place, values, size)
    return np.column_stack([np.bincount(place, column, size) for column in values.T])


@dataclass(frozen=True)
class Evaluation:
    """Partial likelihood at one coefficient vector, and the sums from which all else follows.

    `risk` (n,): weight times exp(linear predictor). Per group: `s1`, `d1` (sums of risk times x
    over the risk set and over the tied events), `hazard` and `hazard_tied` (sum over slots of
    w / S0 and of fraction times w / S0), `k0`, `k1`, `k2` (sums of w f^j / S0^2).
    """

    sets: RiskSets
    loglik: float
    eta: FloatArray
    risk: FloatArray
    s1: FloatArray
    d1: FloatArray
    hazard: FloatArray
    hazard_tied: FloatArray
    k0: FloatArray
    k1: FloatArray
    k2: FloatArray

    def compensator(self, multiplier: FloatArray | float = 1.0) -> FloatArray:
        """Cumulative hazard of each patient at risk 1, events weighted by a group multiplier."""
        own = (self.hazard_tied * multiplier)[self.sets.group]
        return self.sets.while_at_risk(self.hazard * multiplier) - np.where(
            self.sets.event, own, 0.0
        )

    def score(self, multiplier: FloatArray | None = None) -> FloatArray:
        """First derivative, shape (p,); a multiplier weights the event times."""
        return self._plain_score if multiplier is None else self._weighted_score(multiplier)

    def information(self, multiplier: FloatArray | None = None) -> FloatArray:
        """Minus the second derivative, shape (p, p); a multiplier weights the event times."""
        if multiplier is None:
            return self._plain_information
        return self._weighted_information(multiplier)

    @cached_property
    def _plain_score(self) -> FloatArray:
        return self._weighted_score(1.0)

    @cached_property
    def _plain_information(self) -> FloatArray:
        return self._weighted_information(1.0)

    def _weighted_score(self, multiplier: FloatArray | float) -> FloatArray:
        per_group = np.broadcast_to(multiplier, self.hazard.shape)
        observed = self.sets.weight * self.sets.event * per_group[self.sets.group]
        return (observed - self.risk * self.compensator(multiplier)) @ self.sets.x

    def _weighted_information(self, multiplier: FloatArray | float) -> FloatArray:
        x = self.sets.x
        spread = x.T @ ((self.risk * self.compensator(multiplier))[:, None] * x)
        with_events = self.sets.group_events > 0
        s1, d1 = self.s1[with_events], self.d1[with_events]
        m = np.broadcast_to(multiplier, self.hazard.shape)[with_events]
        k0, k1, k2 = (m * k[with_events] for k in (self.k0, self.k1, self.k2))
        cross = s1.T @ (k1[:, None] * d1)
        means = s1.T @ (k0[:, None] * s1) - cross - cross.T + d1.T @ (k2[:, None] * d1)
        return spread - means


def evaluate(sets: RiskSets, coefficients: FloatArray) -> Evaluation:
    """Evaluate log partial likelihood and its derivatives' sums at the coefficients (p,)."""
    eta = sets.x @ coefficients
    risk = sets.weight * np.exp(eta)
    tied_risk = np.where(sets.event, risk, 0.0)
    s0, d0 = sets.at_risk(risk), sets.group_sum(tied_risk)
    at_risk = s0[sets.slot_group] - sets.slot_fraction * d0[sets.slot_group]
    hazard = sets.slot_weight / at_risk
    square, fraction = hazard / at_risk, sets.slot_fraction
    observed = float(np.dot(sets.weight * sets.event, eta))
    risk_x = risk[:, None] * sets.x
    return Evaluation(
        sets=sets,
        loglik=observed - float(np.dot(sets.slot_weight, np.log(at_risk))),
        eta=eta,
        risk=risk,
        s1=sets.at_risk(risk_x),
        d1=sets.group_sum(np.where(sets.event[:, None], risk_x, 0.0)),
        hazard=sets.slot_sum(hazard),
        hazard_tied=sets.slot_sum(hazard * fraction),
        k0=sets.slot_sum(square),
        k1=sets.slot_sum(square * fraction),
        k2=sets.slot_sum(square * fraction**2),
    )
