"""Confounding, model checks, imputation: made where asked for; names checked before any job."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError

from scripts.lib.config.confounding import Confounding
from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan import confounding_settings as confounding
from tests.fixtures import ROOT

LOADED = load_config(ROOT / "config")


@pytest.fixture
def config():
    return copy.deepcopy(LOADED)


def test_every_part_adds_its_results_table_and_figure(config):
    made = confounding.outputs(config)
    for name in ("weighted", "model_checks", "imputation"):
        assert {f"results/ard/{name}.csv", f"results/tables/{name}.csv"} <= set(made)
    for name in ("balance", "model_checks", "imputation"):
        assert f"results/figures/{name}.png" in made


def test_not_enabled_makes_nothing(config):
    config["sensitivity"]["enabled"] = False
    assert confounding.outputs(config) == []
    confounding.check(config)


def test_a_part_left_out_is_not_computed(config):
    config["sensitivity"]["confounding"] = None
    made = " ".join(confounding.outputs(config))
    assert "weighted" not in made and "balance" not in made and "imputation" in made


def test_one_arm_has_no_figure_of_balance(config):
    config["study"]["arms"] = config["study"]["arms"][:1]
    assert not any("balance" in path for path in confounding.outputs(config))


def test_words_of_tables_and_figures_reach_no_statistic(config):
    statistics = (confounding.weighted, confounding.model_checks, confounding.imputation)
    before = [f(config) for f in statistics]
    for part in ("confounding", "model_checks", "imputation"):
        config["sensitivity"][part]["table"]["title"] = "Another title"
        config["sensitivity"][part]["figure"]["caption"] = "Another caption"
    assert [f(config) for f in statistics] == before


def test_the_checks_that_are_asked_for_are_drawn_in_one_job(config):
    assert list(confounding.check_figures(config)) == ["model_checks", "imputation", "interactions"]
    config["sensitivity"]["imputation"] = None
    assert list(confounding.check_figures(config)) == ["model_checks", "interactions"]
    config["sensitivity"]["enabled"] = False
    assert confounding.check_figures(config) == {}


def test_two_codings_of_a_variable_are_told_apart_in_the_table(config):
    labels = confounding.table(config, "model_checks")["labels"]
    assert len({words["label"] for words in labels.values()}) == len(labels)


BAD = [  # covariate, what the message says
    ("NOBODY", "NOBODY is not defined"),
    ("BRAINMET", "BRAINMET is declared post_baseline"),
    ("STAGE4", "STAGE4 has `adsl: false`"),
]


@pytest.mark.parametrize(("name", "says"), BAD)
def test_a_covariate_that_cannot_serve_stops_before_any_job(config, name, says):
    covariates = config["sensitivity"]["confounding"]["covariates"]
    covariates.append({"name": name, "kind": "categorical"})
    with pytest.raises(Stop, match=says):
        confounding.check(config)


WRONG = [
    ({"covariates": [{"name": "AGE"}, {"name": "AGE"}]}, "named twice: AGE"),
    ({"covariates": []}, "at least 1"),
    ({"propensity_range": [0.9, 0.1]}, "the smaller first"),
]


@pytest.mark.parametrize(("change", "says"), WRONG)
def test_a_section_that_contradicts_itself_is_refused(config, change, says):
    with pytest.raises(ValidationError, match=says):
        Confounding.model_validate(config["sensitivity"]["confounding"] | change)
