"""The page: one file, offline, no values, right counts. In a browser: tests/browser."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.code import ROOT
from scripts.lib.config.quality import open_gates
from scripts.lib.plan.quality_plan import TEMPLATE
from scripts.lib.quality.findings import PUBLIC
from scripts.lib.quality.quality_page import write_page
from scripts.lib.quality.quality_summary import summary_line
from scripts.lib.tables import write_table
from tests.lib.quality.test_expectations import table

SETTINGS = {
    "title": "A study of <b>things</b>", "notice": "Synthetic data.", "delivery": "2026-05",
    "data_cutoff": "2024-12-31", "stops": ["critical"], "rows": 3,
    "stages": {"standardised": ["patients"], "analysis": ["adsl", "adtte_pfs"]},
    "arms": {"a": "Alpha", "b": "Beta"}, "absent": {"patients": {"kps": "not collected: no form"}},
    "earlier": ["2025-11"], "open_gates": "",
}  # fmt: skip
HASH = "a" * 64


def entry(check_id: str, status: str, numerator: int | None, **more: Any) -> dict[str, Any]:
    return {
        "id": check_id, "status": status, "severity": "critical", "numerator": numerator,
        "denominator": 160, "category": "plausibility", "says": f"Statement {check_id}.",
        "why": "", "because": "", "affects": ["PFS"], "source": "suite",
        "threshold": "every row",
    } | more  # fmt: skip


def verdict(name: str, *checks: dict[str, Any]) -> dict[str, Any]:
    return {"table": name, "protects": f"Gate of {name}.", "n_rows": 160,
            "suite_sha256": HASH, "dataset_sha256": HASH, "checks": list(checks)}  # fmt: skip


def study(folder: Path) -> dict[str, Any]:
    """Files of a study: one table passes with a waiver, one is shut, one was not reached."""
    verdicts = {
        "patients": verdict(
            "patients",
            entry("PAT-001", "pass", 0, category="conformance"),
            entry("PAT-002", "fail", 1),
            entry("PAT-003", "pass", 2, why="2 of 160 rows fail; the suite lets 5 % pass"),
            entry("PAT-004", "not applicable", 0, why="not collected: no register"),
            entry("patients.reading.unknown_code", "fail", 4, severity="warning", source="reading"),
            entry("patients.reading.not_a_number", "pass", 0, source="reading"),
        ),
        "adsl": verdict("adsl", entry("ADS-001", "error", None, why="there is no column `AGE`")),
    }
    place = {
        "file": "p.csv",
        "sheet": None,
        "row": 7,
        "USUBJID": "S1",
        "keys": ["p.csv||7", "S1"],
        "severity": "critical",
    }
    keys = {"patients": [{"check_id": "PAT-002", "value_hash": HASH, **place}], "adsl": []}
    for name in verdicts:
        (folder / f"{name}.json").write_text(json.dumps(verdicts[name]), encoding="utf-8")
        (folder / "keys").mkdir(exist_ok=True)
        (folder / "keys" / f"{name}.json").write_text(json.dumps(keys[name]), encoding="utf-8")
    (folder / "repairs.csv").write_text(
        "table,file,sheet,what,way,rows,first_rows\n"
        "patients,p.csv,,identifier,leading zeros restored,12,4 7 9\n"
        "patients,p.csv,,row,title,1,1\n"
    )
    (folder / "waivers.csv").write_text(
        "check_id,key,value_hash,reason,approved_by,expires\n"
        f"PAT-002,S1,{HASH},seen & right,a data manager,2026-01-01\n"
        f"PAT-009,S1,{HASH},old,a data manager,2026-01-01\n"
        f"PAT-002,S2,{HASH},old,a data manager,2020-01-01\n",
        encoding="utf-8",
    )
    with (folder / "findings.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, PUBLIC)
        writer.writeheader()
        for i, severity in enumerate(["critical", "warning", "warning", "info"]):
            writer.writerow({"table": "patients", "check_id": f"PAT-{i:03d}", "severity": severity,
                             "row": i, "question": f"Question {i}?"})  # fmt: skip
    counts = table(table=["patients"], part=["patients"], rows_raw=[10], rows_staged=[10],
                   rows_kept=[7], rows_set_aside=[1], rows_duplicate=[1],
                   rows_left_out=[0])  # fmt: skip
    write_table(counts, folder / "row_conservation.parquet")
    names = ["patients", "adsl", "adtte_pfs"]
    people = table(USUBJID=["S1", "S1", "S2", "S3"], sex=["secret", None, None, None],
                   kps=[None] * 4, src_file=["p.csv"] * 4)  # fmt: skip
    (folder / "data_patients").mkdir(exist_ok=True)
    write_table(people, folder / "data_patients/patients.parquet")
    cohort = table(USUBJID=["S1", "S2"], TRT01A=["a", "b"], included=[True, False])
    write_table(cohort, folder / "cohort.parquet")
    old = folder / "2025-11/results/quality"
    old.mkdir(parents=True, exist_ok=True)
    (old / "patients.json").write_text(
        json.dumps(verdict("patients", entry("PAT-002", "fail", 5))), encoding="utf-8"
    )
    manifest = {"delivery": "2025-11", "files": {"results/quality/patients.json": HASH}}
    (folder / "2025-11/manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return {
        "data": [folder / "data_patients/patients.parquet", folder / "cohort.parquet",
                 folder / "never/adsl.parquet"],
        "earlier": [folder / "2025-11/manifest.json"],
        "verdicts": [folder / f"{name}.json" for name in names],
        "row_keys": [folder / "keys" / f"{name}.json" for name in names],
        "repairs": folder / "repairs.csv",
        "findings": folder / "findings.csv", "waivers": folder / "waivers.csv",
        "conservation": folder / "row_conservation.parquet", "template": ROOT / TEMPLATE,
    }  # fmt: skip


@pytest.fixture
def page(tmp_path: Path) -> str:
    return write_page(study(tmp_path), SETTINGS)[0]


def text_of(page: str) -> str:
    """The text that a reader sees, spaces folded."""
    body = re.sub(r"<(style|script)>.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_the_page_needs_nothing_from_outside(page: str) -> None:
    loaded: list[str] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            loaded.extend(v or "" for k, v in attrs if k in ("src", "href", "action", "data"))

    Links().feed(page)
    beside = {"repairs.csv", *(f"../../data/private/{n}.csv" for n in ("repairs", "rows_left_out"))}
    beside |= {"../status.js"}  # loaded where it is there; all others are followed
    assert {link for link in loaded if not link.startswith("#")} == beside
    assert "://" not in page and "url(" not in page and "@import" not in page


def test_the_same_inputs_give_the_same_page(tmp_path: Path) -> None:
    inputs = study(tmp_path)

    assert write_page(inputs, SETTINGS) == write_page(inputs, SETTINGS)


def test_the_page_says_what_it_should(page: str) -> None:
    text = text_of(page)

    for part in (
        "Synthetic data.", "A study of &lt;b&gt;things&lt;/b&gt;", "seen &amp; right",
        "The gate of adsl is shut", "Not reached: adtte_pfs", "there is no column `AGE`",
        "2 of 160 rows fail; the suite lets 5 % pass", "1 waived", "2 let pass",
        "not collected: no register", "1 unaccounted", "unknown_code 4",
        "Looked for and not found: not_a_number", "The first 3 of 4", "1.2 %",
        "2025-11: 5 of 160", "every row", "2 of patients in the study", "2 of other patients",
        "10", "1 exact duplicates", "1 unaccounted",
    ):  # fmt: skip
        assert part in text, part
    assert re.findall(r"in force|covers nothing|ended", text) == [
        "in force", "covers nothing", "ended",
    ]  # fmt: skip


def test_the_page_leads_to_repaired_numbers_and_rows_left_out(page: str) -> None:
    section = page.split('id="repairs"')[1].split('id="missing"')[0]
    for link in ("../../data/private/repairs.csv", "../../data/private/rows_left_out.csv"):
        assert f'href="{link}"' in section
    assert re.findall(r"<td[^>]*>([^<]*)</td>", section)[4:7] == [
        "leading zeros restored", "12", "4 7 9",
    ]  # fmt: skip
    assert "row left out" in section


def test_the_summary_counts_checks_findings_waivers_and_gates(tmp_path: Path) -> None:
    summary = json.loads(write_page(study(tmp_path), SETTINGS)[1])

    assert summary == {
        "tables": 3, "not_reached": ["adtte_pfs"], "stopped": ["adsl"],
        "checks": {"pass": 3, "fail": 2, "error": 1, "not applicable": 1},
        "findings": {"critical": 0, "warning": 2, "info": 1}, "waived": 1,
    }  # fmt: skip
    assert summary_line(summary) == (
        "data quality: 0 critical, 2 warning, 1 info findings (1 waived); 3 of 7 checks passed, "
        "1 could not be made (results/quality/index.html)"
    )


def test_no_value_of_the_data_is_on_the_page(page: str) -> None:
    assert "secret" not in page


def test_what_is_missing_is_shown_by_column_and_arm(page: str) -> None:
    titles = re.findall(r"<title>((?:sex|kps|arm|TRT01A|included), [^<]*)</title>", page)

    assert "sex, all: 3 of 4 missing" in titles
    assert "sex, Alpha: 1 of 2 missing" in titles
    assert "sex, Beta: 1 of 1 missing" in titles
    assert "kps, all: not collected: no form" in titles
    assert not [title for title in titles if "src_file" in title]


def test_a_delivery_without_one_before_it_says_so(tmp_path: Path) -> None:
    page = write_page(study(tmp_path) | {"earlier": []}, SETTINGS | {"earlier": []})[0]

    assert "there is no history to show" in page and "Earlier deliveries" not in page


def test_a_run_that_stopped_early_shows_what_there_is(tmp_path: Path) -> None:
    inputs = study(tmp_path) | {"data": [tmp_path / "never/patients.parquet"]}

    assert "not reached" in write_page(inputs, SETTINGS)[0]


def test_gates_that_stand_open_are_said_with_the_reason(tmp_path: Path) -> None:
    said = open_gates({"stops": [], "stops_reason": "a dry run"})

    page, _ = write_page(study(tmp_path), SETTINGS | {"stops": [], "open_gates": said})

    assert "Critical findings do not stop this study" in page and "Reason: a dry run" in page
    assert "only if its severity is none and nobody" in page
