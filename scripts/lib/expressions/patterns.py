"""Regular expressions that people write in code lists: folded as cells are, and fit to be searched.

A cell is folded (`fold_text`) before it is searched, so an expression that says the same in
full-width letters or with the sign for a Roman four would never be found: it is folded, too. What
fits every text, or can take for ever on one, is refused when the list is read.
"""

from __future__ import annotations

import re
import signal
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.folding import UNSEEN, plain_letters

SECONDS = 2  # processor time that one expression may take on one cell
SAMPLES = "0a_ \n-.\u4e2d"  # a letter of each kind that a class such as \w tells apart
LETTERS = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
COPIES = 12  # a{40} is looked at as if it were a{12}
REMEDIES = {
    "blank": "begins or ends with a blank, also beside a top-level |, which no cell has there. "
    "Take the blank out, or write \\s where one is meant.",
    "empty": "matches the empty text, so it fits every cell. Take out the empty alternative "
    "(a | at the end, or two of them), or write .+ for any text.",
    "endless": "can take for ever on one cell, as a repetition within a repetition can be read in "
    "many ways. Write each repetition once, e.g. a+ instead of (a+)+.",
}


def compile_pattern(raw: str) -> re.Pattern[str]:
    """The expression `raw`, folded as the cells are that it is searched in.

    Raises
    ------
    re.error
        It is no regular expression.
    ValueError
        It is one that nobody can mean, with what to do.
    """
    folded, blank = _fold(raw)
    pattern = re.compile(folded, re.IGNORECASE)
    if blank:
        raise ValueError(REMEDIES["blank"])
    refuse_unfit(folded)
    return pattern


def refuse_unfit(pattern: str) -> None:
    """ValueError for an expression that matches the empty text, or can backtrack without end."""
    tree = parser.parse(pattern, re.IGNORECASE)
    if _empty(tree):
        raise ValueError(REMEDIES["empty"])
    refuse_endless(pattern)


def refuse_endless(pattern: str) -> None:
    """ValueError for an expression that can backtrack without end."""
    tree = parser.parse(pattern, re.IGNORECASE)
    if _has_wide_loop(tree) and any(map(_is_endless, _automata(tree))):
        raise ValueError(REMEDIES["endless"])


def _has_wide_loop(tree: Any) -> bool:
    """Whether it repeats more than single letters; without that, a text is read in few ways."""
    for op, value in tree:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT) and value[1] > 1:
            single = len(value[2]) == 1 and value[2][0][0] in LETTERS
            if not single:
                return True
        if any(_has_wide_loop(part) for part in _parts_of(op, value)):
            return True
    return False


def _parts_of(op: Any, value: Any) -> list[Any]:
    """The expressions within an item of an expression."""
    if op is sre.BRANCH:
        return list(value[1])
    if op is sre.SUBPATTERN:
        return [value[3]]
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return [value[2]]
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return [value] if op is sre.ATOMIC_GROUP else []


# ---- folding -------------------------------------------------------------------------------------


def _fold(raw: str) -> tuple[str, bool]:
    """The folded expression, and whether a blank stands where no cell has one."""
    text = unicodedata.normalize("NFC", UNSEEN.sub("", raw))
    parts = list(_parts(text))
    kept = [
        part
        for number, part in enumerate(parts)
        if not (
            part == " " and number and parts[number - 1] == " " and not _repeated(parts, number)
        )
    ]
    return unicodedata.normalize("NFC", "".join(kept)), _has_outer_blank(kept)


def _repeated(parts: list[str], number: int) -> bool:
    return number + 1 < len(parts) and parts[number + 1] in ("*", "+", "?", "{")


def _has_outer_blank(parts: list[str]) -> bool:
    """Whether an alternative of the whole expression begins or ends with a blank."""
    depth, alternatives = 0, [[""]]
    for part in parts:
        depth += (part == "(") - (part == ")")
        if part == "|" and depth == 0:
            alternatives.append([""])
        else:
            alternatives[-1].append(part)
    return any(" " in (found[1:2] + found[-1:]) for found in alternatives)


def _parts(text: str) -> Iterator[str]:
    """Letter by letter (an escape or a class in one piece), each folded."""
    at = 0
    while at < len(text):
        if text[at] == "[":
            end = _class_end(text, at)
            yield _fold_class(text[at + 1 : end])
            at = end + 1
        elif text[at] == "\\" and at + 1 < len(text):
            yield text[at : at + 2] if text[at + 1].isascii() else _fold_letter(text[at + 1])
            at += 2
        else:
            yield text[at] if "!" <= text[at] <= "~" else _fold_letter(text[at])
            at += 1


def _fold_letter(letter: str) -> str:
    """A letter outside ASCII as it stands in a folded cell; what it becomes means itself."""
    if letter.isspace():
        return " "
    folded = plain_letters(letter).casefold()
    if folded == letter:
        return letter
    return re.escape(folded) if len(folded) == 1 else f"(?:{re.escape(folded)})"


def _class_end(text: str, at: int) -> int:
    """Position of the ] that ends the class begun at `at`; the text's end where there is none."""
    place = at + 1 + text.startswith("^", at + 1)
    place += text.startswith("]", place)
    while place < len(text) and text[place] != "]":
        place += 1 + (text[place] == "\\")
    return place


def _fold_class(inner: str) -> str:
    """`[Ⅲ-Ⅳa]` as `(?:[a]|iii|iv)`: members that become several letters stand beside the class."""
    negated = inner.startswith("^")
    members = re.findall(r"\\.|.", inner[negated:], re.DOTALL)
    single: list[str] = []
    several: list[str] = []
    place = 0
    while place < len(members):
        member = members[place]
        if "-" in members[place + 1 : place + 2] and place + 2 < len(members):
            last = members[place + 2]
            if member.isascii() and last.isascii():
                single.append(f"{member}-{last}")
            else:
                letters = map(chr, range(ord(member[-1]), ord(last[-1]) + 1))
                for letter in letters:
                    _sort_member(letter, single, several)
            place += 3
        else:
            _sort_member(member, single, several)
            place += 1
    if several and negated:
        raise re.error(f"[^...] holds a sign that stands for several letters ({several[0]})")
    whole = f"[{'^' * negated}{''.join(single)}]" if single else ""
    return "(?:" + "|".join([whole, *several][not whole :]) + ")" if several else whole or "[]"


def _sort_member(member: str, single: list[str], several: list[str]) -> None:
    letter = member[-1]
    if member.isascii() or (letter.isascii() and len(member) > 1):
        single.append(member)
        return
    folded = plain_letters(letter).casefold()
    if len(folded) == 1:
        single.append(letter if folded == letter else re.escape(folded))
    else:
        several.append(re.escape(folded))


# ---- what an expression can match ----------------------------------------------------------------


def _empty(tree: Iterable[Any]) -> bool:
    """Whether it matches the empty text; a condition on what stands around is none of it."""
    return all(_empty_item(op, value) for op, value in tree)


def _empty_item(op: Any, value: Any) -> bool:
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return value[0] == 0 or _empty(value[2])
    if op is sre.SUBPATTERN:
        return _empty(value[3])
    if op is sre.ATOMIC_GROUP:
        return _empty(value)
    if op is sre.BRANCH:
        return any(map(_empty, value[1]))
    return op in (sre.AT, sre.GROUPREF)


@dataclass
class _Automaton:
    """Positions of an expression (what each accepts), and how often one follows another."""

    accepts: list[frozenset[str]] = field(default_factory=list)
    follows: Counter[tuple[int, int]] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Piece:
    """Positions with which a part can begin and end, and in how many ways it can be empty.

    A position stands there once for each way; two are enough to know.
    """

    first: tuple[int, ...] = ()
    last: tuple[int, ...] = ()
    empty: int = 1


def _automata(tree: Any) -> list[_Automaton]:
    """The automaton of the expression, and one of each condition (?=...) in it."""
    samples = frozenset(SAMPLES) | {letter.lower() for letter in _letters(tree)}
    trees, made = [tree], []
    while trees:
        automaton = _Automaton()
        _build(trees.pop(), automaton, samples, trees)
        made.append(automaton)
    return made


def _letters(tree: Any) -> Iterator[str]:
    """Every letter that an expression names."""
    for op, value in tree:
        if op in (sre.LITERAL, sre.NOT_LITERAL):
            yield chr(value)
        elif op is sre.RANGE:
            yield from map(chr, value)
        elif op is sre.IN:
            yield from _letters(value)
        for part in _parts_of(op, value):
            yield from _letters(part)


def _build(tree: Any, made: _Automaton, samples: frozenset[str], conditions: list[Any]) -> _Piece:
    piece = _Piece()
    for op, value in tree:
        piece = _joined(piece, _item(op, value, made, samples, conditions), made)
    return piece


def _item(
    op: Any, value: Any, made: _Automaton, samples: frozenset[str], conditions: list[Any]
) -> _Piece:
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return _repetition(value, made, samples, conditions)
    if op is sre.SUBPATTERN:
        return _build(value[3], made, samples, conditions)
    if op is sre.BRANCH:
        parts = [_build(branch, made, samples, conditions) for branch in value[1]]
        first = tuple(n for part in parts for n in part.first)
        last = tuple(n for part in parts for n in part.last)
        return _Piece(first, last, min(2, sum(part.empty for part in parts)))
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        conditions.append(value[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT, sre.AT, sre.GROUPREF, sre.GROUPREF_EXISTS):
        return _Piece()
    made.accepts.append(frozenset(s for s in samples if _accepts(op, value, s)))
    here = (len(made.accepts) - 1,)
    return _Piece(here, here, 0)


def _repetition(
    value: Any, made: _Automaton, samples: frozenset[str], conditions: list[Any]
) -> _Piece:
    least, most, body = value
    if least == most:
        piece = _Piece()
        for _ in range(min(int(least), COPIES)):
            piece = _joined(piece, _build(body, made, samples, conditions), made)
        return piece
    piece = _build(body, made, samples, conditions)
    if most > 1:
        made.follows.update((a, b) for a in piece.last for b in piece.first)
    return _Piece(piece.first, piece.last, min(2, piece.empty + (least == 0)))


def _joined(left: _Piece, right: _Piece, made: _Automaton) -> _Piece:
    made.follows.update((a, b) for a in left.last for b in right.first)
    return _Piece(
        _twice_at_most(left.first + right.first * left.empty),
        _twice_at_most(right.last + left.last * right.empty),
        min(2, left.empty * right.empty),
    )


def _twice_at_most(positions: tuple[int, ...]) -> tuple[int, ...]:
    counted = Counter(positions)
    return tuple(n for n, times in counted.items() for _ in range(min(2, times)))


def _accepts(op: Any, value: Any, letter: str) -> bool:
    if op is sre.ANY:
        return letter != "\n"
    if op in (sre.LITERAL, sre.NOT_LITERAL):
        return (chr(value).lower() == letter) == (op is sre.LITERAL)
    if op is sre.RANGE:
        return any(value[0] <= ord(form) <= value[1] for form in (letter, letter.upper()[:1]))
    if op is sre.CATEGORY:
        return _in_category(value, letter)
    if op is sre.IN:
        negated = value[0][0] is sre.NEGATE
        return negated != any(_accepts(o, v, letter) for o, v in value[negated:])
    return True  # an atomic group: whatever it may begin with


def _in_category(category: Any, letter: str) -> bool:
    name = str(category)
    known: dict[str, Callable[[str], bool]] = {
        "DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": lambda s: s.isalnum() or s == "_",
    }  # fmt: skip
    kind = name.rsplit("_", 1)[-1]
    return known[kind](letter) != ("_NOT_" in name)


def _is_endless(one: _Automaton) -> bool:
    """Whether a text can be read in exponentially many ways: two ways from a position to itself.

    Source: Weber and Seidl, On the degree of ambiguity of finite automata (1991), criterion EDA.
    """
    after: dict[int, list[int]] = {}
    for a, b in one.follows:
        after.setdefault(a, []).append(b)
    place = _components(after)
    if any(times > 1 and place[a] == place[b] for (a, b), times in one.follows.items()):
        return True
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    left = [(n, n) for n in after if n in after]
    while left:
        a, b = left.pop()
        if (a, b) in pairs:
            continue
        pairs[a, b] = [
            (c, d)
            for c in after.get(a, ())
            for d in after.get(b, ())
            if place.get(c) == place.get(a) and place.get(d) == place.get(b)
            and one.accepts[c] & one.accepts[d]
        ]  # fmt: skip
        left += pairs[a, b]
    found = _components(pairs)
    loops = {found[a, b] for a, b in pairs if a == b}
    return any(a != b and found[a, b] in loops for a, b in pairs)


def _components(after: Any) -> dict[Any, int]:
    """Number of the strongly connected component of each node (Tarjan, without recursion)."""
    order: dict[Any, int] = {}
    low: dict[Any, int] = {}
    done: dict[Any, int] = {}
    stack: list[Any] = []
    for root in after:
        if root in order:
            continue
        walk = [(root, iter(after[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        while walk:
            node, rest = walk[-1]
            for other in rest:
                if other not in order:
                    order[other] = low[other] = len(order)
                    stack.append(other)
                    walk.append((other, iter(after.get(other, ()))))
                    break
                if other not in done:
                    low[node] = min(low[node], order[other])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[node])
                if low[node] == order[node]:
                    number = len(done)
                    while node not in done:
                        done[stack.pop()] = number
    return done


# ---- the time that a search may take -------------------------------------------------------------


class _Search:
    """What is searched at the moment."""

    count = 0
    pattern: re.Pattern[str] | None = None


def search(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """`pattern.search(text)`, seen by `bounded`."""
    _Search.count += 1
    _Search.pattern = pattern
    found = pattern.search(text)
    _Search.pattern = None
    return found


def find_all(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """`pattern.finditer(text)`, seen by `bounded`."""
    _Search.count += 1
    _Search.pattern = pattern
    found = list(pattern.finditer(text))
    _Search.pattern = None
    return found


@contextmanager
def bounded(place: Callable[[re.Pattern[str]], str], seconds: float = SECONDS) -> Iterator[None]:
    """Stop a search within that takes too long on one cell; `place` says where it is written.

    The clock ticks by itself, so that a search costs nothing more. Outside the main thread, where
    no signal arrives, nothing is bounded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    seen = [-1]

    def tick(*_: Any) -> None:
        if _Search.count == seen[0] and _Search.pattern is not None:
            raise Stop(
                f"{place(_Search.pattern)}: takes more than {seconds:g} seconds on one cell. "
                "Write it with fewer repetitions (* and +)."
            )
        seen[0] = _Search.count

    before = signal.signal(signal.SIGVTALRM, tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
    try:
        yield
    finally:
        _Search.pattern = None
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
