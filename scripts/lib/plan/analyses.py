"""Every analysis of a study with its settings, and the datasets that analyses are made from.

What traces and the lineage go by: a new analysis gets its line here.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.plan import assumptions_settings as assumptions
from scripts.lib.plan import confounding_settings as confounding
from scripts.lib.plan import response_safety_settings as beyond
from scripts.lib.plan import statistics_settings as statistics
from scripts.lib.plan import summary_settings as summary
from scripts.lib.plan import time_varying_settings as time_varying
from scripts.lib.plan.statistics_settings import Config

BY_ENDPOINT = {
    "kaplan_meier": statistics.kaplan_meier,
    "log_rank": statistics.log_rank,
    "cox_univariable": statistics.cox_univariable,
    "cox_multivariable": statistics.cox_multivariable,
    "subgroups": statistics.subgroups,
}


def analyses(config: Config) -> dict[str, dict[str, Any]]:
    """Settings of every analysis, as its own step gets them; its endpoints by name beside."""
    ends = config["statistics"]["endpoints"]
    found: dict[str, dict[str, Any]] = {
        name: statistics.describe(config, name) for name in statistics.SECTIONS
    }
    found["response"] = statistics.response(config)
    found["adverse_events"] = statistics.adverse_events(config)
    followed = {"endpoint": config["statistics"]["follow_up"]["endpoint"]}
    found["follow_up"] = statistics.follow_up(config) | followed
    for name, settings in BY_ENDPOINT.items():
        found[name] = {endpoint: settings(config, endpoint) for endpoint in ends}
    part = config["sensitivity"]
    for name in beyond.asked(config):
        own = {k: part[name][k] for k in ("endpoint", "follow_up") if k in part[name]}
        found[name] = getattr(beyond, name)(config) | own
    for name in confounding.asked(config):
        analysis = confounding.ANALYSES[name]
        found[analysis] = getattr(confounding, analysis)(config) | {"endpoints": ends}
    for name in assumptions.tables(config):
        key = {"pfs_rule_sets": "rule_sets"}.get(name, name)
        found[name] = getattr(assumptions, key)(config)
    if time_varying.part(config):
        found["time_varying"] = time_varying.time_varying(config)
    if summary.asked(config):
        found[summary.NAME] = summary.combine(config)
    return found


def endpoints(config: Config) -> dict[str, dict[str, Any]]:
    """Label and rules of every time-to-event dataset: name of the dataset -> rule set -> rule.

    The rule set of a primary endpoint is empty.
    """
    found = {
        f"adtte_{name}": {"": rule} for name, rule in config["endpoints"]["time_to_event"].items()
    }
    for name, rules in assumptions.variants(config).items():
        found[f"adtte_{name}"] = rules
    return found


def datasets(config: Config) -> list[str]:
    """Every dataset of data/analysis that a trace reads."""
    names = ["adsl", "adrs", "adae", *endpoints(config)]
    return names + [f"model_{endpoint}" for endpoint in config["statistics"]["endpoints"]]
