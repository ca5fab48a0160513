"""Whether a dataset may be used: its verdict, the waivers, and what the study lets stop a run."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.lib.quality.waivers import Waiver, read_waivers

EMPTY = "is empty in all"  # why a check could not be made: a column without any value
SHOWN = 5  # rows that a message names

Finding = Mapping[str, Any]  # check_id, file, sheet, row, USUBJID, keys, value_hash
Entry = Mapping[str, Any]  # a check of a verdict


@dataclass
class Decision:
    """What the gate of one table found.

    `blocked` pairs a check with the findings that nobody answers for (none for an error);
    `expired` holds the waivers that would have covered a finding in time; `of_other_values` those
    of a place that does not pass, given for what stood there before, each with what is there now.
    """

    blocked: list[tuple[Entry, list[Finding]]] = field(default_factory=list)
    waived: list[tuple[Waiver, Finding]] = field(default_factory=list)
    expired: list[Waiver] = field(default_factory=list)
    of_other_values: list[tuple[Waiver, Finding]] = field(default_factory=list)
    warnings: int = 0

    @property
    def passed(self) -> bool:
        """Nothing stands in the way."""
        return not self.blocked


def decide(
    verdict: Mapping[str, Any],
    findings: Iterable[Finding],
    waivers: Iterable[Waiver],
    *,
    cutoff: str,
    stops: Sequence[str],
) -> Decision:
    """Judge a verdict.

    Parameters
    ----------
    findings
        Failing rows of the table (`data/private/findings/{table}.json`).
    cutoff
        Data cut-off (ISO); a waiver holds as long as this is not after its `expires`.
    stops
        Severities whose failures stop; an error always stops and cannot be waived.
    """
    decision, by_check = Decision(), _by_check(findings)
    known = _by_check({**vars(w), "waiver": w} for w in waivers)
    if not verdict["checks"]:
        decision.blocked.append(({"id": "SUITE", "status": "error", "why": "it has no checks"}, []))
    for entry in verdict["checks"]:
        found = by_check.get(entry["id"], [])
        if entry["status"] == "error":
            decision.blocked.append((entry, []))
        elif entry["status"] == "fail":
            left = _not_waived(found, known.get(entry["id"], []), cutoff, decision)
            if entry["severity"] not in stops:
                decision.warnings += len(left)
            elif left or not found:
                decision.blocked.append((entry, left))
        else:  # rows that the suite lets pass: nothing to answer for, and yet answered
            decision.waived += _covered(found, known.get(entry["id"], []), cutoff)[0]
    return decision


def read_decision(
    verdict: str, findings: str, waivers: str, settings: Mapping[str, Any]
) -> tuple[dict[str, Any], Decision]:
    """A verdict from its file, and what its gate makes of it.

    Parameters
    ----------
    verdict, findings, waivers
        Paths.
    settings
        `data_cutoff` and `stops`.
    """
    judged = json.loads(Path(verdict).read_text(encoding="utf-8"))
    rows = json.loads(Path(findings).read_text(encoding="utf-8"))
    cutoff, stops = settings["data_cutoff"], settings["stops"]
    return judged, decide(judged, rows, read_waivers(waivers), cutoff=cutoff, stops=stops)


def _by_check(items: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    grouped: dict[str, list[Any]] = {}
    for item in items:
        grouped.setdefault(item["check_id"], []).append(item)
    return grouped


def _covered(
    found: Sequence[Finding], known: Sequence[Any], cutoff: str
) -> tuple[list[tuple[Waiver, Finding]], list[tuple[Finding, list[Waiver]]]]:
    """Findings with a waiver in force, and those without one, with waivers that have ended."""
    covered, left = [], []
    for finding in found:
        about = [k["waiver"] for k in known if k["waiver"].means(finding)]
        in_force = [w for w in about if w.expires >= dt.date.fromisoformat(cutoff)]
        if in_force:
            covered.append((in_force[0], finding))
        else:
            left.append((finding, about))
    return covered, left


def _not_waived(
    found: Sequence[Finding], known: Sequence[Any], cutoff: str, decision: Decision
) -> list[Finding]:
    """Findings without a waiver in force; those with one go to `decision.waived`."""
    covered, left = _covered(found, known, cutoff)
    decision.waived += covered
    decision.expired += [waiver for _, ended in left for waiver in ended]
    means_one = [k["waiver"] for k in known if any(k["waiver"].means(f) for f in found)]
    places = {key: finding for finding, _ in reversed(left) for key in finding["keys"]}
    decision.of_other_values += [
        (k["waiver"], places[k["waiver"].key])
        for k in known
        if k["waiver"] not in means_one and k["waiver"].key in places
    ]
    return [finding for finding, _ in left]


def message(verdict: Mapping[str, Any], decision: Decision, *, waivers_file: str) -> str:
    """What a failed gate says: what, where, and what to do; keys and rows, never values."""
    table = verdict["table"]
    errors = [e for e, _ in decision.blocked if e["status"] == "error"]
    failed = [(e, rows) for e, rows in decision.blocked if e["status"] != "error"]
    parts = [f"{len(failed)} check(s) failed"] * bool(failed)
    parts += [f"{len(errors)} could not be made"] * bool(errors)
    lines = [f"the dataset {table} does not pass its gate: {' and '.join(parts)}."]
    for entry in errors:
        lines += [f"  {entry['id']} could not be made: {entry['why']}."]
    for entry, rows in failed:
        lines += [f"  {entry['id']} {entry['says']}", f"    {_where(entry, rows)}"]
    lines += [
        f"  waiver in line {w.line} of {waivers_file} ended on {w.expires}, before the data cut-off"
        for w in decision.expired
    ]
    for waiver, finding in decision.of_other_values:
        lines += [
            f"  waiver in line {waiver.line} of {waivers_file} was given for another value than the"
            " one that is there now; if that is right, too, the line is",
            f"    {waiver_line(finding)}",
        ]
    lines += _remedy(table, errors, failed, waivers_file)
    return "\n".join(lines)


def _where(entry: Entry, rows: Sequence[Finding]) -> str:
    """`7 of 400 rows fail: followup.csv row 12, row 15, ... and 2 more`."""
    named = ", ".join(place(row) for row in rows[:SHOWN])
    more = f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else ""
    waived = (entry["numerator"] or 0) - len(rows)
    note = f" ({waived} more waived)" if waived > 0 and rows else ""
    return f"{len(rows)} of {entry['denominator']}: {named}{more}{note}"


def place(finding: Finding) -> str:
    """Where a finding is: its raw row, else its patient, else the table as a whole."""
    if finding["file"]:
        sheet = f" sheet {finding['sheet']}" if finding["sheet"] else ""
        row = "" if finding["row"] is None else f" row {finding['row']}"
        return f"{finding['file']}{sheet}{row}"
    return f"patient {finding['USUBJID']}" if finding["USUBJID"] else "the table as a whole"


def _remedy(
    table: str,
    errors: Sequence[Entry],
    failed: Sequence[tuple[Entry, Sequence[Finding]]],
    waivers_file: str,
) -> list[str]:
    lines = ["What to do:"]
    if any(EMPTY in entry["why"] for entry in errors):
        lines.append(
            f"  an empty column: ask for it to be exported; or, where the hospital does not record"
            f" it, give it `absent: true` and a `reason` under sources.tables.{table}.columns"
        )
    if not all(EMPTY in entry["why"] for entry in errors):
        lines.append(
            f"  mend expectations/{table}.yaml: a check that could not be made cannot be waived"
            f" (details: data/private/findings/{table}.parquet)"
        )
    rows = [row for _, found in failed for row in found]
    if any(len(found) > SHOWN for _, found in failed):
        lines.append(
            "  many rows of one kind are seldom wrong: first see whether config/sources.yaml and"
            " config/codelists/ read them as the hospital means them"
        )
    if rows:
        lines += [
            f"  have the raw data corrected (with values: data/private/findings.csv), or, where a"
            f" value is right, answer for it in {waivers_file}:",
            *(f"    {waiver_line(row)}" for row in rows[:SHOWN]),
        ]
    return [*lines, "  all checks: results/quality/index.html"]


def waiver_line(finding: Finding) -> str:
    """The line to add to the waivers file, but for reason, name and date."""
    line = io.StringIO()
    known = (finding["check_id"], finding["keys"][0], finding["value_hash"])
    csv.writer(line, lineterminator="").writerow([*known, "REASON", "YOUR NAME", "YYYY-MM-DD"])
    return line.getvalue()
