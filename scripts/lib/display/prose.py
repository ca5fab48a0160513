"""Sections of plain text: written as Markdown, read back for the page.

A section has a title and blocks; a block is a paragraph, or a list (`- ` before each item).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ITEM = "- "
HTML = re.compile(r"<(?=[A-Za-z/!?])")  # P<0.05 is none
AND = re.compile(r"&(?=(?:amp|lt);)")
Block = str | list[str]


@dataclass
class Section:
    """A title, and paragraphs or lists below it."""

    title: str
    blocks: list[Block] = field(default_factory=list)

    def text(self) -> str:
        """Everything below the title as one text."""
        return "\n".join(b if isinstance(b, str) else "\n".join(b) for b in self.blocks)


def write_prose(path: str | Path, title: str, sections: Iterable[Section]) -> None:
    """Write a Markdown file; empty blocks and sections without blocks are left out."""
    parts = [f"# {markdown_text(title)}"]
    for section in sections:
        blocks = [block for block in section.blocks if block]
        if blocks:
            parts.append(f"## {markdown_text(section.title)}")
            parts += [_block(block) for block in blocks]
    Path(path).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def read_prose(path: str | Path) -> list[Section]:
    """The sections of a file that `write_prose` wrote."""
    _, *parts = Path(path).read_text(encoding="utf-8").rstrip("\n").split("\n\n## ")
    found = []
    for part in parts:
        title, *blocks = part.split("\n\n")
        found.append(Section(str(_read(title)), [_read(block) for block in blocks]))
    return found


def _block(block: Block) -> str:
    if isinstance(block, str):
        return markdown_text(block)
    return "\n".join(f"{ITEM}{markdown_text(item)}" for item in block)


def markdown_text(text: str) -> str:
    """The text in one line; neither HTML nor a link for a reader of Markdown."""
    return HTML.sub("&lt;", AND.sub("&amp;", " ".join(text.split()))).replace("](", "]\\(")


def _read(block: str) -> Block:
    block = block.replace("]\\(", "](").replace("&lt;", "<").replace("&amp;", "&")
    lines = block.split("\n")
    return [line.removeprefix(ITEM) for line in lines] if block.startswith(ITEM) else block


# ---- words ---------------------------------------------------------------------------------------


def joined(items: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    items = list(items)
    return f" {last} ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def inside(text: str) -> str:
    """A label within a sentence: its first letter small, unless an abbreviation begins it."""
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def sentences(*parts: str) -> str:
    """One paragraph of the parts that say anything."""
    return " ".join(part for part in parts if part)


def number(value: float) -> str:
    """A setting as it is written: 0.1, 30.4375, 5."""
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def counted(n: int, thing: str) -> str:
    """`1 decimal`, `3 decimals`."""
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def percent(share: float) -> str:
    """`95%` of 0.95."""
    return f"{100 * share:.10g}%"
