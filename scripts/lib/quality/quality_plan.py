"""What is validated, with which suite, reading what; known when the workflow is parsed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.config.assumptions_settings import variant_datasets
from scripts.lib.errors import Stop
from scripts.lib.quality.batches import (
    Batches,
    dataset_path,
    derivation_findings,
    derived_from,
    plan_batches,
    stage_of,
)
from scripts.lib.quality.suites import ABSENT, FOLDER, READING, Suite, load_suites, read_reading
from scripts.lib.quality.waivers import read_waivers

TEMPLATE = "scripts/templates/quality.html.j2"


@dataclass(frozen=True)
class Batch:
    """One validation job."""

    name: str
    tables: list[str]
    data: list[str]
    neighbours: list[str]
    problems: list[str]
    derived: list[str]
    codelists: list[str]
    settings: dict[str, Any]

    @property
    def suites(self) -> list[str]:
        """Files of the suites."""
        return self.files(f"{FOLDER}/{{}}.yaml")

    def files(self, pattern: str) -> list[str]:
        """`pattern` with the name of each table, in order."""
        return [pattern.format(table) for table in self.tables]


@dataclass(frozen=True)
class QualityPlan:
    """All batches, in the order in which they can run."""

    batches: list[Batch]
    gates_before: dict[str, list[str]]
    gate_settings: dict[str, Any]
    page_settings: dict[str, Any]
    template: str
    waivers: str

    def files(self, pattern: str) -> list[str]:
        """`pattern` with the name of every dataset."""
        return [path for batch in self.batches for path in batch.files(pattern)]


def plan_quality(config: Mapping[str, Any]) -> QualityPlan:
    """The plan of a study; Stop where a suite or the waivers file has a mistake."""
    batches = plan_batches(
        list(config["sources"]["tables"]),
        list(config["endpoints"]["time_to_event"]),
        list(config["statistics"]["endpoints"]),
        variant_datasets(dict(config)),
    )
    suites = load_suites([table for names in batches.values() for table in names])
    _check_neighbours(batches, suites)
    read_reading(FOLDER / f"{READING}.yaml")
    waivers = config["quality"]["waivers"]
    read_waivers(waivers)
    return QualityPlan(
        batches=[_batch(name, batches, suites, config) for name in batches],
        gates_before=_gates_before(config, suites),
        gate_settings=_gate_settings(config),
        page_settings=_page_settings(config, batches),
        template=os.path.relpath(ROOT / TEMPLATE),
        waivers=waivers,
    )


def _gate_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"data_cutoff": config["study"]["data_cutoff"], "stops": config["quality"]["stops"]}


def _page_settings(config: Mapping[str, Any], batches: Batches) -> dict[str, Any]:
    study, stages = config["study"], dict[str, list[str]]()
    for batch, tables in batches.items():
        stages.setdefault(stage_of(batch), []).extend(tables)
    return _gate_settings(config) | {
        "title": study["title"],
        "notice": study["notice"],
        "delivery": study["delivery"],
        "rows": config["quality"]["page_rows"],
        "stages": stages,
    }


def _gates_before(config: Mapping[str, Any], tables: Iterable[str]) -> dict[str, list[str]]:
    """Gates that each gate requires."""
    of_adsl = sorted({v["endpoint"] for v in config["cohort"]["variables"] if v["endpoint"]})
    return {
        table: [f"data/gates/{earlier}.passed" for earlier in derived_from(table, of_adsl)]
        for table in tables
    }


def _batch(
    name: str, batches: Batches, suites: Mapping[str, Suite], config: Mapping[str, Any]
) -> Batch:
    tables = batches[name]
    own = [suites[table] for table in tables]
    raw = {t: config["sources"]["tables"][t] for t in tables if t in config["sources"]["tables"]}
    absent = {table: absent_columns(declared) for table, declared in raw.items()}
    return Batch(
        name=name,
        tables=tables,
        data=[dataset_path(table, batches) for table in tables],
        neighbours=_distinct(dataset_path(t, batches) for s in own for t in s.neighbours()),
        problems=[f"data/private/problems/{table}.parquet" for table in raw],
        derived=[path for table in tables for path in derivation_findings(table)],
        codelists=_distinct(f"config/codelists/{c}.csv" for s in own for c in s.codelists()),
        settings={
            "data_cutoff": config["study"]["data_cutoff"],
            "arms": [arm["id"] for arm in config["study"]["arms"]],
            "absent": {table: reasons for table, reasons in absent.items() if reasons},
            "may_be_empty": [t for t, declared in raw.items() if declared["may_be_empty"]],
        },
    )


def absent_columns(table: Mapping[str, Any]) -> dict[str, str]:
    """Why columns of a table are not collected; `*` where the table is not."""
    if table["absent"]:
        return {ABSENT: f"not collected: {table['reason']}"}
    absent = {name: column for name, column in table["columns"].items() if column["absent"]}
    return {name: f"not collected: {column['reason']}" for name, column in absent.items()}


def _distinct(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _check_neighbours(batches: Batches, suites: Mapping[str, Suite]) -> None:
    """A suite may read what exists when it is used: its own batch, stage or an earlier one."""
    stages = list(map(stage_of, batches))
    order = {table: i for i, names in enumerate(batches.values()) for table in names}
    for table, suite in suites.items():
        for other in suite.neighbours():
            if other not in order:
                raise Stop(f"{FOLDER}/{table}.yaml refers to {other}, which is no dataset here.")
            later = order[other] > order[table]
            if later and stages[order[table]] != stages[order[other]]:
                raise Stop(f"{FOLDER}/{table}.yaml refers to {other}, which is made later.")
