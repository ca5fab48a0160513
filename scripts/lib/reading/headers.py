"""The columns that a file has beside those that the configuration names.

A file without column names has a patient's values in their place. So a name stands in a message
only where its row is known to hold names: one of those that the configuration reads is among them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from scripts.lib.errors import Stop

LIKE = 0.8  # likeness to a declared name from which a name is no patient's value
PLACE = ("src_file", "src_sheet", "src_row")  # every staged part has them
HIDDEN = (
    " Its {} other column name(s) are not shown: they may be a patient's values. Does the file have"
    " a row of column names, and is it row {} (`header_row`)?"
)


def choose(wanted: str | list[str], there: Iterable[str]) -> str | None:
    """The first of the wanted raw columns that the file has."""
    names = [wanted] if isinstance(wanted, str) else wanted
    return next((name for name in names if name in there), None)


def shown_names(there: Sequence[str], declared: Iterable[str]) -> dict[str, str]:
    """For each column of a file its name as a message may show it, else `column 3`.

    Parameters
    ----------
    there
        The names in their order; those that may be data are shown by their place.
    declared
        Names that the configuration reads, drops or knows.
    """
    known = set(declared)
    if known & set(there):
        return {name: name for name in there}
    return {
        name: name if difflib.get_close_matches(name, known, n=1, cutoff=LIKE) else f"column {n}"
        for n, name in enumerate(there, 1)
    }


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
        shown = shown_names(there, known - set(PLACE))
        by_name = [n for n in new or there if shown[n] == n]
        masked = sum(name != text for name, text in shown.items())
        hidden = HIDDEN.format(masked, settings.get("header_row", 1)) if masked else ""
        for w in dict.fromkeys(w if isinstance(w, str) else " or ".join(w) for w in lost):
            near = difflib.get_close_matches(w, by_name, n=1, cutoff=0.3)
            lines.append(f"`{w}`" + (f" (nearest: `{near[0]}`)" if near else ""))
        raise Stop(
            f"{name}: no column {', '.join(lines)}. Correct the column name under `from`, or put "
            f"it under `optional` where this file may lack it.{hidden}"
        )
    return new
