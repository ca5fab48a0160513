"""What the rules of `rules/sensitivity.smk` get as `settings`, and which results they state again.

An analysis of the summary is named by where it stands: `ARD: population`, the primary one `all`.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ALL
from scripts.lib.display.labels import variable_labels
from scripts.lib.plan.statistics_settings import (
    Config,
    confidence_text,
    endpoint_labels,
    parameter,
)

NAME = "sensitivity"
PRIMARY = "cox_univariable"
MULTIVARIABLE = "cox_multivariable"
PROPORTIONAL = "proportional_hazards"
ALWAYS = (PRIMARY, MULTIVARIABLE)
# in the order of the summary; populations that state the primary or multivariable model once more
SOURCES: dict[str, tuple[str, tuple[str, ...]]] = {
    "landmark": ("landmark", (ALL,)),
    "pfs_rule_sets": ("pfs_rule_sets", ()),
    "weighted": ("confounding", ("unweighted",)),
    MULTIVARIABLE: ("", ()),
    "imputation": ("imputation", ("complete_cases",)),
    "time_varying": ("time_varying", ("multivariable: fixed",)),
}


def part(config: Config, name: str) -> dict[str, Any] | None:
    """A part of the section `sensitivity`; None where it is left out or nothing is enabled."""
    section = config["sensitivity"]
    return section[name] if section["enabled"] else None


def asked(config: Config) -> bool:
    """Whether there is a summary: asked for, and an arm to compare."""
    return part(config, "summary") is not None and len(config["study"]["arms"]) > 1


def _asked_of(config: Config, name: str) -> bool:
    return not name or part(config, name) is not None


def analyses(config: Config) -> list[str]:
    """Analyses whose effects are stated again, in the order of the summary."""
    return [PRIMARY, *(name for name, (of, _) in SOURCES.items() if _asked_of(config, of))]


def ard_files(config: Config) -> list[str]:
    """Their files; with them the tests of proportional hazards and the models' checks."""
    beside = [name for name in (PROPORTIONAL, "model_checks") if part(config, name)]
    return [f"results/ard/{name}.csv" for name in (*analyses(config), *beside)]


def outputs(config: Config) -> list[str]:
    """Every file that the summary adds to the study."""
    if not asked(config):
        return []
    files = [f"results/{path}/sensitivity.csv" for path in ("ard", "tables")]
    return files + [f"results/figures/sensitivity.{end}" for end in ("svg", "pdf", "png")]


def combine(config: Config) -> dict[str, Any]:
    """Settings of `combine_sensitivity`."""
    sources = {name: list(SOURCES[name][1]) for name in analyses(config) if name != PRIMARY}
    if sets := part(config, "pfs_rule_sets"):
        sources["pfs_rule_sets"] = [f"RULESET={sets['base']}"]
    return {
        "arms": [arm["id"] for arm in config["study"]["arms"]],
        "reference": config["study"]["reference"],
        "parameters": [parameter(config, name) for name in config["statistics"]["endpoints"]],
        "primary": PRIMARY,
        "sources": sources,
        "late_covariates": list(_late_covariates(config)),
    }


def shown(config: Config) -> dict[str, Any]:
    """Settings of `tabulate_sensitivity`."""
    study, summary = config["study"], config["sensitivity"]["summary"]
    landmark, late = part(config, "landmark"), _late_criteria(config)
    ignored = landmark["ignoring"] if landmark else []
    return {
        "arms": {arm["id"]: arm["label"] for arm in study["arms"]},
        "reference": study["reference"],
        "level": confidence_text(config),
        "absent": config["statistics"]["printed"]["not_available"],
        "endpoints": endpoint_labels(config),
        "table": summary["table"],
        "labels": summary["labels"],
        "assumes": summary["assumes"],
        "without": landmark["label"] if landmark else "",
        "ignoring": [label for name, label in late.items() if name in ignored],
        "still_applied": [label for name, label in late.items() if name not in ignored],
        "rule_sets": _rule_sets(config),
        "late_covariates": _late_covariates(config),
    }


def _rule_sets(config: Config) -> dict[str, dict[str, str]]:
    sets = part(config, "pfs_rule_sets")
    found = sets["sets"] if sets else []
    return {one["id"]: {"label": one["label"], "assumes": one["assumes"]} for one in found}


def _late_covariates(config: Config) -> dict[str, str]:
    """Covariates of the models that are declared to look ahead: name -> label."""
    names = [term["name"] for term in config["statistics"]["cox"]["terms"]]
    labels = variable_labels(config["cohort"], names)
    return {name: words["label"] for name, words in labels.items() if words["late"]}


def _late_criteria(config: Config) -> dict[str, str]:
    """Applied criteria that look ahead: id -> label."""
    return {
        c["id"]: c["label"]
        for c in config["cohort"]["criteria"]
        if c["applied"] and c["timing"] == "post_baseline"
    }


def figure(config: Config) -> dict[str, Any]:
    """Settings of `plot_sensitivity`."""
    drawn = config["report"]["figures"]
    own = {"notice": config["study"]["notice"], "dpi": drawn["dpi"]}
    own["figure"] = config["sensitivity"]["summary"]["figure"]
    return {k: v for k, v in shown(config).items() if k != "table"} | own
