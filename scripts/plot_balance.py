"""Draw the balance of the covariates before and after weighting, and the weighted curves.

Inputs
    ard      results/ard/weighted.csv
    curves   data/ard/weighted_curves/{endpoint}.csv of every endpoint
Outputs
    results/figures/balance.svg, .pdf, .png   180 mm wide
Source
    Love plot after cobalt::love.plot. Every number is a row of the ARD; nothing is computed here.
    With more than two arms the first that is not the reference is shown, as in the forest plots.
"""

from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.curves import Curve, CurveKey, Group, read_curves
from scripts.lib.display.figures import (
    GREY,
    INK,
    LINE,
    MARGIN,
    PALETTE,
    SMALL,
    TEXT,
    Page,
    colour_of,
    notice_height,
    save,
    text_width,
    wrap,
    write_notice,
)
from scripts.lib.display.labels import level_label, variable_label
from scripts.lib.display.survival_panel import Panel, draw_panel, panel_height, summary_lines
from scripts.lib.display.survival_results import counts, estimate, p_text
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Curves = dict[CurveKey, Curve]
WIDTH, BETWEEN, PLOT_HEIGHT = 180.0, 6.0, 46.0
ROW = 3.9  # mm, a covariate
LABEL = 88.0  # mm; a longer label is set in lines
FOOT = 9.0  # mm, ticks and the label of the axis
WEIGHTING = {
    "unweighted": "Unweighted",
    "iptw": "Inverse probability weights",
    "overlap": "Overlap weights",
}
MARKERS = {  # hollow before, filled after, told apart also without colour
    "unweighted": {"marker": "o", "ms": 4.4, "mfc": "white", "mec": GREY, "mew": 0.9},
    "iptw": {"marker": "s", "ms": 3.8, "mfc": PALETTE[2], "mec": PALETTE[2], "mew": 0},
    "overlap": {"marker": "D", "ms": 3.8, "mfc": PALETTE[3], "mec": PALETTE[3], "mew": 0},
}


class Compared(NamedTuple):
    """The arm shown, what its populations end with, and both arms' labels by id."""

    arm: str
    suffix: str
    labels: dict[str, str]


class Covariate(NamedTuple):
    """One row of the love plot: lines of its label, |SMD| by weighting; None: not estimable."""

    label: list[str]
    smd: dict[str, float | None]


def compared(study: dict[str, Any]) -> Compared:
    """The arm that `study` compares with the reference (the first where it names none)."""
    labels = {arm["id"]: arm["label"] for arm in study["arms"]}
    first = next(name for name in labels if name != study["reference"])
    arm = study.get("compared", first)
    pair = {name: labels[name] for name in labels if name in (arm, study["reference"])}
    return Compared(arm, f": {arm}" if len(labels) > 2 else "", pair)


def covariates(ard: ArdIndex, pair: Compared, labels: dict[str, Any]) -> list[Covariate]:
    """Lines of the love plot, in the order of the ARD."""
    found: dict[tuple[str, str], dict[str, float | None]] = {}
    for name in WEIGHTING:
        for row in ard.select(statistic="smd", population=f"{name}{pair.suffix}"):
            if row.variable:
                number = None if row.number is None else abs(row.number)
                found.setdefault((row.variable, row.level), {})[name] = number
    return [Covariate(wrap(_label(labels, *key), LABEL), smd) for key, smd in found.items()]


def _label(labels: dict[str, Any], variable: str, level: str) -> str:
    label, unit = variable_label(labels, variable), labels.get(variable, {}).get("unit")
    if level:
        return f"{label}: {level_label(labels, variable, level)}"
    return f"{label}, {unit}" if unit else label


def weighting_lines(ard: ArdIndex, pair: Compared) -> list[tuple[str, list[str]]]:
    """Per weighting that there is: largest |SMD|, effective sample size of both arms."""
    lines = []
    for name in WEIGHTING:
        where = {"analysis": "weighted", "population": f"{name}{pair.suffix}"}
        if ard.find(statistic="smd", **where):
            sizes = [ard.display(statistic="ess", group=arm, **where) for arm in pair.labels]
            lines.append((name, [ard.display(statistic="smd", **where), *sizes]))
    return lines


def why_none(ard: ArdIndex, pair: Compared) -> str:
    """Why there is no balance to show."""
    row = ard.find(
        analysis="weighted", population=f"unweighted{pair.suffix}", group=pair.arm,
        variable="PROPENSITY", statistic="mean",
    )  # fmt: skip
    return row.note if row else "not applicable: there is one arm alone"


def overlap_text(ard: ArdIndex, pair: Compared) -> str:
    """Percentage of patients with overlap, and whether positivity holds."""
    where = {"population": f"unweighted{pair.suffix}", "variable": "OVERLAP"}
    row = ard.row(analysis="weighted", statistic="percent", **where)
    if not row.value:
        return f"Propensity score {row.note}"
    return f"Patients with overlap of the propensity score: {row.display}%" + (
        f" ({row.note})" if row.note else ""
    )


def row_heights(rows: list[Covariate]) -> list[float]:
    """Height of each row in mm."""
    return [ROW + LINE * (len(row.label) - 1) for row in rows]


def balance_height(lines: int, rows: list[Covariate]) -> float:
    """Height of the love plot with its head."""
    return 6 + LINE * (lines + 2) + 2 + sum(row_heights(rows)) + FOOT


def draw_balance(
    page: Page, y: float, ard: ArdIndex, settings: dict[str, Any], letter: str = "A"
) -> None:
    """First panel: what the weightings are, then one line a covariate."""
    pair = compared(settings["study"])
    rows, lines = covariates(ard, pair, settings["labels"]), weighting_lines(ard, pair)
    title, labels = settings["figure"]["panel_title"], list(pair.labels.values())
    if pair.suffix:
        title = f"{title}: {' and '.join(labels)}"
    page.heading(MARGIN, y + 2, letter, title, WIDTH - 2 * MARGIN)
    y += 6
    if not rows:
        page.text(MARGIN + 2, y + LINE / 2, why_none(ard, pair), color=GREY)
        return
    _write_weightings(page, y, lines, pair)
    y += LINE * (len(lines) + 1)
    page.text(MARGIN + 2, y + LINE / 2, overlap_text(ard, pair))
    y += LINE + 2
    heights = row_heights(rows)
    left = MARGIN + 4 + max(text_width(line) for row in rows for line in row.label)
    axes = page.axes(left, y, WIDTH - MARGIN - 4 - left, sum(heights))
    _draw_axis(axes, rows, settings)
    top = 0.0
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        if number % 2:
            page.shade(MARGIN, y + top, WIDTH - 2 * MARGIN, height)
        for place, line in enumerate(row.label):
            page.text(MARGIN + 2, y + top + ROW / 2 + LINE * place, line)
        _draw_row(axes, top + height / 2, row)
        top += height


def _write_weightings(
    page: Page, y: float, lines: list[tuple[str, list[str]]], pair: Compared
) -> None:
    heads = ["Largest |SMD|", *(f"Effective n, {label}" for label in pair.labels.values())]
    first = MARGIN + 10 + max(text_width(text) for text in WEIGHTING.values())
    room = (WIDTH - MARGIN - first) / len(heads) - 5
    middles = []
    for head in heads:
        width = min(text_width(head, SMALL), room)
        middles.append(first + width / 2)
        first += width + 5
    for middle, head in zip(middles, heads, strict=True):
        page.text(middle, y + LINE / 2, head, SMALL, room, ha="center", color=GREY)
    for number, (name, cells) in enumerate(lines, start=1):
        middle = y + LINE * (number + 0.5)
        page.line((MARGIN + 4, MARGIN + 4), (middle, middle), linestyle="none", **MARKERS[name])
        page.text(MARGIN + 7, middle, WEIGHTING[name])
        for place, cell in zip(middles, cells, strict=True):
            page.text(place, middle, cell, ha="center")


def _draw_axis(axes: Axes, rows: list[Covariate], settings: dict[str, Any]) -> None:
    known = [v for row in rows for v in row.smd.values() if v is not None]
    end = max([1.06 * v for v in known] + [2 * settings["max_smd"]])
    axes.set(xlim=(0, end), ylim=(sum(row_heights(rows)), 0), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.patch.set_visible(False)
    axes.axvline(0, color=INK, lw=0.6, zorder=1)
    axes.axvline(settings["max_smd"], color=GREY, lw=0.6, dashes=(4, 2.5), zorder=1)
    axes.set_xlabel(settings["figure"]["x_label"], fontsize=TEXT, labelpad=2.5)


def _draw_row(axes: Axes, y: float, row: Covariate) -> None:
    """Marks of one covariate; one without a value stands as an arrow at the end of the axis."""
    end = axes.get_xlim()[1]
    known = [v for v in row.smd.values() if v is not None]
    if known:
        axes.plot((min(known), max(known)), (y, y), color=GREY, lw=0.5, zorder=2)
    for order, (name, value) in enumerate(row.smd.items()):
        look: dict[str, Any] = MARKERS[name] | ({"marker": ">"} if value is None else {})
        at = end if value is None else value
        axes.plot(at, y, ls="none", clip_on=False, zorder=3 + order, **look)


def survival_panel(
    ard: ArdIndex, curves: Curves, parameter: str, letter: str, settings: dict[str, Any]
) -> Panel:
    """Weighted curves of both arms, with the weighted hazard ratio as remark."""
    figure, pair = settings["figure"], compared(settings["study"])
    where = {
        "analysis": "weighted",
        "parameter": parameter,
        "population": f"{figure['curves']}{pair.suffix}",
    }
    order = [arm["id"] for arm in settings["study"]["arms"]]
    groups = [
        _group(ard, curves, where | {"group": arm}, label, order.index(arm), settings)
        for arm, label in pair.labels.items()
        if (where["population"], arm) in curves
    ]
    level = f"{100 * settings['study']['confidence_level']:g}%"
    options = {
        "x_label": figure["curve_x_label"],
        "y_label": figure["curve_y_label"],
        "tick_months": 0,
        "band": False,
        "median_lines": True,
        "risk_table": ["at_risk"],
    }
    title = f"{parameter}, {WEIGHTING[figure['curves']].lower()}"
    columns = ["Events/n", f"Median ({level} CI)"]
    return Panel(
        letter, title, groups, columns, effect_text(ard, where, pair), options, PLOT_HEIGHT
    )


def _group(
    ard: ArdIndex,
    curves: Curves,
    where: dict[str, str],
    label: str,
    order: int,
    settings: dict[str, Any],
) -> Group:
    rows = ard.select(variable="time", statistic="at_risk", **where)
    return Group(
        label,
        colour_of(order, settings["colours"]),
        curves[where["population"], where["group"]],
        [counts(ard, **where), estimate(ard, "median", **where)],
        ard.number(statistic="median", **where),
        {int(float(row.level)): row.display for row in rows},
        key=where,
    )


def effect_text(ard: ArdIndex, where: dict[str, str], pair: Compared) -> str:
    """Weighted hazard ratio with limits and P, or why there is none; whether it is supported."""
    key = where | {"variable": "TRT01A", "level": pair.arm}
    row = ard.row(statistic="hr", **key)
    if not row.value:
        return f"HR {row.note}"
    p = p_text(ard.display(statistic="p_value", **key))
    support = "; not supported" if "not supported" in row.note else ""
    return f"HR {estimate(ard, 'hr', **key)}, {p}{support}"


def overlay_unweighted(axes: Axes, curves: Curves, settings: dict[str, Any]) -> None:
    """The curves without weights as thin dotted lines behind the weighted ones."""
    pair = compared(settings["study"])
    order = [arm["id"] for arm in settings["study"]["arms"]]
    for arm in pair.labels:
        curve = curves.get((f"unweighted{pair.suffix}", arm))
        if curve:
            percent = [100 * s for s in curve.survival]
            colour = colour_of(order.index(arm), settings["colours"])
            axes.step(curve.time, percent, where="post", color=colour, lw=0.8, zorder=2, ls=":")


class Block(NamedTuple):
    """What is drawn of one compared arm: letter of the love plot, its height, rows of curves."""

    settings: dict[str, Any]
    letter: str
    upper: float
    rows: list[list[tuple[str, Panel]]]
    heights: list[float]

    @property
    def height(self) -> float:
        """Height in mm."""
        return self.upper + sum(height + 3 for height in self.heights)


def make_block(
    ard: ArdIndex, curves: dict[str, Curves], letters: str, settings: dict[str, Any]
) -> Block:
    """Love plot and curves of the arm that `settings` compares; `letters` of its panels."""
    pair, width = compared(settings["study"]), (WIDTH - 2 * MARGIN - BETWEEN) / 2
    panels = [
        (parameter, survival_panel(ard, curves[parameter], parameter, letter, settings))
        for parameter, letter in zip(settings["parameters"], letters[1:], strict=False)
    ]
    panels = [(parameter, panel) for parameter, panel in panels if panel.groups]
    rows = [panels[i : i + 2] for i in range(0, len(panels), 2)]
    for line in rows:
        most = max(summary_lines(panel, width) for _, panel in line)
        for _, panel in line:
            panel.lines = most
    heights = [max(panel_height(panel, width) for _, panel in line) for line in rows]
    lines = len(weighting_lines(ard, pair))
    upper = balance_height(lines, covariates(ard, pair, settings["labels"]))
    return Block(settings, letters[0], upper, rows, heights)


def draw(ard: ArdIndex, curves: dict[str, Curves], settings: dict[str, Any]) -> Page:
    """The whole figure, one block an arm that is compared with the reference."""
    study, notice = settings["study"], settings["study"]["notice"]
    others = [arm["id"] for arm in study["arms"] if arm["id"] != study["reference"]]
    each = 1 + len(settings["parameters"])
    blocks = [
        make_block(ard, curves, ascii_uppercase[each * place :], settings | {"study": own})
        for place, own in enumerate(study | {"compared": arm} for arm in others)
    ]
    drawn = any(block.rows for block in blocks)
    total = MARGIN + sum(block.height + 2 for block in blocks) + (LINE if drawn else 0)
    page = Page(WIDTH, total + notice_height(notice, WIDTH))
    top = MARGIN
    for block in blocks:
        draw_balance(page, top, ard, block.settings, block.letter)
        _draw_curves(page, top + block.upper + 2, block, curves)
        top += block.height + 2
    if drawn:
        page.text(MARGIN + 2, top - 1, "Dotted: without weights.", SMALL, color=GREY)
    write_notice(page, notice)
    return page


def _draw_curves(page: Page, top: float, block: Block, curves: dict[str, Curves]) -> None:
    width = (WIDTH - 2 * MARGIN - BETWEEN) / 2
    for line, height in zip(block.rows, block.heights, strict=True):
        for place, (parameter, panel) in enumerate(line):
            draw_panel(page, MARGIN + place * (width + BETWEEN), top, width, panel)
            overlay_unweighted(page.figure.axes[-1], curves[parameter], block.settings)
        top += height + 3


def main(smk: Any) -> None:
    """Draw and save the figure."""
    settings = smk.params.settings
    curves = {
        parameter: read_curves(path)
        for parameter, path in zip(settings["parameters"], smk.input.curves, strict=True)
    }
    page = draw(ArdIndex.read(smk.input.ard), curves, settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
