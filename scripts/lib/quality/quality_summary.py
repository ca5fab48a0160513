"""Verdicts, gates and findings as numbers: for the page, the report and the end of a run.

Imports nothing heavy: the hooks at the end of a run use it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.lib.quality.gates import Decision, decide
from scripts.lib.quality.waivers import Waiver

STATUSES = ("pass", "fail", "error", "not applicable")
SEVERITIES = ("critical", "warning", "info")
SUMMARY = Path("results/quality/summary.json")
PAGE = "results/quality/index.html"

Verdicts = Mapping[str, Mapping[str, Any] | None]  # by table; None where there is none (yet)


def decisions(
    verdicts: Verdicts,
    keys: Mapping[str, Sequence[Mapping[str, Any]]],
    waivers: Sequence[Waiver],
    settings: Mapping[str, Any],
) -> dict[str, Decision]:
    """What each gate says, by table."""
    cutoff, stops = settings["data_cutoff"], settings["stops"]
    return {
        table: decide(verdict, keys[table], waivers, cutoff=cutoff, stops=stops)
        for table, verdict in verdicts.items()
        if verdict is not None
    }


def summarise(
    verdicts: Verdicts,
    decided: Mapping[str, Decision],
    findings: Iterable[Mapping[str, Any]],
) -> dict[str, Any]:
    """Counts of checks by status, findings by severity, and which gates are shut.

    A finding that somebody answers for counts as waived and nowhere else.
    """
    checks = [entry for verdict in verdicts.values() if verdict for entry in verdict["checks"]]
    by_status = Counter(entry["status"] for entry in checks)
    by_severity = Counter(finding["severity"] for finding in findings)
    waived = [finding for decision in decided.values() for _, finding in decision.waived]
    by_severity.subtract(finding["severity"] for finding in waived)
    return {
        "tables": len(verdicts),
        "not_reached": sorted(table for table, verdict in verdicts.items() if verdict is None),
        "stopped": sorted(table for table, decision in decided.items() if not decision.passed),
        "checks": {status: by_status[status] for status in STATUSES},
        "findings": {severity: by_severity[severity] for severity in SEVERITIES},
        "waived": len(waived),
    }


def summary_line(summary: Mapping[str, Any]) -> str:
    """What a run ends with."""
    found = ", ".join(f"{n} {severity}" for severity, n in summary["findings"].items())
    checks = summary["checks"]
    made = sum(checks.values())
    errors = f", {checks['error']} could not be made" if checks["error"] else ""
    waived = f" ({summary['waived']} waived)" if summary["waived"] else ""
    return (
        f"data quality: {found} findings{waived}; {checks['pass']} of {made} checks passed"
        f"{errors} ({PAGE})"
    )


def read_summary(path: Path = SUMMARY) -> dict[str, Any] | None:
    """The counts of the last page that was rendered; None where a gate stopped the run."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
