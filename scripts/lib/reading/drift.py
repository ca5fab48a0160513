"""How the columns and words of a raw file differ from those of the delivery before."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.expressions.patterns import bounded
from scripts.lib.folding import fold
from scripts.lib.reading.codelists import CodeList
from scripts.lib.reading.codes import Column
from scripts.lib.reading.headers import PLACE, choose
from scripts.lib.reading.parts import distinct
from scripts.lib.reading.raw import Raw
from scripts.lib.reading.values import is_missing

LIKELY = 0.5  # likeness from which a column is named as the likely one
FEW = 5  # distinct values; fewer agree by chance
KINDS = ("renamed", "dropped", "added", "moved", "new_words", "not_compared")


@dataclass(frozen=True)
class Drift:
    """One difference.

    column
        As it was called before; for `added` and `new_words` as it is called now.
    likely
        The column that it probably is now.
    mapped
        The configuration reads it (of a renamed one: under its old name alone), or a word is in no
        code list: somebody has to act.
    words
        Words that were never seen (raw text: for data/private alone).
    """

    kind: str
    column: str
    likely: str = ""
    detail: str = ""
    mapped: bool = False
    words: tuple[str, ...] = ()


def compare(
    before: Raw, now: Raw, settings: dict[str, Any], codes: dict[str, CodeList]
) -> list[Drift]:
    """Every difference between two files of one table, in the order of their columns.

    Parameters
    ----------
    settings
        `scripts.lib.reading.deliveries.drift_settings`.
    """
    read = read_columns(settings)
    gone = [n for n in before.names if n not in now.names]
    new = [n for n in now.names if n not in before.names]
    renamed = likely_names(_columns(before, gone), _columns(now, new))
    found = []
    for name in gone:
        if name in renamed:
            likely, detail = renamed[name]
            unread = name in read and likely not in read
            found.append(Drift("renamed", name, likely, detail, mapped=unread))
        else:
            found.append(Drift("dropped", name, mapped=name in read))
    taken = {likely for likely, _ in renamed.values()}
    found += [Drift("added", n, mapped=n in read) for n in new if n not in taken]
    found += moved(before.names, now.names)
    names = {old: new_name for old, (new_name, _) in renamed.items()}
    return found + new_words(before, now, settings["columns"].values(), names, codes)


def likely_names(gone: dict[str, Column], new: dict[str, Column]) -> dict[str, tuple[str, str]]:
    """For columns that are gone, the new one that each probably is, and what speaks for it.

    Alike are names, or values: the share of distinct values of the smaller column that the other
    has, too. The best pairs are taken first, each column once.
    """
    values = {name: _distinct(column) for name, column in {**gone, **new}.items()}
    scored = []
    for old in gone:
        for name in new:
            alike = difflib.SequenceMatcher(None, old.casefold(), name.casefold()).ratio()
            shared = _shared(values[old], values[name])
            fewest = min(len(values[old]), len(values[name]))
            likeness = max(alike, shared * min(1, fewest / FEW))
            if likeness >= LIKELY:
                text = f"{100 * alike:.0f} % of the name, {100 * shared:.0f} % of the values"
                scored.append((likeness + (alike + shared) / 10, old, name, text))
    found: dict[str, tuple[str, str]] = {}
    for _, old, name, text in sorted(scored, key=lambda s: (-s[0], s[1], s[2])):
        if old not in found and name not in {n for n, _ in found.values()}:
            found[old] = (name, text)
    return found


def moved(before: Sequence[str], now: Sequence[str]) -> list[Drift]:
    """Columns that stand in another order; what was put between them moves nothing."""
    old = [n for n in before if n in now]
    new = [n for n in now if n in before]
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    kept = {n for block in blocks for n in old[block.a : block.a + block.size]}
    return [
        Drift("moved", n, detail=f"{_place(n, old)} before, {_place(n, new)} now")
        for n in new
        if n not in kept
    ]


def _place(name: str, names: Sequence[str]) -> str:
    """Where a column stands among those that both deliveries have."""
    at = names.index(name)
    return f"behind `{names[at - 1]}`" if at else "first"


def new_words(
    before: Raw,
    now: Raw,
    columns: Iterable[dict[str, Any]],
    renamed: dict[str, str],
    codes: dict[str, CodeList],
) -> list[Drift]:
    """Coded columns with words that the delivery before does not have."""
    found: dict[str, Drift] = {}
    earlier = {renamed.get(n, n): c for n, c in _columns(before, before.names).items()}
    for spec in columns:
        name = choose(spec["from"], now.names)
        if not spec["codelist"] or name is None or name not in earlier:
            continue
        coded = distinct(pa.chunked_array([_columns(now, [name])[name]]))
        texts = fold(coded.texts)
        seen = pc.is_in(texts, pa.array(sorted(_distinct(earlier[name])), pa.string()))
        fresh = ~seen.to_numpy(zero_copy_only=False) & ~is_missing(texts, spec["missing"])
        words = sorted(set(texts.filter(pa.array(fresh)).to_pylist()))
        if words:
            listed = codes[spec["codelist"]]
            read = listed.all if spec["type"] == "codes" else listed.one
            with bounded(listed.row_of_pattern):
                unknown = [word for word in words if read(word)[1]]
            detail = (
                f"{len(words)} never seen, in {int(fresh[coded.at].sum())} row(s); "
                f"{len(unknown)} of them not in the code list {spec['codelist']}"
            )
            drift = Drift("new_words", name, "", detail, bool(unknown), tuple(words))
            found.setdefault(name, drift)
    return list(found.values())


def lost_columns(now: Raw, settings: dict[str, Any]) -> list[str]:
    """Columns that the configuration reads, and of which the file has none of their names."""
    wanted = [settings["identifier"], *(c["from"] for c in settings["columns"].values())]
    there = [*now.names, *PLACE, *settings["optional"]]
    lost = [w for w in wanted if choose(w, there) is None]
    return list(dict.fromkeys(w if isinstance(w, str) else w[0] for w in lost))


def read_columns(settings: dict[str, Any]) -> set[str]:
    """Names of raw columns that the configuration reads."""
    wanted = [settings["identifier"], *(c["from"] for c in settings["columns"].values())]
    return {n for w in wanted for n in ([w] if isinstance(w, str) else w)}


def _columns(raw: Raw, names: Iterable[str]) -> dict[str, Column]:
    return {name: raw.cells[raw.names.index(name)] for name in names}


def _distinct(column: Column) -> set[str]:
    return set(pc.unique(fold(pc.unique(column))).to_pylist()) - {""}


def _shared(one: set[str], other: set[str]) -> float:
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0
