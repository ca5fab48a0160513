"""Which results a column of a table can change: read off the configuration, no data looked at.

Used when the workflow is parsed; imports nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.lib.config.specs import (
    adverse_event_columns,
    columns_of,
    columns_read,
    response_columns,
    response_rules,
    uses,
    variables_of,
)
from scripts.lib.expressions.grammar import names

COHORT, RESPONSE, ADVERSE_EVENTS = "cohort", "response", "adverse events"
DESCRIBED = {
    "baseline": "baseline",
    "treatment_patterns": "treatment patterns",
    "progression_sites": "progression sites",
}
Config = Mapping[str, Any]
Results = dict[str, set[str]]


def results_by_variable(config: Config) -> Results:
    """Results that each variable of the subjects can change, through whatever depends on it."""
    specs = {spec["name"]: spec for spec in config["cohort"]["variables"]}
    endpoints = config["endpoints"]["time_to_event"]
    found = _direct(config, list(specs))
    used = {name: uses(spec) for name, spec in specs.items()}
    users = {name: [n for n, behind in used.items() if name in behind] for name in specs}
    needed = {endpoint: variables_of(rule) for endpoint, rule in endpoints.items()}
    changed = True
    while changed:  # an endpoint may be a variable, and that variable be used again
        before = sum(map(len, found.values()))
        of_endpoint = results_by_endpoint(config, found)
        for name in specs:
            found[name].update(*(found[user] for user in users[name]))
            found[name].update(*(of_endpoint[e] for e, reads in needed.items() if name in reads))
        changed = sum(map(len, found.values())) > before
    return found


def results_by_endpoint(config: Config, by_variable: Results) -> Results:
    """Results that an endpoint can change: itself, and those of variables that are its time."""
    found = {name: {rule["param"]} for name, rule in config["endpoints"]["time_to_event"].items()}
    for spec in config["cohort"]["variables"]:
        if spec["endpoint"]:
            found[spec["endpoint"]] |= by_variable[spec["name"]]
    return found


def results_by_column(config: Config) -> dict[str, dict[str, list[str]]]:
    """Table -> column -> results that it can change, in the order of `result_names`."""
    by_variable = results_by_variable(config)
    found: dict[str, Results] = {}

    def add(table: str, columns: Iterable[str], results: set[str]) -> None:
        for column in sorted(columns):  # a set: no order of its own
            found.setdefault(table, {}).setdefault(column, set()).update(results)

    for spec in config["cohort"]["variables"]:
        if spec["from"]:
            columns = columns_read(spec, config["cohort"]["dates"])
            add(spec["from"], columns, by_variable[spec["name"]])
    by_endpoint = results_by_endpoint(config, by_variable)
    for name, rule in config["endpoints"]["time_to_event"].items():
        for table, columns in columns_of(rule).items():
            add(table, columns, by_endpoint[name])
    for response in response_rules(config["endpoints"]).values():
        add(response["table"], response_columns(response), {RESPONSE})
    events = config["endpoints"]["adverse_events"]
    add(events["table"], adverse_event_columns(events), {ADVERSE_EVENTS})
    return {
        table: {column: in_order(results, config) for column, results in columns.items()}
        for table, columns in found.items()
    }


def result_names(config: Config) -> list[str]:
    """Names of results in the order in which they are told."""
    params = [rule["param"] for rule in config["endpoints"]["time_to_event"].values()]
    sections = [*DESCRIBED.values(), "strata", "Cox", "subgroups"]
    return list(dict.fromkeys([COHORT, *params, RESPONSE, ADVERSE_EVENTS, *sections]))


def in_order(results: set[str], config: Config) -> list[str]:
    """`results`, those known first in their order."""
    return [name for name in result_names(config) if name in results]


def picked_behind(name: str, specs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variables picked from a column that `name` is made of; itself if it is one."""
    if name not in specs:
        return []
    if specs[name]["from"]:
        return [name] if specs[name]["column"] else []
    behind = [picked for used in sorted(uses(specs[name])) for picked in picked_behind(used, specs)]
    return list(dict.fromkeys(behind))


def _direct(config: Config, variables: list[str]) -> Results:
    """Results that name the variable themselves."""
    found: Results = {name: set() for name in variables}

    def add(used: Iterable[str], result: str) -> None:
        for name in used:
            if name in found:
                found[name].add(result)

    cohort, statistics = config["cohort"], config["statistics"]
    add([cohort["start"]], COHORT)
    for case in (*cohort["arm"], *(c for c in cohort["criteria"] if c["applied"])):
        add(names(case["when"]), COHORT)
    for response in response_rules(config["endpoints"]).values():
        add(variables_of(response), RESPONSE)
    add(variables_of(config["endpoints"]["adverse_events"]), ADVERSE_EVENTS)
    for section, result in DESCRIBED.items():
        add((v["name"] for v in statistics[section]["variables"]), result)
    add((stratum["name"] for stratum in statistics["strata"]), "strata")
    add((term["name"] for term in statistics["cox"]["terms"]), "Cox")
    add(statistics["subgroups"]["variables"], "subgroups")
    return found
