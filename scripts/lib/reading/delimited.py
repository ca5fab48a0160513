"""Delimited text: bytes to UTF-8, then fields with the row that a spreadsheet shows."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from scripts.lib.errors import Stop
from scripts.lib.folding import clean_header
from scripts.lib.reading.raw import Problem, Raw, joined_text

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (b"\x84\x31\x95\x33", "gb18030"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
GUESSES = ("utf-8", "gb18030")
BLOCK = 1 << 25  # bytes; no field can be longer
STEP = 1 << 24


class Torn(NamedTuple):
    """A row with another number of fields than the header; its text where a footer is declared."""

    number: int
    fields: int
    text: str


def to_utf8(data: bytes, encoding: str, name: str) -> tuple[bytes, str, bool]:
    """`data` as UTF-8 without a byte order mark.

    Returns
    -------
    The bytes, the encoding they had, and whether it was guessed (neither declared nor marked).

    Raises
    ------
    Stop
        With byte offset and line of the first byte that the encoding does not allow.
    """
    for mark, marked in BOMS:
        if data.startswith(mark):
            body, _ = _decode(data[len(mark) :], marked, name, len(mark))
            return body, marked, False
    if encoding != "detect":
        body, bad = _decode(data, encoding.removesuffix("-sig"), name)
        return body, encoding, False
    for guess in GUESSES:
        body, bad = _decode(data, guess, None)
        if bad is None:
            plain = guess == "utf-8"
            return body, guess, not (plain and data.isascii())
    raise Stop(
        f"{name}: neither UTF-8 nor GB18030 (first at {_place(data, bad or 0)}). Declare its "
        "`encoding` in sources.yaml, or export it as UTF-8."
    )


def _decode(
    data: bytes, encoding: str, name: str | None, start: int = 0
) -> tuple[bytes, int | None]:
    """UTF-8 bytes, and the offset of the first bad byte (Stop when the file has a `name`)."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    out, done = io.BytesIO(), 0
    try:
        for done in range(0, len(data), STEP):
            kept = len(decoder.getstate()[0])
            text = decoder.decode(data[done : done + STEP], done + STEP >= len(data))
            out.write(text.encode())
    except UnicodeDecodeError as error:
        bad = done - kept + error.start
        if name is None:
            return b"", bad
        raise Stop(
            f"{name}: not {encoding.upper()} at {_place(data, bad, start)}. Declare its true "
            "`encoding` in sources.yaml (`detect` tries UTF-8 and GB18030), or export it again."
        ) from None
    return out.getvalue(), None


def _place(data: bytes, offset: int, start: int = 0) -> str:
    line = data.count(b"\n", 0, offset) + 1
    return f"byte {offset + start + 1}, line {line}"


def read_delimited(body: bytes, settings: dict[str, Any]) -> Raw:
    """The cells of UTF-8 `body`; rows with too many or too few fields are set aside."""
    name, head = settings["file"], settings["header_row"]
    nul = body.find(b"\0")
    if nul >= 0:
        raise Stop(f"{name}: not text (a NUL byte at {_place(body, nul)}). Declare its `encoding`.")
    delimiter = "\t" if settings["format"] == "tsv" else settings["delimiter"]
    titles, rest, above = _header(body, delimiter, settings)
    names = [clean_header(title) or f"column {n}" for n, title in enumerate(titles, 1)]
    table, bad = _fields(body[rest:], len(names), delimiter, settings)
    others = f"the header has {len(names)}"
    if len(bad) > table.num_rows:
        table, bad, others = _behind_each_row(table, bad, body[rest:], delimiter, settings)
    total = table.num_rows + len(bad)
    if bad and not table.num_rows:
        counts = ", ".join(str(n) for n in sorted({fields for _, fields, _ in bad})[:5])
        raise Stop(
            f"{name}: none of its {len(bad)} rows has {len(names)} fields, as its header has (row "
            f"{head}); they have {counts}. Check `delimiter` and `header_row` of this table."
        )
    rows = np.setdiff1d(np.arange(1, total + 1), [n for n, _, _ in bad], assume_unique=True) + head
    set_aside = [(n + head, "malformed_row", f"{fields} fields; {others}") for n, fields, _ in bad]
    torn = {
        n + head: next(csv.reader([text], delimiter=delimiter, **_style(settings)), [])
        for n, _, text in bad[-settings["footer_rows"] :]
        if text
    }
    problems = _swallowed(table, rows, delimiter, body, settings)
    names, cells = _named(names, titles, table)
    place = (total + head, head + 1)
    return Raw(names, cells, rows, *place, set_aside, problems, torn=torn, above=above)


def _header(
    body: bytes, delimiter: str, settings: dict[str, Any]
) -> tuple[list[str], int, list[tuple[int, str]]]:
    """The fields of the header row, where the row behind it begins, and the rows above it."""
    used = 0

    def lines() -> Iterator[str]:
        nonlocal used
        for line in io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""):
            used += len(line.encode())
            yield line

    name, head = settings["file"], settings["header_row"]
    reader = csv.reader(lines(), delimiter=delimiter, **_style(settings))
    try:
        records = list(islice(reader, head))
    except csv.Error:
        records = []
    if len(records) < head or not any(map(str.strip, records[-1])):
        raise Stop(f"{name}: no column names in row {head}. Correct `header_row` of this table.")
    titles = records[-1]
    other = next((d for d in ",;\t|" if d != delimiter and d in titles[0]), None)
    if len(titles) == 1 and other:
        shown = {"\t": "a tab"}.get(other, f"`{other}`")
        raise Stop(f"{name}: row {head} is one field with {shown} in it. Declare that `delimiter`.")
    above = [(row, joined_text(fields)) for row, fields in enumerate(records[:-1], 1)]
    return titles, used, above


def _style(settings: dict[str, Any]) -> Any:
    """How `csv` is told of the quotation mark."""
    quote = settings["quote"]
    return {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}


def _fields(
    body: bytes, count: int, delimiter: str, settings: dict[str, Any]
) -> tuple[pa.Table, list[Torn]]:
    """The fields of all whole rows, and number and field count of the others."""
    names, keeps = [str(n) for n in range(count)], settings["footer_rows"] > 0
    bad: list[Torn] = []
    torn: list[int] = []

    def malformed(row: Any) -> str:
        bad.append(Torn(row.number, row.actual_columns, row.text if keeps else ""))
        if "\n" in row.text.strip("\r\n"):
            torn.append(row.number)
        return "skip"

    if not body.strip(b"\r\n"):
        return pa.table([pa.array([], pa.string())] * count, names=names), bad
    try:
        table = pacsv.read_csv(
            pa.py_buffer(body),
            # one thread: only then are malformed rows numbered
            read_options=pacsv.ReadOptions(use_threads=False, column_names=names, block_size=BLOCK),
            parse_options=pacsv.ParseOptions(
                delimiter=delimiter,
                quote_char=settings["quote"] or False,
                newlines_in_values=bool(settings["quote"]),
                ignore_empty_lines=False,
                invalid_row_handler=malformed,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,  # decoded already
            ),
        )
    except pa.ArrowInvalid as error:
        raise Stop(
            f"{settings['file']}: cannot be split into rows. A quotation mark is probably never "
            'closed. Export it again, or declare `quote: ""` if quotation marks mean nothing.'
        ) from error
    total = table.num_rows + len(bad)
    if torn and torn[-1] == total and not _ends_quoted(body, settings):
        raise _never_closed(settings, total + settings["header_row"])
    return table, bad


def _behind_each_row(
    table: pa.Table,
    bad: list[Torn],
    body: bytes,
    delimiter: str,
    settings: dict[str, Any],
) -> tuple[pa.Table, list[Torn], str]:
    """Rows that end in a delimiter, and have so one blank field more than the header, read as such.

    Only where that is so of every row that has the field, and of most rows; else as it was.
    """
    count = table.num_columns
    as_it_was = table, bad, f"the header has {count}"
    if sum(fields == count + 1 for _, fields, _ in bad) <= table.num_rows:
        return as_it_was
    wider, others = _fields(body, count + 1, delimiter, settings)
    if pc.any(pc.not_equal(wider.column(count), "")).as_py():
        return as_it_was
    return wider.select(range(count)), others, f"most rows have {count + 1}, the last one blank"


def _swallowed(
    table: pa.Table, rows: np.ndarray, delimiter: str, body: bytes, settings: dict[str, Any]
) -> list[Problem]:
    """Cells of several lines of which one looks like a row: a quotation mark was left open."""
    count = table.num_columns - 1
    suspects: set[int] = set()
    for column in table.columns if count else []:
        lines = pc.match_substring(column, "\n")
        long = pc.greater_equal(pc.count_substring(column, delimiter), count)
        for position in np.flatnonzero(pc.and_(lines, long).to_numpy(zero_copy_only=False)):
            cell = column[int(position)].as_py()
            if any(line.count(delimiter) == count for line in cell.split("\n")[1:]):
                suspects.add(int(rows[position]))
    last = table.column(count)[table.num_rows - 1].as_py() if table.num_rows else ""
    if rows.size and "\n" in last.strip("\n") and not _ends_quoted(body, settings):
        raise _never_closed(settings, int(rows[-1]))
    return [("suspect_quote", row, None) for row in sorted(suspects)]


def _ends_quoted(body: bytes, settings: dict[str, Any]) -> bool:
    return body.rstrip(b"\r\n").endswith((settings["quote"] or '"').encode())


def _never_closed(settings: dict[str, Any], row: int) -> Stop:
    return Stop(
        f"{settings['file']}, row {row}: a quotation mark is never closed, so all rows behind it "
        'are lost. Close it and export again, or declare `quote: ""`.'
    )


def _named(
    names: list[str], titles: list[str], table: pa.Table
) -> tuple[list[str], list[pa.ChunkedArray | pa.Array]]:
    """Columns by name; one without a name and without any cell is no column."""
    kept: list[int] = []
    for position, title in enumerate(titles):
        column = table.column(position)
        if clean_header(title) or pc.any(pc.not_equal(column, "")).as_py():
            kept.append(position)
    return [names[p] for p in kept], [table.column(p) for p in kept]
