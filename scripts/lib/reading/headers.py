"""The columns that a file has beside those that the configuration names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from scripts.lib.errors import Stop

PLACE = ("src_file", "src_sheet", "src_row")  # every staged part has them


def choose(wanted: str | list[str], there: Iterable[str]) -> str | None:
    """The first of the wanted raw columns that the file has."""
    names = [wanted] if isinstance(wanted, str) else wanted
    return next((name for name in names if name in there), None)


def check_columns(there: list[str], settings: dict[str, Any], name: str) -> list[str]:
    """Raw columns that no configuration names; Stop where a configured one is not there."""
    specs = [spec["from"] for spec in settings["columns"].values() if spec["from"] is not None]
    wanted = [settings["identifier"]["column"], *specs]
    known = {n for w in wanted for n in ([w] if isinstance(w, str) else w)}
    known |= {*settings["drop"], *settings["optional"], *settings.get("elsewhere", ()), *PLACE}
    new = [n for n in there if n not in known]
    lost = [w for w in wanted if choose(w, [*there, *PLACE, *settings["optional"]]) is None]
    whose = [settings["identifier"]["column"], (settings.get("centre") or {}).get("from")]
    lost = [w for w in whose if w and choose(w, [*there, *PLACE]) is None] or lost  # never optional
    if lost:
        lines = []
        for w in dict.fromkeys(w if isinstance(w, str) else " or ".join(w) for w in lost):
            near = difflib.get_close_matches(w, new or there, n=1, cutoff=0.3)
            lines.append(f"`{w}`" + (f" (nearest: `{near[0]}`)" if near else ""))
        raise Stop(
            f"{name}: no column {', '.join(lines)}. Correct the column name under `from`, or put "
            "it under `optional` where this file may lack it."
        )
    return new
