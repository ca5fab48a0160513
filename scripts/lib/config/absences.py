"""What cannot be known because the hospital does not have a table or a column (`absent: true`).

A variable that rests on it has no value in anybody, and results say "not collected" instead of
counting nobody as yes. Looked up when the workflow is parsed; imports nothing heavy.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from scripts.lib.expressions.grammar import names, parse

NOT_COLLECTED = "not collected"
KNOWN_ANYWAY = {"missing", "if_", "min", "max"}  # functions that can give a value without it
Config = Mapping[str, Any]


def not_collected(config: Config) -> dict[str, str]:
    """Variables of `cohort.variables` that nobody can have, with the reason."""
    gone: dict[str, str] = {}
    specs = config["cohort"]["variables"]
    absent = {table: absent_columns(config, table) for table in {spec["from"] for spec in specs}}
    for spec in specs:
        reason = _picked(absent[spec["from"]], spec) if spec["from"] else _computed(spec, gone)
        if reason:
            gone[spec["name"]] = reason
    return gone


def marked(specs: list[dict[str, Any]], gone: Collection[str]) -> list[dict[str, Any]]:
    """The entries, those whose `name` is in `gone` with `not_collected: true`."""
    return [spec | {"not_collected": True} if spec["name"] in gone else spec for spec in specs]


def absent_columns(config: Config, table: str) -> dict[str, str]:
    """Columns of a table that are declared absent, with the reason; `*` for the whole table."""
    declared = config["sources"]["tables"].get(table, {})
    if declared.get("absent"):
        return {"*": declared["reason"]}
    columns = declared.get("columns", {})
    return {name: column["reason"] for name, column in columns.items() if column["absent"]}


def never_known(expression: str, gone: Collection[str]) -> bool:
    """Whether the expression is unknown whatever else holds, as it rests on names in `gone`."""
    used = names(expression) - {"DATA_CUTOFF"}
    if used.isdisjoint(gone):
        return False
    tree = parse(expression)
    called = {n.func.id for n in ast.walk(tree) if _is_call(n)}  # type: ignore[attr-defined]
    several = any(isinstance(node, ast.BoolOp) for node in ast.walk(tree))
    return not called & KNOWN_ANYWAY and (not several or used <= set(gone))


def never_true(expression: str | None, gone: Collection[str]) -> bool:
    """Whether the expression can hold for nobody: a part joined by `and` is unknown or wanting."""
    if not expression or names(expression).isdisjoint(gone):
        return False
    parts = list(_conjuncts(parse(expression)))
    return any(_wants(part, gone) for part in parts) or any(
        never_known(ast.unparse(part).replace("if_(", "if("), gone) for part in parts
    )


def events_not_collected(config: Config) -> dict[str, str]:
    """Columns of `adae` that nobody can have, with the reason; `*` for the whole dataset."""
    rule = config["endpoints"]["adverse_events"]
    absent = absent_columns(config, rule["table"])
    if "*" in absent:
        return absent
    columns = {
        "AEDECOD": rule["term"],
        "AETOXGR": rule["grade"],
        "ASTDT": rule["onset"],
        "AEIRFL": rule["immune_related"],
        "AEGCFL": rule["glucocorticoid"],
    }
    return {name: absent[column] for name, column in columns.items() if column in absent}


def counts_not_collected(config: Config) -> dict[str, str]:
    """Counts of adverse events (`statistics.adverse_events.counts`) that nobody can have."""
    gone = events_not_collected(config)
    counts = config["statistics"]["adverse_events"]["counts"]
    if "*" in gone:
        return {count["variable"]: gone["*"] for count in counts}
    return {
        count["variable"]: next(iter(gone.values()))
        for count in counts
        if never_true(count["where"], gone) or count["by"] in gone
    }


def response_not_collected(config: Config) -> str:
    """Why there is no tumour response; empty where there is."""
    rule = config["endpoints"]["response"]
    absent = absent_columns(config, rule["table"])
    return next((absent[n] for n in ("*", rule["column"], rule["date"]) if n in absent), "")


def _wants(part: ast.expr, gone: Collection[str]) -> bool:
    """`not missing(x)` of an x that nobody has."""
    if not (isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Not)):
        return False
    call = part.operand
    missing = _is_call(call) and call.func.id == "missing"  # type: ignore[attr-defined]
    return missing and names(ast.unparse(call)) <= set(gone)


def _is_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def _conjuncts(tree: ast.expr) -> Iterator[ast.expr]:
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        for part in tree.values:
            yield from _conjuncts(part)
    else:
        yield tree


def _picked(absent: Mapping[str, str], spec: Mapping[str, Any]) -> str:
    if "*" in absent:
        return absent["*"]
    if spec["column"] in absent:
        return absent[spec["column"]]
    return next(iter(absent.values())) if never_true(spec["where"], absent) else ""


def _computed(spec: Mapping[str, Any], gone: Mapping[str, str]) -> str:
    used = _deciding(spec)
    if spec["cut"]:
        return gone.get(spec["cut"]["of"], "")
    if used and never_known(used, gone):
        return next(reason for name, reason in gone.items() if name in names(used))
    return ""


def _deciding(spec: Mapping[str, Any]) -> str:
    """The expression without which there is no value: of cases, the first condition."""
    return spec["expression"] or (spec["cases"][0]["when"] if spec["cases"] else "")
