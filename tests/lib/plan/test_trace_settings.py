"""What traces get: lanes that the hospital has, columns that no public page may show."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.config.specs import made_from
from scripts.lib.errors import Stop
from scripts.lib.plan.analyses import analyses, datasets
from scripts.lib.plan.trace_settings import check, traces

ROOT = Path(__file__).resolve().parents[3]
STUDIES = {"demonstration": ROOT, "example": ROOT / "examples/nsclc_osimertinib"}


@pytest.fixture(params=STUDIES)
def config(request):
    return copy.deepcopy(load_config(STUDIES[request.param] / "config"))


def test_free_text_and_dates_of_birth_are_private_and_so_is_what_copies_them(config):
    hidden = traces(config)["private"]
    for table, declared in config["sources"]["tables"].items():
        texts = {n for n, c in declared["columns"].items() if c["type"] == "text"}
        assert texts <= set(hidden[table])
    copies = {
        v["name"] for v in config["cohort"]["variables"]
        if v["from"] == "patients" and v["column"] == "birth_date"
    }  # fmt: skip
    assert copies and copies <= set(hidden[""])


def test_lanes_of_tables_that_the_hospital_lacks_are_left_out(config):
    shown = {lane["table"] for lane in traces(config)["lanes"]}
    absent = {t for t, declared in config["sources"]["tables"].items() if declared["absent"]}
    assert "treatments" in shown and not shown & absent


def test_a_lane_of_a_column_that_is_not_there_stops_before_any_job(config):
    lane = {"label": "x", "table": "treatments", "start": "begun", "end": None, "shows": []}
    config["report"]["traces"]["lanes"] = [lane]
    with pytest.raises(Stop, match="lane 1: table treatments has no column begun"):
        check(config)
    config["report"]["traces"]["lanes"] = [lane | {"table": "nowhere"}]
    with pytest.raises(Stop, match="no table nowhere"):
        check(config)


def test_every_analysis_of_the_study_has_settings_and_every_endpoint_a_dataset(config):
    found = analyses(config)
    assert {"baseline", "kaplan_meier", "subgroups"} <= set(found)
    assert set(found["kaplan_meier"]) == set(config["statistics"]["endpoints"])
    for endpoint in config["endpoints"]["time_to_event"]:
        assert f"adtte_{endpoint}" in datasets(config)


def test_a_variable_rests_on_all_that_it_is_made_from():
    spec = {"where": None, "expression": None, "cases": None, "to": None, "cut": None}
    specs = [
        spec | {"name": "A"}, spec | {"name": "B", "expression": "A + 1"},
        spec | {"name": "C", "cut": {"of": "B"}}, spec | {"name": "D", "where": "line == 1"},
    ]  # fmt: skip
    assert made_from(specs) == {"A": ["A"], "B": ["A", "B"], "C": ["A", "B", "C"], "D": ["D"]}
