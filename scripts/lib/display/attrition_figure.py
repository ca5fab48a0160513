"""Drawing of the flow chart: boxes on the way down, who leaves beside them, an arm a way."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.display.figures import (
    GREY,
    LINE,
    MARGIN,
    SHADE,
    TEXT,
    Page,
    colour_of,
    notice_height,
    wrap,
    write_notice,
)
from scripts.lib.display.labels import LATER
from scripts.lib.errors import Stop

WIDTH = 180.0
PAD = 1.8  # mm inside a box
STEP = 4.5  # mm between boxes on the way down
SPINE, SIDE, BETWEEN = 0.56, 0.36, 0.06  # shares of a column: way down, excluded, gap
COMMON = 140.0  # mm that the one column before the split takes

Line = tuple[str, str]  # text, weight


@dataclass
class Step:
    """One criterion for one group: the box that stays and the box at the side."""

    kept: list[Line]
    excluded: list[Line]


def read_steps(path: str | Path) -> list[dict[str, str]]:
    """Sequential rows of the attrition table."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["mode"] == "sequential"]
    if not rows:
        raise Stop(f"{path} has no sequential row: no criterion of cohort.yaml is applied.")
    return rows


def mark_late(rows: list[dict[str, str]], late: Sequence[str]) -> list[dict[str, str]]:
    """Rows whose label bears a sign where the criterion is declared to look ahead."""
    return [
        row | {"label": row["label"] + LATER} if row["criterion"] in late else row for row in rows
    ]


def split(rows: Iterable[dict[str, str]]) -> tuple[list[dict[str, str]], dict[str, list]]:
    """Rows before the split, and the rows of every arm after it."""
    rows = list(rows)
    arms: dict[str, list] = {}
    for row in rows:
        if row["group"]:
            arms.setdefault(row["group"], []).append(row)
    later = {row["criterion"] for part in arms.values() for row in part}
    return [row for row in rows if not row["group"] and row["criterion"] not in later], arms


def step_of(row: dict[str, str], excluded: str, width: float) -> Step:
    """The two boxes of one row, their text wrapped to a column of `width` mm."""
    kept = _wrapped(row["label"], SPINE * width) + [(f"n = {row['n_after']}", "bold")]
    left_out = _wrapped(f"{excluded}: n = {row['n_excluded']}", SIDE * width)
    if row["n_unknown"] != "0":
        left_out += _wrapped(f"Not known: n = {row['n_unknown']}", SIDE * width)
    return Step(kept, left_out)


def _wrapped(text: str, width: float, weight: str = "normal") -> list[Line]:
    return [(line, weight) for line in wrap(text, width - 2 * PAD, TEXT, weight)]


def box_height(lines: Sequence[Line]) -> float:
    """Height of a box with that many lines."""
    return LINE * len(lines) + 2 * PAD


def step_height(step: Step) -> float:
    """Way from one kept box to the next: the side box stands between the two."""
    return STEP + box_height(step.excluded) + box_height(step.kept)


def draw_box(
    page: Page, x: float, y: float, width: float, lines: Sequence[Line], **look: Any
) -> None:
    """A box with centred text; its upper edge at `y`, its middle at `x`."""
    page.box(x - width / 2, y, width, box_height(lines), **look)
    for number, (text, weight) in enumerate(lines):
        page.text(x, y + PAD + LINE * (number + 0.5), text, ha="center", weight=weight)


def draw_steps(page: Page, left: float, y: float, width: float, steps: list[Step]) -> float:
    """Boxes down one column whose way down starts at `y`; returns where it ends."""
    spine, side = SPINE * width, SIDE * width
    middle, aside = left + spine / 2, left + spine + BETWEEN * width + side / 2
    for step in steps:
        end = y + STEP + box_height(step.excluded)
        page.arrow(middle, y, middle, end)
        across = (y + end) / 2
        page.arrow(middle, across, aside - side / 2, across)
        top = across - box_height(step.excluded) / 2
        draw_box(page, aside, top, side, step.excluded, facecolor=SHADE, edgecolor=GREY)
        draw_box(page, middle, end, spine, step.kept)
        y = end + box_height(step.kept)
    return y


def draw(rows: list[dict[str, str]], settings: dict[str, Any]) -> Page:
    """The whole chart; its height follows from its boxes."""
    figure, study = settings["figure"], settings["study"]
    inner = WIDTH - 2 * MARGIN
    before, by_arm = split(rows)
    arms = [arm for arm in study["arms"] if arm["id"] in by_arm]
    wide = min(inner, COMMON)
    column = inner / max(len(arms), 1)
    common = [step_of(row, figure["excluded"], wide) for row in before]
    ways = [[step_of(r, figure["excluded"], column) for r in by_arm[a["id"]]] for a in arms]
    start = _wrapped(figure["start"], SPINE * wide) + [(f"n = {rows[0]['n_before']}", "bold")]
    heads = [head_of(arm, by_arm[arm["id"]], figure, column) for arm in arms]
    notice = study["notice"]
    page = Page(WIDTH, _height(start, common, ways, heads) + notice_height(notice, WIDTH))
    middle = MARGIN + (inner - (1 - SPINE) * column) / 2 if arms else WIDTH / 2 - wide / 4
    left = middle - SPINE * wide / 2
    draw_box(page, middle, MARGIN, SPINE * wide, start)
    y = draw_steps(page, left, MARGIN + box_height(start), wide, common)
    if arms:
        _draw_arms(page, middle, y, column, [*zip(arms, ways, heads, strict=True)], settings)
    write_notice(page, notice)
    return page


def head_of(
    arm: dict[str, str], rows: list[dict[str, str]], figure: dict[str, Any], column: float
) -> tuple[list[Line], list[Line]]:
    """An arm's first box, and what stands above its last numbers."""
    width = SPINE * column
    first = [*_wrapped(arm["label"], width, "bold"), (f"n = {rows[0]['n_before']}", "bold")]
    return first, _wrapped(figure["end"], width, "bold")


def _height(
    start: list[Line],
    common: list[Step],
    ways: list[list[Step]],
    heads: list[tuple[list[Line], list[Line]]],
) -> float:
    down = MARGIN + box_height(start) + sum(map(step_height, common))
    if not ways:
        return down + 2 * MARGIN
    # the margin below has room for one line of what stands above the last numbers
    below = [
        box_height(first) + sum(map(step_height, way)) + LINE * (len(last) - 1)
        for way, (first, last) in zip(ways, heads, strict=True)
    ]
    return down + 2 * STEP + max(below) + 2 * MARGIN


def _draw_arms(
    page: Page, middle: float, y: float, column: float, arms: list[Any], settings: dict[str, Any]
) -> None:
    """A way down for each arm, under a line that parts them."""
    lefts = [MARGIN + column * number for number in range(len(arms))]
    tops = [left + SPINE * column / 2 for left in lefts]
    page.line((middle, middle), (y, y + STEP))
    page.line((min(*tops, middle), max(*tops, middle)), (y + STEP, y + STEP))
    for order, (left, top, (_, way, (lines, last))) in enumerate(
        zip(lefts, tops, arms, strict=True)
    ):
        page.arrow(top, y + STEP, top, y + 2 * STEP)
        look = {"edgecolor": colour_of(order, settings["colours"]), "lw": 1.2}
        draw_box(page, top, y + 2 * STEP, SPINE * column, lines, **look)
        way[-1].kept[:0] = last
        draw_steps(page, left, y + 2 * STEP + box_height(lines), column, way)
