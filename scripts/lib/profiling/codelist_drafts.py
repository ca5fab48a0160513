"""Draft code lists: the words of code-like columns, to be given their codes by a person.

They hold raw words, so they lie in data/private. `match` says `confirm`: the reader refuses a list
until somebody has looked at every row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scripts.lib.profiling.columns import WORD, Column
from scripts.lib.profiling.words import suggest
from scripts.lib.reading.codelists import COLUMNS, SEPARATORS, fold_text

CONFIRM = "confirm"
MOST = 300  # words of one list
RARE = 3  # a word of a column of many words must stand so often: free text never enters a list
OFTEN = 10  # rows of a long text: then it is a word of the export, not what somebody wrote
OPEN = 60  # more distinct words than this are many
LONG_NUMBER = re.compile(r"\d{5,}")


@dataclass
class Draft:
    """One list: words with their number of rows, and how many words were left out."""

    name: str
    words: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    columns: list[str] = field(default_factory=list)
    suggested_as: str = ""

    def add(self, column: Column, where: str, *, split: bool) -> None:
        """Take in the words of one column; `split` where a cell holds several codes."""
        self.columns.append(where)
        counted = _words(column, split)
        often = RARE if len(counted) > OPEN else 1
        chosen = {w: n for w, n in counted.items() if n >= often and _may_be_listed(w, n)}
        top = sorted(chosen, key=lambda w: (-chosen[w], w))[:MOST]
        self.left_out += len(counted) - len(top)
        for word in top:
            self.words[word] = self.words.get(word, 0) + chosen[word]

    def text(self) -> str:
        """The list as CSV, commonest word first."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        for word in sorted(self.words, key=lambda w: (-self.words[w], w)):
            guess = suggest(self.suggested_as or self.name, word)
            note = f"{self.words[word]} times" + (f"; perhaps {guess}" if guess else "")
            writer.writerow((word, "", CONFIRM, note))
        return out.getvalue()


def _words(column: Column, split: bool) -> dict[str, int]:
    """Words by how often they stand, those that differ in case or width alone as one."""
    found: dict[str, tuple[str, int]] = {}
    texts = zip(column.texts.to_pylist(), column.counts.tolist(), strict=True)
    for text, count in texts:
        for piece in re.split(SEPARATORS, text) if split else [text]:
            word = " ".join(piece.split())
            shown, before = found.get(fold_text(word), (word, 0))
            found[fold_text(word)] = (shown, before + count)
    return {shown: count for shown, count in found.values() if shown}


def _may_be_listed(word: str, count: int) -> bool:
    return (len(word) <= WORD or count >= OFTEN) and not LONG_NUMBER.search(word)


def draft_codelists(wanted: Iterable[tuple[str, str, Column, Mapping[str, str]]]) -> list[Draft]:
    """The lists for columns: (list, `table.column`, raw column, its `columns:` entry)."""
    drafts: dict[str, Draft] = {}
    for name, where, column, spec in wanted:
        draft = drafts.setdefault(name, Draft(name))
        draft.add(column, where, split=spec["type"] == "codes")
        draft.suggested_as = "yes_no" if spec["type"] == "boolean" else where.split(".")[1]
    return [drafts[name] for name in sorted(drafts)]
