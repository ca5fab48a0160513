"""A figure's settings hold its own entry alone; the study's own files are valid."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from scripts.lib.config.load import load_config
from scripts.lib.config.report import Figures, Report
from scripts.lib.errors import Stop
from scripts.lib.plan import report_settings as shown
from scripts.lib.plan.conventions import conventions, endpoint_rules

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def config():
    return load_config(ROOT / "config")


def test_a_figure_knows_no_other_figure(config):
    first = shown.kaplan_meier_figure(config, "figure1")
    assert first["figure"] == config["report"]["figures"]["kaplan_meier"]["figure1"]
    own = {"figure", "study", "colours", "dpi", "parameter", "labels", "time_varying"}
    assert set(first) == own
    other = config["report"]["figures"]["kaplan_meier"]["figure2"]["title"]
    assert other not in str(first)


def test_labels_are_those_of_the_variables_shown(config):
    subgroups = set(config["statistics"]["subgroups"]["variables"])
    assert set(shown.kaplan_meier_figure(config, "figure1")["labels"]) == subgroups


def test_figures_read_their_endpoint_alone(config):
    assert shown.curves(config, "figureS2") == "data/ard/curves/os.csv"
    assert shown.parts(config, "figure1", "subgroups") == ["data/ard/subgroups/pfs.csv"]


def test_an_endpoint_that_is_not_analysed_stops(config):
    figures = config["report"]["figures"]
    wrong = figures["kaplan_meier"]["figure1"] | {"endpoint": "pfs1"}
    changed = figures | {"kaplan_meier": {"figure1": wrong}}
    with pytest.raises(Stop, match="figure1: endpoint pfs1 is not analysed"):
        shown.endpoint_of(config | {"report": config["report"] | {"figures": changed}}, "figure1")


def test_no_figure_of_a_kind_matches_nothing():
    assert shown.pattern([]) == "(?!)"
    assert shown.pattern(["a", "b"]) == "a|b"


def test_two_figures_of_one_id_are_refused():
    one = {"label": "1", "title": "t"}
    with pytest.raises(ValidationError, match="two figures have the id same"):
        Figures.model_validate(
            {"attrition": {"same": one}, "progression_sites": {"same": one | {"variables": {}}}}
        )


def test_the_demonstration_has_all_figures_of_the_paper():
    raw = yaml.safe_load((ROOT / "config/report.yaml").read_text(encoding="utf-8"))["report"]
    labels = [
        figure["label"] for figure in shown.figures({"report": Report(**raw).model_dump()}).values()
    ]
    assert labels == ["Flow chart", *(f"Figure {n}" for n in ("1", "2", "3", "S1", "S2"))]


def test_conventions_name_setting_value_and_meaning(config):
    rows = {row["name"]: row for row in conventions(config)}
    assert rows["conventions.days_per_month"]["value"] == "30.4375"
    assert rows["survival.interval"]["value"] == "log"
    assert rows["tests.normality.form"]["meaning"]
    assert rows["tests.continuity_correction"]["value"] == "no"


def test_endpoint_rules_list_events_in_declared_order(config):
    rule = endpoint_rules(config)[0]
    assert rule["param"] == "PFS"
    assert rule["events"][0] == "Progressive disease"
    assert rule["start"] != "L2_START"


def test_lock_files_of_office_programs_are_not_recorded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    for name in ("a.csv", "~$a.csv"):
        (tmp_path / "config" / name).write_text("x")
    assert shown.study_files("config/*.csv") == ["config/a.csv"]
