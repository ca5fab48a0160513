"""Addresses of traces: from a statistic's key to the place on its analysis's page.

Light, so that figures and pages that only link need nothing else.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from scripts.lib.analysis.ard import KEY, parse_key

KEYS = " | "
"""Between the keys of several statistics that one printed text shows."""
MARK = "trace:"
TRACED = re.compile(rf'<g id="{MARK}(\w+):([^"]+)">(.*?)</g>', re.DOTALL)


def anchor(key: str) -> str:
    """Where a statistic stands on its page: its key without the analysis, quoted."""
    parts = parse_key(key)
    parts.pop("analysis", None)
    return quote("; ".join(f"{name}={parts[name]}" for name in KEY if parts.get(name)))


def link(keys: str, up: str = "..") -> str:
    """Relative address of the trace of a statistic, of several that of the first.

    Parameters
    ----------
    keys
        As `data-ard` of the report has them.
    up
        From the folder of the page to `results/`.

    Returns
    -------
    Empty where the text names no statistic (but a setting, for instance).
    """
    first = keys.split(KEYS)[0]
    if not first.startswith("analysis="):
        return ""
    return f"{up}/trace/ard/{parse_key(first)['analysis']}.html#{anchor(first)}"


def mark(**key: str) -> str:
    """Id of a number in a drawing, from which a page makes its link (`linked`)."""
    text = "; ".join(f"{name}={value}" for name, value in key.items() if value)
    return f"{MARK}{key['analysis']}:{anchor(text)}"


def linked(svg: str) -> str:
    """A drawing whose marked numbers lead to their traces."""
    return TRACED.sub(_anchor, svg)


def _anchor(found: re.Match[str]) -> str:
    key = f"analysis={found[1]}; {unquote(found[2])}"
    return f'<a class="num" href="{link(key)}"><g>{found[3]}</g></a>'
