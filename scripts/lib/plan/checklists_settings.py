"""Where the report shows what the checklists ask for: keys of their items, as links that exist.

A key whose tables, figures or analyses the study does not have stands for no link.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.display.anchors import PAGE, anchor
from scripts.lib.plan import sensitivity_shown
from scripts.lib.plan.statistics_settings import Config

Link = tuple[str, str]  # what it is called, where it is (seen from results/report/)
METHODS = {
    "methods_patients": "Patients",
    "methods_endpoints": "Endpoints",
    "methods_outcomes": "Response and adverse events",
    "methods_statistics": "Statistical analysis",
    "methods_sensitivity": "Sensitivity analyses",
    "methods_rules": "Rules as they ran",
}
TABLES = {
    "baseline_tables": "baseline",
    "treatment_tables": "treatment_patterns",
    "response_tables": "response",
    "event_tables": "adverse_events",
}
ALWAYS: dict[str, Link] = {
    "summary": ("Summary", f"{PAGE}#summary"),
    "quality": ("Data quality", "../quality/index.html"),
    "provenance": ("Provenance", "../provenance.json"),
    "ard_baseline": ("ard/baseline.csv", "../ard/baseline.csv"),
    "ard_follow_up": ("ard/follow_up.csv", "../ard/follow_up.csv"),
    "ard_kaplan_meier": ("ard/kaplan_meier.csv", "../ard/kaplan_meier.csv"),
}


def links(config: Config) -> dict[str, list[Link]]:
    """Every key with its links; none where the study does not have it."""
    found = {key: [link] for key, link in ALWAYS.items()}
    for key, title in METHODS.items():
        found[key] = [(f"Methods: {title}", f"{PAGE}#{anchor(title)}")]
    tables, drawn = config["report"]["tables"], config["report"]["figures"]
    for key, analysis in TABLES.items():
        found[key] = [_on_page(n, t) for n, t in tables.items() if t.get("analysis") == analysis]
    found["cox_tables"] = [_on_page(n, t) for n, t in tables.items() if t["layout"] == "cox"]
    for key, kind in (("attrition", "attrition"), ("curves", "kaplan_meier")):
        found[key] = [_on_page(name, figure) for name, figure in drawn[kind].items()]
    made = sensitivity_shown.tables(config)
    for part, (names, _) in sensitivity_shown.PARTS.items():
        for name, key in names.items():
            known = name in made
            found[name] = [_sensitivity(config, part, name, key)] if known else []
    return found


def _on_page(name: str, shown: dict[str, Any]) -> Link:
    return shown["label"], f"{PAGE}#{name}"


def _sensitivity(config: Config, part: str, name: str, key: str) -> Link:
    return config["sensitivity"][part][key]["label"], f"{PAGE}#{name}_table"


def checklists(config: Config) -> dict[str, Any]:
    """Settings of `write_checklists`."""
    shown = ("title", "notice", "delivery", "data_cutoff")
    return {name: config["study"][name] for name in shown} | {"links": links(config)}
