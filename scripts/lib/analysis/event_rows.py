"""Adverse events that a declared count takes, and the order of its terms."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scripts.lib.expressions.evaluate import evaluate


def select(events: pd.DataFrame, where: str | None) -> pd.DataFrame:
    """Events for which the expression is true."""
    if not where:
        return events
    return events[evaluate(where, events).astype("boolean").fillna(False).to_numpy(bool)]


def term_order(events: pd.DataFrame, by: str, first: Sequence[str]) -> list[str]:
    """Declared terms, then the others of the data by number of patients and name."""
    counts = events.groupby(by)["USUBJID"].nunique()
    others = counts.drop(labels=list(first), errors="ignore")
    ranked = sorted(others.items(), key=lambda item: (-item[1], str(item[0])))
    return [*first, *(str(term) for term, _ in ranked)]
