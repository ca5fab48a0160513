"""What each rule of `rules/response_safety.smk` gets as `settings`, and which files it reads.

Labels and titles go to tables and figures alone: changing one reruns no statistic.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.config.absences import (
    counts_not_collected,
    not_collected,
    response_not_collected,
)
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop
from scripts.lib.plan.statistics_settings import Config, parameter

SECTIONS = ("response_limits", "ae_rates", "interactions")


def asked(config: Config) -> list[str]:
    """The parts of this file that the study asks for; none where sensitivity is not enabled."""
    part = config["sensitivity"]
    return [name for name in SECTIONS if part["enabled"] and part[name]]


def outputs(config: Config) -> list[str]:
    """Every file that these parts add to the study."""
    made = asked(config)
    files = [f"results/ard/{name}.csv" for name in made]
    files += [f"results/tables/{name}.csv" for name in made]
    drawn = {"response_limits": ("swimmer", "response_duration"), "ae_rates": ("ae_rates",)}
    drawn["interactions"] = ("interactions",)
    names = [figure for name in made for figure in drawn.get(name, ())]
    return files + [f"results/figures/{n}.{end}" for n in names for end in ("svg", "pdf", "png")]


def check(config: Config) -> None:
    """Stop before any job where a section names an endpoint that is not declared."""
    for name in asked(config):
        part = config["sensitivity"][name]
        for key in ("endpoint", "follow_up"):
            if key in part and part[key] not in config["endpoints"]["time_to_event"]:
                raise Stop(
                    f"config/sensitivity.yaml: {name}.{key}: {part[key]} is no endpoint of "
                    "config/endpoints.yaml. Define it there, or correct the name."
                )
    if "interactions" in asked(config) and not config["statistics"]["subgroups"]["variables"]:
        raise Stop(
            "config/sensitivity.yaml: interactions: statistics.subgroups names no variable. Name "
            "one, or leave `interactions` out."
        )


def adtte(config: Config, section: str, key: str) -> str:
    """Name of the dataset of the endpoint that a section names."""
    return f"adtte_{config['sensitivity'][section][key]}"


def _common(config: Config) -> dict[str, Any]:
    return {
        "arms": [arm["id"] for arm in config["study"]["arms"]],
        "reference": config["study"]["reference"],
        "printed": config["statistics"]["printed"],
    }


def response_limits(config: Config) -> dict[str, Any]:
    """Settings of `estimate_response_limits`."""
    part = config["sensitivity"]["response_limits"]
    rule = config["endpoints"]["response"]
    survival = config["statistics"]["survival"] | config["study"]["conventions"]
    return (
        _common(config)
        | {
            "rates": list(part["rates"]),
            "best": list(part["best"]),
            "levels": part["levels"],
            "confirmation": {key: rule[key] for key in ("confirm_days", "confirm_max_ne")},
            "survival": survival,
        }
        | ({"not_collected": True} if response_not_collected(config) else {})
    )


def ae_rates(config: Config) -> dict[str, Any]:
    """Settings of `estimate_ae_rates`."""
    part = config["sensitivity"]["ae_rates"]
    counted = config["statistics"]["adverse_events"]
    rule = config["endpoints"]["adverse_events"]
    windows = [{k: v for k, v in w.items() if k != "label"} for w in part["windows"]]
    common = _common(config)
    if counted["percent_rounding"]:
        rounding = {"percent_rounding": counted["percent_rounding"]}
        common["printed"] = common["printed"] | rounding
    return common | {
        "conventions": config["study"]["conventions"],
        "windows": windows,
        "start": rule["start"],
        "end": rule["end"],
        "where": counted["where"],
        "counts": _counts(config),
    }


def _counts(config: Config) -> list[dict[str, Any]]:
    """Counts of adverse events; what nobody can have is marked."""
    gone = counts_not_collected(config)
    counts = config["statistics"]["adverse_events"]["counts"]
    return [c | {"not_collected": True} if c["variable"] in gone else c for c in counts]


def interactions(config: Config) -> dict[str, Any]:
    """Settings of `estimate_interactions`."""
    names, gone = config["statistics"]["subgroups"]["variables"], not_collected(config)
    return {
        "printed": config["statistics"]["printed"],
        "parameters": [parameter(config, name) for name in config["statistics"]["endpoints"]],
        "variables": names,
        "not_collected": [name for name in names if name in gone],
    }


def interactions_figure(config: Config) -> dict[str, Any]:
    """What is the figure of interactions' own; `plot_checks` draws it with others."""
    names = config["statistics"]["subgroups"]["variables"]
    return {
        "labels": variable_labels(config["cohort"], names),
        "alpha": config["statistics"]["tests"]["alpha"],
    }


def shown(config: Config, section: str) -> dict[str, Any]:
    """Settings of a table or figure of a section: its entry, the study, the names of things."""
    study = config["study"]
    said = {name: study[name] for name in ("notice", "arms", "reference")}
    said["confidence_level"] = study["conventions"]["confidence_level"]
    drawn = config["report"]["figures"]
    part = config["sensitivity"][section]
    settings = {"part": part, "study": said}
    own = part.get("figure", {}).get("colours")
    settings |= {"colours": own or drawn["colours"], "dpi": drawn["dpi"]}
    if section == "ae_rates":
        settings["names"] = _event_names(config)
        settings["counts"] = _counts(config)
    if section == "interactions":  # its figure is drawn with others
        settings["part"] = {name: value for name, value in part.items() if name != "figure"}
        names = config["statistics"]["subgroups"]["variables"]
        settings["labels"] = variable_labels(config["cohort"], names)
        settings["post_baseline"] = [
            v["name"] for v in config["cohort"]["variables"] if v["timing"] == "post_baseline"
        ]
        settings["alpha"] = config["statistics"]["tests"]["alpha"]
        ends = config["statistics"]["endpoints"]
        settings["parameters"] = [parameter(config, name) for name in ends]
    return settings


def _event_names(config: Config) -> dict[str, dict[str, Any]]:
    """Per counted variable its name and those of its terms, as the study's tables have them."""
    found: dict[str, dict[str, Any]] = {}
    for table in config["report"]["tables"].values():
        if table.get("analysis") == "adverse_events":
            for row in table["rows"]:
                if row.get("variable"):
                    names = {"label": row["label"], "levels": row.get("labels") or {}}
                    found.setdefault(row["variable"], names)
    return found
