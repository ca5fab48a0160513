"""What each rule of `rules/report.smk` gets as `settings`: the part of the configuration it needs.

A figure gets its own entry, not those of the others: a changed title reruns what shows it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.config.absences import not_collected
from scripts.lib.config.quality import open_gates
from scripts.lib.config.specs import later_names
from scripts.lib.display.labels import variable_labels
from scripts.lib.errors import Stop
from scripts.lib.plan import checklists_settings, sensitivity_shown, time_varying_settings
from scripts.lib.plan.conventions import conventions, endpoint_rules
from scripts.lib.plan.statistics_settings import Config, parameter

KINDS = ("attrition", "kaplan_meier", "progression_sites", "strata")


def figures(config: Config, *kinds: str) -> dict[str, dict[str, Any]]:
    """Figures of these kinds (all when none is named) by id, in the order of the config."""
    parts = config["report"]["figures"]
    return {name: spec for kind in kinds or KINDS for name, spec in parts[kind].items()}


def pattern(names: Iterable[str]) -> str:
    """Regular expression for a wildcard that stands for one of `names`; none: never."""
    return "|".join(names) or "(?!)"


def endpoint_of(config: Config, figure: str) -> str:
    """Endpoint of a figure with curves."""
    endpoint = figures(config, "kaplan_meier", "strata")[figure]["endpoint"]
    if endpoint not in config["statistics"]["endpoints"]:
        raise Stop(
            f"config/report.yaml: {figure}: endpoint {endpoint} is not analysed. Name one of "
            f"{', '.join(config['statistics']['endpoints'])} (config/statistics.yaml)."
        )
    return endpoint


def parts(config: Config, figure: str, *analyses: str) -> list[str]:
    """ARD of the figure's endpoint alone: another endpoint's chain does not redraw it."""
    endpoint = endpoint_of(config, figure)
    return [f"data/ard/{analysis}/{endpoint}.csv" for analysis in analyses]


def curves(config: Config, figure: str) -> str:
    """Step curves of the figure's endpoint."""
    return f"data/ard/curves/{endpoint_of(config, figure)}.csv"


def sites_ard(config: Config, figure: str) -> list[str]:
    """ARD of the analysis that a figure of sites shows."""
    return [f"results/ard/{figures(config, 'progression_sites')[figure]['analysis']}.csv"]


def _drawn(config: Config, figure: str) -> dict[str, Any]:
    """The figure's entry, and what all figures share."""
    shared = config["report"]["figures"]
    study = config["study"]
    shown = {name: study[name] for name in ("notice", "arms", "reference")}
    shown["confidence_level"] = study["conventions"]["confidence_level"]
    spec = figures(config)[figure]
    return {"figure": spec, "study": shown} | {n: shared[n] for n in ("colours", "dpi")}


def plain_figure(config: Config, figure: str) -> dict[str, Any]:
    """Settings of `plot_progression_sites`."""
    return _drawn(config, figure)


def attrition_figure(config: Config, figure: str) -> dict[str, Any]:
    """Settings of `plot_attrition`: `late` names the criteria that are declared to look ahead."""
    criteria = config["cohort"]["criteria"]
    late = [c["id"] for c in criteria if c["timing"] == "post_baseline"]
    return _drawn(config, figure) | {"late": late}


def kaplan_meier_figure(config: Config, figure: str) -> dict[str, Any]:
    """Settings of `plot_kaplan_meier`."""
    names = config["statistics"]["subgroups"]["variables"]
    return _survival(config, figure, names)


def strata_figure(config: Config, figure: str) -> dict[str, Any]:
    """Settings of `plot_strata`."""
    names = [panel["variable"] for panel in figures(config)[figure]["panels"]]
    gone = sorted(not_collected(config).keys() & set(names))
    return _survival(config, figure, names) | ({"not_collected": gone} if gone else {})


def _survival(config: Config, figure: str, names: list[str]) -> dict[str, Any]:
    return (
        _drawn(config, figure)
        | {
            "parameter": parameter(config, endpoint_of(config, figure)),
            "labels": variable_labels(config["cohort"], names),
        }
        | _instead(config, names)
    )


def _instead(config: Config, names: list[str]) -> dict[str, str]:
    """Label of the time-varying table, where a figure groups by what is seen later."""
    asked = time_varying_settings.part(config)
    if not asked or not later_names(config) & set(names):
        return {}
    return {"time_varying": asked["table"]["label"]}


def assets(pattern: str) -> list[str]:
    """Files of the project below scripts/ that match `pattern`, relative to the working directory.

    Relative, as code inputs are, so that moving a checkout reruns nothing.
    """
    return sorted(os.path.relpath(path) for path in (ROOT / "scripts").glob(pattern))


def documents(config: Config) -> dict[str, Any]:
    """Settings of `write_workbook` and `write_document`."""
    return {name: config["study"][name] for name in ("title", "notice", "delivery", "data_cutoff")}


def page(config: Config) -> dict[str, Any]:
    """Settings of `render_report`."""
    shown = ("title", "notice", "arms", "reference", "delivery", "data_cutoff")
    study = {name: config["study"][name] for name in shown}
    study["open_gates"] = open_gates(config["quality"])
    confidence = config["study"]["conventions"]["confidence_level"]
    published = config["report"]["published"]
    drawn = {
        name: {key: figure[key] for key in ("label", "title", "caption")}
        for name, figure in figures(config).items()
    }
    return {
        "page": config["report"]["page"],
        "study": study,
        "level": f"{100 * confidence:g}%",
        "source": published["source"] if published else "",
        "figures": drawn,
        "flow": list(figures(config, "attrition")),
        "sensitivity": sensitivity_shown.figures(config),
        "links": checklists_settings.links(config),
        "endpoints": endpoint_rules(config),
        "conventions": conventions(config),
    }


def provenance(config: Config) -> dict[str, Any]:
    """Settings of `write_provenance`."""
    return {name: config["study"][name] for name in ("id", "delivery")}


def study_files(*patterns: str) -> list[str]:
    """Files of the study's folder that match, sorted; Excel's `~$` lock files are left out."""
    found = (path for pattern in patterns for path in Path().glob(pattern))
    return sorted(str(path) for path in found if path.is_file() and path.name[:2] != "~$")


def project_files() -> list[str]:
    """Snakefile, rules, scripts, templates and fonts, relative to the working directory."""
    patterns = (
        *("Snakefile", "rules/*.smk", "scripts/*.py", "scripts/lib/**/*.py"),
        *("scripts/templates/*", "scripts/assets/*/*"),
    )
    return sorted(os.path.relpath(p) for pattern in patterns for p in ROOT.glob(pattern))


def comparison(config: Config) -> list[str]:
    """The comparison with the paper; nothing where there is no paper."""
    return ["results/tables/published_comparison.csv"] if config["report"]["published"] else []
