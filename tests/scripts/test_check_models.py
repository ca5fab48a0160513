"""Checks mark a Cox model and stop nothing; Firth's fit where a level has no event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, write_ard
from scripts.lib.analysis.formats import PAPER_FORMATS
from scripts.lib.analysis.model_check_rows import FIRTH, check
from scripts.lib.errors import Stop
from scripts.lib.statistics.collinearity import condition_number, inflation
from scripts.lib.statistics.design import continuous, design, factor
from scripts.lib.statistics.firth import fit_firth

GOLDEN = Path(__file__).parents[1] / "golden" / "confounding" / "confounding.json"
R = json.loads(GOLDEN.read_text(encoding="utf-8"))
TERMS = [
    {"name": "age", "kind": "numeric", "levels": None},
    {"name": "sex", "kind": "categorical", "levels": ["male", "female"]},
    {"name": "stage", "kind": "categorical", "levels": ["I", "II", "III"]},
]
CHOSEN = ["age", "sex", "stage"]
WHOLE = {"population": "model=multivariable"}
ALONE = {"population": "model=univariable"}


def settings(**other: Any) -> dict[str, Any]:
    return {
        "arms": ["new", "old"],
        "reference": "old",
        "printed": PAPER_FORMATS._asdict(),
        "ties": "efron",
        "confidence_level": 0.95,
        "terms": TERMS,
        "min_events_per_parameter": 10,
        "min_events_in_level": 5,
        "max_vif": 5,
        "max_condition_number": 30,
    } | other


def patients(**other: Any) -> pd.DataFrame:
    data = {name: R["data"][name] for name in ("age", "sex", "stage", "time", "event")}
    frame = pd.DataFrame({"TRT01A": R["data"]["arm"], **data}).convert_dtypes()
    return frame.assign(event=frame["event"] == 1).assign(**other)


def checks(frame: pd.DataFrame, chosen: list[str] | None = None, **other: Any) -> ArdIndex:
    return ArdIndex(check(frame, chosen or CHOSEN, settings(**other), "PFS"))


def row(index: ArdIndex, statistic: str, **key: str) -> Any:
    return index.row(analysis="model_checks", parameter="PFS", statistic=statistic, **key)


def test_a_sound_model_bears_no_mark():
    index = checks(patients())
    assert row(index, "events_per_parameter", **WHOLE).number == pytest.approx(
        sum(R["data"]["event"]) / 5
    )
    assert row(index, "converged", **WHOLE).value == "1"
    assert not [r.note for r in index.rows if r.note]
    assert not index.select(statistic="hr")


def test_events_per_parameter_counts_what_the_screening_threw_out_too():
    frame, events = patients(), sum(R["data"]["event"])
    index = checks(frame, ["age"])
    assert row(index, "events_per_parameter", **WHOLE).number == pytest.approx(events / 5)
    assert row(index, "df", level="candidates", **WHOLE).number == 5
    alone = row(index, "events_per_parameter", level="of the model alone", **WHOLE)
    assert alone.number == pytest.approx(events / 2)


def test_covariates_fixed_in_advance_and_other_codings_are_no_candidates():
    fixed = [TERMS[0] | {"enters": "always"}, TERMS[1] | {"enters": "never"}]
    index = checks(patients(), ["age"], terms=fixed)
    each = row(index, "events_per_parameter", **WHOLE)
    assert each.number == pytest.approx(sum(R["data"]["event"]) / 2)
    assert not index.select(level="candidates")


def test_vif_and_condition_number_are_those_of_r():
    data = {name: np.array(R["data"][name]) for name in ("age", "sex", "stage")}
    data["weight"] = np.array(R["vif"]["weight"])
    terms = [continuous("age"), continuous("weight"), factor("sex", ["male", "female"]),
             factor("stage", ["I", "II", "III"])]  # fmt: skip
    matrix = design(data, terms)
    expected = [g ** (1 / df) for g, df in zip(R["vif"]["gvif"], R["vif"]["df"], strict=True)]
    assert list(inflation(matrix).values()) == pytest.approx(expected, rel=1e-9)
    assert condition_number(matrix) == pytest.approx(R["vif"]["kappa"], rel=1e-9)


NUMBER = {"name": "weight", "kind": "numeric", "levels": None}
MARKS = [  # how the patients differ, limits, statistic, its variable, what the note says
    ({}, {"min_events_per_parameter": 100}, "events_per_parameter", "", "too many parameters"),
    ({}, {"min_events_in_level": 1000}, "events", "stage", "few events: below 1000"),
    ({"weight": R["vif"]["weight"]}, {"terms": [*TERMS, NUMBER]}, "vif", "weight", "collinear"),
    ({}, {"max_condition_number": 1.01}, "condition_number", "", "collinear"),
]


@pytest.mark.parametrize(("change", "limits", "statistic", "variable", "says"), MARKS)
def test_a_model_beyond_a_limit_is_marked(change, limits, statistic, variable, says):
    index = checks(patients(**change), [*CHOSEN, "weight"], **limits)
    level = {"level": "II"} if variable == "stage" else {}
    found = row(index, statistic, variable=variable, **level, **WHOLE)
    assert found.value and says in found.note


def test_a_level_without_event_has_the_hazard_ratio_of_firths_fit():
    frame = patients()
    frame.loc[frame["stage"] == "III", "event"] = False
    index = checks(frame)
    assert (
        row(index, "events", variable="stage", level="III", **WHOLE).note
        == "no event in this level"
    )
    converged = row(index, "converged", **WHOLE)
    assert converged.value == "0" and "stage III" in converged.note
    hr = row(index, "hr", variable="stage", level="III", **WHOLE)
    terms = [continuous("age"), factor("sex", ["male", "female"]),
             factor("stage", ["I", "II", "III"]), factor("TRT01A", ["old", "new"])]  # fmt: skip
    columns = {t.name: frame[t.name].to_numpy() for t in terms}
    firth = fit_firth(frame["time"].to_numpy(float), frame["event"], design(columns, terms))
    assert hr.number == pytest.approx(firth.limits().hazard_ratio[3], rel=1e-9)
    assert hr.method == FIRTH and "infinite coefficient" in hr.note
    assert row(index, "hr", variable="stage", level="III", **ALONE).value
    assert index.find(analysis="model_checks", parameter="PFS", statistic="hr", variable="age",
                      **WHOLE) is None  # fmt: skip


def test_a_reference_without_event_is_said_at_every_level():
    frame = patients()
    frame.loc[frame["stage"] == "I", "event"] = False
    index = checks(frame, ["stage"])
    for level in ("II", "III"):
        assert row(index, "hr", variable="stage", level=level, **ALONE).method == FIRTH


def exactly(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(weight=frame["age"] * 2)


NOT_ESTIMABLE = [  # change, statistic, variable, what the note says; the run goes on
    (lambda f: f.assign(weight=7.0), "hr", "does not vary"),
    (lambda f: f.assign(weight=7.0), "vif", "does not vary"),
    (exactly, "hr", "linear combination"),
    (exactly, "vif", "given exactly"),
]


@pytest.mark.parametrize(("change", "statistic", "says"), NOT_ESTIMABLE)
def test_a_term_that_tells_nothing_is_not_estimable(change, statistic, says):
    index = checks(change(patients()), [*CHOSEN, "weight"], terms=[*TERMS, NUMBER])
    found = row(index, statistic, variable="weight", **WHOLE)
    assert found.value == "" and says in found.note


def test_no_events_leave_every_term_not_estimable():
    index = checks(patients(event=False))
    ratios = index.select(statistic="hr")
    assert ratios and all(r.value == "" and "no events" in r.note for r in ratios)
    assert row(index, "events_per_parameter", **WHOLE).number == 0


def test_one_patient_in_a_level_is_marked():
    frame = patients()
    frame.loc[0, "stage"] = "IV"
    found = row(checks(frame), "N", variable="stage", level="IV", **WHOLE)
    assert (found.value, found.note) == ("1", "one patient in this level")


def test_patients_left_out_are_counted_for_each_model():
    frame = patients()
    frame.loc[[0, 1], "stage"] = pd.NA
    index = checks(frame)
    assert [row(index, s, **WHOLE).value for s in ("N", "dropped")] == ["178", "2"]
    assert row(index, "dropped", variable="stage", **ALONE).value == "2"
    assert row(index, "dropped", variable="age", **ALONE).value == "0"


def test_three_arms_are_levels_of_treatment(tmp_path):
    frame = patients()
    frame.loc[frame.index % 4 == 0, "TRT01A"] = "third"
    rows = check(frame, CHOSEN, settings(arms=["new", "old", "third"]), "PFS")
    levels = [r.level for r in ArdIndex(rows).select(statistic="N", variable="TRT01A", **WHOLE)]
    assert levels == ["old", "new", "third"]
    write_ard(rows, tmp_path / "ard.csv")  # unique keys, known statistics


BAD = [
    ({"terms": [{"name": "NOBODY", "kind": "numeric", "levels": None}]}, "NOBODY is not in ADSL"),
    ({"terms": [{"name": "sex", "kind": "numeric", "levels": None}]}, "sex is text where numbers"),
    ({"arms": ["new"]}, "none of the arms"),
]


@pytest.mark.parametrize(("other", "says"), BAD)
def test_bad_input_gives_one_clear_message(other, says):
    with pytest.raises(Stop, match=says):
        checks(patients(), **other)


def test_a_covariate_that_is_not_collected_has_no_model() -> None:
    gone = {"name": "kps", "kind": "numeric", "levels": None, "not_collected": True}
    index = checks(patients(), terms=[*TERMS, gone])
    assert row(index, "N", variable="kps", **ALONE).display == "Not collected"
    assert not index.select(variable="kps", statistic="events")
    assert row(index, "df", variable="", **WHOLE).number == 5
