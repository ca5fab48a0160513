"""Weights from a propensity score, and what they are judged by: balance, overlap, sample size.

Two groups at a time: `treated` is true for the compared arm, false for the reference arm.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray

Scheme = Literal["unweighted", "iptw", "overlap"]


class Moments(NamedTuple):
    """Mean and standard deviation of each column in each group: shape (2, p), reference first."""

    mean: FloatArray
    sd: FloatArray


def make_weights(
    scheme: Scheme, propensity: FloatArray, treated: BoolArray, stabilised: bool = True
) -> FloatArray:
    """Weights of the patients, shape (n,).

    Parameters
    ----------
    scheme
        `iptw`: inverse probability of the treatment received (average effect in everybody);
        `overlap`: probability of the other treatment (effect in those who could have had either);
        `unweighted`: 1.
    stabilised
        iptw times the share of the arm, so that the weights have mean 1.

    Source
    ------
    Robins, Hernan, Brumback 2000; Li, Morgan, Zaslavsky 2018 (overlap weights)
    """
    received = np.where(treated, propensity, 1 - propensity)
    if scheme == "unweighted":
        return np.ones(len(treated))
    if scheme == "overlap":
        return 1 - received
    share = np.where(treated, treated.mean(), (~treated).mean()) if stabilised else 1.0
    return share / received


def effective_sample_size(weights: FloatArray) -> float:
    """Kish's effective sample size: as many patients of equal weight would tell as much."""
    total = float(np.sum(weights**2))
    return float(np.sum(weights)) ** 2 / total if total else 0.0


def moments(x: FloatArray, treated: BoolArray, weights: FloatArray) -> Moments:
    """Weighted mean and standard deviation of each column by group.

    The variance divides by sum(w) - sum(w^2) / sum(w), which for weights of 1 is n - 1 (R
    cov.wt(method = "unbiased")). NaN in a group without patients, or of one for the deviation.
    """
    mean, sd = np.full((2, x.shape[1]), np.nan), np.full((2, x.shape[1]), np.nan)
    for place, rows in enumerate((~treated, treated)):
        w = weights[rows]
        if not w.sum() > 0:
            continue
        mean[place] = w @ x[rows] / w.sum()
        left = w.sum() - np.sum(w**2) / w.sum()
        if left > 1e-12 * w.sum():
            sd[place] = np.sqrt(w @ (x[rows] - mean[place]) ** 2 / left)
    return Moments(mean, sd)


def standardised_differences(
    x: FloatArray, treated: BoolArray, weights: FloatArray, binary: BoolArray
) -> FloatArray:
    """Difference of the weighted means over the unweighted standard deviation, per column.

    The standard deviation is the root of the mean variance of the two groups before weighting, p(1
    - p) for a column of 0 and 1, so that weights move the numerator alone. Two groups that are
    each constant differ by 0 or, where they differ at all, by infinity.

    Source
    ------
    Austin 2009, Statist Med 28:3083; Austin and Stuart 2015 for the unweighted denominator
    """
    before = moments(x, treated, np.ones(len(treated)))
    share = np.where(binary, before.mean, 0.0)  # a numeric mean is no share
    variance = np.where(binary, share * (1 - share), before.sd**2)
    pooled = np.sqrt(variance.mean(axis=0))
    after = moments(x, treated, weights).mean
    difference = after[1] - after[0]
    alike = np.abs(difference) <= 1e-12 * np.maximum(1.0, np.abs(after).max(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(alike, 0.0, difference / pooled)


def overlap_percent(
    propensity: FloatArray, treated: BoolArray, limits: tuple[float, float]
) -> float:
    """Percentage of patients whose propensity lies where both arms have patients and in `limits`.

    Positivity: a patient outside has no counterpart in the other arm (Crump 2009; Austin 2015).
    """
    if not treated.any() or treated.all():
        return 0.0
    groups = (propensity[treated], propensity[~treated])
    low = max(limits[0], *(float(group.min()) for group in groups))
    high = min(limits[1], *(float(group.max()) for group in groups))
    return 100 * float(np.mean((propensity >= low) & (propensity <= high)))


def e_value(hazard_ratio: float) -> float:
    """How strongly an unmeasured confounder must act on treatment and outcome to explain it all.

    For a common outcome (more than 15% at the end of follow-up) the hazard ratio is turned into a
    risk ratio by (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)); then RR + sqrt(RR (RR - 1)).

    Source
    ------
    VanderWeele and Ding 2017, Ann Intern Med 167:268; R EValue::evalues.HR(rare = FALSE)
    """
    risk_ratio = (1 - 0.5 ** np.sqrt(hazard_ratio)) / (1 - 0.5 ** np.sqrt(1 / hazard_ratio))
    above = max(risk_ratio, 1 / risk_ratio)
    return float(above + np.sqrt(above * (above - 1)))


def e_value_of_limit(hazard_ratio: float, low: float, high: float) -> float:
    """E-value of the limit that is nearer to 1; 1 where the interval holds 1."""
    if low <= 1 <= high:
        return 1.0
    return e_value(low if hazard_ratio > 1 else high)
