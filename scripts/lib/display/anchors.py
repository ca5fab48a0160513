"""Where things stand on the report page."""

from __future__ import annotations

PAGE = "index.html"


def anchor(title: str) -> str:
    """Id of a section of the methods."""
    return "methods_" + title.lower().replace(" ", "_")


def on_page(address: str) -> str:
    """An address as the page itself links to it."""
    return address.removeprefix(PAGE) if address.startswith(f"{PAGE}#") else address
