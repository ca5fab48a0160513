"""What the draft says of each canonical column, and what a person must confirm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.lib.config.sources import KNOWN
from scripts.lib.profiling.columns import Column, percent
from scripts.lib.profiling.groups import Group
from scripts.lib.profiling.words import known_columns

# lists whose name, in the suites too, is not that of their column
LISTS = {
    "term": "adverse_events",
    "purpose": "radiotherapy_purpose",
    "site": "radiotherapy_site",
    "method": "contact_method",
    "immune_related": "yes_no",
    "glucocorticoid": "yes_no",
}
LIMITS = {
    "line": (1, 20),
    "kps": (0, 100),
    "ecog": (0, 5),
    "grade": (1, 5),
    "fractions": (1, 60),
}
NOT_FOUND = "CONFIRM: no column of this extract looks like it"


@dataclass
class Choice:
    """One entry below `columns:`."""

    name: str
    column: Column | None
    spec: dict[str, Any]
    confirm: list[str] = field(default_factory=list)
    remark: str = ""


def choices(group: Group, table: str) -> list[Choice]:
    """The columns of a canonical table, those that the code knows first, in their order."""
    chosen = group.tables[table]
    types = {k.column: k.type for k in known_columns() if k.table == table} | KNOWN[table]
    names = [*KNOWN[table], *(name for name in chosen if name not in KNOWN[table])]
    return [_choice(name, chosen.get(name), types[name]) for name in names]


def _choice(name: str, column: Column | None, kind: str) -> Choice:
    if column is None:
        return Choice(name, None, {"absent": True, "reason": NOT_FOUND, "type": kind})
    choice = Choice(name, column, {"from": column.name, "type": kind})
    if not any(k.column == name and fit == 1 for k, fit in column.known):
        choice.confirm.append("only a part of the name says so")
    if kind == "date":
        _date(choice, column)
    elif kind in ("integer", "number"):
        _number(choice, column, name)
    elif kind in ("code", "codes", "boolean"):
        choice.spec["codelist"] = LISTS.get(name, name)
    return choice


def _date(choice: Choice, column: Column) -> None:
    dates = column.dates
    if dates is None or column.kind != "date":
        choice.confirm.append("no date format reads most of it; say `formats`")
        return
    choice.spec["formats"] = list(dates.formats)
    if dates.choice:
        choice.confirm.append(
            f"{dates.choice}; {percent(dates.ambiguous)} can be read both ways and stay empty "
            "until one format is deleted"
        )
    if any(form.startswith("partial:") for form in dates.formats):
        choice.confirm.append("partial dates are taken as the 15th, or 15 July; `impute` says else")
    if dates.covered < 1:
        choice.remark = f"{percent(1 - dates.covered)} of the values read as no date"


def _number(choice: Choice, column: Column, name: str) -> None:
    if name in LIMITS:
        choice.spec |= dict(zip(("min", "max"), LIMITS[name], strict=True))
    choice.spec |= _written(column)
    if not column.unit and column.kind not in ("integer", "number"):
        choice.spec["codelist"] = name
        choice.confirm.append("words, not numbers: the code list gives the number of each")


def _written(column: Column) -> dict[str, str]:
    """Unit and decimal mark of a number, where they are not the usual ones."""
    unit = {"unit": column.unit} if column.unit else {}
    return unit | ({"decimal": column.decimal} if column.decimal != "." else {})


def other_columns(group: Group, table: str) -> list[Choice]:
    """Raw columns that a canonical table leaves alone, as they could be read."""
    used = {column.name for column in group.tables[table].values()} | {group.identifier}
    left = [c for c in group.columns if c.name not in used and not c.identifying]
    return [_other(column, number, table) for number, column in enumerate(left, 1)]


def _other(column: Column, number: int, table: str) -> Choice:
    name = "".join(c if c.isalnum() else "_" for c in column.name.lower()).strip("_")
    name = name if name.isascii() and name[:1].isalpha() else f"other_{number}"
    kinds = {"date": "date", "integer": "integer", "number": "number", "code": "code"}
    spec: dict[str, Any] = {"from": column.name, "type": kinds.get(column.kind, "text")}
    choice = Choice(name, column, spec)
    if spec["type"] == "date":
        _date(choice, column)
    elif spec["type"] == "code":
        spec["codelist"] = f"{table}_{name}"
    else:
        spec |= _written(column)
    return choice
