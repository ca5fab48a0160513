"""Residuals of a Cox fit (Efron or Breslow ties): score, dfbeta, Schoenfeld; robust variance."""

from __future__ import annotations

import numpy as np

from scripts.lib.statistics.cox_likelihood import Evaluation
from scripts.lib.statistics.time_to_event import FloatArray


def score_residuals(point: Evaluation) -> FloatArray:
    """Score residual of each patient, in the sorted order of the risk sets, unweighted.

    Shape (n, p). Source: R residuals(coxph, type = "score").
    """
    sets = point.sets
    mean_hazard = _slot_mean_hazard(point)
    own = np.where(sets.event[:, None], mean_hazard[1][sets.group], 0.0)
    expected_x = sets.while_at_risk(mean_hazard[0]) - own
    relative_risk = point.risk / sets.weight
    expected = relative_risk[:, None] * (point.compensator()[:, None] * sets.x - expected_x)
    observed = np.where(sets.event[:, None], sets.x - event_means(point)[sets.group], 0.0)
    return observed - expected


def _slot_mean_hazard(point: Evaluation) -> tuple[FloatArray, FloatArray]:
    """Per group, sum over slots of hazard x mean covariate, and the same times the fraction."""
    plain = point.k0[:, None] * point.s1 - point.k1[:, None] * point.d1
    tied = point.k1[:, None] * point.s1 - point.k2[:, None] * point.d1
    return plain, tied


def event_means(point: Evaluation) -> FloatArray:
    """Mean covariate of the risk set at each group, averaged over Efron's slots: (groups, p)."""
    sets = point.sets
    weight = np.maximum(sets.slot_sum(sets.slot_weight), np.finfo(float).tiny)
    total = point.hazard[:, None] * point.s1 - point.hazard_tied[:, None] * point.d1
    return total / weight[:, None]


def schoenfeld_residuals(point: Evaluation) -> FloatArray:
    """Covariate minus its risk-set mean, one row per event in the sorted order: (events, p)."""
    sets = point.sets
    return (sets.x - event_means(point)[sets.group])[sets.event]


def robust_variance(
    point: Evaluation, naive: FloatArray, cluster: np.ndarray | None = None
) -> FloatArray:
    """Sandwich variance, shape (p, p): cross product of the weighted dfbeta, summed by cluster.

    Source: R coxph(..., robust = TRUE).
    """
    influence = (score_residuals(point) * point.sets.weight[:, None]) @ naive
    if cluster is not None:
        _, code = np.unique(np.asarray(cluster)[point.sets.order], return_inverse=True)
        summed = np.zeros((code.max() + 1, influence.shape[1]))
        np.add.at(summed, code, influence)
        influence = summed
    return influence.T @ influence
