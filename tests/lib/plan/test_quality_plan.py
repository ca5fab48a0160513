"""Which datasets are validated together, from what, and whose gates come first."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan.batches import dataset_path, plan_batches
from scripts.lib.plan.quality_plan import absent_columns, absent_for, plan_quality
from scripts.lib.quality.suites import Suite

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    return load_config("config")


def test_a_stage_is_one_batch() -> None:
    batches = plan_batches(["a", "b", "c"], ["pfs", "os", "pfs1"], ["pfs", "os"])

    names = [name for tables in batches.values() for name in tables]
    assert sorted(names) == sorted(
        ["a", "b", "c", "row_conservation", "subjects", "cohort", "adsl", "adrs", "adae",
         "adtte_pfs", "adtte_os", "adtte_pfs1", "model_pfs", "model_os"]
    )  # fmt: skip
    assert list(batches) == ["standardised", "analysis", "models"]
    assert batches["models"] == ["model_pfs", "model_os"]
    assert dataset_path("b", batches) == "data/standardised/b.parquet"
    assert dataset_path("model_pfs", batches) == "data/analysis/model_pfs.parquet"


def test_a_stage_of_a_large_study_has_batches_that_run_side_by_side() -> None:
    made = (["a", "b", "c"], ["pfs", "os", "pfs1"], ["pfs", "os"], ["adtte_more"])
    small, large = plan_batches(*made), plan_batches(*made, raw_bytes=10**9)

    assert large["standardised_1"] == ["a", "c"]
    assert large["analysis_1"] == ["subjects", "cohort", "adsl", "adtte_pfs1"]
    assert large["models_os"] == ["model_os"]
    assert [n for names in large.values() for n in names] == [
        n for names in small.values() for n in names
    ]  # findings and page have the same order


def test_the_plan_of_the_demonstration_study(config: dict[str, Any]) -> None:
    plan = plan_quality(config)

    by_name = {batch.name: batch for batch in plan.batches}
    assert "data/analysis/adtte_os.parquet" in by_name["models"].neighbours
    assert by_name["analysis"].derived[:2] == [
        "data/private/findings/derive_subjects.parquet",
        "data/private/findings/derive_adtte_pfs1.parquet",
    ]
    assert not any(batch.codelists for batch in plan.batches)  # a list judges no column it made
    assert plan.gates_before["adsl"] == [
        "data/gates/subjects.passed",
        "data/gates/cohort.passed",
        "data/gates/adtte_pfs1.passed",
    ]
    assert plan.gates_before["patients"] == []
    assert by_name["analysis"].tables[-4:-2] == ["adtte_without_exclusion", "adtte_rule_sets"]
    assert plan.gates_before["adtte_rule_sets"] == [
        "data/gates/subjects.passed",
        "data/gates/cohort.passed",
    ]


def test_the_gate_of_a_table_requires_those_that_it_looks_into(config: dict[str, Any]) -> None:
    tables = config["sources"]["tables"]
    tables["assessments"]["columns"]["line"] |= {"from": None, "joined": "treatments.line"}
    tables["assessments"]["joins"] = {"treatments": {"table": ""}}

    before = plan_quality(config).gates_before
    assert before["assessments"] == ["data/gates/treatments.passed"]
    assert before["followup"] == []


def test_without_sensitivity_analyses_their_datasets_are_not_planned(
    config: dict[str, Any],
) -> None:
    config["sensitivity"]["enabled"] = False

    planned = [table for batch in plan_quality(config).batches for table in batch.tables]
    assert not [table for table in planned if table.startswith("adtte_") and "_" in table[6:]]


def test_what_is_declared_absent_is_known_with_its_reason() -> None:
    column = {"absent": True, "reason": "no KPS"}
    table = {"absent": False, "columns": {"kps": column, "ecog": {"absent": False}}}

    assert absent_columns(table) == {"kps": "not collected: no KPS"}
    assert absent_columns({"absent": True, "reason": "no register"}) == {
        "*": "not collected: no register"
    }


def test_what_rests_on_an_absent_table_or_column_is_absent_in_other_suites() -> None:
    suite = Suite.model_validate({
        "table": "patients", "key": ["USUBJID"], "protects": "who is screened",
        "joins": [
            {"table": "genes", "columns": {"tested": "TESTED"}},
            {"table": "status", "columns": {"kps": "KPS", "ecog": "ECOG"}},
        ],
        "references": {
            "sampled": {"table": "genes", "column": "USUBJID"},
            "walking": {"table": "status", "column": "USUBJID", "where": "kps > 50"},
            "seen": {"table": "status", "column": "USUBJID"},
        },
        "checks": [{
            "id": "PAT-001", "type": "expect_table_row_count_to_be_between", "severity": "info",
            "category": "completeness", "says": "There are patients.",
        }],
    })  # fmt: skip
    column = {"absent": False, "reason": ""}
    absent = {"absent": True, "reason": "no KPS"}
    tables = {
        "patients": {"absent": False, "columns": {}},
        "genes": {"absent": True, "reason": "not tested", "columns": {}},
        "status": {"absent": False, "columns": {"kps": absent, "ecog": column}},
    }
    assert absent_for(suite, {"sources": {"tables": tables}}) == {
        "TESTED": "not collected: not tested",
        "KPS": "not collected: no KPS",
        "$sampled": "not collected: not tested",
        "$walking": "not collected: no KPS",
    }


@pytest.mark.parametrize(
    ("table", "column", "dataset", "expected"),
    [
        ("adverse_events", "immune_related", "adae", {"AEIRFL": "not collected: no"}),
        ("adverse_events", None, "adae", {"*": "not collected: no"}),
        ("assessments", None, "adrs", {"*": "not collected: no"}),
    ],
)
def test_a_dataset_derived_from_what_is_absent_asks_nobody_for_it(
    config: dict[str, Any], table: str, column: str | None, dataset: str, expected: dict[str, str]
) -> None:
    declared = config["sources"]["tables"][table]
    declared = declared["columns"][column] if column else declared
    declared |= {"absent": True, "reason": "no"}
    plan = plan_quality(config)
    (batch,) = [batch for batch in plan.batches if dataset in batch.tables]
    assert batch.settings["absent"][dataset] == expected == plan.page_settings["absent"][dataset]


def test_a_code_list_that_only_a_suite_names_is_missed_with_one_message(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("expectations", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    suite = tmp_path / "expectations" / "diagnoses.yaml"
    text = suite.read_text("utf-8").replace(
        "references:\n", "references:\n  x: {codelist: sexes}\n"
    )
    suite.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop) as stop:
        plan_quality(config)
    assert str(stop.value) == (
        "config/codelists/sexes.csv is missing, but expectations/diagnoses.yaml refers to the code "
        "list `sexes` (nearest: `sex`). Write the list, or correct `codelist` there."
    )


def test_what_is_declared_absent_needs_no_code_list(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("expectations", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    for name in ("radiotherapy_purpose", "stop_reason"):
        (tmp_path / f"config/codelists/{name}.csv").unlink()
    with pytest.raises(Stop, match="radiotherapy_purpose.csv is missing"):
        plan_quality(config)
    tables = config["sources"]["tables"]
    tables["radiotherapy"] |= {"absent": True, "reason": "no register"}
    tables["treatments"]["columns"]["stop_reason"] |= {"absent": True, "reason": "not kept"}
    batches = plan_quality(config).batches
    assert not any("stop_reason" in path for batch in batches for path in batch.codelists)


@pytest.mark.parametrize(
    ("other", "message"), [("adsl", "made later"), ("nosuch", "no dataset here")]
)
def test_a_suite_may_only_refer_to_what_exists_by_then(
    config: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    other: str,
    message: str,
) -> None:
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    suite = tmp_path / "expectations" / "patients.yaml"
    text = suite.read_text("utf-8").replace("table: diagnoses,", f"table: {other},")
    suite.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Stop, match=message):
        plan_quality(config)


def test_what_is_read_at_each_parse_imports_no_package_that_takes_long() -> None:
    code = (
        "import sys, scripts.lib.plan.study, scripts.lib.plan.quality_plan\n"
        "print(*{'pyarrow', 'numpy', 'pandas', 'great_expectations'} & set(sys.modules))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []
