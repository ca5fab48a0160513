"""The committed synthetic cohort has the paper's main numbers; the search repeats itself exactly.

The statistics are computed here anew in plain numpy, not with the code of the search.
"""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "scripts/demo"
MONTH = 30.4375
ARMS = {"serplulimab": 67, "chemotherapy": 93}
MEDIANS = {
    ("pfs", "serplulimab"): (7.65, 7.20, 8.62),
    ("pfs", "chemotherapy"): (5.25, 4.92, 5.74),
    ("os", "serplulimab"): (15.56, 14.13, 17.12),
    ("os", "chemotherapy"): (13.48, 12.84, 14.40),
    ("pfs1", "serplulimab"): (8.40, 7.56, 9.45),
    ("pfs1", "chemotherapy"): (8.82, 7.80, 9.80),
    ("pfs1", None): (8.62, 7.87, 9.33),
}
FOLLOW_UP = {"serplulimab": 22.7, "chemotherapy": 20.66, None: 21.28}
OBSERVED = {"serplulimab": (7.45, 34.40), "chemotherapy": (5.44, 34.62)}
HAZARD_RATIOS = {"pfs": (0.601, 0.426, 0.848), "os": (0.680, 0.478, 0.966)}
LOG_RANK_P = {"pfs": 0.003, "os": 0.031, "pfs1": 0.531}


@pytest.fixture(scope="module")
def cohort() -> pd.DataFrame:
    table = pd.read_csv(DEMO / "cohort.csv", keep_default_na=False)
    return table.assign(pfs1_event=1)


def arm_rows(table: pd.DataFrame, arm: str | None) -> pd.DataFrame:
    return table if arm is None else table[table["arm"] == arm]


def counts(time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct event times with numbers at risk and of events."""
    times = np.unique(time[event == 1])
    at_risk = np.array([(time >= t).sum() for t in times])
    return times, at_risk, np.array([((time == t) & (event == 1)).sum() for t in times])


def median_and_limits(time: np.ndarray, event: np.ndarray) -> list[float]:
    """Kaplan-Meier median with log limits; the middle of a flat stretch at one half."""
    times, at_risk, dead = counts(time, event)
    survival = np.cumprod(1 - dead / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 1.959963984540054 * np.sqrt(np.cumsum(dead / (at_risk * (at_risk - dead))))
        curves = [survival, survival * np.exp(-width), survival * np.exp(width)]
    found = []
    for curve in curves:
        first = int(np.flatnonzero(curve < 0.5 + 1e-9)[0])
        flat = abs(curve[first] - 0.5) < 1e-9
        found.append(float(times[first : first + 1 + flat].mean()))
    return found


def treatment(table: pd.DataFrame, endpoint: str) -> tuple[list[float], float]:
    """Hazard ratio with limits (Cox, Efron ties) and log-rank P of serplulimab."""
    time = table[f"{endpoint}_days"].to_numpy()
    event = table[f"{endpoint}_event"].to_numpy()
    x = (table["arm"] == "serplulimab").to_numpy()
    times, at_risk, dead = counts(time, event)
    exposed = np.array([(x & (time >= t)).sum() for t in times])
    dead_x = np.array([(x & (time == t) & (event == 1)).sum() for t in times])
    beta, information = 0.0, 1.0
    for _ in range(30):
        score, information, ratio = 0.0, 0.0, np.exp(beta)
        for n, n1, d, d1 in zip(at_risk, exposed, dead, dead_x, strict=True):
            part = np.arange(d) / d
            ones = (n1 - part * d1) * ratio
            share = ones / (ones + (n - n1) - part * (d - d1))
            score += d1 - share.sum()
            information += (share * (1 - share)).sum()
        beta += score / information
    error = 1 / np.sqrt(information)
    limits = [float(np.exp(beta + z * 1.959963984540054 * error)) for z in (0, -1, 1)]
    share = exposed / at_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = dead * share * (1 - share) * (at_risk - dead) / (at_risk - 1)
    z = (dead_x - dead * share).sum() / np.sqrt(np.nansum(variance))
    return limits, math.erfc(abs(z) / math.sqrt(2))


def test_cohort_is_complete_and_synthetic(cohort: pd.DataFrame) -> None:
    assert cohort["arm"].value_counts().to_dict() == ARMS
    assert cohort["id"].tolist() == [f"SYN{n:03d}" for n in range(1, 161)]


@pytest.mark.parametrize(("endpoint", "arm"), MEDIANS)
def test_medians_and_limits_within_half_a_day(
    cohort: pd.DataFrame, endpoint: str, arm: str | None
) -> None:
    rows = arm_rows(cohort, arm)
    ours = median_and_limits(
        rows[f"{endpoint}_days"].to_numpy(), rows[f"{endpoint}_event"].to_numpy()
    )
    assert np.abs(np.array(ours) - np.array(MEDIANS[endpoint, arm]) * MONTH).max() <= 0.5


@pytest.mark.parametrize("endpoint", HAZARD_RATIOS)
def test_treatment_hazard_ratio_equals_print(cohort: pd.DataFrame, endpoint: str) -> None:
    limits, p = treatment(cohort, endpoint)
    assert tuple(round(value, 3) for value in limits) == HAZARD_RATIOS[endpoint]
    assert round(p, 3) == LOG_RANK_P[endpoint]


def test_first_line_log_rank_equals_print(cohort: pd.DataFrame) -> None:
    assert round(treatment(cohort, "pfs1")[1], 3) == LOG_RANK_P["pfs1"]


@pytest.mark.parametrize("arm", FOLLOW_UP)
def test_follow_up_within_half_a_day(cohort: pd.DataFrame, arm: str | None) -> None:
    rows = arm_rows(cohort, arm)
    reverse = follow_up_median(rows)
    assert abs(reverse - FOLLOW_UP[arm] * MONTH) <= 0.5
    for name, (low, high) in OBSERVED.items():
        days = arm_rows(cohort, name)["os_days"]
        assert abs(days.min() - low * MONTH) <= 0.5
        assert abs(days.max() - high * MONTH) <= 0.5


def follow_up_median(rows: pd.DataFrame) -> float:
    """Reverse Kaplan-Meier median of follow-up."""
    time, event = rows["os_days"].to_numpy(), 1 - rows["os_event"].to_numpy()
    times, at_risk, leaving = counts(time, event)
    survival = np.cumprod(1 - leaving / at_risk)
    return float(times[np.flatnonzero(survival < 0.5 + 1e-9)[0]])


def test_every_course_is_possible(cohort: pd.DataFrame) -> None:
    progressed, dead = cohort["pfs_event"] == 1, cohort["os_event"] == 1
    sites = (cohort.filter(like="_met") == "yes").any(axis=1)
    assert (cohort["pfs_days"] <= cohort["os_days"]).all()
    assert (cohort["pfs_days"] < cohort["os_days"])[progressed].all()
    assert progressed[dead].all()
    assert progressed[sites].all()
    assert cohort["os_days"][dead].min() >= 62


def test_search_repeats_itself(tmp_path: Path) -> None:
    targets = yaml.safe_load((DEMO / "targets.yaml").read_text(encoding="utf-8"))["targets"]
    wider = {"statistic": "standard_deviation", "columns": ["age"], "id": "wider", "sd": "9.50"}
    few = tmp_path / "targets.yaml"
    few.write_text(yaml.safe_dump({"targets": [*targets[:3], wider]}), encoding="utf-8")
    outputs = [tmp_path / "first.csv", tmp_path / "second.csv"]
    command = [sys.executable, "-m", "scripts.demo.reconstruct_cohort", "--targets", str(few)]
    command += ["--effort", "0.00003", "--seed", "7", "--hops", "0", "--out"]
    # uncompiled: compiling takes longer than these few moves
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    runs = [subprocess.Popen([*command, str(out)], cwd=ROOT, env=environment) for out in outputs]
    assert [run.wait() for run in runs] == [0, 0]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert outputs[0].read_bytes() != (DEMO / "cohort.csv").read_bytes()
