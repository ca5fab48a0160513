"""The verdict of a table: counts and the suite's own sentences, nothing of any patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from scripts.lib.quality import findings
from scripts.lib.quality.outcomes import Outcome
from scripts.lib.quality.suites import Check, ReadingRule, Suite

OF_ROWS = (
    "expect_column_value", "expect_column_pair_values", "expect_compound_columns",
    "expect_multicolumn", "expect_select_column_values",
)  # fmt: skip
"""Beginnings of the names of expectations that look at row after row."""
LIMITS = {"min_value": "at least", "max_value": "at most", "value": "exactly"}
NO_ROW = "no row"


def check_entry(outcome: Outcome) -> dict[str, Any]:
    """What the verdict says of a check of the suite."""
    check = outcome.check
    return {
        "id": check.id, "status": outcome.status, "severity": check.severity,
        "numerator": outcome.numerator, "denominator": outcome.denominator,
        "category": check.category, "says": check.says, "why": outcome.why,
        "because": check.because, "affects": check.affects, "source": "suite",
        "threshold": threshold(check),
    }  # fmt: skip


def threshold(check: Check) -> str:
    """How many rows must hold, or between which limits the table must lie."""
    mostly = check.kwargs.get("mostly", 1)
    if isinstance(mostly, int | float) and mostly < 1:
        return f"{100 * mostly:.3g} % of rows"
    if check.type.startswith(OF_ROWS):
        return "every row"
    limits = [
        f"{words} {check.kwargs[name]:g}"
        for name, words in LIMITS.items()
        if isinstance(check.kwargs.get(name), (int, float))
    ]
    return ", ".join(limits)


def reading_entries(
    suite: Suite, rules: Mapping[str, ReadingRule], found: pd.DataFrame, n_rows: int
) -> list[dict[str, Any]]:
    """What the verdict says of the reading rules: one entry for each, found or not."""
    counts = found["check_id"].value_counts()
    ids = {findings.reading_id(suite.table, rule): rule for rule in rules}
    unknown = {i: i.rsplit(".", 1)[1] for i in sorted(set(counts.index) - set(ids))}
    entries = []
    for check_id, name in (ids | unknown).items():
        rule = rules.get(name)
        n = int(counts.get(check_id, 0))
        severity = suite.reading.get(name, rule.severity if rule else "warning")
        entries.append({
            "id": check_id, "status": "fail" if n else "pass", "severity": severity,
            "numerator": n, "denominator": n_rows,
            "category": rule.category if rule else "conformance",
            "says": rule.says if rule else f"No value is marked {name}.", "why": "",
            "because": "", "affects": [], "source": "reading", "threshold": NO_ROW,
        })  # fmt: skip
    return entries


def derivation_entries(found: pd.DataFrame, n_rows: int) -> list[dict[str, Any]]:
    """What the verdict says of findings that a derivation wrote; one entry a check id."""
    entries = []
    for (check_id, severity), rows in found.groupby(["check_id", "severity"]):
        entries.append({
            "id": check_id, "status": "fail", "severity": severity,
            "numerator": len(rows), "denominator": n_rows, "category": "plausibility",
            "says": rows["question"].iloc[0], "why": "", "because": "", "affects": [],
            "source": "derivation", "threshold": NO_ROW,
        })  # fmt: skip
    return entries


def verdict(
    suite: Suite, entries: list[dict[str, Any]], n_rows: int, hashes: Mapping[str, str]
) -> dict[str, Any]:
    """The verdict of a table: counts and sentences of the suite, nothing of a patient."""
    return {
        "table": suite.table, "protects": suite.protects, "n_rows": n_rows, **hashes,
        "checks": entries,
    }  # fmt: skip


def gate_keys(listing: pd.DataFrame, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the gate needs of each failing row to know whether it is waived; no value.

    Rows that the suite lets pass are among them: a waiver may answer for one, too.
    """
    failing = {entry["id"] for entry in entries if entry["status"] in ("fail", "pass")}
    return [
        {
            "check_id": r["check_id"], "file": r["file"], "sheet": r["sheet"], "row": r["row"],
            "USUBJID": r["USUBJID"], "keys": findings.keys(r), "value_hash": r["value_hash"],
            "severity": r["severity"],
        }
        for r in findings.records(listing[listing["check_id"].isin(failing)])
    ]  # fmt: skip
