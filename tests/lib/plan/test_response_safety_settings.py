"""What is asked beyond the paper is made, and nothing of it where sensitivity is not enabled."""

import copy

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan import response_safety_settings as beyond
from tests.fixtures import ROOT


@pytest.fixture
def config():
    return load_config(ROOT / "config")


def statistics(config):
    return [getattr(beyond, name)(config) for name in beyond.SECTIONS]


def test_not_enabled_makes_nothing(config):
    assert beyond.outputs(config)
    config["sensitivity"]["enabled"] = False
    assert beyond.outputs(config) == []


def test_a_section_left_out_makes_nothing_of_its_own(config):
    config["sensitivity"]["ae_rates"] = None
    assert not [path for path in beyond.outputs(config) if "ae_rates" in path]
    assert "results/ard/interactions.csv" in beyond.outputs(config)


def test_labels_rerun_no_statistic(config):
    other = copy.deepcopy(config)
    part = other["sensitivity"]
    part["response_limits"]["rates"]["ORR"] = "Another name"
    part["response_limits"]["table"]["title"] = "Another title"
    part["ae_rates"]["windows"][0]["label"] = "Another window"
    other["study"]["arms"][0]["label"] = "Another arm"
    assert statistics(other) == statistics(config)
    assert beyond.shown(other, "ae_rates") != beyond.shown(config, "ae_rates")


def test_an_endpoint_that_is_not_declared_stops(config):
    config["sensitivity"]["ae_rates"]["follow_up"] = "survival"
    with pytest.raises(Stop, match="ae_rates.follow_up: survival is no endpoint"):
        beyond.check(config)


def test_interactions_need_subgroups(config):
    config["statistics"]["subgroups"]["variables"] = []
    with pytest.raises(Stop, match="subgroups names no variable"):
        beyond.check(config)


def test_colours_of_its_own_are_those_of_the_figure(config):
    everywhere = beyond.shown(config, "ae_rates")["colours"]
    assert everywhere == config["report"]["figures"]["colours"]
    config["sensitivity"]["ae_rates"]["figure"]["colours"] = ["#112233", "#445566"]
    assert beyond.shown(config, "ae_rates")["colours"] == ["#112233", "#445566"]
    assert beyond.shown(config, "response_limits")["colours"] == everywhere
