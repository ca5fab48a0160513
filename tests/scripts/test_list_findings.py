"""The public listing has no values; the private one has them and is its owner's alone."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pandas as pd

from scripts.lib.quality import findings
from scripts.lib.quality.findings import list_findings, write_findings
from scripts.lib.tables import write_table


def listing(check_id: str, severity: str, value: str) -> pd.DataFrame:
    row = dict.fromkeys(findings.PRIVATE, pd.NA) | {
        "table": "t", "check_id": check_id, "severity": severity, "row": 3, "value": value,
    }  # fmt: skip
    return pd.DataFrame([row]).astype(findings.TYPES)


def test_the_severest_come_first_and_values_stay_private(tmp_path: Path) -> None:
    paths = []
    for name, part in {
        "a": listing("A-001", "info", "x"), "b": listing("B-001", "critical", "Zhang, Wei"),
        "c": findings.empty(),
    }.items():  # fmt: skip
        paths.append(tmp_path / f"{name}.parquet")
        write_table(part, paths[-1])
    public, private = tmp_path / "q" / "findings.csv", tmp_path / "private" / "findings.csv"

    write_findings(list_findings(paths), public, private)

    with public.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(findings.PUBLIC)
    assert [row["check_id"] for row in rows] == ["B-001", "A-001"]
    assert "Zhang" not in public.read_text("utf-8") and "Zhang" in private.read_text("utf-8")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_no_findings_still_give_both_files(tmp_path: Path) -> None:
    write_findings(list_findings([]), tmp_path / "p.csv", tmp_path / "private" / "q.csv")

    assert (tmp_path / "p.csv").read_text("utf-8") == ",".join(findings.PUBLIC) + "\n"
