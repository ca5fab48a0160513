"""What the rules of `rules/time_varying.smk` get as `settings`."""

from __future__ import annotations

from typing import Any

from scripts.lib.config.statistics_settings import (
    Config,
    confidence_text,
    cox_multivariable,
    endpoint_labels,
)
from scripts.lib.derivation.absences import not_collected
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop

NAME = "time_varying"
YES_NO = {"yes", "no"}


def part(config: Config) -> dict[str, Any] | None:
    """The part of the section `sensitivity`; None where it is not asked for."""
    section = config["sensitivity"]
    return section[NAME] if section["enabled"] else None


def outputs(config: Config) -> list[str]:
    """Every file that the part adds to the study."""
    made = [f"results/ard/{NAME}.csv", f"results/tables/{NAME}.csv"]
    made += [f"results/figures/{NAME}.{ending}" for ending in ("svg", "pdf", "png")]
    return made if part(config) else []


def check(config: Config) -> None:
    """Make the settings once, before any job.

    Raises
    ------
    Stop
        A covariate that the study does not define, that is no yes/no variable, that is not
        declared post_baseline, or of which nothing says when it was seen.
    """
    if part(config):
        time_varying(config)
        table(config)


def time_varying(config: Config) -> dict[str, Any]:
    """Settings of `fit_time_varying`."""
    asked = part(config)
    assert asked is not None
    gone = not_collected(config)
    covariates = [_covariate(config, c, gone) for c in asked["covariates"]]
    endpoints = {e: cox_multivariable(config, e) for e in config["statistics"]["endpoints"]}
    terms = next(iter(endpoints.values()))["terms"]
    return {
        "covariates": covariates,
        "days": asked["days"],
        "terms": terms,
        "endpoints": {e: {k: v for k, v in own.items() if k != "terms"}
                      for e, own in endpoints.items()},
    }  # fmt: skip


def _covariate(config: Config, asked: dict[str, Any], gone: dict[str, str]) -> dict[str, Any]:
    """Name of the covariate, and the column of `subjects` that holds its day."""
    name, date = asked["name"], asked["date"]
    variables = {v["name"]: v for v in config["cohort"]["variables"]}
    where = f"config/sensitivity.yaml: {NAME}: {name}"
    for wanted in filter(None, (name, date)):
        if wanted not in variables:
            raise Stop(
                f"{where}: {wanted} is not defined in config/cohort.yaml. Define it there, or "
                "correct the name."
            )
    spec = variables[name]
    if spec["timing"] != "post_baseline":
        raise Stop(
            f"{where} is not declared `timing: post_baseline` in config/cohort.yaml: a covariate "
            "known at the start does not change. Declare it, or take it out of the list."
        )
    if not spec["adsl"]:
        raise Stop(f"{where} has `adsl: false` in config/cohort.yaml. Take that away.")
    if spec["pick"] != "any" and set(spec["levels"] or ()) != YES_NO:
        raise Stop(f"{where} is no yes/no variable. Only such can be first seen on a day.")
    if date is None and (spec["pick"] != "any" or spec["dated"]):
        raise Stop(
            f"{where}: nothing says when it was first seen. Name in `date` the variable that "
            "holds that day."
        )
    found = {"name": name, "date": date or f"{name}__DT"}
    return found | ({"not_collected": True} if name in gone else {})


def table(config: Config) -> dict[str, Any]:
    """Settings of `tabulate_time_varying`."""
    asked = part(config)
    assert asked is not None
    study = config["study"]
    names = [covariate["name"] for covariate in asked["covariates"]]
    return {
        "id": NAME,
        "table": asked["table"],
        "arms": {arm["id"]: arm["label"] for arm in study["arms"]},
        "reference": study["reference"],
        "level": confidence_text(config),
        "endpoints": endpoint_labels(config),
        "labels": variable_labels(config["cohort"], names),
    }


def figure(config: Config) -> dict[str, Any]:
    """Settings of the figure, one of those that `plot_effects` draws."""
    asked, drawn = part(config), config["report"]["figures"]
    assert asked is not None
    shared = {"notice": config["study"]["notice"], "dpi": drawn["dpi"], "colours": drawn["colours"]}
    return table(config) | {"figure": asked["figure"]} | shared
