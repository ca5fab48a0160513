"""The course of a patient as a time line: what the lanes show, the endpoints, the cut-off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from scripts.lib.trace.timeline import Band, Item, Upright, draw, tone_of

Settings = Mapping[str, Any]
Lines = Sequence[Mapping[str, Any]]


def time_line(
    settings: Settings,
    records: Mapping[str, Lines],
    heads: Mapping[str, list[str]],
    endpoints: Lines,
) -> str:
    """The SVG of one patient.

    Parameters
    ----------
    settings
        `lanes` and `study`.
    records
        Rows of each table: `id`, `cells` (value and raw text of each column).
    heads
        Names of the columns of each table.
    endpoints
        Texts of the rows of every time-to-event dataset; those without a rule set are drawn.
    """
    bands = [
        Band(lane["label"], _items(lane, heads[lane["table"]], records[lane["table"]]))
        for lane in settings["lanes"]
    ]
    primary = [e for e in endpoints if not e["set"] and e["STARTDT"] and e["ADT"]]
    bands += [Band(e["PARAMCD"], [_ending(e)]) for e in primary]
    cutoff = Upright(_day(settings["study"]["data_cutoff"]), "data cut-off", "cutoff")
    return draw(bands, [*_starts(primary), *_events(primary), cutoff])


def _starts(endpoints: Lines) -> list[Upright]:
    """One line for each start, naming the endpoints that begin there."""
    found: dict[str, list[str]] = {}
    for e in endpoints:
        found.setdefault(e["STARTDT"], []).append(e["PARAMCD"])
    return [
        Upright(_day(date), f"start of {', '.join(dict.fromkeys(names))}", "start")
        for date, names in found.items()
    ]


def _events(endpoints: Lines) -> list[Upright]:
    """One line for each event."""
    found: dict[tuple[str, str], Upright] = {}
    for e in endpoints:
        if e["event"]:
            text = f"{e['PARAMCD']}: {e['EVNTDESC']}"
            found.setdefault((e["ADT"], e["EVNTDESC"]), Upright(_day(e["ADT"]), text, "event"))
    return list(found.values())


def _items(lane: Settings, heads: list[str], records: Lines) -> list[Item]:
    """Dated rows of a lane; a date that is withheld cannot be drawn."""
    items = []
    for record in records:
        cells = {head: cell[0] for head, cell in zip(heads, record["cells"], strict=True)}
        start = _try_day(cells.get(lane["start"], ""))
        words = [cells[column] for column in lane["shows"] if cells.get(column)]
        if start:
            end = _try_day(cells.get(lane["end"] or "", ""))
            items.append(Item(start, end, " · ".join(words), tone_of(words), record["id"]))
    return sorted(items, key=lambda item: (item.start, item.text))


def _ending(endpoint: Mapping[str, Any]) -> Item:
    """The time of an endpoint as a bar."""
    status = endpoint["EVNTDESC"] if endpoint["event"] else f"censored: {endpoint['EVNTDESC']}"
    text = f"{endpoint['AVAL']} days, {status}"
    tone = "bad" if endpoint["event"] else ""
    return Item(_day(endpoint["STARTDT"]), _day(endpoint["ADT"]), text, tone, endpoint["record"])


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _try_day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:  # none, or withheld
        return None
