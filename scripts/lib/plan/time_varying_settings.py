"""What the rules of `rules/time_varying.smk` get as `settings`."""

from __future__ import annotations

from typing import Any

from scripts.lib.config.absences import not_collected
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop
from scripts.lib.plan.statistics_settings import (
    Config,
    confidence_text,
    cox_multivariable,
    endpoint_labels,
)

NAME = "time_varying"
YES_NO = {"yes", "no"}
NOT_YES_NO = "not estimable: no yes/no variable, which alone can be first seen on a day"
NO_DAY = "not estimable: nothing says when it was first seen (time_varying: date)"


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
    found = [(_used if one.get("unasked") else _covariate)(config, one, gone)
             for one in asked["covariates"]]  # fmt: skip
    endpoints = {e: cox_multivariable(config, e) for e in config["statistics"]["endpoints"]}
    terms = next(iter(endpoints.values()))["terms"]
    return {
        "covariates": found,
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
    dates = [date] if date else _days(variables, name)
    if not dates:
        raise Stop(
            f"{where}: nothing says when it was first seen. Name in `date` the variable that "
            "holds that day."
        )
    return {"name": name, "dates": dates} | ({"not_collected": True} if name in gone else {})


def _used(config: Config, asked: dict[str, Any], gone: dict[str, str]) -> dict[str, Any]:
    """A covariate that nobody asked for: without a day, it says why it has no such form."""
    variables, name = {v["name"]: v for v in config["cohort"]["variables"]}, asked["name"]
    spec = variables[name]
    dates = _days(variables, name)
    found: dict[str, Any] = {"name": name, "dates": dates}
    if name in gone:
        return found | {"not_collected": True}
    if spec["pick"] != "any" and set(spec["levels"] or ()) != YES_NO and not dates:
        return found | {"why_not": NOT_YES_NO}
    return found if dates else found | {"why_not": NO_DAY}


def _days(variables: dict[str, dict[str, Any]], name: str) -> list[str]:
    """Columns of `subjects` of which the first day is that on which the variable came to be yes.

    Known of a variable that is yes with its first row, and of one that is yes where any of such is.
    """
    spec = variables.get(name)
    if spec is None:
        return []
    if spec["pick"] == "any":
        return [] if spec["dated"] else [f"{name}__DT"]
    parts = [part.strip() for part in (spec["expression"] or "").split(" or ")]
    found = [_days(variables, part) for part in parts]
    return [day for days in found for day in days] if all(found) else []


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
