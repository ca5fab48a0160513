"""Which datasets are validated together, from what, and whose gates come first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.quality.batches import dataset_path, plan_batches
from scripts.lib.quality.quality_plan import absent_columns, plan_quality

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.chdir(ROOT)
    return load_config("config")


def test_every_dataset_is_in_one_batch_and_each_analysed_endpoint_in_its_own() -> None:
    batches = plan_batches(["a", "b", "c"], ["pfs", "os", "pfs1"], ["pfs", "os"])

    names = [name for tables in batches.values() for name in tables]
    assert sorted(names) == sorted(
        ["a", "b", "c", "row_conservation", "subjects", "cohort", "adsl", "adrs", "adae",
         "adtte_pfs", "adtte_os", "adtte_pfs1", "model_pfs", "model_os"]
    )  # fmt: skip
    assert list(batches) == [
        "standardised_1", "standardised_2", "analysis_1", "analysis_2", "analysis_pfs",
        "analysis_os", "models_pfs", "models_os",
    ]  # fmt: skip
    assert batches["analysis_1"] == ["subjects", "cohort", "adsl", "adtte_pfs1"]
    assert dataset_path("b", batches) == "data/standardised/b.parquet"
    assert dataset_path("model_pfs", batches) == "data/analysis/model_pfs.parquet"


def test_the_plan_of_the_demonstration_study(config: dict[str, Any]) -> None:
    plan = plan_quality(config)

    by_name = {batch.name: batch for batch in plan.batches}
    assert "data/analysis/adtte_os.parquet" in by_name["analysis_pfs"].neighbours
    assert by_name["analysis_1"].derived == [
        "data/private/findings/derive_subjects.parquet",
        "data/private/findings/derive_adtte_pfs1.parquet",
    ]
    assert "config/codelists/sex.csv" in by_name["standardised_1"].codelists
    assert plan.gates_before["adsl"] == [
        "data/gates/subjects.passed",
        "data/gates/cohort.passed",
        "data/gates/adtte_pfs1.passed",
    ]
    assert plan.gates_before["patients"] == []
    assert by_name["analysis_2"].tables[-2:] == ["adtte_without_exclusion", "adtte_rule_sets"]
    assert plan.gates_before["adtte_rule_sets"] == [
        "data/gates/subjects.passed",
        "data/gates/cohort.passed",
    ]


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
    import shutil

    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    shutil.copytree(ROOT / "config", tmp_path / "config")
    suite = tmp_path / "expectations" / "patients.yaml"
    text = suite.read_text("utf-8").replace("table: diagnoses,", f"table: {other},")
    suite.write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Stop, match=message):
        plan_quality(config)
