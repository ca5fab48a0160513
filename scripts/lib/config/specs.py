"""What the declared variables and endpoints read, from their plain dicts.

Used when the workflow is parsed (which tables a rule takes) and by the rules (which columns); it
imports nothing heavy, and no model of the configuration, so that describing a key better reruns
nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scripts.lib.expressions.grammar import names

START = "START"
EVENT = "EVENT"
TREATMENT = "TRT01A"  # the column that holds the arm of a patient (ADaM)

# ---- variables of the subjects (`cohort.variables`) ----------------------------------------------


def uses(spec: Mapping[str, Any]) -> set[str]:
    """Names that the variable `spec` is made from: earlier variables and columns of its table."""
    expressions = [spec["where"], spec["expression"], *(c["when"] for c in spec["cases"] or [])]
    found = set().union(*(names(text) for text in expressions if text))
    return found | {name for name in (spec["to"], (spec["cut"] or {}).get("of")) if name}


def made_from(specs: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Variable -> the variables behind it, itself last, each after those that it is made from."""
    behind: dict[str, list[str]] = {}
    for spec in specs:
        used = [name for name in sorted(uses(spec)) if name in behind]
        behind[spec["name"]] = variables_behind(used, behind) + [spec["name"]]
    return behind


def variables_behind(used: Iterable[str], behind: Mapping[str, list[str]]) -> list[str]:
    """All variables behind several, each once; one of which nothing is known stands for itself."""
    return list(dict.fromkeys(name for one in used for name in behind.get(one, [one])))


def split_variables(
    specs: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Variables known at screening, and those that need an endpoint, directly or not."""
    later: set[str] = set()
    for spec in specs:
        if spec["endpoint"] or uses(spec) & later:
            later.add(spec["name"])
    return (
        [spec for spec in specs if spec["name"] not in later],
        [spec for spec in specs if spec["name"] in later],
    )


def later_names(config: Mapping[str, Any]) -> set[str]:
    """Variables that are declared to be known only after the start of treatment."""
    variables = config["cohort"]["variables"]
    return {v["name"] for v in variables if v["timing"] == "post_baseline"}


def without_words(specs: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The variables without what only tables and figures show, so that a label reruns no step."""
    return [{k: v for k, v in spec.items() if k not in ("label", "levels")} for spec in specs]


def tables_read(specs: Iterable[dict[str, Any]]) -> list[str]:
    """Tables that the variables are picked from; sorted."""
    return sorted({spec["from"] for spec in specs if spec["from"]})


def columns_read(spec: dict[str, Any], dates: dict[str, str]) -> set[str]:
    """Columns of its table that the picked variable `spec` reads."""
    wanted = {spec["column"], spec["order_by"], spec["dated"], dates.get(spec["from"])}
    wanted |= {spec.get("flag")}
    return {name for name in wanted if name} | {n for n in uses(spec) if is_column(n, spec)}


def is_column(name: str, spec: dict[str, Any]) -> bool:
    """Whether `name` is a column of the spec's table: those are written in small letters."""
    return bool(spec["from"]) and name != spec["to"] and not name.isupper()


def with_flags(
    specs: list[dict[str, Any]], flags: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """The variables, those picked from a date whose imputation is flagged with that column.

    Parameters
    ----------
    flags
        Table -> date column -> the column that flags its imputation.
    """
    found = [flags.get(spec["from"] or "", {}).get(spec["column"] or "") for spec in specs]
    return [
        spec | {"flag": flag} if flag else spec for spec, flag in zip(specs, found, strict=True)
    ]


# ---- endpoints, response, adverse events ---------------------------------------------------------


def reports_of(
    specs: Iterable[Mapping[str, Any]], endpoint: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Where rows report what ends everything (`not_after`, the death): table, column, condition.

    None where the endpoint has no such limit, or it is not picked from a column.
    """
    for spec in specs:
        if spec["name"] == endpoint.get("not_after") and spec["from"] and spec["column"]:
            return {"table": spec["from"], "column": spec["column"], "where": spec["where"]}
    return None


def with_reports(
    wanted: dict[str, set[str]], reports: Mapping[str, Any] | None
) -> dict[str, set[str]]:
    """Columns by table, with those that say whether a row reports the death."""
    if reports and reports["table"] in wanted:
        named = {reports["column"], *_columns(reports["where"])}
        wanted[reports["table"]] = wanted[reports["table"]] | named
    return wanted


def with_flag_columns(
    wanted: dict[str, set[str]], flags: Mapping[str, Mapping[str, str]]
) -> dict[str, set[str]]:
    """Columns by table, with those that flag the imputation of a date among them."""
    return {
        table: columns | {flag for date, flag in flags.get(table, {}).items() if date in columns}
        for table, columns in wanted.items()
    }


def sources_of(endpoint: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every source of an endpoint, in declared order."""
    for date in (*endpoint["events"], *endpoint["dates"]):
        yield from date["from"]


def tables_of(endpoint: dict[str, Any]) -> list[str]:
    """Tables that an endpoint names; sorted."""
    return sorted({source["table"] for source in sources_of(endpoint) if source["table"]})


def columns_of(endpoint: dict[str, Any]) -> dict[str, set[str]]:
    """Columns that an endpoint reads, by table."""
    wanted: dict[str, set[str]] = {}
    for source in sources_of(endpoint):
        if source["table"]:
            found = {source["date"], *_columns(source["where"])}
            wanted[source["table"]] = wanted.get(source["table"], set()) | found
    return wanted


def response_rules(endpoints: Mapping[str, Any]) -> dict[tuple[str, ...], dict[str, Any]]:
    """Every block of response by its keys below `endpoints`; the main one first."""
    more = endpoints.get("more_responses", {})
    return {("response",): endpoints["response"]} | {
        ("more_responses", name): rule for name, rule in more.items()
    }


def response_parameter(parameter: str, block: str) -> str:
    """PARAMCD of a block of response; the main one has no name."""
    return f"{parameter}_{block.upper()}" if block else parameter


def response_columns(rule: dict[str, Any]) -> set[str]:
    """Columns of the table of assessments that response reads."""
    return {rule["date"], rule["column"], *_columns(rule["where"])}


def adverse_event_columns(rule: dict[str, Any]) -> set[str]:
    """Columns of the table of adverse events that are read."""
    named = ("term", "grade", "onset", "immune_related", "glucocorticoid")
    return {*(rule[key] for key in named), *_columns(rule["where"])}


def variables_of(endpoint: dict[str, Any]) -> set[str]:
    """Variables of the subjects that an endpoint, response or adverse events name."""
    dates = (*endpoint.get("events", []), *endpoint.get("dates", []))
    own = {START, EVENT, "DATA_CUTOFF", "TRT01A", *(date["id"] for date in dates)}
    used = {endpoint["start"], endpoint.get("not_after"), endpoint.get("end")}
    used |= {source["variable"] for date in dates for source in date["from"]}
    for text in expressions_of(endpoint):
        used |= {name for name in names(text) if name.isupper()}
    return {name for name in used if name} - own


def _columns(where: str | None) -> set[str]:
    """Names written in small letters: columns; variables are written in capitals."""
    return {name for name in names(where) if not name.isupper()} if where else set()


def expressions_of(endpoint: dict[str, Any]) -> Iterator[str]:
    """Every expression of an endpoint, response or adverse events."""
    rules = (*endpoint.get("overrides", []), *endpoint.get("censoring", []))
    texts = [endpoint.get("where"), *(rule["when"] for rule in rules)]
    if "events" in endpoint:
        texts += [source["where"] for source in sources_of(endpoint)]
    yield from (text for text in texts if text)
