"""Draw adverse events by term and grade: percentages of both arms, and their differences.

Inputs
    ard   results/ard/ae_rates.csv
Outputs
    results/figures/ae_rates.svg, .pdf, .png   180 mm wide
Source
    Two arms stand back to back (butterfly); of more arms each has a panel. Differences as in Amit,
    Heiberger and Lane, Pharm Stat 7:20-35, 2008. Every number is a row of the ARD.
"""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from scripts.lib.analysis.ard import ArdIndex, read_ard
from scripts.lib.display.effect_cells import Analysis, compared_arms
from scripts.lib.display.event_names import term_name
from scripts.lib.display.figures import (
    GREY,
    INK,
    LINE,
    MARGIN,
    SMALL,
    TEXT,
    Page,
    colour_of,
    notice_height,
    save,
    text_width,
    wrap_into,
    write_notice,
)
from scripts.lib.errors import Stop, run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WIDTH = 180.0
ROW, APART = 6.2, 2.2  # mm: a term at least, and from one difference to the next
HEAD, FOOT = 17.0, 10.0
LINES = 3  # that the head has room for below its legend
DIFFERENCE = 0.40  # share of the width for the panel of differences
GAP = 6.0
UNNAMED = 40.0  # mm for the names where there is no term
NAMES = 62.0  # mm for the names at most; longer ones are set in lines
LIGHT = 0.38
TICKS = (1, 2, 5, 10, 20, 25, 50, 100)
Box = tuple[float, float, float, float]  # left, top, width, height in mm


class Term(NamedTuple):
    """One term: its name; per grade and arm percentage, text and difference (low, middle, high)."""

    name: str
    percent: list[dict[str, tuple[float, str]]]
    difference: list[dict[str, tuple[float, float, float] | None]]


def terms(ard: ArdIndex, settings: dict[str, Any]) -> list[Term]:
    """Terms by how many patients had them, in any grade."""
    figure = settings["part"]["figure"]
    key = {"population": figure["window"], "variable": figure["any_grade"]}
    rows = ard.select(group="", statistic="n", **key)
    if not rows:
        raise Stop(
            f"config/sensitivity.yaml: ae_rates.figure.any_grade: {figure['any_grade']} is not "
            "counted by term. Name a variable of statistics.adverse_events.counts that has `by`."
        )
    ordered = sorted(rows, key=lambda row: -(row.number or 0))
    return [_term(ard, row.level, settings) for row in ordered if row.number]


def _term(ard: ArdIndex, level: str, settings: dict[str, Any]) -> Term:
    figure, study = settings["part"]["figure"], settings["study"]
    percents, differences = [], []
    for variable in (figure["any_grade"], figure["severe"]):
        key = {"population": figure["window"], "variable": variable, "level": level}
        shares = {}
        for arm in study["arms"]:
            row = ard.find(statistic="percent", group=arm["id"], **key)
            shares[arm["id"]] = (row.number or 0.0, row.display) if row else (0.0, "")
        percents.append(shares)
        differences.append(
            {arm: _difference(ard, key | {"group": arm}) for arm, _ in compared_arms(study)}
        )
    name = term_name(settings["names"], figure["any_grade"], level)
    return Term(name, percents, differences)


def _difference(ard: ArdIndex, key: dict[str, str]) -> tuple[float, float, float] | None:
    names = ("_ci_low", "", "_ci_high")
    low, middle, high = (ard.number(statistic=f"risk_difference{n}", **key) for n in names)
    return None if low is None or middle is None or high is None else (low, middle, high)


def draw(ard: ArdIndex, settings: dict[str, Any]) -> Page:
    """The whole figure."""
    study, found = settings["study"], terms(ard, settings)
    notice = study["notice"]
    row = max(ROW, APART * (2 * len(study["arms"]) - 1))
    body = row * max(len(found), 1)
    page = Page(WIDTH, MARGIN + HEAD + body + FOOT + notice_height(notice, WIDTH) + MARGIN)
    top = MARGIN + HEAD
    longest = max((text_width(term.name) for term in found), default=UNNAMED)
    names = min(longest, NAMES) + 2
    room = WIDTH - 2 * MARGIN - names - GAP
    several = bool(compared_arms(study))
    right = room * DIFFERENCE if several else 0.0
    for number in range(0, len(found), 2):
        page.shade(MARGIN, top + row * number, WIDTH - 2 * MARGIN, row)
    for number, term in enumerate(found):
        _write_name(page, top + row * (number + 0.5), term.name, names - 2)
    if not found:
        page.text(MARGIN + 1, top + row * 0.5, _nothing(ard, settings), color=GREY)
    _write_window(page, top, names, settings["part"])
    _draw_shares(page, (MARGIN + names, top, room - right, body), found, settings)
    if several:
        box = (WIDTH - MARGIN - right, top, right - 2, body)
        _draw_differences(page, box, found, settings)
    _draw_legend(page, settings)
    write_notice(page, notice)
    return page


def _write_name(page: Page, y: float, name: str, width: float) -> None:
    """A term's name, in two smaller lines where it is too long for one."""
    lines, size = [name], TEXT
    if text_width(name) > width:
        lines, size = wrap_into(name, width, 2, SMALL)
    for place, line in enumerate(lines):
        middle = y + LINE * 0.8 * (place - (len(lines) - 1) / 2)
        page.text(MARGIN + 1, middle, line, size)


def _nothing(ard: ArdIndex, settings: dict[str, Any]) -> str:
    """What stands in a figure without terms."""
    key = {"variable": settings["part"]["figure"]["any_grade"], "statistic": "n"}
    absent = any(row.not_collected for row in ard.select(**key))
    return "Not collected" if absent else "No event"


def _write_window(page: Page, y: float, width: float, part: dict[str, Any]) -> None:
    """When the events counted, above the terms."""
    chosen = part["figure"]["window"]
    label = next(window["label"] for window in part["windows"] if window["id"] == chosen)
    lines, size = wrap_into(label, width, LINES, SMALL)
    for number, line in enumerate(reversed(lines)):
        page.text(MARGIN + 1, y - 3.2 - LINE * number, line, size, color=GREY)


def _draw_shares(page: Page, box: Box, found: list[Term], settings: dict[str, Any]) -> None:
    """Bars of the arms: two back to back, more side by side; the severe ones dark within."""
    arms = settings["study"]["arms"]
    x, y, width, height = box
    each = (width - GAP * (len(arms) - 1) * (len(arms) > 2)) / len(arms)
    end, step = _scale(found, each)
    for order, arm in enumerate(arms):
        butterfly = len(arms) == 2
        axes = page.axes(x + order * (each + GAP * (not butterfly)), y, each, height)
        turned = butterfly and order == 0
        _frame(axes, len(found), (end, 0) if turned else (0, end))
        axes.set_xticks([tick for tick in range(0, end + 1, step) if tick or not turned])
        axes.set_xlabel("Patients (%)", fontsize=TEXT, labelpad=2.5)
        colour = colour_of(order, settings["colours"])
        side = "right" if turned else "left"
        for number, term in enumerate(found):
            (value, _), (severe, _) = (shares[arm["id"]] for shares in term.percent)
            words = _numbers(term, arm["id"])
            middle = number + 0.5
            axes.barh(middle, value, 0.62, color=paler(colour), lw=0)
            axes.barh(middle, severe, 0.62, color=colour, lw=0)
            axes.text(
                value + end * 0.015,
                middle + 0.02,
                words,
                fontsize=SMALL,
                ha=side,
                va="center_baseline",
            )
        left = x + order * (each + GAP * (not butterfly))
        lines, size = wrap_into(arm["label"], each - 1, LINES, TEXT, "bold")
        for number, line in enumerate(reversed(lines)):
            up = y - 3.2 - LINE * number
            page.text(left + each / 2, up, line, size, ha="center", weight="bold")
    if len(arms) == 2:
        page.line((x + each, x + each), (y, y + height))


def _numbers(term: Term, arm: str) -> str:
    """Percentage in any grade / severe."""
    return " / ".join(shares[arm][1] or "0" for shares in term.percent)


def _scale(found: list[Term], width: float) -> tuple[int, int]:
    """End of the axis of an arm, with room for the numbers beside the bars, and its step."""
    needed = 1.0
    for term in found:
        for arm, (value, _) in term.percent[0].items():
            words = (text_width(_numbers(term, arm), SMALL) + 2) / width
            needed = max(needed, value / (1 - min(words, 0.8)))
    return 5 * math.ceil(needed / 5), _step(needed, 3)


def paler(colour: str) -> tuple[float, float, float]:
    """The colour mixed with white; opaque, so that no ground shows through."""
    red, green, blue = (1 - LIGHT * (1 - part) for part in to_rgb(colour))
    return red, green, blue


def _frame(axes: Axes, rows: int, limits: tuple[float, float]) -> None:
    axes.set(xlim=limits, ylim=(max(rows, 1), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)


def _step(end: float, most: int) -> int:
    """Distance of ticks so that at most so many lie above 0."""
    return next((step for step in TICKS if end / step <= most), TICKS[-1])


def _draw_differences(page: Page, box: Box, found: list[Term], settings: dict[str, Any]) -> None:
    """Differences with limits: any grade filled, severe open; one colour an arm."""
    (x, y, width, height), study = box, settings["study"]
    arms = compared_arms(study)
    order = [arm["id"] for arm in study["arms"]]
    ends = [v for t in found for grade in t.difference for d in grade.values() if d for v in d]
    reach = max([abs(v) for v in ends] + [1.0])
    step = _step(reach, 3)
    end = step * math.ceil(reach / step)
    axes = page.axes(x, y, width, height)
    _frame(axes, len(found), (-end, end))
    axes.set_xticks(range(-end, end + 1, step))
    axes.set_xlabel("Difference, percentage points", fontsize=TEXT, labelpad=2.5)
    axes.axvline(0, color=INK, lw=0.6, zorder=1)
    lines = [(arm, grade) for grade in (0, 1) for arm, _ in arms]
    for number, term in enumerate(found):
        for place, (arm, grade) in enumerate(lines):
            found_here = term.difference[grade][arm]
            if found_here is None:
                continue
            low, middle, high = found_here
            at = number + 0.5 + (place - (len(lines) - 1) / 2) * 0.44 / max(len(lines) - 1, 1)
            colour = INK if len(arms) == 1 else colour_of(order.index(arm), settings["colours"])
            axes.plot((low, high), (at, at), color=colour, lw=0.9, zorder=2)
            face = "white" if grade else colour
            look = {"marker": "o", "ms": 3.4, "mfc": face, "mec": colour, "mew": 0.8}
            axes.plot(middle, at, zorder=3, **look)  # type: ignore[arg-type]
    _draw_direction(page, x, y, width, study)


def _draw_direction(page: Page, x: float, y: float, width: float, study: dict[str, Any]) -> None:
    """Above the differences: in whom the events are more frequent."""
    labels = {arm["id"]: arm["label"] for arm in study["arms"]}
    others = [label for arm, label in labels.items() if arm != study["reference"]]
    left = f"More with {labels[study['reference']]}"
    right = (
        f"More with {others[0]}" if len(others) == 1 else f"Fewer with {labels[study['reference']]}"
    )
    middle = x + width / 2
    for sign, words in ((-1, left), (1, right)):
        lines, size = wrap_into(words, width / 2 - 7, LINES, SMALL)
        for number, line in enumerate(reversed(lines)):
            side = "right" if sign < 0 else "left"
            page.text(middle + sign * 6.5, y - 3.2 - LINE * number, line, size, ha=side)
        page.arrow(middle + sign * 1.2, y - 3.2, middle + sign * 5.4, y - 3.2)


def _draw_legend(page: Page, settings: dict[str, Any]) -> None:
    """What light and dark, filled and open mean."""
    level = f"{100 * settings['study']['confidence_level']:g}% CI"
    x, y = MARGIN + 1, MARGIN + 2.5
    labels = settings["part"]["figure"]["grade_labels"]
    for grade, words in enumerate(labels):
        tint = GREY if grade else paler(GREY)
        page.box(x, y - 1.3, 2.6, 2.6, facecolor=tint, edgecolor="none")
        page.line((x + 4.2, x + 9.2), (y, y), lw=0.9)
        look = {"marker": "o", "ms": 3.4, "mfc": "white" if grade else INK, "mec": INK, "mew": 0.8}
        page.line((x + 6.7,), (y,), **look)
        text = f"{words} (%; difference with {level})"
        width = min(text_width(text), (WIDTH - 2 * MARGIN) / len(labels) - 18.6)
        page.text(x + 10.6, y, text, room=width)
        x += 10.6 + width + 8


def main(smk: Any) -> None:
    """Draw and save the figure."""
    settings = smk.params.settings
    page = draw(Analysis(read_ard(*smk.input.ard)), settings)
    save(page, smk.output, settings["part"]["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
