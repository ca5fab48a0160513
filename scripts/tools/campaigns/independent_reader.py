"""A second reader of small raw files, from docs/sources.md alone: Python's csv and openpyxl.

It says for each row and cell what is right. It shares no code with `scripts/lib/reading`, decides
cell by cell and is slow. Where it cannot tell, the right thing is to ask.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any

import openpyxl

csv.field_size_limit(1 << 27)

BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
UNSEEN = dict.fromkeys([0xAD, *range(0x200B, 0x2010), *range(0x2060, 0x2065), 0xFEFF])
QUOTES = r"[\s\"'’!_。()]*"
DOSE = rf"(?:{QUOTES}(?:\d[\d.\sx×*]*m?g?|d\d+-\d+))*{QUOTES}$"
MIDNIGHT = r"(?i)[ T]+0?0:00(:00([.,]0+)?)?\s*(Z|[+-]\d\d:?\d\d)?$"  # in whatever time zone
FAR = 1_000_000  # cells of a small sheet's extent
ASK = "to be asked about"  # no value is right, and a problem must name the cell


FROM_1900, FROM_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)


class Refuse(Exception):  # noqa: N818
    """The file as a whole must end with one message."""


@dataclass
class Sheet:
    """Cells by row number; rows without a place in the table with the reason."""

    header: list[str]
    rows: dict[int, list[str]]
    aside: dict[int, str] = field(default_factory=dict)
    either: set[int] = field(default_factory=set)  # rows that may be kept or set aside
    tail: set[int] = field(default_factory=set)  # blank rows at the end, which are none
    first_day: dt.date = FROM_1900  # day 0 of a workbook's serial numbers


def read_sheet(data: bytes, settings: dict[str, Any]) -> Sheet:
    """The cells of a file: numbered as a spreadsheet does, without blank rows at the end."""
    first_day = FROM_1900
    if settings["format"] == "xlsx":
        rows, first_day = _workbook(data)
    else:
        rows = _records(data, settings)
    head = settings["header_row"]
    if len(rows) < head or not any(cell.strip() for cell in rows[head - 1]):
        raise Refuse("no header")
    header = [_name(cell) for cell in rows[head - 1]]
    below = dict(enumerate(rows[head:], head + 1))
    tail = set()
    while below and not any(cell.strip() for cell in below[max(below)]):
        tail.add(below.popitem()[0])
    if settings["format"] == "xlsx":
        below = {number: [*row, *[""] * (len(header) - len(row))] for number, row in below.items()}
    sheet = Sheet(header, {}, tail=tail, first_day=first_day)
    last = max(below, default=0)
    for number, row in below.items():
        if not any(cell.strip() for cell in row):
            sheet.aside[number] = "empty_row"
        elif number > last - settings["footer_rows"]:
            sheet.aside[number] = "footer"  # kept all the same where it has a patient's number
            sheet.either.add(number)
            sheet.rows[number] = row
        elif len(row) == len(header) + 1 and not row[-1].strip():
            sheet.either.add(number)
            sheet.rows[number] = row
        elif len(row) != len(header):
            sheet.aside[number] = "malformed_row"
        else:
            sheet.rows[number] = row
    _check_header(sheet)
    return sheet


def _check_header(sheet: Sheet) -> None:
    names = [name for name in sheet.header if name]
    if len(set(names)) < len(names):
        raise Refuse("two columns of one name")


def _records(data: bytes, settings: dict[str, Any]) -> list[list[str]]:
    mark = next((mark for mark in BOMS if data.startswith(mark)), b"")
    encoding = BOMS.get(mark) or settings["encoding"].removesuffix("-sig")
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError:
        raise Refuse("bytes that the encoding does not allow") from None
    if "\0" in text:
        raise Refuse("a NUL byte")
    sign = "\t" if settings["format"] == "tsv" else settings["delimiter"]
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))


def _workbook(data: bytes) -> tuple[list[list[str]], dt.date]:
    """Texts of the first sheet that is shown, and the day that its serial numbers count from."""
    shown, typed = (openpyxl.load_workbook(io.BytesIO(data), data_only=x) for x in (True, False))
    values, formulas = (
        next(s for s in book.worksheets if s.sheet_state == "visible") for book in (shown, typed)
    )
    if values.max_row * values.max_column > FAR:
        raise Refuse("a sheet that reaches far beyond its cells")
    rows: list[list[str]] = []
    for cells, sources in zip(values.iter_rows(), formulas.iter_rows(), strict=True):
        rows.append([_cell_text(a.value, b) for a, b in zip(cells, sources, strict=True)])
    return rows, FROM_1904 if shown.epoch.year == FROM_1904.year else FROM_1900


def _cell_text(value: Any, typed: Any) -> str:
    if typed.data_type == "f" and value is None:
        return "#FORMULA!"
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()  # as a spreadsheet shows it
    if isinstance(value, dt.datetime):
        whole = value.time() == dt.time(0)
        return value.date().isoformat() if whole else value.isoformat(" ")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


# ---- cells


def right_value(text: str, spec: dict[str, Any], settings: dict[str, Any]) -> Any:
    """The value that a cell must have; None where it is missing, ASK where it is to be asked."""
    folded = plain(text).strip()
    if folded.casefold() in {plain(w).strip().casefold() for w in ["", *spec["missing"]]}:
        return None
    if re.fullmatch(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|FORMULA!)", folded, re.IGNORECASE):
        return ASK
    if spec["type"] == "text":
        return text.strip()
    if spec["type"] == "date":
        return _date(folded, spec, settings)
    if spec["type"] in ("integer", "number"):
        return _number(folded, spec)
    codes: dict[str, str] = settings["codes"][spec["codelist"]]
    return _codes(folded, codes) if spec["type"] == "codes" else _code(folded, codes)


def plain(text: str) -> str:
    """Full-width letters as plain ones, nothing unseen; what only looks like a digit stays."""
    return "".join(
        letter if _no_digit(letter) else unicodedata.normalize("NFKC", letter)
        for letter in text.translate(UNSEEN)
    )


def _no_digit(letter: str) -> bool:
    made = unicodedata.normalize("NFKC", letter)
    full_width = 0xFF10 <= ord(letter) <= 0xFF19
    return made != letter and not full_width and any(sign.isdigit() for sign in made)


def _name(text: str) -> str:
    return " ".join(text.translate(UNSEEN).split())


def _code(folded: str, codes: dict[str, str]) -> Any:
    found = codes.get(" ".join(folded.casefold().split()), ASK)
    return {"true": True, "false": False}.get(found, found)


def _codes(folded: str, codes: dict[str, str]) -> Any:
    pieces = [piece.strip() for piece in re.split(r"[;,+、/|&\n]", folded.casefold())]
    found = [code for piece in pieces if _bare(piece) for code in _drugs(_bare(piece), codes)]
    return ";".join(sorted(set(found))) if found and "" not in found else ASK


def _bare(piece: str) -> str:
    """A piece without its dose and signs."""
    return re.sub(rf"^{QUOTES}", "", re.sub(DOSE, "", piece))


def _drugs(piece: str, codes: dict[str, str]) -> list[str]:
    """The drug of a piece, or those of its words."""
    whole = _drug(piece, codes)
    return [whole] if whole else [_drug(word, codes) for word in map(_bare, piece.split()) if word]


def _drug(piece: str, codes: dict[str, str]) -> str:
    """The code of an expression, which reaches to the end of the English word; empty for none.

    An `x` behind another word says nothing.
    """
    behind = {name: "[a-z]*" if name.isascii() else "x?" for name in codes}
    fit = (value for name, value in codes.items() if re.fullmatch(name + behind[name], piece))
    return next(fit, "")


def _number(folded: str, spec: dict[str, Any]) -> Any:
    number, factor = folded, 1.0
    for unit, scale in ({spec["unit"]: 1.0} | spec["units"]).items():
        if unit and number.casefold().endswith(unit.casefold()):
            number, factor = number[: -len(unit)].rstrip(), scale
            break
    point, group = re.escape(spec["decimal"]), re.escape(spec["thousands"] or "\0")
    whole = rf"\d+|\d{{1,3}}(?:{group}\d{{3}})+"
    if not re.fullmatch(
        rf"[+-]?(?:(?:{whole})(?:{point}\d+)?|{point}\d+)(?:[eE][+-]?\d+)?", number
    ):
        return ASK
    if not number.isascii():
        return ASK
    value = number.replace(spec["thousands"] or "\0", "").replace(spec["decimal"], ".")
    found = float(value) * factor
    low, high = spec["min"], spec["max"]
    if (low is not None and found < low) or (high is not None and found > high):
        return ASK
    if spec["type"] == "integer":
        return int(found) if found.is_integer() else ASK
    return found


def _date(folded: str, spec: dict[str, Any], settings: dict[str, Any]) -> Any:
    text = re.sub(MIDNIGHT, "", folded)
    if settings["format"] == "xlsx":  # of a true date of a workbook the day counts
        text = re.sub(r"^(\d{4}-\d\d-\d\d) \d\d:\d\d:\d\d$", r"\1", text)
    formats = [*spec["formats"], *(["%Y-%m-%d"] if settings["format"] == "xlsx" else [])]
    first_day = settings["first_day"]
    if "excel" in spec["formats"] and re.fullmatch(r"\d{5,7}", text, re.ASCII):
        serial = dt.timedelta(int(text))
        if {str(first_day + serial)} & set(settings["sentinel_dates"]):
            return None
    days = {day for form in formats for day in [_day(text, form, first_day)] if day}
    if len(days) != 1:
        return ASK
    day = days.pop()
    return None if day.isoformat() in settings["sentinel_dates"] else day


def _day(text: str, form: str, first_day: dt.date = FROM_1900) -> dt.date | None:
    if form == "excel" and re.fullmatch(r"0*[12]", text, re.ASCII):
        return dt.date(1900, 1, 1)  # a sentinel date
    if form == "excel":
        if not re.fullmatch(r"\d{5}(\.\d+)?", text, re.ASCII):
            return None
        day = first_day + dt.timedelta(int(text[:5]))
        return day if dt.date(1927, 5, 18) <= day <= dt.date(2079, 12, 31) else None
    tight = form == "%Y%m%d"
    digits = r"\d{2}" if tight else r"\d{1,2}"
    pattern = re.escape(form).replace("%Y", r"(?P<Y>\d{4})")
    pattern = pattern.replace("%m", f"(?P<m>{digits})").replace("%d", f"(?P<d>{digits})")
    found = re.fullmatch(pattern, re.sub(r"\s+", "", text), re.ASCII)
    if not found:
        return None
    try:
        return dt.date(int(found["Y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def right_number(text: str, spec: dict[str, Any], missing: list[str]) -> str | None:
    """The patient's number that stands in a cell; None where there is none."""
    folded = re.sub(r"\s+", "", plain(text)).upper()
    if folded.casefold() in {plain(w).strip().casefold() for w in ["", *missing]}:
        return None
    folded = re.sub(r"^(\d+)\.0+$", r"\1", folded)
    if re.fullmatch(r"\d+", folded, re.ASCII):
        folded = folded.rjust(spec["width"], spec["pad"])
    return folded if re.fullmatch(spec["pattern"], folded, re.ASCII) else None
