"""Lines of dots: labels at the left, beside them strips that each have a log axis and a limit.

Everything shown is handed in; nothing is estimated here. All lengths are millimetres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from scripts.lib.display.figures import (
    GREY,
    LINE,
    MARGIN,
    SMALL,
    TEXT,
    Page,
    notice_height,
    text_width,
    wrap,
    write_notice,
)

ROW = 4.1  # mm, a line
FOOT = 10.0  # mm, ticks and name of the axes
GAP, STRIPS = 5.0, 7.5  # between columns, and between strips
REMARK = 3.0  # from one remark to the next
INDENT = 5.0  # of remarks
LABEL = 66.0  # a longer label is set in lines
APART = 1.5  # between the names of two ticks at least
NOTHING = 0.5  # where a log axis that has a nought shows it
BETWEEN = 3.0  # between panels

Look = dict[str, Any]  # of a mark
Legend = list[tuple[Look, str]]
LIMIT: Look = {"color": GREY, "lw": 0.7, "dashes": (4, 2.5)}


class Dot(NamedTuple):
    """One mark: its value, how it looks, and how many mm it stands below the middle."""

    value: float
    look: Look
    below: float = 0.0


@dataclass
class Line:
    """One line: its label, a text beside it, and remarks in small type below."""

    label: str
    text: str = ""
    remarks: list[str] = field(default_factory=list)
    bold: bool = False


@dataclass
class Strip:
    """A column of dots over one axis; `cells` are by line, words where there is no dot."""

    head: str
    limit: float
    cells: list[list[Dot] | str]
    ends: tuple[float, float]  # that the axis reaches at least
    lowest: float = 0.0  # a dot below it is an arrow at the end of the axis
    room: float = 1.2  # the axis goes on behind the largest dot by this factor
    nought: bool = False  # counts: the axis has a 0
    name: str = "log scale"  # of the axis

    @property
    def dots(self) -> list[Dot]:
        """Every dot."""
        return [dot for cell in self.cells if not isinstance(cell, str) for dot in cell]


@dataclass
class DotPanel:
    """What one panel shows."""

    letter: str
    title: str
    head: str  # of the labels
    lines: list[Line]
    strips: list[Strip]
    text_head: str = ""
    row: float = ROW


class Places(NamedTuple):
    """Where the columns stand: middle of the texts, left and width of each strip."""

    text: float
    strips: list[tuple[float, float]]


def columns(panel: DotPanel, left: float, width: float) -> Places:
    """Labels and texts as wide as they are; the strips share the rest."""
    widths = [
        text_width(part, TEXT, _weight(line))
        for line in panel.lines
        for part in _label(line)
    ]  # fmt: skip
    texts = [text_width(line.text) for line in panel.lines]
    head = max((text_width(part, SMALL) for part in panel.text_head.split("\n")), default=0.0)
    column = max([*texts, head]) + GAP if panel.text_head else 0.0
    start = left + max([*widths, text_width(panel.head, SMALL, "bold")]) + column + GAP
    each = (left + width - start - STRIPS * (len(panel.strips) - 1)) / len(panel.strips)
    strips = [(start + number * (each + STRIPS), each) for number in range(len(panel.strips))]
    return Places(start - GAP - (column - GAP) / 2, strips)


def _weight(line: Line) -> str:
    return "bold" if line.bold else "normal"


def _label(line: Line) -> list[str]:
    return wrap(line.label, LABEL, TEXT, _weight(line))


def _remarks(line: Line, width: float) -> list[str]:
    return [part for text in line.remarks for part in wrap(text, width - INDENT, SMALL)]


def _band(line: Line, panel: DotPanel) -> float:
    """Height of a line without its remarks."""
    return panel.row + LINE * (len(_label(line)) - 1)


def _head(strip: Strip, width: float) -> list[str]:
    """Head of a strip in lines; it has line breaks of its own."""
    parts = strip.head.split("\n")
    return [line for part in parts for line in wrap(part, width, SMALL, "bold")]


def head_height(panel: DotPanel, width: float) -> float:
    """Height of the title and of the columns' heads."""
    each = columns(panel, 0, width).strips[0][1]
    lines = [len(_head(strip, each)) for strip in panel.strips] + [panel.text_head.count("\n") + 1]
    return (6.0 if panel.title else 0.0) + LINE * max(lines) + 1.5


def _inner(page_width: float) -> float:
    return page_width - 2 * MARGIN - 4


def panel_height(panel: DotPanel, page_width: float) -> float:
    """Height that `draw_panel` needs."""
    width = _inner(page_width)
    body = sum(_band(line, panel) + REMARK * len(_remarks(line, width)) for line in panel.lines)
    return head_height(panel, width) + body + FOOT


def draw_panel(page: Page, y: float, panel: DotPanel) -> None:
    """Draw the panel between the margins, its upper edge at `y`."""
    left, width = MARGIN + 2, _inner(page.width)
    places = columns(panel, left, width)
    if panel.title:
        page.heading(MARGIN, y + 2, panel.letter, panel.title, page.width - 2 * MARGIN)
    top = y + head_height(panel, width)
    _write_heads(page, left, top - 1.5, places, panel)
    tops = []
    for number, line in enumerate(panel.lines):
        tops.append(top)
        remarks = _remarks(line, width)
        height = _band(line, panel) + REMARK * len(remarks)
        if number % 2 == 0:
            page.shade(MARGIN, top, page.width - 2 * MARGIN, height)
        _write_line(page, left, top, places, line, panel)
        for place, text in enumerate(remarks):
            at = top + _band(line, panel) + REMARK * (place + 0.5) - 0.5
            page.text(left + INDENT, at, text, SMALL, color=GREY)
        top += height
    bands = [_band(line, panel) for line in panel.lines]
    for strip, (x, each) in zip(panel.strips, places.strips, strict=True):
        _draw_strip(page, (x, tops[0], each, top - tops[0]), strip, tops, bands)


def _write_heads(page: Page, left: float, bottom: float, places: Places, panel: DotPanel) -> None:
    """Heads of the columns, their last lines beside each other."""
    page.text(left, bottom - LINE / 2, panel.head, SMALL, weight="bold")
    for number, text in enumerate(reversed(panel.text_head.split("\n"))):
        page.text(places.text, bottom - LINE * (number + 0.5), text, SMALL, ha="center", color=GREY)
    for strip, (x, each) in zip(panel.strips, places.strips, strict=True):
        for number, text in enumerate(reversed(_head(strip, each))):
            page.text(x, bottom - LINE * (number + 0.5), text, SMALL, weight="bold")


def _write_line(
    page: Page, left: float, top: float, places: Places, line: Line, panel: DotPanel
) -> None:
    for number, text in enumerate(_label(line)):
        page.text(left, top + panel.row / 2 + LINE * number, text, weight=_weight(line))
    page.text(places.text, top + _band(line, panel) / 2, line.text, ha="center")


def axis_ends(strip: Strip) -> tuple[float, float]:
    """Ends of the axis: what it reaches at least, and every dot that is no arrow."""
    seen = [max(dot.value, strip.lowest) for dot in strip.dots]
    seen = [value for value in seen if value > 0]
    low = NOTHING if strip.nought else min([strip.ends[0], *seen])
    return low, max([strip.ends[1], *(value * strip.room for value in seen)])


def axis_ticks(low: float, high: float, width: float) -> list[float]:
    """1, 2 and 5 of each power of ten, or fewer where their names would touch."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for parts, every in (((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3)):
        found = [p * 10.0**power for power in powers if power % every == 0 for p in parts]
        inside = [tick for tick in found if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
        if _apart(inside, width / math.log10(high / low)):
            return inside
    return inside[:1]


def _apart(ticks: list[float], decade: float) -> bool:
    """Whether the names of the ticks have room, a power of ten being `decade` mm long."""
    ends = [(decade * math.log10(tick), text_width(f"{tick:g}") / 2) for tick in ticks]
    pairs = zip(ends, ends[1:], strict=False)
    return all(left + half + APART <= right - other for (left, half), (right, other) in pairs)


def _draw_strip(
    page: Page,
    box: tuple[float, float, float, float],
    strip: Strip,
    tops: list[float],
    bands: list[float],
) -> None:
    """Dots of every line over one axis; without any dot no axis, the words alone."""
    x, y, width, height = box
    middles = [top + band / 2 for top, band in zip(tops, bands, strict=True)]
    for middle, cell in zip(middles, strip.cells, strict=True):
        if isinstance(cell, str):
            page.text(x, middle, cell, SMALL, color=GREY)
    if not strip.dots:
        if not any(strip.cells):
            page.text(x, middles[0], "nothing to show", SMALL, color=GREY)
        return
    axes = page.axes(x, y, width, height)
    low, high = axis_ends(strip)
    axes.set(xscale="log", xlim=(low, high), ylim=(y + height, y), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    ticks = [tick for tick in axis_ticks(low, high, width) if tick >= 1 or not strip.nought]
    named = [f"{tick:g}" for tick in ticks]
    if strip.nought:
        ticks, named = [NOTHING, *ticks], ["0", *named]
    axes.set_xticks(ticks, named)
    axes.minorticks_off()
    page.text(x + width / 2, y + height + 6.2, strip.name, SMALL, ha="center", color=GREY)
    for middle, band, cell in zip(middles, bands, strip.cells, strict=True):
        if isinstance(cell, str) and cell:
            continue  # no line through the words
        ends = (middle - band / 2, middle + band / 2)
        axes.plot((strip.limit,) * 2, ends, zorder=1, **LIMIT)
        for dot in () if isinstance(cell, str) else cell:
            beyond = dot.value < low and not strip.nought
            look = dot.look | ({"marker": "<"} if beyond else {})
            at = (max(dot.value, low), middle + dot.below)
            axes.plot(*at, ls="none", clip_on=False, zorder=3, **look)


def draw(panels: list[DotPanel], legend: Legend, width: float, notice: str) -> Page:
    """Legend, panels below each other, and the study's notice at the foot."""
    heights = [panel_height(panel, width) for panel in panels]
    top = MARGIN + LINE + BETWEEN
    total = top + sum(heights) + BETWEEN * (len(panels) - 1)
    page = Page(width, total + notice_height(notice, width))
    _write_legend(page, MARGIN + LINE / 2, legend)
    for panel, height in zip(panels, heights, strict=True):
        draw_panel(page, top, panel)
        top += height + BETWEEN
    write_notice(page, notice)
    return page


def _write_legend(page: Page, y: float, legend: Legend) -> None:
    """Marks with their names on one line."""
    x = MARGIN + 4
    for look, text in legend:
        high = 1.7 if look is LIMIT else 0.0
        page.line((x, x), (y - high, y + high), **({"ls": "none"} | look))
        page.text(x + 3, y, text, SMALL)
        x += 3 + text_width(text, SMALL) + 6
