"""Test of proportional hazards: score test for a coefficient that changes with time.

As R cox.zph of survival 3.0 and later (not the older test on residuals): each covariate is also
entered times g(t), centred over the events, and the score test of the added coefficients is made
at the fitted ones. A factor is one term with as many degrees of freedom as columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from scripts.lib.statistics.cox import CoxFit, TestStatistic, chi_squared_test
from scripts.lib.statistics.cox_likelihood import Evaluation, RiskSets, evaluate
from scripts.lib.statistics.cox_residuals import schoenfeld_residuals
from scripts.lib.statistics.survival import kaplan_meier
from scripts.lib.statistics.time_to_event import FloatArray

Transform = Literal["km", "rank", "identity", "log"]

NOT_TESTED = TestStatistic(float("nan"), 0, float("nan"))


@dataclass(frozen=True)
class ScaledSchoenfeld:
    """Scaled Schoenfeld residuals plus the coefficient: an estimate of it at each event.

    `time` and `transformed` have one entry per event (shape (events,)); `residual` one column per
    coefficient (events, p), NaN for columns that are not estimable.
    """

    time: FloatArray
    transformed: FloatArray
    residual: FloatArray


def proportional_hazards_tests(
    fit: CoxFit, transform: Transform = "km"
) -> dict[str, TestStatistic]:
    """Test each term, and all together under the key GLOBAL.

    Parameters
    ----------
    fit : CoxFit
        Efron or Breslow ties.
    transform : 'km', 'rank', 'identity' or 'log'
        Time scale g: 1 - Kaplan-Meier before the event (R's choice), rank, time, log time.

    Returns
    -------
    dict of str to TestStatistic
        NaN with 0 degrees of freedom for terms without an estimable column; with an infinite
        coefficient also for GLOBAL.

    Source
    ------
    R survival::cox.zph
    """
    point = _point(fit, fit.stopped)
    with np.errstate(over="ignore", invalid="ignore"):  # where a coefficient is infinite
        score, information, free = _added_time_effects(fit, point, transform)
    tests = {}
    for term in fit.terms:
        mine = [place for place, column in enumerate(fit.columns) if column.term == term]
        tests[term] = _test_columns(fit, score, information, free, mine)
    tests["GLOBAL"] = _test_columns(fit, score, information, free, free)
    return tests


def _point(fit: CoxFit, coefficients: FloatArray) -> Evaluation:
    if fit.ties == "exact":
        raise ValueError("the proportional hazards test takes Efron or Breslow ties")
    if fit.sets.late is not None:
        raise ValueError("the proportional hazards test takes no rows under observation later")
    return evaluate(fit.sets, coefficients)


def _added_time_effects(
    fit: CoxFit, point: Evaluation, transform: Transform
) -> tuple[FloatArray, FloatArray, list[int]]:
    """Score (2p,) and information (2p, 2p) of the coefficients and their time effects."""
    free = np.flatnonzero(fit.free).tolist()
    g = _centred_time(fit.sets, transform)
    blocks = [point.information(g**power) for power in (0, 1, 2)]
    information = np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
    score = np.concatenate((np.zeros(len(fit.columns)), point.score(g)))
    return score, information, free


def _test_columns(
    fit: CoxFit, score: FloatArray, information: FloatArray, free: list[int], mine: list[int]
) -> TestStatistic:
    tested = [place for place in mine if place in free]
    if not tested or any(fit.reason[place] for place in tested):
        return NOT_TESTED
    size = len(fit.columns)
    kept = free + [size + place for place in tested]
    part = information[np.ix_(kept, kept)]
    unit = np.sqrt(np.diag(part))  # of each row: days and years, euros and cents give one answer
    if not np.isfinite(part).all() or not (unit > 0).all():
        return NOT_TESTED
    part = part / np.outer(unit, unit)
    if np.linalg.matrix_rank(part, hermitian=True) < len(kept):
        return NOT_TESTED  # the time effect is not identified, as with two event times
    statistic = score[kept] / unit @ np.linalg.solve(part, score[kept] / unit)
    return chi_squared_test(float(statistic), len(tested))


def _centred_time(sets: RiskSets, transform: Transform) -> FloatArray:
    """g(t) at each group, centred at its mean over the events; the farthest is 1 or -1 away.

    The test does not depend on the unit of time, its arithmetic would.
    """
    g = _transformed(sets, transform)
    if not sets.event.any():
        return g
    g = g - np.average(g, weights=sets.group_events)
    return g / (np.abs(g).max() or 1.0)


def _transformed(sets: RiskSets, transform: Transform) -> FloatArray:
    time = sets.group_time
    if transform == "identity":
        return time
    if transform == "log":
        return np.log(time)
    if transform == "rank":
        ordered = np.sort(sets.time)
        first = np.searchsorted(ordered, time, side="left")
        return (first + 1 + np.searchsorted(ordered, time, side="right")) / 2
    if transform == "km":
        curve = kaplan_meier(sets.time, sets.event)
        before = np.concatenate(([1.0], curve.survival))
        return 1 - before[np.searchsorted(curve.time, time, side="left")]
    raise ValueError(f"transform {transform!r}: one of km, rank, identity, log expected")


def scaled_schoenfeld(fit: CoxFit, transform: Transform = "km") -> ScaledSchoenfeld:
    """Scaled Schoenfeld residuals of each coefficient, for the plot over time.

    Source
    ------
    R survival::cox.zph(fit, transform, terms = FALSE)$y
    """
    point, sets = _point(fit, fit.standardised), fit.sets
    free = np.flatnonzero(fit.free)
    plain = schoenfeld_residuals(point)[:, free]
    mean_information = point.information()[np.ix_(free, free)] / max(int(sets.event.sum()), 1)
    group = sets.group[sets.event]
    residual = np.full((len(plain), len(fit.columns)), np.nan)
    if len(free) and len(plain):
        scaled = np.linalg.solve(mean_information, plain.T).T
        residual[:, free] = (scaled + fit.standardised[free]) / fit.scale[free]
    residual[:, [bool(text) for text in fit.reason]] = np.nan
    return ScaledSchoenfeld(sets.group_time[group], _transformed(sets, transform)[group], residual)
