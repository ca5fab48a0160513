"""Settings of covariates seen after the start: the names are checked before any job."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from pydantic import ValidationError

from scripts.lib.config.load import load_config
from scripts.lib.config.time_varying import TimeVarying
from scripts.lib.config.time_varying_settings import check, outputs, table, time_varying
from scripts.lib.errors import Stop
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
    assert settings["covariates"][0] == {"name": "BRAINMET", "date": "BRAINMET__DT"}
    assert set(settings["endpoints"]) == {"pfs", "os"}
    assert table(CONFIG)["labels"]["BRAINMET"]["late"]


def test_a_variable_may_hold_the_day() -> None:
    settings = time_varying(changed({"name": "ANYMET", "date": "L3_START"}))
    assert settings["covariates"] == [{"name": "ANYMET", "date": "L3_START"}]


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
    with pytest.raises(Stop, match=message):
        check(changed(covariate))


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
