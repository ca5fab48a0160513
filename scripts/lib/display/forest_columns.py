"""What a forest panel shows, and where its columns stand. All lengths are millimetres."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate

from scripts.lib.display.figures import LINE, SMALL, TEXT, text_width, wrap

INDENT = 3.0
GAP = 3.0
UNDER_HEAD = 1.5
ARM_HEAD = 20.0  # after which the name of an arm is broken
LABEL = 62.0  # mm; a longer label of a row is set in lines
LEAST_PLOT = 26.0  # with less room the last columns of the arms are left out


@dataclass
class Row:
    """One line: a subgroup's level, a heading (no cells) or all patients together (`overall`)."""

    label: str
    arms: list[list[str]] = field(default_factory=list)  # per arm: events/n, median
    ratio: tuple[float, float, float] | None = None  # HR and limits; None: not estimable
    ratio_text: str = ""
    p: str = ""
    last: str = ""  # behind the P value, e.g. the P value for interaction
    events: int = 0
    overall: bool = False
    remark: bool = False  # a line in small type below another one, over the columns of the arms
    hollow: bool = False  # a hazard ratio whose conditions fail
    goes_on: bool = False  # the next line of the heading above
    below: bool = False  # the next line of the label above

    @property
    def heading(self) -> bool:
        """Whether the line only names the factor whose levels follow."""
        return not (self.arms or self.remark or self.below)


@dataclass
class Forest:
    """What one forest panel shows."""

    letter: str
    title: str
    rows: list[Row]
    arm_labels: list[str]
    arm_columns: list[str]
    favours: tuple[str, str]  # left and right of 1
    confidence: str  # e.g. 95%
    limits: tuple[float, float] | None = None
    head: str = "Subgroup"  # of the first column
    label_width: float = 0.0  # of the first column at least
    last_head: tuple[str, str] = ("P for", "interaction")  # two lines


@dataclass
class Columns:
    """Where the columns stand: `arms` and `texts` are middles, `plot` left and right edge."""

    arms: list[list[float]]
    plot: tuple[float, float]
    texts: list[float]


def break_labels(forest: Forest, width: float) -> None:
    """Set labels that are too long in lines of their own below the row; doing it again is harmless.

    A heading may run over the whole `width` (mm).
    """
    rows: list[Row] = []
    for row in forest.rows:
        if row.remark or row.below:
            rows.append(row)
            continue
        room = width - 4 if row.heading else max(LABEL, forest.label_width)
        first, *more = wrap(row.label, room, TEXT, weight_of(row))
        if not more:
            rows.append(row)
            continue
        rows.append(replace(row, label=first))
        if row.heading:
            rows += [Row(line, goes_on=True) for line in more]
        else:
            rows += [Row(line, below=True, overall=row.overall) for line in more]
    forest.rows = rows


def arm_heads(forest: Forest) -> list[list[str]]:
    """Names of the arms, broken into lines."""
    return [wrap(name, ARM_HEAD, SMALL, "bold") for name in forest.arm_labels]


def head_height(forest: Forest) -> float:
    """Height of the head: names of the arms, and the line of the columns."""
    return LINE * (max(len(lines) for lines in arm_heads(forest)) + 1) + UNDER_HEAD


def fit_columns(left: float, width: float, forest: Forest) -> Columns:
    """Columns that leave room for the plot: of many arms only the first cells are shown."""
    columns = place_columns(left, width, forest)
    while columns.plot[1] - columns.plot[0] < LEAST_PLOT and len(forest.arm_columns) > 1:
        forest.arm_columns = forest.arm_columns[:-1]
        for row in forest.rows:
            row.arms = [cells[:-1] for cells in row.arms]
        columns = place_columns(left, width, forest)
    return columns


def place_columns(left: float, width: float, forest: Forest) -> Columns:
    """Columns as wide as their longest text; the plot takes what is left over."""
    leaves = [r for r in forest.rows if r.arms or r.below]  # others may run on to the right
    widths = [text_width(r.label, TEXT, weight_of(r)) + INDENT for r in leaves]
    label = max([*widths, forest.label_width])
    cells = [
        [widest([head, *(r.arms[arm][i] for r in forest.rows if r.arms)]) for i, head in heads]
        for arm, heads in enumerate([list(enumerate(forest.arm_columns))] * len(forest.arm_labels))
    ]
    for arm, lines in enumerate(arm_heads(forest)):
        longest = max(text_width(line, SMALL, "bold") for line in lines)
        spare = longest - sum(cells[arm]) - GAP * (len(cells[arm]) - 1)
        cells[arm] = [w + max(spare, 0) / len(cells[arm]) for w in cells[arm]]
    texts = [
        max(text_width(head, SMALL, "bold"), widest(column))
        for head, column in text_columns(forest)
    ]
    edges = list(accumulate([left + label, *(w + GAP for group in cells for w in group)]))
    ends = iter(edges[1:])
    arms = [[next(ends) - w / 2 for w in group] for group in cells]
    right = left + width - sum(w + GAP for w in texts)
    starts = accumulate([right, *(w + GAP for w in texts)])
    middles = [start + GAP + w / 2 for start, w in zip(starts, texts, strict=False)]
    return Columns(arms, (edges[-1] + GAP + 2, right - 1), middles)


def text_columns(forest: Forest) -> list[tuple[str, list[str]]]:
    """Head and texts of the columns right of the plot."""
    columns = [
        (f"HR ({forest.confidence} CI)", [r.ratio_text for r in forest.rows]),
        ("P", [r.p for r in forest.rows]),
        (forest.last_head[1], [r.last for r in forest.rows]),
    ]
    return columns if any(r.last for r in forest.rows) else columns[:2]


def widest(texts: list[str]) -> float:
    """Width of the longest text."""
    return max(text_width(text) for text in texts)


def weight_of(row: Row) -> str:
    """Weight of a row's label."""
    return "bold" if row.overall or row.heading else "normal"
