"""What a cell touches: from a column of a table to the results, read off the configuration.

One graph for queries and traces. A change can go on

* from a column to columns that are read by it: conditions of cells and rows, lookups, limits of
  imputed dates, rules of rows that contradict each other;
* from a column to the variables and datasets that read it;
* from a variable to variables made from it, to the arm, the start and the criteria, to datasets
  whose rules name it, and to analyses whose settings name it;
* from a dataset to variables that are its times, and to analyses that name it: an endpoint by its
  id or parameter, response by its parameters, adverse events by what is counted;
* from the arm, the start and the criteria that are applied to everything: who is in the study;
* from an analysis to one that states its numbers again.

Names stand in expressions and settings, so nothing is listed here by hand; a new analysis is in
the graph as soon as `scripts.lib.plan.analyses` has it. Used when the workflow is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
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
from scripts.lib.plan import assumptions_settings as assumptions
from scripts.lib.plan import summary_settings as summary
from scripts.lib.plan.analyses import analyses, endpoints
from scripts.lib.plan.vocabulary import responses
from scripts.lib.reading.sources import joins_of, limits_of, readings

Config = Mapping[str, Any]
Node = tuple[str, ...]
COLUMN, VARIABLE, CONDITION, DATASET, ANALYSIS = (
    "column", "variable", "condition", "dataset", "analysis",
)  # fmt: skip
ARM, START = "TRT01A", "start"  # conditions of being in the study beside the criteria
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Lineage:
    """The graph of a study.

    Parameters
    ----------
    config
        The whole checked configuration.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.specs = {spec["name"]: spec for spec in config["cohort"]["variables"]}
        self.rules = _rules(config)  # dataset -> rules
        self.analyses = analyses(dict(config))
        self.edges: dict[Node, set[Node]] = {}
        for start, ends in _edges(self):
            self.edges.setdefault(start, set()).update(ends)
        criteria = config["cohort"]["criteria"]
        self.applied = [c["id"] for c in criteria if c["applied"]]
        self.after = cache(self._after)

    def _after(self, node: Node) -> frozenset[Node]:
        """The node and everything that it can change, who is in the study aside."""
        found, todo = {node}, [node]
        while todo:
            new = self.edges.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return frozenset(found)

    def reached(self, kind: str, *nodes: Node) -> list[str]:
        """Names of the nodes of a kind that any of `nodes` can change; sorted."""
        every = frozenset[Node]().union(*(self.after(node) for node in nodes))
        return sorted(node[1] for node in every if node[0] == kind)

    def selects(self, node: Node) -> bool:
        """Whether a change can decide who is in the study, or in which arm."""
        return not {ARM, START, *self.applied}.isdisjoint(self.reached(CONDITION, node))


# ---- the edges -----------------------------------------------------------------------------------


def _edges(lineage: Lineage) -> Iterator[tuple[Node, Iterable[Node]]]:
    config = lineage.config
    for name, table in config["sources"]["tables"].items():
        yield from _of_reading(name, table)
    for name, spec in lineage.specs.items():
        here = (VARIABLE, name)
        yield from (((VARIABLE, used), [here]) for used in uses(spec) & set(lineage.specs))
        if spec["endpoint"]:
            yield (DATASET, f"adtte_{spec['endpoint']}"), [here]
        if spec["from"]:
            for column in columns_read(spec, config["cohort"]["dates"]):
                yield (COLUMN, spec["from"], column), [here]
    yield from _of_selection(config["cohort"])
    for name, rules in lineage.rules.items():
        for rule in rules:
            yield from (((VARIABLE, used), [(DATASET, name)]) for used in variables_of(dict(rule)))
            for table, columns in _rule_columns(rule).items():
                yield from (((COLUMN, table, used), [(DATASET, name)]) for used in columns)
    yield from _of_analyses(lineage)


def _of_reading(name: str, table: Mapping[str, Any]) -> Iterator[tuple[Node, Iterable[Node]]]:
    """From columns to columns that are read by them."""
    every = [(COLUMN, name, column) for column in table["columns"]]

    def of(columns: Iterable[str], changed: Iterable[Node], of_table: str = name) -> Any:
        return (((COLUMN, of_table, column), changed) for column in columns)

    for reading in readings(dict(table)):
        yield from of(_names(reading["where"]), every)
        for column, declared in reading["columns"].items():
            yield from of(_names(declared["when"]), [(COLUMN, name, column)])
            if declared["imputed"]:
                yield from of([declared["imputed"]], [(COLUMN, name, column)])
    for date, limits in limits_of(dict(table)).items():
        bounds = [*limits["not_before"], *limits["not_after"]]
        yield from of(bounds, [(COLUMN, name, date), (COLUMN, name, limits["flag"])])
    if table["conflicts"]:
        rules = table["conflicts"]["decide"]
        by = [r[way] for r in rules for way in ("latest", "earliest", "largest", "smallest")]
        by += [column for rule in rules for column in rule["prefer"]]
        yield from of([*table["conflicts"]["key"], *filter(None, by)], every)
    joins = dict(joins_of(dict(table)))
    for column, declared in table["columns"].items():
        if declared["joined"]:
            key, theirs = declared["joined"].split(".")
            join, here = joins[key], [(COLUMN, name, column)]
            matched = join["by"] | join["latest"]
            yield from of(matched, here)
            there = {theirs, *matched.values(), *_names(join["where"])}
            yield from of(there, here, join["table"] or key)


def _of_selection(cohort: Mapping[str, Any]) -> Iterator[tuple[Node, Iterable[Node]]]:
    """From variables to the conditions of being in the study."""
    yield (VARIABLE, cohort["start"]), [(CONDITION, START)]
    for case in cohort["arm"]:
        yield from (((VARIABLE, used), [(CONDITION, ARM)]) for used in names(case["when"]))
    for criterion in cohort["criteria"]:
        here = (CONDITION, criterion["id"])
        for used in names(criterion["when"]):
            yield (CONDITION, ARM) if used == ARM else (VARIABLE, used), [here]


def _of_analyses(lineage: Lineage) -> Iterator[tuple[Node, Iterable[Node]]]:
    """From what the settings of an analysis name to the analysis."""
    config = lineage.config
    called = _called(config)
    for name, settings in lineage.analyses.items():
        words, here = set(_words(settings)), [(ANALYSIS, name)]
        yield from (((VARIABLE, used), here) for used in words & set(lineage.specs))
        for dataset, known in called.items():
            if words & known:
                yield (DATASET, dataset), here
    for dataset, analysis in assumptions.PARTS.items():
        if analysis in lineage.analyses:
            yield (DATASET, f"adtte_{dataset}"), [(ANALYSIS, analysis)]
    if summary.asked(dict(config)):
        for path in summary.ard_files(dict(config)):
            yield (ANALYSIS, Path(path).stem), [(ANALYSIS, summary.NAME)]


def _called(config: Config) -> dict[str, set[str]]:
    """Dataset -> words by which the settings of an analysis call it."""
    rules = config["endpoints"]["time_to_event"]
    counts = config["statistics"]["adverse_events"]["counts"]
    return {f"adtte_{name}": {name, rule["param"]} for name, rule in rules.items()} | {
        "adrs": set(responses(dict(config))),
        "adae": {count["variable"] for count in counts},
    }  # fmt: skip


def _words(settings: Any) -> Iterator[str]:
    """Every word in keys and texts of the settings of an analysis."""
    if isinstance(settings, Mapping):
        for key, value in settings.items():
            yield str(key)
            yield from _words(value)
    elif isinstance(settings, (list, tuple)):
        for value in settings:
            yield from _words(value)
    elif isinstance(settings, str):
        yield from WORD.findall(settings)


def _names(expression: str | None) -> frozenset[str]:
    return names(expression) if expression else frozenset()


def _rules(config: Config) -> dict[str, list[Mapping[str, Any]]]:
    """The rules of every dataset that is derived from tables."""
    found = {name: list(rules.values()) for name, rules in endpoints(dict(config)).items()}
    found["adrs"] = list(response_rules(config["endpoints"]).values())
    found["adae"] = [config["endpoints"]["adverse_events"]]
    return found


def _rule_columns(rule: Mapping[str, Any]) -> dict[str, set[str]]:
    """Columns that the rule of an endpoint, response or adverse events reads, by table."""
    if "events" in rule:
        return columns_of(dict(rule))
    read = response_columns if "column" in rule else adverse_event_columns
    return {rule["table"]: read(dict(rule))}


# ---- for traces ----------------------------------------------------------------------------------


def traced(config: Config) -> dict[str, Any]:
    """What traces of cells need: who reads a table, and of whom something can change.

    `readers`: table -> name, kind, fields, criteria, conditions, selects, results of each variable,
    dataset or looked-up column that reads it; `start`; `conditions` of being in the study;
    `populations`: whom results count: all but for criteria that are ignored.
    """
    lineage = Lineage(config)
    criteria = [c["id"] for c in config["cohort"]["criteria"]]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in config["sources"]["tables"]}
    for node in _reading_nodes(lineage):
        for table, fields in _read_by(node, lineage).items():
            conditions = lineage.reached(CONDITION, node)
            found[table].append({
                "name": ".".join(node[1:]),
                "kind": node[0],
                "fields": sorted(fields),
                "criteria": [name for name in criteria if name in conditions],
                "conditions": conditions,
                "selects": lineage.selects(node),
                "results": lineage.reached(ANALYSIS, node),
            })  # fmt: skip
    return {
        "readers": found,
        "start": config["cohort"]["start"],
        "conditions": [START, ARM, *lineage.applied],
        "populations": _populations(lineage),
        "analyses": sorted(lineage.analyses),
    }


def _reading_nodes(lineage: Lineage) -> Iterator[Node]:
    """Variables that are picked, datasets, and columns looked up in another table."""
    yield from ((VARIABLE, name) for name, spec in lineage.specs.items() if spec["from"])
    yield from ((DATASET, name) for name in lineage.rules)
    for name, table in lineage.config["sources"]["tables"].items():
        for column, declared in table["columns"].items():
            if declared["joined"]:
                yield COLUMN, name, column


def _read_by(node: Node, lineage: Lineage) -> dict[str, set[str]]:
    """Table -> columns that the node reads, with those by which they are read in their table."""
    fed: dict[str, set[str]] = {}
    own = node[1] if node[0] == COLUMN else ""
    for start, ends in lineage.edges.items():
        if start[0] == COLUMN and node in ends and start[1] != own:
            fed.setdefault(start[1], set()).add(start[2])
    for table, fields in fed.items():
        of_table = [node for node in lineage.edges if node[:2] == (COLUMN, table)]
        read = {(COLUMN, table, field) for field in fields}
        fields |= {start[2] for start in of_table if lineage.after(start) & read}
    return fed


def _populations(lineage: Lineage) -> list[dict[str, Any]]:
    """Criteria that are ignored, and results that count patients whom those alone leave out."""
    found: list[dict[str, Any]] = [{"ignoring": [], "results": sorted(lineage.analyses)}]
    for name in assumptions.variant_datasets(dict(lineage.config)):
        rules = lineage.rules[name]
        ignoring = {criterion for rule in rules for criterion in rule["ignoring"]}
        if any(rule["population"] == "screened" for rule in rules):
            ignoring = set(lineage.applied)
        if ignoring:
            results = lineage.reached(ANALYSIS, (DATASET, name))
            found.append({"ignoring": sorted(ignoring), "results": results})
    return found


# ---- for queries ---------------------------------------------------------------------------------

COHORT = "cohort"
DOMAINS = {"adrs": "response", "adae": "adverse events"}
SHOWN = {"kaplan_meier": "strata", "log_rank": "strata", "cox_univariable": "Cox",
         "cox_multivariable": "Cox"}  # fmt: skip
Results = dict[str, list[str]]


class Affected:
    """Results as the register names them: the cohort, endpoints and domains by themselves, and the
    analyses that name a variable; all analyses of an endpoint are in its name.
    """

    def __init__(self, config: Config) -> None:
        self.lineage = Lineage(config)
        rules = config["endpoints"]["time_to_event"]
        self.domains = {f"adtte_{name}": rule["param"] for name, rule in rules.items()} | DOMAINS
        of_analyses = [_shown(name) for name in self.lineage.analyses]
        every = [COHORT, *self.domains.values(), *of_analyses]
        self.names = list(dict.fromkeys(every))

    def of(self, *nodes: Node) -> list[str]:
        """What the nodes can change, in the order of `names`."""
        found: set[str] = set()
        for node in nodes:
            every = self.lineage.after(node)
            if self.lineage.selects(node):
                found.add(COHORT)
            for other in every:
                if other[0] == DATASET and other[1] in self.domains:
                    found.add(self.domains[other[1]])
                elif other[0] in (VARIABLE, DATASET):
                    ends = self.lineage.edges.get(other, set())
                    named = frozenset[Node]().union(
                        *(self.lineage.after(end) for end in ends if end[0] == ANALYSIS)
                    )
                    found |= {_shown(analysis) for _, analysis in named}
        return [name for name in self.names if name in found]

    def by_variable(self) -> Results:
        """Results that each variable of the subjects can change."""
        return {name: self.of((VARIABLE, name)) for name in self.lineage.specs}

    def by_dataset(self) -> Results:
        """Results that each derived dataset can change."""
        return {name: self.of((DATASET, name)) for name in self.lineage.rules}

    def by_column(self) -> dict[str, Results]:
        """Table -> column -> results that it can change; of columns that anything reads."""
        found: dict[str, Results] = {}
        for node in sorted(node for node in self.lineage.edges if node[0] == COLUMN):
            if results := self.of(node):
                found.setdefault(node[1], {})[node[2]] = results
        return found


def _shown(analysis: str) -> str:
    return SHOWN.get(analysis, analysis.replace("_", " "))


def picked_behind(name: str, specs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Variables picked from a column that `name` is made of; itself if it is one."""
    if name not in specs:
        return []
    if specs[name]["from"]:
        return [name] if specs[name]["column"] else []
    behind = [picked for used in sorted(uses(specs[name])) for picked in picked_behind(used, specs)]
    return list(dict.fromkeys(behind))
