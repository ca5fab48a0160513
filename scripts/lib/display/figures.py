"""What every figure shares: a page in millimetres, one type face, colours, and equal bytes.

A figure is laid out on a `Page`: millimetres from its upper left corner, text and lines straight
on the paper, data in axes that are placed on it. The type face is kept with the code (Liberation
Sans, the metrics of Arial and Helvetica), so that the same data give the same bytes on every
machine and text stays text in the SVG, where each says its width, so that nothing overlaps with the
faces of another machine. No pyplot and no pandas: a plot job starts in 0.6 s.

A label is shown as it is written: `$` is no formula; what Liberation Sans has no signs for
(Chinese, Arabic) is set in a face that has them, in its own direction, and drawn as outlines in the
SVG, since a reader's machine may lack that face. A sign that no face has ends the job with one
message.
"""

from __future__ import annotations

import html
import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from scripts.lib.errors import Stop

MM = 1 / 25.4  # inch
POINT = 25.4 / 72  # mm
FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
FAMILY = ["Liberation Sans", "Arial", "Helvetica", "sans-serif"]
# Chinese, Japanese, Korean; Arabic, signs. The second comes with matplotlib, which is locked.
BESIDE = ["Droid Sans Fallback", "DejaVu Sans"]

# Okabe and Ito (2008), told apart with every common colour vision; ordered by contrast on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#AA4499", "#E69F00", "#56B4E9", "#555555")
INK, GREY, LIGHT, SHADE = "#1a1a1a", "#5c5c5c", "#b3b3b3", "#f3f5f7"

TEXT, SMALL, TITLE, LETTER = 7.5, 7.0, 8.0, 10.0  # pt; journals ask for 7 at least
LINE = 3.4  # mm from one line of text to the next
MARGIN = 2.0  # mm
BESIDE_AXIS = 1.25  # times its length: how long the name of an axis may be
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
    "text.parse_math": False,  # a label with two `$` is a label
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
    for path in font_files():
        font_manager.fontManager.addfont(path)
    mpl.rcdefaults()  # no matplotlibrc of the machine or of the folder
    mpl.rcParams.update(SETTINGS)  # type: ignore[arg-type]


def font_files() -> list[Path]:
    """Files of all faces that a figure may be set in."""
    beside = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return [*sorted(FONTS.glob("*.ttf")), *sorted(beside.glob("DejaVuSans.ttf"))]


@cache
def _signs(family: str) -> frozenset[int]:
    """Code points that a face has."""
    path = font_manager.findfont(FontProperties(family=family), fallback_to_default=False)
    return frozenset(font_manager.get_font(path).get_charmap())


@cache
def is_plain(text: str) -> bool:
    """Whether the project's face alone sets the text, from left to right."""
    if text.isascii():
        return True
    use_style()
    right_to_left = any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text)
    return not right_to_left and _signs(FAMILY[0]).issuperset(map(ord, text.replace("\n", "")))


def missing_signs(texts: Iterable[str]) -> list[str]:
    """Signs that no face has; those that are never seen (joiners, marks of direction) apart."""
    use_style()
    known = frozenset().union(*map(_signs, (FAMILY[0], *BESIDE)))
    signs = {sign for text in texts for sign in text if ord(sign) not in known}
    return sorted(sign for sign in signs if unicodedata.category(sign) not in ("Cc", "Cf"))


@cache
def text_width(text: str, size: float = TEXT, weight: str = "normal") -> float:
    """Width in mm of `text` (one line) set in `size` pt."""
    use_style()
    family = FAMILY[0] if is_plain(text) else [FAMILY[0], *BESIDE]
    font = FontProperties(family=family, size=size, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] * POINT


# where a line may end without a space: at each sign of these scripts, but never before what closes
_PIECE = re.compile(
    r"[（《〈「『【〔“‘]*[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]"
    r"[，。、；：？！）》〉」』】〕”’…％]*|[^\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60]+"
)


def wrap(text: str, width: float, size: float = TEXT, weight: str = "normal") -> list[str]:
    """Break `text` into lines of at most `width` mm: at spaces, and between Chinese signs.

    A word that is wider than a line is broken between its letters; one sign stays whole.
    """
    lines: list[str] = []
    for word in text.split():
        space = " "
        for piece in [word] if word.isascii() else _PIECE.findall(word):
            longer = f"{lines[-1]}{space}{piece}" if lines else piece
            if lines and text_width(longer, size, weight) <= width:
                lines[-1] = longer
            else:
                lines += _broken(piece, width, size, weight)
            space = ""
    return lines or [""]


def _broken(word: str, width: float, size: float, weight: str) -> list[str]:
    """A word in parts that fit; a mark that belongs to the letter before stays with it."""
    if text_width(word, size, weight) <= width:
        return [word]
    parts = [""]
    for sign in word:
        joined = bool(unicodedata.combining(sign)) or not parts[-1]
        if joined or text_width(parts[-1] + sign, size, weight) <= width:
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts


def wrap_into(
    text: str, width: float, most: int, size: float = TEXT, weight: str = "normal"
) -> tuple[list[str], float]:
    """At most so many lines of at most `width` mm, and the size, `size` or smaller, for that."""
    room = width
    while len(lines := wrap(text, room, size, weight)) > most:
        room *= 1.1
    return lines, size * width / room


def fit(text: str, width: float, size: float = TEXT, weight: str = "normal") -> float:
    """The size, `size` or smaller, in which one line of text is at most `width` mm wide.

    For a place that has one line only. Nothing is left out of a label.
    """
    needed = text_width(text, size, weight)
    return size if needed <= width else size * max(width, 1.0) / needed


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

    def text(
        self, x: float, y: float, text: str, size: float = TEXT, room: float = 0.0, **style: Any
    ) -> None:
        """Write one line whose middle is at height `y`; `ha`, `weight`, `color` as usual.

        It is set smaller where it would be wider than `room` (mm) or leave the page.
        """
        edge = {"left": self.width - x, "right": x}.get(
            style.get("ha", "left"), 2 * min(x, self.width - x)
        )
        size = fit(text, min(room or edge, edge), size, style.get("weight", "normal"))
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

    def heading(self, x: float, y: float, letter: str, title: str, width: float = 0.0) -> None:
        """Write a panel's letter and title on the line whose middle is at `y`, `width` mm wide."""
        if letter:
            self.text(x, y, letter, LETTER, weight="bold")
        indent = text_width(letter, LETTER, "bold") + 2.0 if letter else 0
        room = max(width - indent, 0.0)
        self.text(x + indent, y, title, TITLE, room, weight="bold")


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


class _Outlined(Text):
    """A text that is drawn as outlines in an SVG, too."""

    def draw(self, renderer: Any) -> None:
        with mpl.rc_context({"svg.fonttype": "path"}):
            super().draw(renderer)


def _fit_axis_names(axes: Axes) -> None:
    """Set the name of an axis smaller where it would leave the page, or what is beside it."""
    assert isinstance(axes.figure, Figure)
    box = axes.get_position()
    sides = zip(axes.figure.get_size_inches(), (box.intervalx, box.intervaly), strict=True)
    for axis, (inches, (start, end)) in zip((axes.xaxis, axes.yaxis), sides, strict=True):
        shares = (start + end, 2 - start - end, BESIDE_AXIS * (end - start))
        room = inches / MM * min(shares)
        axis.label.set_fontsize(fit(axis.label.get_text(), room, float(axis.label.get_fontsize())))


def choose_faces(figure: Figure, name: str) -> None:
    """Set each text that the project's face has no signs for in one that has them.

    Raises
    ------
    Stop
        No face has them.
    """
    texts = [text for text in figure.findobj(Text) if not is_plain(text.get_text())]
    if missing := missing_signs(text.get_text() for text in texts):
        named = [f"U+{ord(s):04X} ({unicodedata.name(s, 'no name')})" for s in missing[:8]]
        more = f" and {len(missing) - 8} more" * (len(missing) > 8)
        raise Stop(
            f"figure {name}: no type face of the project has the sign {', '.join(named)}{more}."
            " Write the labels of config/ (arms, levels, titles, notice) without it."
        )
    for axes in figure.axes:
        _fit_axis_names(axes)
    for text in texts:
        text.set_fontfamily([*FAMILY[:1], *BESIDE])
        text.__class__ = _Outlined


def save(page: Page, outputs: Mapping[str, str] | Sequence[str], title: str, dpi: int) -> None:
    """Write the figure to every path in `outputs`; the ending says the format.

    No date and no version of a program goes into a file: equal figures are equal bytes.

    Raises
    ------
    Stop
        A label has a sign that no face has.
    """
    paths = list(map(Path, outputs.values() if isinstance(outputs, Mapping) else outputs))
    choose_faces(page.figure, paths[0].stem)
    without = {
        ".svg": {"Date": None, "Creator": None, "Title": title},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None, "Title": title},
        ".png": {"Software": None, "Title": title},
    }
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        page.figure.savefig(path, dpi=dpi, metadata=without[path.suffix], facecolor="white")
        if path.suffix == ".svg":
            path.write_text(fixed_widths(path.read_text(encoding="utf-8")), encoding="utf-8")


_TEXT = re.compile(r'<text style="([^"]*)"([^>]*)>([^<]+)</text>')


def fixed_widths(svg: str) -> str:
    """An SVG whose texts say how wide they are: as wide with the faces that a reader has.

    Text stays text, to be searched, copied and read aloud. Outlines would be as sure, but four
    times the size, and a face in each drawing 70 kB.
    """
    return _TEXT.sub(_with_width, svg)


def _with_width(found: re.Match[str]) -> str:
    style, place, content = found.groups()
    text = html.unescape(content)
    size = re.search(r"font-size: ([\d.]+)px", style)
    if size is None or text != " ".join(text.split()):
        return found[0]
    weight = "bold" if "font-weight: 700" in style else "normal"
    width = text_width(text, float(size[1]), weight) / POINT
    fixed = f'textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text style="{style}"{place} {fixed}>{content}</text>'
