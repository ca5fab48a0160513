"""Files that are parts of one table, and the canonical table that each one most likely is."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from scripts.lib.config.sources import KNOWN
from scripts.lib.profiling.columns import Column, profile_column
from scripts.lib.profiling.reading import FilePart
from scripts.lib.profiling.words import FILE_WORDS, Known, known_columns
from scripts.lib.reading.sources import slug

ALIKE = 0.9  # shared part of the column names: one table
RELATED = 0.6  # enough where the file names differ in digits alone
DISTINCTIVE = 3  # weight in column_names.csv: such a column (or the file's name) is needed
FITS: dict[str, dict[str, float]] = {
    "date": {"date": 1.0},  # a column in which no date can be read is none
    "code": {"code": 1.0, "text": 0.9, "integer": 0.6, "identifier": 0.1},
    "codes": {"code": 1.0, "text": 1.0},
    "integer": {"integer": 1.0, "code": 0.7, "number": 0.5, "text": 0.3},
    "number": {"number": 1.0, "integer": 1.0, "text": 0.3},
    "boolean": {"code": 1.0, "integer": 0.7, "text": 0.3},
    "text": {"text": 1.0, "code": 1.0, "identifier": 0.8},
}


@dataclass
class Group:
    """Parts with (nearly) the same columns: one table of the extract."""

    parts: list[FilePart]
    name: str = ""
    columns: list[Column] = field(default_factory=list)
    absent_in: dict[str, int] = field(default_factory=dict)  # column -> parts that lack it
    identifier: str | None = None
    numbers: list[Column] = field(default_factory=list)  # of all groups: those named alike
    tables: dict[str, dict[str, Column]] = field(default_factory=dict)  # canonical -> its columns
    second: str = ""  # a canonical table that another group is more likely to be
    keys: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of all parts."""
        return sum(len(part.raw.rows) for part in self.parts if part.raw)

    def cells(self, name: str) -> pa.ChunkedArray:
        """A column over all parts; blank where a part lacks it."""
        chunks: list[pa.Array] = []
        for part in self.parts:
            raw = part.raw
            assert raw is not None
            if name in raw.names:
                cell = raw.cells[raw.names.index(name)]
                chunks += cell.chunks if isinstance(cell, pa.ChunkedArray) else [cell]
            else:
                chunks.append(pa.repeat(pa.scalar(""), len(raw.rows)))
        return pa.chunked_array(chunks, pa.string())

    def column(self, name: str | None) -> Column | None:
        """A column by its raw name."""
        return next((column for column in self.columns if column.name == name), None)


def group_parts(parts: Sequence[FilePart]) -> list[Group]:
    """Parts whose columns agree, brought together and profiled column by column."""
    groups: list[Group] = []
    for part in parts:
        if part.raw is None:
            continue
        home = next((group for group in groups if _belongs(part, group.parts[0])), None)
        if home:
            home.parts.append(part)
        else:
            groups.append(Group([part]))
    for group in groups:
        _fill(group)
    _name(groups)
    return groups


def _belongs(part: FilePart, other: FilePart) -> bool:
    assert part.raw and other.raw
    ours, theirs = set(part.raw.names), set(other.raw.names)
    alike = len(ours & theirs) / max(len(ours | theirs), 1)
    same = part.reading["format"] == other.reading["format"]
    return same and (alike >= ALIKE or (alike >= RELATED and family(part) == family(other)))


def family(part: FilePart) -> str:
    """The file's name with `*` for every run of digits, as of monthly files."""
    return re.sub(r"\d+([-_.]\d+)*", "*", part.file)


def _fill(group: Group) -> None:
    names = dict.fromkeys(n for part in group.parts if part.raw for n in part.raw.names)
    group.columns = [profile_column(name, group.cells(name)) for name in names]
    lacking = {n: sum(n not in part.raw.names for part in group.parts if part.raw) for n in names}
    group.absent_in = {name: count for name, count in lacking.items() if count}


def _name(groups: Sequence[Group]) -> None:
    taken: dict[str, int] = {}
    for group in groups:
        part = group.parts[0]
        stem = Path(family(part)).name.split(".")[0].replace("*", "").strip("_- ")
        stem = stem or Path(part.file).parent.name or "table"
        base = slug(stem if part.sheets == 1 or len(group.parts) > 1 else f"{stem} {part.sheet}")
        taken[base] = taken.get(base, 0) + 1
        group.name = base if taken[base] == 1 else f"{base} ({taken[base]})"


def patterns(group: Group, files: Sequence[str]) -> list[str]:
    """Globs that match the files of the group and no other file of the extract."""
    own = sorted({part.file for part in group.parts})
    found = [p for p in sorted({family(part) for part in group.parts}) if "[" not in p]
    matched = {file for file in files for pattern in found if fnmatch.fnmatchcase(file, pattern)}
    return found if len(own) > 1 and matched == set(own) else own


def assign(groups: Sequence[Group]) -> None:
    """Say of each canonical table which group it most likely is; a group may serve several."""
    for table in KNOWN if groups else ():
        scored = [(*score(group, table), group) for group in groups]
        points, columns, group = max(scored, key=lambda found: found[0])
        if points > 0:
            group.tables[table] = columns
    for group in (group for group in groups if not group.tables):
        points, second = max((score(group, table)[0], table) for table in KNOWN)
        group.second = second if points > 0 else ""


def score(group: Group, table: str) -> tuple[float, dict[str, Column]]:
    """How much of a canonical table a group has, and in which columns; 0 where none is its own."""
    known = [entry for entry in known_columns() if entry.table == table]
    named = max(
        (k.weight * k.fits(_title(group)) for k in known if k.column == FILE_WORDS), default=0.0
    )
    total, chosen, own = named, {}, named > 0
    for entry in (k for k in known if k.column != FILE_WORDS):
        fit, column = _best(group, entry)
        if column is not None:
            chosen[entry.column] = column
            total += fit * max(entry.weight, 0.1)
            own = own or (entry.weight >= DISTINCTIVE and fit >= 0.5)
    needed = set(chosen) & set(KNOWN[table])
    return (total, chosen) if own and needed else (0.0, {})


def _title(group: Group) -> str:
    part = group.parts[0]
    words = [re.sub(r"\d+", " ", part.file.rsplit(".", 1)[0])]
    return " ".join([*words, part.sheet or ""]) if part.sheets > 1 else words[0]


def _best(group: Group, entry: Known) -> tuple[float, Column | None]:
    found = [
        (fit * FITS[entry.type].get(column.kind, 0.0) - 0.001 * position, column)
        for position, column in enumerate(group.columns)
        for known, fit in column.known
        if known is entry and not _reserved(column, fit)
    ]
    best = max(found, key=lambda pair: pair[0]) if found else (0.0, None)
    return best if best[0] > 0.1 else (0.0, None)


def _reserved(column: Column, fit: float) -> bool:
    """Identifying columns, and those of which another table or column is the whole name."""
    whole = any(other == 1 for _, other in column.known)
    return bool(column.identifying) or (whole and fit < 1)
