"""What `write_methods` gets as `settings`: every rule and convention that decides a result.

What only decides how something is shown (titles, captions, footnotes) stays out.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.config.absences import not_collected, response_not_collected
from scripts.lib.config.specs import later_names
from scripts.lib.plan.assumptions_settings import rule_sets
from scripts.lib.plan.statistics_settings import Config

SHOWN = {"table", "figure", "swimmer", "duration", "labels"}  # of a part of `sensitivity`
NAMES_A_LINE = {"landmark": {"label"}, "summary": {"assumes"}}
DESCRIBED = ("baseline", "treatment_patterns", "progression_sites")


def methods(config: Config) -> dict[str, Any]:
    """Settings of `write_methods`."""
    study, cohort, statistics = config["study"], config["cohort"], config["statistics"]
    gone = not_collected(config)
    variables = cohort["variables"]
    return {
        "study": {k: study[k] for k in (
            "title", "notice", "delivery", "data_cutoff", "arms", "reference", "conventions")},
        "cohort": {k: cohort[k] for k in ("screened", "start", "arm", "criteria")},
        "time_to_event": {n: config["endpoints"]["time_to_event"][n] for n in _endpoints(config)},
        "response": config["endpoints"]["response"],
        "more_responses": config["endpoints"]["more_responses"],
        "adverse_events": config["endpoints"]["adverse_events"],
        "response_not_collected": response_not_collected(config),
        "statistics": {k: v for k, v in statistics.items() if k != "endpoints"},
        "sensitivity": _sensitivity(config),
        "rule_sets_not_collected": (
            rule_sets(config)["not_collected"] if "pfs_rule_sets" in _sensitivity(config) else []),
        "labels": {v["name"]: v["label"] for v in variables if v["name"] in _named(config)},
        "later": [s["name"] for s in statistics["strata"] if s["name"] in later_names(config)],
        "references": _references(config),
        "not_collected": {v["label"] or v["name"]: gone[v["name"]]
                          for v in variables if v["name"] in gone},
    }  # fmt: skip


def _references(config: Config) -> dict[str, str]:
    """Covariate -> label of its reference level."""
    levels = {v["name"]: v["levels"] for v in config["cohort"]["variables"]}
    return {
        term["name"]: levels.get(term["name"], {}).get(term["reference"]) or term["reference"]
        for term in config["statistics"]["cox"]["terms"]
        if term["reference"]
    }


def _named(config: Config) -> set[str]:
    """Variables that the text names."""
    statistics, endpoints = config["statistics"], config["endpoints"]
    rules = [endpoints["time_to_event"][name] for name in _endpoints(config)]
    rules += [
        endpoints["response"], *endpoints["more_responses"].values(), endpoints["adverse_events"],
    ]  # fmt: skip
    dates = {rule.get(key) for rule in rules for key in ("start", "end", "not_after")}
    listed = [
        *(v for part in DESCRIBED for v in statistics[part]["variables"]),
        *statistics["strata"],
        *statistics["cox"]["terms"],
    ]
    for part in _sensitivity(config).values():
        listed += part.get("covariates", [])
    names = {one["name"] for one in listed} | set(statistics["subgroups"]["variables"])
    return names | dates | {config["cohort"]["start"]}


def _endpoints(config: Config) -> list[str]:
    """Endpoints that are analysed, described, or give the follow-up; in that order."""
    statistics = config["statistics"]
    described = [v["endpoint"] for v in statistics["baseline"]["variables"] if v["endpoint"]]
    every = [*statistics["endpoints"], *described, statistics["follow_up"]["endpoint"]]
    return list(dict.fromkeys(every))


def _sensitivity(config: Config) -> dict[str, Any]:
    section = config["sensitivity"]
    if not section["enabled"]:
        return {}
    found = {
        name: {k: v for k, v in part.items() if k not in SHOWN | NAMES_A_LINE.get(name, set())}
        for name, part in section.items()
        if isinstance(part, dict)
    }
    if later := found.get("time_varying"):
        later["covariates"] = [
            {k: v for k, v in one.items() if k != "unasked"} for one in later["covariates"]
        ]
    return found


def ard_files(config: Config) -> list[str]:
    """Results whose methods and models the text names."""
    described = ("baseline", "response", "adverse_events", "treatment_patterns")
    return [
        f"results/ard/{name}.csv" for name in (*described, "progression_sites", "cox_multivariable")
    ]
