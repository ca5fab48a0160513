"""Whose rows they are: hospital numbers with their centre, once per distinct pair."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from scripts.lib.folding import fold, plain_letters
from scripts.lib.reading.codelists import CodeList, fold_text
from scripts.lib.reading.headers import choose
from scripts.lib.reading.parts import Distinct, pairs
from scripts.lib.reading.pseudonyms import PADDED, repair_identifier
from scripts.lib.reading.values import is_missing

JOINED = "joined to another way of writing"
CENTRE = "hospital joined to another way of writing its name"


@dataclass(frozen=True)
class Identities:
    """Distinct pairs of a number as it is written and a centre, and what they stand for.

    whole
        Number and centre as one text, of which the pseudonym is made; None without either.
    rules
        By rule of `scripts.lib.reading.problems`: the pairs that broke it (masks).
    """

    column: str
    written: Distinct
    numbers: list[str | None]
    centres: list[str | None] | None  # None: the study has one centre
    whole: list[str | None]
    rules: dict[str, np.ndarray]
    ways: list[list[str]]  # in which each number was repaired; none for what is no number


def identities(
    raw: Callable[[str], Distinct],
    names: Iterable[str],
    settings: Mapping[str, Any],
    codes: Mapping[str, CodeList],
) -> Identities:
    """Whose rows a part holds.

    Parameters
    ----------
    raw
        A raw column of the part, or its `src_file` and `src_sheet`, as distinct texts.
    names
        Columns of the part.
    settings
        `identifier`, `missing`, `centre` and `first_centre` of the table.
    """
    there = list(names)
    own, missing = settings["identifier"], settings["missing"]
    column = str(choose(own["column"], there))
    written, centres = raw(column), None
    if settings["centre"]:
        written, centres = _with_centre(written, raw, there, settings, codes)
    folded = fold(written.texts)
    blank = is_missing(folded, missing)
    texts = written.texts.to_pylist()
    nothing: tuple[str | None, list[str]] = (None, [])
    cleaned = [
        nothing if no else repair_identifier(text, own)
        for text, no in zip(texts, blank, strict=True)
    ]
    numbers = [number for number, _ in cleaned]
    whole = numbers
    if centres is not None:
        first = settings["first_centre"]
        whole = [_whole(n, c, first) for n, c in zip(numbers, centres, strict=True)]
    rules = {
        "missing_identifier": blank,
        "bad_identifier": np.array([number is None for number in numbers], bool) & ~blank,
        "identifier_padded": np.array([bool(n) and PADDED in ways for n, ways in cleaned], bool),
        "identifier_collision": _collide(folded.to_pylist(), numbers, whole),
    }
    if centres is not None:
        rules["missing_centre"] = np.array([centre is None for centre in centres], bool)
    joined = _joined(texts, numbers, whole)
    other = _spelt_otherwise(centres or [None] * len(whole))
    ways = [
        [*own_ways, *[JOINED] * one_more, *[CENTRE] * of_centre] if one is not None else []
        for one, (_, own_ways), one_more, of_centre in zip(
            whole, cleaned, joined, other, strict=True
        )
    ]
    return Identities(column, written, numbers, centres, whole, rules, ways)


def _spelt_otherwise(centres: Sequence[str | None]) -> list[bool]:
    """Hospitals whose name another row spells in another way, all but the first of the ways."""
    ways: dict[str, set[str]] = {}
    for centre in filter(None, centres):
        ways.setdefault(fold_text(centre), set()).add(centre)
    return [bool(c) and c != min(ways[fold_text(c)]) for c in map(str, (c or "" for c in centres))]


def _joined(texts: list[str], numbers: list[str | None], whole: list[str | None]) -> list[bool]:
    """Texts, as they stand in the file, that are one number with another text."""
    spelt = Counter(one for _, one in set(zip(texts, whole, strict=True)))
    return [
        one is not None and text != number and spelt[one] > 1
        for text, number, one in zip(texts, numbers, whole, strict=True)
    ]


def _with_centre(
    written: Distinct,
    raw: Callable[[str], Distinct],
    names: list[str],
    settings: Mapping[str, Any],
    codes: Mapping[str, CodeList],
) -> tuple[Distinct, list[str | None]]:
    """Distinct pairs of number and centre, and the centre of each."""
    spec = settings["centre"]
    if spec["value"] is not None:
        return written, [" ".join(spec["value"].split())] * len(written.texts)
    place = raw(str(choose(spec["from"], [*names, "src_file", "src_sheet"])))
    known = codes[spec["codelist"]] if spec["codelist"] else None
    blank = is_missing(fold(place.texts), settings["missing"])
    read = [
        None if no else read_centre(text, spec["part"], known)
        for text, no in zip(place.texts.to_pylist(), blank, strict=True)
    ]
    both, first, second = pairs(written, place)
    return Distinct(written.texts.take(pa.array(first)), both), [read[i] for i in second]


def read_centre(text: str, pattern: str | None, known: CodeList | None) -> str | None:
    """The centre that a text names; None where it names none."""
    if pattern:
        found = re.search(pattern, text)
        text = (found.group(1) if found.groups() else found.group()) or "" if found else ""
    named = " ".join(plain_letters(text).split())
    return (known.one(named)[0] if known and named else named) or None


def _whole(number: str | None, centre: str | None, first: str | None) -> str | None:
    """Number and centre as one text; the number alone in the first centre.

    A number holds no white space, so the sign between them never stands in one.
    """
    if number is None or centre is None:
        return None
    folded = fold_text(centre)
    return number if first and folded == fold_text(first) else f"{folded}\x1f{number}"


def _collide(written: list[str], numbers: list[str | None], whole: list[str | None]) -> np.ndarray:
    """Texts that are not the number they stand for, while another text stands for it, too."""
    texts = Counter(one for _, one in set(zip(written, whole, strict=True)))
    return np.array(
        [
            one is not None and number != text and texts[one] > 1
            for text, number, one in zip(written, numbers, whole, strict=True)
        ],
        bool,
    )
