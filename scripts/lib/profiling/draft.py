"""The draft of `sources.yaml`: valid at once, with `CONFIRM` wherever it is only a guess."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

from scripts.lib.config.sources import KNOWN
from scripts.lib.profiling.choices import ONE_A_PATIENT, Choice, choices, other_columns
from scripts.lib.profiling.columns import Column
from scripts.lib.profiling.groups import Group, patterns
from scripts.lib.profiling.page import unused
from scripts.lib.profiling.relations import identifier_form, rows_per_patient
from scripts.lib.profiling.rivals import Rival, find_rivals
from scripts.lib.reading.sources import FORMATS

HEAD = """\
# yaml-language-server: $schema=schema/sources.json
# Draft of config/sources.yaml, made by `snakemake profile_extract` from {folder}.
# A guess from names and shapes: nothing in it is true until a person has looked. Every line with
# CONFIRM needs a decision; docs/sources.md explains the keys, docs/new-hospital.md the way.
"""
WIDTH = 96
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NOT_TEXT = ("yes", "no", "on", "off", "true", "false", "null", "y", "n")  # to YAML


def quoted(value: Any) -> str:
    """A value in YAML flow style."""
    if isinstance(value, list):
        return "[" + ", ".join(map(quoted, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {quoted(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)


def line(depth: int, text: str, *notes: str) -> str:
    """One line of YAML; a note that does not fit stands above it."""
    pad, note = "  " * depth, "; ".join(filter(None, notes))
    if not note:
        return f"{pad}{text}\n"
    if len(pad + text + note) + 4 <= WIDTH:
        return f"{pad}{text}  # {note}\n"
    above = textwrap.wrap(note, WIDTH, initial_indent=f"{pad}# ", subsequent_indent=f"{pad}#   ")
    return "\n".join([*above, f"{pad}{text}"]) + "\n"


def draft_sources(folder: str, groups: Sequence[Group], files: Sequence[str]) -> str:
    """The draft as YAML text.

    Parameters
    ----------
    groups
        Tables of the extract with what they were assigned to.
    files
        Every file of the extract, to know which globs are safe.
    """
    text = HEAD.format(folder=folder) + "sources:\n" + _defaults(groups) + "\n  tables:\n"
    homes = {table: group for group in groups for table in group.tables}
    usual = common_identifier(groups)
    for table in KNOWN:
        home = homes.get(table)
        text += _table(table, home, files, usual, homes) if home else _absent(table)
    lonely = [group for group in groups if not group.tables]
    text += "".join(_lonely(group, files) for group in lonely)
    rivals = find_rivals(groups)
    return text + "".join(_other_hospital(rival, files, usual) for rival in rivals)


def _other_hospital(rival: Rival, files: Sequence[str], usual: str | None) -> str:
    """How a file that is like a table, too, would be read as that of another hospital."""
    group, own = rival.group, patterns(rival.group, files)
    note = (
        f"{group.name} is like {rival.table}, too. As the same table of another hospital, put "
        f"{quoted(own)} under its `files`, say `centre`, and take the # away from:"
    )
    head = textwrap.wrap(note, WIDTH, initial_indent="    # ", subsequent_indent="    #   ")
    body = line(3, "by_file:")
    for pattern in own:
        body += line(4, f"{quoted(pattern)}:") + _by_file(rival, files, usual)
    return "\n".join(["", *head, *(f"    # {row[4:]}" for row in body.splitlines())]) + "\n"


def _by_file(rival: Rival, files: Sequence[str], usual: str | None) -> str:
    group, home = rival.group, rival.home
    rows = [row.strip() for row in _reading(group, files, usual).splitlines()]
    text = "".join(line(5, row) for row in rows if not row.startswith("files:"))
    if group.identifier == usual != home.identifier:
        text += _identifier(5, usual, group.numbers)
    text += line(5, "centre: CONFIRM") + (line(5, "columns:") if rival.columns else "")
    remarks = {choice.name: choice.remark for choice in rival.choices}
    return text + "".join(
        line(6, f"{name}: {quoted(spec)}", remarks[name]) for name, spec in rival.columns.items()
    )


def _defaults(groups: Sequence[Group]) -> str:
    columns = [column for group in groups for column in group.columns]
    words = sorted({word for column in columns for word in column.missing_words})
    sentinels = {day for c in columns if c.kind == "date" and c.dates for day in c.dates.sentinels}
    identifier = common_identifier(groups)
    known = [column for group in groups if (column := group.column(identifier))]
    return (
        line(1, "defaults:")
        + line(2, "encoding: utf-8-sig")
        + line(2, f"missing: {quoted(words)}", "CONFIRM: these words mean missing")
        + line(
            2,
            f"sentinel_dates: {quoted(sorted(sentinels))}",
            "CONFIRM: dates that mean none" if sentinels else "",
        )
        + _identifier(2, identifier, known)
    )


def common_identifier(groups: Sequence[Group]) -> str | None:
    """The patient number that most tables share."""
    named = Counter(group.identifier for group in groups if group.identifier)
    return named.most_common(1)[0][0] if named else None


def _identifier(depth: int, name: str | None, columns: Sequence[Column]) -> str:
    if name is None or not columns:
        found = "identifier: {column: CONFIRM}"
        return line(depth, found, "CONFIRM: no column looks like the patient number")
    width, why = identifier_form(columns)
    spec: dict[str, Any] = {"column": name} | ({"width": width} if width else {})
    return line(depth, f"identifier: {quoted(spec)}", f"CONFIRM: the patient number; {why}")


def _absent(table: str) -> str:
    reason = quoted("CONFIRM: no file of this extract looks like it")
    return "\n" + line(2, f"{table}: {{absent: true, reason: {reason}}}")


def _table(
    table: str, group: Group, files: Sequence[str], usual: str | None, homes: dict[str, Group]
) -> str:
    per = rows_per_patient(group)
    facts = f"{group.rows} rows" + (f", {per:.1f} a patient" if per else "")
    keys = f"; unique: {' or '.join(group.keys)}" if group.keys else ""
    text = "\n" + line(2, f"{table}:", f"CONFIRM: is this {group.name}? {facts}{keys}")
    text += _reading(group, files, usual) + _several_rows(table, group) + line(3, "columns:")
    picked = choices(group, table)
    text += "".join(_entry(choice) for choice in picked)
    text += _looked_up(table, group, homes)
    text += _others(group, table)
    dropped = drop_columns(group, {c.column.name for c in picked if c.column})
    if dropped:
        text += line(3, f"drop: {quoted(dropped)}", "CONFIRM: these would tell who a patient is")
    if group.absent_in:
        few = [f"{quoted(n)} in {count}" for n, count in group.absent_in.items()]
        text += line(3, f"optional: {quoted(list(group.absent_in))}", f"absent: {', '.join(few)}")
    return text


def _reading(group: Group, files: Sequence[str], usual: str | None) -> str:
    """Files, sheet and everything in which the reading differs from the defaults."""
    text = line(3, f"files: {quoted(patterns(group, files))}", _broken(group))
    sheets = list(dict.fromkeys(part.sheet for part in group.parts if part.sheet))
    if any(part.sheets > 1 for part in group.parts):
        text += line(3, f"sheet: {quoted(sheets[0] if len(sheets) == 1 else sheets)}")
    for key, most in USUAL.items():
        seen = sorted({part.reading[key] for part in group.parts}, key=str)
        if seen not in ([most], [None]):
            text += line(3, *_different(key, seen))
    if any("merged_cells" in note for part in group.parts for note in part.notes):
        text += line(3, "merged: ask", "CONFIRM: cells are merged below the header; `fill` them?")
    if any(_ending(part.file) != part.reading["format"] for part in group.parts):
        text += line(3, f"format: {group.parts[0].reading['format']}")
    if group.identifier != usual:
        text += _identifier(3, group.identifier, group.numbers)
    return text


def _several_rows(table: str, group: Group) -> str:
    """What a file that stands for several tables, or has several rows a patient, means here."""
    text = ""
    if len(group.tables) > 1:
        others = ", ".join(name for name in group.tables if name != table)
        text = line(3, "# the same file stands for other tables, too: " + others)
    if table != "patients" or rows_per_patient(group) <= ONE_A_PATIENT:
        return text
    note = (
        "CONFIRM: one row a patient is wanted: rows that say the same are one, those that differ "
        "are set aside and asked about unless `decide` says which is right"
    )
    return text + line(3, "conflicts: {key: []}", note)


DATED = {
    "radiotherapy": "start_date",
    "assessments": "assessment_date",
    "adverse_events": "onset_date",
}
USUAL = {"encoding": "utf-8", "delimiter": ",", "header_row": 1, "footer_rows": 0}


def _different(key: str, seen: list[Any]) -> tuple[str, str]:
    if len(seen) > 1 and key == "encoding":
        return "encoding: detect", f"CONFIRM: the files differ: {', '.join(map(str, seen))}"
    if len(seen) > 1:
        return f"{key}: {quoted(seen[0])}", f"CONFIRM: the files differ: {quoted(seen)}; mend them"
    guess = "CONFIRM" if key != "delimiter" else ""
    return f"{key}: {quoted(seen[0])}", guess


def _broken(group: Group) -> str:
    stops = [part.stops for part in group.parts if part.stops]
    return f"CONFIRM: to be mended first: {stops[0]}" if stops else ""


def _ending(file: str) -> str | None:
    name = file.lower().removesuffix(".gz")
    return next((kind for ending, kind in FORMATS.items() if name.endswith(ending)), None)


def _entry(choice: Choice, prefix: str = "") -> str:
    confirm = "CONFIRM: " + "; ".join(choice.confirm) if choice.confirm else ""
    text = f"{prefix}{choice.name}: {quoted(choice.spec)}"
    other = f"{choice.remark}: {quoted(choice.other)}" if choice.other else choice.remark
    return line(4, text, confirm, other)


def _looked_up(table: str, group: Group, homes: dict[str, Group]) -> str:
    """How a line of therapy that the table lacks can be looked up in the treatments."""
    there = homes["treatments"].tables["treatments"] if "treatments" in homes else {}
    here, date = group.tables[table], DATED.get(table, "")
    if "line" in here or date not in here or not {"line", "start_date"} <= set(there):
        return ""
    join = f"joins: {{treatments: {{latest: {{{date}: start_date}}}}}}"
    return line(4, "# or the last line of therapy that had begun by then:") + line(
        4, f"#   line: {{joined: treatments.line}}, and beside `columns` {join}"
    )


def _others(group: Group, table: str) -> str:
    left = other_columns(group, table)
    if not left:
        return ""
    note = line(4, "# not needed by the code; take the # away to use one, or put it under `drop`")
    return note + "".join(
        _entry(Choice(c.name, c.column, c.spec, remark=c.remark), "# ") for c in left
    )


def drop_columns(group: Group, used: set[str]) -> list[str]:
    """Columns that would tell who a patient is."""
    found = [column.name for column in group.columns if column.identifying]
    return [name for name in found if name not in used and name != group.identifier]


def _lonely(group: Group, files: Sequence[str]) -> str:
    where = f"{group.name} ({', '.join(patterns(group, files))})"
    note = f"CONFIRM: {where} is not read: {unused(group)}"
    return (
        "\n"
        + textwrap.fill(note, WIDTH, initial_indent="    # ", subsequent_indent="    #   ")
        + "\n"
    )
