"""What every figure shares: a page in millimetres, one type face, colours, and equal bytes.

A figure is laid out on a `Page`: millimetres from its upper left corner, text and lines straight
on the paper, data in axes that are placed on it. The type face is kept with the code (Liberation
Sans, the metrics of Arial and Helvetica), so that the same data give the same bytes on every
machine and text stays text in the SVG. No pyplot and no pandas: a plot job starts in 0.6 s.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path

MM = 1 / 25.4  # inch
POINT = 25.4 / 72  # mm
FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
FAMILY = ["Liberation Sans", "Arial", "Helvetica", "sans-serif"]

# Okabe and Ito (2008), told apart with every common colour vision; ordered by contrast on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9", "#555555")
INK, GREY, LIGHT, SHADE = "#1a1a1a", "#5c5c5c", "#b3b3b3", "#f3f5f7"

TEXT, SMALL, TITLE, LETTER = 7.5, 7.0, 8.0, 10.0  # pt; journals ask for 7 at least
LINE = 3.4  # mm from one line of text to the next
MARGIN = 2.0  # mm
SHIFT = 0.36  # of the font size, from the middle of a line to its baseline

SETTINGS: dict[str, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": FAMILY,
    "font.size": TEXT,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": TEXT,
    "ytick.labelsize": TEXT,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "lines.solid_capstyle": "butt",
    "pdf.fonttype": 42,  # TrueType: text stays text and can be edited
    "svg.fonttype": "none",
    "svg.hashsalt": "cohortgate",  # ids from the content, not from a random number
    "path.simplify": False,
}


@cache
def use_style() -> None:
    """Set matplotlib up: only the project's own type face, sizes and line widths."""
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    font_manager.fontManager.ttflist.clear()
    for path in sorted(FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(path)
    mpl.rcdefaults()  # no matplotlibrc of the machine or of the folder
    mpl.rcParams.update(SETTINGS)  # type: ignore[arg-type]


@cache
def text_width(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Width in mm of `text` (one line) set in `size` pt."""
    use_style()
    font = FontProperties(family=FAMILY[0], size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] * POINT


def wrap(text: str, width: float, size: float = TEXT, weight: str = "normal") -> list[str]:
    """Break `text` at spaces into lines of at most `width` mm (a longer word stays whole)."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines or [""]


def colour_of(order: int, colours: Sequence[str] = ()) -> str:
    """The colour of the group at place `order`: as configured, else from the palette."""
    chosen = list(colours) + list(PALETTE)[len(colours) :]
    return chosen[order % len(chosen)]


class Page:
    """A figure whose coordinates are millimetres from its upper left corner."""

    def __init__(self, width: float, height: float):
        use_style()
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width * MM, height * MM))
        self.ground, self.paper = (self._sheet(zorder) for zorder in (-5, 5))

    def _sheet(self, zorder: int) -> Axes:
        sheet = self.figure.add_axes((0, 0, 1, 1), zorder=zorder)
        sheet.set(xlim=(0, self.width), ylim=(self.height, 0))
        sheet.axis("off")
        return sheet

    def axes(self, x: float, y: float, width: float, height: float) -> Axes:
        """Axes for data whose upper left corner is at (x, y)."""
        left, bottom = x / self.width, 1 - (y + height) / self.height
        return self.figure.add_axes((left, bottom, width / self.width, height / self.height))

    def text(self, x: float, y: float, text: str, size: float = TEXT, **style: Any) -> None:
        """Write one line whose middle is at height `y`; `ha`, `weight`, `color` as usual."""
        baseline = y + SHIFT * size * POINT
        self.paper.text(x, baseline, text, fontsize=size, va="baseline", **style)

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """Draw a line through the points."""
        look: dict[str, Any] = {"color": INK, "lw": 0.6, "solid_capstyle": "butt"} | style
        self.paper.add_line(Line2D(list(xs), list(ys), **look))

    def box(self, x: float, y: float, width: float, height: float, **style: Any) -> None:
        """Draw a rectangle whose upper left corner is at (x, y)."""
        look: dict[str, Any] = {"facecolor": "white", "edgecolor": INK, "lw": 0.6} | style
        self.paper.add_patch(Rectangle((x, y), width, height, **look))

    def shade(self, x: float, y: float, width: float, height: float) -> None:
        """Tint the ground, behind axes and text."""
        self.ground.add_patch(Rectangle((x, y), width, height, facecolor=SHADE, edgecolor="none"))

    def arrow(self, x: float, y: float, to_x: float, to_y: float, head: float = 1.5) -> None:
        """Draw a straight arrow, across or up and down, with a filled head."""
        across = y == to_y
        sign = 1 if (to_x - x if across else to_y - y) > 0 else -1
        back, half = head * sign, head * 0.38
        self.line((x, to_x - back * across), (y, to_y - back * (not across)))
        if across:
            corners = [(to_x, y), (to_x - back, y - half), (to_x - back, y + half)]
        else:
            corners = [(x, to_y), (x - half, to_y - back), (x + half, to_y - back)]
        self.paper.add_patch(Polygon(corners, closed=True, facecolor=INK, edgecolor="none"))

    def heading(self, x: float, y: float, letter: str, title: str) -> None:
        """Write a panel's letter and title on the line whose middle is at `y`."""
        if letter:
            self.text(x, y, letter, LETTER, weight="bold")
        indent = text_width(letter, LETTER, "bold") + 2.0 if letter else 0
        self.text(x + indent, y, title, TITLE, weight="bold")


def notice_height(notice: str, width: float) -> float:
    """Millimetres that the study's notice takes at the foot of a figure."""
    lines = len(_notice_lines(notice, width))
    return LINE * lines + (MARGIN if lines else 0)


def _notice_lines(notice: str, width: float) -> list[str]:
    """Lines of a notice; a line break in it begins a new one."""
    parts = notice.splitlines()
    return [line for part in parts for line in wrap(part, width - 2 * MARGIN, SMALL)]


def write_notice(page: Page, notice: str) -> None:
    """Write the study's notice (for instance that the data are synthetic) at the foot."""
    lines = _notice_lines(notice, page.width)
    top = page.height - MARGIN / 2 - LINE * len(lines)
    for number, line in enumerate(lines):
        page.text(MARGIN, top + LINE * (number + 0.5), line, SMALL, color=GREY)


def lettered(labels: dict[str, str]) -> list[tuple[str, tuple[str, str]]]:
    """Names and labels of panels, each behind its letter; one alone has none."""
    letters: Sequence[str] = ascii_uppercase if len(labels) > 1 else [""]
    return list(zip(letters, labels.items(), strict=False))


def save(page: Page, outputs: Mapping[str, str] | Sequence[str], title: str, dpi: int) -> None:
    """Write the figure to every path in `outputs`; the ending says the format.

    No date and no version of a program goes into a file: equal figures are equal bytes.
    """
    paths = outputs.values() if isinstance(outputs, Mapping) else outputs
    without = {
        ".svg": {"Date": None, "Creator": None, "Title": title},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": title},
        ".png": {"Software": None, "Title": title},
    }
    for path in map(Path, paths):
        path.parent.mkdir(parents=True, exist_ok=True)
        page.figure.savefig(path, dpi=dpi, metadata=without[path.suffix], facecolor="white")
