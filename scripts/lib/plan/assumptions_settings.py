"""What the rules of `rules/assumptions.smk` and `rules/pfs_rule_sets.smk` get as `settings`.

The endpoints that they derive are those of `config/endpoints.yaml` with the changes that
`config/sensitivity.yaml` names; they are checked as any endpoint is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from scripts.lib.config.absences import absent_columns, never_true, not_collected
from scripts.lib.config.endpoints import Endpoint
from scripts.lib.config.specs import reports_of, tables_of
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop
from scripts.lib.plan import time_varying_settings as time_varying
from scripts.lib.plan.references import check_references
from scripts.lib.plan.statistics_settings import (
    Config,
    confidence_text,
    cox_terms,
    cox_univariable,
    endpoint_labels,
    kaplan_meier,
)
from scripts.lib.reading.sources import imputation_flags

Rules = dict[str, dict[str, Any]]

WITHOUT_EXCLUSION = "without_exclusion"
RULE_SETS = "rule_sets"
# name of a dataset after `adtte_` -> the part, and analysis, that it is derived for
PARTS = {WITHOUT_EXCLUSION: "landmark", RULE_SETS: "pfs_rule_sets"}
FILE = "config/sensitivity.yaml"


def part(config: Config, name: str) -> dict[str, Any] | None:
    """A part of the section `sensitivity`; None where it is left out or nothing is enabled."""
    section = config["sensitivity"]
    return section[name] if section["enabled"] else None


# ---- datasets ------------------------------------------------------------------------------------


def variants(config: Config) -> dict[str, Rules]:
    """Rules of each dataset that is derived beside the primary ones, by its name after `adtte_`."""
    made: dict[str, Rules] = {}
    if landmark := part(config, PARTS[WITHOUT_EXCLUSION]):
        made[WITHOUT_EXCLUSION] = _ignoring(config, landmark["ignoring"])
    if sets := part(config, PARTS[RULE_SETS]):
        made[RULE_SETS] = _rule_sets(config, sets)
    return made


def variant_datasets(config: Config) -> list[str]:
    """Names of those datasets."""
    return [f"adtte_{name}" for name in variants(config)]


def variant_tables(config: Config, name: str) -> list[str]:
    """Tables that the rules of such a dataset name; sorted."""
    return sorted({table for rule in variants(config)[name].values() for table in tables_of(rule)})


def derive_variant(config: Config, name: str) -> dict[str, Any]:
    """Settings of `derive_adtte_variants`."""
    rules = variants(config)[name]
    return {
        "name": name,
        "endpoints": rules,
        "reports": {n: reports_of(config["cohort"]["variables"], r) for n, r in rules.items()},
        "criteria": [c["id"] for c in config["cohort"]["criteria"] if c["applied"]],
        "data_cutoff": config["study"]["data_cutoff"],
        "first_day": config["study"]["conventions"]["first_day"],
        "flags": imputation_flags(config["sources"]),
    }


def _ignoring(config: Config, criteria: list[str]) -> Rules:
    """Every analysed endpoint, for patients whom only these criteria leave out as well."""
    known = config["endpoints"]["time_to_event"]
    return {
        endpoint: known[endpoint] | {"ignoring": [*known[endpoint]["ignoring"], *criteria]}
        for endpoint in config["statistics"]["endpoints"]
    }


def _rule_sets(config: Config, sets: dict[str, Any]) -> Rules:
    base = config["endpoints"]["time_to_event"].get(sets["base"])
    if base is None:
        raise Stop(
            f"{FILE}: pfs_rule_sets: base {sets['base']} is no endpoint of config/endpoints.yaml."
        )
    return {one["id"]: _changed(base, one) for one in sets["sets"]}


def _changed(base: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """The base's rules with the changes of one set, checked as an endpoint."""
    replaced = {k: one[k] for k in ("events", "overrides", "censoring") if one[k] is not None}
    rule = base | replaced | {"label": one["label"]}
    rule["events"] = [*rule["events"], *one["more_events"]]
    rule["dates"] = [*rule["dates"], *one["more_dates"]]
    try:
        return Endpoint.model_validate(rule).model_dump(mode="json")
    except ValidationError as error:
        text = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Stop(f"{FILE}: pfs_rule_sets: {one['id']}: {text}.") from None


# ---- statistics ----------------------------------------------------------------------------------


def effect(config: Config, endpoint: str) -> dict[str, Any]:
    """What the effect of treatment on an endpoint needs: arms, ties, limits, formats."""
    common = cox_univariable(config, endpoint)
    survival = kaplan_meier(config, endpoint)["survival"]
    return {k: v for k, v in common.items() if k != "terms"} | {
        "survival": {k: survival[k] for k in ("interval", "confidence_level", "days_per_month")}
    }


def proportional_hazards(config: Config) -> dict[str, Any]:
    """Settings of `test_proportional_hazards`."""
    asked = part(config, "proportional_hazards")
    assert asked is not None
    own = {name: asked[name] for name in (
        "transform", "alpha", "survival_months", "smooth_df", "tau_months", "min_at_risk",
    )}  # fmt: skip
    own["survival_days"] = config["statistics"]["survival"]["days"]
    endpoints = {name: effect(config, name) for name in config["statistics"]["endpoints"]}
    return own | {"endpoints": endpoints, "terms": cox_terms(config)}


def landmark(config: Config) -> dict[str, Any]:
    """Settings of `estimate_landmark`."""
    asked = part(config, "landmark")
    assert asked is not None
    endpoints = {name: effect(config, name) for name in config["statistics"]["endpoints"]}
    return {"days": asked["days"], "ignoring": asked["ignoring"], "endpoints": endpoints}


def rule_sets(config: Config) -> dict[str, Any]:
    """Settings of `compare_rule_sets`."""
    sets = part(config, "pfs_rule_sets")
    assert sets is not None
    rules = {sets["base"]: config["endpoints"]["time_to_event"][sets["base"]]}
    rules |= variants(config)[RULE_SETS]
    reasons = {
        name: {
            "events": [event["description"] for event in rule["events"]],
            "censored": _distinct(
                r["description"] for r in (*rule["overrides"], *rule["censoring"])
            ),
        }
        for name, rule in rules.items()
    }
    gone = [one["id"] for one in sets["sets"] if _rests_on_absent(config, one)]
    settings = {"base": sets["base"], "rule_sets": reasons, "not_collected": gone}
    return effect(config, sets["base"]) | settings


def _rests_on_absent(config: Config, one: dict[str, Any]) -> bool:
    """Whether the set has an event or a date of its own that nobody can have."""
    own = [*(one["events"] or ()), *one["more_events"], *one["more_dates"]]
    gone = not_collected(config)
    return any(all(_absent(config, source, gone) for source in item["from"]) for item in own)


def _absent(config: Config, source: dict[str, Any], gone: dict[str, str]) -> bool:
    if source["variable"]:
        return source["variable"] in gone
    columns = absent_columns(config, source["table"])
    return "*" in columns or source["date"] in columns or never_true(source["where"], columns)


def _distinct(texts: Any) -> list[str]:
    return list(dict.fromkeys(texts))


# ---- tables and figures --------------------------------------------------------------------------


def tables(config: Config) -> list[str]:
    """Parts that are asked for: each has results, a table and a figure of that name."""
    return [name for name in SHOWN if part(config, name)]


def outputs(config: Config) -> list[str]:
    """Every file that these parts add to the study."""
    made = tables(config)
    files = [f"results/{path}/{name}.csv" for name in made for path in ("ard", "tables")]
    return files + [
        f"results/figures/{name}.{ending}" for name in made for ending in ("svg", "pdf", "png")
    ]


def table(config: Config, name: str) -> dict[str, Any]:
    """Settings of the table of a part."""
    asked = part(config, name)
    assert asked is not None
    return SHOWN[name](config) | {"id": name, "table": asked["table"]}


def figure(config: Config, name: str) -> dict[str, Any]:
    """Settings of the figure of a part."""
    asked = part(config, name)
    assert asked is not None
    drawn = config["report"]["figures"]
    shared = {"notice": config["study"]["notice"], "dpi": drawn["dpi"], "colours": drawn["colours"]}
    return SHOWN[name](config) | {"figure": asked["figure"]} | shared


def _shown(config: Config) -> dict[str, Any]:
    study = config["study"]
    return {
        "arms": {arm["id"]: arm["label"] for arm in study["arms"]},
        "reference": study["reference"],
        "level": confidence_text(config),
        "absent": config["statistics"]["printed"]["not_available"],
    }


def _of_proportional_hazards(config: Config) -> dict[str, Any]:
    names = [term["name"] for term in config["statistics"]["cox"]["terms"]]
    return _shown(config) | {
        "alpha": config["sensitivity"]["proportional_hazards"]["alpha"],
        "endpoints": endpoint_labels(config),
        "labels": variable_labels(config["cohort"], names),
    }


def _of_landmark(config: Config) -> dict[str, Any]:
    asked = config["sensitivity"]["landmark"]
    criteria = [c for c in config["cohort"]["criteria"] if c["applied"]]
    late = [c for c in criteria if c["timing"] == "post_baseline"]
    return _shown(config) | {
        "endpoints": endpoint_labels(config),
        "without": asked["label"],
        "ignoring": [c["label"] for c in criteria if c["id"] in asked["ignoring"]],
        "still_applied": [c["label"] for c in late if c["id"] not in asked["ignoring"]],
    }


def _of_rule_sets(config: Config) -> dict[str, Any]:
    sets = config["sensitivity"]["pfs_rule_sets"]
    named = [sets | {"id": sets["base"]}, *sets["sets"]]
    base = config["endpoints"]["time_to_event"][sets["base"]]
    return _shown(config) | {
        "parameter": base["param"],
        "label": base["label"],
        "rule_sets": [{key: one[key] for key in ("id", "label", "assumes")} for one in named],
    }


def effect_figures(config: Config) -> dict[str, dict[str, Any]]:
    """Settings of `plot_effects`: by name, every forest plot that it draws."""
    asked = [name for name in ("landmark", "pfs_rule_sets") if part(config, name)]
    found = {name: figure(config, name) for name in asked}
    return found | (
        {time_varying.NAME: time_varying.figure(config)} if time_varying.part(config) else {}
    )


SHOWN: dict[str, Callable[[Config], dict[str, Any]]] = {
    "proportional_hazards": _of_proportional_hazards,
    "landmark": _of_landmark,
    "pfs_rule_sets": _of_rule_sets,
}


def check_assumptions(config: Config) -> None:
    """Make every setting once, and check what the derived endpoints name, before any job.

    Raises
    ------
    Stop
        A name that is not declared, or a set of rules that is no endpoint.
    """
    for rules in variants(config).values():
        check_references(config | {"endpoints": config["endpoints"] | {"time_to_event": (
            config["endpoints"]["time_to_event"] | rules)}})  # fmt: skip
    for name in tables(config):
        table(config, name)
