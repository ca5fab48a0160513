"""Proportions, and how the arms differ in them, as Analysis Results Data.

Rows of a comparison have the compared arm as group; each arm but the reference has its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.statistics.fisher import odds_ratio
from scripts.lib.statistics.proportions import clopper_pearson, newcombe_difference

NO_PATIENTS = "not applicable: no patients"
NO_ODDS = "not estimable: infinite, nobody or everybody in an arm"
INFINITE = float("inf")
Counts = Mapping[str, tuple[int, int]]


def limits(statistic: str, values: Iterable[float], scale: float = 1) -> dict[str, float | None]:
    """Estimate, lower and upper limit under their names; None where not finite."""
    names = (statistic, f"{statistic}_ci_low", f"{statistic}_ci_high")
    finite = [scale * v if -INFINITE < v < INFINITE else None for v in values]
    return dict(zip(names, finite, strict=True))


def add_proportions(ard: ArdBuilder, counts: Counts, confidence: float, **where: str) -> None:
    """Rows n, N, percent with Clopper-Pearson limits per group.

    Parameters
    ----------
    counts
        Patients who have it, and all patients, by group (empty: all arms together).
    """
    for group, (n, total) in counts.items():
        ard.add_all({"n": n, "N": total}, group=group, **where)
        found = limits("percent", clopper_pearson(n, total, confidence), 100)
        ard.add_all(found, group=group, method="Clopper-Pearson", note=NO_PATIENTS, **where)


def add_differences(
    ard: ArdBuilder, counts: Counts, reference: str, confidence: float, **where: str
) -> None:
    """Rows risk_difference (percentage points) with Newcombe's limits, of each arm."""
    control = counts[reference]
    for arm in compared(counts, reference):
        found = limits(
            "risk_difference", newcombe_difference(*counts[arm], *control, confidence), 100
        )
        method = f"minus {reference}; Newcombe, hybrid score"
        ard.add_all(found, group=arm, method=method, note=NO_PATIENTS, **where)


def add_odds_ratios(
    ard: ArdBuilder, counts: Counts, reference: str, confidence: float, **where: str
) -> None:
    """Rows odds_ratio (conditional maximum likelihood) with exact limits, of each arm."""
    control = counts[reference]
    for arm in compared(counts, reference):
        both = (counts[arm], control)
        table = [[n for n, _ in both], [total - n for n, total in both]]
        known = all(total for _, total in both) and all(sum(row) for row in table)
        values: Any = odds_ratio(table, confidence) if known else [INFINITE] * 3
        method = f"against {reference}; conditional maximum likelihood, exact limits"
        ard.add_all(limits("odds_ratio", values), group=arm, method=method, note=NO_ODDS, **where)


def compared(counts: Counts, reference: str) -> list[str]:
    """Arms that are compared with the reference, in their order."""
    return [group for group in counts if group not in ("", reference)]
