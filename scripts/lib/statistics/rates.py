"""Rates of events per time, their ratio, and exact limits (Poisson counts)."""

from __future__ import annotations

from typing import NamedTuple

from scipy.special import betaincinv, gammaincinv

from scripts.lib.statistics.hypothesis_tests import NAN


class Rate(NamedTuple):
    """Events per unit of time, or a ratio of two rates, with limits; NaN where there is none."""

    estimate: float
    lower: float
    upper: float


NONE = Rate(NAN, NAN, NAN)


def poisson_rate(events: int, time: float, level: float = 0.95) -> Rate:
    """Rate with exact limits (Garwood, 1936); NaN without time.

    Source
    ------
    R poisson.test(events, time)
    """
    _check(events, time)
    if time == 0:
        return NONE
    tail = (1 - level) / 2
    lower = float(gammaincinv(events, tail)) if events else 0.0
    return Rate(events / time, lower / time, float(gammaincinv(events + 1, 1 - tail)) / time)


def rate_ratio(
    events: int, time: float, events_control: int, time_control: float, level: float = 0.95
) -> Rate:
    """Ratio of two rates with exact limits, given the sum of events.

    Without an event in either group, or without time, all are NaN; without one in the controls,
    ratio and upper limit are NaN (infinite).

    Source
    ------
    R poisson.test(c(events, events_control), c(time, time_control))
    """
    _check(events, time)
    _check(events_control, time_control)
    total = events + events_control
    if not total or not time or not time_control:
        return NONE
    tail, scale = (1 - level) / 2, time_control / time
    low = float(betaincinv(events, events_control + 1, tail)) if events else 0.0
    if not events_control:
        return Rate(NAN, scale * low / (1 - low), NAN)
    high = float(betaincinv(events + 1, events_control, 1 - tail))
    return Rate(scale * events / events_control, scale * low / (1 - low), scale * high / (1 - high))


def _check(events: int, time: float) -> None:
    if events < 0 or not 0 <= time < float("inf"):
        raise ValueError(f"{events} events: neither events nor time may be negative or missing")
