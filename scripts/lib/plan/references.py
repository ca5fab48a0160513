"""What cohort and endpoints name must exist: tables and columns, variables, arms, criteria.

Each section checks itself; this looks from one section into another, when the workflow is parsed,
so that a misspelt column costs a second and not a run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from scripts.lib.config.absences import never_true, not_collected
from scripts.lib.config.lines import Problem
from scripts.lib.config.sources import KNOWN
from scripts.lib.config.specs import (
    adverse_event_columns,
    columns_of,
    columns_read,
    response_columns,
    response_rules,
    split_variables,
    variables_of,
)
from scripts.lib.errors import Stop
from scripts.lib.expressions.domains import nearest

Config = dict[str, Any]


def check_references(config: Config) -> None:
    """Stop with one line for everything named that nothing declares, or that nobody can have."""
    if problems := [problem.text() for problem in reference_problems(config)]:
        raise Stop(
            f"the configuration names {len(problems)} thing(s) that are not declared:\n  "
            + "\n  ".join(problems)
        )
    check_possible(config)


def reference_problems(config: Config) -> Iterator[Problem]:
    """Everything named that nothing declares."""
    yield from _of_tables(config)
    yield from _of_arms(config)
    yield from _of_endpoints(config)


def check_possible(config: Config) -> None:
    """Stop where something that must be known of everybody can be known of nobody."""
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


def _problem(section: str, keys: tuple[str | int, ...], what: str, where: str = "") -> Problem:
    path = ".".join(map(str, (section, *keys)))
    return Problem(f"config/{section}.yaml", (section, *keys), where or path, what)


def _of_tables(config: Config) -> Iterator[Problem]:
    cohort = config["cohort"]
    yield from _columns(config, "cohort", ("screened",), cohort["screened"], ())
    if config["sources"]["tables"].get(cohort["screened"], {}).get("absent"):
        yield _problem("cohort", ("screened",), f"table {cohort['screened']} is declared absent")
    for table, column in cohort["dates"].items():
        keys: tuple[str | int, ...] = ("dates", table)
        yield from _columns(config, "cohort", keys, table, [column], "cohort.dates")
    for place, spec in enumerate(cohort["variables"]):
        if spec["from"]:
            wanted = columns_read(spec, cohort["dates"])
            keys, where = ("variables", place), f"cohort.variables.{spec['name']}"
            yield from _columns(config, "cohort", keys, spec["from"], wanted, where)
    endpoints = config["endpoints"]
    for name, rule in endpoints["time_to_event"].items():
        for table, columns in columns_of(rule).items():
            yield from _columns(config, "endpoints", ("time_to_event", name), table, columns)
    for keys, rule in response_rules(endpoints).items():
        yield from _columns(config, "endpoints", keys, rule["table"], response_columns(rule))
    rule = endpoints["adverse_events"]
    wanted = adverse_event_columns(rule)
    yield from _columns(config, "endpoints", ("adverse_events",), rule["table"], wanted)


def _columns(
    config: Config,
    section: str,
    keys: tuple[str | int, ...],
    table: str,
    columns: Iterable[str],
    where: str = "",
) -> Iterator[Problem]:
    tables = config["sources"]["tables"]
    declared = tables.get(table)
    if declared is None or (declared.get("absent") and table not in KNOWN):
        hint = f"(config/sources.yaml){nearest(table, tables)}"
        yield _problem(section, keys, f"table {table} {hint}", where)
        return
    absent = declared.get("absent")
    why = "declared absent; only docs/architecture.md says its columns" if absent else ""
    known = KNOWN[table] if absent else declared["columns"]
    for column in sorted(set(columns) - set(known) - {"USUBJID"}):
        hint = f"({why or 'config/sources.yaml'}){nearest(column, known)}"
        yield _problem(section, keys, f"column {column} of {table} {hint}", where)


def _of_arms(config: Config) -> Iterator[Problem]:
    declared = [arm["id"] for arm in config["study"]["arms"]]
    assigned = [str(case["value"]) for case in config["cohort"]["arm"]]
    for place, arm in enumerate(assigned):
        if arm not in declared:
            hint = f"arm {arm} (config/study.yaml){nearest(arm, declared)}"
            yield _problem("cohort", ("arm", place), hint, "cohort.arm")
    for place, arm in enumerate(declared):
        if arm not in assigned:
            what = f"nobody is assigned to {arm} (config/cohort.yaml, arm)"
            yield _problem("study", ("arms", place), what, "study.arms")


def _of_endpoints(config: Config) -> Iterator[Problem]:
    cohort, endpoints = config["cohort"], config["endpoints"]
    rules: dict[tuple[str, ...], Any] = {
        ("time_to_event", name): rule for name, rule in endpoints["time_to_event"].items()
    }
    rules |= response_rules(endpoints) | {("adverse_events",): endpoints["adverse_events"]}
    variables = {spec["name"] for spec in split_variables(cohort["variables"])[0]}
    criteria = {criterion["id"] for criterion in cohort["criteria"]}
    for keys, rule in rules.items():
        for variable in sorted(variables_of(rule) - variables):
            hint = f"variable {variable} (config/cohort.yaml){nearest(variable, variables)}"
            yield _problem("endpoints", keys, hint)
        for criterion in sorted(set(rule["ignoring"]) - criteria):
            hint = f"criterion {criterion} (config/cohort.yaml){nearest(criterion, criteria)}"
            yield _problem("endpoints", keys, hint)
    for place, spec in enumerate(cohort["variables"]):
        known = endpoints["time_to_event"]
        if spec["endpoint"] and spec["endpoint"] not in known:
            hint = f"(config/endpoints.yaml){nearest(spec['endpoint'], known)}"
            where = f"cohort.variables.{spec['name']}"
            yield _problem(
                "cohort", ("variables", place), f"endpoint {spec['endpoint']} {hint}", where
            )
