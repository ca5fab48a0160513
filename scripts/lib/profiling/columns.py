"""What one column of an unknown table holds, told from its distinct texts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.folding import fold
from scripts.lib.profiling.date_formats import DateGuess, guess_dates
from scripts.lib.profiling.identifying import identifying, numbers_within
from scripts.lib.profiling.masks import shapes
from scripts.lib.profiling.words import MISSING, Known, fold_name, known_columns
from scripts.lib.reading.parts import distinct
from scripts.lib.reading.values import NUMBER, is_missing

MOST = 30_000  # distinct texts that are looked at; the page says so where there are more
SURE = 0.8  # share of the values that decide a type
CODES = 60  # distinct words at most
WORD = 40  # characters
FEWEST = 10  # rows that a running number must number
RUNNING = re.compile(
    r"序号|行号|记录(号|id|序号)|row( ?(no|nr|num|number|id|index))?|seq(uence)?( ?(no|nr|number))?"
    r"|serial( ?(no|number))?|record ?(no|number|id)|index|lfd ?nr|laufende (nr|nummer)|unnamed 0"
)
COMMA = r"^[+-]?\d+,\d{1,2}$"  # a decimal comma; three digits behind it might be thousands
UNIT = (
    r"^(?P<n>[+-]?[\d.]+)\s*(?P<u>kg|g|mg|cm|mm|m|c?gy|%|u/l|iu/l|g/l|mg/dl|ng/ml|岁|年|月|天|次|公斤|厘米|"
    r"years?|months?|days?|y)$"
)


@dataclass
class Column:
    """A column over all parts of a table."""

    name: str
    rows: int
    missing: int
    empty: int  # of these, cells without any word
    missing_words: tuple[str, ...]
    distinct: int
    texts: pa.Array  # those of `MOST` at most that do not mean missing, folded
    raw: pa.Array  # the same as they stood
    counts: np.ndarray
    patterns: list[tuple[str, float]]
    more_patterns: int
    known: list[tuple[Known, float]]
    kind: str = "text"
    dates: DateGuess | None = None
    unit: str = ""
    decimal: str = "."
    identifying: str = ""
    running: bool = False  # numbers the rows
    widths: tuple[tuple[int, float], ...] = ()
    notes: list[str] = field(default_factory=list)

    @property
    def values(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def constant(self) -> bool:
        """The same in every row."""
        return self.rows > 1 and self.distinct <= 1 and not self.missing

    @property
    def sampled(self) -> bool:
        """Whether patterns and types come from a part of the distinct texts."""
        return self.distinct > len(self.texts)


def profile_column(name: str, cells: pa.ChunkedArray) -> Column:
    """Everything that can be said of a column without knowing its table.

    Parameters
    ----------
    cells
        The column over all parts, as text.
    """
    coded = distinct(cells)
    counts = np.bincount(coded.at, minlength=len(coded.texts))
    blank = is_missing(fold(coded.texts), MISSING)
    kept = np.flatnonzero(~blank)
    if len(kept) > MOST:
        kept = kept[np.linspace(0, len(kept) - 1, MOST).astype(int)]
    raw = coded.texts.take(pa.array(kept))
    patterns, more = shapes(raw, counts[kept])
    column = Column(
        name, len(coded.at), int(counts[blank].sum()), _empty(coded.texts, counts),
        _words(coded.texts, blank), int((~blank).sum()), fold(raw), raw, counts[kept], patterns,
        more, _known(name),
    )  # fmt: skip
    column.identifying = identifying(column.texts, column.counts, column.known)
    if len(kept):
        _judge(column)
    else:
        column.kind = "empty"
    return column


def _words(texts: pa.Array, blank: np.ndarray) -> tuple[str, ...]:
    """The words for missing that the column uses; they are ours, not a patient's."""
    return tuple(sorted({t.strip() for t in texts.filter(pa.array(blank)).to_pylist()} - {""}))


def _empty(texts: pa.Array, counts: np.ndarray) -> int:
    return int(counts[pc.equal(fold(texts), "").to_numpy(zero_copy_only=False)].sum())


def _known(name: str) -> list[tuple[Known, float]]:
    found = [(known, known.fits(name)) for known in known_columns()]
    return sorted((pair for pair in found if pair[1]), key=lambda p: (-p[1], -p[0].weight))


def _judge(column: Column) -> None:
    expected = any(k.type == "date" and fit >= 0.6 for k, fit in column.known)
    column.widths = _widths(column)
    column.dates = guess_dates(column.texts, column.counts, expected=expected)
    numbers = share(column, NUMBER)
    if _is_date(column, numbers, expected):
        column.kind = "date"
    elif numbers >= SURE:
        column.kind = _number_kind(column)
    elif (commas := share(column, COMMA)) and numbers + commas >= SURE:
        column.kind, column.decimal = "number", ","
    elif share(column, UNIT, ignore_case=True) >= SURE:
        column.kind, column.unit = "number", _unit(column)
    elif is_code(column):
        column.kind = "code"
    column.running = column.kind in ("integer", "identifier") and _runs(column)
    _note(column)


def _runs(column: Column) -> bool:
    """Whether it numbers the rows: by its name, or because it counts them."""
    if RUNNING.fullmatch(fold_name(column.name)):
        return True
    if column.distinct < max(column.rows, FEWEST) or share(column, r"^\d{1,15}$") < 1:
        return False
    numbers = pc.cast(column.texts, pa.int64()).to_numpy()
    return int(numbers.max() - numbers.min()) + 1 == column.rows


def share(column: Column, pattern: str, *, ignore_case: bool = False) -> float:
    """Share of the values that match."""
    mask = pc.match_substring_regex(column.texts, pattern, ignore_case=ignore_case)
    return float(column.counts[mask.to_numpy(zero_copy_only=False)].sum() / column.counts.sum())


def _widths(column: Column) -> tuple[tuple[int, float], ...]:
    lengths = pc.utf8_length(column.texts).to_numpy()
    totals = np.bincount(lengths, column.counts)
    order = sorted(np.flatnonzero(totals), key=lambda n: -totals[n])[:4]
    return tuple((int(n), float(totals[n] / totals.sum())) for n in order)


def _is_date(column: Column, numbers: float, expected: bool) -> bool:
    guess = column.dates
    if guess is None or column.identifying:
        return False
    return guess.covered >= (0.3 if expected else SURE) and (
        expected or numbers < SURE or guess.covered >= 0.95
    )


def _number_kind(column: Column) -> str:
    if (
        share(column, r"^0\d+$")
        or column.widths[0] == (column.widths[0][0], 1.0)
        and (column.widths[0][0] >= 5)
    ):
        return "identifier"
    return "integer" if share(column, r"^[+-]?\d+(\.0+)?$") >= SURE else "number"


def _unit(column: Column) -> str:
    found = pc.struct_field(pc.extract_regex(pc.utf8_lower(column.texts), UNIT), "u")
    words = found.drop_null().dictionary_encode()
    commonest = int(np.bincount(words.indices.to_numpy()).argmax())
    text = str(words.dictionary[commonest])
    return {"gy": "Gy", "cgy": "cGy"}.get(text, text)


def is_code(column: Column) -> bool:
    """Few distinct short words, each used again and again."""
    short = pc.all(pc.less_equal(pc.utf8_length(column.texts), WORD)).as_py()
    few = column.distinct <= 8 or column.values / column.distinct >= 4
    return bool(short) and column.distinct <= CODES and few


def _note(column: Column) -> None:
    wide = pc.match_substring_regex(column.raw, "[０-９Ａ-Ｚａ-ｚ]").to_numpy(zero_copy_only=False)
    if wide.any():
        part = column.counts[wide].sum() / column.counts.sum()
        column.notes.append(f"full-width digits or letters in {percent(part)}")
    if not column.identifying:
        found = numbers_within(column.texts, column.counts)
        column.notes += [f"{what}: ask for it without" for what in found]
    if column.constant:
        column.notes.append("the same in every row")
    if column.kind == "date" and column.dates:
        _note_dates(column, column.dates)


def _note_dates(column: Column, dates: DateGuess) -> None:
    if dates.covered < 1:
        column.notes.append(f"{percent(1 - dates.covered)} read by none of these formats")
    if dates.choice:
        column.notes.append(f"day or month first is open for {percent(dates.ambiguous)}")
    if dates.sentinels:
        column.notes.append(f"holds {', '.join(dates.sentinels)}: perhaps no date at all")
    if "excel" in dates.formats:
        column.notes.append("holds Excel serial numbers")


def percent(part: float) -> str:
    """A share as a person would read it: never 0 % or 100 % unless it is."""
    value = 100 * part
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 99.9 < value < 100:
        return "> 99.9 %"
    return f"{value:.1f} %" if value % 1 else f"{value:.0f} %"
