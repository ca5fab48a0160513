"""Drawing of grouped bars: the percentage of patients with each level, by arm."""

import math
from typing import Any

from matplotlib.axes import Axes

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.figures import (
    INK,
    LINE,
    MARGIN,
    POINT,
    SHIFT,
    SMALL,
    TEXT,
    Page,
    colour_of,
    notice_height,
    text_width,
    wrap,
    write_notice,
)
from scripts.lib.display.survival_results import p_text
from scripts.lib.errors import Stop

PLOT_HEIGHT = 62.0
BAR, SPACE = 9.5, 7.0  # mm: a bar, the gap between two sites
LEFT, TOP = 14.0, 9.0
LEAST, MOST = 85.0, 180.0


def bars(ard: ArdIndex, figure: dict[str, Any], arms: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Per variable its label, the P value, and per arm percentage and text `n (percent)`."""
    return [_site(ard, name, label, figure, arms) for name, label in figure["variables"].items()]


def _site(
    ard: ArdIndex, name: str, label: str, figure: dict[str, Any], arms: list[dict[str, str]]
) -> dict[str, Any]:
    key = {"analysis": figure["analysis"], "variable": name}
    if any(row.not_collected for row in ard.select(**key)):
        nothing = len(arms)
        return {
            "label": f"{label} (not collected)",
            "heights": [0.0] * nothing,
            "texts": [("", "")] * nothing,
            "p": "",
        }
    heights, texts = [], []
    for arm in arms:
        where = {**key, "group": arm["id"], "level": figure["level"]}
        percent = ard.find(statistic="percent", **where)
        if percent is None:
            raise Stop(
                f"report.figures.progression_sites: {name} has no level {figure['level']} in "
                f"{figure['analysis']}. Correct `variables` or `level`."
            )
        heights.append(percent.number or 0.0)
        texts.append((percent.display, ard.display(statistic="n", **where)))
    p = ard.find(statistic="p_value", **key) or ard.find(
        statistic="p_value", level=figure["level"], **key
    )
    return {"label": label, "heights": heights, "texts": texts, "p": p.display if p else ""}


def draw(ard: ArdIndex, settings: dict[str, Any]) -> Page:
    """The whole figure; its width follows from the number of bars."""
    figure, study = settings["figure"], settings["study"]
    arms = study["arms"]
    sites = bars(ard, figure, arms)
    group = BAR * len(arms) + SPACE
    width = min(max(LEFT + group * len(sites) + 2 * MARGIN, LEAST), MOST)
    plot = width - LEFT - 2 * MARGIN
    below = [wrap(site["label"], plot / len(sites) - 1) for site in sites]
    foot = LINE * max(map(len, below)) + 4
    notice = study["notice"]
    page = Page(width, TOP + PLOT_HEIGHT + foot + notice_height(notice, width) + MARGIN)
    axes = page.axes(MARGIN + LEFT, TOP, plot, PLOT_HEIGHT)
    _draw_axes(axes, sites, group, figure)
    for number, site in enumerate(sites):
        _draw_site(axes, number * group + SPACE / 2, site, settings)
        middle = MARGIN + LEFT + plot * (number + 0.5) / len(sites)
        for place, line in enumerate(below[number]):
            page.text(middle, TOP + PLOT_HEIGHT + 3 + LINE * place, line, ha="center")
    _draw_legend(page, arms, settings)
    write_notice(page, notice)
    return page


def _draw_axes(axes: Axes, sites: list[dict[str, Any]], group: float, figure: dict) -> None:
    """Axis of per cent with room for numbers and P above the highest bar."""
    highest = max(height for site in sites for height in site["heights"])
    top = 10 * math.ceil(max(highest, 1) / 10)
    axes.set(xlim=(0, group * len(sites)), ylim=(0, top * 1.22), xticks=[])
    axes.set_yticks(range(0, top + 1, 20 if top > 50 else 10))
    axes.spines["left"].set_bounds(0, top)
    axes.set_ylabel(figure["y_label"], fontsize=TEXT, labelpad=2.5)


def _draw_site(axes: Axes, left: float, site: dict[str, Any], settings: dict[str, Any]) -> None:
    """The bars of one site with their numbers, and the P value over a bracket."""
    unit = axes.get_ylim()[1] / PLOT_HEIGHT  # per cent in a millimetre
    for order, (height, texts) in enumerate(zip(site["heights"], site["texts"], strict=True)):
        x = left + BAR * order
        colour = colour_of(order, settings["colours"])
        axes.bar(x, height, BAR * 0.92, align="edge", color=colour, lw=0, zorder=2)
        for line, text in enumerate((f"({texts[1]})" if texts[1] else "", texts[0])):
            y = height + (1.6 + LINE * 0.9 * line - SHIFT * SMALL * POINT + 1) * unit
            axes.text(x + BAR * 0.46, y, text, fontsize=SMALL, ha="center", va="baseline")
    if site["p"]:
        _draw_p(axes, left, max(site["heights"]) + 9.0 * unit, unit, site, len(site["heights"]))


def _draw_p(
    axes: Axes, left: float, y: float, unit: float, site: dict[str, Any], count: int
) -> None:
    first, last = left + BAR * 0.46, left + BAR * (count - 0.54)
    if count > 1:
        ends = (y - unit, y, y, y - unit)
        axes.plot((first, first, last, last), ends, color=INK, lw=0.6)
    middle = (first + last) / 2
    axes.text(middle, y + 0.8 * unit, p_text(site["p"]), fontsize=SMALL, ha="center", va="baseline")


def _draw_legend(page: Page, arms: list[dict[str, str]], settings: dict[str, Any]) -> None:
    x = MARGIN + LEFT
    room = (page.width - MARGIN - x) / len(arms) - 11
    widths = [text_width(arm["label"]) for arm in arms]
    if sum(widths) + 11 * len(arms) - 7 > page.width - MARGIN - x:
        widths = [min(width, room) for width in widths]
    for order, (arm, width) in enumerate(zip(arms, widths, strict=True)):
        colour = colour_of(order, settings["colours"])
        page.box(x, 2.8, 2.6, 2.6, facecolor=colour, edgecolor="none")
        page.text(x + 4, 4.1, arm["label"], room=width)
        x += 4 + width + 7
