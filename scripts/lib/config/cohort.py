"""Section `cohort`: variables of the subjects, assignment of the arm, criteria of selection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

from pydantic import ConfigDict, Field, model_validator

from scripts.lib.config.specs import is_column, split_variables, uses
from scripts.lib.config.study import Section, check_labels
from scripts.lib.errors import Stop
from scripts.lib.expressions.domains import nearest
from scripts.lib.expressions.grammar import check

NAME = r"^[A-Z](?:_?[A-Z0-9])*$"
IDENTIFIER = r"^[a-z][a-z0-9_]*$"
RESERVED = {"USUBJID", "TRT01A", "TRTSDT", "DATA_CUTOFF", "START", "EVENT"}
WAYS = ("from", "expression", "cut", "cases", "endpoint")
Pick = Literal["min", "max", "first", "last", "nearest", "any", "count", "only", "all"]


class Cut(Section):
    """Groups of a number."""

    of: str = Field(description="variable that is cut, declared above", examples=["AGE"])
    at: list[float] = Field(
        min_length=1,
        description="limits between the groups, ascending, in the unit of the variable",
        examples=[[65]],
    )
    labels: list[str] = Field(
        description="values of the groups: one more than limits, lowest group first",
        examples=[["<=65", ">65"]],
    )
    right: bool = Field(
        True,
        description="true: a value at a limit belongs to the lower group; false: to the higher one",
    )

    @model_validator(mode="after")
    def _fits(self) -> Cut:
        if sorted(set(self.at)) != self.at:
            raise ValueError("at: the limits must ascend")
        if len(self.labels) != len(self.at) + 1:
            raise ValueError(f"labels: {len(self.at) + 1} needed, {len(self.labels)} given")
        return self


class Case(Section):
    """A value and the condition under which it holds."""

    when: str = Field(
        description="expression over the variables above; where it is unknown, so is the value",
        examples=["has(L1DRUGS, 'cisplatin')"],
    )
    value: str | int | float = Field(
        description="what the variable is where `when` holds; all cases are texts or all numbers",
        examples=["EP"],
    )


class ArmCase(Case):
    """An arm and the condition under which a patient belongs to it."""

    value: str | int | float = Field(
        description="id of one of `study.arms`", examples=["serplulimab"]
    )
    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline", description="post_baseline: decided by what follows the start of treatment"
    )


class Variable(Section):
    """One variable per subject, made by one of: from, expression, cut, cases, endpoint."""

    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)

    name: str = Field(
        pattern=NAME,
        description="column of subjects and adsl: capitals, digits, single _; unique",
        examples=["KPSBL"],
    )
    label: str = Field(
        "",
        description="name in tables and figures; empty: the name itself",
        examples=["KPS at diagnosis"],
    )
    unit: str | None = Field(
        None,
        description="unit of a number, shown beside it; of an endpoint's time it is what is "
        "computed: days or months; left out: none (a time: days)",
        examples=["years"],
    )
    from_: str | None = Field(
        None,
        alias="from",
        description="table that a value is picked from, by `pick`",
        examples=["performance_status"],
    )
    where: str | None = Field(
        None,
        description="from: expression over its columns and the variables above: rows that count; "
        "left out: all",
        examples=["line == 2"],
    )
    column: str | None = Field(
        None, description="from: column picked (none for any and count)", examples=["kps"]
    )
    pick: Pick | None = Field(
        None,
        description="from: which row. min, max: by value; first, last: by date; nearest: to the "
        "date `to`; only: what all rows agree on, else unknown; all: every code; any: whether a "
        "row counts; count: how many",
    )
    order_by: str | None = Field(
        None,
        description="first, last, nearest: column of type date that orders; left out: the table's "
        "in `dates`",
        examples=["assessed_date"],
    )
    to: str | None = Field(
        None, description="nearest: the variable above with the date wanted", examples=["DIAGDT"]
    )
    window_days: tuple[int, int] | None = Field(
        None,
        description="nearest: first and last day that counts, from `to`, negative before it; left "
        "out: any day",
        examples=[[-60, 30]],
    )
    dated: str | None = Field(
        None,
        description="from: column saying when this was known; left out: `column` if it is a date, "
        "else the table's in `dates`",
        examples=["stop_date"],
    )
    expression: str | None = Field(
        None,
        description="computed from the variables above: a number, date, text, or true and false",
        examples=["years(BIRTHDT, DIAGDT)"],
    )
    cut: Cut | None = Field(None, description="groups of a variable with numbers")
    cases: list[Case] | None = Field(
        None,
        description="the first whose condition holds; unknown as soon as one before it is unknown",
        examples=[[{"when": "has(L1DRUGS, 'cisplatin')", "value": "EP"}]],
    )
    otherwise: str | int | float | None = Field(
        None, description="cases: value when none holds; left out: unknown", examples=["other"]
    )
    endpoint: str | None = Field(
        None,
        description="time of this endpoint (`endpoints.time_to_event`); only known in adsl",
        examples=["pfs1"],
    )
    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline",
        description="post_baseline: known only after the start of treatment; marked † wherever it "
        "is shown",
    )
    levels: dict[str, str] = Field(
        {},
        description="code: label, in order of display; yes and no in quotes; empty: codes as found",
        examples=[{"male": "Male", "female": "Female"}],
    )
    adsl: bool = Field(True, description="false: used in other variables only, not in adsl")

    @model_validator(mode="before")
    @classmethod
    def _quoted_levels(cls, raw: Any) -> Any:
        levels = raw.get("levels") if isinstance(raw, dict) else None
        if isinstance(levels, dict) and any(isinstance(key, bool) for key in levels):
            raise ValueError("levels: put yes and no in quotes; YAML reads them as true and false")
        return raw

    @model_validator(mode="after")
    def _made_in_one_way(self) -> Variable:
        if self.name in RESERVED:
            raise ValueError(f"name: {self.name} has a meaning of its own; choose another")
        given = [way for way in WAYS if getattr(self, "from_" if way == "from" else way)]
        if len(given) != 1:
            raise ValueError(f"{self.name}: needs one of {', '.join(WAYS)}; has {given or 'none'}")
        if self.from_:
            self._picks()
        check_labels(self.levels, f"{self.name}.levels")
        return self

    def _picks(self) -> None:
        if self.pick is None:
            raise ValueError(f"{self.name}: `from` needs `pick`")
        if (self.column is None) != (self.pick in ("any", "count")):
            raise ValueError(f"{self.name}: pick {self.pick} " + (
                "takes no `column`" if self.column else "needs a `column`"))  # fmt: skip
        if (self.to is not None) != (self.pick == "nearest"):
            raise ValueError(f"{self.name}: `to` and pick nearest belong together")


class Criterion(Section):
    """One condition of selection, true, false or unknown for every screened patient."""

    id: str = Field(
        pattern=IDENTIFIER,
        description="column of cohort, value of reason: small letters, digits, _; unique",
        examples=["early_death"],
    )
    label: str = Field(
        description="in the flow chart: whom it keeps",
        examples=["Alive after two months"],
    )
    when: str = Field(
        description="expression over variables and TRT01A: true = met; unknown keeps nobody and is "
        "counted apart",
        examples=["missing(DTHDT) or DTHDT > add_months(L2_START, 2)"],
    )
    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline",
        description="post_baseline: depends on what follows the start of treatment; marked † in "
        "the flow chart",
    )
    applied: bool = Field(True, description="false: evaluated and shown, excludes nobody")


class Cohort(Section):
    """Who is in the study, and what is known of each."""

    screened: str = Field(
        "patients", description="table whose patients are screened, every one of them"
    )
    start: str = Field(
        description="variable with a date: time zero, start of the studied treatment",
        examples=["L2_START"],
    )
    dates: dict[str, str] = Field(
        {},
        description="table: column of type date that dates and orders its rows",
        examples=[{"treatments": "start_date"}],
    )
    variables: list[Variable] = Field(
        min_length=1,
        description="in order; each may use those above it",
        examples=[[{"name": "AGE", "unit": "years", "expression": "years(BIRTHDT, DIAGDT)"}]],
    )
    arm: list[ArmCase] = Field(
        min_length=1,
        description="a patient's arm is that of the first condition that holds",
        examples=[[{"when": "has(L2DRUGS, 'serplulimab')", "value": "serplulimab"}]],
    )
    criteria: list[Criterion] = Field(
        min_length=1,
        description="who is included, in the order of the flow chart",
        examples=[[{"id": "adult", "label": "Aged 18 or more", "when": "AGE >= 18"}]],
    )
    split_after: str | None = Field(
        None,
        description="criterion from which on the flow chart counts by arm; left out: it does not",
        examples=["second_line"],
    )

    @model_validator(mode="after")
    def _declared_before_use(self) -> Cohort:
        if found := list(self._problems()):
            raise ValueError("; ".join(found))
        return self

    def _problems(self) -> Iterator[str]:
        known = {"DATA_CUTOFF"}
        for spec in dumped(self.variables):
            if spec["name"] in known:
                yield f"variables: {spec['name']} is declared twice"
            missing = {n for n in _uses(spec) if not is_column(n, spec)} - known
            if missing:
                near = nearest(min(missing), known)
                yield f"{spec['name']}: {_list(missing)} is not declared above it{near}"
            known.add(spec["name"])
        early, later = split_variables(dumped(self.variables))
        if picked := {spec["name"] for spec in later if spec["from"]}:
            yield f"{_list(picked)}: picked rows cannot depend on the time of an endpoint"
        screening = {spec["name"] for spec in early} | {"DATA_CUTOFF"}
        if self.start not in screening:
            near = nearest(self.start, screening)
            yield f"start: {self.start} is no variable picked from tables{near}"
        for case in self.arm:
            yield from _check(f"arm {case.value}", case.when, screening)
        for criterion in self.criteria:
            yield from _check(f"criterion {criterion.id}", criterion.when, screening | {"TRT01A"})
        ids = [criterion.id for criterion in self.criteria]
        if len(set(ids)) < len(ids):
            yield "criteria: an id occurs twice"
        if self.split_after not in {None, *ids}:
            near = nearest(str(self.split_after), ids)
            yield f"split_after: no criterion {self.split_after}{near}"


def dumped(variables: Iterable[Variable]) -> list[dict[str, Any]]:
    """The variables as the plain dicts that the rules get."""
    return [variable.model_dump(mode="json") for variable in variables]


def _uses(spec: dict[str, Any]) -> set[str]:
    try:
        return uses(spec)
    except Stop as stop:
        raise ValueError(f"{spec['name']}: {stop}") from None


def _check(what: str, expression: str, known: set[str]) -> Iterator[str]:
    try:
        check(expression, known)
    except Stop as stop:
        yield f"{what}: {stop}"


def _list(found: Iterable[str]) -> str:
    return ", ".join(sorted(found))
