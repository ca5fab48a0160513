"""Raw files of every kind, as text cells with the row that a spreadsheet shows for each."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.errors import Stop
from scripts.lib.folding import clean_header
from scripts.lib.reading.delimited import read_delimited, to_utf8
from scripts.lib.reading.footers import patient_rows
from scripts.lib.reading.protection import OLE, is_locked, locked
from scripts.lib.reading.raw import Problem, Raw, joined_text

MAGIC = (
    (b"PK\x03\x04", "a zip archive, as XLSX workbooks are", ("xlsx",)),
    (OLE, "an old Excel workbook (XLS)", ("xls",)),
    (b"PAR1", "a Parquet file", ("parquet",)),
    (b"\x1f\x8b", "gzip-compressed", ()),
    (b"%PDF", "a PDF document", ()),
    (b"{\\rtf", "an RTF document", ()),
)
MARKUP = re.compile(rb"(?i)^(\xef\xbb\xbf)?\s*<(!doctype|html|table|\?xml|meta|head)")
HALF_PAIR = re.compile("[\ud800-\udfff]")
TEXT = ("csv", "tsv", "jsonl")


def read_raw(path: str | Path, settings: dict[str, Any]) -> Raw:
    """Every cell of a raw file (or sheet) as text.

    Parameters
    ----------
    settings
        `scripts.lib.reading.sources.ingest_settings`.

    Raises
    ------
    Stop
        The file is not what its ending says, is protected, cannot be decoded, has no rows, or has
        two columns of one name.
    """
    name, kind = settings["file"], settings["format"]
    data = Path(path).read_bytes()
    if settings["gzip"]:
        data = _unzip(data, name)
    if not data:
        raise Stop(f"{name} is empty (0 bytes). Export it again.")
    _check_kind(data, name, kind, settings["encoding"])
    raw = _READERS[kind](data, settings)
    _check_names(raw.names, name)
    _set_blank_aside(raw)
    _set_footer_aside(raw, settings)
    if not len(raw.rows) and not settings["may_be_empty"]:
        raise Stop(
            f"{name}{_sheet(settings)} has column names but no rows. Export it again; or declare "
            "the table `absent: true`, or `may_be_empty: true` where that is right."
        )
    return raw


def _unzip(data: bytes, name: str) -> bytes:
    try:
        return gzip.decompress(data)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Stop(f"{name} is not a whole gzip file. Send it again.") from None


def _check_kind(data: bytes, name: str, kind: str, encoding: str) -> None:
    if is_locked(data):
        raise Stop(locked(name))
    seen = next(((what, kinds) for magic, what, kinds in MAGIC if data.startswith(magic)), None)
    if seen is None and MARKUP.match(data[:200]):
        seen = ("a web page or XML", ())
    if seen is None and kind not in TEXT:
        seen = ("text" if b"\0" not in data[:4096] else "something else", ())
    if seen and kind not in seen[1]:
        raise Stop(
            f"{name} should be {kind.upper()}, but its content is {seen[0]}. Save it again as "
            f"{kind.upper()}, or declare its true `format` in sources.yaml."
        )


def _check_names(names: list[str], name: str) -> None:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        where = "; ".join(
            "columns " + ", ".join(str(i + 1) for i, m in enumerate(names) if m == n) for n in twice
        )
        raise Stop(  # without the name: where there is no header, it is a patient's value
            f"{name} has two columns of one name: {where}. Rename one of them; or correct "
            "`header_row`, where the names stand in another row."
        )
    reserved = {"src_file", "src_sheet", "src_row"} & set(names)
    if reserved:
        raise Stop(f"{name}: the column name {sorted(reserved)[0]} is reserved. Rename it.")


def _sheet(settings: dict[str, Any]) -> str:
    return f", sheet `{settings['sheet']}`," if settings["sheet"] else ""


def _set_blank_aside(raw: Raw) -> None:
    """Rows without any cell go; those behind the last filled row were never rows."""
    blank = np.arange(len(raw.rows))
    for cell in raw.cells:
        if not len(blank):
            break
        part = cell.take(pa.array(blank)) if len(blank) < len(cell) else cell
        empty = pc.equal(pc.utf8_trim_whitespace(part), "").to_numpy(zero_copy_only=False)
        blank = blank[empty.astype(bool)]
    filled = np.setdiff1d(raw.rows, raw.rows[blank], assume_unique=True)
    others = [row for row, _, _ in raw.set_aside]
    raw.last_row = int(max([raw.first_row - 1, *filled[-1:], *others[-1:]]))
    raw.set_aside += [(int(row), "empty_row", "") for row in raw.rows[blank] if row <= raw.last_row]
    raw.keep(np.setdiff1d(np.arange(len(raw.rows)), blank, assume_unique=True))


def _set_footer_aside(raw: Raw, settings: dict[str, Any]) -> None:
    """Declared remark rows at the end go; one that has a patient number is a row, and is said."""
    if not settings["footer_rows"]:
        return
    start = max(raw.last_row - settings["footer_rows"] + 1, raw.first_row)
    patients = patient_rows(raw, start, settings.get("identifier"), settings.get("missing", []))
    torn = {row for row, why, _ in raw.set_aside if why == "malformed_row" and row in patients}
    raw.set_aside = [entry for entry in raw.set_aside if entry[0] < start or entry[0] in torn]
    said = _texts_behind(raw, start)
    raw.set_aside += [
        (row, "footer", said.get(row, ""))
        for row in range(start, raw.last_row + 1)
        if row not in patients
    ]
    raw.problems += [("footer_with_patient", row, None) for row in sorted(patients - torn)]
    raw.keep(np.flatnonzero((raw.rows < start) | np.isin(raw.rows, sorted(patients))))


def _texts_behind(raw: Raw, start: int) -> dict[int, str]:
    """What the rows from `start` on say."""
    behind = np.flatnonzero(raw.rows >= start)
    cells = [cell.take(pa.array(behind)).to_pylist() for cell in raw.cells]
    rows = zip(raw.rows[behind].tolist(), zip(*cells, strict=True), strict=True)
    torn = {row: joined_text(fields) for row, fields in raw.torn.items()}
    return torn | {row: joined_text(texts) for row, texts in rows}


def _read_text(data: bytes, settings: dict[str, Any]) -> Raw:
    body, encoding, guessed = to_utf8(data, settings["encoding"], settings["file"])
    raw = read_delimited(body, settings)
    raw.encoding = encoding
    if guessed:
        raw.problems.append(("encoding_detected", None, None))
    return raw


def _read_jsonl(data: bytes, settings: dict[str, Any]) -> Raw:
    """One JSON object a line; nested values stay JSON. The row is the line."""
    body, encoding, guessed = to_utf8(data, settings["encoding"], settings["file"])
    lines = body.decode().split("\n")
    objects, rows, bad = [], [], []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        value, why = _json_object(line)
        if value is not None:
            objects.append(value)
            rows.append(number)
        else:
            bad.append((number, "malformed_row", why))
    if not objects:
        raise Stop(f"{settings['file']}: no line is a JSON object. Declare its true `format`.")
    names = list(dict.fromkeys(key for value in objects for key in value))
    cells = [pa.array([_json_text(o.get(n)) for o in objects], pa.string()) for n in names]
    problems: list[Problem] = [("encoding_detected", None, None)] if guessed else []
    found = [clean_header(name) or f"column {n}" for n, name in enumerate(names, 1)]
    last = max(rows[-1], *(row for row, _, _ in bad)) if bad else rows[-1]
    return Raw(found, cells, np.array(rows), last, 1, bad, problems, encoding)


def _json_object(line: str) -> tuple[dict[str, Any] | None, str]:
    """The object of a line; or None, and what is wrong with it."""
    try:
        value = json.loads(
            line, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once_each
        )
    except _Twice:
        return None, "a key occurs twice"
    except (ValueError, RecursionError):
        return None, "not a JSON object"
    if not isinstance(value, dict):
        return None, "not a JSON object"
    if "\\u" in line and HALF_PAIR.search(json.dumps(value, ensure_ascii=False)):
        return None, "half a letter (a lone surrogate)"
    return value, ""


class _Twice(ValueError):  # noqa: N818
    """A key of a JSON object occurs twice."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _json_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _read_parquet(data: bytes, settings: dict[str, Any]) -> Raw:
    """The row is the position from 1."""
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(data))
        cells = [_parquet_text(column) for column in table.columns]
    except (pa.ArrowException, ValueError, TypeError, OSError):
        raise Stop(
            f"{settings['file']} cannot be read as a Parquet table (damaged, or a column holds "
            "bytes that are no text). Export it again."
        ) from None
    rows = np.arange(1, table.num_rows + 1)
    names = [clean_header(name) or f"column {n}" for n, name in enumerate(table.column_names, 1)]
    return Raw(names, cells, rows, table.num_rows, 1)


def _parquet_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_floating(column.type):
        known = column.drop_null()
        small = pc.all(pc.less(pc.abs(known), 2.0**53)).as_py() is not False
        whole = small and pc.all(pc.equal(known, pc.round(known))).as_py() is not False
        column = column.cast(pa.int64()) if whole else column
    if pa.types.is_nested(column.type):
        return pa.chunked_array([[_json_text(value) for value in column.to_pylist()]], pa.string())
    return pc.fill_null(column.cast(pa.string()), "")


def _read_workbook(data: bytes, settings: dict[str, Any]) -> Raw:
    from scripts.lib.reading.workbooks import read_workbook  # late: only where there is one

    return read_workbook(data, settings)


_READERS = {
    "csv": _read_text,
    "tsv": _read_text,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "xlsx": _read_workbook,
    "xls": _read_workbook,
}
