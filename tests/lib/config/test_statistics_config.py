"""The `statistics` section and what each rule gets of the configuration."""

from __future__ import annotations

import copy

import pytest
from pydantic import ValidationError

from scripts.lib.config.load import load_config
from scripts.lib.config.statistics import Statistics
from scripts.lib.errors import Stop
from scripts.lib.plan import statistics_settings as settings
from scripts.lib.plan import tables_settings as printed
from tests.fixtures import ROOT


@pytest.fixture
def config() -> dict:
    return load_config(ROOT / "config")


def all_settings(config: dict) -> dict[str, dict]:
    """Settings of every statistical rule."""
    by_endpoint = ("kaplan_meier", "log_rank", "cox_univariable", "cox_multivariable", "subgroups")
    whole = ("response", "adverse_events", "follow_up", "model_frame")
    sections = ("baseline", "treatment_patterns", "progression_sites")
    return (
        {
            f"{name} {e}": getattr(settings, name)(config, e)
            for name in by_endpoint
            for e in ("pfs", "os")
        }
        | {name: getattr(settings, name)(config) for name in whole}
        | {name: settings.describe(config, name) for name in sections}
    )


def changed(before: dict, after: dict) -> set[str]:
    """Rules whose settings differ."""
    one, two = all_settings(before), all_settings(after)
    return {name for name in one if one[name] != two[name]}


def variable(config: dict, name: str) -> dict:
    return next(v for v in config["cohort"]["variables"] if v["name"] == name)


def test_labels_and_titles_rerun_no_statistic(config):
    other = copy.deepcopy(config)
    variable(other, "SEX")["label"] = "Gender"
    variable(other, "SEX")["levels"]["male"] = "Men"
    other["study"]["title"] = "Another title"
    other["study"]["arms"][0]["label"] = "Another label"
    other["report"]["tables"]["table1"]["title"] = "Another"
    other["statistics"]["tests"]["alpha"] = 0.01
    assert changed(config, other) == set()


@pytest.mark.parametrize(
    ("path", "value", "rules"),
    [
        (("cox", "entry_alpha"), 0.05, {"model_frame"}),
        (("cox", "display_p"), "wald", {"cox_univariable pfs", "cox_univariable os"}),
        (("adverse_events", "where"), None, {"adverse_events"}),
        (("adverse_events", "percent_rounding"), "half_up", {"adverse_events"}),
        (("tests", "min_expected"), 1, {"baseline", "treatment_patterns", "progression_sites",
                                        "response", "adverse_events"}),
    ],
)  # fmt: skip
def test_a_setting_reaches_only_the_rules_that_use_it(config, path, value, rules):
    other = copy.deepcopy(config)
    other["statistics"][path[0]][path[1]] = value
    assert changed(config, other) == rules


def test_the_reference_level_is_first_and_comes_from_the_config(config):
    terms = {term["name"]: term["levels"] for term in settings.cox_terms(config)}
    assert terms["L1REAS"][0] == "secondary resistance"
    assert terms["AGE"] is None
    assert settings.reference_first("X", ["a", "b", "c"], "b") == ["b", "a", "c"]
    with pytest.raises(Stop, match="reference z is none of its levels"):
        settings.reference_first("X", ["a", "b"], "z")


def test_levels_of_a_cut_are_its_labels(config):
    del variable(config, "AGEGR1")["levels"]
    assert settings.declared_levels(config, "AGEGR1") == ["<=65", ">65"]


def test_an_unknown_variable_or_endpoint_names_the_file_to_mend(config):
    config["statistics"]["baseline"]["variables"][0]["name"] = "AGGE"
    with pytest.raises(Stop, match="names the variable AGGE, which config/cohort.yaml does not"):
        settings.describe(config, "baseline")
    with pytest.raises(Stop, match="names the endpoint dfs"):
        settings.kaplan_meier(config, "dfs")


def test_a_cox_table_row_must_be_a_term(config):
    config["report"]["tables"]["table3"]["rows"][0]["variable"] = "WEIGHT"
    with pytest.raises(Stop, match="table3: WEIGHT is no term of statistics.cox"):
        printed.table(config, "table3")


def test_a_cox_table_reads_only_its_endpoint(config):
    assert printed.ard_files(config, "table4") == [
        "data/ard/cox_univariable/os.csv",
        "data/ard/cox_multivariable/os.csv",
    ]


def refused(config: dict, change: dict) -> str:
    """Message of the model for a changed section."""
    with pytest.raises(ValidationError) as error:
        Statistics.model_validate(config["statistics"] | change)
    return str(error.value)


def test_two_codings_that_could_enter_together_are_refused(config):
    cox = copy.deepcopy(config["statistics"]["cox"])
    next(t for t in cox["terms"] if t["name"] == "PFS1GR1")["enters"] = "by_p"
    assert "PFS1GR1: two codings of one variable" in refused(config, {"cox": cox})


def test_a_time_to_event_needs_its_endpoint(config):
    bad = {"variables": [{"name": "L1PFS", "kind": "time_to_event"}]}
    assert "`endpoint` belongs to" in refused(config, {"baseline": bad})
    bad = {"variables": [{"name": "L1PFS", "kind": "time_to_event", "endpoint": "pfs1"}]}
    assert "only `baseline`" in refused(config, {"treatment_patterns": bad})


def test_every_name_is_checked_before_any_job(config):
    settings.check_statistics(config)
    config["statistics"]["strata"][0]["name"] = "L2PAT"
    with pytest.raises(Stop, match="names the variable L2PAT"):
        settings.check_statistics(config)
