"""Proportional hazards: equal to R, marked where they fail, said where nothing can be tested."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, check_unique
from scripts.lib.analysis.proportional_hazards_rows import (
    BEYOND,
    NOT_PROPORTIONAL,
    check_endpoint,
    fit_multivariable,
    fit_univariable,
    residual_lines,
)

GOLDEN = Path(__file__).parents[1] / "golden"
R = json.loads((GOLDEN / "assumptions" / "assumptions.json").read_text(encoding="utf-8"))
OWN: dict[str, Any] = {
    "parameter": "OS",
    "printed": {},
    "arms": ["standard", "test"],
    "reference": "standard",
    "ties": "efron",
    "survival": {"interval": "log", "confidence_level": 0.95, "days_per_month": 30.4375},
}
SETTINGS: dict[str, Any] = {
    "transform": "km",
    "alpha": 0.05,
    "survival_months": [3, 6],
    "survival_days": [],
    "tau_months": None,
    "min_at_risk": 1,
    "smooth_df": 4,
    "terms": [
        {"name": "age", "kind": "numeric", "levels": None},
        {
            "name": "celltype",
            "kind": "categorical",
            "levels": ["squamous", "smallcell", "adeno", "large"],
        },
    ],
}


def veteran() -> pd.DataFrame:
    """The trial of the golden case, as `read_time_to_event` gives it."""
    data = pd.read_csv(GOLDEN / "r" / "cases" / "veteran_days" / "data.csv")
    return pd.DataFrame({
        "USUBJID": data["id"].astype("string"), "TRT01A": data["arm"].astype("string"),
        "time": data["time"].astype("Float64"), "event": data["status"] == 1,
        "age": data["age"].astype("Float64"), "celltype": data["celltype"].astype("string"),
    })  # fmt: skip


def model_of(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"time": "AVAL"})


@pytest.fixture(scope="module")
def ard() -> ArdIndex:
    frame = veteran()
    rows = check_endpoint(frame, model_of(frame), OWN, SETTINGS)[0].rows
    check_unique(rows)
    return ArdIndex(rows)


def number(ard: ArdIndex, statistic: str, **key: str) -> float:
    found = ard.row(
        analysis="proportional_hazards", parameter="OS", statistic=statistic, **key
    ).number
    assert found is not None
    return found


@pytest.mark.parametrize("model", ["univariable", "multivariable"])
def test_score_tests_equal_cox_zph(ard: ArdIndex, model: str) -> None:
    expected = R["tests"][model]
    for place, term in enumerate(expected["term"]):
        key = {"variable": "TRT01A" if term == "arm" else term, "level": model}
        for statistic in ("chi_square", "df", "p_value"):
            found = number(ard, statistic, **key)
            assert found == pytest.approx(expected[statistic][place], rel=1e-6), (term, statistic)


@pytest.mark.parametrize("name", ["arm", "age"])
def test_the_smooth_and_its_limits_equal_plot_cox_zph(name: str) -> None:
    frame, variable = veteran(), {"arm": "TRT01A"}.get(name, name)
    fit = (
        fit_univariable(frame, OWN)
        if name == "arm"
        else fit_multivariable(model_of(frame), SETTINGS["terms"], OWN)
    )
    lines = residual_lines(fit, "m", "OS", SETTINGS | {"days_per_month": 30.4375})
    found = np.array([line[6:] for line in lines if line[2] == variable and line[4] == "smooth"])

    expected = np.column_stack([R["smooth"][name][part] for part in ("x", "y", "low", "high")])
    np.testing.assert_allclose(found.astype(float), expected, rtol=1e-6, atol=1e-8)


def restricted(frame: pd.DataFrame | None = None, **settings: Any) -> ArdIndex:
    frame = veteran() if frame is None else frame
    return ArdIndex(check_endpoint(frame, model_of(frame), OWN, SETTINGS | settings)[0].rows)


def test_restricted_means_end_where_enough_are_still_at_risk_in_every_arm() -> None:
    found, frame = restricted(min_at_risk=10), veteran()
    tau = number(found, "tau", group="test")
    day = tau * OWN["survival"]["days_per_month"]
    counts = frame[frame["time"] >= round(day)].groupby("TRT01A").size()
    assert counts.min() == 10
    assert {arm: number(found, "at_risk", group=arm) for arm in counts.index} == dict(counts)
    later = frame[frame["time"] > round(day)].groupby("TRT01A").size()
    assert later.min() < 10


def test_a_declared_tau_is_kept_and_one_after_the_last_time_gives_no_mean() -> None:
    assert number(restricted(tau_months=6.0), "tau", group="test") == pytest.approx(6)
    cut = veteran().assign(event=False)
    found = restricted(cut, tau_months=60.0)
    row = found.row(analysis="proportional_hazards", parameter="OS", group="test",
                    statistic="rmst")  # fmt: skip
    assert (row.value, row.note) == ("", BEYOND)


def test_where_an_arm_never_has_enough_patients_the_reason_stands_there() -> None:
    row = restricted(min_at_risk=500).row(
        analysis="proportional_hazards", parameter="OS", variable="TRT01A", level="test",
        statistic="rmst_difference",
    )  # fmt: skip
    assert (row.value, row.note) == ("", "not estimable: fewer than 500 at risk in an arm")


def test_survival_and_numbers_at_risk_at_declared_days() -> None:
    found, frame = restricted(survival_days=[100]), veteran()
    at = {"variable": "day", "level": "100", "group": "test"}
    here = (frame["TRT01A"] == "test") & (frame["time"] >= 100)
    assert number(found, "at_risk", **at) == here.sum()
    assert 0 < number(found, "survival", **at) < 1
    assert number(found, "survival_difference", **at) is not None


def test_restricted_means_to_the_smaller_of_the_largest_times_equal_r(ard: ArdIndex) -> None:
    expected = R["restricted_mean"]
    for place, arm in enumerate(OWN["arms"]):
        assert number(ard, "tau", group=arm) == pytest.approx(expected["tau"])
        assert number(ard, "rmst", group=arm) == pytest.approx(expected["rmst"][place], rel=1e-6)
    names = {"rmst_difference": "difference", "rmst_difference_ci_low": "low",
             "rmst_difference_ci_high": "high", "se": "se", "p_value": "p_value"}  # fmt: skip
    for statistic, name in names.items():
        found = number(ard, statistic, variable="TRT01A", level="test")
        assert found == pytest.approx(expected[name], rel=1e-6), statistic


def test_survival_at_months_and_its_difference_equal_r(ard: ArdIndex) -> None:
    expected = R["survival"]
    names = {"survival": "test"} | {
        f"survival_difference{end}": name
        for end, name in (("", "difference"), ("_ci_low", "low"), ("_ci_high", "high"))
    }
    for place, month in enumerate(expected["months"]):
        for statistic, name in names.items():
            found = number(ard, statistic, group="test", variable="time", level=f"{month:g}")
            assert found == pytest.approx(expected[name][place], rel=1e-6), (month, statistic)


@pytest.mark.parametrize("alpha", [1e-9, 0.1, 0.9999])
def test_each_models_treatment_is_marked_by_its_own_test_alone(alpha: float) -> None:
    """P is 0.060 for treatment alone and 0.345 in the multivariable model (cox.zph of R)."""
    frame = veteran()
    settings = SETTINGS | {"alpha": alpha}
    index = ArdIndex(check_endpoint(frame, model_of(frame), OWN, settings)[0].rows)
    key = {"analysis": "proportional_hazards", "parameter": "OS", "variable": "TRT01A"}

    for model in ("univariable", "multivariable"):
        test = index.row(level=model, statistic="p_value", **key)
        assert test.number is not None
        assert test.note == (NOT_PROPORTIONAL if test.number < alpha else "")
    alone = index.row(level="univariable", statistic="p_value", **key)
    ratio = index.row(level="test", statistic="hr", **key)
    assert ratio.number is not None and ratio.note == alone.note
    others = index.select(statistic="p_value", level="multivariable")
    assert not any(row.note for row in others if row.variable != "TRT01A")


def test_an_arm_without_events_has_no_test_and_says_so() -> None:
    frame = veteran()
    frame["event"] &= frame["TRT01A"] == "standard"
    ard, lines = check_endpoint(frame, model_of(frame)[["TRT01A", "AVAL", "event"]], OWN, SETTINGS)
    found = ArdIndex(ard.rows)
    key = {"analysis": "proportional_hazards", "parameter": "OS", "variable": "TRT01A"}

    assert found.row(level="univariable", statistic="p_value", **key).note.startswith("not estim")
    assert found.row(level="test", statistic="hr", **key).number is None
    assert found.row(level="test", statistic="rmst_difference", **key).number is not None
    assert lines == []


def test_one_arm_has_restricted_mean_and_survival_alone() -> None:
    frame = veteran().query("TRT01A == 'test'").reset_index(drop=True)
    own = OWN | {"arms": ["test"], "reference": "test"}
    rows = check_endpoint(frame, model_of(frame), own, SETTINGS)[0].rows

    assert {row.statistic for row in rows} == {
        "tau", "rmst", "rmst_ci_low", "rmst_ci_high", "at_risk", "survival", "survival_ci_low",
        "survival_ci_high",
    }  # fmt: skip


def test_three_arms_are_compared_with_the_reference_each() -> None:
    frame = veteran()
    frame.loc[frame.index[::3], "TRT01A"] = "third"
    own = OWN | {"arms": ["standard", "test", "third"]}
    ard = ArdIndex(check_endpoint(frame, model_of(frame), own, SETTINGS)[0].rows)

    assert {row.level for row in ard.select(statistic="rmst_difference")} == {"test", "third"}
    assert ard.row(analysis="proportional_hazards", parameter="OS", variable="TRT01A",
                   level="univariable", statistic="df").number == 2  # fmt: skip


def test_rows_do_not_depend_on_the_order_of_patients() -> None:
    from scripts.lib.analysis.groups import in_fixed_order

    frame = veteran()
    mixed = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    rows = [check_endpoint(in_fixed_order(one), model_of(one), OWN, SETTINGS)[0].rows
            for one in (frame, mixed)]  # fmt: skip

    assert rows[0] == rows[1]


def test_residuals_are_written_with_a_head(tmp_path: Path) -> None:
    from scripts.lib.analysis.proportional_hazards_rows import RESIDUALS, write_residuals

    frame = veteran()
    lines = check_endpoint(frame, model_of(frame), OWN, SETTINGS)[1]
    write_residuals(lines, tmp_path / "made.csv")
    with (tmp_path / "made.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert tuple(rows[0]) == RESIDUALS
    assert sum(row["kind"] == "residual" for row in rows) == 128 * 6  # events x coefficients
