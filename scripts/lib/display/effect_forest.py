"""Forest plots that lay analyses of the treatment effect below each other, the primary first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.derivation.absences import NOT_COLLECTED
from scripts.lib.display.effect_lines import NOT_ESTIMABLE, TREATMENT, others
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.survival_results import counts, estimate


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
    numbers = [ard.number(statistic=name, **where) for name in ("hr", "hr_ci_low", "hr_ci_high")]
    known = all(n is not None and math.isfinite(n) for n in numbers)
    ratio = ard.find(statistic="hr", **where)
    if ratio is not None and ratio.note.startswith(NOT_COLLECTED):
        return Row(label, [["", ""] for _ in arms], None, NOT_COLLECTED, "")
    return Row(
        label,
        [[counts(ard, group=a, **key), ard.display(statistic="median", group=a, **key)]
         for a in arms],
        tuple(numbers) if known else None,  # type: ignore[arg-type]
        estimate(ard, "hr", **where) if known else NOT_ESTIMABLE,
        ard.display(statistic="p_value", **where) if known else "",
        events=int(ard.number(statistic="events", group="", **key) or 0),
    )  # fmt: skip
