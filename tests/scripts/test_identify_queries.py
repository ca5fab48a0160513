"""Findings become queries: ids, words in two languages, what they can change."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pandas as pd

from scripts.check_row_conservation import ASKED
from scripts.lib.quality import findings
from scripts.lib.quality.suites import ReadingRule, Suite
from scripts.lib.queries.asked import asked_queries, write_asked
from scripts.lib.queries.words import DERIVED_ZH, READING_ZH
from scripts.lib.reading.problems import RULES
from scripts.lib.tables import read_table, write_private_text, write_table
from tests.small_tables import source_table

SUITE = Suite.model_validate({
    "table": "followup", "key": ["USUBJID"], "protects": "Every death there is.",
    "checks": [
        {"id": "FUP-001", "type": "x", "severity": "warning", "category": "completeness",
         "says": "Everybody has a status.", "affects": ["OS"], "question": "Alive?",
         "question_zh": "是否存活？"},
        {"id": "FUP-002", "type": "x", "severity": "info", "category": "plausibility",
         "says": "Nobody dies twice."},
    ],
})  # fmt: skip
READING = {"unknown_code": ReadingRule(id="unknown_code", category="conformance", says="Words.")}
SETTINGS = {
    "tables": {"followup": {"headers": {"Status": ["status"]}, "date": "contact_date"}},
    "columns": {"followup": {"status": ["OS"]}}, "variables": {}, "datasets": {},
    "results": ["OS"],
    "lineage": {"tables": ["followup"], "picked": {}, "endpoints": {}, "aliases": {}, "starts": {},
                "columns": {}, "looked_up": {}},
}  # fmt: skip
TABLE = "USUBJID | contact_date | status\n S1 | 2021-03-05 |\n S2 | 2021-03-06 |"


def found() -> pd.DataFrame:
    row = dict.fromkeys(findings.PRIVATE) | {
        "table": "followup", "severity": "warning", "file": "made.csv", "USUBJID": "S1",
        "question": "?", "column": "status", "value": "status=missing", "value_hash": "h", "row": 2,
    }  # fmt: skip
    rows = [row | {"check_id": "FUP-001"}, row | {"check_id": "FUP-002", "USUBJID": "S2", "row": 3},
            row | {"check_id": "followup.reading.unknown_code", "column": "Status"}]  # fmt: skip
    return pd.DataFrame(rows).astype(findings.TYPES)


def test_every_finding_is_a_query_with_words_and_what_it_can_change():
    tables = {"followup": source_table(TABLE)}
    asked, _ = asked_queries(found(), tables, {"followup": SUITE}, READING, SETTINGS, bytes(32))
    asked = asked.set_index("check_id")
    assert asked["id"].is_unique and len(asked) == 3
    assert asked.loc["FUP-001", "question_zh"] == "是否存活？"
    assert asked.loc["FUP-002", "question_zh"] == "此值与其他记录不符或不合常理，请核实。"
    assert asked["affects"].to_list() == ["OS"] * 3
    assert asked.loc["followup.reading.unknown_code", "field"] == "status"
    assert set(asked["category"]) == {"completeness", "plausibility", "conformance"}


def test_every_reading_rule_has_its_question_in_chinese():
    assert set(READING_ZH) == set(RULES)


def test_every_finding_of_a_derivation_has_its_question_in_chinese():
    derived = {"before_start", "after_death", "after_cutoff", "after_complete", "contradiction",
               "tie", "no_start"}  # fmt: skip
    assert set(DERIVED_ZH) == {*ASKED, *derived}


def test_the_files_are_private_and_say_what_was_judged(tmp_path: Path):
    write_table(source_table(TABLE), tmp_path / "followup.parquet")
    (tmp_path / "rows").mkdir()
    write_table(found(), tmp_path / "rows/followup.parquet")
    suites = Path(__file__).resolve().parents[2] / "expectations"
    write_private_text(tmp_path / "key", "00" * 32)
    inputs = {
        "rows": [str(tmp_path / "rows/followup.parquet")],
        "tables": [str(tmp_path / "followup.parquet")],
        "suites": [str(suites / "followup.yaml")], "reading": [str(suites / "reading.yaml")],
        "key": [str(tmp_path / "key")],
    }  # fmt: skip
    names = {"asked": "asked.parquet", "cells": "cells.parquet", "judged": "judged.json"}
    outputs = {name: str(tmp_path / "private" / file) for name, file in names.items()}
    (tmp_path / "counts.json").write_text(json.dumps({"read": []}))
    inputs |= {"derived": [], "counts": [str(tmp_path / "counts.json")]}

    write_asked(inputs, SETTINGS, outputs)

    asked, cells, judged = (Path(path) for path in outputs.values())

    assert len(read_table(asked)) == 3
    assert json.loads(judged.read_text()) == {"datasets": ["followup"]}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (asked, cells, judged)} == {0o600}


def test_without_findings_there_are_no_queries():
    tables = {"followup": source_table(TABLE)}
    asked, _ = asked_queries(
        findings.empty(), tables, {"followup": SUITE}, READING, SETTINGS, bytes(32)
    )
    assert asked.empty and {"id", "field", "affects", "question_zh"} <= set(asked)
