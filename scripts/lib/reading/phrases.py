"""Which codes of a free text are negated, and which pieces of it nothing explains.

One text at a time, for all code lists that read its column: what one list explains, another need
not know. The work is done once for each distinct text (`scripts.lib.reading.coded`).

Source: phrase_words.py (NegEx, ConText); docs/sources.md, *Free text*.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

from scripts.lib.folding import fold_text
from scripts.lib.reading.phrase_words import (
    AHEAD_ONLY,
    BEHIND_ONLY,
    CODE,
    DOSES,
    EITHER,
    ENDS,
    EXCEPT,
    FILLERS,
    KNOWN,
    LISTED_ONLY,
    NEGATING,
    NOT_NEGATING,
    OF_A_LIST,
    ONLY_NEGATES,
    PLANS,
    REASON,
)

KINDS = {  # in the order in which they are looked for
    "code": CODE,
    "known": KNOWN,
    "phrase": "|".join(NOT_NEGATING),
    "dose": "|".join(DOSES),
    "cue": "|".join(NEGATING),
    "end": "|".join(ENDS),
    "strong": r"[;。!\n|]|\.(?=\s|$)|→|->",
    "comma": r",|\s[-–—]+\s|[–—]+",
    "or": r"(?<![a-z])n?or(?![a-z])|或者?",
    "link": r"[、/&]|(?<![a-z])and(?![a-z])|以?及|和|与",
    "plus": r"\+",
    "colon": r":",
    "open": r"[(\[{【《<]",
    "close": r"[)\]}】》>]",
    "filler": "|".join(FILLERS),
    "space": r"\s+|[.·'\"“”‘’_=~*#^`…%×-]",
    "word": r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*|.",
}
QUIET = ("known", "phrase", "dose", "filler", "space")
WITHIN = ("phrase", "filler", "space")  # of a piece that nothing explains
LINKED = (*QUIET, "link", "or")
ANSWER = re.compile(
    r"\s*[:(]?\s*(?:有|无|是|否|阳性|阴性|[+-]|(?:yes|no|none|positive|negative)(?![a-z]))"
)


class Code(NamedTuple):
    """A place of the text that stands for a code."""

    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Found:
    """What one code list finds in a text.

    codes
        Places of its codes.
    known
        Places of what it knows and has no code for: entries without a value, its fillers.
    complete
        Each piece of the text must be known to it; else it looks for one thing in the text.
    answered
        An entry without a value is among what it knows.
    """

    codes: tuple[Code, ...]
    known: tuple[tuple[int, int], ...] = ()
    complete: bool = True
    answered: bool = False


@dataclass(frozen=True)
class Read:
    """What a text says, for one code list: places in the text.

    negated
        Places of codes that are negated, refused, planned, excluded or doubted.
    negating
        Pieces that do so.
    unexplained
        Pieces that neither the list nor the words of phrase_words.py explain.
    """

    negated: frozenset[Code]
    negating: tuple[tuple[int, int], ...]
    unexplained: tuple[tuple[int, int], ...]


class Token(NamedTuple):
    """A word or sign of a text, by kind (KINDS)."""

    kind: str
    start: int
    end: int
    depth: int  # brackets around it


def fold_lines(text: str) -> tuple[str, list[int]]:
    """The text as code lists compare it, and where in it a line of the raw text ended."""
    lines = [fold_text(line) for line in text.splitlines()]
    lines = [line for line in lines if line]
    ends = list(accumulate(len(line) + 1 for line in lines))
    return " ".join(lines), [end - 1 for end in ends[:-1]]


def read_phrases(
    text: str,
    found: Sequence[Found],
    *,
    breaks: Iterable[int] = (),
    negations: re.Pattern[str] | None = None,
) -> list[Read]:
    """What the text says for each list, in their order.

    Parameters
    ----------
    text
        Folded (`fold_text`).
    breaks
        Positions of spaces at which a line of the raw text ended.
    negations
        Negating words that the lists declare.
    """
    codes = sorted({code for one in found for code in one.codes})
    words = [code for code in codes if ONLY_NEGATES.fullmatch(text[code.start : code.end].strip())]
    if {code[:2] for code in codes} == {word[:2] for word in words}:
        words = []  # nothing else that they could negate
    masked, starts = _masked(
        text,
        [code[:2] for code in codes if code not in words],
        [place for one in found for place in one.known],
        breaks,
    )
    tokens, reached = _analysed(masked, negations, any(one.complete for one in found))
    at = [(starts[token.start], starts[token.end]) for token in tokens]
    pieces = _merged((at[first][0], at[last][1]) for _, first, last in reached)
    closed = [(a, b + _lacks_bracket(text, a, b)) for a, b in pieces]
    asked = _merged(
        (at[first][0], at[last][1])
        for first, last in (_around(tokens, first, last) for _, first, last in reached)
    )
    negated = [at[code] for code, _, _ in reached]
    said = [word for word in words if any(a <= word.start < b for a, b in pieces)]
    return [
        Read(
            frozenset(c for c in one.codes if c in said or _overlaps(c[:2], negated)),
            tuple(p for p in closed if _overlaps(p, [c[:2] for c in one.codes])),
            _unexplained(one, found, masked, tokens, at, asked),
        )
        for one in found
    ]


def _lacks_bracket(text: str, start: int, end: int) -> bool:
    piece = text[start:end]
    return piece.count("(") > piece.count(")") and text[end : end + 1] == ")"


def _overlaps(place: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(a < place[1] and place[0] < b for a, b in others)


def _masked(
    text: str,
    codes: Iterable[tuple[int, int]],
    known: Iterable[tuple[int, int]],
    breaks: Iterable[int],
) -> tuple[str, list[int]]:
    """The text with one sign for each place that a list explains; where each sign starts.

    Texts that differ in their codes alone become one, so that they are looked at once.
    """
    letters = list(text)
    for at in breaks:
        letters[at] = "\n"
    for sign, places in ((KNOWN, known), (CODE, codes)):
        for start, end in places:
            letters[start:end] = sign * (end - start)
    signs, starts = [], []
    first = {start for start, _ in _merged(codes)}
    for at, letter in enumerate(letters):
        if letter in (CODE, KNOWN) and at and letters[at - 1] == letter and at not in first:
            continue
        signs.append(letter)
        starts.append(at)
    return "".join(signs), [*starts, len(text)]


@lru_cache(maxsize=100_000)
def _analysed(
    masked: str, negations: re.Pattern[str] | None, listed: bool
) -> tuple[list[Token], list[tuple[int, int, int]]]:
    """The tokens; of each code that is negated: it, the first and the last token that say so."""
    tokens = _tokens(masked, negations)
    reached: dict[int, tuple[int, int]] = {}
    for at, token in enumerate(tokens):
        for code in _reach(masked, tokens, at, listed=listed) if token.kind == "cue" else []:
            first, last = reached.get(code, (at, at))
            reached[code] = min(first, code, at), max(last, code, at)
    return tokens, [(code, *place) for code, place in reached.items()]


@cache
def _token() -> re.Pattern[str]:
    """One word or sign of a masked text; made when it is needed, as it takes long to compile."""
    kinds = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items())
    return re.compile(kinds, re.DOTALL)


def _tokens(masked: str, negations: re.Pattern[str] | None) -> list[Token]:
    tokens, depth, at, token = [], 0, 0, _token()
    while at < len(masked):
        own = negations.match(masked, at) if negations else None
        match = own or token.match(masked, at)
        assert match is not None, "every sign is a token"
        kind = "cue" if match is own else str(match.lastgroup)
        depth -= kind == "close" and depth > 0
        tokens.append(Token(kind, at, match.end(), depth))
        depth += kind == "open"
        at = match.end()
    return tokens


def _reach(masked: str, tokens: list[Token], at: int, *, listed: bool) -> list[int]:
    """Positions of the codes that the negating word at `at` reaches."""
    cue = masked[tokens[at].start : tokens[at].end].strip()
    stops = LISTED_ONLY.fullmatch(cue) is not None
    near = _next_to(tokens, at)
    ahead = [] if BEHIND_ONLY.fullmatch(cue) else _ahead(masked, tokens, at, cue)
    if cue.startswith("?"):
        ahead = _asked_ahead(masked, tokens, at, ahead)
    if ahead and near and _answered(masked, tokens, ahead[-1]):
        ahead = []  # brain no liver yes
    if ahead:
        return [*near, *ahead] if near and EITHER.fullmatch(cue) else ahead
    if AHEAD_ONLY.fullmatch(cue) and _about_a_word(tokens, at):
        return []
    if not listed and (stops or (PLANS.fullmatch(cue) and not _alone(masked, tokens, at))):
        return []
    return near or _far(masked, tokens, at)


def _answered(masked: str, tokens: list[Token], code: int) -> bool:
    """Whether yes or no follows the code."""
    at = code + 1
    while at < len(tokens) and tokens[at].kind in ("filler", "space"):
        at += 1
    return at < len(tokens) and ANSWER.match(masked, tokens[at].start) is not None


def _about_a_word(tokens: list[Token], at: int) -> bool:
    """Whether a word that nothing explains stands right behind the negating word."""
    quiet = ("space", "dose", "filler")
    behind = (token.kind for token in tokens[at + 1 :] if token.kind not in quiet)
    return next(behind, "") == "word"


def _ahead(masked: str, tokens: list[Token], at: int, cue: str) -> list[int]:
    """Codes behind the word, up to the end of its reach."""
    of_a_list = OF_A_LIST.fullmatch(cue) is not None
    inside, reached = tokens[at].depth, []
    for i in range(at + 1, len(tokens)):
        kind, depth = tokens[i].kind, tokens[i].depth
        if depth < inside or kind in ("strong", "end") or (kind == "close" and depth < inside):
            break
        if kind == "comma" and depth == inside and not of_a_list and not _goes_on(tokens, i):
            break
        if kind == "colon" and LISTED_ONLY.fullmatch(cue):
            break
        if kind == "code":
            reached.append(i)
    return reached


def _goes_on(tokens: list[Token], comma: int) -> bool:
    """Whether a list of negated things goes on behind a comma: no brain, liver or bone lesion."""
    for token in tokens[comma + 1 :]:
        if token.kind in ("strong", "end", "cue") or token.depth < tokens[comma].depth:
            return False
        if token.kind == "or":
            return True
    return False


def _asked_ahead(masked: str, tokens: list[Token], at: int, ahead: list[int]) -> list[int]:
    """A question mark belongs to what it touches; with a space before it, to what follows."""
    before = masked[tokens[at].start - 1 : tokens[at].start]
    free = not before or before.isspace() or before in "(,;、/+&[:"
    touches = at + 1 < len(tokens) and [
        i for i in ahead if all(t.kind == "space" for t in tokens[at + 1 : i])
    ]
    return touches if free and touches else []


def _next_to(tokens: list[Token], at: int) -> list[int]:
    """Codes right before the word, with those linked to them: brain and liver not involved."""
    reached: list[int] = []
    colon, brackets = False, 0
    for i in range(at - 1, -1, -1):
        kind = tokens[i].kind
        if kind == "code":
            reached.append(i)
        elif kind == "colon" and not reached and not colon:
            colon = True
        elif kind in ("close", "open"):
            brackets += 1 if kind == "close" else -1
            if brackets < 0:
                break
        elif kind == "comma" and reached and (colon or brackets):
            continue  # brain, liver: none
        elif kind not in LINKED and not (kind == "word" and (brackets or not reached)):
            break
    return reached


def _far(masked: str, tokens: list[Token], at: int) -> list[int]:
    """Codes of the piece before, where the word stands alone: serplulimab (refused)."""
    if not _alone(masked, tokens, at):
        return []
    first = at - 1
    while first >= 0 and tokens[first].kind in (*QUIET, "end", "cue"):
        first -= 1
    if first < 0 or tokens[first].kind not in ("open", "comma", "strong"):
        return []
    return _bracketed(tokens, first) if tokens[first].kind == "open" else _segment(tokens, first)


def _alone(masked: str, tokens: list[Token], at: int) -> bool:
    """Whether nothing that the word could be about stands behind it; a reason may."""
    last = at + 1
    while last < len(tokens) and tokens[last].kind in ("space", "phrase", "dose"):
        last += 1
    ends = last == len(tokens) or tokens[last].kind in ("strong", "comma", "close", "colon", "cue")
    return ends or REASON.match(masked, tokens[at].end) is not None


def _bracketed(tokens: list[Token], opened: int) -> list[int]:
    """The code before a bracket; else those behind it: (planned) serplulimab."""
    depth, closed = tokens[opened].depth, opened + 1
    while closed < len(tokens) and tokens[closed].depth > depth:
        if tokens[closed].kind == "code":
            return []
        closed += 1
    before = opened - 1
    while before >= 0 and tokens[before].kind in QUIET:
        before -= 1
    if before >= 0 and tokens[before].kind == "code":
        return [before]
    behind: list[int] = []
    for i in range(closed + 1, len(tokens)):
        if tokens[i].kind in ("strong", "comma", "end", "plus") or tokens[i].depth < depth:
            break
        if tokens[i].kind == "code":
            behind.append(i)
    return behind


def _segment(tokens: list[Token], comma: int) -> list[int]:
    """Codes between the comma and what ends the piece before it."""
    reached = []
    for i in range(comma - 1, -1, -1):
        if tokens[i].kind in ("strong", "comma", "cue") or tokens[i].depth < tokens[comma].depth:
            break
        if tokens[i].kind == "code":
            reached.append(i)
    return reached


def _unexplained(
    one: Found,
    found: Sequence[Found],
    masked: str,
    tokens: list[Token],
    at: Sequence[tuple[int, int]],
    asked: Sequence[tuple[int, int]],
) -> tuple[tuple[int, int], ...]:
    """Pieces of the text that nothing explains to this list; not what is asked about anyway."""
    if not one.codes and not one.known:
        return ()  # the list knows nothing of it: the whole text is asked about
    denied = any(token.kind == "cue" for token in tokens)
    open_ = [
        token.kind in ("word", "cue")
        or (not denied and EXCEPT.fullmatch(masked, token.start, token.end) is not None)
        or (token.kind == "code" and not _explains(one, found, at[i]))
        for i, token in enumerate(tokens)
    ]  # fmt: skip
    pieces: list[tuple[int, int]] = []
    first = last = -1
    for i, token in enumerate([*tokens, Token("strong", 0, 0, 0)]):
        if i < len(tokens) and open_[i]:
            first, last = (i if first < 0 else first), i
        elif first >= 0 and token.kind not in WITHIN:
            if any(open_[j] and _says(masked, tokens[j]) for j in range(first, last + 1)):
                first, last = _with_phrases(tokens, first, last)
                pieces.append((at[first][0], at[last][1]))
            first = -1
    return tuple(p for p in pieces if not _overlaps(p, asked))


def _says(masked: str, token: Token) -> bool:
    """Whether a token says something of its own; `?` does: often letters that an export lost."""
    return token.kind != "cue" or masked[token.start] == "?"


def _with_phrases(tokens: list[Token], first: int, last: int) -> tuple[int, int]:
    """The piece with set phrases that touch it."""
    first -= first > 0 and tokens[first - 1].kind == "phrase"
    last += last + 1 < len(tokens) and tokens[last + 1].kind == "phrase"
    return first, last


def _explains(one: Found, found: Sequence[Found], place: tuple[int, int]) -> bool:
    """Whether a place that some list explains is explained to this one.

    A list that must know every piece has to find something in each place that the others find; one
    that looks for a single thing may leave to the others what it does not look for.
    """
    if not one.complete:
        return True
    own = [*(code[:2] for code in one.codes), *one.known]
    units = _merged(c[:2] for other in found for c in other.codes if _overlaps(c[:2], [place]))
    return all(_overlaps(unit, own) for unit in units)


def _around(tokens: list[Token], first: int, last: int) -> tuple[int, int]:
    """The piece with what stands beside it, up to the next sign: it is asked about as a whole."""
    signs = ("strong", "comma", "plus", "open", "close", "code")
    while first > 0 and tokens[first - 1].kind not in signs:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].kind not in signs:
        last += 1
    return first, last


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places that overlap as one, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged
