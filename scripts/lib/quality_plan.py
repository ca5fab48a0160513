"""What is validated, with which suite, reading what; known when the workflow is parsed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scripts.lib.batches import (
    Batches,
    dataset_path,
    derivation_findings,
    derived_from,
    plan_batches,
    stage_of,
)
from scripts.lib.code import ROOT
from scripts.lib.errors import Stop
from scripts.lib.suites import FOLDER, READING, Suite, load_suites, read_reading
from scripts.lib.waivers import read_waivers

TEMPLATE = "scripts/templates/quality.html.j2"
ABSENT = "*"  # the whole table is absent


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

    def files(self, pattern: str) -> list[str]:
        """`pattern` with the name of every dataset."""
        return [path for batch in self.batches for path in batch.files(pattern)]


def plan_quality(config: Mapping[str, Any]) -> QualityPlan:
    """The plan of a study; Stop where a suite or the waivers file has a mistake."""
    study, quality = config["study"], config["quality"]
    batches = plan_batches(
        list(config["sources"]["tables"]),
        list(config["endpoints"]["time_to_event"]),
        list(config["statistics"]["endpoints"]),
    )
    suites = load_suites([table for names in batches.values() for table in names])
    _check_neighbours(batches, suites)
    read_reading(FOLDER / f"{READING}.yaml")
    read_waivers(quality["waivers"])
    gate = {"data_cutoff": study["data_cutoff"], "stops": quality["stops"]}
    page = gate | {
        "title": study["title"], "notice": study["notice"], "delivery": study["delivery"],
        "rows": quality["page_rows"],
        "stages": {stage: [t for b, names in batches.items() if stage_of(b) == stage for t in names]
                   for stage in dict.fromkeys(map(stage_of, batches))},
    }  # fmt: skip
    planned = [_batch(name, batches, suites, config) for name in batches]
    of_adsl = sorted({v["endpoint"] for v in config["cohort"]["variables"] if v["endpoint"]})
    before = {
        table: [f"data/gates/{earlier}.passed" for earlier in derived_from(table, of_adsl)]
        for table in suites
    }
    return QualityPlan(planned, before, gate, page, os.path.relpath(ROOT / TEMPLATE))


def _batch(
    name: str, batches: Batches, suites: Mapping[str, Suite], config: Mapping[str, Any]
) -> Batch:
    tables = batches[name]
    raw = [table for table in tables if table in config["sources"]["tables"]]
    absent = {table: absent_columns(config["sources"]["tables"][table]) for table in raw}
    return Batch(
        name=name,
        tables=tables,
        data=[dataset_path(table, batches) for table in tables],
        neighbours=_distinct(
            dataset_path(other, batches) for table in tables for other in suites[table].neighbours()
        ),
        problems=[f"data/private/problems/{table}.parquet" for table in raw],
        derived=[path for table in tables for path in derivation_findings(table)],
        codelists=_distinct(
            f"config/codelists/{name}.csv" for table in tables for name in suites[table].codelists()
        ),
        settings={
            "data_cutoff": config["study"]["data_cutoff"],
            "arms": [arm["id"] for arm in config["study"]["arms"]],
            "absent": {table: reasons for table, reasons in absent.items() if reasons},
        },
    )


def absent_columns(table: Mapping[str, Any]) -> dict[str, str]:
    """Why columns of a table are not collected; `*` where the table is not."""
    if table["absent"]:
        return {ABSENT: table["reason"]}
    return {name: c["reason"] for name, c in table["columns"].items() if c["absent"]}


def _distinct(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _check_neighbours(batches: Batches, suites: Mapping[str, Suite]) -> None:
    """A suite may read what exists when it is used: its own batch, stage or an earlier one."""
    stages = [stage_of(batch) for batch in batches]
    order = {table: i for i, names in enumerate(batches.values()) for table in names}
    for table, suite in suites.items():
        for other in suite.neighbours():
            if other not in order:
                raise Stop(f"{FOLDER}/{table}.yaml refers to {other}, which is no dataset here.")
            later = order[other] > order[table]
            if later and not stages[order[table]] == stages[order[other]] == "standardised":
                raise Stop(f"{FOLDER}/{table}.yaml refers to {other}, which is made later.")
