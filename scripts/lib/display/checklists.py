"""Reporting checklists, each item with where the results show it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from scripts.lib.display.prose import markdown_text

AUTHORS = "For the authors"
NOT_HERE = "Not in this study"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Links = Mapping[str, Sequence[Sequence[str]]]


class Item(NamedTuple):
    """One item: where it is found, and what is left to the authors."""

    id: str
    part: str
    asks: str
    links: list[tuple[str, str]]  # name, address
    words: str  # what stands behind the links; AUTHORS, a fact, or NOT_HERE


class Checklist(NamedTuple):
    """A checklist with its source."""

    title: str
    source: str
    items: list[Item]


def read_checklists(paths: Iterable[str | Path], links: Links) -> list[Checklist]:
    """The checklists of these files for a study.

    Parameters
    ----------
    links
        Key of `found` -> names and addresses; an item whose keys have none is said not to be here.

    Raises
    ------
    KeyError
        An item names a key that is not in `links`.
    """
    found = []
    for path in paths:
        text = Path(path).read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506
        items = [_item(raw, links) for raw in content["items"]]
        found.append(Checklist(content["title"], content["source"], items))
    return found


def _item(raw: dict[str, str | list[str]], links: Links) -> Item:
    places = [(str(n), str(a)) for key in raw.get("found", ()) for n, a in links[str(key)]]
    words = str(raw.get("says", ""))
    if "authors" in raw:
        words = f"{AUTHORS}: {raw['authors']}."
    elif not places and not words:
        words = f"{NOT_HERE}."
    return Item(str(raw["id"]), str(raw["part"]), str(raw["asks"]), places, words)


def markdown(checklists: Sequence[Checklist], settings: Mapping[str, str], state: str) -> str:
    """All checklists as one Markdown text; `state`: what they were made from."""
    parts = [
        "# Reporting checklists",
        *map(markdown_text, (settings["title"], settings["notice"])),
        f"{state}.",
    ]
    parts.append(
        "Where the results show what is asked for. Items in short words; the statements themselves "
        "are to be consulted. What a workflow cannot know is left to the authors."
    )
    for checklist in checklists:
        parts += [f"## {checklist.title}", f"{checklist.source}."]
        lines = ["| Item | Part | What is asked for | Where |", "|---|---|---|---|"]
        for item in checklist.items:
            places = [f"[{markdown_text(name)}]({address})" for name, address in item.links]
            where = ". ".join(filter(None, (", ".join(places), markdown_text(item.words))))
            lines.append(f"| {item.id} | {item.part} | {item.asks} | {where} |")
        parts.append("\n".join(lines))
    return "\n\n".join(part for part in parts if part) + "\n"
