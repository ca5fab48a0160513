"""What is validated, with which suite, reading what; known when the workflow is parsed."""

from __future__ import annotations

import calendar
import datetime as dt
import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.config.absences import (
    events_not_collected,
    not_collected,
    response_not_collected,
)
from scripts.lib.config.quality import open_gates
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names
from scripts.lib.plan.assumptions_settings import variant_datasets
from scripts.lib.plan.batches import (
    Batches,
    dataset_path,
    derivation_findings,
    derived_from,
    plan_batches,
    stage_of,
)
from scripts.lib.plan.suite_vocabulary import check_vocabulary, own_lists
from scripts.lib.plan.vocabulary import stop_for
from scripts.lib.plan.vocabulary_shown import vocabulary
from scripts.lib.quality.suites import ABSENT, FOLDER, READING, Suite, load_suites, read_reading
from scripts.lib.quality.waivers import read_waivers
from scripts.lib.reading.codelists import check_codelists
from scripts.lib.reading.sources import codelist_files, joined_tables

TEMPLATE = "scripts/templates/quality.html.j2"
PARTIAL = "scripts/templates/status.html.j2"
CODELISTS = "config/codelists/{}.csv"
NOT_IN_EXTRACT = "not collected: config/sources.yaml declares no such column"
DELIVERY_DATE = re.compile(r"((?:19|20)\d\d)(?:[-_.]?([01]\d)(?:[-_.]?([0-3]\d))?)?")
OF_SUBJECTS = ("subjects", "adsl")  # their columns are variables of `cohort.variables`


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
    partial: str
    waivers: str

    def files(self, pattern: str) -> list[str]:
        """`pattern` with the name of every dataset."""
        return [path for batch in self.batches for path in batch.files(pattern)]


def plan_quality(config: Mapping[str, Any], raw_bytes: int = 0) -> QualityPlan:
    """The plan of a study; Stop where anything names what there is not, a suite or a waiver too."""
    tables = config["sources"]["tables"]
    made = vocabulary(config, check_codelists(codelist_files(config["sources"], tables)))
    if not made.datasets_known:  # nor are the suites that there should be
        stop_for(problem.text() for problem in made.problems)
    batches = planned_batches(config, raw_bytes)
    suites = load_suites([table for names in batches.values() for table in names])
    rules = read_reading(FOLDER / f"{READING}.yaml")
    waivers = config["quality"]["waivers"]
    _check_neighbours(batches, suites)
    check_vocabulary(made, suites, read_waivers(waivers), rules)
    _check_codelists(suites, config)
    return QualityPlan(
        batches=[_batch(name, batches, suites, config) for name in batches],
        gates_before=_gates_before(config, suites),
        gate_settings=_gate_settings(config),
        page_settings=_page_settings(config, batches),
        template=os.path.relpath(ROOT / TEMPLATE),
        partial=os.path.relpath(ROOT / PARTIAL),
        waivers=waivers,
    )


def planned_batches(config: Mapping[str, Any], raw_bytes: int = 0) -> Batches:
    """Datasets of the study that are validated, by batch."""
    return plan_batches(
        list(config["sources"]["tables"]),
        list(config["endpoints"]["time_to_event"]),
        list(config["statistics"]["endpoints"]),
        variant_datasets(dict(config)),
        raw_bytes,
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
        "open_gates": open_gates(config["quality"]),
        "stages": stages,
        "arms": {arm["id"]: arm["label"] for arm in study["arms"]},
        "absent": {
            table: absent
            for tables in batches.values()
            for table in tables
            if (absent := _absent_in(table, config))
        },
        "earlier": [earlier["delivery"] for earlier in study["earlier_deliveries"]],
    }


def _gates_before(config: Mapping[str, Any], tables: Iterable[str]) -> dict[str, list[str]]:
    """Gates that each gate requires: of what it was derived from, or has columns looked up in."""
    of_adsl = sorted({v["endpoint"] for v in config["cohort"]["variables"] if v["endpoint"]})
    raw = config["sources"]["tables"]
    before = {
        table: joined_tables(config["sources"], table)
        if table in raw
        else derived_from(table, of_adsl)
        for table in tables
    }
    return {t: [f"data/gates/{earlier}.passed" for earlier in names] for t, names in before.items()}


def _batch(
    name: str, batches: Batches, suites: Mapping[str, Suite], config: Mapping[str, Any]
) -> Batch:
    tables = batches[name]
    own = [suites[table] for table in tables]
    raw = {t: config["sources"]["tables"][t] for t in tables if t in config["sources"]["tables"]}
    absent = {table: absent_for(suites[table], config) for table in tables}
    return Batch(
        name=name,
        tables=tables,
        data=[dataset_path(table, batches) for table in tables],
        neighbours=_distinct(dataset_path(t, batches) for s in own for t in s.neighbours()),
        problems=[f"data/private/problems/{table}.parquet" for table in raw],
        derived=[path for table in tables for path in derivation_findings(table)],
        codelists=_distinct(CODELISTS.format(c) for s in own for c in s.codelists(absent[s.table])),
        settings={
            "data_cutoff": config["study"]["data_cutoff"],
            "delivered": last_day(config["study"]),
            "arms": [arm["id"] for arm in config["study"]["arms"]],
            "first_day": config["study"]["conventions"]["first_day"],
            "absent": {table: reasons for table, reasons in absent.items() if reasons},
            "may_be_empty": [t for t, declared in raw.items() if declared["may_be_empty"]],
        },
    )


def last_day(study: Mapping[str, Any]) -> str | None:
    """The last day that the extract can tell of: declared, or read off the name of the delivery.

    Names such as `2026-05-12`, `2026-05` (the last day of the month) and `2026` say it, but none
    before the data cut-off, up to which the extract is used; None where the name says nothing.
    """
    if study["extracted"]:
        return str(study["extracted"])
    found = DELIVERY_DATE.fullmatch(study["delivery"])
    if not found:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    month = month or 12
    try:
        named = dt.date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None
    return max(str(named), str(study["data_cutoff"]))


def absent_for(suite: Suite, config: Mapping[str, Any]) -> dict[str, str]:
    """Why what a suite names is not collected: by column, `$PARAMETER`, `*` for the whole table.

    A column joined from another table, or a parameter with values of one, is as absent as that; so
    is a code list that should judge the very column that it made. An `optional` column is absent
    where the extract does not have it.
    """
    absent = _absent_in(suite.table, config)
    if suite.table in config["sources"]["tables"] and ABSENT not in absent:
        declared = config["sources"]["tables"][suite.table]["columns"]
        absent |= {c: NOT_IN_EXTRACT for c in suite.optional if c not in declared}
    for join in suite.joins:
        if join.optional:
            continue
        there = _absent_in(join.table, config)
        of_condition = names(join.where) if join.where else set()
        for theirs, here in join.columns.items():
            absent |= _reason(here, there, *join.keys_there, theirs, *sorted(of_condition))
            if ABSENT not in absent:
                absent |= _reason(here, absent, *join.keys_here)
    for name, reference in suite.references.items():
        there = _absent_in(reference.table, config)
        used = [reference.column, *(names(reference.where) if reference.where else [])]
        absent |= _reason(f"${name}", there, *used)
    declared = config["sources"]["tables"].get(suite.table)
    return (own_lists(suite, declared) if declared else {}) | absent


def _reason(name: str, there: Mapping[str, str], *used: str) -> dict[str, str]:
    """`name` with the reason why something that it was made from is absent, if it is."""
    reason = next((there[c] for c in (ABSENT, *used) if c in there), None)
    return {name: reason} if reason else {}


def _absent_in(table: str, config: Mapping[str, Any]) -> dict[str, str]:
    """Why columns of a dataset have no value in anybody."""
    if table in config["sources"]["tables"]:
        return absent_columns(config["sources"]["tables"][table])
    gone: dict[str, str] = {}
    if table in OF_SUBJECTS:
        gone = not_collected(config)
    elif table == "adae":
        gone = events_not_collected(config)
    elif table == "adrs":
        gone = {ABSENT: why} if (why := response_not_collected(config)) else {}
    return {name: f"not collected: {why}" for name, why in gone.items()}


def absent_columns(table: Mapping[str, Any]) -> dict[str, str]:
    """Why columns of a table are not collected; `*` where the table is not."""
    if table["absent"]:
        return {ABSENT: f"not collected: {table['reason']}"}
    absent = {name: column for name, column in table["columns"].items() if column["absent"]}
    return {name: f"not collected: {column['reason']}" for name, column in absent.items()}


def _distinct(paths: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(paths))


def _check_codelists(suites: Mapping[str, Suite], config: Mapping[str, Any]) -> None:
    """A code list that a suite names is there and can be read; no column need name it."""
    faults = []
    for table, suite in suites.items():
        for name in suite.codelists(absent_for(suite, config)):
            path = CODELISTS.format(name)
            if not Path(path).exists():
                near = difflib.get_close_matches(name, _lists_there(), n=1)
                faults.append(
                    f"{path} is missing, but {FOLDER}/{table}.yaml refers to the code list `{name}`"
                    + (f" (nearest: `{near[0]}`)" if near else "")
                    + ". Write the list, or correct `codelist` there."
                )
            else:
                check_codelists([path])
    if faults:
        raise Stop("\n  ".join(faults))


def _lists_there() -> list[str]:
    return sorted(path.stem for path in Path(CODELISTS).parent.glob("*.csv"))


def _check_neighbours(batches: Batches, suites: Mapping[str, Suite]) -> None:
    """A suite may read what exists when it is used: its own batch, stage or an earlier one."""
    stages = list(map(stage_of, batches))
    order = {table: i for i, names in enumerate(batches.values()) for table in names}
    for table, suite in suites.items():
        for other in suite.neighbours():
            later = order.get(other, -1) > order[table]  # no dataset at all: `check_vocabulary`
            if later and stages[order[table]] != stages[order[other]]:
                raise Stop(f"{FOLDER}/{table}.yaml refers to {other}, which is made later.")
