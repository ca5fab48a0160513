"""One forest panel: subgroups with counts and medians per arm, hazard ratios on a log axis.

Everything shown is handed in; nothing is estimated here. All lengths are millimetres.
"""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from scripts.lib.display.figures import GREY, INK, LINE, MARGIN, SMALL, Page, wrap_into
from scripts.lib.display.forest_columns import (
    INDENT,
    UNDER_HEAD,
    Columns,
    Forest,
    Row,
    arm_heads,
    break_labels,
    fit_columns,
    head_height,
    text_columns,
    weight_of,
)

ROW = 3.25  # mm
PAGE_WIDTH = 176.0  # mm, of the page between its margins
FOOT = 11.5  # axis labels and the direction of benefit
MARK = (0.9, 2.3)  # mm: side of the smallest and the largest square
REACH = 4.0  # intervals set the ends of the axis only up to this factor from their estimate
TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
APART = 5.0  # mm between ticks at least
REMARK_UP = 0.15  # mm: a remark stands close to its line


def forest_height(forest: Forest) -> float:
    """Height that `draw_forest` needs."""
    break_labels(forest, PAGE_WIDTH)
    foot = FOOT if any(row.ratio for row in forest.rows) else 0.0
    return 6 + head_height(forest) + ROW * len(forest.rows) + foot


def draw_forest(page: Page, x: float, y: float, width: float, forest: Forest) -> None:
    """Draw the panel with its upper left corner at (x, y)."""
    break_labels(forest, PAGE_WIDTH)
    page.heading(x, y + 2, forest.letter, forest.title, width)
    left, top = x + 2, y + 6
    columns = fit_columns(left, width - 2, forest)
    _draw_head(page, left, top, x + width, columns, forest)
    body = top + head_height(forest)
    _shade(page, left - 1, body, width - 1, forest.rows)
    for number, row in enumerate(forest.rows):
        _write_row(page, left, body + ROW * (number + 0.5), columns, row)
    if not any(row.ratio for row in forest.rows):
        return  # an empty axis says nothing; every line says why
    axes = _draw_axis(page, columns.plot, body, forest)
    most = max((row.events for row in forest.rows if not row.overall), default=1)
    for number, row in enumerate(forest.rows):
        if row.ratio:
            _draw_ratio(axes, len(forest.rows) - number - 0.5, row, most)
    _draw_foot(page, columns.plot, body + ROW * len(forest.rows), forest)


def _draw_head(
    page: Page, left: float, top: float, right: float, columns: Columns, forest: Forest
) -> None:
    line = top + head_height(forest) - 0.7
    lower = line - UNDER_HEAD + 0.7 - LINE / 2
    bold = {"size": SMALL, "weight": "bold"}
    page.text(left, lower, forest.head, **bold)  # type: ignore[arg-type]
    for name, middles in zip(arm_heads(forest), columns.arms, strict=True):
        for number, text in enumerate(reversed(name), start=1):
            middle = sum(middles) / len(middles)
            page.text(middle, lower - LINE * number, text, ha="center", **bold)  # type: ignore[arg-type]
        for middle, head in zip(middles, forest.arm_columns, strict=True):
            page.text(middle, lower, head, SMALL, ha="center", color=GREY)
    for middle, (head, _) in zip(columns.texts, text_columns(forest), strict=True):
        page.text(middle, lower, head, ha="center", **bold)  # type: ignore[arg-type]
    if len(columns.texts) > 2:
        above = forest.last_head[0]
        page.text(columns.texts[2], lower - LINE, above, ha="center", **bold)  # type: ignore[arg-type]
    page.line((left - 1, right), (line, line))


def _shade(page: Page, x: float, y: float, width: float, rows: list[Row]) -> None:
    """A light ground behind every other factor, so that the eye keeps to its line."""
    headings = any(row.heading for row in rows)
    each = any(row.remark for row in rows) and not headings  # lines with remarks of their own
    factor = 0
    for number, row in enumerate(rows):
        factor += (row.heading and not row.goes_on) or (each and not (row.remark or row.below))
        if factor % 2:
            page.shade(x, y + ROW * number, width, ROW)


def _write_row(page: Page, left: float, y: float, columns: Columns, row: Row) -> None:
    indent = 0 if row.heading or row.overall else INDENT
    if row.remark:
        page.text(left + 2 * INDENT, y - REMARK_UP, row.label, SMALL, color=GREY)
        return
    page.text(left + indent, y, row.label, weight=weight_of(row))
    if row.below:
        return
    for middles, cells in zip(columns.arms, row.arms, strict=False):
        for middle, cell in zip(middles, cells, strict=True):
            page.text(middle, y, cell, ha="center")
    texts = (row.ratio_text, row.p, row.last)
    for number, (middle, text) in enumerate(zip(columns.texts, texts, strict=False)):
        known = row.ratio or number
        page.text(middle, y, text, ha="center", color=INK if known else GREY)


def axis_limits(forest: Forest) -> tuple[float, float]:
    """Limits of the axis: as configured, else the ticks that hold the intervals, 1 within."""
    if forest.limits:
        return forest.limits
    ratios = [r.ratio for r in forest.rows if r.ratio]
    low = min((max(low, hr / REACH) for hr, low, _ in ratios), default=1)
    high = max((min(high, hr * REACH) for hr, _, high in ratios), default=1)
    below = max((t for t in TICKS if t <= min(low, 0.5)), default=TICKS[0])
    above = min((t for t in TICKS if t >= max(high, 2.0)), default=TICKS[-1])
    return below, above


def axis_ticks(low: float, high: float, width: float) -> list[float]:
    """Ticks between the ends, at least `APART` mm apart; 1 is always among them."""
    inside = [t for t in TICKS if low <= t <= high]
    room = width * math.log(2) / math.log(high / low)
    return inside if room >= APART else [t for t in inside if math.log10(t).is_integer()]


def _draw_axis(page: Page, plot: tuple[float, float], y: float, forest: Forest) -> Axes:
    height = ROW * len(forest.rows)
    axes = page.axes(plot[0], y, plot[1] - plot[0], height)
    low, high = axis_limits(forest)
    axes.set(xscale="log", xlim=(low, high), ylim=(0, len(forest.rows)), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    ticks = axis_ticks(low, high, plot[1] - plot[0])
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.minorticks_off()
    axes.axvline(1, color=INK, lw=0.6, zorder=1)
    for row in forest.rows:
        if row.overall and row.ratio:
            axes.axvline(row.ratio[0], color=GREY, lw=0.6, dashes=(4, 2.5), zorder=1)
    return axes


def _draw_ratio(axes: Axes, y: float, row: Row, most_events: int) -> None:
    assert row.ratio is not None
    hr, low, high = row.ratio
    left, right = axes.get_xlim()
    shown = (max(low, left), min(high, right))
    if row.overall:
        corners = [(low, y), (hr, y + 0.36), (high, y), (hr, y - 0.36)]
        axes.add_patch(Polygon(corners, closed=True, facecolor=INK, edgecolor="none", zorder=4))
        return
    axes.plot(shown, (y, y), color=INK, lw=0.9, zorder=3)
    for limit, end, marker in ((low, left, "<"), (high, right, ">")):
        if not left <= limit <= right:
            axes.plot(end, y, marker=marker, ms=3, color=INK, mew=0, clip_on=False, zorder=3)
    if left <= hr <= right:
        _draw_square(axes, hr, y, row, most_events)


def _draw_square(axes: Axes, hr: float, y: float, row: Row, most_events: int) -> None:
    """A square at `hr` whose area grows with the number of events; hollow as the row says."""
    side = max(MARK[1] * math.sqrt(row.events / max(most_events, 1)), MARK[0])
    points = side * 72 / 25.4
    look = {"mfc": "white", "mec": INK, "mew": 0.8} if row.hollow else {"color": INK, "mew": 0}
    axes.plot(hr, y, marker="s", ms=points, zorder=4, **look)  # type: ignore[arg-type]


def _draw_foot(page: Page, plot: tuple[float, float], y: float, forest: Forest) -> None:
    low, high = (math.log(v) for v in axis_limits(forest))
    one = plot[0] + (plot[1] - plot[0]) * (0 - low) / (high - low)
    base = y + 6.2
    page.text(one, base, "Hazard ratio (log scale)", SMALL, ha="center", color=GREY)
    base += LINE
    for sign, text in ((-1, forest.favours[0]), (1, forest.favours[1])):
        side = "right" if sign < 0 else "left"
        page.arrow(one + sign * 1.5, base, one + sign * 6.5, base)
        start = one + sign * 7.5
        room = start - MARGIN if sign < 0 else page.width - MARGIN - start
        lines, size = wrap_into(text, room, 2, SMALL)
        for number, line in enumerate(lines):
            page.text(start, base + LINE * number * size / SMALL, line, size, ha=side)
