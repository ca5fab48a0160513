"""What the suites and the waivers name, against what the datasets of the study hold.

Every dataset has its columns and what each can hold (`datasets`); every expression, column, value
set, limit and `$PARAMETER` of a suite is held against them when the workflow is parsed, so that a
misspelt name costs a second and not a run.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from scripts.lib.config.lines import Problem
from scripts.lib.config.specs import TREATMENT
from scripts.lib.expressions.domains import (
    ANY,
    BOOLEAN,
    DATE,
    NUMBER,
    TEXT,
    WORDS,
    Domain,
    Key,
    Walk,
    nearest,
    number,
    texts,
)
from scripts.lib.expressions.patterns import refuse_endless
from scripts.lib.plan.assumptions_settings import RULE_SETS, WITHOUT_EXCLUSION, variants
from scripts.lib.plan.vocabulary import (
    CUTOFF,
    ORIGIN,
    RESPONSES,
    Columns,
    Vocabulary,
    code_list_problems,
    responses,
    stop_for,
)
from scripts.lib.quality.kwargs import CANNOT_FAIL, faults
from scripts.lib.quality.suites import DATE as ISO
from scripts.lib.quality.suites import (
    DELIVERED,
    FOLDER,
    STRUCTURE,
    UNREAD,
    Check,
    Group,
    Suite,
    parameters_of,
)
from scripts.lib.quality.waivers import Waiver
from scripts.lib.reading.sources import columns_read

IN_SET = ("expect_column_values_to_be_in_set", "expect_column_distinct_values_to_be_in_set")
NOT_NULL = "expect_column_values_to_not_be_null"
COLUMN_KEYS = ("column", "column_A", "column_B")
OF_VALUES = ("min_value", "max_value")  # limits of the values themselves in these expectations:
LIMITS = ("expect_column_values_to_be_between", "expect_column_min_to_be_between",
          "expect_column_max_to_be_between")  # fmt: skip
READING = ".reading."
OF_VARIABLES = ("tie", "contradiction", "after_cutoff")  # found while variables are derived
OWN = {CUTOFF: Domain(DATE), DELIVERED: Domain(DATE), UNREAD: Domain(BOOLEAN)}


# ---- datasets ------------------------------------------------------------------------------------


def datasets(made: Vocabulary) -> dict[str, Columns]:
    """Columns of every dataset that a suite can look at, with what each can hold."""
    config = made.config
    ends = config["endpoints"]["time_to_event"]
    found = dict(made.tables) | {
        "row_conservation": _row_conservation(),
        "subjects": _subjects(made),
        "cohort": _cohort(made),
        "adsl": made.adsl() | dict.fromkeys(("late_baseline", "late_baseline__SRC"), Domain(TEXT)),
        "adrs": _adrs(made),
        "adae": made.adae(),
    }
    found |= {f"adtte_{name}": _adtte(made, [rule]) for name, rule in ends.items()}
    for name, rules in variants(dict(config)).items():
        found[f"adtte_{name}"] = _adtte(made, list(rules.values()))
        if name in (RULE_SETS, WITHOUT_EXCLUSION):
            found[f"adtte_{name}"]["RULESET"] = Domain(TEXT)
    for name in config["statistics"]["endpoints"]:
        terms = [term["name"] for term in config["statistics"]["cox"]["terms"]]
        found[f"model_{name}"] = {
            "USUBJID": Domain(TEXT), "AVAL": number(), "event": Domain(BOOLEAN),
            TREATMENT: _arm(made),
        } | {term: made.variables.get(term, Domain()) for term in terms}  # fmt: skip
    return found


def _arm(made: Vocabulary) -> Domain:
    return texts(made.arms, "study.arms")


def _row_conservation() -> Columns:
    counts = ("raw", "staged", "kept", "set_aside", "duplicate", "left_out")
    whole = {f"rows_{name}": number(0, whole=True) for name in counts}
    return {"table": Domain(TEXT), "part": Domain(TEXT)} | whole


def _subjects(made: Vocabulary) -> Columns:
    columns: Columns = {"USUBJID": Domain(TEXT)}
    for name, domain in made.variables.items():
        if name not in made.late:
            columns |= {name: domain, f"{name}__SRC": Domain(TEXT), f"{name}__DT": Domain(DATE)}
            columns |= {f"{name}__THEN": domain, f"{name}__DTF": Domain(TEXT)}
    return columns


def _cohort(made: Vocabulary) -> Columns:
    criteria = [criterion["id"] for criterion in made.config["cohort"]["criteria"]]
    return {
        "USUBJID": Domain(TEXT), **dict.fromkeys(criteria, Domain(BOOLEAN)),
        "included": Domain(BOOLEAN), "reason": texts(criteria, "cohort.criteria"),
        "reason_unknown": Domain(BOOLEAN), TREATMENT: _arm(made),
        **dict.fromkeys(("late_criteria", "late_criteria__SRC", "unknown_criteria"), Domain(TEXT)),
    }  # fmt: skip


def _adrs(made: Vocabulary) -> Columns:
    results = frozenset[str]().union(*RESPONSES.values())
    return {
        "USUBJID": Domain(TEXT), TREATMENT: _arm(made), "PARAMCD": texts(responses(made.config)),
        "ADT": Domain(DATE),
        "AVALC": Domain(TEXT, results, results), "ADY": number(whole=True),
    } | ORIGIN  # fmt: skip


def _adtte(made: Vocabulary, rules: list[Mapping[str, Any]]) -> Columns:
    described = [
        one["description"]
        for rule in rules
        for part in ("events", "overrides", "censoring")
        for one in rule[part]
    ]
    dated = [one["date_description"] for rule in rules for one in rule["censoring"]]
    dated += [one["date_description"] for rule in rules for one in rule["overrides"]]
    return {
        "USUBJID": Domain(TEXT), TREATMENT: _arm(made),
        "PARAMCD": texts(rule["param"] for rule in rules),
        "STARTDT": Domain(DATE), "ADT": Domain(DATE), "AVAL": number(),
        "ADTF": Domain(TEXT), "CNSR": number(0, whole=True), "EVNTDESC": texts(described),
        "CNSDTDSC": texts(dated),
    } | ORIGIN  # fmt: skip


# ---- suites --------------------------------------------------------------------------------------


class _Checked:
    """One suite, held against the datasets."""

    def __init__(self, suite: Suite, known: Mapping[str, Columns], made: Vocabulary) -> None:
        self.suite, self.known, self.made = suite, known, made
        self.file = f"{FOLDER}/{suite.table}.yaml"
        self.problems: list[Problem] = []
        self.parameters: dict[str, Domain] = {
            CUTOFF: Domain(DATE), DELIVERED: Domain(DATE), "arms": _arm(made),
            "first_day": number(0, 1, whole=True),
        }  # fmt: skip
        self.columns: Columns = dict(known[suite.table])

    def all(self, rules: Collection[str]) -> list[Problem]:
        """Every problem of the suite."""
        suite = self.suite
        for name in suite.key:
            self._column(("key",), "key", name, self.columns)
        for name in suite.reading:
            if name not in rules:
                self._say(
                    ("reading", name), "reading", f"`{name}` is no rule{nearest(name, rules)}"
                )
        self._references()
        self._joins()
        for name in suite.optional:
            self.columns.setdefault(name, Domain())
        for name in suite.in_order():
            if name in suite.groups:
                self._group(name, suite.groups[name])
            else:
                expression = suite.columns[name]
                found = self._walk(("columns", name), f"columns.{name}", expression, self.columns)
                self.columns[name] = found
        for place, check in enumerate(suite.checks):
            self._check(("checks", place), check)
        return self.problems

    def _group(self, name: str, group: Group) -> None:
        where = f"groups.{name}"
        for column in group.used:
            self._column(("groups", name), where, column, self.columns)
        self._walk(("groups", name, "where"), where, group.where, self.columns, condition=True)
        if group.says_no_more:
            self.columns[name] = Domain(BOOLEAN)
        elif group.distinct or not group.of:
            self.columns[name] = number(0, whole=True)
        else:
            self.columns[name] = self.columns.get(group.of, Domain())

    def _say(self, keys: tuple[str | int, ...], where: str, what: str) -> None:
        problem = Problem(self.file, keys, where, what)
        if problem not in self.problems:
            self.problems.append(problem)

    def _column(
        self, keys: tuple[str | int, ...], where: str, name: str, columns: Columns
    ) -> Domain:
        if name not in columns:
            self._say(keys, where, f"there is no column `{name}`{nearest(name, columns)}")
        return columns.get(name, Domain())

    def _walk(
        self,
        keys: tuple[str | int, ...],
        where: str,
        expression: str,
        columns: Columns,
        *,
        condition: bool = False,
    ) -> Domain:
        if not expression:
            return Domain()
        walk = Walk(columns | OWN, orders=False, asked=self.made.asked)
        found = walk.value(expression, condition=condition)
        for problem in walk.problems:
            self._say(keys, where, problem)
        return found

    def _dataset(self, keys: tuple[str | int, ...], where: str, name: str) -> Columns | None:
        if name not in self.known:
            self._say(keys, where, f"`{name}` is no dataset here{nearest(name, self.known)}")
        return self.known.get(name)

    def _references(self) -> None:
        for name, reference in self.suite.references.items():
            keys, where = ("references", name), f"references.{name}"
            self.parameters[name] = Domain()
            if not reference.table:
                self.parameters[name] = Domain(TEXT)
            elif (there := self._dataset(keys, where, reference.table)) is not None:
                self.parameters[name] = self._column(keys, where, reference.column, there)
                self._walk((*keys, "where"), where, reference.where, there, condition=True)

    def _joins(self) -> None:
        for place, join in enumerate(self.suite.joins):
            keys, where = ("joins", place), f"joins.{join.table}"
            there = self._dataset(keys, where, join.table)
            for by in join.keys_here:
                self._column(keys, where, by, self.columns)
            if there is not None:
                for by in join.keys_there:
                    self._column(keys, where, by, there)
                self._walk((*keys, "where"), where, join.where, there, condition=True)
            for theirs, here in join.columns.items():
                found = Domain() if there is None else self._column(keys, where, theirs, there)
                self.columns.setdefault(here, found)

    # ---- one check

    def _check(self, keys: tuple[str | int, ...], check: Check) -> None:
        where = f"check {check.id}"
        self._walk((*keys, "where"), where, check.where, self.columns, condition=True)
        for name in parameters_of(check.kwargs):
            if name not in self.parameters:
                known = nearest(name, self.parameters)
                self._say(
                    (*keys, "kwargs"), where, f"nothing declares the parameter `{name}`{known}"
                )
        for name in check.asks:
            self._column((*keys, "asks"), where, name, self.columns)
        at = (*keys, "kwargs")
        wrong = list(faults(check.type, check.kwargs))
        for setting, what in wrong:
            self._say((*at, setting) if setting else at, where, what)
        if wrong or check.type.startswith(STRUCTURE):
            return
        named = [check.kwargs[key] for key in COLUMN_KEYS if isinstance(check.kwargs.get(key), str)]
        several = check.kwargs.get("column_list")
        named += [n for n in several if isinstance(n, str)] if isinstance(several, list) else []
        found = [self._column(at, where, name, self.columns) for name in named]
        if len(found) == 2 and "column_A" in check.kwargs and not _same_kind(*found):
            self._say(at, where, f"{WORDS[found[0].kind]} is compared with {WORDS[found[1].kind]}")
        if check.type == NOT_NULL and _only_where_there(named[0], check.where):
            why = "`where` leaves out what is missing, so"
            self._say(at, where, f"{why} {CANNOT_FAIL}; take that out of `where`")
        if len(found) == 1:
            self._values(at, where, check, named[0], found[0])
            self._limits(at, where, check, found[0])
            self._regex(at, where, check, found[0])

    def _values(
        self, keys: tuple[str | int, ...], where: str, check: Check, name: str, column: Domain
    ) -> None:
        wanted = check.kwargs.get("value_set")
        if parameters := parameters_of({"value_set": wanted}):
            given = self.parameters.get(parameters[0], Domain())
            if not _same_kind(column, given):
                self._say(
                    keys, where, f"`{name}` is {WORDS[column.kind]}, its values {WORDS[given.kind]}"
                )
            return
        if not isinstance(wanted, list) or column.kind == ANY:
            return
        wrong = [value for value in wanted if not _fits(value, column)]
        if wrong:
            self._say(keys, where, f"`{name}` is {WORDS[column.kind]}, and `{wrong[0]}` is not")
            return
        if column.kind == BOOLEAN and check.type in IN_SET and len(set(wanted)) > 1:
            self._say(keys, where, f"`{name}` is always one of them, so {CANNOT_FAIL}; allow one")
        if column.values is None or column.kind == BOOLEAN:
            return
        asked = {str(value) for value in wanted}
        never = sorted(asked - column.values - column.known)
        if check.type in IN_SET and column.values <= asked:
            return  # what is allowed may be wider than what occurs
        for value in never:
            self._say(keys, where, f"`{name}` never is `{value}`{nearest(value, column.values)}")

    def _limits(
        self, keys: tuple[str | int, ...], where: str, check: Check, column: Domain
    ) -> None:
        limits = [check.kwargs.get(key) for key in OF_VALUES]
        if check.type not in LIMITS or column.kind == ANY:
            return
        for limit in limits:
            if limit is None:
                continue
            named = parameters_of({"limit": limit})
            if named:
                given = self.parameters.get(named[0], Domain())
            elif isinstance(limit, str) and ISO.match(limit):
                given = Domain(DATE)
            else:
                given = Domain(NUMBER if isinstance(limit, int | float) else TEXT)
            if not _same_kind(column, given):
                self._say(keys, where, f"{WORDS[column.kind]} is compared with {WORDS[given.kind]}")

    def _regex(self, keys: tuple[str | int, ...], where: str, check: Check, column: Domain) -> None:
        given = [check.kwargs.get("regex"), *(check.kwargs.get("regex_list") or ())]
        for regex in filter(None, given):
            if column.kind in (NUMBER, DATE, BOOLEAN):
                self._say(keys, where, "a regular expression needs text")
            try:
                refuse_endless(str(regex))
            except ValueError as error:
                self._say(keys, where, f"the regular expression {error}")
            except re.error as error:
                self._say(keys, where, f"not a regular expression ({error})")


def _only_where_there(column: str, expression: str) -> bool:
    """Whether a condition says in as many words that `column` is not missing."""
    said = re.search(rf"\bnot\s+missing\(\s*{re.escape(column)}\s*\)", expression)
    return said is not None and not re.search(r"\bor\b", expression)


def _same_kind(left: Domain, right: Domain) -> bool:
    kinds = {TEXT if one.kind == "codes" else one.kind for one in (left, right)}
    return ANY in kinds or len(kinds) == 1


def _fits(value: object, column: Domain) -> bool:
    """Whether a value of a suite is of the column's kind; a date is written as a text."""
    if column.kind == BOOLEAN:
        return isinstance(value, bool)
    if column.kind == NUMBER:
        real = isinstance(value, int | float) and not isinstance(value, bool)
        return real and not math.isnan(float(value))  # type: ignore[arg-type]
    if column.kind == DATE:
        return isinstance(value, str) and bool(ISO.match(value))
    return isinstance(value, str)


def check_vocabulary(
    made: Vocabulary,
    suites: Mapping[str, Suite],
    waivers: Iterable[Waiver],
    rules: Collection[str],
) -> None:
    """Stop with everything that configuration, code lists, suites and waivers name in vain.

    Parameters
    ----------
    made
        The vocabulary of the study, with the mistakes of the configuration.
    rules
        Ids of the reading rules.
    """
    named = [*made.problems, *suite_problems(suites, made, rules)]
    found = [problem.text() for problem in named]
    found += code_list_problems(made, declared_values(suites, made))
    found += waiver_problems(waivers, made.config["quality"]["waivers"], suites, made, rules)
    stop_for(found)


def suite_problems(
    suites: Mapping[str, Suite], made: Vocabulary, rules: Collection[str]
) -> list[Problem]:
    """What the suites name that no dataset has, or that cannot be as they say."""
    known = datasets(made)
    return [
        problem
        for table, suite in suites.items()
        if table in known
        for problem in _Checked(suite, known, made).all(rules)
    ]


def declared_values(suites: Mapping[str, Suite], made: Vocabulary) -> dict[Key, set[str]]:
    """By table and column the values that a suite allows, written in the suite."""
    found: dict[Key, set[str]] = {}
    for table, suite in suites.items():
        for check in suite.checks if table in made.tables else ():
            wanted, column = check.kwargs.get("value_set"), check.kwargs.get("column")
            if check.type in IN_SET and isinstance(wanted, list) and not check.where:
                found.setdefault((table, str(column)), set()).update(map(str, wanted))
    return found


def own_lists(suite: Suite, table: Mapping[str, Any]) -> dict[str, str]:
    """`$PARAMETER`s with which a column is held against the code list that made it, and why not.

    Parameters
    ----------
    table
        The suite's table as config/sources.yaml declares it.
    """
    found = {}
    made = {(key, column["codelist"]) for key, column in columns_read(dict(table))}
    for check in suite.checks:
        for name in parameters_of(check.kwargs):
            reference = suite.references.get(name)
            if reference and (check.kwargs.get("column"), reference.codelist or 0) in made:
                found[f"${name}"] = (
                    f"the code list {reference.codelist} made this column and cannot judge it; "
                    f"write the values that may stand there in {FOLDER}/{suite.table}.yaml"
                )
    return found


# ---- waivers -------------------------------------------------------------------------------------


def waiver_problems(
    waivers: Iterable[Waiver],
    path: str,
    suites: Mapping[str, Suite],
    made: Vocabulary,
    rules: Collection[str],
) -> Iterator[str]:
    """Waivers of checks that there are not: they would wait for a finding that never comes."""
    ids = {check.id for suite in suites.values() for check in suite.checks}
    ids |= {f"{table}{READING}{rule}" for table in made.tables for rule in rules}
    ids |= {f"subjects.{v}.{kind}" for v in made.variables for kind in OF_VARIABLES}
    derived = {*suites, "population", "adrs", "adae", "row_conservation"}
    derived -= {*made.tables, "subjects"}
    for waiver in waivers:
        dataset, _, rest = waiver.check_id.partition(".")
        found_while_derived = rest and READING not in waiver.check_id and dataset in derived
        if waiver.check_id not in ids and not found_while_derived:
            near = difflib.get_close_matches(waiver.check_id, sorted(ids), n=1)
            hint = f"; nearest: `{near[0]}`" if near else ""
            yield (
                f"{path}, line {waiver.line}: there is no check `{waiver.check_id}`{hint}. "
                "Correct the line, or take it out."
            )
