"""Cells that the tables of response and adverse events share: estimates with limits, head lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.display.printed_table import Cell, Head, shown
from scripts.lib.display.survival_results import interval


class Analysis(ArdIndex):
    """Rows of one analysis, found without naming it."""

    def find(self, **key: str) -> Row | None:
        """The row with that key; None where there is none."""
        return super().find(**{"analysis": self.rows[0].analysis} | key) if self.rows else None


def with_limits(ard: ArdIndex, statistic: str, **key: str) -> Cell:
    """`1.68 (0.85–3.33)`, `12.9 (-2.7 to 27.7)`; the sign for none without estimate and limits."""
    names = (statistic, f"{statistic}_ci_low", f"{statistic}_ci_high")
    rows = [ard.find(statistic=name, **key) for name in names]
    middle, *ends = (row.display if row else "-" for row in rows)
    none = all(row is None or not row.value for row in rows)
    signed = statistic == "risk_difference"
    limits = f"({ends[0]} to {ends[1]})" if signed else interval(*ends)
    return shown(rows, middle if none else f"{middle} {limits}")


def count(ard: ArdIndex, **key: str) -> Cell:
    """`36 (53.7)`."""
    return _counted(ard, ("n", "percent"), key)


def count_with_limits(ard: ArdIndex, **key: str) -> Cell:
    """`36 (53.7; 41.1–66.0)`."""
    return _counted(ard, ("n", "percent", "percent_ci_low", "percent_ci_high"), key)


def _counted(ard: ArdIndex, names: Sequence[str], key: dict[str, str]) -> Cell:
    rows = [ard.find(statistic=name, **key) for name in names]
    if rows[0] and rows[0].not_collected:
        return shown(rows[:1], rows[0].display)
    n, percent, *ends = (row.display if row else "-" for row in rows)
    inside = f"{percent}; {ends[0]}–{ends[1]}" if ends else percent
    return shown(rows, f"{n} ({inside})")


def arms_of(study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Id and label of each arm."""
    return [(arm["id"], arm["label"]) for arm in study["arms"]]


def compared_arms(study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Id and head `Label vs. reference` of each arm that is compared."""
    labels = dict(arms_of(study))
    reference = study["reference"]
    return [
        (arm, f"{label} vs. {labels[reference]}")
        for arm, label in labels.items()
        if arm != reference
    ]


def two_lines(
    first: str,
    study: Mapping[str, Any],
    sizes: ArdIndex,
    per_arm: Sequence[str],
    per_pair: Sequence[str],
) -> list[list[Head]]:
    """Head of two lines: arms with `n=` and comparisons; below, what their columns hold."""
    upper, lower = [Head("")], [Head(first)]
    for arm, label in arms_of(study):
        n = sizes.display(group=arm, statistic="N")
        upper.append(Head(f"{label} (n={n})", len(per_arm)))
        lower += [Head(text) for text in per_arm]
    for _, label in compared_arms(study):
        upper.append(Head(label, len(per_pair)))
        lower += [Head(text) for text in per_pair]
    return [upper, lower]
