"""What the example study does not collect: every sensitivity analysis is told so."""

from __future__ import annotations

import copy

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.plan import assumptions_settings as assumptions
from scripts.lib.plan import confounding_settings as confounding
from scripts.lib.plan import response_safety_settings as beyond
from tests.fixtures import ROOT

LOADED = load_config(ROOT / "examples" / "nsclc_osimertinib" / "config")


@pytest.fixture
def config():
    return copy.deepcopy(LOADED)


def test_covariates_without_a_record_leave_score_and_models(config):
    settings = confounding.weighted(config)
    assert settings["not_collected"] == ["KPSGR1"]
    assert "KPSGR1" not in [covariate["name"] for covariate in settings["covariates"]]
    marked = [t["name"] for t in confounding.model_checks(config)["terms"] if "not_collected" in t]
    assert marked == ["KPSGR1"]
    assert beyond.interactions(config)["not_collected"] == ["KPSGR1"]


def test_counts_without_a_record_are_marked(config):
    for settings in (beyond.ae_rates(config), beyond.shown(config, "ae_rates")):
        marked = [c["variable"] for c in settings["counts"] if c.get("not_collected")]
        assert marked == ["ANYIR"]


def test_a_set_of_rules_with_an_event_that_nobody_records_is_marked(config):
    assert assumptions.rule_sets(config)["not_collected"] == ["radiotherapy"]
    events = config["sensitivity"]["pfs_rule_sets"]["sets"][-1]["more_events"]
    recorded = {"table": "assessments", "date": "assessment_date", "where": None, "variable": None}
    events[0]["from"].append(recorded)  # another record of the same event
    assert assumptions.rule_sets(config)["not_collected"] == []


def test_a_response_without_a_record_is_marked(config):
    assert "not_collected" not in beyond.response_limits(config)
    column = config["sources"]["tables"]["assessments"]["columns"]["response"]
    column |= {"absent": True, "reason": "never rated"}
    assert beyond.response_limits(config)["not_collected"]
