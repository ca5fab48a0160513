"""Cox models of treatment alone for many versions of the same patients, one patient other in each.

The partial likelihood of a model whose only covariate is the arm depends on the numbers at risk
and of events by arm and time. These change in a few places when one patient changes, so all
versions are iterated together. Equal to `scripts.lib.statistics.cox.fit_cox` (R survival::coxph).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, IntArray

ITERATIONS, TOLERANCE = 50, 1e-10
LARGEST = 15.0  # a log hazard ratio beyond it is infinite: no event, or nobody at risk, in an arm
CELLS = 2_000_000  # versions x times iterated together: bounds the memory


class Patients(NamedTuple):
    """Times, events and arms (position; 0 = reference), one entry a patient; arm -1: nobody."""

    time: FloatArray
    event: BoolArray
    arm: IntArray


def log_hazard_ratios(
    base: Patients, replaced: IntArray, by: Patients, arms: int, ties: str = "efron"
) -> FloatArray:
    """Log hazard ratios with one patient replaced, version by version.

    Parameters
    ----------
    base
        The patients as they are.
    replaced, by : shape (s,)
        Position of the patient who is other in each version (-1: nobody), and who stands there
        instead (arm -1: nobody).
    arms
        Number of arms.
    ties : 'efron' or 'breslow'

    Returns
    -------
    array, shape (s, arms - 1): against the reference arm; NaN where not estimable.

    Source: R survival::coxph(Surv(time, event) ~ arm)
    """
    times = np.unique(np.concatenate([base.time[base.event], by.time[by.event & (by.arm >= 0)]]))
    parts = [
        _solve(*_counts(base, replaced[part], _taken(by, part), times, arms), ties)
        for part in _chunks(len(replaced), max(1, CELLS // max(1, len(times))))
    ]
    return np.concatenate(parts) if parts else np.empty((0, arms - 1))


def _chunks(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, start + size)


def _taken(patients: Patients, part: slice | IntArray) -> Patients:
    return Patients(patients.time[part], patients.event[part], patients.arm[part])


def _counts(
    base: Patients, replaced: IntArray, by: Patients, times: FloatArray, arms: int
) -> tuple[FloatArray, FloatArray]:
    """At risk and events by version, time and arm."""
    out = Patients(base.time[replaced], base.event[replaced], base.arm[replaced])
    out = out._replace(arm=np.where(replaced < 0, -1, out.arm))
    at_risk = np.zeros((len(times), arms))
    events = np.zeros((len(times), arms))
    for arm in range(arms):
        here = base.arm == arm
        sorted_time = np.sort(base.time[here])
        at_risk[:, arm] = len(sorted_time) - np.searchsorted(sorted_time, times, side="left")
        at = np.searchsorted(times, base.time[here & base.event])
        events[:, arm] = np.bincount(at, minlength=len(times))
    n = np.repeat(at_risk[None], len(replaced), axis=0)
    d = np.repeat(events[None], len(replaced), axis=0)
    for patient, sign in ((out, -1.0), (by, 1.0)):
        for arm in range(arms):
            rows = np.flatnonzero(patient.arm == arm)
            n[rows, :, arm] += sign * (times[None] <= patient.time[rows, None])
            died = rows[patient.event[rows]]
            d[died, np.searchsorted(times, patient.time[died]), arm] += sign
    return n, d


def _solve(n: FloatArray, d: FloatArray, ties: str) -> FloatArray:
    """Newton-Raphson from 0 for all versions; NaN where it does not end."""
    versions, free = n.shape[0], n.shape[2] - 1
    beta = np.zeros((versions, free))
    done = np.zeros(versions, dtype=bool)
    bad = (d.sum(axis=1) == 0).all(axis=1)
    for _ in range(ITERATIONS):
        rows = np.flatnonzero(~done & ~bad)
        if not len(rows):
            break
        score, information = _derivatives(n[rows], d[rows], beta[rows], ties)
        singular = np.linalg.det(information) <= TOLERANCE
        information[singular] = np.eye(free)
        step = np.linalg.solve(information, score[..., None])[..., 0]
        beta[rows] += np.clip(step, -2.0, 2.0)
        bad[rows] = singular | (np.abs(beta[rows]) > LARGEST).any(axis=1)
        done[rows] = (np.abs(step) < TOLERANCE).all(axis=1)
    beta[bad | ~done] = np.nan
    return beta


def _derivatives(
    n: FloatArray, d: FloatArray, beta: FloatArray, ties: str
) -> tuple[FloatArray, FloatArray]:
    """Score (s, p) and information (s, p, p) of the partial likelihood."""
    risk = np.exp(np.concatenate([np.zeros((len(beta), 1)), beta], axis=1))[:, None, :]
    total = d.sum(axis=2)
    score = d[:, :, 1:].sum(axis=1)
    information = np.zeros((len(beta), beta.shape[1], beta.shape[1]))
    for tied in range(int(total.max(initial=0))):
        counts = total > tied
        share = np.where(counts & (ties == "efron"), tied / np.maximum(total, 1), 0.0)
        weighted = (n - share[..., None] * d) * risk
        whole = weighted.sum(axis=2, keepdims=True)
        part = np.divide(weighted, whole, out=np.zeros_like(weighted), where=whole > 0)
        part = part[:, :, 1:] * counts[..., None]
        score -= part.sum(axis=1)
        information += np.einsum("stp,pq->spq", part, np.eye(part.shape[2]))
        information -= np.einsum("stp,stq->spq", part, part)
    return score, information
