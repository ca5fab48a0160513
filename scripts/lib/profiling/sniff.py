"""How an unknown text file reads: encoding, delimiter, header row, remark rows at the end."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scripts.lib.profiling.words import SURNAMES
from scripts.lib.reading.delimited import BOMS, to_utf8

Records = Sequence[Sequence[str]]

DELIMITERS = (",", "\t", ";", "|", "^", "\x01")
HEAD = 1 << 18  # bytes that decide about delimiter and header
TAIL = 1 << 15
LOOK = 200  # records
TITLES = 20  # a header is looked for in so many rows
DATA = re.compile(
    r"^[+-]?[\d.,:/\-\s年月日%]*\d[\d.,:/\-\s年月日%]*$|\d{5,}|^\d{1,2}-[A-Za-z]{3}-\d{2,4}$"
)
REMARK = re.compile(
    r"(?i)合计|总计|小计|共\s*\d|备注|说明|注[：:]|制表|打印|导出|total|remark|note|printed|exported"
)
PERSON = re.compile(f"[{''.join(sorted(SURNAMES))}][\u4e00-\u9fff]{{1,2}}")
PERSONS = 0.6  # share of the fields of a row that must look like names
FULL = 0.6  # share of the fields that a row of column names fills
SPARSE = 1 / 3  # and a remark row at most
COMMON_HANZI = 0.9
FEW_HANZI = 0.5
WESTERN = re.compile(rb"[A-Za-z][\xc0-\xff][A-Za-z]")  # an accented letter within a word


@dataclass(frozen=True)
class Header:
    """Where the column names stand; `row` is None where there are none."""

    row: int | None
    width: int
    why: str = ""


def find_encoding(data: bytes, name: str) -> tuple[bytes, str, str]:
    """`data` as UTF-8, its encoding, and how that was found.

    Raises
    ------
    Stop
        Neither UTF-8 nor GB18030.
    """
    marked = any(data.startswith(mark) for mark, _ in BOMS)
    body, encoding, guessed = to_utf8(data, "detect", name)
    if marked:
        return body, encoding.removesuffix("-le").removesuffix("-be"), "byte order mark"
    if not guessed:
        return body, encoding, "plain ASCII"
    if encoding == "utf-8":
        return body, encoding, "all of it is valid UTF-8"
    share = _hanzi(body)
    if share is None:
        return body, encoding, "not UTF-8; valid GB18030 without Chinese characters: look at it"
    if share < FEW_HANZI and WESTERN.search(data):
        return (
            data.decode("cp1252", "replace").encode(), "cp1252",
            "neither UTF-8 nor everyday Chinese; read as Western European: look at it",
        )  # fmt: skip
    doubt = "" if share >= COMMON_HANZI else ": look at it"
    return body, encoding, f"not UTF-8; valid GB18030, {share:.0%} everyday characters{doubt}"


def _hanzi(body: bytes) -> float | None:
    """Share of the Chinese characters that are those of everyday text; None without any."""
    found = re.findall(r"[\u4e00-\u9fff]", body[:HEAD].decode(errors="ignore"))
    common = sum(c.encode("gb2312", "ignore")[:1] in _LEVEL_1 for c in found)
    return common / len(found) if found else None


_LEVEL_1 = {bytes([lead]) for lead in range(0xB0, 0xD8)}  # the commoner half of GB 2312


def head_records(body: bytes, delimiter: str) -> list[list[str]]:
    """The first records of UTF-8 `body`."""
    return _records(body[:HEAD], delimiter, whole=len(body) <= HEAD)[:LOOK]


def tail_records(body: bytes, delimiter: str) -> list[list[str]]:
    """The last records of `body`; the first of them may be torn and is left out."""
    torn = len(body) > TAIL
    return _records(body[-TAIL:], delimiter)[int(torn) :]


def _records(part: bytes, delimiter: str, *, whole: bool = True) -> list[list[str]]:
    text = part.decode("utf-8", "ignore")
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        found = [line.split(delimiter) for line in text.splitlines()]
    return found if whole else found[:-1]


def find_delimiter(body: bytes) -> str:
    """The delimiter that splits most of the first records into one same number of fields.

    Nearly as many are as good: of `;` and the `,` of decimals the one with more fields is taken,
    or the one that stands between the names, too.
    """

    def score(delimiter: str) -> tuple[float, int, int]:
        widths = [len(record) for record in head_records(body, delimiter) if record]
        counts = Counter(width for width in widths if width > 1)
        fields, rows = counts.most_common(1)[0] if counts else (0, 0)
        return (round(rows / max(counts.total(), 1), 1) * min(rows, 10), fields, widths[0])

    return max(DELIMITERS, key=score) if body.strip() else ","


def find_header(records: Records) -> Header:
    """The first row that is filled like the rows below it, with words that name columns."""
    filled = [sum(bool(cell.strip()) for cell in record) for record in records]
    widest = max(filled, default=0)
    for number, record in enumerate(records[:TITLES], 1):
        if filled[number - 1] < max(FULL * widest, 1):
            continue
        if _names_columns(record) and not _recurs(record, records[number:]):
            return Header(number, len(record))
        return Header(None, len(record), "the first full row holds values, not column names")
    return Header(None, widest, "no row is filled like column names")


def _names_columns(record: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in record if cell.strip()]
    data = sum(bool(DATA.search(cell)) for cell in cells)
    persons = sum(bool(PERSON.fullmatch(cell)) for cell in cells)  # one column a patient
    return data <= len(cells) / 5 and persons < max(PERSONS * len(cells), 3)


def _recurs(record: Sequence[str], below: Records) -> bool:
    """Whether many of the cells stand again below themselves: then they are values."""
    cells = [(i, cell.strip()) for i, cell in enumerate(record) if cell.strip()]
    below = [row for row in below if row != record]  # column names that stand twice
    columns = [{row[i].strip() for row in below if i < len(row)} for i, _ in cells]
    again = sum(cell in column for (_, cell), column in zip(cells, columns, strict=True))
    return len(below) > 2 and again >= max(1, len(cells) / 4)


def find_footer(records: Records, width: int) -> int:
    """How many rows at the end are remarks: sparse, where the rows above them are full."""
    last = len(records)
    while last and not any(cell.strip() for cell in records[last - 1]):
        last -= 1
    usual = [sum(bool(cell.strip()) for cell in record) for record in records[:last][-50:]]
    middle = float(np.median(usual)) if usual and width >= 3 else 0.0
    count = 0
    for back, record in enumerate(reversed(records[max(last - 10, 1) : last]), 1):
        cells = [cell.strip() for cell in record if cell.strip()]
        if cells and not _is_remark(cells, middle, width):
            break
        count = back if cells else count
    return count


def _is_remark(cells: list[str], middle: float, width: int) -> bool:
    """A row with few cells: with a word of remarks in it, or without any number or date."""
    if any(map(REMARK.search, cells)):
        return len(cells) <= middle / 2
    full = middle > 2 * SPARSE * width
    return full and len(cells) <= SPARSE * width and not any(map(DATA.search, cells))
