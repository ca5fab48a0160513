"""Waivers: findings that somebody looked at and answers for.

A waiver names a check, a row (or patient), and the hash of the value that was looked at: another
bad value in the same place is not covered. It ends on a date that is compared with the data
cut-off, never with today, so that the same inputs always give the same result.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.text_files import read_text

MEANING = {
    "check_id": "id of the check or reading rule, e.g. FUP-010",
    "key": "`file|sheet|row`, the patient (USUBJID), or the table for a statement about all of it",
    "value_hash": "keyed SHA-256 of the value that was looked at (`value_hash` of findings.csv)",
    "reason": "why the value is right",
    "approved_by": "who answers for it",
    "expires": "YYYY-MM-DD, compared with the data cut-off; it counts up to that day",
}
COLUMNS = tuple(MEANING)
HASH = re.compile(r"[0-9a-f]{64}")
REMEDY = f"Mend the line; the columns are {','.join(COLUMNS)}."


@dataclass(frozen=True)
class Waiver:
    """One line of the waivers file."""

    check_id: str
    key: str
    value_hash: str
    reason: str
    approved_by: str
    expires: dt.date
    line: int

    def means(self, finding: Mapping[str, Any]) -> bool:
        """Whether it is about this finding (`check_id`, `keys`, `value_hash`)."""
        return (
            self.check_id == finding["check_id"]
            and self.key in finding["keys"]
            and self.value_hash == finding["value_hash"]
        )


def read_waivers(path: str | Path) -> list[Waiver]:
    """All waivers; a line beginning with # is a comment.

    Raises
    ------
    Stop
        One line for each mistake; a broken waiver is never passed over.
    """
    path = Path(path)
    remedy = f"config/quality.yaml names it (`waivers`): make it with the line {','.join(COLUMNS)}"
    lines = read_text(path, remedy).splitlines()
    numbered = [
        (n, line) for n, line in enumerate(lines, 1) if line.strip(" ,;") and line[0] != "#"
    ]
    if not numbered or tuple(next(csv.reader([numbered[0][1]]))) != COLUMNS:
        raise Stop(
            f"{path}: the first line must be {','.join(COLUMNS)}. Save it as CSV with commas "
            "(not semicolons)."
        )
    waivers: list[Waiver] = []
    mistakes: list[str] = []
    for number, line in numbered[1:]:
        found = _waiver(next(csv.reader([line], strict=False)), number)
        if isinstance(found, Waiver):
            waivers.append(found)
        else:
            mistakes.append(found)
    mistakes += _repeated(waivers)
    if mistakes:
        raise Stop(f"{path}: " + "\n  ".join(mistakes) + f"\n  {REMEDY}")
    return waivers


def _waiver(fields: list[str], line: int) -> Waiver | str:
    """The waiver on one line, or what is wrong with it."""
    if len(fields) != len(COLUMNS):
        return f"line {line}: {len(fields)} fields instead of {len(COLUMNS)}"
    row = dict(zip(COLUMNS, (field.strip() for field in fields), strict=True))
    empty = [name for name in COLUMNS if not row[name]]
    if empty:
        return f"line {line}: {', '.join(empty)} is empty"
    if not HASH.fullmatch(row["value_hash"]):
        return f"line {line}: value_hash is not a SHA-256 (64 digits 0-9 a-f)"
    try:
        expires = dt.datetime.strptime(row.pop("expires"), "%Y-%m-%d").date()
    except ValueError:
        return f"line {line}: expires is not a date like 2026-12-31"
    return Waiver(**row, expires=expires, line=line)


def _repeated(waivers: Iterable[Waiver]) -> list[str]:
    seen: dict[tuple[str, str, str], int] = {}
    mistakes = []
    for waiver in waivers:
        same = (waiver.check_id, waiver.key, waiver.value_hash)
        if same in seen:
            mistakes.append(f"line {waiver.line}: the same waiver as line {seen[same]}")
        seen.setdefault(same, waiver.line)
    return mistakes
