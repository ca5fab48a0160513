"""Whether a regular expression of a suite can tell a good text from a bad one.

No expression is proved to be empty or universal here: it is tried on texts that a cell can hold,
among them those made of its own letters, so that what it excludes is among what it is tried on.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from scripts.lib.expressions.patterns import refuse_endless

LONGEST = 5000  # letters of the longest text that is tried
PROBES = (
    *string.ascii_letters, *string.digits, *string.punctuation, "a b", "中", "李 明", "é", "٣",
    "💊", "2024-02-30", "P0001", "n/a", "-1.5", "x" * 60, "1" * 60, "中" * 60,
    "<b>&\"'</b>", "a,b;c|d",
)  # fmt: skip
ASSERTS = (sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF, sre.GROUPREF_EXISTS)
OF_CLASS = {
    sre.CATEGORY_DIGIT: "0", sre.CATEGORY_NOT_DIGIT: "a", sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_SPACE: "a", sre.CATEGORY_WORD: "a", sre.CATEGORY_NOT_WORD: "-",
}  # fmt: skip


def accepts_everything(regex: str) -> bool:
    """Whether every text on one line matches as a whole; False where it cannot be read."""
    tree = _tree(regex)
    if tree is None:
        return False
    made = re.compile(regex)
    return all(made.fullmatch(probe) for probe in (*PROBES, *_own(tree)))


def finds_nothing(regex: str) -> bool:
    """Whether it is found in no text; False where it cannot be read or looks around."""
    tree = _tree(regex)
    if tree is None:
        return False
    made = re.compile(regex)
    items = list(_walk(tree))
    never = any(op is sre.ASSERT_NOT and not len(value[1]) for op, value in items)
    if not never and any(op in ASSERTS for op, _ in items):
        return False
    return not any(map(made.search, (*PROBES, *_own(tree), *_examples(tree))))


def as_a_whole(regex: str) -> str:
    """The expression that matches a whole value, and not one with a line break behind it."""
    flags = re.match(r"\(\?[aiLmsux]+\)", regex)
    at = flags.end() if flags else 0
    return rf"{regex[:at]}\A(?:{regex[at:]})\Z"


def _tree(regex: str) -> Any:
    """The parsed expression; None where it is none, or can search for ever (told elsewhere)."""
    try:
        refuse_endless(regex)
        return parser.parse(regex)
    except (re.error, ValueError, RecursionError, OverflowError):
        return None


def _walk(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every item of a parsed expression, at whatever depth."""
    for op, value in tree:
        yield op, value
        for part in _parts(value):
            yield from _walk(part)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, parser.SubPattern):
        return [value]
    if isinstance(value, tuple | list):
        return [part for one in value for part in _parts(one)]
    return []


def _own(tree: Any) -> list[str]:
    """Texts of the expression's own letters and runs, and one longer than its longest repeat."""
    letters: dict[str, None] = {}
    longest = 60
    for part in [tree, *(p for _, value in _walk(tree) for p in _parts(value))]:
        run = ""
        for op, value in [*part, (None, None)]:
            if op is sre.LITERAL:
                run += chr(value)
                letters[chr(value)] = None
            elif run:
                letters[run] = None
                run = ""
            if op is sre.NOT_LITERAL:
                letters[chr(value)] = None
            elif op is sre.IN:
                letters |= dict.fromkeys(_of_set(value))
            elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] != sre.MAXREPEAT:
                longest = max(longest, int(value[1]) + 1)
    lengths = ["a" * min(longest, LONGEST)]
    around = [f"x{one}y" for one in letters]
    tried = (one.strip() for one in (*letters, *around, *lengths))  # as cells are
    return [one for one in tried if one and one.isprintable()]


def _of_set(items: Any) -> Iterator[str]:
    for op, value in items:
        if op is sre.LITERAL:
            yield chr(value)
        elif op is sre.RANGE:
            yield from (chr(value[0]), chr(value[1]))


def _examples(tree: Any) -> list[str]:
    """Texts that the expression would match if its anchors were in place."""
    made = [""]
    for op, value in tree:
        ends = _example(op, value)
        made = [start + end for start in made for end in ends][:64]
    return made


def _example(op: Any, value: Any) -> list[str]:
    if op is sre.LITERAL:
        return [chr(value)]
    if op is sre.NOT_LITERAL:
        return ["a" if value != ord("a") else "b"]
    if op is sre.ANY:
        return ["a"]
    if op is sre.IN:
        return [_of_class(value)]
    if op is sre.BRANCH:
        return [text for part in value[1] for text in _examples(part)]
    if op is sre.SUBPATTERN:
        return _examples(value[3])
    if op is sre.ATOMIC_GROUP:
        return _examples(value)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [(text * max(value[0], 1))[:LONGEST] for text in _examples(value[2])]
    return [""]


def _of_class(items: Any) -> str:
    """A letter of a set."""
    if items[0][0] is sre.NEGATE:
        made = re.compile("|".join(map(_one, items[1:])))
        return next((c for c in (*string.printable, "中", "é") if not made.match(c)), "\U0001f48a")
    op, value = items[0]
    if op is sre.CATEGORY:
        return OF_CLASS[value]
    return chr(value[0] if op is sre.RANGE else value)


def _one(item: Any) -> str:
    """A set's item as an expression of its own."""
    op, value = item
    if op is sre.RANGE:
        return f"[{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}]"
    if op is sre.CATEGORY:
        return re.escape(OF_CLASS[value])
    return re.escape(chr(value))
