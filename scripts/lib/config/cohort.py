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

    of: str = Field(description="variable that is cut")
    at: list[float] = Field(min_length=1, description="limits between the groups, ascending")
    labels: list[str] = Field(description="one more than limits, lowest group first")
    right: bool = Field(True, description="a value equal to a limit belongs to the lower group")

    @model_validator(mode="after")
    def _fits(self) -> Cut:
        if sorted(set(self.at)) != self.at:
            raise ValueError("at: the limits must ascend")
        if len(self.labels) != len(self.at) + 1:
            raise ValueError(f"labels: {len(self.at) + 1} needed, {len(self.labels)} given")
        return self


class Case(Section):
    """A value and the condition under which it holds."""

    when: str = Field(description="expression; unknown makes the value unknown")
    value: str | int | float


class ArmCase(Case):
    """An arm and the condition under which a patient belongs to it."""

    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline", description="post_baseline: decided by what follows the start of treatment"
    )


class Variable(Section):
    """One variable per subject, made by one of: from, expression, cut, cases, endpoint."""

    model_config = ConfigDict(extra="forbid", validate_default=True, serialize_by_alias=True)

    name: str = Field(pattern=NAME, description="column of subjects and adsl")
    label: str = Field("", description="name in tables and figures; the name itself where empty")
    unit: str | None = Field(None, description="unit of a number, e.g. years, months")
    from_: str | None = Field(None, alias="from", description="table that a value is picked from")
    where: str | None = Field(None, description="rows that count; earlier variables may be used")
    column: str | None = Field(None, description="column picked (not for any, count)")
    pick: Pick | None = Field(None, description="which row; `only`: contradiction = unknown")
    order_by: str | None = Field(None, description="column that orders; the table's date if absent")
    to: str | None = Field(None, description="nearest: the earlier variable with the date wanted")
    window_days: tuple[int, int] | None = Field(None, description="nearest: days from `to`")
    dated: str | None = Field(None, description="column saying when this was known")
    expression: str | None = Field(None, description="over earlier variables")
    cut: Cut | None = None
    cases: list[Case] | None = Field(None, description="the first whose condition holds")
    otherwise: str | int | float | None = Field(None, description="value when no case holds")
    endpoint: str | None = Field(None, description="time of this endpoint; only known in adsl")
    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline", description="post_baseline: known only after the start of treatment"
    )
    levels: dict[str, str] = Field({}, description="code -> label, in order of display")
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

    id: str = Field(pattern=IDENTIFIER, description="column of cohort, value of reason")
    label: str = Field(description="in the flow chart: whom it keeps")
    when: str = Field(description="expression over variables and TRT01A; true = met")
    timing: Literal["baseline", "post_baseline"] = Field(
        "baseline", description="post_baseline: depends on what follows the start of treatment"
    )
    applied: bool = Field(True, description="false: evaluated and shown, excludes nobody")


class Cohort(Section):
    """Who is in the study, and what is known of each."""

    screened: str = Field("patients", description="table whose patients are screened")
    start: str = Field(description="variable: time zero, start of the studied treatment")
    dates: dict[str, str] = Field({}, description="table -> column that dates and orders its rows")
    variables: list[Variable] = Field(min_length=1, description="in order; later use earlier ones")
    arm: list[ArmCase] = Field(min_length=1, description="arm id of the first condition that holds")
    criteria: list[Criterion] = Field(min_length=1, description="in the order of the flow chart")
    split_after: str | None = Field(None, description="criterion after which arms are counted")

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
