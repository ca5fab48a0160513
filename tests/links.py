"""Links of a page or text that lead nowhere."""

from __future__ import annotations

import re
from pathlib import Path

HREF = re.compile(r'href="([^"]+)"|\]\(([^)\s]+)\)')
ID = re.compile(r'\bid="([^"]+)"')


def links(path: Path) -> list[str]:
    """Addresses of an HTML page or a Markdown text, once each."""
    found = HREF.findall(path.read_text(encoding="utf-8"))
    return list(dict.fromkeys(html or markdown for html, markdown in found))


def broken_links(path: Path) -> list[str]:
    """Addresses whose file, or place in a page, is not there."""
    broken = []
    for link in links(path):
        name, _, place = link.partition("#")
        target = path.parent / name if name else path
        here = target.is_file() and (
            not place or place in ID.findall(target.read_text(encoding="utf-8"))
        )
        if not here:
            broken.append(link)
    return broken
