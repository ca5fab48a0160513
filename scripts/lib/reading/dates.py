"""Dates as hospitals write them, read by declared formats only.

Everything works on arrays of distinct texts. A text that two formats read as different days is
ambiguous and stays unread: nobody guesses.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MIDNIGHT = r"(?i)[T\s]+(0{1,2}:00(:00([.,]0+)?)?\s*(z|[+-]\d\d:?\d\d)?|12:00(:00)?\s*am)$"
FIELDS = {
    "%Y": r"(?P<Y>\d{4})",
    "%y": r"(?P<y>\d{2})",
    "%m": r"(?P<m>\d{1,2})",
    "%d": r"(?P<d>\d{1,2})",
    "%b": r"(?P<b>[A-Za-z]{3})[A-Za-z]*\.?",
    "%B": r"(?P<b>[A-Za-z]{3})[A-Za-z]*\.?",
    "%H": r"(?:[01]?\d|2[0-4])",
    "%M": r"[0-5]?\d",
    "%S": r"[0-6]?\d",
    "%f": r"\d{1,9}",
}
EXCEL_EPOCH = 25569  # serial number of 1970-01-01
EXCEL_1904 = 1462  # so much later the other system begins
# Serial numbers that are read: five digits, from 1927-05-18 to 2079-12-31. Four: a year, a code
# (9999); what lies outside is no date of a patient.
SERIALS = (10_000, 65_745)
YEAR_TYPED = 2100  # a date cell of a serial number up to this holds a year or a small number


@dataclass(frozen=True)
class Dates:
    """What a column's distinct texts mean as days since 1970-01-01 (`known` says where)."""

    days: np.ndarray
    known: np.ndarray
    ambiguous: np.ndarray
    partial: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def values(self) -> pa.Array:
        """The days as timestamps (microseconds), null where not known."""
        return days_array(self.days, ~self.known)


def days_array(days: np.ndarray, unknown: np.ndarray | None = None) -> pa.Array:
    """Days since 1970-01-01 as timestamps (microseconds)."""
    stamps = days.astype("datetime64[D]").astype("datetime64[us]")
    return pa.array(stamps, pa.timestamp("us"), mask=unknown)


def parse_dates(
    texts: pa.Array,
    formats: Sequence[str],
    impute: dict[str, int] | None = None,
    pivot: int = 68,
    sentinels: Sequence[int] | np.ndarray = (),
) -> Dates:
    """Read distinct `texts` by all `formats`.

    Parameters
    ----------
    texts
        Folded texts (`scripts.lib.folding.fold`).
    formats
        strptime patterns, `excel`, `excel1904`, `partial:PATTERN` (docs/sources.md).
    impute
        Month and day of partial dates.
    pivot
        Two-digit years up to this are 20yy.
    sentinels
        Days that mean missing; serial numbers of them are read, wherever they lie.
    """
    timed = pc.replace_substring_regex(texts, r"\s*([-/.年月])\s*|\s+(日)", r"\1\2")
    plain = pc.replace_substring_regex(timed, MIDNIGHT, "")
    size = len(texts)
    best = _Best(size)
    for form in formats:
        source = timed if "%H" in form else plain
        if form in ("excel", "excel1904"):
            days, known = _excel(plain, sentinels, from_1904=form == "excel1904")
            best.add(days, known, days, days, is_partial=False)
        else:
            pattern = form.removeprefix("partial:")
            year, month, day = _fields(source, pattern, pivot)
            best.add(*_days(year, month, day, impute or {}), is_partial=form != pattern)
    return best.result()


class _Best:
    """The day read so far for each text, and whether two formats disagree on it."""

    def __init__(self, size: int) -> None:
        self.days, self.low, self.high = (np.zeros(size, "int64") for _ in range(3))
        self.known, self.ambiguous, self.partial = (np.zeros(size, bool) for _ in range(3))

    def add(
        self,
        days: np.ndarray,
        known: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        *,
        is_partial: bool,
    ) -> None:
        """Take in what one more format reads."""
        self.ambiguous |= self.known & known & (days != self.days)
        new = known & ~self.known
        self.days[new], self.low[new], self.high[new] = days[new], low[new], high[new]
        self.partial |= new & is_partial
        self.known |= new

    def result(self) -> Dates:
        """What all formats together say."""
        known = self.known & ~self.ambiguous
        partial = self.partial & known
        return Dates(self.days, known, self.ambiguous, partial, self.low, self.high)


def format_regex(pattern: str) -> str:
    """The regular expression of a strptime pattern; months and days that touch take two digits."""
    tokens = re.findall(r"%[A-Za-z%]|[^%]+", pattern)
    out = []
    for before, token, after in zip([""] + tokens, tokens, tokens[1:] + [""], strict=False):
        if not token.startswith("%"):
            out.append(re.sub(r"(\\ )+", r"\\s+", re.escape(token)))
        elif token == "%%":
            out.append("%")
        else:
            touches = before.startswith("%") or after.startswith("%")
            out.append(FIELDS[token].replace("{1,2}", "{2}") if touches else FIELDS[token])
    return f"^{''.join(out)}$"


def _fields(texts: pa.Array, pattern: str, pivot: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Year, month and day of each text as the pattern reads it; 0 where it says nothing."""
    found = pc.extract_regex(texts, format_regex(pattern))
    names = {field.name for field in found.type} if len(found.type) else set()

    def number(name: str) -> np.ndarray:
        if name not in names:
            return np.zeros(len(texts), "int64")
        part = pc.struct_field(found, name)
        return pc.fill_null(pc.cast(part, pa.int64()), 0).to_numpy(zero_copy_only=False)

    year, month = number("Y"), number("m")
    if "y" in names:
        short = number("y")
        matched = found.is_valid().to_numpy(zero_copy_only=False)
        year = np.where(matched, np.where(short <= pivot, 2000, 1900) + short, 0)
    if "b" in names:
        lower = pc.utf8_lower(pc.struct_field(found, "b"))
        month = pc.fill_null(pc.index_in(lower, pa.array(MONTHS)), -1)
        month = month.to_numpy(zero_copy_only=False).astype("int64") + 1
    return year, month, number("d") if "d" in names else np.full(len(texts), -1)


def _days(
    year: np.ndarray, month: np.ndarray, day: np.ndarray, impute: dict[str, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Days since 1970, where they are real days, and the first and last day they could be."""
    no_month = (month == 0) & (day < 0)
    whole = day >= 0
    month_used = np.where(no_month, impute.get("month", 7), month)
    known = (year >= 1) & (month_used >= 1) & (month_used <= 12)
    months = np.where(known, (year - 1970) * 12 + month_used - 1, 0)
    first, length = _month(months)
    wanted = np.where(whole, day, np.minimum(impute.get("day", 15), length))
    known &= (wanted >= 1) & (wanted <= length)
    days = first + wanted - 1
    january, _ = _month(months - months % 12)
    december, end = _month(months - months % 12 + 11)
    low = np.where(whole, days, np.where(no_month, january, first))
    high = np.where(whole, days, np.where(no_month, december + end - 1, first + length - 1))
    return days, known, low, high


def _month(months: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First day (days since 1970) and length of months counted from January 1970."""
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    after = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype("int64")
    return first, after - first


def _excel(
    texts: pa.Array, sentinels: Sequence[int] | np.ndarray, *, from_1904: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Days of Excel serial numbers (1900 system, with its 29 February 1900 that never was)."""
    found = pc.struct_field(pc.extract_regex(texts, r"^(?P<n>\d{1,7})(?:\.\d+)?$"), "n")
    number = pc.fill_null(pc.cast(found, pa.int64()), -1).to_numpy(zero_copy_only=False)
    serial = number + EXCEL_1904 if from_1904 else number
    days = serial - np.where(serial < 60, EXCEL_EPOCH - 1, EXCEL_EPOCH)
    meant = np.isin(days, np.array(sentinels, "int64")) & (number >= (not from_1904))
    plausible = (number >= SERIALS[0]) & (serial <= SERIALS[1])
    return days, plausible | (meant & (serial != 60))


def is_typed_year(days: np.ndarray, *, from_1904: bool) -> np.ndarray:
    """Which days a date cell shows when a bare year (or a small number) was typed into it."""
    serial = days + EXCEL_EPOCH - (EXCEL_1904 if from_1904 else 0)
    return (serial >= 0) & (serial <= YEAR_TYPED)
