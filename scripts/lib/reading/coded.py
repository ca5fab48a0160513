"""Cells that code lists read: their codes, what is negated in them, what nothing explains."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scripts.lib.reading.phrases import Found, Read, fold_lines, read_phrases

if TYPE_CHECKING:
    from scripts.lib.reading.codelists import CodeList

SEVERAL = "codes"  # the type of a column with every code that its text holds
CODED = (SEVERAL, "code", "boolean")  # types whose every value is a code


@dataclass(frozen=True)
class Listed:
    """A code list as one column reads it.

    several
        Every code of the text is wanted, so each piece must be known; else one code.
    separator
        Regular expression between the pieces; None: any usual sign.
    """

    codes: CodeList
    several: bool = False
    separator: str | None = None


@dataclass(frozen=True)
class Coded:
    """What one column reads from a text.

    code
        The code, or the codes joined with `;`.
    rule
        `unknown_code`, `ambiguous_code` or None.
    negated
        Codes (`;`-joined) that stand in the text and do not count.
    contradicted
        Codes (`;`-joined) that the text says and denies as well: they count, and are asked about.
    negating, unexplained
        Pieces of the text that negate codes, and that nothing explains.
    several
        The column holds every code of its text.
    """

    code: str | None
    rule: str | None = None
    negated: str = ""
    negating: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    several: bool = False
    contradicted: str = ""

    @property
    def denies(self) -> bool:
        """Whether the text denies a code, also one that it says elsewhere."""
        return bool(self.negated or self.contradicted)

    def otherwise(self) -> tuple[str, ...]:
        """What the column would hold if what is negated counted, or what is contradicted did not.

        Several: one or the other.
        """
        negated = self.negated.split(";") if self.negated else []
        if not self.several:
            return tuple(negated)
        codes = set((self.code or "").split(";")) - {""}
        fewer = codes - set(self.contradicted.split(";"))
        others = [{*negated, *codes}] * bool(negated) + [fewer] * bool(fewer and fewer != codes)
        return tuple(";".join(sorted(other)) for other in others)


def read_cell(text: str, lists: Sequence[Listed]) -> list[Coded]:
    """What each list reads from the same raw text, in their order."""
    folded, breaks = fold_lines(text)
    open_ = [one for one in lists if folded not in one.codes.exact]
    found = [one.codes.find(folded, several=one.several, separator=one.separator) for one in open_]
    words = [one.codes.negations for one in open_ if one.codes.negations]
    own = re.compile("|".join(dict.fromkeys(words))) if words else None
    said = iter(read_phrases(folded, found, breaks=breaks, negations=own) if open_ else [])
    places = iter(found)
    return [
        _coded(folded, one, next(places), next(said))
        if folded not in one.codes.exact
        else Coded(one.codes.exact[folded] or None)
        for one in lists
    ]


def _coded(text: str, one: Listed, found: Found, read: Read) -> Coded:
    values = {code.value for code in found.codes if code not in read.negated}
    answered = found.answered
    if not one.several:  # an expression may fit that covers no letter, as one that lists what lacks
        searched = one.codes.searched(text)
        values |= searched - {code.value for code in found.codes}
        answered = bool(searched)
    denied = {code.value for code in read.negated}
    negated = denied - values
    code, rule = _settled(values - {""}, several=one.several)
    if code is None and rule is None and not negated and not answered:
        return Coded(None, "unknown_code")
    return Coded(
        code,
        rule,
        ";".join(sorted(negated)),
        tuple(text[a:b] for a, b in read.negating) if read.negated else (),
        tuple(dict.fromkeys(text[a:b] for a, b in read.unexplained)) if rule is None else (),
        one.several,
        ";".join(sorted((denied & values) - {""})),
    )


def _settled(values: set[str], *, several: bool) -> tuple[str | None, str | None]:
    if len(values) > 1 and not several:
        return None, "ambiguous_code"
    return ";".join(sorted(values)) or None, None
