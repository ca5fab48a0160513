"""Links of a page or text that lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

HREF = re.compile(r'href="([^"]+)"|\]\(([^)\s]+)\)')
ID = re.compile(r'\bid="([^"]+)"')


def links(path: Path) -> list[str]:
    """Addresses of an HTML page or a Markdown text, once each."""
    found = HREF.findall(path.read_text(encoding="utf-8"))
    return list(dict.fromkeys(html or markdown for html, markdown in found))


def broken_links(path: Path) -> list[str]:
    """Addresses whose file, or place in a page, is not there.

    A place `name=value` is what a page of traces looks up itself: its own tests follow those.
    """
    broken = []
    for link in links(path):
        name, _, place = link.partition("#")
        target = path.parent / name if name else path
        if not target.is_file() or not _has(target, unquote(place)):
            broken.append(link)
    return broken


def _has(page: Path, place: str) -> bool:
    named = not place or "=" in place
    return named or place in ID.findall(page.read_text(encoding="utf-8"))
