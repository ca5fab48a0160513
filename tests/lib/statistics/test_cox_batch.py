"""Many models at once are the same as each by itself."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.cox_batch import Patients, log_hazard_ratios
from scripts.lib.statistics.design import design, factor

ARMS = ["control", "one", "two"]


def patients(count: int, arms: int, seed: int) -> Patients:
    random = np.random.default_rng(seed)
    arm = random.integers(0, arms, count)
    time = np.ceil(random.exponential(20 + 5 * arm))  # whole days: ties
    return Patients(time, random.random(count) < 0.7, arm)


def one_by_one(group: Patients, arms: int, ties: str) -> np.ndarray:
    names = np.array(ARMS)[group.arm]
    term = factor("arm", ARMS[:arms])
    return fit_cox(group.time, group.event, design({"arm": names}, [term]), ties=ties).coefficient


@pytest.mark.parametrize("arms", [2, 3])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_each_version_equals_its_own_fit(arms, ties):
    base, by = patients(60, arms, 1), patients(40, arms, 2)
    replaced = np.arange(-1, 39)
    by = by._replace(arm=np.where(np.arange(40) % 7 == 3, -1, by.arm))
    found = log_hazard_ratios(base, replaced, by, arms, ties)
    for i, place in enumerate(replaced):
        kept = np.ones(60, bool)
        if place >= 0:
            kept[place] = False
        parts = [np.concatenate([old[kept], new[i : i + 1][by.arm[i : i + 1] >= 0]])
                 for old, new in zip(base, by, strict=True)]  # fmt: skip
        np.testing.assert_allclose(found[i], one_by_one(Patients(*parts), arms, ties), atol=1e-8)


def test_what_is_not_estimable_is_missing():
    base = Patients(np.array([1.0, 2, 3, 4]), np.array([True, True, False, False]),
                    np.array([0, 0, 1, 1]))  # fmt: skip
    nobody = Patients(np.array([0.0]), np.array([False]), np.array([-1]))
    assert np.isnan(log_hazard_ratios(base, np.array([-1]), nobody, 2)).all()
    assert log_hazard_ratios(base, np.array([], int), Patients(*(v[:0] for v in base)), 2).size == 0
