"""Forest plots that lay analyses below each other: their lines, and the page of their panels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.display.effect_lines import NOT_ESTIMABLE, TREATMENT, others
from scripts.lib.display.figures import MARGIN, Page, notice_height, write_notice
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.forest_panel import draw_forest, forest_height
from scripts.lib.display.survival_results import counts, estimate

WIDTH, BETWEEN = 180.0, 3.0  # mm


def forest(
    ard: ArdIndex,
    title: tuple[str, str],
    lines: Sequence[tuple[str, dict[str, str]]],
    settings: dict[str, Any],
) -> Forest:
    """A panel with one line an analysis, the first of them the primary one.

    Parameters
    ----------
    title
        Letter and title of the panel.
    lines
        Label of each analysis, and `analysis`, `parameter`, `population` of its rows.
    """
    arms, compared = settings["arms"], others(settings)
    rows = [
        _forest_row(ard, label if len(compared) == 1 else f"{label}: {arms[arm]}", key, arm, arms)
        for label, key in lines
        for arm in compared
    ]
    for row in rows[: len(compared)]:
        row.overall = True
    favours = (f"Favours {arms[compared[0]]}", f"Favours {arms[settings['reference']]}")
    return Forest(
        letter=title[0],
        title=title[1],
        rows=rows,
        arm_labels=list(arms.values()),
        arm_columns=["Events/n", "Median"],
        favours=favours if len(compared) == 1 else ("Favours arm", favours[1]),
        confidence=settings["level"],
        head="Analysis",
    )


def _forest_row(
    ard: ArdIndex, label: str, key: dict[str, str], arm: str, arms: dict[str, str]
) -> Row:
    where = key | {"variable": TREATMENT, "level": arm}
    cells = [["", ""] for _ in arms]
    if not not_collected(ard, where):
        cells = [
            [counts(ard, group=a, **key), ard.display(statistic="median", group=a, **key)]
            for a in arms
        ]
    return effect_row(ard, label, cells, where, key)


def effect_row(
    ard: ArdIndex,
    label: str,
    cells: list[list[str]],
    key: dict[str, str],
    counted: dict[str, str],
) -> Row:
    """A line with the hazard ratio and the P value at `key`, or why there is none.

    Parameters
    ----------
    cells
        Texts of the arms' columns.
    counted
        Where the number of events stands, by which the square grows.
    """
    numbers = [ard.number(statistic=f"hr{end}", **key) for end in ("", "_ci_low", "_ci_high")]
    known = all(number is not None and math.isfinite(number) for number in numbers)
    none = NOT_COLLECTED if not_collected(ard, key) else NOT_ESTIMABLE
    return Row(
        label,
        cells,
        tuple(numbers) if known else None,  # type: ignore[arg-type]
        estimate(ard, "hr", **key) if known else none,
        ard.display(missing="", statistic="p_value", **key) if known else "",
        events=int(ard.number(statistic="events", **counted) or 0),
    )


def not_collected(ard: ArdIndex, key: dict[str, str]) -> bool:
    """Whether the hazard ratio at `key` rests on what the hospital does not collect."""
    ratio = ard.find(statistic="hr", **key)
    return ratio is not None and ratio.not_collected


def events_of_patients(ard: ArdIndex, key: dict[str, str], missing: str = "") -> str:
    """Events and patients of a model, e.g. `57/67`; `missing` for what has no row."""
    found = [ard.display(missing=missing, statistic=one, **key) for one in ("events", "N")]
    return "/".join(filter(None, found))


def draw(panels: Sequence[Forest], notice: str, between: float = BETWEEN) -> Page:
    """Panels below each other, `between` mm apart, with the study's notice at the foot."""
    heights = [forest_height(panel) for panel in panels]
    total = sum(heights) + between * (len(panels) - 1)
    page = Page(WIDTH, MARGIN + total + notice_height(notice, WIDTH))
    top = MARGIN
    for panel, height in zip(panels, heights, strict=True):
        draw_forest(page, MARGIN, top, WIDTH - 2 * MARGIN, panel)
        top += height + between
    write_notice(page, notice)
    return page
