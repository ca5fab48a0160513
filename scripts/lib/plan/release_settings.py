"""What the rule `release` needs of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.lib.plan import report_settings, sensitivity_shown
from scripts.lib.plan.statistics_settings import parameter

DRAWN = {
    "attrition": report_settings.attrition_figure,
    "kaplan_meier": report_settings.kaplan_meier_figure,
    "strata": report_settings.strata_figure,
    "progression_sites": report_settings.plain_figure,
}


def analyses(config: Mapping[str, Any], described: Iterable[str]) -> list[str]:
    """Every analysis of the study that has a file of results."""
    paths = map(Path, sensitivity_shown.outputs(dict(config)))
    beyond = [path.stem for path in paths if path.parent == Path("results/ard")]
    return list(dict.fromkeys([*described, *beyond]))


def figures(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Kind and settings of each figure that is drawn anew from what is released."""
    return {
        name: {"kind": kind, "settings": settings(config, name)}
        for kind, settings in DRAWN.items()
        for name in report_settings.figures(config, kind)
    }


def release(config: dict[str, Any]) -> dict[str, Any]:
    """The smallest number that may be read, the figures, and what a page says of the study."""
    study = {key: config["study"][key] for key in ("title", "notice", "delivery", "data_cutoff")}
    endpoints = config["statistics"]["endpoints"]
    return {
        "minimum": config["release"]["minimum"],
        "study": study,
        "parameters": {name: parameter(config, name) for name in endpoints},
        "figures": figures(config),
    }
