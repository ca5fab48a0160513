"""What the quality page shows, as plain rows: the template only lays them out."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.lib.quality.gates import Decision
from scripts.lib.quality.suites import CATEGORIES
from scripts.lib.quality.waivers import Waiver

Verdicts = Mapping[str, Mapping[str, Any] | None]
RANK = {"error": 0, "fail": 1, "not applicable": 2, "pass": 3}
NOT_REACHED, STOPPED, PASSED = "not reached", "stopped", "passed"


def stages(
    verdicts: Verdicts, decided: Mapping[str, Decision], order: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """Stages in order, each with its tables as rows of the overview."""
    return [
        {"name": stage, "tables": [_table(t, verdicts.get(t), decided.get(t)) for t in tables]}
        for stage, tables in order.items()
    ]


def _table(
    name: str, verdict: Mapping[str, Any] | None, decision: Decision | None
) -> dict[str, Any]:
    entries = verdict["checks"] if verdict else []
    waived = Counter(waiver.check_id for waiver, _ in decision.waived) if decision else Counter()
    gate = NOT_REACHED if decision is None else PASSED if decision.passed else STOPPED
    return {
        "name": name,
        "gate": gate,
        "n_rows": verdict["n_rows"] if verdict else None,
        "protects": verdict["protects"] if verdict else "",
        "suite": verdict["suite_sha256"][:12] if verdict else "",
        "cells": {category: _counts(entries, category) for category in CATEGORIES},
        "checks": sorted(
            ({**entry, "waived": waived[entry["id"]], "share": _share(entry)} for entry in entries),
            key=lambda entry: (entry["source"] != "suite", RANK[entry["status"]]),
        ),
    }


def _counts(entries: Sequence[Mapping[str, Any]], category: str) -> dict[str, int]:
    of_category = [entry for entry in entries if entry["category"] == category]
    return dict(Counter(entry["status"] for entry in of_category))


def _share(entry: Mapping[str, Any]) -> str:
    """Failing part in percent; empty where nothing was counted."""
    if not entry["denominator"] or entry["numerator"] is None:
        return ""
    percent = 100 * entry["numerator"] / entry["denominator"]
    return f"{percent:.1f} %" if percent >= 0.1 or not percent else "< 0.1 %"


def problem_matrix(verdicts: Verdicts) -> dict[str, Any]:
    """Raw values that could not be taken as they stood: counts by rule and table."""
    counts: dict[str, dict[str, int]] = {}
    tables = []
    for table, verdict in verdicts.items():
        read = [e for e in verdict["checks"] if e["source"] == "reading"] if verdict else []
        tables += [table] if read else []
        for entry in read:
            rule = entry["id"].rsplit(".", 1)[1]
            counts.setdefault(rule, {})[table] = entry["numerator"]
    found = {rule: row for rule, row in counts.items() if any(row.values())}
    return {"tables": tables, "rules": found, "silent": sorted(set(counts) - set(found))}


def history(earlier: Mapping[str, Verdicts]) -> dict[str, list[dict[str, Any]]]:
    """What each check found in earlier deliveries, by its id, the oldest delivery first.

    Parameters
    ----------
    earlier
        Delivery -> its verdicts by table; a table that was not reached there has none.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for delivery, verdicts in earlier.items():
        for verdict in filter(None, verdicts.values()):
            for entry in verdict["checks"]:
                seen = {name: entry[name] for name in ("status", "numerator", "denominator")}
                found.setdefault(entry["id"], []).append({"delivery": delivery, **seen})
    return found


def conservation_rows(path: str | Path) -> list[dict[str, Any]]:
    """Row counts per table and part; nothing where the file is not there."""
    if not Path(path).exists():
        return []
    import pyarrow.parquet as pq

    return list(pq.read_table(path).to_pylist())


def waiver_rows(
    waivers: Sequence[Waiver], decided: Mapping[str, Decision], cutoff: str
) -> list[dict[str, Any]]:
    """Every waiver and what it does."""
    covers = Counter(w.line for decision in decided.values() for w, _ in decision.waived)
    lost = {w.line for decision in decided.values() for w, _ in decision.of_other_values}
    rows = []
    for waiver in waivers:
        ended = waiver.expires < dt.date.fromisoformat(cutoff)
        idle = "of another value" if waiver.line in lost else "covers nothing"
        state = "ended" if ended else "in force" if covers[waiver.line] else idle
        rows.append({**vars(waiver), "state": state})
    return rows
