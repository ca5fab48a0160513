"""Bad input to the models of an endpoint: one clear message, or "not estimable" with the reason.

A fault runs through every step that fits a model: univariable, multivariable, subgroups, checks,
covariates seen later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts import (
    fit_cox_multivariable,
    fit_cox_univariable,
)
from scripts.lib.analysis import model_check_rows, subgroup_rows, time_varying_rows
from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.errors import Stop
from tests.golden_cases import PRINTED

SETTINGS: dict[str, Any] = {
    "arms": ["A", "B"], "reference": "A", "printed": PRINTED, "parameter": "OS", "ties": "efron",
    "confidence_level": 0.95, "display_p": "log_rank", "min_events_per_parameter": 1,
    "min_events_in_level": 1, "max_vif": 5, "max_condition_number": 30,
    "survival": {"interval": "log", "confidence_level": 0.95, "days_per_month": 30.4375},
    "terms": [
        {"name": "AGE", "kind": "numeric", "levels": None},
        {"name": "STAGE", "kind": "categorical", "levels": ["II", "III"]},
    ],
    "variables": [{"name": "STAGE", "levels": ["II", "III"]}],
    "covariates": [{"name": "MET", "date": "MET__DT"}], "days": [3],
}  # fmt: skip
Change = Callable[[pd.DataFrame], None]


def patients(n: int = 60) -> pd.DataFrame:
    random = np.random.default_rng(5)
    seen = random.integers(1, 9, n).astype(float)
    return pd.DataFrame(
        {
            "USUBJID": pd.array([f"P{i:02d}" for i in range(n)], dtype="string"),
            "TRT01A": pd.array(random.choice(["A", "B"], n), dtype="string"),
            "time": pd.array(random.integers(1, 20, n), dtype="Float64"),
            "event": pd.array(random.random(n) < 0.7, dtype="boolean"),
            "AGE": pd.array(random.integers(40, 80, n), dtype="Float64"),
            "STAGE": pd.array(random.choice(["II", "III"], n), dtype="string"),
            "MET": pd.array(random.random(n) < 0.3, dtype="boolean"),
            "MET__DAY": pd.array(seen, dtype="Float64"),
        }
    )


def univariable(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    return fit_cox_univariable.fit_all(frame, settings)


def multivariable(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    return fit_cox_multivariable.fit(frame.rename(columns={"time": "AVAL"}), settings).rows


def subgroups(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    return subgroup_rows.fit_all(frame, settings).rows


def checks(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    return model_check_rows.check(frame, ["AGE", "STAGE"], settings, "OS")


def time_varying(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    return time_varying_rows.fit_endpoint(frame, frame[["USUBJID"]], settings, settings).rows


MODELS = [univariable, multivariable, checks]
STEPS = [univariable, multivariable, subgroups, checks, time_varying]


def settings_with(**changes: Any) -> dict[str, Any]:
    return SETTINGS | changes


def hazard_ratio(rows: list[Row], variable: str, level: str) -> Row:
    found = [r for r in rows if (r.variable, r.level, r.statistic) == (variable, level, "hr")]
    assert found, (variable, level)
    return found[-1]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("value", "says"), [(-1.0, "time: 1 negative"), (None, "time: 1 missing or infinite")]
)
def test_a_time_that_is_negative_or_missing_stops_every_step(
    step: Any, value: Any, says: str
) -> None:
    frame = patients()
    frame.loc[7, "time"] = value
    with pytest.raises(ValueError, match=says):
        step(frame, SETTINGS)


@pytest.mark.parametrize("step", STEPS)
def test_events_at_time_zero_count(step: Any) -> None:
    """A day later all times have the same order, so that every model is the same."""
    frame = patients()
    frame["time"] = frame["time"].where(frame["time"] > 1, 0.0)
    later = frame.assign(time=frame["time"] + 1, MET__DAY=frame["MET__DAY"] + 1)
    at_zero = step(frame, settings_with(days=[3]))
    for one, other in zip(at_zero, step(later, settings_with(days=[4])), strict=True):
        if one.statistic in ("coef", "se", "events", "N"):
            assert one.value == other.value, one.key


@pytest.mark.parametrize("step", MODELS)
@pytest.mark.parametrize(
    ("name", "change", "level", "says"),
    [
        ("AGE", lambda f: f.assign(AGE=70.0), "", "does not vary"),
        ("STAGE", lambda f: f.assign(STAGE="III"), "III", "does not vary"),
        ("AGE", lambda f: f.assign(AGE=pd.array([None] * len(f), "Float64")), "", "no events"),
    ],
    ids=["constant number", "constant factor", "nobody's is known"],
)
def test_a_covariate_that_tells_nothing_is_not_estimable(
    step: Any, name: str, change: Any, level: str, says: str
) -> None:
    row = hazard_ratio(step(change(patients()), SETTINGS), name, level)
    assert row.value == "" and row.note.startswith("not estimable") and says in row.note


@pytest.mark.parametrize("died", [True, False])
def test_one_patient_in_a_level_has_a_number_or_a_reason(died: bool) -> None:
    frame = patients()
    frame.loc[0, ["STAGE", "event", "time"]] = ["IV", died, 10.0]
    for step in MODELS[:2]:
        row = hazard_ratio(step(frame, SETTINGS), "STAGE", "IV")
        assert (row.value != "") is died
        assert died or "infinite coefficient" in row.note
    arms = ArdIndex(subgroups(frame, SETTINGS))
    row = arms.row(analysis="subgroups", parameter="OS", population="STAGE=IV", statistic="hr")
    assert row.note == "not estimable: an arm has no patient"
    one = ArdIndex(checks(frame, SETTINGS)).select(variable="STAGE", level="IV", statistic="N")
    assert {row.note for row in one} == {"one patient in this level"}


@pytest.mark.parametrize("step", [univariable, checks])
def test_a_covariate_that_the_data_do_not_hold_stops(step: Any) -> None:
    with pytest.raises(Stop, match="covariate AGE is not in ADSL. Declare it"):
        step(patients().drop(columns="AGE"), SETTINGS)


@pytest.mark.parametrize("step", MODELS)
def test_text_where_numbers_are_expected_stops(step: Any) -> None:
    frame = patients().assign(AGE=pd.array(["sixty"] * 60, dtype="string"))
    with pytest.raises(Stop, match="variable AGE is text where numbers are expected") as stopped:
        step(frame, SETTINGS)
    assert "sixty" not in str(stopped.value)


@pytest.mark.parametrize("step", STEPS)
def test_no_events_leave_nothing_estimable(step: Any) -> None:
    rows = step(patients().assign(event=pd.array([False] * 60, "boolean")), SETTINGS)
    ratios = [row for row in rows if row.statistic == "hr"]
    assert ratios and all(row.value == "" for row in ratios)
    assert all(row.note.startswith("not estimable") for row in ratios)


def apart(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(STAGE=frame["TRT01A"].map({"A": "II", "B": "III"}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda frame: frame.assign(event=False), "not estimable: no events"),
        (apart, "not estimable: no two levels have patients of both arms where events occur"),
    ],
)
def test_an_interaction_that_is_not_estimable_says_why(change: Any, says: str) -> None:
    rows = subgroups(change(patients()), SETTINGS)
    [test] = [row for row in rows if row.statistic == "p_interaction"]
    assert (test.value, test.note) == ("", says) and ", 0 df" in test.method


@pytest.mark.parametrize("step", [univariable, subgroups, checks])
def test_an_arm_that_nobody_declared_stops(step: Any) -> None:
    frame = patients()
    frame.loc[3, "TRT01A"] = "C"
    with pytest.raises(Stop, match="1 patient\\(s\\) belong to none of the arms A, B"):
        step(frame, SETTINGS)


@pytest.mark.parametrize("step", [univariable, multivariable, subgroups, checks])
def test_three_arms_are_each_compared_with_the_reference(step: Any) -> None:
    frame = patients()
    frame["TRT01A"] = pd.array(np.resize(["A", "B", "C"], 60), dtype="string")
    rows = step(frame, settings_with(arms=["A", "B", "C"]))
    compared = {r.level for r in rows if r.variable == "TRT01A" and r.level}
    assert compared >= {"B", "C"}
