"""Settings of covariates seen after the start: the names are checked before any job."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from scripts.lib.config.load import load_config
from scripts.lib.config.time_varying import TimeVarying, with_used
from scripts.lib.errors import Stop
from scripts.lib.plan.time_varying_settings import NOT_YES_NO, check, outputs, table, time_varying
from tests.fixtures import ROOT

CONFIG = load_config(ROOT / "config")
TABLE = {"label": "Table S", "title": "Seen later."}
SHOWN = {"table": TABLE, "figure": {"label": "Figure S", "title": "Seen later"}}


def changed(*covariates: dict[str, Any]) -> dict[str, Any]:
    config = copy.deepcopy(CONFIG)
    asked = {"covariates": list(covariates), **SHOWN}
    config["sensitivity"]["time_varying"] = TimeVarying.model_validate(asked).model_dump()
    return config


def test_the_demonstration_asks_for_metastases_with_the_day_of_their_first_row() -> None:
    settings = time_varying(CONFIG)
    assert settings["covariates"][0] == {"name": "BRAINMET", "dates": ["BRAINMET__DT"]}
    assert set(settings["endpoints"]) == {"pfs", "os"}
    assert table(CONFIG)["labels"]["BRAINMET"]["late"]


def test_a_variable_may_hold_the_day() -> None:
    settings = time_varying(changed({"name": "ANYMET", "date": "L3_START"}))
    assert settings["covariates"] == [{"name": "ANYMET", "dates": ["L3_START"]}]


@pytest.mark.parametrize(
    ("covariate", "message"),
    [
        ({"name": "BRIANMET"}, "BRIANMET is not defined"),
        ({"name": "BRAINMET", "date": "BRAINDT"}, "BRAINDT is not defined"),
        ({"name": "SMOKING"}, "SMOKING is not declared `timing: post_baseline`"),
        ({"name": "EVALUABL"}, "EVALUABL has `adsl: false`"),
        ({"name": "L2RTTIM", "date": "L2RT_START"}, "L2RTTIM is no yes/no variable"),
        ({"name": "ANYMET"}, "ANYMET: nothing says when it was first seen"),
    ],
)
def test_what_cannot_change_stops_before_any_job(covariate: dict[str, Any], message: str) -> None:
    config = changed(covariate)
    variable(config, "ANYMET")["expression"] = "BRAINMET and LIVERMET"
    with pytest.raises(Stop, match=message):
        check(config)


def test_what_is_yes_with_the_first_of_others_has_the_day_of_that_one() -> None:
    sites = ("BRAINMET", "LIVERMET", "LUNGMET", "BONEMET", "ADRENMET")
    settings = time_varying(changed({"name": "ANYMET"}))
    assert settings["covariates"] == [{"name": "ANYMET", "dates": [f"{s}__DT" for s in sites]}]


def test_what_a_stratum_a_model_or_a_figure_uses_is_there_without_being_asked_for() -> None:
    sites = ["BRAINMET", "LIVERMET", "L2RT", "ANYMET", "LUNGMET", "ADRENMET", "BONEMET"]
    assert [one["name"] for one in time_varying(CONFIG)["covariates"]] == sites
    assert all(one["dates"] for one in time_varying(CONFIG)["covariates"])


def test_a_file_that_leaves_the_part_out_still_shows_what_is_used() -> None:
    config = copy.deepcopy(CONFIG)
    config["sensitivity"]["time_varying"] = None
    found = with_used(config)
    assert "L2RT" in table(found)["labels"]
    assert outputs(found)
    assert not outputs(found | {"sensitivity": found["sensitivity"] | {"enabled": False}})


def test_a_group_that_is_first_seen_on_no_day_says_why() -> None:
    config = copy.deepcopy(CONFIG)
    config["statistics"]["strata"].append({"name": "L2RTTIM", "within_arm": False})
    found = time_varying(with_used(config))["covariates"][-1]
    assert found == {"name": "L2RTTIM", "dates": [], "why_not": NOT_YES_NO}


def test_a_study_in_which_nothing_is_seen_later_has_no_such_part() -> None:
    config = copy.deepcopy(CONFIG)
    config["sensitivity"]["time_varying"] = None
    for one in config["cohort"]["variables"]:
        one["timing"] = "baseline"
    assert not outputs(with_used(config))


def variable(config: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in config["cohort"]["variables"] if one["name"] == name)


def test_without_the_part_there_is_nothing() -> None:
    config = copy.deepcopy(CONFIG)
    config["sensitivity"]["time_varying"] = None
    assert outputs(config) == []
    check(config)
    config = copy.deepcopy(CONFIG)
    config["sensitivity"]["enabled"] = False
    assert outputs(config) == []


def test_a_covariate_or_landmark_named_twice_is_refused() -> None:
    once = {"name": "BRAINMET"}
    with pytest.raises(ValidationError, match="named twice: BRAINMET"):
        TimeVarying.model_validate({"covariates": [once, once], **SHOWN})
    with pytest.raises(ValidationError, match="the earliest first"):
        TimeVarying.model_validate({"covariates": [once], "days": [90, 30], **SHOWN})
