"""What the draft says of each canonical column, and what a person must confirm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.lib.config.sources import KNOWN
from scripts.lib.profiling.columns import Column, percent
from scripts.lib.profiling.groups import Group
from scripts.lib.profiling.relations import rows_per_patient
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
NO_DATE = "CONFIRM: `{}` is named like it, but too few of its cells are dates that can be read"
BLANKS = 0.2  # share of empty cells that may mean something
BLANK_MEANS = {"vital_status": "alive", "boolean": "false"}
RUNNING = (
    "a running number: under `drop`, rows that are equal in all else are one, and the others are "
    "set aside as exact duplicates; kept, no two rows are ever equal"
)
ONE_A_PATIENT = 1.2  # rows
BOTH = "one date for both? death of the dead, last contact of the living"


@dataclass
class Choice:
    """One entry below `columns:`."""

    name: str
    column: Column | None
    spec: dict[str, Any]
    confirm: list[str] = field(default_factory=list)
    remark: str = ""
    other: dict[str, Any] | None = None  # another way to read it, shown in the remark


def choices(group: Group, table: str) -> list[Choice]:
    """The columns of a canonical table, those that the code knows first, in their order."""
    chosen = group.tables[table]
    types = {k.column: k.type for k in known_columns() if k.table == table} | KNOWN[table]
    names = [*KNOWN[table], *(name for name in chosen if name not in KNOWN[table])]
    found = [_choice(name, chosen.get(name), types[name]) for name in names]
    for choice in found:
        if choice.column is None and types[choice.name] == "date":
            choice.spec["reason"] = _no_date(group, table, choice.name)
    return _one_date(group, found) if table == "followup" else found


def _no_date(group: Group, table: str, name: str) -> str:
    """Why a date was not found: a column may be named like it and hold none."""
    for column in group.columns:
        named = [(k.table, k.column) for k, fit in column.known if fit == 1]
        if (table, name) in named and column.kind != "date":
            return NO_DATE.format(column.name)
    return NOT_FOUND


def _one_date(group: Group, found: list[Choice]) -> list[Choice]:
    """One date column that is death for the dead and last contact for the living."""
    by_name = {choice.name: choice for choice in found}
    contact, death, status = (by_name[n] for n in ("contact_date", "death_date", "vital_status"))
    if contact.column is None or status.column is None:
        return found
    if death.column is not None and death.column is not contact.column:
        return found
    shared = death.column is not None or rows_per_patient(group) <= ONE_A_PATIENT
    spec = {k: v for k, v in contact.spec.items() if k in ("from", "type", "formats")}
    spec["when"] = "vital_status == 'dead'"
    if shared:
        confirm = [*contact.confirm, BOTH]
        return [Choice(c.name, contact.column, spec, confirm) if c is death else c for c in found]
    death.remark = "or, where the last contact of the dead is the death"
    death.other = spec
    return found


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
        _blanks(choice, column, kind)
    return choice


def _blanks(choice: Choice, column: Column, kind: str) -> None:
    """Say that empty cells may mean something, where a column has one word or two beside them."""
    part = column.empty / max(column.rows, 1)
    if part >= BLANKS and column.distinct <= 2 and kind != "codes":
        means = BLANK_MEANS.get(choice.name, BLANK_MEANS.get(kind, "CODE"))
        choice.remark = (
            f"{percent(part)} are empty: if that means something, say it, such as `blank: {means}`"
        )


def _date(choice: Choice, column: Column) -> None:
    dates = column.dates
    assert dates is not None, "only columns of dates are offered as dates"
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
    if column.running:
        choice.remark = RUNNING
    return choice
