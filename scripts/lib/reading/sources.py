"""Which raw files make up which table, and what each step needs to know about them.

Runs at every parse of the workflow, so it lists folders and reads no data.
"""

from __future__ import annotations

import difflib
import fnmatch
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.reading.marks import Damaged, SheetName
from scripts.lib.reading.protection import is_locked, locked
from scripts.lib.reading.xls import Xls
from scripts.lib.reading.xlsx import Xlsx

FORMATS = {
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
LONGEST, SHORT = 120, 30  # bytes and letters of a part's name: file systems allow 255 bytes
NOT_DATA = ("~$*", ".*", "Thumbs.db", "desktop.ini")  # Excel's lock files, system files
READING = (
    "encoding", "delimiter", "quote", "header_row", "footer_rows", "merged", "hidden",
    "may_be_empty",
)  # fmt: skip
LIMITS = ("not_before", "not_after")
STANDARDISING = (
    "identifier", "centre", "columns", "where", "drop", "optional", "sentinel_dates", "missing",
)  # fmt: skip


@dataclass(frozen=True)
class RawPart:
    """One raw file, or one sheet of it: what one `ingest_table` job reads."""

    path: str  # as a rule's input, from the study folder
    file: str  # within the delivery; `src_file` of its rows
    sheet: str | None  # the declared sheet; None: the only one
    format: str
    gzip: bool
    pattern: int = 0  # position of the pattern of `files` that found it


def plan_parts(sources: dict[str, Any], raw_folder: str | Path) -> dict[str, dict[str, RawPart]]:
    """The parts of every table, by name; an absent table has none.

    Raises
    ------
    Stop
        A pattern matches no file, a sheet is not in its workbook, or a file cannot be reached.
    """
    folder = Path(raw_folder)
    if not folder.is_dir():
        raise Stop(
            f"The delivery folder {folder} is missing. Put the raw files there, or name another "
            "folder under `study.delivery`."
        )
    check_reachable(folder)
    return {
        name: {} if table["absent"] else _table_parts(name, table, folder)
        for name, table in sources["tables"].items()
    }


def _table_parts(name: str, table: dict[str, Any], folder: Path) -> dict[str, RawPart]:
    found: dict[str, tuple[Path, int]] = {}
    for number, pattern in enumerate(table["files"]):
        matches = _matching(folder, pattern)
        if not matches:
            raise Stop(_missing_file(name, pattern, folder))
        for path in matches:
            check_name(path)
            found.setdefault(path.relative_to(folder).as_posix(), (path, number))
    own = {file: of_file(table, file) for file in found}
    parts = [
        RawPart(path.as_posix(), file, sheet, *_format(file, own[file]["format"]), number)
        for file, (path, number) in sorted(found.items())
        for sheet in _sheets(path, own[file])
    ]
    _check_files(name, table, found)
    return dict(sorted(zip(_part_names(parts, table["sheet"]), parts, strict=True)))


def _matching(folder: Path, pattern: str) -> list[Path]:
    """The file of that very name, also with brackets in it; else those that the pattern fits."""
    try:
        if (folder / pattern).is_file():
            return [folder / pattern]
        return sorted(p for p in folder.glob(pattern) if p.is_file() and is_data(p))
    except (OSError, ValueError, IndexError):  # a name too long, or no pattern at all
        return []


def check_reachable(folder: Path) -> None:
    """Stop where a pattern would pass over a file in silence: its folder or its drive is shut."""

    def shut(error: OSError) -> None:
        raise Stop(
            f"{error.filename} cannot be read ({error.strerror}). Give this account access."
        ) from None

    for where, folders, files in os.walk(folder, onerror=shut):
        for path in (Path(where, name) for name in (*folders, *files)):
            if path.is_symlink() and not path.exists() and is_data(path):
                raise Stop(
                    f"{path} is a link that leads nowhere. Mend it (is its drive there?), or take"
                    " it away."
                )


def check_name(path: Path) -> None:
    """Stop where Snakemake would take a part of a file's name for something else."""
    if re.search(r"[{}\x00-\x1f\x7f]", str(path)):
        raise Stop(
            f"{path}: a name with braces {{ }} or control characters cannot be the input of a job. "
            "Rename the file (and in `files` of its table)."
        )


def fits(name: str, pattern: str) -> bool:
    """Whether a name is the pattern itself, or one that it stands for."""
    return name == pattern or fnmatch.fnmatchcase(name, pattern)


def _check_files(name: str, table: dict[str, Any], files: Iterable[str]) -> None:
    """Stop where a pattern of `by_file` fits no file, or a file's name does not tell its centre."""
    where = f"sources.tables.{name}"
    for pattern in table["by_file"]:
        if not any(fits(file, pattern) for file in files):
            raise Stop(f"{where}.by_file: `{pattern}` fits no file of the table. Correct it.")
    for file in files:
        centre = of_file(table, file)["centre"]
        if centre and centre["part"] and centre["from"] == "src_file":
            found = re.search(centre["part"], file)
            if not found or not "".join(found.groups()[:1] or found.group()):
                raise Stop(
                    f"{where}.centre: `{centre['part']}` finds no hospital in the name {file}. "
                    "Correct the pattern, or say the centre of that file under `by_file`."
                )


def of_file(table: dict[str, Any], file: str) -> dict[str, Any]:
    """How one file of a table is read: the first entry of `by_file` that fits, over the rest."""
    other = (o for p, o in table["by_file"].items() if fits(file, p))
    return table | next(other, {})


def readings(table: dict[str, Any]) -> list[dict[str, Any]]:
    """Every way in which files of a table are read; the table's own first."""
    return [table, *(table | other for other in table.get("by_file", {}).values())]


def columns_read(table: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each column of a table in each way in which its files are read."""
    for reading in readings(table):
        yield from reading["columns"].items()


def raw_headers(table: dict[str, Any], name: str) -> list[str]:
    """The raw headers that a column has in the files of its table."""
    given = [column["from"] for key, column in columns_read(table) if key == name]
    named = [[one] if isinstance(one, str) else one or [] for one in given]
    return list(dict.fromkeys(header for several in named for header in several))


def is_data(path: Path) -> bool:
    """Whether a file is one of the delivery, and none that Excel or the system left there."""
    return not any(fnmatch.fnmatch(path.name, pattern) for pattern in NOT_DATA)


def _missing_file(name: str, pattern: str, folder: Path) -> str:
    there = sorted(
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and is_data(p)
    )
    folders = [p.name for p in sorted(folder.iterdir()) if p.is_dir() and fits(p.name, pattern)]
    near = difflib.get_close_matches(pattern, there, n=1, cutoff=0.4)
    return (
        f"Table {name}: no file matches `{pattern}` in {folder}."
        + (f" `{folders[0]}` there is a folder." if folders else "")
        + (f" Nearest: `{near[0]}`." if near else "")
        + f" Put the file there, or correct `files` of sources.tables.{name}."
    )


def _format(file: str, declared: str | None) -> tuple[str, bool]:
    suffixes = [suffix.lower() for suffix in Path(file).suffixes]
    packed = bool(suffixes) and suffixes[-1] == ".gz"
    ending = (suffixes[:-1] if packed else suffixes)[-1:]
    kind = declared or FORMATS.get("".join(ending))
    if kind is None:
        raise Stop(f"{file}: the ending says nothing about its format. Declare `format`.")
    return kind, packed


def _sheets(path: Path, table: dict[str, Any]) -> list[str | None]:
    """The sheets of one file that are parts of their own; [None] for a file without sheets."""
    kind, packed = _format(path.name, table["format"])
    declared = table["sheet"]
    if declared is None or kind not in ("xlsx", "xls") or packed:
        return [declared if kind in ("xlsx", "xls") else None]
    patterns = [declared] if isinstance(declared, str) else declared
    if not any(set(pattern) & set("*?[") for pattern in patterns):
        return list(patterns)
    sheets = sheets_of(path, kind)
    chosen = [s.name for s in sheets if s.name in patterns or (not s.hidden and _fits(s, patterns))]
    if not chosen:
        there = ", ".join(s.name + (" (hidden)" if s.hidden else "") for s in sheets)
        raise Stop(
            f"{path}: no sheet matches {', '.join(patterns)} (a hidden one is read only by its "
            f"whole name). Sheets: {there}. Correct `sheet` of this table."
        )
    return list(chosen)


def _fits(sheet: SheetName, patterns: list[str]) -> bool:
    return any(fits(sheet.name, pattern) for pattern in patterns)


def sheets_of(path: Path, kind: str) -> list[SheetName]:
    """A workbook's sheets, in its order, without reading their cells."""
    try:
        return Xlsx(path).sheets if kind == "xlsx" else Xls(path.read_bytes()).sheets
    except Damaged as damaged:
        if is_locked(path.read_bytes()) or str(damaged) == "password":
            raise Stop(locked(str(path))) from None
        why = f": {damaged}" if str(damaged) else ""
        raise Stop(
            f"{path} cannot be opened as {kind.upper()}{why}. Export it again, or declare its true "
            "`format`."
        ) from None


def _part_names(parts: list[RawPart], declared: Any) -> list[str]:
    """A slug for each part: the file's stem, then the sheet; longer only where two would agree."""
    several = isinstance(declared, list) or (declared is not None and "*" in declared)
    stems = [Path(part.file).name.split(".")[0] for part in parts]
    tails = [f"-{part.sheet}" if several and part.sheet else "" for part in parts]
    short = [slug(stem + tail) for stem, tail in zip(stems, tails, strict=True)]
    paths = [slug(part.file + tail) for part, tail in zip(parts, tails, strict=True)]
    names = [s if short.count(s) == 1 else p for s, p in zip(short, paths, strict=True)]
    return [
        n
        if names.count(n) == 1 and len(n.encode()) <= LONGEST
        else f"{_shortened(n)}-{_digest(f'{part.file}|{part.sheet}')}"
        for n, part in zip(names, parts, strict=True)
    ]


def _shortened(name: str) -> str:
    return name if len(name.encode()) <= LONGEST else name[:SHORT]


def slug(text: str) -> str:
    """`text` with letters and digits of any script, `_` and `-` alone."""
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "part"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def ingest_settings(sources: dict[str, Any], name: str, part: RawPart) -> dict[str, Any]:
    """What reading a part depends on."""
    table = of_file(sources["tables"][name], part.file)
    own = {"file": part.file, "sheet": part.sheet, "format": part.format, "gzip": part.gzip}
    whose = {"identifier": table["identifier"], "missing": table["missing"]}  # of the last rows
    own |= {key: table[key] for key in READING}
    return own | (whose if table["footer_rows"] else {})


def standardise_settings(
    sources: dict[str, Any], name: str, part: RawPart | None = None
) -> dict[str, Any]:
    """What the typed columns of a part depend on; without one, those of the table itself."""
    table = sources["tables"][name]
    table = of_file(table, part.file) if part else table
    read = {key: column for key, column in table["columns"].items() if not column["joined"]}
    own = {key: table[key] for key in STANDARDISING} | {"columns": read}
    elsewhere = _known_elsewhere(sources, name, part.file) if part else []
    return own | {"first_centre": first_centre(sources), "elsewhere": elsewhere}


def _known_elsewhere(sources: dict[str, Any], name: str, file: str) -> list[str]:
    """Raw columns of a file that other tables read or drop: this one need not name them."""
    found: set[str] = set()
    for other, table in sources["tables"].items():
        patterns = [pattern.replace("**/", "*") for pattern in table["files"]]
        if other == name or not any(fnmatch.fnmatchcase(file, p) for p in patterns):
            continue
        own = of_file(table, file)
        given = [column["from"] for column in own["columns"].values() if column["from"]]
        given += [own["identifier"]["column"], own["drop"]]
        found |= {header for one in given for header in ([one] if isinstance(one, str) else one)}
    return sorted(found - {"src_file", "src_sheet"})


def first_centre(sources: dict[str, Any]) -> str | None:
    """The centre whose numbers alone make its pseudonyms: the declared one, or the only one.

    So a study of one centre has the same pseudonyms with `centre` and without it.
    """
    every = [
        reading["centre"]
        for table in sources["tables"].values()
        if not table["absent"]
        for reading in readings(table)
    ]
    only = {" ".join(centre["value"].split()) for centre in every if centre and centre["value"]}
    one = len(only) == 1 and all(centre and centre["value"] for centre in every)
    return sources["first_centre"] or (only.pop() if one else None)


def combine_settings(
    sources: dict[str, Any], name: str, parts: Iterable[RawPart]
) -> dict[str, Any]:
    """What combining the parts of a table depends on; the types serve a table without parts.

    `files` stand in the order of their patterns, where a rule decides by it.
    """
    from scripts.lib.config.sources import KNOWN  # late: pydantic

    table = sources["tables"][name]
    declared = {key: column["type"] for key, column in table["columns"].items()}
    rules = (table["conflicts"] or {"decide": []})["decide"]
    return {
        "duplicates": table["duplicates"],
        "types": declared or KNOWN.get(name, {}),
        "joined": {key: c["joined"] for key, c in table["columns"].items() if c["joined"]},
        "joins": {key: join | {"table": join["table"] or key} for key, join in joins_of(table)},
        "conflicts": table["conflicts"],
        "limits": limits_of(table),
        "files": in_order(parts) if any(r["files"] for r in rules) else [],
    }


def flags_of(table: dict[str, Any]) -> dict[str, str]:
    """Date column -> the column that flags its imputation."""
    return {c["imputed"]: key for key, c in table["columns"].items() if c["imputed"]}


def imputation_flags(sources: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Table -> date column -> the column that flags its imputation; of tables that flag any."""
    found = {name: flags_of(table) for name, table in sources["tables"].items()}
    return {name: flags for name, flags in found.items() if flags}


def limits_of(table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Date column -> its flag and the columns between which an imputed date has to lie."""
    flags = flags_of(table)
    return {
        name: {"flag": flags[name]} | {way: column["impute"][way] for way in LIMITS}
        for name, column in table["columns"].items()
        if name in flags and any(column["impute"][way] for way in LIMITS)
    }


def joins_of(table: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The joins by which a column of the table is looked up."""
    used = {c["joined"].split(".")[0] for c in table["columns"].values() if c["joined"]}
    return [(key, join) for key, join in table["joins"].items() if key in used]


def joined_tables(sources: dict[str, Any], name: str) -> list[str]:
    """The tables in which columns of the table `name` are looked up."""
    return sorted({join["table"] or key for key, join in joins_of(sources["tables"][name])})


def in_order(parts: Iterable[RawPart]) -> list[str]:
    """Files in the order of the patterns that match them; those of one pattern by name."""
    return [file for _, file in sorted({(part.pattern, part.file) for part in parts})]


def codelist_files(sources: dict[str, Any], names: Iterable[str]) -> list[str]:
    """The code lists that the tables `names` use, as a rule's inputs."""
    used = {
        column["codelist"]
        for name in names
        if not sources["tables"][name]["absent"]
        for _, column in columns_read(sources["tables"][name])
        if column["codelist"] and not column["absent"]
    }
    return [f"config/codelists/{name}.csv" for name in sorted(used)]


def crosswalk_settings(sources: dict[str, Any]) -> dict[str, Any]:
    """How hospital numbers are found and cleaned, by table."""
    own = ("identifier", "missing", "centre")
    first = {"first_centre": first_centre(sources)}
    return {
        name: {key: table[key] for key in own}
        | first
        | {"by_file": {p: {key: o[key] for key in own} for p, o in table["by_file"].items()}}
        for name, table in sources["tables"].items()
        if not table["absent"]
    }


def centre_lists(sources: dict[str, Any]) -> list[str]:
    """The code lists of hospitals, as inputs of the crosswalk."""
    every = [r["centre"] for t in sources["tables"].values() for r in readings(t)]
    used = {centre["codelist"] for centre in every if centre and centre["codelist"]}
    return [f"config/codelists/{name}.csv" for name in sorted(used)]
