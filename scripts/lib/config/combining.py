"""What becomes of a table's rows together: lookups in other tables, rows that contradict."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from scripts.lib.config.study import Section
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names

Problem = tuple[str, str]  # key below `tables`, what is wrong


class Join(Section):
    """Another table in which columns are looked up, and which of its rows belongs to a row."""

    table: str = Field(
        "", description="canonical table; empty: the name of the join", examples=["treatments"]
    )
    by: dict[str, str] = Field(
        {},
        description="columns that agree beside USUBJID: a list of names that both tables have, or "
        "`here: there`; empty: the patient alone",
        examples=[["visit"], {"visit_no": "visit"}],
    )
    latest: dict[str, str] = Field(
        {},
        max_length=1,
        description="one pair of dates, `here: there`: its last row whose date is not after ours",
        examples=[{"assessment_date": "start_date"}],
    )
    where: str | None = Field(
        None,
        description="expression: only these rows of the other table; left out: all",
        examples=["line == 2"],
    )

    @field_validator("by", mode="before", json_schema_input_type=list[str] | dict[str, str])
    @classmethod
    def _same_names(cls, value: Any) -> Any:
        named = isinstance(value, list) and all(isinstance(name, str) for name in value)
        return {name: name for name in value} if named else value

    @field_validator("where")
    @classmethod
    def _where_can_be_read(cls, value: str | None) -> str | None:
        try:
            names(value or "true")
        except Stop as stop:
            raise ValueError(str(stop)) from None
        return value


class Rule(Section):
    """One way to prefer a row; what it cannot tell apart is left to the next rule."""

    latest: str | None = Field(
        None, description="column of type date: the row with the last one", examples=["noted"]
    )
    earliest: str | None = Field(
        None, description="column of type date: the row with the first one", examples=["noted"]
    )
    largest: str | None = Field(
        None, description="column with numbers: the row with the largest", examples=["kps"]
    )
    smallest: str | None = Field(
        None, description="column with numbers: the row with the smallest", examples=["kps"]
    )
    prefer: dict[str, list[str]] = Field(
        {},
        max_length=1,
        description="one column: its values, the preferred one first",
        examples=[{"confirmation": ["histology", "cytology"]}],
    )
    files: Literal["first", "last"] | None = Field(
        None,
        description="row of the first or last file, in the order of `files`, then of names",
    )
    rows: Literal["first", "last"] | None = Field(None, description="first or last row of a file")

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        if sum(bool(getattr(self, name)) for name in type(self).model_fields) != 1:
            raise ValueError(f"give exactly one of {', '.join(type(self).model_fields)}")
        return self

    def column(self) -> tuple[str, tuple[str, ...]] | None:
        """The column that decides, and the types that it may have."""
        if self.latest or self.earliest:
            return self.latest or self.earliest or "", ("date",)
        if self.largest or self.smallest:
            return self.largest or self.smallest or "", ("integer", "number")
        types = ("text", "code", "codes", "boolean", "integer")
        return next(((name, types) for name in self.prefer), None)


class Conflicts(Section):
    """Rows that mean the same thing and say different ones."""

    key: list[str] = Field(
        [],
        description="columns that, with USUBJID, name one thing; empty: one row a patient",
        examples=[["line", "start_date"]],
    )
    decide: list[Rule] = Field(
        [],
        description="which row stays, the first rule that can tell; empty: all of them are set "
        "aside and asked about",
        examples=[[{"latest": "noted"}, {"files": "last"}]],
    )


def settle_joins(tables: dict[str, Any]) -> Iterator[Problem]:
    """Give looked-up columns the type of their source; those that rest on an absent one are absent.

    Parameters
    ----------
    tables
        `scripts.lib.config.sources.Table` by name; changed in place.

    Yields
    ------
    What is wrong, table by table; a table is settled after those that it looks into.
    """
    done: list[str] = []

    def settle(name: str, above: tuple[str, ...]) -> Iterator[Problem]:
        for key, join in tables[name].joins.items():
            other = join.table or key
            if other in (*above, name):
                yield f"{name}.joins.{key}", f"`{other}` itself looks into `{name}`"
            elif other not in tables:
                near = difflib.get_close_matches(other, tables, n=1)
                hint = f" (nearest: `{near[0]}`)" if near else ""
                yield f"{name}.joins.{key}", f"there is no table `{other}`{hint}"
            elif other not in done:
                yield from settle(other, (*above, name))
        if name not in done:
            done.append(name)
            yield from _table(name, tables)

    for name in tables:
        yield from settle(name, ())


def _table(name: str, tables: dict[str, Any]) -> Iterator[Problem]:
    table = tables[name]
    used = set()
    for key, column in table.columns.items():
        if column.joined:
            join_name, theirs = column.joined.split(".")
            used.add(join_name)
            where = f"{name}.columns.{key}"
            if join_name not in table.joins:
                yield where, f"there is no join `{join_name}` under `joins`"
            else:
                yield from _column(where, table, column, tables, join_name, theirs)
    for join_name in sorted(set(table.joins) - used):
        yield f"{name}.joins.{join_name}", "no column is looked up with it"


def _column(
    where: str, table: Any, column: Any, tables: dict[str, Any], join_name: str, theirs: str
) -> Iterator[Problem]:
    join = table.joins[join_name]
    other = tables.get(join.table or join_name)
    if other is None:
        return  # said already
    if other.absent:
        column.joined, column.absent, column.reason = None, True, other.reason
        return
    pairs = [*join.by.items(), *join.latest.items()]
    there = [theirs, *(b for _, b in pairs), *sorted(names(join.where or "true"))]
    here = [a for a, _ in pairs]
    unknown = [f"`{c}` of {join.table or join_name}" for c in there if c not in other.columns]
    unknown += [f"`{c}`" for c in here if c not in table.columns or table.columns[c].joined]
    if unknown:
        yield where, f"the join `{join_name}` names {', '.join(unknown)}, which is no column to use"
        return
    specs = [*(other.columns[c] for c in there), *(table.columns[c] for c in here)]
    reason = next((spec.reason for spec in specs if spec.absent), None)
    if reason is not None:
        column.joined, column.absent, column.reason = None, True, reason
    found = other.columns[theirs].type
    if "type" in column.model_fields_set and column.type != found:
        yield where, f"is of type {found} there, and {column.type} here"
    column.type = found
    for a, b in pairs:
        types = table.columns[a].type, other.columns[b].type
        if types[0] != types[1] or types[0] == "number":
            yield where, f"`{a}` and `{b}` cannot be compared: {' and '.join(types)}"
    if any(table.columns[a].type != "date" for a in join.latest):
        yield where, f"`latest` of the join `{join_name}` needs dates"


def conflict_problems(name: str, table: Any) -> Iterator[Problem]:
    """What is wrong with how contradictions of a table are decided."""
    if table.conflicts is None:
        return
    columns = table.columns
    for key in table.conflicts.key:
        if key not in columns or columns[key].absent:
            yield f"{name}.conflicts.key", f"`{key}` is no column of this table that is read"
    for number, rule in enumerate(table.conflicts.decide, 1):
        column = rule.column()
        if column and (column[0] not in columns or columns[column[0]].type not in column[1]):
            wanted = " or ".join(column[1])
            yield (
                f"{name}.conflicts.decide",
                f"rule {number}: `{column[0]}` is no column of this table of type {wanted}",
            )
