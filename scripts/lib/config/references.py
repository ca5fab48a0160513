"""What cohort and endpoints name must exist: tables and columns, variables, arms, criteria.

Each section checks itself; this looks from one section into another, when the workflow is parsed,
so that a misspelt column costs a second and not a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scripts.lib.config.sources import KNOWN
from scripts.lib.derivation.absences import never_true, not_collected
from scripts.lib.derivation.specs import (
    adverse_event_columns,
    columns_of,
    columns_read,
    response_columns,
    split_variables,
    variables_of,
)
from scripts.lib.errors import Stop

Config = dict[str, Any]


def check_references(config: Config) -> None:
    """Stop with one line for everything named that nothing declares."""
    problems = [*_of_tables(config), *_of_arms(config), *_of_endpoints(config)]
    if problems:
        raise Stop(
            f"the configuration names {len(problems)} thing(s) that are not declared:\n  "
            + "\n  ".join(problems)
        )
    if impossible := list(_impossible(config)):
        raise Stop(
            "nobody could be in the study, as these rest on what is declared absent "
            "(config/sources.yaml):\n  " + "\n  ".join(impossible) + "\n"
            "Decide by something else, or write `applied: false` at the criterion."
        )


def _impossible(config: Config) -> Iterator[str]:
    """What must be known of everybody and can be of nobody."""
    cohort, gone = config["cohort"], not_collected(config)
    if cohort["start"] in gone:
        yield f"cohort.start: {cohort['start']} ({gone[cohort['start']]})"
    for case in cohort["arm"]:
        if never_true(case["when"], gone):
            yield f"cohort.arm: {case['value']}"
    for criterion in cohort["criteria"]:
        if criterion["applied"] and never_true(criterion["when"], gone):
            yield f"cohort.criteria: {criterion['id']}"


def _of_tables(config: Config) -> Iterator[str]:
    cohort = config["cohort"]
    yield from _columns(config, "cohort.screened", cohort["screened"], ())
    if config["sources"]["tables"].get(cohort["screened"], {}).get("absent"):
        yield f"cohort.screened: table {cohort['screened']} is declared absent"
    for table, column in cohort["dates"].items():
        yield from _columns(config, "cohort.dates", table, [column])
    for spec in cohort["variables"]:
        if spec["from"]:
            wanted = columns_read(spec, cohort["dates"])
            yield from _columns(config, f"cohort.variables.{spec['name']}", spec["from"], wanted)
    endpoints = config["endpoints"]
    for name, rule in endpoints["time_to_event"].items():
        for table, columns in columns_of(rule).items():
            yield from _columns(config, f"endpoints.time_to_event.{name}", table, columns)
    for name, read in (("response", response_columns), ("adverse_events", adverse_event_columns)):
        rule = endpoints[name]
        yield from _columns(config, f"endpoints.{name}", rule["table"], read(rule))


def _columns(config: Config, where: str, table: str, columns: Iterable[str]) -> Iterator[str]:
    declared = config["sources"]["tables"].get(table)
    if declared is None or (declared.get("absent") and table not in KNOWN):
        yield f"{where}: table {table} (config/sources.yaml)"
        return
    absent = declared.get("absent")
    why = "declared absent; only docs/architecture.md says its columns" if absent else ""
    known = KNOWN[table] if absent else declared["columns"]
    for column in sorted(set(columns) - set(known) - {"USUBJID"}):
        yield f"{where}: column {column} of {table} ({why or 'config/sources.yaml'})"


def _of_arms(config: Config) -> Iterator[str]:
    declared = {arm["id"] for arm in config["study"]["arms"]}
    assigned = {str(case["value"]) for case in config["cohort"]["arm"]}
    for arm in sorted(assigned - declared):
        yield f"cohort.arm: arm {arm} (config/study.yaml)"
    for arm in sorted(declared - assigned):
        yield f"study.arms: nobody is assigned to {arm} (config/cohort.yaml, arm)"


def _of_endpoints(config: Config) -> Iterator[str]:
    cohort, endpoints = config["cohort"], config["endpoints"]
    rules = {f"time_to_event.{name}": rule for name, rule in endpoints["time_to_event"].items()}
    rules |= {name: endpoints[name] for name in ("response", "adverse_events")}
    variables = {spec["name"] for spec in split_variables(cohort["variables"])[0]}
    criteria = {criterion["id"] for criterion in cohort["criteria"]}
    for name, rule in rules.items():
        for variable in sorted(variables_of(rule) - variables):
            yield f"endpoints.{name}: variable {variable} (config/cohort.yaml)"
        for criterion in sorted(set(rule["ignoring"]) - criteria):
            yield f"endpoints.{name}: criterion {criterion} (config/cohort.yaml)"
    for spec in cohort["variables"]:
        if spec["endpoint"] and spec["endpoint"] not in endpoints["time_to_event"]:
            yield (f"cohort.variables.{spec['name']}: endpoint {spec['endpoint']} "
                   "(config/endpoints.yaml)")  # fmt: skip
