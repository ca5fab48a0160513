"""The conventions behind the results, as the report page lists them: setting, value, meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from scripts.lib.config.statistics import Cox, FollowUp, PrintedNumbers, Survival, Tests
from scripts.lib.config.study import Conventions
from scripts.lib.plan.statistics_settings import Config

PARTS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("study", "conventions", Conventions),
    ("statistics", "survival", Survival),
    ("statistics", "cox", Cox),
    ("statistics", "follow_up", FollowUp),
    ("statistics", "tests", Tests),
    ("statistics", "printed", PrintedNumbers),
)


def conventions(config: Config) -> list[dict[str, str]]:
    """Every single-valued setting that decides a number, with what its model says of it."""
    rows = [_row("data_cutoff", config["study"]["data_cutoff"], "nothing later is analysed")]
    software = config["statistics"]["reference_software"]
    followed = f"{software['name']} {software['version']}"
    rows.append(_row("reference_software", followed, "whose conventions are followed"))
    for section, part, model in PARTS:
        rows += _rows(part, model, config[section][part])
    return rows


def _rows(path: str, model: type[BaseModel], values: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name, field in model.model_fields.items():
        value, inner = values[name], field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _rows(f"{path}.{name}", inner, value)
        elif not isinstance(value, (list, dict)):
            yield _row(f"{path}.{name}", value, field.description or "")


def _row(name: str, value: Any, meaning: str) -> dict[str, str]:
    words = {True: "yes", False: "no"}
    text = words[value] if isinstance(value, bool) else str(value)
    return {"name": name, "value": text, "meaning": meaning}


def endpoint_rules(config: Config) -> list[dict[str, Any]]:
    """Of each analysed endpoint its events and censoring, in declared order."""
    labels = {v["name"]: v["label"] for v in config["cohort"]["variables"]}
    rules = []
    for name in config["statistics"]["endpoints"]:
        spec = config["endpoints"]["time_to_event"][name]
        rules.append(
            {
                "param": spec["param"],
                "label": spec["label"],
                "start": labels.get(spec["start"]) or spec["start"],
                "events": [event["description"] for event in spec["events"]],
                "censoring": [
                    f"{rule['description']}: {rule['date_description']}"
                    for rule in spec["censoring"]
                ],
            }
        )
    return rules
