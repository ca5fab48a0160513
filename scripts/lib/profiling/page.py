"""What the page of the profile shows, as plain values; no cell of the extract is among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from scripts.lib.profiling.choices import RUNNING
from scripts.lib.profiling.codelist_drafts import Draft
from scripts.lib.profiling.columns import MOST, Column, percent
from scripts.lib.profiling.groups import Group
from scripts.lib.profiling.reading import FilePart
from scripts.lib.profiling.relations import Join, rows_per_patient
from scripts.lib.profiling.words import fold_name

HOSPITAL = re.compile(
    r"(hospital|institution|(study |research )?(cent(re|er)|site)|campus)( ?(name|id|no|code))?"
    r"|klinik(um)?|krankenhaus|zentrum|(所属|就诊|治疗)?(医院|医疗机构|机构|分?院区|(研究|分)?中心)"
    r"(名称|编号|代码)?"
)
CENTRES = 60  # hospitals of one study at most
DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "\x01": "\\x01"}
KINDS = {"code": "code", "identifier": "number with a fixed length", "empty": "never filled"}


def file_rows(parts: Sequence[FilePart]) -> list[dict[str, Any]]:
    """One entry per file or sheet."""
    return [_file(part) for part in parts]


def _file(part: FilePart) -> dict[str, Any]:
    reading, raw = part.reading, part.raw
    text = reading.get("format") in ("csv", "tsv")
    head = reading.get("header_row")
    return {
        "name": part.name,
        "format": str(reading.get("format", "")).upper()
        + (" (gzip)" if reading.get("gzip") else ""),
        "encoding": reading.get("encoding") or "",
        "found": part.found,
        "delimiter": DELIMITERS.get(reading["delimiter"], reading["delimiter"]) if text else "",
        "header_row": head if raw else "",
        "titles": head - part.header_rows if raw and head else "",
        "footer_rows": reading.get("footer_rows", "") if raw else "",
        "rows": len(raw.rows) if raw else "",
        "columns": len(raw.names) if raw else "",
        "set_aside": [f"{count} {why.replace('_', ' ')}" for why, count in part.set_aside],
        "stops": part.stops,
        "notes": part.notes,
    }


def table_entries(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """One entry per table of the extract."""
    return [
        {
            "name": group.name,
            "tables": list(group.tables),
            "files": [part.name for part in group.parts],
            "rows": group.rows,
            "identifier": group.identifier,
            "per_patient": round(rows_per_patient(group), 1),
            "unique": group.keys,
            "columns": [_column(column, group) for column in group.columns],
        }
        for group in groups
    ]


def _column(column: Column, group: Group) -> dict[str, Any]:
    means = [
        f"{t}.{n}" for t, chosen in group.tables.items() for n, c in chosen.items() if c is column
    ]
    lacking = group.absent_in.get(column.name)
    runs = column.running and column.name != group.identifier
    notes = [*column.notes, RUNNING if runs else ""]
    notes += [f"lacking in {lacking} of {len(group.parts)} files" if lacking else ""]
    if column.sampled:
        notes.append(f"patterns and type from {MOST:,} of its {column.distinct:,} distinct values")
    return {
        "name": column.name,
        "kind": _kind(column),
        "formats": _formats(column),
        "missing": percent(column.missing / column.rows) if column.rows else "",
        "missing_words": list(column.missing_words),
        "distinct": column.distinct,
        "patterns": [(shape, percent(part)) for shape, part in column.patterns],
        "more_patterns": column.more_patterns,
        "means": means,
        "identifier": column.name == group.identifier,
        "open": bool(column.kind == "date" and column.dates and column.dates.choice),
        "drop": column.identifying,
        "notes": [note for note in notes if note],
    }


def _kind(column: Column) -> str:
    if column.kind == "identifier":
        return f"number, {column.widths[0][0]} characters"
    return KINDS.get(column.kind, column.kind) + (f" ({column.unit})" if column.unit else "")


def _formats(column: Column) -> list[tuple[str, str]]:
    if column.kind != "date" or column.dates is None:
        return []
    pairs = zip(column.dates.formats, column.dates.shares, strict=True)
    return [(form, percent(part) if part else "") for form, part in pairs]


def join_rows(joins: Sequence[Join]) -> list[dict[str, Any]]:
    """Joins with shares in words."""
    return [
        vars(join) | {"in_right": percent(join.in_right), "in_left": percent(join.in_left)}
        for join in joins
    ]


def list_rows(drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """Draft code lists: counts and columns, no word."""
    return [
        {"name": d.name, "columns": d.columns, "words": len(d.words), "left_out": d.left_out}
        for d in drafts
    ]


def unused(group: Group) -> str:
    """Why the draft does not read a group."""
    if group.second:
        return (
            f"like {group.second}, for which another table is more likely; as that of another "
            "hospital it can be read beside it (end of the draft)"
        )
    return "like no table that the code knows"


def things_to_do(parts: Sequence[FilePart], groups: Sequence[Group]) -> list[str]:
    """What only a person can do, most important first."""
    todo = [part.stops for part in parts if part.stops]
    for group in groups:
        if group.identifier is None:
            todo.append(f"{group.name}: no column looks like the patient number.")
        todo += [
            f"{group.name}, column {column.name}: {column.dates.choice}; "
            f"{percent(column.dates.ambiguous)} of its dates can be read both ways. Ask the ward."
            for column in group.columns
            if column.kind == "date" and column.dates and column.dates.choice
        ]
        if not group.tables:
            todo.append(f"{group.name}: {unused(group)}.")
        if len(group.tables) > 1:
            todo.append(
                f"{group.name} stands for several tables: {', '.join(group.tables)}. Each reads "
                f"its columns from every row ({rows_per_patient(group):.1f} a patient)."
            )
        todo += [f"{group.name}, column {name}: {RUNNING}." for name in running(group)]
        todo += _hospitals(group)
    return todo


def running(group: Group) -> list[str]:
    """Columns that number the rows."""
    return [c.name for c in group.columns if c.running and c.name != group.identifier]


def _hospitals(group: Group) -> list[str]:
    """What tells rows of several hospitals apart."""
    used = {column.name for chosen in group.tables.values() for column in chosen.values()}
    found = [
        f"{group.name}, column {column.name}: several hospitals? If a number can stand for two "
        f"patients in two of them, say `centre: {{from: {column.name}}}` in every table."
        for column in group.columns
        if column.name not in used
        and 1 < column.distinct <= CENTRES
        and HOSPITAL.fullmatch(fold_name(column.name))
    ]
    folders = {part.file.split("/")[0] for part in group.parts if "/" in part.file}
    if len(folders) > 1:
        found.append(
            f"{group.name}: its files lie in {len(folders)} folders. If these are hospitals, say "
            "`centre: {from: src_file, part: '^([^/]+)/'}` in every table."
        )
    return found
