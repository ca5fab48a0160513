"""Lines of tables that lay analyses of the treatment effect below each other.

They show the rows that `scripts.lib.analysis.treatment_effect.add_effect` writes: an analysis is a
population of them.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.formats import format_interval
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.printed_table import Cell, Head, shown

NOT_ESTIMABLE = "not estimable"
PER_ARM = 2  # columns: events/n, median


def others(settings: dict[str, Any]) -> list[str]:
    """Arms that are compared with the reference."""
    return [arm for arm in settings["arms"] if arm != settings["reference"]]


def heads(first: str, settings: dict[str, Any]) -> list[list[Head]]:
    """Two lines: arms and comparisons; what stands in each column."""
    arms, level = settings["arms"], settings["level"]
    compared = [f"{arms[arm]} vs. {arms[settings['reference']]}" for arm in others(settings)]
    upper = [Head(""), *(Head(label, PER_ARM) for label in arms.values())]
    upper += [Head(label, 2) for label in compared]
    lower = [Head("Events/n"), Head(f"Median ({level} CI), months")] * len(arms)
    lower += [Head(f"HR ({level} CI)"), Head("P-value")] * len(compared)
    return [upper, [Head(first), *lower]]


def width(settings: dict[str, Any]) -> int:
    """Columns behind the first one."""
    return PER_ARM * len(settings["arms"]) + 2 * len(others(settings))


def effect_cells(ard: ArdIndex, settings: dict[str, Any], **key: str) -> list[Cell]:
    """Counts and median of each arm, hazard ratio and P of each comparison."""
    cells = []
    for arm in settings["arms"]:
        rows = [ard.find(statistic=name, group=arm, **key) for name in ("events", "N")]
        cells.append(shown(rows, "/".join(row.display for row in rows if row)))
        cells.append(_with_limits(ard, "median", group=arm, **key))
    for arm in others(settings):
        compared = {"variable": TREATMENT, "level": arm}
        cells.append(_with_limits(ard, "hr", **compared, **key))
        p = ard.find(statistic="p_value", **compared, **key)
        cells.append(shown([p], p.display if p else ""))
    return cells


def _with_limits(ard: ArdIndex, statistic: str, **key: str) -> Cell:
    """`estimate (low-high)`, or what is printed where there is none."""
    found = [ard.find(statistic=f"{statistic}{end}", **key) for end in ("", "_ci_low", "_ci_high")]
    middle, low, high = found
    if middle is None or low is None or high is None:
        return Cell()
    if statistic == "hr" and middle.number is None:
        absent = middle.not_collected
        return shown([middle], middle.display if absent else NOT_ESTIMABLE.capitalize())
    return shown(found, f"{middle.display} ({format_interval(low.display, high.display)})")


def count_cells(ard: ArdIndex, settings: dict[str, Any], **key: str) -> list[Cell]:
    """Number of patients of each arm below its counts; the other cells stay empty."""
    cells = []
    for arm in settings["arms"]:
        n = ard.find(statistic="n", group=arm, **key)
        percent = ard.find(statistic="percent", group=arm, **key)
        text = n.display if n else ""
        cells += [shown([n], text), Cell()]
        if percent and percent.number is not None:
            cells[-2] = shown([n, percent], f"{text} ({percent.display}%)")
    return [*cells, *[Cell()] * (2 * len(others(settings)))]


def methods(ard: ArdIndex) -> list[str]:
    """Tests behind hazard ratio and P, as a footnote; none where no model was fitted."""
    known = []
    for what, name in (("HR", "hr"), ("P", "p_value")):
        rows = ard.select(variable=TREATMENT, statistic=name)
        if found := dict.fromkeys(row.method for row in rows if row.value):
            known.append(f"{what}: {'; '.join(found)}.")
    return [" ".join([*known, "Two-sided."])] if known else []
