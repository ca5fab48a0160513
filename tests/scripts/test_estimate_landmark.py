"""Landmark analyses: equal to R, who is left out and why, small and lopsided studies."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, check_unique
from scripts.lib.analysis.landmark_rows import after_landmark, estimate, of_endpoint
from scripts.lib.display.landmark_table import make
from tests.scripts.test_check_proportional_hazards import OWN as BASIC
from tests.scripts.test_check_proportional_hazards import R, veteran
from tests.small_tables import table

OWN: dict[str, Any] = BASIC | {"confidence_level": 0.95, "display_p": "wald"}
SETTINGS: dict[str, Any] = {"days": [30, 60, 90], "ignoring": ["early_death"]}
SHOWN: dict[str, Any] = {
    "id": "landmark",
    "table": {"label": "Table S1", "title": "Landmarks.", "footnotes": []},
    "arms": {"standard": "Standard", "test": "Test"},
    "reference": "standard",
    "level": "95%",
    "absent": "-",
    "endpoints": {"OS": "Overall survival"},
    "without": "Without the exclusion",
    "ignoring": ["No early death"],
    "still_applied": [],
}


def described(frame: pd.DataFrame) -> pd.DataFrame:
    words = frame["event"].map({True: "Death", False: "Alive"})
    return frame.assign(EVNTDESC=words.astype("string"))


@pytest.fixture(scope="module")
def ard() -> ArdIndex:
    frame = described(veteran())
    rows = estimate(frame[frame["time"] > 60], frame, OWN, SETTINGS).rows
    check_unique(rows)
    return ArdIndex(rows)


def key(population: str, **more: str) -> dict[str, str]:
    return {"analysis": "landmark", "parameter": "OS", "population": population} | more


@pytest.mark.parametrize("expected", R["landmark"], ids=lambda one: f"day {one['day']:g}")
def test_hazard_ratio_median_and_log_rank_equal_r(ard: ArdIndex, expected: dict[str, Any]) -> None:
    population = f"landmark={expected['day']:g}"
    effect = {"hr": "hr", "hr_ci_low": "hr_low", "hr_ci_high": "hr_high", "p_value": "p_wald"}
    for statistic, name in effect.items():
        where = key(population, variable="TRT01A", level="test", statistic=statistic)
        assert ard.number(**where) == pytest.approx(expected[name], rel=1e-6), statistic
    log_rank = ard.number(**key(population, statistic="chi_square"))
    assert log_rank == pytest.approx(expected["log_rank"], rel=1e-6)
    for place, arm in enumerate(OWN["arms"]):
        where = key(population, group=arm)
        assert ard.number(**where, statistic="N") == expected["n"][place]
        assert ard.number(**where, statistic="events") == expected["events"][place]
        assert ard.number(**where, statistic="median") == pytest.approx(expected["median"][place])
        left = ard.number(**where, statistic="n", variable="left_out")
        assert left == expected["left_out"][place]


SMALL = """
    USUBJID | TRT01A   | EVNTDESC | RULESET | PARAMCD | AVAL | CNSR
    P1      | standard | Death    | os      | OS      | 30   | 0
    P2      | standard | Alive    | os      | OS      | 30   | 1
    P3      | standard | Death    | os      | OS      | 31   | 0
    P4      | test     | Alive    | os      | OS      | 29   | 1
    P5      | test     | Death    | os      | OS      | 90   | 0
    P6      | test     | Death    | other   | OS      | 5    | 0
"""


def test_who_has_the_event_or_ends_on_the_landmark_is_left_out_and_the_clock_restarts() -> None:
    kept, left_out = after_landmark(of_endpoint(table(SMALL), "os"), 30)

    assert sorted(zip(kept["USUBJID"], kept["time"], strict=True)) == [("P3", 1), ("P5", 60)]
    assert sorted(left_out["USUBJID"]) == ["P1", "P2", "P4"]


def test_those_left_out_are_counted_by_arm_and_reason() -> None:
    frame = of_endpoint(table(SMALL), "os")
    ard = ArdIndex(estimate(frame, frame, OWN, SETTINGS | {"days": [30]}).rows)
    rows = ard.select(population="landmark=30", variable="left_out", statistic="n")

    assert {(row.group, row.level): row.value for row in rows} == {
        ("", ""): "3", ("standard", ""): "2", ("test", ""): "1",
        ("", "Death"): "1", ("standard", "Death"): "1", ("test", "Death"): "0",
        ("", "censored (Alive)"): "2", ("standard", "censored (Alive)"): "1",
        ("test", "censored (Alive)"): "1",
    }  # fmt: skip


def test_a_landmark_that_nobody_reaches_gives_no_number() -> None:
    frame = of_endpoint(table(SMALL), "os")
    ard = ArdIndex(estimate(frame, frame, OWN, SETTINGS | {"days": [40, 100]}).rows)

    for population, why in (("landmark=40", "an arm has no patient"), ("landmark=100", "no pat")):
        row = ard.row(**key(population, variable="TRT01A", level="test", statistic="hr"))
        assert (row.value, row.note.startswith("not estimable")) == ("", True), why


def test_display_p_may_be_the_log_rank_test() -> None:
    frame = described(veteran())
    own = OWN | {"display_p": "log_rank"}
    ard = ArdIndex(estimate(frame, frame, own, SETTINGS).rows)
    shown = ard.row(**key("all", variable="TRT01A", level="test", statistic="p_value"))
    test = ard.row(**key("all", statistic="p_value"))

    assert (shown.number, shown.method) == (pytest.approx(test.number), "log-rank test")


def test_the_table_has_each_analysis_and_says_what_it_leaves_out(ard: ArdIndex) -> None:
    made = make(ard, SHOWN)
    rows = [[cell.text + cell.mark for cell in row.cells] for row in made.rows]

    assert [row[0] for row in rows[:6]] == [
        "Overall survival", "Primary analysis†", "Without the exclusion", "Landmark at day 30",
        "left out", "left out: Death",
    ]  # fmt: skip
    assert {len(row) for row in rows} == {len(made.column_names())}
    assert rows[3][1] == "45/49"
    assert "“No early death”" in made.footnotes[0]


def test_criteria_that_still_look_ahead_are_named(ard: ArdIndex) -> None:
    made = make(ard, SHOWN | {"still_applied": ["Complete data"]})

    assert (
        "In every analysis, and known only after the start of treatment: “Complete data”."
        in made.footnotes
    )
