"""Every file and sheet of an unknown extract, read as its content suggests; nothing is fatal."""

from __future__ import annotations

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.lib.config.sources import Defaults, Table
from scripts.lib.errors import Stop
from scripts.lib.profiling.sniff import (
    find_delimiter,
    find_encoding,
    find_footer,
    find_header,
    head_records,
    tail_records,
)
from scripts.lib.reading.raw import Raw
from scripts.lib.reading.readers import MARKUP, read_raw
from scripts.lib.reading.sources import FORMATS, READING

BY_CONTENT = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"PAR1", "parquet"),
)
NO_TABLE = (
    (b"%PDF", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x89PNG", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)
WIDE = (b"\xff\xfe", b"\xfe\xff")  # UTF-16 text holds NUL bytes
# how a file is read where nobody says otherwise
USUAL: dict[str, Any] = {
    key: (Defaults if key in Defaults.model_fields else Table).model_fields[key].default
    for key in READING
} | {"encoding": "utf-8", "may_be_empty": True}


NOTED = ("suspect_quote", "merged_cells", "digits_lost")


@dataclass
class FilePart:
    """One file, or one sheet of it, and what came of reading it."""

    file: str  # from the extract's folder
    sheet: str | None = None
    reading: dict[str, Any] = field(default_factory=dict)
    found: str = ""  # how the encoding was found
    raw: Raw | None = None
    stops: str = ""  # why the reader refuses it
    notes: list[str] = field(default_factory=list)
    sheets: int = 1  # of the file
    header_rows: int = 1  # that hold the column names

    @property
    def name(self) -> str:
        """File and sheet as a person would say them."""
        return self.file if self.sheet is None else f"{self.file}, sheet {self.sheet}"

    @property
    def set_aside(self) -> list[tuple[str, int]]:
        """How many rows were not read, by reason."""
        return sorted(Counter(why for _, why, _ in self.raw.set_aside).items()) if self.raw else []


def read_extract(folder: str | Path, files: list[str]) -> list[FilePart]:
    """The parts of all files, in the order of their names."""
    return [part for file in files for part in _parts(Path(folder), Path(file))]


def _parts(folder: Path, path: Path) -> Iterator[FilePart]:
    name = path.relative_to(folder).as_posix()
    try:
        yield from _read_file(path, name)
    except Stop as stop:
        yield FilePart(name, stops=str(stop))
    except Exception as error:  # an unknown file may break any reader; the others still count
        yield FilePart(name, stops=f"{name} cannot be read ({type(error).__name__}). Look at it.")


def _read_file(path: Path, name: str) -> Iterator[FilePart]:
    data = path.read_bytes()
    packed = data.startswith(b"\x1f\x8b") and path.suffix.lower() == ".gz"
    body = _unzip(data, name) if packed else data
    ending = Path(path.stem if packed else path.name).suffix.lower()
    kind = _kind(body, name, ending)
    own = USUAL | {"file": name, "sheet": None, "format": kind, "gzip": packed}
    if kind in ("xlsx", "xls"):
        from scripts.lib.profiling.sheets import read_sheets  # late: only where there is one

        yield from read_sheets(path, body, own)
    elif kind in ("csv", "tsv"):
        yield _read_text(path, body, own)
    else:
        yield _read_other(path, body, own)


def _unzip(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Stop(f"{name} is not a whole gzip file. Send it again.") from None


def _kind(body: bytes, name: str, ending: str) -> str:
    """The format that the content has, whatever the ending says."""
    if not body:
        raise Stop(f"{name} is empty (0 bytes). Export it again.")
    what = next((what for magic, what in NO_TABLE if body.startswith(magic)), "")
    what = "a web page or XML" if MARKUP.match(body[:200]) else what
    if what:
        raise Stop(f"{name} is {what}, not a table. Ask for it as CSV or XLSX.")
    known = next((kind for magic, kind in BY_CONTENT if body.startswith(magic)), None)
    if known == "xlsx" and ending not in (".xlsx", ".xlsm", ".xls"):
        raise Stop(f"{name} is a zip archive or an Office document. Unpack it, or save it as XLSX.")
    if known:
        return known
    if b"\0" in body[:4096] and not body.startswith(WIDE):
        raise Stop(f"{name} is neither text nor a format that can be read. Ask for it as CSV.")
    if body.lstrip()[:1] == b"[":
        raise Stop(f"{name} looks like one JSON array. Ask for one JSON object a line, or CSV.")
    kind = FORMATS.get(ending, "csv")
    if body.lstrip()[:1] == b"{":
        return "jsonl"
    return kind if kind in ("csv", "tsv") else "csv"


def _read_text(path: Path, data: bytes, own: dict[str, Any]) -> FilePart:
    body, encoding, found = find_encoding(data, own["file"])
    delimiter = "\t" if own["format"] == "tsv" else find_delimiter(body)
    if delimiter == "\t" and path.suffix.lower() == ".xls":
        own = own | {"format": "tsv"}
    header = find_header(head_records(body, delimiter))
    footer = find_footer(tail_records(body, delimiter), header.width)
    reading = own | {"encoding": encoding, "delimiter": delimiter, "footer_rows": footer}
    part = FilePart(own["file"], reading=reading, found=found)
    if header.row is None:
        part.stops = no_header(own["file"], header.why)
        return part
    part.reading["header_row"] = header.row
    read_part(part, path)
    return part


def _read_other(path: Path, body: bytes, own: dict[str, Any]) -> FilePart:
    part = FilePart(own["file"], reading=own | {"encoding": None})
    if own["format"] == "jsonl":
        _, encoding, part.found = find_encoding(body, own["file"])
        part.reading["encoding"] = encoding
    read_part(part, path)
    return part


def no_header(name: str, why: str) -> str:
    """The message on a file without column names."""
    return f"{name}: no column names found ({why}). Ask for an export with a row of column names."


def read_part(part: FilePart, path: Path) -> None:
    """Read the cells with what was found out; a refusal is kept as `stops`."""
    try:
        part.raw = read_raw(path, part.reading)
    except Stop as stop:
        part.stops = str(stop)
        return
    rules = Counter(rule for rule, _, _ in part.raw.problems)
    part.notes += [f"{rule}: {n}" for rule, n in sorted(rules.items()) if rule in NOTED]
    by_ending = FORMATS.get(Path(part.file.removesuffix(".gz")).suffix.lower())
    if by_ending != part.reading["format"]:
        part.notes.append(f"the ending does not say that it is {part.reading['format'].upper()}")
    if not len(part.raw.rows):
        part.notes.append("no rows")
