"""Draw scaled Schoenfeld residuals with their smooth, a panel a coefficient, for every endpoint.

Inputs
    ard         results/ard/proportional_hazards.csv
    residuals   data/ard/schoenfeld.csv
Outputs
    results/figures/proportional_hazards.svg, .pdf, .png   180 mm wide, four panels in a row
Source
    R plot.cox.zph. Every number is a row of the inputs; nothing is computed here.
"""

import csv
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.figures import (
    GREY,
    LIGHT,
    LINE,
    MARGIN,
    PALETTE,
    SMALL,
    TITLE,
    Page,
    notice_height,
    save,
    wrap,
    write_notice,
)
from scripts.lib.display.labels import term_label
from scripts.lib.display.survival_results import p_text
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WIDTH, BETWEEN, PER_ROW = 180.0, 3.0, 4
PLOT, AXIS_LEFT, AXIS_BELOW = 26.0, 7.5, 9.5  # mm
HEADING = 6.0
STEPS = (1, 2, 3, 6, 12, 24, 60, 120)  # months between ticks
MOST_TICKS = 6
TAIL = 0.05  # share of the residuals at either end that does not widen the axis
MODELS = {"univariable": "alone", "multivariable": "multivariable model"}

Key = tuple[str, str, str, str]  # parameter, model, variable, level


@dataclass
class Panel:
    """What one panel shows."""

    key: Key
    coefficient: float = 0.0
    residuals: list[tuple[float, float]] = field(default_factory=list)
    smooth: list[tuple[float, float, float, float]] = field(default_factory=list)
    ticks: dict[int, float] = field(default_factory=dict)
    title: list[str] = field(default_factory=list)
    fails: bool = False


def read_panels(path: str | Path) -> list[Panel]:
    """Panels by endpoint in the order of the file, treatment first."""
    panels: dict[Key, Panel] = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = (row["parameter"], row["model"], row["variable"], row["level"])
            _add_line(panels.setdefault(key, Panel(key)), row)
    order = list(dict.fromkeys(key[0] for key in panels))
    return sorted(panels.values(), key=lambda p: (order.index(p.key[0]), p.key[2] != TREATMENT))


def _add_line(panel: Panel, row: dict[str, str]) -> None:
    if row["kind"] == "coefficient":
        panel.coefficient = float(row["value"])
    elif row["kind"] == "tick":
        panel.ticks[int(float(row["time"]))] = float(row["transformed"])
    elif row["kind"] == "smooth":
        x, y, low, high = (float(row[name]) for name in ("transformed", "value", "low", "high"))
        panel.smooth.append((x, y, low, high))
    else:
        panel.residuals.append((float(row["transformed"]), float(row["value"])))


def title_of(panel: Panel, ard: ArdIndex, settings: dict[str, Any]) -> tuple[str, str]:
    """What the coefficient is, and the P value of its term."""
    parameter, model, variable, level = panel.key
    arms, reference = settings["arms"], settings["reference"]
    if variable == TREATMENT:
        named = f"{arms[level]} vs. {arms[reference]}, {MODELS[model]}"
    else:
        named = term_label(settings["labels"], variable, level)
    key = {"parameter": parameter, "variable": variable, "level": model}
    p = ard.display(analysis="proportional_hazards", statistic="p_value", **key)
    df = ard.display(analysis="proportional_hazards", statistic="df", **key)
    of_term = f" ({df} df)" if df not in ("1", "-") else ""
    found = ard.number(analysis="proportional_hazards", statistic="p_value", **key)
    panel.fails = found is not None and found < settings["alpha"]
    return named, f"{p_text(p)}{of_term}"


def chosen_ticks(ticks: dict[int, float]) -> dict[int, float]:
    """Months so far apart that their names do not touch."""
    if not ticks:
        return {}
    span = (max(ticks.values()) - min(ticks.values())) or 1.0
    wanted = max(ticks) / MOST_TICKS
    step = next((s for s in STEPS if s >= wanted), STEPS[-1])
    kept: dict[int, float] = {}
    for month, place in sorted(ticks.items()):
        last = list(kept.values())[-1:] or [float("-inf")]
        if month % step == 0 and place - last[0] >= 0.12 * span:
            kept[month] = place
    return kept


def y_limits(panel: Panel) -> tuple[float, float]:
    """Range of the residuals but for their tails, and of the smooth."""
    values = sorted(value for _, value in panel.residuals)
    cut = int(TAIL * len(values))
    inner = values[cut : len(values) - cut] or [0.0]
    # the band is widest at its ends, where it says least: the line itself has to be in
    seen = [*inner, *(line[1] for line in panel.smooth), panel.coefficient]
    space = 0.06 * ((max(seen) - min(seen)) or 1.0)
    return min(seen) - space, max(seen) + space


def draw_panel(page: Page, x: float, y: float, width: float, panel: Panel, lines: int) -> None:
    """One panel with its upper left corner at (x, y); `lines` of title."""
    colour = PALETTE[1] if panel.fails else PALETTE[0]
    first = lines - len(panel.title)
    for number, line in enumerate(panel.title):
        style = {"color": colour} if number == len(panel.title) - 1 else {}
        page.text(x + 1, y + LINE * (first + number + 0.5), line, SMALL, **style)  # type: ignore[arg-type]
    axes = page.axes(x + AXIS_LEFT, y + LINE * lines + 1, width - AXIS_LEFT - 1, PLOT)
    xs, ys = zip(*panel.residuals, strict=True)
    axes.axhline(panel.coefficient, color=GREY, lw=0.7, dashes=(3, 2), zorder=1)
    axes.plot(xs, ys, linestyle="none", marker="o", markersize=1.5, markeredgewidth=0,
              color=LIGHT, zorder=2)  # fmt: skip
    if panel.smooth:
        grid, fitted, low, high = zip(*panel.smooth, strict=True)
        axes.fill_between(grid, low, high, color=colour, alpha=0.18, lw=0, zorder=3)
        axes.plot(grid, fitted, color=colour, lw=1.3, zorder=4)
    ticks = chosen_ticks(panel.ticks)
    axes.set_xticks(list(ticks.values()), [str(month) for month in ticks])
    axes.set_ylim(*y_limits(panel))
    axes.tick_params(labelsize=SMALL)
    axes.locator_params(axis="y", nbins=5)


def rows_of(
    panels: list[Panel], ard: ArdIndex, settings: dict[str, Any], width: float
) -> list[list[Panel]]:
    """Panels in rows, their titles wrapped."""
    for panel in panels:
        named, tested = title_of(panel, ard, settings)
        panel.title = [*wrap(named, width - 2, SMALL), tested]
    return [panels[i : i + PER_ROW] for i in range(0, len(panels), PER_ROW)]


def title_lines(row: list[Panel]) -> int:
    """Lines of the longest title in a row."""
    return max(len(panel.title) for panel in row)


def draw(ard: ArdIndex, panels: list[Panel], settings: dict[str, Any]) -> Page:
    """The whole figure: endpoints below each other, four panels in a row."""
    width = (WIDTH - 2 * MARGIN - BETWEEN * (PER_ROW - 1)) / PER_ROW
    blocks = {
        parameter: rows_of(list(found), ard, settings, width)
        for parameter, found in groupby(panels, key=lambda panel: panel.key[0])
    }
    heights = {
        parameter: [LINE * title_lines(row) + 1 + PLOT + AXIS_BELOW for row in rows]
        for parameter, rows in blocks.items()
    }
    total = sum(HEADING + sum(parts) for parts in heights.values()) or HEADING
    notice = settings["notice"]
    page = Page(WIDTH, MARGIN + total + notice_height(notice, WIDTH))
    y = MARGIN
    for number, (parameter, rows) in enumerate(blocks.items()):
        letter = chr(ord("A") + number) if len(blocks) > 1 else ""
        page.heading(MARGIN, y + 2, letter, settings["endpoints"][parameter], WIDTH - 2 * MARGIN)
        y += HEADING
        for row, height in zip(rows, heights[parameter], strict=True):
            for place, panel in enumerate(row):
                x = MARGIN + place * (width + BETWEEN)
                draw_panel(page, x, y, width, panel, title_lines(row))
            _write_axis_names(page, row, width, y + height - 3.7)
            y += height
    if not blocks:
        page.text(MARGIN, y + 2, "No model can be fitted.", TITLE)
    write_notice(page, notice)
    return page


def _write_axis_names(page: Page, row: list[Panel], width: float, y: float) -> None:
    """Name the axes once a row."""
    text = "Months; points and line: log hazard ratio over time"
    page.text(MARGIN + AXIS_LEFT, y, text, SMALL, color=GREY)


def main(smk: Any) -> None:
    """Draw and save the figure."""
    settings = smk.params.settings
    page = draw(ArdIndex.read(smk.input.ard), read_panels(smk.input.residuals), settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
