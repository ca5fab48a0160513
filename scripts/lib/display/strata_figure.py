"""Drawing of Kaplan-Meier curves by the levels of a variable, several panels in one figure."""

from string import ascii_uppercase
from typing import Any

from scripts.lib.analysis.ard import BY_ARM, ArdIndex
from scripts.lib.analysis.curves import Curve, CurveKey
from scripts.lib.display.figures import MARGIN, Page, colour_of, notice_height, write_notice
from scripts.lib.display.labels import late_groups_note, late_mark, level_label
from scripts.lib.display.survival_panel import (
    DASHES,
    SOLID,
    Group,
    Panel,
    draw_panel,
    panel_height,
    summary_lines,
)
from scripts.lib.display.survival_results import curve_group, p_text
from scripts.lib.errors import Stop

WIDTH = 180.0
BETWEEN = 6.0  # mm between the panels
PLOT_HEIGHT = 48.0
PER_ROW = 2

Curves = dict[CurveKey, Curve]


def levels_of(curves: Curves, variable: str, arm: str | None) -> list[tuple[str, str]]:
    """Population and arm of every curve of the variable, in the order of the file."""
    found = [
        (population, group)
        for population, group in curves
        if population.startswith(f"{variable}=") and arm in (None, group)
    ]
    if not found:
        raise Stop(f"no curves by {variable}. Declare it in statistics.yaml, under strata.")
    return found


def strata_panel(
    ard: ArdIndex, curves: Curves, spec: dict[str, Any], letter: str, settings: dict[str, Any]
) -> Panel:
    """Panel of one variable: its levels in one arm, or arm by level."""
    figure, study = settings["figure"], settings["study"]
    parameter = settings["parameter"]
    if spec["variable"] in settings.get("not_collected", []):
        return Panel(letter, spec["title"], [], [], "Not collected", figure, PLOT_HEIGHT)
    keys = _in_order(levels_of(curves, spec["variable"], spec["arm"]), spec, settings)
    groups = [
        _group(ard, curves, key, number, spec, settings, parameter)
        for number, key in enumerate(keys)
    ]
    where = {"parameter": parameter, "variable": spec["variable"], "group": spec["arm"] or ""}
    columns = ["Events/n", f"Median ({100 * study['confidence_level']:g}% CI)"]
    title = spec["title"] + late_mark(settings["labels"], spec["variable"])
    return Panel(letter, title, groups, columns, tests(ard, where, len(keys)), figure, PLOT_HEIGHT)


def tests(ard: ArdIndex, where: dict[str, str], groups: int) -> str:
    """The log-rank test over all curves; across arms, beside it the one of the levels alone."""
    key = {"analysis": "log_rank", "statistic": "p_value", **where}
    over_all = f"Log-rank {p_text(ard.display(**key))}"
    within = ard.find(level=BY_ARM, **key)
    if within is None:
        return over_all
    levels = f"{BY_ARM.capitalize()} {p_text(within.display)}"
    return f"{over_all} ({groups} groups, treatment among what differs)\n{levels}"


def _in_order(
    keys: list[tuple[str, str]], spec: dict[str, Any], settings: dict[str, Any]
) -> list[tuple[str, str]]:
    """Curves by declared order of the arms, then of the levels."""
    arms = [arm["id"] for arm in settings["study"]["arms"]]
    levels = list(settings["labels"].get(spec["variable"], {}).get("levels", {}))

    def place(key: tuple[str, str]) -> tuple[int, int]:
        level = key[0].partition("=")[2]
        return arms.index(key[1]), levels.index(level) if level in levels else len(levels)

    return sorted(keys, key=place)


def _group(
    ard: ArdIndex,
    curves: Curves,
    key: tuple[str, str],
    number: int,
    spec: dict[str, Any],
    settings: dict[str, Any],
    parameter: str,
) -> Group:
    population, arm = key
    variable, _, level = population.partition("=")
    arms = {a["id"]: a["label"] for a in settings["study"]["arms"]}
    names = {"arm": arms[arm], "level": level_label(settings["labels"], variable, level)}
    label = spec["labels"].get(f"{arm} {level}") or spec["labels"].get(level)
    colour, dashes = _look(list(arms).index(arm), level, number, spec, settings)
    where = {"parameter": parameter, "population": population, "group": arm}
    return curve_group(ard, curves, where, label or spec["label"].format(**names), colour, dashes)


def _look(
    arm: int, level: str, number: int, spec: dict[str, Any], settings: dict[str, Any]
) -> tuple[str, Any]:
    """Within an arm a colour a curve; across arms the arm's colour, the last level solid."""
    if spec["arm"]:
        return colour_of(number), SOLID
    levels = list(settings["labels"].get(spec["variable"], {}).get("levels", {}))
    after = len(levels) - 1 - levels.index(level) if level in levels else number
    return colour_of(arm, settings["colours"]), DASHES[after % len(DASHES)]


def _later(settings: dict[str, Any]) -> str:
    """What the sign means, where a panel's groups were formed after the start of treatment."""
    names = [panel["variable"] for panel in settings["figure"]["panels"]]
    return late_groups_note(settings["labels"], names, settings.get("time_varying", ""))


def draw(ard: ArdIndex, curves: Curves, settings: dict[str, Any]) -> Page:
    """All panels, in rows of `PER_ROW`, lettered from A."""
    width = (WIDTH - 2 * MARGIN - BETWEEN) / PER_ROW
    specs = zip(settings["figure"]["panels"], ascii_uppercase, strict=False)
    panels = [strata_panel(ard, curves, spec, letter, settings) for spec, letter in specs]
    rows = [panels[i : i + PER_ROW] for i in range(0, len(panels), PER_ROW)]
    for row in rows:
        most = max(summary_lines(panel, width) for panel in row)
        for panel in row:
            panel.lines = most
    heights = [max(panel_height(panel, width) for panel in row) for row in rows]
    notice = "\n".join(filter(None, (_later(settings), settings["study"]["notice"])))
    total = sum(heights) + BETWEEN / 2 * (len(rows) - 1)
    page = Page(WIDTH, MARGIN + total + notice_height(notice, WIDTH))
    top = MARGIN
    for row, height in zip(rows, heights, strict=True):
        for place, panel in enumerate(row):
            draw_panel(page, MARGIN + place * (width + BETWEEN), top, width, panel)
        top += height + BETWEEN / 2
    write_notice(page, notice)
    return page
