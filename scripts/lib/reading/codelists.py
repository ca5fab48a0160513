"""Code lists: the words of a hospital and the codes that they stand for (config/codelists)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.expressions.patterns import compile_pattern, find_all, search
from scripts.lib.folding import clean_header, fold_text
from scripts.lib.reading.coded import Coded, Listed, read_cell
from scripts.lib.reading.phrase_words import PREFIXES
from scripts.lib.reading.phrases import Code, Found
from scripts.lib.reading.sources import columns_read
from scripts.lib.text_files import read_rows

MEANING = {
    "raw": "the hospital's word, or a regular expression (`match`)",
    "value": "the code it becomes; empty: known, and no code",
    "match": "exact (case and width folded), regex (searched), filler (says nothing), negation "
    "(codes behind it do not count); empty: exact",
    "note": "for people; not read",
}
COLUMNS = tuple(MEANING)
SHOWN = 5  # mistakes of one list in a message
SEPARATORS = r"[;,+、/|&\n]"
FILLER, NEGATION = "filler", "negation"  # rows of a list that are no entries
EDGE = "(?:(?<![a-z])|(?![a-z]))"  # not within an English word
OPPOSITE = re.compile(PREFIXES)
WORD = f"{EDGE}(?:{{}}){EDGE}"

Answer = tuple[str | None, str | None]  # the code (or None) and the rule that was broken (or None)


@dataclass(frozen=True)
class CodeList:
    """Exact entries (folded) and regular expressions, each with its code; '' = no code.

    `path` and the rows of codes and expressions say where something stands in the file.
    fillers
        Words that say nothing here; alone they are no answer.
    negations
        Words that negate here, as one regular expression; '' = the usual ones alone.
    """

    exact: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    path: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    pattern_rows: dict[str, int] = field(default_factory=dict)
    fillers: tuple[re.Pattern[str], ...] = ()
    negations: str = ""

    @property
    def values(self) -> frozenset[str]:
        """Every code that a text can get."""
        return frozenset(self.exact.values()).union(v for _, v in self.patterns) - {""}

    def row_of(self, code: str) -> str:
        """File and row of a code's first entry."""
        return f"{self.path}, row {self.rows[code]}" if code in self.rows else self.path

    def row_of_pattern(self, pattern: re.Pattern[str]) -> str:
        """File and row of a regular expression."""
        row = self.pattern_rows.get(pattern.pattern)
        return f"{self.path}, row {row}" if row else self.path or "a code list"

    def one(self, text: str) -> Answer:
        """The one code of `text`: exact entries first, then regular expressions.

        Two expressions that give different codes are `ambiguous_code`; none is `unknown_code`; a
        code that the text denies, refuses, plans or doubts is `negated_code`, and does not count.
        """
        return _answer(read_cell(text, [Listed(self)])[0])

    def all(self, text: str, separator: str | None = None) -> Answer:
        """Every code found in `text`, sorted and joined with `;`.

        A piece that nothing explains is `unknown_code` (the codes found are kept), a code that the
        text denies, refuses, plans or doubts `negated_code`.
        """
        read = read_cell(text, [Listed(self, several=True, separator=separator)])[0]
        code, rule = _answer(read)
        return code, rule or ("unknown_code" if read.unexplained else None)

    def find(self, folded: str, *, several: bool, separator: str | None) -> Found:
        """Where in a folded text which codes stand.

        Exact entries are whole pieces, and count where `several` codes are wanted; what a regular
        expression finds goes on to the end of the word.
        """
        codes: list[Code] = []
        for start, end in _pieces(folded, separator) if several else []:
            if folded[start:end] in self.exact:
                codes.append(Code(start, end, self.exact[folded[start:end]]))
        for pattern, value in self.patterns:
            for match in find_all(pattern, folded):
                if match.end() > match.start():
                    codes.append(Code(*_whole_words(folded, *match.span()), value))
        said = [m.span() for filler in self.fillers for m in find_all(filler, folded) if m.group()]
        known = [code[:2] for code in codes if not code.value]
        valued = tuple(sorted({code for code in codes if code.value}))
        return Found(valued, (*known, *said), complete=several, answered=bool(known))

    def searched(self, folded: str) -> set[str]:
        """Values of the regular expressions that fit somewhere."""
        return {value for pattern, value in self.patterns if search(pattern, folded)}


def _answer(read: Coded) -> Answer:
    return read.code, "negated_code" if read.denies else read.rule


def _pieces(folded: str, separator: str | None) -> list[tuple[int, int]]:
    """Start and end of the pieces between the signs, without outer spaces."""
    signs = [match.span() for match in re.finditer(separator or SEPARATORS, folded)]
    starts, ends = [0, *(b for _, b in signs)], [*(a for a, _ in signs), len(folded)]
    trimmed = []
    for start, end in zip(starts, ends, strict=True):
        piece = folded[start:end].strip()
        if piece:
            first = folded.index(piece, start)
            trimmed.append((first, first + len(piece)))
    return trimmed


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The place up to the ends of the English words in which it starts and ends.

    A prefix that turns the word into its opposite stays outside: nonsmoker, incomplete response.
    """
    first = start
    while first and _letter(text[first - 1]) and _letter(text[first]):
        first -= 1
    if not OPPOSITE.fullmatch(text, first, start):
        start = first
    while end < len(text) and _letter(text[end - 1]) and _letter(text[end]):
        end += 1
    return start, end


def _letter(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def check_codelists(paths: Iterable[str]) -> dict[str, CodeList]:
    """Read every code list once, so that a bad one is found before any job; all faults at once."""
    lists, faults = {}, []
    for path in paths:
        try:
            lists[Path(path).stem] = read_codelist(path)
        except Stop as stop:
            faults.append(str(stop))
    if faults:
        raise Stop("\n  ".join(faults))
    return lists


def check_missing_words(tables: Mapping[str, Any], lists: Mapping[str, CodeList]) -> None:
    """Stop where a word means both `missing` and a code: the code would never be seen."""
    faults = [
        f"tables.{name}.columns.{key}: `{word}` is one of its `missing` words, and a code in "
        f"config/codelists/{column['codelist']}.csv. Take it out of one of them (`missing` of the "
        "column overrides that of the table)."
        for name, table in tables.items()
        for key, column in columns_read(table)
        for word in (column["missing"] if column["codelist"] else [])
        if lists[column["codelist"]].exact.get(fold_text(word))
    ]
    if faults:
        raise Stop("config/sources.yaml: " + "\n  ".join(faults))


def read_codelist(path: str | Path) -> CodeList:
    """The code list of a CSV file with columns `raw,value[,match][,note]`.

    Raises
    ------
    Stop
        Another header; or, all at once with file and row, an unknown `match`, a bad regular
        expression, a text that has two codes, a code written in two ways.
    """
    faults: list[str] = []
    exact: dict[str, str] = {}
    first_row: dict[str, int] = {}
    rows: dict[str, int] = {}
    patterns: list[tuple[re.Pattern[str], str]] = []
    pattern_rows: dict[str, int] = {}
    fillers: list[re.Pattern[str]] = []
    negations: list[str] = []
    for number, raw, value, match in _entries(Path(path)):
        where = f"{path}, row {number}"
        rows.setdefault(value, number)
        if match == "regex":
            try:
                pattern = _compile(raw, where)
            except Stop as stop:
                faults.append(str(stop))
                continue
            patterns.append((pattern, value))
            pattern_rows.setdefault(pattern.pattern, number)
        elif match == "exact":
            key = fold_text(raw)
            if exact.setdefault(key, value) != value:
                faults.append(
                    f"{where}: row {first_row[key]} gives the same text another value. Keep one."
                )
            first_row.setdefault(key, number)
        elif match in (FILLER, NEGATION) and value:
            faults.append(f"{where}: a `{match}` has no value. Leave it empty, or write `regex`.")
        elif match in (FILLER, NEGATION):
            try:
                word = re.compile(WORD.format(_compile(raw, where).pattern), re.IGNORECASE)
            except Stop as stop:
                faults.append(str(stop))
                continue
            pattern_rows.setdefault(word.pattern, number)
            if match == FILLER:
                fillers.append(word)
            else:
                negations.append(word.pattern)
        else:
            faults.append(
                f"{where}: match `{match}` is neither `exact` nor `regex` (nor `{FILLER}` nor "
                f"`{NEGATION}`, docs/sources.md)."
            )
    if faults := [*faults, *_twins(rows, path)]:
        more = len(faults) - SHOWN
        shown = [*faults[:SHOWN], *([f"{path}: and {more} more"] if more > 0 else [])]
        raise Stop("\n  ".join(shown))
    return CodeList(
        exact, tuple(patterns), str(path), rows, pattern_rows, tuple(fillers), "|".join(negations)
    )


def _entries(path: Path) -> list[tuple[int, str, str, str]]:
    """Row, raw text, value (blanks folded) and match of every entry."""
    return [
        (
            number,
            row["raw"],
            clean_header(row["value"]),
            (row.get("match") or "").strip().lower() or "exact",
        )
        for number, row in _rows(path)
    ]


def _twins(rows: Mapping[str, int], path: str | Path) -> Iterator[str]:
    """Codes that differ in case or width alone: they would be two groups."""
    seen: dict[str, str] = {}
    for value, number in rows.items():
        twin = seen.setdefault(fold_text(value), value)
        if twin != value:
            yield (
                f"{path}, row {number}: the value `{value}` differs from `{twin}` of row "
                f"{rows[twin]} in case or width alone. Write it in one way."
            )


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    header, lines = read_rows(path, "A column of sources.yaml names it.")
    header = tuple(map(clean_header, header))
    known = len(set(header) & set(COLUMNS))  # others are not shown: they may be a patient's words
    if not {"raw", "value"} <= set(header) <= set(COLUMNS) or len(set(header)) < len(header):
        raise Stop(
            f"{path}: the columns must be raw,value[,match][,note]; {known} of its "
            f"{len(header)} are so called. Write them into the first row."
        )
    return [(number, dict(zip(header, line, strict=True))) for number, line in lines]


def _compile(raw: str, where: str) -> re.Pattern[str]:
    try:
        return compile_pattern(raw)
    except ValueError as error:
        raise Stop(f"{where}: the regular expression {error}") from None
    except re.error as error:
        raise Stop(
            f"{where}: not a regular expression ({error}). Put a \\ before signs that mean "
            "themselves, such as ( + ?, or write `exact` under match."
        ) from None


def read_levels(path: str | Path) -> list[str]:
    """Distinct values of a code list, in its order; what means missing is none of them."""
    return [value for value in dict.fromkeys(v for _, _, v, _ in _entries(Path(path))) if value]
