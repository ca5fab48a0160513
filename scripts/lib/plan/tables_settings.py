"""What the rules of tables and of the comparison get as `settings`, and which files they read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from scripts.lib.analysis.ard import ALL, ALL_COVARIATES
from scripts.lib.analysis.entry import data_driven
from scripts.lib.config.absences import (
    counts_not_collected,
    not_collected,
    response_not_collected,
)
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.labels import variable_labels
from scripts.lib.display.published import read_published
from scripts.lib.errors import Stop
from scripts.lib.plan.statistics_settings import Config, cox_terms, parameter

PART = re.compile(r"(\w+)|\[(\w+)=([^\]]+)\]|\[(\d+)\]")
NUMBER = re.compile(r"(?<![\w.-])(?:\d{4}-\d{2}-\d{2}|\d+(?:\.\d+)?)(?![\w.])")


def tables(config: Config) -> dict[str, dict[str, Any]]:
    """Tables by id, in the order of the config."""
    return config["report"]["tables"]


def ard_files(config: Config, table: str) -> list[str]:
    """Files of statistics that a table reads; a Cox table only those of its endpoint."""
    spec = tables(config)[table]
    if spec["layout"] == "cox":
        models = dict.fromkeys(column["analysis"] for column in spec["columns"])
        return [f"data/ard/{analysis}/{spec['endpoint']}.csv" for analysis in models]
    used = [spec["analysis"], *(row["analysis"] for row in spec["rows"] if row["analysis"])]
    return [f"results/ard/{analysis}.csv" for analysis in dict.fromkeys(used)]


def read_files(config: Config) -> list[str]:
    """Files of statistics that any table reads."""
    return list(dict.fromkeys(path for name in tables(config) for path in ard_files(config, name)))


def every_table(config: Config) -> dict[str, dict[str, Any]]:
    """Settings of `tabulate_tables`, by table."""
    return {name: table(config, name) for name in tables(config)}


def table(config: Config, name: str) -> dict[str, Any]:
    """Settings of one table; `ard`: the files of statistics that it reads."""
    spec = tables(config)[name]
    variables = [row["variable"] for row in spec["rows"] if row["variable"]]
    settings = {
        "table": spec,
        "ard": ard_files(config, name),
        "labels": variable_labels(config["cohort"], variables),
    }
    own = _cox if spec["layout"] == "cox" else _groups
    return settings | own(config, name, settings) | _not_collected(config, variables)


def _not_collected(config: Config, variables: list[str]) -> dict[str, Any]:
    """Why variables of the table have no numbers; nothing where all have."""
    gone = not_collected(config) | counts_not_collected(config)
    if reason := response_not_collected(config):
        gone |= {row["parameter"]: reason for row in config["statistics"]["response"]["rows"]}
    shown = {name: gone[name] for name in variables if name in gone}
    return {"not_collected": shown} if shown else {}


def check_tables(config: Config) -> None:
    """Make the settings of every table and of the comparison once, before any job.

    Raises
    ------
    Stop
        A name that is not declared, or a list of printed numbers that cannot be read.
    """
    for name in tables(config):
        table(config, name)
    if config["report"]["published"]:
        published(config)


def _groups(config: Config, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {
        "arms": config["study"]["arms"],
        "alpha": config["statistics"]["tests"]["alpha"],
        "absent": config["statistics"]["printed"]["not_available"],
    }


def _cox(config: Config, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    study = config["study"]
    arms = {arm["id"]: arm["label"] for arm in study["arms"]}
    labels = {TREATMENT: {"label": "Treatment", "unit": "", "levels": arms}} | settings["labels"]
    references = {term["name"]: (term["levels"] or [None])[0] for term in cox_terms(config)}
    references[TREATMENT] = study["reference"]
    shown = {row["variable"] for row in settings["table"]["rows"]}
    if unknown := sorted(shown - set(references)):
        raise Stop(
            f"config/report.yaml: {name}: {', '.join(unknown)} is no term of statistics.cox. Add "
            "it to config/statistics.yaml, or take the row out of the table."
        )
    terms, columns = cox_terms(config), settings["table"]["columns"]
    asked = {(column["analysis"], column["population"]) for column in columns}
    whole = ("cox_multivariable", ALL_COVARIATES)
    if ("cox_multivariable", ALL) in asked and whole not in asked and data_driven(terms):
        own = {"analysis": whole[0], "population": whole[1], "head": "All declared covariates"}
        settings = settings | {"table": settings["table"] | {"columns": [*columns, own]}}
    return {
        "table": settings["table"],
        "parameter": parameter(config, settings["table"]["endpoint"]),
        "labels": labels,
        "references": {k: v for k, v in references.items() if k in shown and v is not None},
    }


def published_file(config: Config, folder: str = "config") -> str:
    """Path of the printed numbers."""
    return f"{folder}/{config['report']['published']['file']}"


def published(config: Config, folder: str = "config") -> dict[str, Any]:
    """Settings of `compare_published`: month length, and every setting that a number names."""
    rows = read_published(Path(published_file(config, folder)))
    named = {row.ard_key for row in rows if row.is_setting and not row.reason}
    return {
        "days_per_month": config["study"]["conventions"]["days_per_month"],
        "not_reached": config["statistics"]["printed"]["not_reached"],
        "settings": {path: setting(config, path) for path in sorted(named)},
    }


def published_ard(config: Config, folder: str = "config") -> list[str]:
    """Files of statistics that the printed numbers name."""
    rows = read_published(Path(published_file(config, folder)))
    return sorted({row.ard_file for row in rows if row.ard_file and not row.is_setting})


def setting(config: Config, path: str) -> Any:
    """The value at a path such as `cohort.variables[name=AGEGR1].cut.at[0]`.

    `#2` behind the path of an expression is its second number or date.

    Raises
    ------
    Stop
        There is no such setting.
    """
    value: Any = config
    path, _, number = path.partition("#")
    for name, key, wanted, place in PART.findall(path):
        try:
            if key:
                value = next(item for item in value if str(item[key]) == wanted)
            else:
                value = value[int(place)] if place else value[name]
        except (KeyError, IndexError, TypeError, StopIteration):
            raise Stop(
                f"the file of printed numbers names the setting {path}, which the configuration "
                "does not have. Correct its ard_key, or give a reason why it cannot be reproduced."
            ) from None
    return _number_in(str(value), int(number), path) if number else value


def _number_in(expression: str, place: int, path: str) -> str:
    found = NUMBER.findall(expression)
    if len(found) < place:
        raise Stop(
            f"the file of printed numbers names number {place} of {path}, which has {len(found)}. "
            "Correct its ard_key."
        )
    return str(found[place - 1])
