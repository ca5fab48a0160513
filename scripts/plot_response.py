"""Draw the course of every patient (swimmer plot), and the duration of response.

Inputs
    ard      results/ard/response_limits.csv
    curves   data/ard/response_duration.csv
    swimmer  data/ard/swimmer.csv
Outputs
    results/figures/swimmer.svg, .pdf, .png             180 mm wide, a panel an arm
    results/figures/response_duration.svg, .pdf, .png   a panel for each kind of response
Source
    Two figures in one job, because they show one analysis and share what they import. Every number
    comes from its files; nothing is computed here.
"""

from dataclasses import replace
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex, read_ard
from scripts.lib.analysis.curves import Curve, CurveKey, read_curves
from scripts.lib.display.figures import (
    GREY,
    LINE,
    MARGIN,
    TEXT,
    Page,
    colour_of,
    notice_height,
    save,
    write_notice,
)
from scripts.lib.display.survival_panel import Panel, draw_panel, panel_height, summary_lines
from scripts.lib.display.survival_results import COLUMNS, curve_group
from scripts.lib.display.swimmer_panel import (
    Course,
    draw_courses,
    draw_legend,
    legend_entries,
    legend_places,
    read_courses,
    row_height,
    ticks,
)
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WIDTH = 180.0
BETWEEN = 8.0
ROOM = 172.0  # mm for the bars of the largest arm
HEAD, FOOT = 13.0, 9.0
PLOT_HEIGHT = 46.0
LASTING = ("ORR", "CORR")


def draw_swimmers(courses: dict[str, list[Course]], settings: dict[str, Any]) -> Page:
    """A panel an arm, side by side on one scale; the longest course on top."""
    study, figure = settings["study"], settings["part"]["swimmer"]
    arms = [arm for arm in study["arms"] if courses.get(arm["id"])]
    most = max((len(rows) for rows in courses.values()), default=1)
    longest = max((row.time for rows in courses.values() for row in rows), default=1.0)
    months, height = ticks(longest), row_height(most, ROOM)
    below = notice_height(study["notice"], WIDTH)
    entries = legend_entries(courses.values())
    head = HEAD + (LINE + 0.8) * legend_places(entries, WIDTH - 2 * MARGIN)[-1][1]
    page = Page(WIDTH, MARGIN + head + height * most + FOOT + below + MARGIN)
    width = (WIDTH - 2 * MARGIN - BETWEEN * max(len(arms) - 1, 0)) / max(len(arms), 1)
    draw_legend(page, MARGIN + 1, MARGIN + 2, WIDTH - 2 * MARGIN, entries)
    top = MARGIN + head
    for order, arm in enumerate(arms):
        rows, x = courses[arm["id"]], MARGIN + order * (width + BETWEEN)
        letter = ascii_uppercase[order] if len(arms) > 1 else ""
        page.heading(x, top - 4.5, letter, f"{arm['label']} (n={len(rows)})", width)
        axes = page.axes(x + 1, top, width - 4, height * len(rows))
        place = [a["id"] for a in study["arms"]].index(arm["id"])
        draw_courses(axes, rows, colour_of(place, settings["colours"]), height, months[-1])
        axes.set_xticks(months)
        axes.set_xlabel(figure["x_label"], fontsize=TEXT, labelpad=2.5)
    write_notice(page, study["notice"])
    return page


def duration_panels(
    ard: ArdIndex, curves: dict[CurveKey, Curve], settings: dict[str, Any]
) -> list[Panel]:
    """A panel for each kind of response that somebody had."""
    study, part = settings["study"], settings["part"]
    panels: list[Panel] = []
    for name in (name for name in part["rates"] if name in LASTING):
        groups = []
        for order, arm in enumerate(study["arms"]):
            where = {"parameter": "DOR", "population": f"{name}=yes", "group": arm["id"]}
            if (where["population"], arm["id"]) in curves:
                colour = colour_of(order, settings["colours"])
                group = curve_group(ard, curves, where, arm["label"], colour)
                groups.append(replace(group, key=group.key | {"analysis": "response_limits"}))
        if groups:
            level = f"{100 * study['confidence_level']:g}%"
            columns = [head.replace("95%", level) for head in COLUMNS]
            letter = ascii_uppercase[len(panels)]
            options = part["duration"]
            panels.append(
                Panel(letter, part["rates"][name], groups, columns, "", options, PLOT_HEIGHT)
            )
    return panels


def draw_durations(ard: ArdIndex, curves: dict[CurveKey, Curve], settings: dict[str, Any]) -> Page:
    """Panels side by side."""
    panels = duration_panels(ard, curves, settings)
    notice = settings["study"]["notice"]
    width = (WIDTH - 2 * MARGIN - BETWEEN) / 2
    for panel in panels:
        panel.lines = max(summary_lines(other, width) for other in panels)
    height = max((panel_height(panel, width) for panel in panels), default=LINE * 2)
    page = Page(WIDTH, MARGIN + height + notice_height(notice, WIDTH))
    for place, panel in enumerate(panels):
        draw_panel(page, MARGIN + place * (width + BETWEEN), MARGIN, width, panel)
    if not panels:
        absent = any(row.not_collected for row in ard.rows)
        text = "Response was not collected" if absent else "No response in any arm"
        page.text(MARGIN, MARGIN + LINE, text, color=GREY)
    write_notice(page, notice)
    return page


def main(smk: Any) -> None:
    """Draw and save both figures."""
    settings, output = smk.params.settings, smk.output
    # curves and their summary are found by the analysis that they usually belong to
    rows = [row._replace(analysis="kaplan_meier") for row in read_ard(*smk.input.ard)]
    pages = {
        "swimmer": draw_swimmers(read_courses(smk.input.swimmer), settings),
        "duration": draw_durations(ArdIndex(rows), read_curves(smk.input.curves), settings),
    }
    for name, page in pages.items():
        paths = [path for key, path in output.items() if key.startswith(f"{name}_")]
        save(page, paths, settings["part"][name]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
