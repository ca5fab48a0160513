"""Covariates seen after the start: equal to R, who is left out, what is not estimable and why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, check_unique
from scripts.lib.analysis.cox_rows import AS_IF_KNOWN
from scripts.lib.analysis.time_varying_rows import NEVER_AT_RISK, NO_DATE, fit_endpoint, with_days
from scripts.lib.display.time_varying_table import make
from scripts.lib.errors import Stop
from scripts.plot_effects import time_varying_panels
from tests.golden_cases import PRINTED

R = json.loads(
    (Path(__file__).parents[1] / "golden" / "time_varying" / "time_varying.json").read_text("utf-8")
)["status"]
OWN: dict[str, Any] = {
    "parameter": "OS", "arms": ["1", "2"], "reference": "1", "ties": "efron",
    "confidence_level": 0.95, "printed": PRINTED,
}  # fmt: skip
AGE = {"name": "AGE", "kind": "numeric", "levels": None}
MET = {"name": "MET", "kind": "categorical", "levels": ["no", "yes"]}
SETTINGS: dict[str, Any] = {
    "covariates": [{"name": "MET", "dates": ["MET__DT"]}], "days": [30, 90], "terms": [MET, AGE],
}  # fmt: skip
SHOWN: dict[str, Any] = {
    "id": "time_varying",
    "table": {"label": "Table S1", "title": "Seen later.", "footnotes": ["Words."]},
    "arms": {"1": "Standard", "2": "Test"},
    "reference": "1",
    "level": "95%",
    "endpoints": {"OS": "Overall survival"},
    "labels": {"MET": {"label": "Metastasis", "unit": "", "levels": None, "late": True}},
}
START = pd.Timestamp("2020-03-01")


def patients(days: Any, status: Any, **columns: Any) -> pd.DataFrame:
    """One row per patient, seen on these days after the start (None: no date)."""
    frame = pd.DataFrame({"USUBJID": [f"P{i:03d}" for i in range(len(status))], **columns})
    frame["TRT01A"] = frame["TRT01A"].astype(str).astype("string")
    frame["time"] = frame["time"].astype("Float64")
    frame["event"] = frame["event"].astype("boolean")
    frame["MET"] = pd.array(status, dtype="boolean")
    starts = frame[["USUBJID"]].assign(STARTDT=START)
    seen = [pd.NaT if day is None else START + pd.Timedelta(days=day) for day in days]
    subjects = frame[["USUBJID"]].assign(MET__DT=pd.Series(seen, dtype="datetime64[us]"))
    # the dates are found by the patient, not by the row
    return with_days(frame, starts[::-1], subjects[::-1], SETTINGS["covariates"])


def veteran() -> pd.DataFrame:
    data = {name: np.array(values) for name, values in R["data"].items()}
    days = [None if day < 0 else day for day in R["seen"]]
    return patients(
        days, data["ever"] == 1, time=data["time"], event=data["status"] == 1,
        TRT01A=data["trt"], AGE=data["age"].astype(float),
    )  # fmt: skip


def fitted(frame: pd.DataFrame, model: list[str] | None = None, **changes: Any) -> ArdIndex:
    held = frame[["USUBJID", *(model or [])]]
    rows = fit_endpoint(frame, held, OWN, SETTINGS | changes).rows
    check_unique(rows)
    return ArdIndex(rows)


def key(population: str, **more: str) -> dict[str, str]:
    where = {"analysis": "time_varying", "parameter": "OS", "population": population}
    return where | {"variable": "MET", "level": "yes"} | more


@pytest.mark.parametrize(
    ("population", "name"),
    [
        ("fixed", "fixed"),
        ("time_varying", "time_varying"),
        ("multivariable: fixed", "fixed_with_others"),
        ("multivariable: time_varying", "time_varying_with_others"),
    ],
)
def test_every_form_equals_coxph_on_tmerge(population: str, name: str) -> None:
    ard, r = fitted(veteran(), ["MET", "AGE"]), R["fits"][name]
    assert ard.number(**key(population, statistic="coef")) == pytest.approx(r["coef"][0], rel=1e-6)
    assert ard.number(**key(population, statistic="hr_ci_low")) == pytest.approx(r["low"][0])
    assert ard.number(**key(population, statistic="hr_ci_high")) == pytest.approx(r["high"][0])
    assert ard.number(**key(population, statistic="p_value")) == pytest.approx(r["p"][0])
    assert ard.number(**key(population, statistic="events")) == r["events"]
    assert ard.number(**key(population, statistic="N")) == 137  # patients, not rows
    if len(r["coef"]) > 1:
        age = key(population, variable="AGE", level="", statistic="coef")
        arm = key(population, variable="TRT01A", level="2", statistic="coef")
        assert ard.number(**age) == pytest.approx(r["coef"][1], rel=1e-6)
        assert ard.number(**arm) == pytest.approx(r["coef"][2], rel=1e-6)


@pytest.mark.parametrize("expected", R["landmark"], ids=lambda one: f"day {one['day']}")
def test_a_landmark_takes_the_status_as_known_then(expected: dict[str, Any]) -> None:
    ard, population = fitted(veteran()), f"landmark={expected['day']}"
    for statistic, name in {"N": "n", "n": "positive", "events": "events"}.items():
        assert ard.number(**key(population, statistic=statistic)) == expected[name]
    coef = ard.number(**key(population, statistic="coef"))
    assert coef == pytest.approx(expected["coef"][0], rel=1e-6)


def test_what_is_taken_as_known_from_the_start_is_marked() -> None:
    ard = fitted(veteran(), ["MET"])
    for population in ("fixed", "multivariable: fixed"):
        assert ard.row(**key(population, statistic="hr")).note == AS_IF_KNOWN
    assert ard.row(**key("time_varying", statistic="hr")).note == ""
    arm = key("multivariable: fixed", variable="TRT01A", level="2", statistic="hr")
    assert ard.row(**arm).note == ""
    text = {row.cells[0].text: row.cells[3].mark for row in make(ard, SHOWN).rows}
    assert text["As if known from the start"] == "‡" and text["Time-varying"] == ""


FIVE = {"time": [10, 20, 30, 40, 50], "event": [1, 1, 1, 0, 1], "TRT01A": [1, 2, 1, 2, 1]}


def test_yes_without_a_date_and_unknown_are_left_out_and_said() -> None:
    ard = fitted(patients([5, None, 3, None, None], [True, False, True, True, None], **FIVE))
    assert ard.number(**key("seen", level="", statistic="n")) == 3
    assert ard.number(**key("seen", level="without a date", statistic="n")) == 1
    for population in ("fixed", "time_varying"):
        row = ard.row(**key(population, statistic="N"))
        assert (row.value, row.note) == ("3", "2 left out: covariate missing")
    assert any("Metastasis (OS, n=1)" in note for note in make(ard, SHOWN).footnotes)


def test_without_any_date_nothing_is_estimated() -> None:
    ard = fitted(patients([None] * 5, [True, False, True, False, False], **FIVE), ["MET"])
    for population in ("fixed", "time_varying"):
        row = ard.row(**key(population, statistic="hr"))
        assert (row.value, row.note) == ("", NO_DATE)
    assert not ard.select(population="multivariable: fixed")


def test_seen_on_the_day_of_the_event_is_not_estimable() -> None:
    """A metastasis that is the progression itself: after it nobody is at risk of progressing."""
    frame = patients([10, None, 30, None, None], [True, False, True, False, False], **FIVE)
    ard = fitted(frame, ["MET"])
    for population in ("time_varying", "multivariable: time_varying"):
        row = ard.row(**key(population, statistic="hr"))
        assert (row.value, row.note) == ("", NEVER_AT_RISK)
    assert ard.number(**key("seen", level="while under observation", statistic="n")) == 0
    arm = key("multivariable: time_varying", variable="TRT01A", level="2", statistic="hr")
    assert ard.number(**arm) is not None
    cells = [row.cells for row in make(ard, SHOWN).rows]
    landmark = ard.row(**key("landmark=30", statistic="hr"))
    assert landmark.note == "not estimable: seen by that day in nobody who remains"
    line = next(row for row in cells if row[0].text == "Time-varying")
    assert line[3].text == "Not estimable"
    assert any("under observation after it was seen" in note for note in make(ard, SHOWN).footnotes)


def test_seen_before_the_start_is_yes_from_the_start() -> None:
    frame = patients([-4, None, 0, None, 60], [True, False, True, False, True], **FIVE)
    ard = fitted(frame)
    assert ard.number(**key("seen", level="while under observation", statistic="n")) == 2
    assert ard.number(**key("seen", level="events after it", statistic="n")) == 2


def test_a_landmark_without_patients_is_not_estimable() -> None:
    ard = fitted(patients([5, None, 3, None, None], [True, False] * 2 + [False], **FIVE), days=[70])
    row = ard.row(**key("landmark=70", statistic="hr"))
    assert row.value == "" and row.note.startswith("not estimable")


def test_a_landmark_before_anybody_has_it_says_so() -> None:
    frame = patients([25, None, 28, None, None], [True, False, True, False, False], **FIVE)
    ard = fitted(frame, days=[5])
    row = ard.row(**key("landmark=5", statistic="hr"))
    assert (row.value, row.note) == ("", "not estimable: seen by that day in nobody who remains")
    assert not any(note.startswith("Multivariable") for note in make(ard, SHOWN).footnotes)


def test_the_figure_has_a_line_a_model_hollow_where_it_is_biased() -> None:
    panels = time_varying_panels(fitted(veteran(), ["MET"]), SHOWN)
    (panel,) = panels
    assert panel.title == "Overall survival" and panel.rows[0].label == "Metastasis†"
    lines = {row.label: row for row in panel.rows[1:]}
    assert [row.hollow for row in lines.values()] == [True, False, False, False, True, False]
    changing = lines["Time-varying"]
    assert changing.arms == [["128/137"]] and changing.events == 128
    assert changing.ratio is not None
    assert changing.ratio[1] == pytest.approx(R["fits"]["time_varying"]["low"][0])
    frame = patients([10, None, 30, None, None], [True, False, True, False, False], **FIVE)
    rows = time_varying_panels(fitted(frame), SHOWN)[0].rows
    assert (rows[2].ratio, rows[2].ratio_text) == (None, "not estimable")


def test_not_collected_is_said() -> None:
    frame = patients([None] * 5, [None] * 5, **FIVE)
    gone = [SETTINGS["covariates"][0] | {"not_collected": True}]
    table = make(fitted(frame, covariates=gone), SHOWN)
    assert [cell.text for cell in table.rows[2].cells][3] == "Not collected"


def test_no_result_depends_on_the_order_or_the_names_of_patients() -> None:
    frame = veteran()
    turned = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    renamed = turned.drop(columns="MET__DAY").assign(USUBJID=[f"Q{i}" for i in range(len(turned))])
    dates = START + pd.to_timedelta(turned["MET__DAY"].astype(float), unit="D")
    subjects = renamed[["USUBJID"]].assign(MET__DT=dates.astype("datetime64[us]"))
    starts = renamed[["USUBJID"]].assign(STARTDT=START)
    again = with_days(renamed, starts, subjects, SETTINGS["covariates"])
    assert fitted(again, ["MET", "AGE"]).rows == fitted(frame, ["MET", "AGE"]).rows


def test_days_are_numbered_as_those_of_the_time_are() -> None:
    """A day of an event and a day of being seen that are one day stay one with a day added."""
    patient = pd.DataFrame({"USUBJID": ["A"], "TRT01A": ["1"], "time": [11.0]})
    starts = pd.DataFrame({
        "USUBJID": ["A"], "STARTDT": [START], "ADT": [START + pd.Timedelta(10, "D")], "AVAL": [11],
    })  # fmt: skip
    subjects = pd.DataFrame({"USUBJID": ["A"], "MET__DT": [START + pd.Timedelta(10, "D")]})
    made = with_days(patient, starts, subjects, [{"name": "MET", "dates": ["MET__DT"]}])
    assert made["MET__DAY"].to_list() == [11]


def test_a_day_that_is_no_date_stops() -> None:
    frame = veteran().drop(columns="MET__DAY")
    starts = frame[["USUBJID"]].assign(STARTDT=START)
    with pytest.raises(Stop, match="time_varying: AGE is no date"):
        with_days(frame, starts, frame[["USUBJID", "AGE"]], [{"name": "MET", "dates": ["AGE"]}])
