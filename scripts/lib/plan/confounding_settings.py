"""What the rules of confounding, model checks and imputation get as `settings`.

Labels and titles go to tables and figures alone: changing one reruns no statistic.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.config.absences import not_collected
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop
from scripts.lib.plan import response_safety_settings as response_safety
from scripts.lib.plan.statistics_settings import (
    Config,
    confidence_text,
    cox_terms,
    declared_levels,
    endpoint_labels,
    parameter,
)

PARTS = ("confounding", "model_checks", "imputation")
ANALYSES = {"confounding": "weighted", "model_checks": "model_checks", "imputation": "imputation"}


def part(config: Config, name: str) -> dict[str, Any] | None:
    """One sub-section of `sensitivity`; None where it is not asked for."""
    section = config["sensitivity"]
    return section[name] if section["enabled"] else None


def asked(config: Config) -> list[str]:
    """The sub-sections of this file that are computed."""
    return [name for name in PARTS if part(config, name)]


def analyses(config: Config) -> list[str]:
    """The files of `results/ard`, and tables of `results/tables`, that they make."""
    return [ANALYSES[name] for name in asked(config)]


def check(config: Config) -> None:
    """Check every name before any job.

    Raises
    ------
    Stop
        A covariate that the study does not define, that no dataset holds, or that is known only
        after the start of treatment.
    """
    if part(config, "confounding"):
        weighted(config)


def _shared(config: Config) -> dict[str, Any]:
    """Arms, endpoints and conventions that every step needs."""
    study, statistics = config["study"], config["statistics"]
    return {
        "arms": [arm["id"] for arm in study["arms"]],
        "reference": study["reference"],
        "printed": statistics["printed"],
        "parameters": [parameter(config, endpoint) for endpoint in statistics["endpoints"]],
        "ties": statistics["cox"]["ties"],
        "confidence_level": study["conventions"]["confidence_level"],
    }


def _baseline_covariate(config: Config, covariate: dict[str, Any]) -> dict[str, Any]:
    """The covariate with its levels; it must be in ADSL and known at the start."""
    name = covariate["name"]
    variables = {v["name"]: v for v in config["cohort"]["variables"]}
    where = f"config/sensitivity.yaml: confounding: covariate {name}"
    if name not in variables:
        raise Stop(
            f"{where} is not defined in config/cohort.yaml. Define it there, or correct the name."
        )
    if variables[name].get("timing") == "post_baseline":
        raise Stop(
            f"{where} is declared post_baseline: what follows the start of treatment cannot "
            "explain who was given it. Take it out of the list."
        )
    if variables[name].get("adsl") is False:
        raise Stop(f"{where} has `adsl: false` in config/cohort.yaml. Take that away.")
    levels = declared_levels(config, name) if covariate["kind"] == "categorical" else None
    return covariate | {"levels": levels}


def weighted(config: Config) -> dict[str, Any]:
    """Settings of `estimate_weighted`."""
    spec = config["sensitivity"]["confounding"]
    names = ("stabilised", "max_smd", "propensity_range", "min_overlap")
    covariates = [_baseline_covariate(config, c) for c in spec["covariates"]]
    gone = not_collected(config)
    return _shared(config) | {
        "survival": config["statistics"]["survival"] | config["study"]["conventions"],
        "covariates": [c for c in covariates if c["name"] not in gone],
        "not_collected": [c["name"] for c in covariates if c["name"] in gone],
        **{name: spec[name] for name in names},
    }


def _own(config: Config, name: str) -> dict[str, Any]:
    """A sub-section without the words of its table and figure."""
    own = config["sensitivity"][name]
    return {key: value for key, value in own.items() if key not in ("table", "figure")}


def model_checks(config: Config) -> dict[str, Any]:
    """Settings of `check_models`."""
    return _shared(config) | _own(config, "model_checks") | {"terms": cox_terms(config)}


def imputation(config: Config) -> dict[str, Any]:
    """Settings of `fit_imputation`."""
    return _shared(config) | _own(config, "imputation") | {"terms": cox_terms(config)}


def _covariates(config: Config, name: str) -> list[dict[str, Any]]:
    part = config["sensitivity"][name]
    return part["covariates"] if name == "confounding" else config["statistics"]["cox"]["terms"]


def _labels(config: Config, name: str) -> dict[str, Any]:
    """Labels of treatment and the covariates, in declared order; two codings told apart."""
    arms = {arm["id"]: arm["label"] for arm in config["study"]["arms"]}
    treatment = {TREATMENT: {"label": "Treatment", "unit": "", "levels": arms}}
    covariates = _covariates(config, name)
    known = variable_labels(config["cohort"], [c["name"] for c in covariates])
    every = [known[c["name"]]["label"] for c in covariates if c["name"] in known]
    found = {}
    for covariate in covariates:
        words = known.get(covariate["name"])
        if words and every.count(words["label"]) > 1:
            coding = "continuous" if covariate["kind"] == "numeric" else "grouped"
            words = words | {"label": f"{words['label']} ({coding})"}
        if words:
            found[covariate["name"]] = words
    return treatment | found


def table(config: Config, analysis: str) -> dict[str, Any]:
    """Settings of `tabulate_checks`, for the table of one analysis."""
    name = next(key for key, value in ANALYSES.items() if value == analysis)
    return {
        "id": analysis,
        "table": config["sensitivity"][name]["table"],
        "arms": config["study"]["arms"],
        "reference": config["study"]["reference"],
        "level": confidence_text(config),
        "parameters": _shared(config)["parameters"],
        "labels": _labels(config, name),
    }


def figure(config: Config) -> dict[str, Any]:
    """Settings of `plot_balance`."""
    study, spec = config["study"], config["sensitivity"]["confounding"]
    shown = {name: study[name] for name in ("notice", "arms", "reference")}
    shown["confidence_level"] = study["conventions"]["confidence_level"]
    shared = config["report"]["figures"]
    return {
        "figure": spec["figure"],
        "study": shown,
        "max_smd": spec["max_smd"],
        "parameters": _shared(config)["parameters"],
        "labels": _labels(config, "confounding"),
    } | {name: shared[name] for name in ("colours", "dpi")}


def check_figures(config: Config) -> dict[str, dict[str, Any]]:
    """Settings of `plot_checks`: by name, every figure that it draws."""
    found = {
        name: _own(config, name) | {"labels": _labels(config, name)}
        for name in ("model_checks", "imputation")
        if part(config, name)
    }
    if "interactions" in response_safety.asked(config):
        found["interactions"] = response_safety.interactions_figure(config)
    shared = {
        "notice": config["study"]["notice"],
        "dpi": config["report"]["figures"]["dpi"],
        "level": confidence_text(config),
        "endpoints": endpoint_labels(config),
    }
    return {
        name: own | shared | {"figure": config["sensitivity"][name]["figure"]}
        for name, own in found.items()
    }


def outputs(config: Config) -> list[str]:
    """Every file that these parts add to the study."""
    made = analyses(config)
    files = [f"results/ard/{name}.csv" for name in made]
    files += [f"results/tables/{name}.csv" for name in made]
    drawn = [name for name in made if name != "weighted"]
    drawn += ["balance"] if draws(config) else []
    return files + [f"results/figures/{n}.{end}" for n in drawn for end in ("svg", "pdf", "png")]


def draws(config: Config) -> bool:
    """Whether there is a figure of balance: weighting is asked for, and arms can be compared."""
    return part(config, "confounding") is not None and len(config["study"]["arms"]) > 1
