"""One panel of Kaplan-Meier curves: summary lines, steps with censor marks, numbers at risk.

Everything shown is handed in; nothing is estimated here. All lengths are millimetres, all times
months.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes

from scripts.lib.analysis.curves import SOLID, Group
from scripts.lib.display.figures import (
    GREY,
    LIGHT,
    LINE,
    SMALL,
    TEXT,
    Page,
    text_width,
    wrap,
)
from scripts.lib.display.links import mark
from scripts.lib.errors import Stop

NARROW = 100.0  # mm; below, fewer ticks
STEPS = (1, 2, 3, 4, 6, 12, 24, 36, 60)  # months between ticks
SWATCH = 6.0  # mm of line before a label
GAP = 3.2  # mm between columns
AXIS_LEFT, AXIS_BELOW = 12.0, 9.0  # mm for the tick labels and the axis label
TOP = 2.0  # mm between the summary and the plot
DASHES = (SOLID, (0, (3.0, 1.2)), (0, (1.0, 0.9)), (0, (4.0, 1.0, 1.0, 1.0)))


@dataclass
class Panel:
    """What one panel shows; `columns` are the heads of the groups' `cells`."""

    letter: str
    title: str
    groups: list[Group]
    columns: list[str]
    remark: str  # below the summary, a line break between its lines
    options: dict[str, Any]
    plot_height: float
    ticks: list[int] = field(default_factory=list)
    lines: int = 0  # of the summary at least, so that the plots of neighbours are level


def choose_ticks(panel: Panel, width: float) -> list[int]:
    """Ticks in months to the end of the longest curve, where numbers at risk are known.

    They are `tick_months` apart (0: the least distance that leaves room for the numbers).

    Raises
    ------
    Stop
        The risk table lacks a number at a tick.
    """
    end = max([group.curve.time[-1] for group in panel.groups] + [1.0])
    if not all(group.curve.whole for group in panel.groups):
        return _months_shown(panel, end)
    most = 7 if width < NARROW else 13
    wanted = panel.options["tick_months"]
    years = 12 * math.ceil(end / most / 12)  # of a follow-up longer than any of the usual steps
    steps = [wanted] if wanted else [*(s for s in STEPS if end / s <= most), years]
    ticks = [list(range(0, step * math.ceil(end / step) + 1, step)) for step in steps]
    shows_risk = "at_risk" in panel.options["risk_table"]
    for months in ticks:
        numbers = (group.number_at_risk(month) for group in panel.groups for month in months)
        if not shows_risk or None not in numbers:
            return months
    raise Stop(
        f"no number at risk up to month {ticks[0][-1]}. Raise statistics.survival.until_months, or "
        "choose tick_months of the figure as a multiple of statistics.survival.every_months."
    )


def _months_shown(panel: Panel, end: float) -> list[int]:
    """Ticks of curves for release: the months that they show, where they are not too close."""
    ticks = [0]
    months = {int(time) for group in panel.groups for time in group.curve.time} | {round(end)}
    for month in sorted(months):
        if month - ticks[-1] >= end / 20 and end - month >= end / 20 or month == round(end):
            ticks.append(month)
    return ticks


def left_margin(panel: Panel, width: float) -> tuple[float, bool]:
    """Millimetres left of the plot, and whether the risk table has labels (else swatches)."""
    widest = max(text_width(group.label, SMALL) for group in panel.groups)
    written = widest + 4 <= 0.2 * width
    return (max(AXIS_LEFT, widest + 4) if written else AXIS_LEFT + 2), written


def label_lines(panel: Panel, width: float) -> list[list[str]]:
    """The groups' labels, wrapped so that the summary fits into `width`."""
    room = width - SWATCH - sum(w + GAP for w in column_widths(panel))
    return [wrap(group.label, room) for group in panel.groups]


def column_widths(panel: Panel) -> list[float]:
    """Width of each column of the summary."""
    cells = [panel.columns, *(group.cells for group in panel.groups)]
    return [max(text_width(cell) for cell in column) for column in zip(*cells, strict=True)]


def remark_lines(panel: Panel) -> list[str]:
    """Lines of the remark; none where there is none."""
    return panel.remark.splitlines()


def summary_lines(panel: Panel, width: float) -> int:
    """Lines of the summary: its head, the labels and the remark."""
    labels = label_lines(panel, width - 2)
    return max(sum(len(lines) for lines in labels) + 1 + len(remark_lines(panel)), panel.lines)


def panel_height(panel: Panel, width: float) -> float:
    """Height that `draw_panel` needs."""
    summary = summary_lines(panel, width)
    risk = len(panel.options["risk_table"]) * (len(panel.groups) + 1)
    return 6 + LINE * summary + TOP + panel.plot_height + AXIS_BELOW + LINE * risk + 1


def draw_panel(page: Page, x: float, y: float, width: float, panel: Panel) -> None:
    """Draw the panel with its upper left corner at (x, y)."""
    if not panel.groups:  # nothing to draw, and the remark says why
        page.heading(x, y + 2, panel.letter, panel.title, width)
        page.text(x + 2, y + 6 + LINE / 2, panel.remark, color=GREY)
        return
    margin, written = left_margin(panel, width)
    panel.ticks = choose_ticks(panel, width)
    page.heading(x, y + 2, panel.letter, panel.title, width)
    _draw_summary(page, x + 2, y + 6, width - 2, panel)
    y += 6 + LINE * summary_lines(panel, width) + TOP
    axes = page.axes(x + margin, y, width - margin - 3, panel.plot_height)
    _draw_axes(axes, panel)
    for group in panel.groups:
        _draw_curve(axes, group, panel.options)
    y += panel.plot_height + AXIS_BELOW
    for what in panel.options["risk_table"]:
        y = _draw_risk_table(page, axes, x + margin, y, panel, what, written)


def _draw_summary(page: Page, x: float, y: float, width: float, panel: Panel) -> None:
    widths, labels = column_widths(panel), label_lines(panel, width)
    first = x + SWATCH + max(text_width(line) for lines in labels for line in lines)
    middles = [first + GAP + w / 2 + sum(v + GAP for v in widths[:i]) for i, w in enumerate(widths)]
    for middle, head in zip(middles, panel.columns, strict=True):
        page.text(middle, y + LINE / 2, head, SMALL, ha="center", color=GREY)
    y += LINE
    for group, lines in zip(panel.groups, labels, strict=True):
        middle = y + LINE / 2
        page.line((x, x + SWATCH - 1), (middle, middle), **_stroke(group))
        for number, line in enumerate(lines):
            page.text(x + SWATCH, middle + number * LINE, line)
        for place, cell in zip(middles, group.cells, strict=True):
            page.text(place, middle, cell, ha="center")
        y += LINE * len(lines)
    for number, line in enumerate(remark_lines(panel)):
        page.text(x + SWATCH, y + LINE * (number + 0.5), line)


def _stroke(group: Group) -> dict[str, Any]:
    return {"color": group.colour, "lw": 1.3, "linestyle": group.dashes}


def _draw_axes(axes: Axes, panel: Panel) -> None:
    end = panel.ticks[-1]
    axes.set(xlim=(0, end), ylim=(0, 102), xticks=panel.ticks, yticks=range(0, 101, 20))
    axes.spines["left"].set_bounds(0, 100)
    axes.set_xlabel(panel.options["x_label"], fontsize=TEXT, labelpad=2.5)
    axes.set_ylabel(panel.options["y_label"], fontsize=TEXT, labelpad=2.5)
    medians = [g.median for g in panel.groups if g.median is not None]
    if panel.options["median_lines"] and medians:
        axes.plot((0, max(medians)), (50, 50), color=LIGHT, lw=0.6, dashes=(3, 2), zorder=1)
        for median in medians:
            axes.plot((median, median), (0, 50), color=LIGHT, lw=0.6, dashes=(3, 2), zorder=1)


def _draw_curve(axes: Axes, group: Group, options: dict[str, Any]) -> None:
    curve = group.curve
    percent = [100 * s for s in curve.survival]
    if not curve.whole:  # what happens between the months shown is not known: no step
        _draw_joined(axes, group, percent, options)
        return
    axes.step(curve.time, percent, where="post", zorder=3, clip_on=False, **_stroke(group))
    marks = [i for i, n in enumerate(curve.censored) if n]
    if marks:
        axes.plot(
            [curve.time[i] for i in marks],
            [percent[i] for i in marks],
            linestyle="none",
            marker="|",
            markersize=4.5,
            markeredgewidth=0.7,
            color=group.colour,
            zorder=4,
            clip_on=False,
        )
    if options["band"]:
        low, high = ([100 * v for v in limit] for limit in (curve.low, curve.high))
        axes.fill_between(
            curve.time, low, high, step="post", color=group.colour, alpha=0.13, lw=0, zorder=2
        )


def _draw_joined(axes: Axes, group: Group, percent: list[float], options: dict[str, Any]) -> None:
    """A curve for release: its value at the months shown, and straight lines between them."""
    curve = group.curve
    look: dict[str, Any] = {"marker": "o", "markersize": 3.0, "markeredgewidth": 0} | _stroke(group)
    axes.plot(curve.time, percent, zorder=3, clip_on=False, **look)
    if options["band"]:
        low, high = ([100 * v for v in limit] for limit in (curve.low, curve.high))
        axes.fill_between(curve.time, low, high, color=group.colour, alpha=0.13, lw=0, zorder=2)


RISK_HEADS = {
    "at_risk": "Number at risk",
    "censored": "Cumulative number censored",
    "events": "Cumulative number of events",
}


def _draw_risk_table(
    page: Page, axes: Axes, left: float, y: float, panel: Panel, what: str, written: bool
) -> float:
    box = axes.get_position()
    width = box.width * page.width
    page.text(left, y + LINE / 2, RISK_HEADS[what], SMALL, weight="bold")
    for group in panel.groups:
        y += LINE
        middle = y + LINE / 2
        if written:
            page.text(left - 3.5, middle, group.label, SMALL, ha="right", color=group.colour)
        else:
            page.line((left - 10, left - 5), (middle, middle), **_stroke(group))
        for month in panel.ticks:
            shown = group.number_at_risk(month) if what == "at_risk" else None
            number = shown if shown is not None else str(group.curve.counted(what, month))
            place = left + width * month / panel.ticks[-1]
            page.text(place, middle, number, SMALL, ha="center", gid=_traced(group, what, month))
    return y + LINE


def _traced(group: Group, what: str, month: int) -> str | None:
    """Id of a number at risk, where it is one of the results."""
    if what != "at_risk" or not group.key or month not in group.at_risk:
        return None
    return mark(**group.key, variable="time", level=str(month), statistic="at_risk")
