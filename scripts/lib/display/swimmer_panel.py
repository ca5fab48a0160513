"""One panel of a swimmer plot: a bar a patient, marks for what happened. Lengths in millimetres."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from scripts.lib.display.figures import GREY, INK, LINE, POINT, TEXT, Page, text_width
from scripts.lib.display.survival_panel import STEPS

BAR = 0.74  # of a row
MARK = (1.6, 5.0)  # pt: smallest and largest mark
ROW = (0.5, 3.6)  # mm
LIGHT = 0.32  # opacity of the time after the end of the endpoint
MOST_TICKS = 8

MARKS: dict[str, dict[str, Any]] = {
    "partial": {"marker": "^"},
    "complete": {"marker": "*", "scale": 1.5},
    "progressed": {"marker": "D", "color": "white", "scale": 0.72},
    "dead": {"marker": "x", "color": INK, "scale": 0.9, "width": 0.9},
    "going": {"marker": ">", "color": INK, "scale": 0.9},
}
WORDS = {
    "partial": "Partial response",
    "complete": "Complete response",
    "progressed": "Progression",
    "dead": "Death",
    "going": "Alive at last contact",
}


BARS = {True: "Until progression or last assessment", False: "Afterwards"}
RESPONSES = ("partial", "complete")
KEY = 5.0  # mm from a mark to its words, and from words to the next mark


class Entry(NamedTuple):
    """One entry of the legend: kind of mark (or `bar`), filled or not, and what it says."""

    kind: str
    filled: bool
    words: str


class Course(NamedTuple):
    """One patient, months from the start; None: did not happen."""

    time: float
    progression_free: float
    dead: bool
    ended: bool
    partial: float | None
    complete: float | None
    confirmed: Mapping[str, bool]


def read_courses(path: str | Path) -> dict[str, list[Course]]:
    """Courses by group, the longest first."""
    found: dict[str, list[Course]] = {}
    with Path(path).open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row["group"], []).append(_course(row))
    return {g: sorted(rows, key=lambda row: -row.time) for g, rows in found.items()}


def _course(row: dict[str, str]) -> Course:
    months = {kind: float(row[kind]) if row[kind] else None for kind in RESPONSES}
    return Course(
        time=float(row["time"]),
        progression_free=float(row["progression_free"]),
        dead=row["dead"] == "1",
        ended=row["ended"] == "1",
        confirmed={kind: row[f"confirmed_{kind}"] == "1" for kind in RESPONSES},
        **months,
    )


def row_height(patients: int, room: float) -> float:
    """Height of a patient's row when so many share `room`."""
    return min(max(room / max(patients, 1), ROW[0]), ROW[1])


def draw_courses(axes: Axes, courses: list[Course], colour: str, row: float, end: int) -> None:
    """Bars and marks; the first patient on top."""
    axes.set(xlim=(0, end), ylim=(len(courses), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    half = BAR / 2
    bars = {1.0: [], LIGHT: []}  # type: dict[float, list[Rectangle]]
    for place, course in enumerate(courses):
        first = min(course.progression_free, course.time)
        low = place + 0.5 - half
        bars[1.0].append(Rectangle((0, low), first, BAR))
        bars[LIGHT].append(Rectangle((first, low), course.time - first, BAR))
    for opacity, boxes in bars.items():
        patches = PatchCollection(boxes, facecolor=colour, edgecolor="none", alpha=opacity)
        axes.add_collection(patches)
    size = min(max(row / POINT * 0.95, MARK[0]), MARK[1])
    for kind, filled, xs, ys in marks(courses):
        draw_mark(axes, xs, ys, kind, filled, size)


def marks(courses: list[Course]) -> list[tuple[str, bool, list[float], list[float]]]:
    """Kind, filled, and the places of the marks."""
    found: dict[tuple[str, bool], tuple[list[float], list[float]]] = {}

    def put(kind: str, filled: bool, x: float, y: float) -> None:
        xs, ys = found.setdefault((kind, filled), ([], []))
        xs.append(x)
        ys.append(y)

    for place, course in enumerate(courses):
        y = place + 0.5
        for kind in RESPONSES:
            month = getattr(course, kind)
            if month is not None:
                put(kind, course.confirmed[kind], month, y)
        if course.ended:
            put("progressed", True, course.progression_free, y)
        put("dead" if course.dead else "going", True, course.time, y)
    return [(kind, filled, xs, ys) for (kind, filled), (xs, ys) in found.items()]


def draw_mark(
    axes: Axes, xs: list[float], ys: list[float], kind: str, filled: bool, size: float
) -> None:
    """Draw one kind of mark at every place."""
    look = MARKS[kind]
    face = look.get("color", "white") if filled else "none"
    edge = INK if kind in ("progressed", "dead", "going") else "white"
    axes.plot(
        xs,
        ys,
        linestyle="none",
        marker=look["marker"],
        markersize=size * look.get("scale", 1.0),
        markerfacecolor=face,
        markeredgecolor=edge,
        markeredgewidth=look.get("width", 0.5 if filled else 0.9),
        clip_on=False,
        zorder=5,
    )


def ticks(end: float) -> list[int]:
    """Months at the ticks, to the end of the longest bar."""
    step = next((s for s in STEPS if end / s <= MOST_TICKS), STEPS[-1])
    return list(range(0, step * math.ceil(end / step) + 1, step))


def legend_places(entries: list[Entry], width: float) -> list[tuple[float, int]]:
    """Left end and line of each entry, so that none leaves `width`."""
    places, x, line = [], 0.0, 0
    for entry in entries:
        wide = KEY + text_width(entry.words, TEXT)
        if x and x + wide > width:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += wide + KEY
    return places


def draw_legend(page: Page, x: float, y: float, width: float, entries: list[Entry]) -> None:
    """Each mark and bar with its words; the middle of the first line at `y`."""
    for entry, (shift, line) in zip(entries, legend_places(entries, width), strict=True):
        left, middle = x + shift, y + line * (LINE + 0.8)
        if entry.kind == "bar":
            alpha = 1.0 if entry.filled else LIGHT
            page.box(left, middle - 1, 3, 2, facecolor=GREY, edgecolor="none", alpha=alpha)
        else:
            _draw_key(page, left, middle, entry)
        page.text(left + KEY - 1, middle, entry.words)


def _draw_key(page: Page, x: float, y: float, entry: Entry) -> None:
    axes = page.axes(x, y - 1.5, 3, 3)
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.axis("off")
    if entry.kind in RESPONSES:
        axes.add_patch(Rectangle((0, 0), 1, 1, facecolor=GREY, edgecolor="none"))
    draw_mark(axes, [0.5], [0.5], entry.kind, entry.filled, MARK[1])


def legend_entries(courses: Iterable[list[Course]]) -> list[Entry]:
    """The bars, and the marks that come up."""
    there = {mark[:2] for rows in courses for mark in marks(rows)}
    found = [Entry("bar", filled, words) for filled, words in BARS.items()]
    for kind, words in WORDS.items():
        for filled, more in ((True, ", confirmed"), (False, ", unconfirmed")):
            if (kind, filled) in there:
                found.append(Entry(kind, filled, words + more * (kind in RESPONSES)))
    return found
