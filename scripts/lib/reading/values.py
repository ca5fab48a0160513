"""Texts of a raw column turned into typed values, once per distinct text.

Each function takes the distinct texts of a column and its settings, and returns the values and the
rules that texts broke. A million rows cost as much as their distinct texts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.errors import Stop
from scripts.lib.expressions.patterns import bounded
from scripts.lib.folding import ERROR, fold, fold_text, is_error
from scripts.lib.reading.coded import SEVERAL, Coded, Listed, read_cell
from scripts.lib.reading.codelists import CodeList
from scripts.lib.reading.dates import days_array, is_typed_year, parse_dates
from scripts.lib.reading.problems import NEGATED, UNEXPLAINED

ARROW_TYPES = {
    "text": pa.string(),
    "code": pa.string(),
    "codes": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.timestamp("us"),
}
TYPED_DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
NUMBER = r"^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$"
POINTED = r"^[+-]?\d*\.\d+(?:[eE][+-]?\d+)?$"
DIGITS = {str(n): f"[{n}{up}{chr(0x2080 + n)}]" for n, up in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}  # kg/m²
LOST = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffd}]"  # signs that no ward writes
TRUTH = {"true": True, "false": False}


@dataclass(frozen=True)
class Values:
    """Values of distinct texts, and per rule the texts that broke it (masks).

    coded
        What a code list read of each text; empty without one.
    """

    values: pa.Array
    broken: dict[str, np.ndarray] = field(default_factory=dict)
    low: pa.Array | None = None
    high: pa.Array | None = None
    coded: Sequence[Coded] = ()


def convert(
    texts: pa.Array,
    spec: dict[str, Any],
    settings: dict[str, Any],
    codes: CodeList | None,
    coded: Sequence[Coded] | None = None,
) -> Values:
    """The values of distinct `texts` as the column's `spec` says; missing words are null.

    Parameters
    ----------
    texts
        Distinct raw texts, no nulls.
    spec
        The column's configuration (`scripts.lib.config.sources.Column`).
    settings
        The table's: `sentinel_dates`; the file's: `typed` where it knows dates itself, `date1904`
        where its day numbers count from 1904, `points` (what a point in a number is: `declared` by
        the column; the mark of true number cells, `cells`; or either, `unclear`).
    codes
        The column's code list, where it has one.
    coded
        What it reads of each text, where several columns read the same texts (`read_together`).
    """
    folded = fold(texts)
    missing = is_missing(folded, spec["missing"])
    kind = spec["type"]
    if kind == "text":
        done = _texts(texts, folded)
    elif kind == "date":
        done = _dates(folded, spec, settings)
    elif kind in ("integer", "number"):
        done = _numbers(folded, spec, codes, settings.get("points", "declared"))
    else:
        assert codes is not None, "the configuration asks for a code list"
        one = Listed(codes, spec["type"] == SEVERAL, spec["separator"])
        done = _coded(spec, coded or read_together(texts, [one])[0])
    blank = pa.array(missing)
    values = pc.if_else(blank, pa.scalar(None, done.values.type), done.values)
    if spec.get("blank") is not None:
        empty = pc.equal(folded, "")
        values = pc.if_else(empty, constant(spec["blank"], values.type, "blank"), values)
    broken = {rule: mask & ~missing for rule, mask in done.broken.items()}
    broken["replacement_character"] = _mask(pc.match_substring_regex(texts, LOST))
    broken = {rule: mask for rule, mask in broken.items() if mask.any()}
    return Values(values, broken, done.low, done.high, done.coded)


def read_together(texts: pa.Array, lists: Sequence[Listed]) -> list[list[Coded]]:
    """What each of the code lists of one raw column reads of each text."""

    def place(pattern: re.Pattern[str]) -> str:
        lists_ = [one.codes for one in lists]
        own = [codes for codes in lists_ if pattern.pattern in codes.pattern_rows]
        return (own or lists_)[0].row_of_pattern(pattern)

    with bounded(place):
        read = [
            [_no_code(text, one) for one in lists] if is_error(text) else read_cell(text, lists)
            for text in texts.to_pylist()
        ]
    return [[cell[i] for cell in read] for i in range(len(lists))]


def constant(value: Any, kind: pa.DataType, name: str) -> pa.Scalar:
    """A declared value as one of type `kind`."""
    try:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return pa.scalar(None, kind) if value is None else pa.scalar(text).cast(kind)
    except pa.ArrowInvalid:
        raise Stop(f"columns.{name}: the constant `{value}` is not of type {kind}.") from None


def is_missing(folded: pa.Array, words: Sequence[str]) -> np.ndarray:
    """Which texts are blank or one of `words`, whatever their case and width."""
    known = pc.utf8_lower(fold(pa.array(["", *words], pa.string())))
    return _mask(pc.is_in(pc.utf8_lower(folded), known))


def _texts(texts: pa.Array, folded: pa.Array) -> Values:
    trimmed = pc.utf8_trim_whitespace(texts)
    broken = pc.match_substring_regex(folded, f"(?i){ERROR}")
    values = pc.if_else(broken, pa.scalar(None, pa.string()), trimmed)
    return Values(values, {"error_cell": _mask(broken)})


def _dates(folded: pa.Array, spec: dict[str, Any], settings: dict[str, Any]) -> Values:
    declared = [
        "excel1904" if form == "excel" and settings["date1904"] else form
        for form in spec["formats"]
    ]
    formats = [*(TYPED_DATES if settings["typed"] else ()), *declared]
    sentinels = np.array(settings["sentinel_dates"], "datetime64[D]").astype("int64")
    dates = parse_dates(folded, formats, spec["impute"], spec["pivot"], sentinels)
    meant = dates.known & np.isin(dates.days, sentinels)
    known = dates.known
    if settings["typed"]:
        known = known & (meant | ~is_typed_year(dates.days, from_1904=settings["date1904"]))
    values = days_array(dates.days, ~known)
    broken = {
        "unreadable_date": ~known & ~dates.ambiguous,
        "ambiguous_date": dates.ambiguous,
        "partial_date_imputed": dates.partial & ~meant,
    }
    low, high = (
        pa.array(d.astype("datetime64[D]").astype("datetime64[us]"))
        for d in (dates.low, dates.high)
    )
    return Values(
        pc.if_else(pa.array(meant), pa.scalar(None, values.type), values), broken, low, high
    )


def _numbers(folded: pa.Array, spec: dict[str, Any], codes: CodeList | None, points: str) -> Values:
    answers = _known_answers(folded, codes)
    texts = pc.if_else(pc.is_valid(answers), answers, folded)
    number, factor = texts, np.ones(len(texts))
    for unit, scale in {spec["unit"]: 1.0, **spec["units"]}.items():
        if unit:
            pattern = rf"(?i)^(.*\d)\s*{_unit_regex(unit)}$"
            factor[_mask(pc.match_substring_regex(number, pattern))] = scale
            number = pc.replace_substring_regex(number, pattern, r"\1")
    number = _with_point(number, spec["decimal"], spec["thousands"], points)
    parsed = pc.if_else(
        pc.match_substring_regex(number, NUMBER),
        pc.utf8_ltrim(number, "+"),
        pa.scalar(None, pa.string()),
    )
    values = pc.cast(parsed, pa.float64()).to_numpy(zero_copy_only=False) * factor
    return _checked_numbers(values, spec)


def _unit_regex(unit: str) -> str:
    """A unit as it may be written: in small or large letters, kg/m2 or kg/m²."""
    plain = unicodedata.normalize("NFKC", unit).strip()
    return "".join(DIGITS.get(letter) or re.escape(letter) for letter in plain)


def _with_point(texts: pa.Array, decimal: str, thousands: str | None, points: str) -> pa.Array:
    """Numbers with a point for the declared `decimal` mark; any other use of a mark fits nothing.

    A workbook's true numbers have a point, whatever is declared. Where texts with a point stand in
    the same column, nobody can tell which is which.
    """
    found = _ungrouped(texts, thousands, decimal) if thousands else texts
    if decimal == ".":
        return found
    found = pc.replace_substring(pc.replace_substring(found, ".", "?"), ",", ".")
    if points == "declared":
        return found
    pointed = pc.match_substring_regex(texts, POINTED)
    return pc.if_else(pointed, texts if points == "cells" else pa.scalar("?"), found)


def _ungrouped(texts: pa.Array, mark: str, decimal: str) -> pa.Array:
    """Numbers without the marks between thousands, where they stand at every thousand."""
    mark_, decimal_ = re.escape(mark), re.escape(decimal)
    whole = pc.match_substring_regex(
        texts, rf"^[+-]?[1-9]\d{{0,2}}(?:{mark_}\d{{3}})+(?:{decimal_}\d+)?$"
    )
    return pc.if_else(whole, pc.replace_substring(texts, mark, ""), texts)


def _known_answers(folded: pa.Array, codes: CodeList | None) -> pa.Array:
    """What the code list says of each text; null where it says nothing."""
    if codes is None:
        return pa.nulls(len(folded), pa.string())
    read = read_together(folded, [Listed(codes)])[0]
    return pa.array([one.code for one in read], pa.string())


def _no_code(text: str, one: Listed) -> Coded:
    """What is read from an error cell of a workbook: no pattern finds a code in it."""
    exact = one.codes.exact.get(fold_text(text))
    return Coded(None, "unknown_code") if exact is None else Coded(exact or None)


def _checked_numbers(values: np.ndarray, spec: dict[str, Any]) -> Values:
    whole = spec["type"] == "integer"
    bad = np.isnan(values)
    with np.errstate(invalid="ignore"):
        uneven = ~bad & (values != np.round(values)) if whole else np.zeros(len(values), bool)
        low = -np.inf if spec["min"] is None else spec["min"]
        high = np.inf if spec["max"] is None else spec["max"]
        outside = ~bad & ~uneven & ~((values >= low) & (values <= high) & (abs(values) < 2**53))
    unfit = bad | uneven | outside
    array = pa.array(np.where(unfit, 0.0, values), mask=unfit)
    broken = {"not_a_number": bad, "not_an_integer": uneven, "out_of_range": outside}
    return Values(array.cast(ARROW_TYPES[spec["type"]]), broken)


def _coded(spec: dict[str, Any], coded: Sequence[Coded]) -> Values:
    broken = {
        rule: np.array([read.rule == rule for read in coded], bool)
        for rule in ("unknown_code", "ambiguous_code")
    }
    broken[NEGATED] = np.array([read.denies for read in coded], bool)
    broken[UNEXPLAINED] = np.array([bool(read.unexplained) for read in coded], bool)
    found = [read.code for read in coded]
    if spec["type"] == "boolean":
        values = pa.array([TRUTH.get(str(a).lower()) for a in found], pa.bool_())
    else:
        values = pa.array(found, pa.string())
    return Values(values, broken, coded=coded)


def _mask(array: pa.Array) -> np.ndarray:
    return pc.fill_null(array, False).to_numpy(zero_copy_only=False).astype(bool)
