"""A patient's time line as inline SVG: what lasts as bars, what happens as marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

WIDTH, LEFT, RIGHT = 1080, 150, 24
LINE, HEAD, LETTER = 17, 40, 6.0
BAD, GOOD = {"PD", "dead"}, {"CR", "PR"}


class Item(NamedTuple):
    """Something dated: a mark, or a bar where it has an end."""

    start: dt.date
    end: dt.date | None
    text: str
    tone: str = ""
    row: str = ""  # anchor of its record on the page


class Band(NamedTuple):
    """A line of the picture with its items."""

    label: str
    items: list[Item]


class Upright(NamedTuple):
    """A date that goes through every line."""

    date: dt.date
    text: str
    kind: str


def tone_of(words: Iterable[str]) -> str:
    """Colour of a mark: progression and death, response, or neither."""
    found = set(words)
    return "bad" if found & BAD else "good" if found & GOOD else ""


def draw(bands: Sequence[Band], uprights: Sequence[Upright]) -> str:
    """The SVG; empty where nothing has a date."""
    dates = [i.start for b in bands for i in b.items] + [u.date for u in uprights]
    dates += [i.end for b in bands for i in b.items if i.end]
    if not dates:
        return ""
    first, last = min(dates), max(dates)
    span = max((last - first).days, 1)

    def x(date: dt.date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (date - first).days / span, 1)

    heads, rows = _packed([(x(u.date), u.text) for u in uprights])
    top = HEAD + rows * LINE
    parts, y = [], float(top)
    for band in bands:
        drawn, height = _band(band, x, y)
        parts.append(drawn)
        y += height
    return "".join(
        [
            f'<svg class="timeline" viewBox="0 0 {WIDTH} {y + 6:g}" role="img" '
            f'aria-label="Time line" xmlns="http://www.w3.org/2000/svg">',
            *_axis(first, last, x, y),
            *_uprights(uprights, heads, x, y),
            *parts,
            "</svg>",
        ]
    )


def _packed(items: Sequence[tuple[float, str]]) -> tuple[list[int], int]:
    """Sub-line of each text, so that none covers another; how many sub-lines there are."""
    free: list[float] = []
    places = [0] * len(items)
    for place in sorted(range(len(items)), key=lambda i: items[i][0]):
        at, text = items[place]
        end = at + 14 + LETTER * len(text)
        line = next((i for i, used in enumerate(free) if used <= at), len(free))
        free[line:line + 1] = [end]  # fmt: skip
        places[place] = line
    return places, len(free)


def _band(band: Band, x, y: float) -> tuple[str, float]:  # type: ignore[no-untyped-def]
    lines, count = _packed([(max(x(i.start), 0), i.text) for i in band.items])
    height = max(count, 1) * LINE + 8
    parts = [
        f'<line class="rule" x1="0" x2="{WIDTH}" y1="{y:g}" y2="{y:g}"/>',
        f'<text class="lane" x="4" y="{y + 15:g}">{escape(band.label)}</text>',
    ]
    for item, line in zip(band.items, lines, strict=True):
        parts.append(_item(item, x, y + 4 + line * LINE))
    return "".join(parts), height


def _item(item: Item, x, y: float) -> str:  # type: ignore[no-untyped-def]
    start, shown = x(item.start), item.start.isoformat()
    if item.end and item.end >= item.start:
        shown += f" to {item.end.isoformat()}"
        width = max(x(item.end) - start, 2)
        mark = f'<rect x="{start:g}" y="{y + 2:g}" width="{width:g}" height="11" rx="2"/>'
    else:
        mark = f'<circle cx="{start:g}" cy="{y + 7.5:g}" r="4.5"/>'
    text = escape(item.text)
    fits = start + 14 + LETTER * len(item.text) < WIDTH
    label = (
        f'<text x="{start + 8:g}" y="{y + 11.5:g}">{text}</text>'
        if fits
        else f'<text x="{start - 8:g}" y="{y + 11.5:g}" text-anchor="end">{text}</text>'
    )
    drawn = f'<g class="item {item.tone}"><title>{shown}: {text}</title>{mark}{label}</g>'
    return f'<a href="#{escape(item.row)}">{drawn}</a>' if item.row else drawn


def _axis(first: dt.date, last: dt.date, x, bottom: float) -> list[str]:  # type: ignore[no-untyped-def]
    parts = []
    years = range(first.year, last.year + 2)
    step = 1 if last.year - first.year > 3 else 2  # half-years in short courses
    ticks = [dt.date(year, month, 1) for year in years for month in (1, 7)[:step]]
    for tick in ticks:
        if first <= tick <= last:
            at, label = x(tick), tick.strftime("%Y" if tick.month == 1 else "%Y-%m")
            parts.append(f'<line class="tick" x1="{at:g}" x2="{at:g}" y1="18" y2="{bottom:g}"/>')
            parts.append(f'<text class="tick" x="{at + 3:g}" y="14">{label}</text>')
    return parts


def _uprights(items: Sequence[Upright], heads: list[int], x, bottom: float) -> list[str]:  # type: ignore[no-untyped-def]
    parts = []
    for item, line in zip(items, heads, strict=True):
        at, y = x(item.date), HEAD - 14 + line * LINE
        parts.append(
            f'<g class="upright {item.kind}"><title>{item.date.isoformat()}: {escape(item.text)}'
            f'</title><line x1="{at:g}" x2="{at:g}" y1="{y:g}" y2="{bottom:g}"/>'
        )
        room = at + 4 + LETTER * len(item.text) < WIDTH
        side = f'x="{at + 4:g}"' if room else f'x="{at - 4:g}" text-anchor="end"'
        parts.append(f'<text {side} y="{y + 10:g}">{escape(item.text)}</text></g>')
    return parts
