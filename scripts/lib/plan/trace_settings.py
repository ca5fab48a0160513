"""What the rules of `rules/trace.smk` get as `settings`, and which files they read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scripts.lib.config.absences import marked, not_collected
from scripts.lib.config.sources import KNOWN
from scripts.lib.config.traces import LANES
from scripts.lib.errors import Stop
from scripts.lib.plan.analyses import analyses, endpoints
from scripts.lib.plan.lineage import traced
from scripts.lib.plan.statistics_settings import Config
from scripts.lib.reading.sources import raw_headers


def check(config: Config) -> None:
    """Stop before any job where a declared time line or private column names what is not there."""
    tables = config["sources"]["tables"]
    for place, lane in enumerate(config["report"]["traces"]["lanes"] or [], start=1):
        where = f"config/report.yaml: traces: lane {place}"
        if lane["table"] not in tables:
            raise Stop(f"{where}: no table {lane['table']} in config/sources.yaml.")
        for column in (lane["start"], lane["end"], *lane["shows"]):
            if column and column not in columns_of(config, lane["table"]):
                raise Stop(f"{where}: table {lane['table']} has no column {column}.")
    traces(config)


def columns_of(config: Config, table: str) -> dict[str, dict[str, Any]]:
    """Canonical columns of a table: type, raw headers, unit; those of an absent table are known."""
    declared = config["sources"]["tables"][table]
    if declared["absent"]:
        return {name: _column(type_) for name, type_ in KNOWN.get(table, {}).items()}
    return {
        name: _column(column["type"], raw_headers(declared, name), column["unit"])
        for name, column in declared["columns"].items()
    }


def _column(type_: str, headers: Sequence[str] = (), unit: str = "") -> dict[str, Any]:
    return {"type": type_, "from": list(headers), "unit": unit}


def traces(config: Config) -> dict[str, Any]:
    """Settings of `write_traces`."""
    return subject(config) | {
        "max_subjects": config["report"]["traces"]["max_subjects"],
        "analyses": analyses(config),
        "lineage": traced(config),
    }


def subject(config: Config) -> dict[str, Any]:
    """Settings of `write_subject_trace`: what a patient's page needs."""
    study, cohort = config["study"], config["cohort"]
    gone = not_collected(config)
    tables = {table: columns_of(config, table) for table in config["sources"]["tables"]}
    return {
        "study": {n: study[n] for n in ("title", "notice", "arms", "delivery", "data_cutoff")},
        "days_per_month": study["conventions"]["days_per_month"],
        "screened": cohort["screened"],
        "start": cohort["start"],
        "dates": cohort["dates"],
        "variables": marked(cohort["variables"], gone),
        "criteria": cohort["criteria"],
        "arm": cohort["arm"],
        "endpoints": endpoints(config),
        "tables": tables,
        "lanes": list(_lanes(config, tables)),
        "private": private(config, tables),
        "analysis_names": list(analyses(config)),
    }


def private(config: Config, tables: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Columns by table, and variables (`""`), whose values no page under results/ may show."""
    named = set(config["report"]["traces"]["private"])
    found = {
        table: sorted(n for n, c in columns.items() if n in named or c["type"] == "text")
        for table, columns in tables.items()
    }
    hidden = set(named)
    for spec in config["cohort"]["variables"]:
        copied = spec["from"] and spec["column"] in found[spec["from"]]
        same = spec["expression"] and spec["expression"].strip() in hidden
        if copied or same:
            hidden.add(spec["name"])
    names = {spec["name"] for spec in config["cohort"]["variables"]}
    return found | {"": sorted(hidden & names)}


def _lanes(config: Config, tables: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Lines of the time line whose tables the hospital has."""
    asked = config["report"]["traces"]["lanes"]
    for lane in [lane.model_dump() for lane in LANES] if asked is None else asked:
        columns = tables.get(lane["table"], {})
        if lane["start"] in columns and not config["sources"]["tables"][lane["table"]]["absent"]:
            shows = [name for name in lane["shows"] if name in columns]
            yield lane | {"shows": shows, "end": lane["end"] if lane["end"] in columns else None}
