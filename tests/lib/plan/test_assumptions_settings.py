"""Rule sets and exclusions as data: what they derive, which mistakes are found before any job."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.lib.config.load import check_config, load_config, read_config_files
from scripts.lib.errors import Stop
from scripts.lib.plan import assumptions_settings as settings
from tests.fixtures import ROOT

CONFIG = load_config(ROOT / "config")


@pytest.fixture
def config() -> dict[str, Any]:
    import copy

    return copy.deepcopy(CONFIG)


def test_without_the_exclusion_every_endpoint_keeps_its_rules(config: dict[str, Any]) -> None:
    rules = settings.variants(config)["without_exclusion"]

    for name in config["statistics"]["endpoints"]:
        base = config["endpoints"]["time_to_event"][name]
        assert rules[name] == base | {"ignoring": config["sensitivity"]["landmark"]["ignoring"]}


def test_a_set_of_rules_is_the_base_with_its_changes(config: dict[str, Any]) -> None:
    base = config["endpoints"]["time_to_event"]["pfs"]
    rules = settings.variants(config)["rule_sets"]

    assert list(rules) == ["fda", "treatment_policy", "real_world", "new_therapy"]
    assert rules["fda"]["events"] == base["events"]
    assert [d["id"] for d in rules["fda"]["dates"]][:1] == [d["id"] for d in base["dates"]][:1]
    assert [o["code"] for o in rules["fda"]["overrides"]] == [5, 3, 3, 4, 4]
    assert rules["new_therapy"]["events"][-1]["id"] == "NEXT_THERAPY"
    assert rules["treatment_policy"]["overrides"] == []


def test_disabled_or_left_out_nothing_is_derived_tabulated_or_demanded(
    config: dict[str, Any],
) -> None:
    for change in ({"enabled": False}, dict.fromkeys(settings.SHOWN)):
        changed = config | {"sensitivity": config["sensitivity"] | change}

        settings.check_assumptions(changed)
        assert settings.variants(changed) == {}
        assert settings.variant_datasets(changed) == settings.outputs(changed) == []


def test_a_label_reruns_no_statistic(config: dict[str, Any]) -> None:
    import copy

    changed = copy.deepcopy(config)
    for part in settings.SHOWN:
        changed["sensitivity"][part]["table"]["title"] = "Another title"
    changed["sensitivity"]["pfs_rule_sets"]["sets"][0]["assumes"] = "Something else."
    changed["sensitivity"]["landmark"]["label"] = "Something else"

    for made in (settings.proportional_hazards, settings.landmark, settings.rule_sets):
        assert made(config) == made(changed)


def test_an_unknown_variable_criterion_or_base_stops(config: dict[str, Any]) -> None:
    sensitivity = config["sensitivity"]
    wrong = [
        ("NOSUCH", {"pfs_rule_sets": sensitivity["pfs_rule_sets"] | {"sets": [
            sensitivity["pfs_rule_sets"]["sets"][-1] | {"more_events": [{
                "id": "X", "description": "x", "pick": "first", "gap_days": None,
                "from": [{"variable": "NOSUCH", "table": None, "date": None, "where": None}],
            }]}]}}),
        ("nosuch", {"landmark": sensitivity["landmark"] | {"ignoring": ["nosuch"]}}),
        ("other", {"pfs_rule_sets": sensitivity["pfs_rule_sets"] | {"base": "other"}}),
    ]  # fmt: skip
    for name, change in wrong:
        with pytest.raises(Stop, match=name):
            settings.check_assumptions(config | {"sensitivity": sensitivity | change})


def test_a_set_that_is_no_endpoint_stops_with_its_name(config: dict[str, Any]) -> None:
    sets = config["sensitivity"]["pfs_rule_sets"]
    broken = sets["sets"][-1] | {"censoring": [
        {"at": "NOWHERE", "code": 1, "description": "x", "date_description": "y", "when": None}
    ]}  # fmt: skip
    config["sensitivity"]["pfs_rule_sets"] = sets | {"sets": [broken]}

    with pytest.raises(Stop, match="new_therapy: at: NOWHERE"):
        settings.check_assumptions(config)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"landmark": {"days": [60, 30]}}, "landmark.days"),
        ({"proportional_hazards": {"alpha": 2}}, "proportional_hazards.alpha"),
        ({"pfs_rule_sets": {"base": "fda"}}, "an id occurs twice"),
    ],
)
def test_a_bad_value_is_named(change: dict[str, Any], message: str) -> None:
    raw = read_config_files(ROOT / "config")
    for part, values in change.items():
        raw["sensitivity"][part] |= values

    with pytest.raises(Stop, match=message):
        check_config(raw, ROOT / "config")
