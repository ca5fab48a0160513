"""Which column names the patient, what makes a row unique, and how the tables hang together."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.profiling.columns import Column, percent, share
from scripts.lib.profiling.groups import Group
from scripts.lib.reading.hashing import hash_texts

OVERLAP = 0.3  # share of the smaller column's values found in the other
MANY = 20  # distinct values; fewer agree by chance
FREE = 0.2  # share of distinct values with spaces or Chinese characters: free text
LONG = 4  # characters that most values of a joining column have at least
NEARLY = 0.01  # share of rows that may repeat a key
MANY_ROWS = 50  # rows of one value: a patient has fewer
MOST_KEYS = 3
MOST_OTHERS = 8  # columns that are tried beside the patient number


@dataclass(frozen=True)
class Join:
    """Two columns of two tables that hold the same values."""

    left: str
    left_column: str
    right: str
    right_column: str
    in_right: float  # share of the left column's distinct values found in the right one
    in_left: float
    padded: bool  # only after leading zeros and spaces were taken away


def choose_identifiers(groups: Sequence[Group]) -> None:
    """The patient number of each group: the likely name that most groups share.

    Where no name is likely, the column of many values that most groups have in common.
    """
    likely = [[c for c in group.columns if _names_patient(c)] for group in groups]
    if not any(likely):
        likely = _in_common(groups)
    spread = Counter(column.name for columns in likely for column in columns)
    for group, columns in zip(groups, likely, strict=True):
        best = max(
            columns, key=lambda c: (spread[c.name], not _few(c), _names_patient(c)), default=None
        )
        group.identifier = best.name if best else None
    for group in groups:  # one number has one width, though a file may have lost all its zeros
        alike = [g for g in groups if g.identifier == group.identifier]
        group.numbers = [c for g in alike if (c := g.column(g.identifier))]


def _names_patient(column: Column) -> float:
    fits = [fit for known, fit in column.known if known.table == "identifier"]
    nobody = column.kind in ("empty", "date") or column.identifying or column.constant
    return 0.0 if nobody else max(fits, default=0.0)


def _few(column: Column) -> bool:
    """So few values for its rows that it rather numbers studies or hospitals."""
    return column.distinct <= column.values / MANY_ROWS


def _in_common(groups: Sequence[Group]) -> list[list[Column]]:
    """Of each group the column whose name and values more than half of the groups share."""
    key = secrets.token_bytes(32)
    spread: dict[str, list[tuple[Group, Column]]] = {}
    for group in groups:
        for column in filter(_may_join, group.columns):
            spread.setdefault(column.name, []).append((group, column))
    for name, places in sorted(spread.items(), key=lambda found: -len(found[1])):
        hashed = sorted((_hashes(*place, key) for place in places), key=len)
        agree = all(_overlap(values, hashed[-1])[0] >= OVERLAP for values in hashed)
        if len(places) > max(len(groups) / 2, 1) and agree:
            return [[c for c in group.columns if c.name == name] for group in groups]
    return [[] for _ in groups]


def find_keys(group: Group) -> None:
    """The fewest columns that no two rows share: one, or the patient number with up to two."""
    whole = [c for c in group.columns if c.missing == 0 and c.distinct == group.rows > 1]
    group.keys = [column.name for column in whole][:MOST_KEYS]
    first = group.identifier
    if group.keys or first is None or not group.rows:
        return
    others = [c.name for c in group.columns if _may_be_key(c, group)][:MOST_OTHERS]
    codes = {name: _codes(group, name) for name in (first, *others)}
    for size in (0, 1, 2):
        for names in combinations(others, size):
            repeats = group.rows - len(_sorted(_joined([codes[n] for n in (first, *names)])))
            if repeats <= NEARLY * group.rows:
                but = f" ({repeats} rows repeat it)" if repeats else ""
                group.keys.append(" + ".join((first, *names)) + but)
        if group.keys:
            break
    del group.keys[MOST_KEYS:]


def _may_be_key(column: Column, group: Group) -> bool:
    short = column.kind in ("date", "integer", "code")
    return short and column.name != group.identifier


def _codes(group: Group, name: str) -> np.ndarray:
    coded = group.cells(name).combine_chunks().dictionary_encode()
    return coded.indices.to_numpy().astype("int64")


def _joined(codes: Sequence[np.ndarray]) -> np.ndarray:
    numbers = codes[0]
    for more in codes[1:]:
        numbers = numbers * (int(more.max(initial=0)) + 1) + more
    return numbers


def _sorted(numbers: np.ndarray) -> np.ndarray:
    """The distinct numbers, sorted (several times faster than `np.unique` on a million rows)."""
    found = np.sort(numbers)
    return found[np.append(True, found[1:] != found[:-1])[: len(found)]]


def rows_per_patient(group: Group) -> float:
    """Mean number of rows of a patient number; 0 where it is not known."""
    column = group.column(group.identifier)
    return column.values / column.distinct if column and column.distinct else 0.0


def find_joins(groups: Sequence[Group]) -> list[Join]:
    """Columns of different tables with common values, compared as keyed hashes alone."""
    if len(groups) < 2:
        return []
    key = secrets.token_bytes(32)
    hashed = [
        (group, column, _hashes(group, column, key))
        for group in groups
        for column in group.columns
        if _may_join(column)
    ]
    joins = []
    for (left, a, ours), (right, b, theirs) in combinations(hashed, 2):
        in_right, in_left = _overlap(ours, theirs)
        if left is not right and max(in_right, in_left) >= OVERLAP:
            plain = [_hashes(*side, key, bare=False) for side in ((left, a), (right, b))]
            padded = in_right > _overlap(plain[0], plain[1])[0] + 0.001
            joins.append(Join(left.name, a.name, right.name, b.name, in_right, in_left, padded))
    return sorted(joins, key=lambda j: -min(j.in_left, j.in_right))


def _may_join(column: Column) -> bool:
    """Patient numbers, and columns of many long values that are no dates, codes or free text."""
    if _names_patient(column):
        return True
    if column.kind not in ("integer", "identifier", "text") or column.distinct < MANY:
        return False
    spaced = pc.mean(pc.match_substring_regex(column.texts, r"[\s\p{Han}，。]").cast(pa.int8()))
    return column.widths[0][0] >= LONG and spaced.as_py() < FREE


def _hashes(group: Group, column: Column, key: bytes, *, bare: bool = True) -> np.ndarray:
    """Hashes of the distinct values; `bare`: without spaces, leading zeros and a point zero."""
    texts = pc.utf8_normalize(pc.unique(group.cells(column.name)), form="NFKC")
    if bare:
        for pattern, new in ((r"\s+", ""), (r"^0+(\d)", r"\1"), (r"\.0$", "")):
            texts = pc.replace_substring_regex(texts, pattern, new)
    texts = texts.filter(pc.not_equal(pc.utf8_trim_whitespace(texts), ""))
    return _sorted(hash_texts(pc.utf8_upper(texts), key))


def _overlap(ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Share of ours found among theirs, and of theirs found among ours."""
    common = len(np.intersect1d(ours, theirs, assume_unique=True))
    return common / max(len(ours), 1), common / max(len(theirs), 1)


def identifier_form(columns: Sequence[Column]) -> tuple[int | None, str]:
    """The full length of a patient number over all its tables, and what a person should know.

    A few odd values (a remark in the place of a number) do not hide the length of all others.
    """
    total = sum(column.values for column in columns) or 1
    lengths = Counter[int]()
    for column in columns:
        lengths.update({length: part * column.values / total for length, part in column.widths})
    usual = [c.widths[0][0] for c in columns if c.widths and c.widths[0][1] >= 0.5]
    width = max(usual, default=0)
    part = lengths[width]
    shorter = sum(of for length, of in lengths.items() if length < width)
    digits = sum(share(c, r"^\d+$") * c.values / total for c in columns if c.values)
    if part >= 1 - 1e-9:
        return width, f"all are {width} characters long"
    if shorter > NEARLY and digits >= 1 - NEARLY and part >= 0.5 and part + shorter >= 1 - NEARLY:
        return width, f"{percent(shorter)} are shorter than {width} digits: lost zeros are put back"
    if part >= 1 - NEARLY:
        return width, f"{percent(part)} are {width} characters long; look at the others"
    return None, "lengths differ"
