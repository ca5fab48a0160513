"""The closed vocabulary of a study: what every column and variable can hold, and who asks for what.

Works out from the declared sources and variables, in their order, what can occur
(`scripts.lib.expressions.domains`), and passes every expression, level, variable, dataset and
endpoint that the configuration names through it. In both directions: what is asked for and never
occurs, and what a code list gives and nobody knows, where the code or a suite has a closed set.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from scripts.lib.config.lines import Problem
from scripts.lib.config.sources import KNOWN
from scripts.lib.config.specs import (
    EVENT,
    START,
    TREATMENT,
    response_parameter,
    response_rules,
    split_variables,
)
from scripts.lib.errors import Stop
from scripts.lib.expressions.domains import (
    ANY,
    BOOLEAN,
    CODES,
    DATE,
    KINDS,
    NUMBER,
    TEXT,
    Domain,
    Key,
    Walk,
    level_problem,
    listed,
    nearest,
    number,
    texts,
)
from scripts.lib.plan.references import reference_problems
from scripts.lib.reading.codelists import CodeList
from scripts.lib.reading.sources import columns_read, flags_of

Config = Mapping[str, Any]
Columns = dict[str, Domain]
Keys = tuple[str | int, ...]
Place = tuple[str, Keys, str]  # section, keys below it, the same in words

CUTOFF = "DATA_CUTOFF"
RECIST = frozenset({"CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"})  # of one assessment
# what the code knows of a column, and what else may stand there without being asked for
STANDARDS: dict[Key, frozenset[str]] = {
    ("assessments", "response"): RECIST,
    ("followup", "vital_status"): frozenset({"alive", "dead", "lost", "unknown"}),
}
TRUTH = frozenset({"true", "false"})
RESPONSES = {
    **dict.fromkeys(("OVRLRESP", "BOR", "CBOR"), RECIST | {"MISSING"}),
    **dict.fromkeys(("ORR", "DCR", "CORR"), frozenset({"Y", "N"})),
}
NAMES_CHECKED = ("sources", "cohort", "endpoints")  # by their models and by `references`
ROW = {"src_file": Domain(TEXT), "src_sheet": Domain(TEXT), "src_row": number(1, whole=True)}
ORIGIN = {name: Domain(TEXT) for name in ("SRCDOM", "SRCVAR", "SRCFILE", "SRCSHEET")} | {
    name: number(0, whole=True) for name in ("SRCSEQ", "SRCROW")
}


def responses(config: Config) -> dict[str, frozenset[str]]:
    """PARAMCD of response -> what it can be, of every block."""
    blocks = ["", *config["endpoints"].get("more_responses", {})]
    return {response_parameter(n, b): values for b in blocks for n, values in RESPONSES.items()}


@dataclass
class Vocabulary:
    """Domains of everything that the configuration names, and the problems found in it."""

    config: Config
    lists: Mapping[str, CodeList]
    tables: dict[str, Columns] = field(default_factory=dict)
    variables: Columns = field(default_factory=dict)
    late: set[str] = field(default_factory=set)  # variables that need an endpoint
    asked: dict[Key, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    datasets_known: bool = True  # no endpoint is misspelt, on which datasets would depend

    # ---- saying

    def say(self, section: str, keys: Keys, where: str, what: str) -> None:
        """Note a mistake in the file of a section."""
        problem = Problem(f"config/{section}.yaml", (section, *keys), where, what)
        if problem not in self.problems:
            self.problems.append(problem)

    def walk(
        self,
        place: Place,
        expression: str | None,
        names: Mapping[str, Domain],
        *,
        condition: bool = True,
    ) -> Domain:
        """What an expression of the configuration gives; its problems are noted at `place`."""
        if not expression:
            return Domain()
        unknown = place[0] not in NAMES_CHECKED
        walk = Walk(names, unknown=unknown, asked=self.asked)
        found = walk.value(expression, condition=condition)
        for problem in walk.problems:
            self.say(*place, problem)
        return found

    def need(self, place: Place, name: str | None, names: Mapping[str, Domain], kind: str) -> None:
        """Note where `name` is of another kind than needed; an unknown one is said elsewhere."""
        found = names.get(name or "", Domain())
        if found.kind not in (kind, ANY):
            self.say(*place, f"`{name}` is no {kind}")

    def level(self, place: Place, domain: Domain, level: str, name: str) -> None:
        """Note where a level cannot occur; it counts as asked for."""
        if domain.key:
            self.asked.setdefault(domain.key, set()).add(level)
        if what := level_problem(domain, level, name):
            self.say(*place, what)

    def one_of(self, place: Place, name: str, known: Collection[str], what: str) -> bool:
        """Whether `name` is known; noted where it is not."""
        if name in known:
            return True
        self.say(*place, f"{what} `{name}` is not declared{nearest(name, known)}")
        return False

    # ---- what the names mean

    @property
    def arms(self) -> list[str]:
        """Ids of the arms."""
        return [arm["id"] for arm in self.config["study"]["arms"]]

    def screening(self) -> Columns:
        """Variables known at screening."""
        known = {n: d for n, d in self.variables.items() if n not in self.late}
        return known | {CUTOFF: Domain(DATE)}

    def adsl(self) -> Columns:
        """Columns of the dataset of subjects."""
        named = [v["name"] for v in self.config["cohort"]["variables"] if v["adsl"]]
        own = {
            "USUBJID": Domain(TEXT),
            TREATMENT: texts(self.arms, "study.arms"),
            "TRTSDT": Domain(DATE),
        }
        return own | {n: self.variables.get(n, Domain()) for n in named}

    def adae(self) -> Columns:
        """Columns of the dataset of adverse events."""
        rule = self.config["endpoints"]["adverse_events"]
        raw = self.tables.get(rule["table"], {})
        flags = {name: Domain(BOOLEAN) for name in ("AEIRFL", "AEGCFL", "TRTEMFL")}
        flagged = flags_of(self.config["sources"]["tables"].get(rule["table"], {"columns": {}}))
        if rule["onset"] in flagged:
            flags["ASTDTF"] = Domain(TEXT)
        return {
            "USUBJID": Domain(TEXT), TREATMENT: texts(self.arms, "study.arms"),
            "AEDECOD": raw.get(rule["term"], Domain(TEXT)),
            "AETOXGR": raw.get(rule["grade"], Domain(NUMBER)), "ASTDT": Domain(DATE),
        } | flags | ORIGIN  # fmt: skip

    def standard(self, key: Key | None) -> frozenset[str]:
        """What the field's standard has for a column; nothing where it has none."""
        blocks = response_rules(self.config["endpoints"]).values()
        if key in {(rule["table"], rule["column"]) for rule in blocks}:
            return RECIST
        return STANDARDS.get(key or ("", ""), frozenset())


def declared_vocabulary(config: Config, lists: Mapping[str, CodeList]) -> Vocabulary:
    """What tables, variables and endpoints declare, with every mistake in them."""
    made = Vocabulary(config, lists, problems=list(reference_problems(dict(config))))
    for name in config["sources"]["tables"]:
        _table(made, name)
    _sources(made)
    _variables(made)
    _cohort(made)
    for name, rule in config["endpoints"]["time_to_event"].items():
        keys = ("time_to_event", name)
        check_endpoint(made, "endpoints", keys, ".".join(keys), rule)
    _response_and_events(made)
    return made


# ---- sources -------------------------------------------------------------------------------------


def _table(made: Vocabulary, name: str) -> None:
    """Domains of a table's columns; those of tables that it looks into come first."""
    if name in made.tables or name not in made.config["sources"]["tables"]:
        return
    table = made.config["sources"]["tables"][name]
    made.tables[name] = {}
    if table["absent"]:
        typed = {key: Domain(KINDS[kind]) for key, kind in KNOWN.get(name, {}).items()}
        made.tables[name] = {"USUBJID": Domain(TEXT)} | typed | ROW
        return
    columns: Columns = {"USUBJID": Domain(TEXT)}
    for key, column in table["columns"].items():
        if column["joined"]:
            join, theirs = column["joined"].split(".")
            other = table["joins"][join]["table"] or join
            _table(made, other)
            columns[key] = made.tables.get(other, {}).get(theirs, Domain())
            columns[f"{key}__SRC"] = Domain(TEXT)
        else:
            ways = [w for other, w in columns_read(table) if other == key and not w["absent"]]
            columns[key] = _any_of([_column(made, (name, key), w) for w in ways or [column]])
    made.tables[name] = columns | ROW


def _any_of(ways: list[Domain]) -> Domain:
    """What a column can hold whose files are read in several ways."""
    closed = all(way.values is not None for way in ways)
    return replace(
        ways[0],
        values=frozenset[str]().union(*(way.values or () for way in ways)) if closed else None,
        low=min(way.low for way in ways),
        high=max(way.high for way in ways),
        source=" and ".join(dict.fromkeys(way.source for way in ways if way.source)),
    )


def _column(made: Vocabulary, key: Key, column: Mapping[str, Any]) -> Domain:
    kind = KINDS[column["type"]]
    if kind == NUMBER:
        low = -float("inf") if column["min"] is None else column["min"]
        high = float("inf") if column["max"] is None else column["max"]
        return Domain(NUMBER, low=low, high=high, whole=column["type"] == "integer", key=key)
    if column["absent"] or kind == DATE:
        return Domain(kind, key=key)
    if kind == BOOLEAN:
        return Domain(BOOLEAN, key=key)
    known = made.standard(key)
    if column["value"] is not None and column["type"] != "text":
        constant = frozenset({str(column["value"])})
        return Domain(kind, constant, known, key=key, source="a constant of config/sources.yaml")
    if column["codelist"]:
        listed_codes = made.lists.get(column["codelist"])
        values = listed_codes.values if listed_codes else None
        if values is not None and column["blank"] is not None:
            values |= {str(column["blank"])}
        return Domain(kind, values, known, key=key, source=_file(column["codelist"]))
    return Domain(kind, key=key)


def _file(codelist: str) -> str:
    return f"config/codelists/{codelist}.csv"


def _sources(made: Vocabulary) -> None:
    for name, table in made.config["sources"]["tables"].items():
        if table["absent"]:
            continue
        keys, where, columns = ("tables", name), f"tables.{name}", made.tables[name]
        made.walk(("sources", (*keys, "where"), f"{where}.where"), table["where"], columns)
        for key, join in table["joins"].items():
            place: Place = ("sources", (*keys, "joins", key, "where"), f"{where}.joins.{key}.where")
            made.walk(place, join.get("where"), made.tables.get(join["table"] or key, {}))
        for number_, rule in enumerate((table["conflicts"] or {"decide": []})["decide"]):
            at = (*keys, "conflicts", "decide", number_, "prefer")
            for column, values in rule["prefer"].items():
                for value in values:
                    domain = columns.get(column, Domain())
                    if domain.kind == BOOLEAN:
                        domain = texts(TRUTH)
                    if value not in domain.known:  # of the standard, though nobody produces it
                        made.level(
                            ("sources", at, f"{where}.conflicts.prefer"), domain, value, column
                        )
        for key, column in table["columns"].items():
            place = ("sources", (*keys, "columns", key), f"{where}.columns.{key}")
            if column["value"] is not None and column["type"] == "boolean":
                made.one_of(place, str(column["value"]).lower(), TRUTH, "the constant")
        for key, column in columns_read(table):
            place = ("sources", (*keys, "columns", key, "when"), f"{where}.columns.{key}.when")
            made.walk(place, column["when"], columns)


def code_list_problems(made: Vocabulary, declared: Mapping[Key, Collection[str]]) -> Iterator[str]:
    """What code lists give and nobody knows, where the code or a suite has a closed set.

    Parameters
    ----------
    declared
        By table and column the values that a suite allows.
    """
    for name, table in made.config["sources"]["tables"].items():
        for key, column in () if table["absent"] else columns_read(table):
            codes = made.lists.get(column["codelist"] or "")
            if codes is not None and not column["absent"]:
                yield from _list_problems(made, (name, key), column, codes, declared)


def _list_problems(
    made: Vocabulary,
    key: Key,
    column: Mapping[str, Any],
    codes: CodeList,
    declared: Mapping[Key, Collection[str]],
) -> Iterator[str]:
    of = f"{key[0]}.{key[1]}"
    for value in sorted(codes.values):
        where = codes.row_of(value)
        if column["type"] == "boolean":
            if value.lower() not in TRUTH:
                yield f"{where}: `{value}`: {of} is of type boolean, so true or false is wanted"
        elif column["type"] in ("integer", "number"):
            if what := level_problem(made.tables[key[0]][key[1]], value, of):
                yield f"{where}: {what}"
        elif column["type"] == "codes" and ";" in value:
            yield f"{where}: `{value}`: a ; stands between the codes of {of}, so none may hold one"
        else:
            yield from _unknown_value(made, key, value, where, declared)


def _unknown_value(
    made: Vocabulary, key: Key, value: str, where: str, declared: Mapping[Key, Collection[str]]
) -> Iterator[str]:
    standard, of = made.standard(key), f"{key[0]}.{key[1]}"
    strict = standard is RECIST
    allowed = set(standard)
    if not strict:
        allowed |= set(declared.get(key, ())) | made.asked.get(key, set())
    closed = bool(standard) or key in declared
    if closed and value not in allowed:
        who = "RECIST 1.1 does not have" if strict else "nothing declares or asks for"
        remedy = "Correct `value`; leave it empty where the text means none"
        if not strict:
            remedy += f", or add it to the check of {key[1]} in expectations/{key[0]}.yaml"
        yield (
            f"{where}: {of} becomes `{value}`, which {who} ({listed(allowed)})"
            f"{nearest(value, allowed)}. {remedy}."
        )


# ---- variables of the subjects -------------------------------------------------------------------


def _variables(made: Vocabulary) -> None:
    specs = made.config["cohort"]["variables"]
    made.late = {spec["name"] for spec in split_variables(specs)[1]}
    for place, spec in enumerate(specs):
        keys: Keys = ("variables", place)
        domain = _variable(made, spec, keys)
        made.variables[spec["name"]] = domain
        for level in spec["levels"]:
            at = ("cohort", (*keys, "levels"), f"variables.{spec['name']}.levels")
            made.level(at, domain, level, spec["name"])


def _variable(made: Vocabulary, spec: Mapping[str, Any], keys: Keys) -> Domain:
    where = f"variables.{spec['name']}"

    def at(key: str) -> Place:
        return "cohort", (*keys, key), f"{where}.{key}"

    known = made.variables | {CUTOFF: Domain(DATE)}
    if spec["from"]:
        return _picked(made, spec, keys)
    if spec["expression"]:
        return replace(
            made.walk(at("expression"), spec["expression"], known, condition=False), literal=False
        )
    if spec["cut"]:
        made.need(at("cut"), spec["cut"]["of"], known, NUMBER)
        return texts(spec["cut"]["labels"], f"{spec['name']}, cut")
    if spec["cases"]:
        for number_, case in enumerate(spec["cases"]):
            at_case = ("cohort", (*keys, "cases", number_), f"{where}.cases")
            made.walk(at_case, case["when"], known)
        values = [case["value"] for case in spec["cases"]]
        values += [] if spec["otherwise"] is None else [spec["otherwise"]]
        if any(isinstance(value, str) for value in values):
            return texts(map(str, values), f"{spec['name']}, cases")
        return number(min(values), max(values))
    return number(0)  # the time of an endpoint


def _picked(made: Vocabulary, spec: Mapping[str, Any], keys: Keys) -> Domain:
    where, table = f"variables.{spec['name']}", spec["from"]
    columns = made.tables.get(table, {})
    known = columns | made.variables | {CUTOFF: Domain(DATE)}

    def at(key: str) -> Place:
        return "cohort", (*keys, key), f"{where}.{key}"

    if columns:
        made.walk(at("where"), spec["where"], known)
    made.need(at("dated"), spec["dated"], columns, DATE)
    made.need(at("to"), spec["to"], made.variables, DATE)
    if spec["pick"] == "nearest":
        made.need(at("order_by"), spec["order_by"], columns, DATE)
    if spec["window_days"] and spec["window_days"][0] > spec["window_days"][1]:
        made.say(*at("window_days"), "the first day lies after the last, so no row counts")
    if spec["pick"] == "any":
        return Domain(BOOLEAN)
    if spec["pick"] == "count":
        return number(0, whole=True)
    found = columns.get(spec["column"], Domain())
    if spec["pick"] == "all":
        if found.kind not in (TEXT, CODES, ANY):
            made.say(*at("pick"), f"all: `{spec['column']}` is no text or list of codes")
        return replace(found, kind=CODES) if found.kind != ANY else found
    return found


def _cohort(made: Vocabulary) -> None:
    cohort, known = made.config["cohort"], made.screening()
    made.need(("cohort", ("start",), "start"), cohort["start"], known, DATE)
    for table, column in cohort["dates"].items():
        place = ("cohort", ("dates", table), f"dates.{table}")
        made.need(place, column, made.tables.get(table, {}), DATE)
    for number_, case in enumerate(cohort["arm"]):
        made.walk(("cohort", ("arm", number_), f"arm {case['value']}"), case["when"], known)
    known[TREATMENT] = texts(made.arms, "study.arms")
    for number_, criterion in enumerate(cohort["criteria"]):
        place = ("cohort", ("criteria", number_), f"criteria.{criterion['id']}")
        made.walk(place, criterion["when"], known)


# ---- endpoints -----------------------------------------------------------------------------------


def check_endpoint(
    made: Vocabulary, section: str, keys: Keys, where: str, rule: Mapping[str, Any]
) -> None:
    """Every expression and date of an endpoint; `section` and `keys` say where it stands."""
    known = made.screening() | {TREATMENT: texts(made.arms, "study.arms")}
    for key in ("start", "not_after"):
        made.need((section, (*keys, key), f"{where}.{key}"), rule[key], known, DATE)
    dates = [*rule["events"], *rule["dates"]]
    known |= {name: Domain(DATE) for name in (START, EVENT, *(date["id"] for date in dates))}
    for part in ("events", "dates"):
        for number_, date in enumerate(rule[part]):
            for place, source in enumerate(date["from"]):
                at = (section, (*keys, part, number_, "from", place), f"{where}.{date['id']}")
                if section not in NAMES_CHECKED:
                    _declared_source(made, at, source, known)
                made.need(at, source["variable"], known, DATE)
                columns = made.tables.get(source["table"] or "", {})
                made.need(at, source["date"], columns, DATE)
                if columns:
                    made.walk(at, source["where"], columns | known)
    for part in ("overrides", "censoring"):
        for number_, censoring in enumerate(rule[part]):
            at = (section, (*keys, part, number_), f"{where}.{part}")
            made.walk(at, censoring["when"], known)


def _declared_source(
    made: Vocabulary, place: Place, source: Mapping[str, Any], known: Columns
) -> None:
    """A source of a date names a variable, or a table and a column of it."""
    if source["variable"]:
        made.one_of(place, source["variable"], known, "the variable")
    elif made.one_of(place, source["table"], made.tables, "the table"):
        made.one_of(place, source["date"], made.tables[source["table"]], "the column")


def _response_and_events(made: Vocabulary) -> None:
    endpoints = made.config["endpoints"]
    known = made.screening() | {TREATMENT: texts(made.arms, "study.arms")}
    events = endpoints["adverse_events"]
    rules = response_rules(endpoints) | {("adverse_events",): events}
    wanted = {
        "response": {"date": DATE, "column": TEXT},
        "adverse_events": {
            "term": TEXT, "grade": NUMBER, "onset": DATE, "immune_related": BOOLEAN,
            "glucocorticoid": BOOLEAN,
        },
    }  # fmt: skip
    for keys, rule in rules.items():
        name = ".".join(keys)
        columns = made.tables.get(rule["table"], {})
        for key, kind in wanted.get(keys[0], wanted["response"]).items():
            made.need(("endpoints", (*keys, key), f"{name}.{key}"), rule[key], columns, kind)
        for key in ("start", "end", "not_after"):
            place = ("endpoints", (*keys, key), f"{name}.{key}")
            made.need(place, rule.get(key), known, DATE)
        if columns:
            place = ("endpoints", (*keys, "where"), f"{name}.where")
            made.walk(place, rule["where"], columns | known)


def stop_for(problems: Iterable[str]) -> None:
    """Stop with all problems, one a line; nothing where there is none."""
    if found := list(dict.fromkeys(problems)):
        raise Stop(f"{len(found)} thing(s) cannot be meant as they are written:\n  " + (
            "\n  ".join(found)))  # fmt: skip
