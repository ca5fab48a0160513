"""Months of survival curves for release: no step tells that few left; shown by another reader."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from scripts.lib.analysis.curves import Curve
from scripts.lib.analysis.disclosed_curves import months_shown
from tests.release_attack import MINIMUM, small_steps

MONTHS = [float(month) for month in range(25)]
Patients = dict[tuple[str, str], list[tuple[float, int]]]


def curve(patients: list[tuple[float, int]]) -> Curve:
    times = sorted({0.0, *(time for time, _ in patients)})
    events = [sum(1 for t, e in patients if t == time and e) for time in times]
    censored = [sum(1 for t, e in patients if t == time and not e) for time in times]
    some = [1.0] * len(times)
    return Curve(times, some, some, some, events, censored)


def shown(patients: Patients, counted: bool = True) -> dict[tuple[str, str], list[float]]:
    curves = {group: curve(found) for group, found in patients.items()}
    return months_shown(curves, MONTHS, set(curves), set(curves) if counted else set(), MINIMUM)


def lines(months: dict[tuple[str, str], list[float]]) -> list[dict[str, str]]:
    where = {"analysis": "kaplan_meier", "parameter": "OS", "variable": "time", "value": "1"}
    return [
        where | {"population": population, "group": group, "level": str(month), "statistic": "x"}
        for (population, group), found in months.items()
        for month in found
    ]


def drawn(random: np.random.Generator, size: int) -> list[tuple[float, int]]:
    times = np.round(random.weibull(1.3, size) * 12, 1)
    return [(float(t), int(random.random() < 0.8)) for t in times]


def test_at_each_step_enough_or_nobody_had_the_event_and_were_censored():
    random = np.random.default_rng(1)
    patients = {("all", ""): drawn(random, 200)}
    months = shown(patients)["all", ""]
    assert months[0] == 0 and len(months) > 5
    for start, end in pairwise([*months, np.inf]):
        inside = [event for time, event in patients["all", ""] if start <= time < end]
        for n in (sum(inside), len(inside) - sum(inside)):
            assert n == 0 or n >= MINIMUM
    assert sum(time >= months[-1] for time, _ in patients["all", ""]) >= MINIMUM


def test_a_curve_of_few_patients_is_not_shown():
    assert shown({("all", ""): drawn(np.random.default_rng(1), 4)}) == {("all", ""): []}
    twelve = shown({("all", ""): drawn(np.random.default_rng(1), 12)})["all", ""]
    assert set(twelve) <= set(MONTHS) and len(twelve) < 4


@pytest.mark.parametrize("seed", range(12))
def test_a_step_does_not_follow_from_the_curves_of_arms_levels_and_all_together(seed):
    random = np.random.default_rng(seed)
    sizes = random.choice([5, 8, 12, 40, 90], size=(2, 3))
    patients: Patients = {}
    for arm, of_arm in zip("ab", sizes, strict=True):
        for level, size in zip("xyz", of_arm, strict=True):
            patients[f"V={level}", arm] = drawn(random, int(size))
        patients["all", arm] = sum((patients[f"V={level}", arm] for level in "xyz"), [])
    patients["all", ""] = patients["all", "a"] + patients["all", "b"]
    months = shown(patients)
    assert small_steps(lines(months), patients, "OS") == []
    assert any(months.values())


def test_the_reader_finds_a_step_that_is_told():
    """The test above can fail: with every month shown the same reader finds small steps."""
    random = np.random.default_rng(3)
    patients = {("all", "a"): drawn(random, 30), ("all", "b"): drawn(random, 30)}
    patients["all", ""] = patients["all", "a"] + patients["all", "b"]
    every = dict.fromkeys(patients, MONTHS)
    assert small_steps(lines(every), patients, "OS")
    two = {("all", "a"): MONTHS, ("all", ""): MONTHS, ("all", "b"): [0.0]}
    assert any(group == ("all", "b") for group, _, _ in small_steps(lines(two), patients, "OS"))
