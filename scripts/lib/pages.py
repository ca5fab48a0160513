"""Pages below results/: their templates, what a script on them reads, how they are written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup


def environment(folder: Path) -> Environment:
    """Templates of a folder; a name that a template misspells is an error."""
    made = Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["embedded"] = embedded
    return made


def embedded(content: Any) -> Markup:
    """JSON for use inside a script element: nothing in it can end the element."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028"))


def render(templates: Environment, name: str, content: Mapping[str, Any]) -> str:
    """One page."""
    return templates.get_template(name).render(content)


def write(page: str, path: str | Path) -> None:
    """Write a page below results/."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
