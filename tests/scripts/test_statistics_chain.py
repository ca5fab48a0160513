"""All statistics, tables and the comparison, from the demonstration cohort in ADaM form."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from scripts.lib.analysis.ard import STATISTICS, ArdIndex, read_ard
from scripts.lib.analysis.cox_rows import AS_IF_KNOWN
from scripts.lib.analysis.groups import LATER_GROUPS
from scripts.lib.config.load import load_config
from scripts.lib.tables import read_table, write_table
from tests.fixtures import ROOT, write_analysis_datasets
from tests.statistics_chain import build_study, run_statistics, run_tables

ANALYSES = {
    "baseline", "response", "kaplan_meier", "log_rank", "follow_up", "cox_univariable",
    "cox_multivariable", "subgroups", "adverse_events", "treatment_patterns", "progression_sites",
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    build_study(folder)
    return folder


@pytest.fixture(scope="module")
def comparison(study: Path) -> list[dict[str, str]]:
    path = study / "results" / "tables" / "published_comparison.csv"
    return list(csv.DictReader(path.open(encoding="utf-8", newline="")))


def test_every_analysis_of_the_contract_is_written(study):
    files = {path.stem: read_ard(path) for path in (study / "results" / "ard").iterdir()}
    assert set(files) == ANALYSES
    for name, rows in files.items():
        assert {row.analysis for row in rows} == {name}
        assert {row.statistic for row in rows} <= set(STATISTICS)
        assert len({row.key for row in rows}) == len(rows)


def test_a_row_without_a_value_says_why(study):
    for path in (study / "results" / "ard").iterdir():
        for row in read_ard(path):
            later = row.note in (LATER_GROUPS, AS_IF_KNOWN)
            assert (later and row.value) or bool(row.value) != bool(row.note), row


def test_all_789_numbers_are_compared_and_found(comparison):
    assert len(comparison) == 789
    assert not [row["id"] for row in comparison if row["reason"].startswith("no such result")]
    assert all(row["reason"] for row in comparison if row["status"] == "cannot_be_reproduced")


def test_counts_percentages_and_p_values_of_the_tables_are_the_papers(comparison):
    sections = ("table1.", "table2.", "table5.", "tableSI.", "results.metastasis", "results.orr")
    rows = [row for row in comparison if row["id"].startswith(sections)]
    apart = [r["id"] for r in rows if r["status"] not in ("equal", "cannot_be_reproduced")]
    # first-line PFS in whole days can be half a day off
    assert all(i.startswith("table1.pfs1.") for i in apart), apart
    assert len(rows) > 400


def test_medians_are_within_half_a_day_and_treatment_effects_equal(comparison):
    status = {row["id"]: row["status"] for row in comparison}
    for endpoint in ("pfs", "os"):
        for arm in ("serplulimab", "chemotherapy"):
            for name in ("median", "ci_low", "ci_high"):
                found = status[f"results.{endpoint}.{arm}.{name}"]
                assert found in ("equal", "within_half_day")
        for name in ("hr", "ci_low", "ci_high", "p"):
            assert status[f"results.{endpoint}.{name}"] == "equal"


def test_the_summary_counts_every_status(study, comparison):
    text = (study / "results/tables/published_comparison.summary.json").read_text()
    summary = json.loads(text)
    equal = sum(row["status"] == "equal" for row in comparison)
    possible = sum(row["status"] != "cannot_be_reproduced" for row in comparison)
    assert summary["line"].startswith(f"paper: {equal} of {possible} reproducible numbers equal")


def test_the_multivariable_models_hold_the_papers_covariates(study):
    pfs = read_table(study / "data/analysis/model_pfs.parquet")
    assert list(pfs) == [
        "USUBJID", "AVAL", "event", "TRT01A", "L1RT", "L1REAS", "L1PFS", "BRAINMET",
    ]  # fmt: skip
    overall = read_table(study / "data/analysis/model_os.parquet")
    assert list(overall)[4:] == ["L1RT", "L1REAS", "L1PFS"]
    assert len(pfs) == len(overall) == 160


@pytest.mark.parametrize("kept", [0, 1, 60])
def test_a_study_with_few_patients_or_one_arm_says_why_numbers_are_missing(tmp_path, kept):
    config = load_config(ROOT / "config")
    write_analysis_datasets(tmp_path)
    for path in (tmp_path / "data" / "analysis").glob("ad*.parquet"):
        frame = read_table(path)
        one_arm = frame[frame["TRT01A"] == "serplulimab"]
        write_table(one_arm[one_arm["USUBJID"].isin(sorted(one_arm["USUBJID"])[:kept])], path)
    run_statistics(tmp_path, config)
    run_tables(tmp_path, config)
    rows = read_ard(*(tmp_path / "results" / "ard").iterdir())
    assert all(row.note for row in rows if not row.value)
    tested = [r for r in rows if r.statistic == "p_value" and r.analysis == "log_rank" and r.value]
    assert not [row for row in tested if not row.group and not row.variable]


def test_neither_row_order_nor_pseudonyms_change_a_byte(study, tmp_path):
    config = build_study(tmp_path)
    for path in (tmp_path / "data" / "analysis").glob("ad*.parquet"):
        frame = read_table(path)
        frame["USUBJID"] = frame["USUBJID"].map(lambda n: n[::-1]).astype("string")
        shuffled = frame.sort_values("USUBJID", ignore_index=True)
        write_table(shuffled, path)
    run_statistics(tmp_path, config)
    for path in (study / "results" / "ard").iterdir():
        assert (tmp_path / "results" / "ard" / path.name).read_bytes() == path.read_bytes()


def test_arm_by_stratum_is_also_tested_within_the_arms(study):
    found = ArdIndex.read(study / "results" / "ard" / "log_rank.csv")
    across = [r for r in found.rows if r.variable and not r.group and r.statistic == "p_value"]
    assert {r.level for r in across} == {"", "stratified by arm"}
    assert {r.variable for r in across if r.level} == {r.variable for r in across if not r.level}


def test_the_model_of_all_declared_covariates_holds_every_candidate(study):
    found = ArdIndex.read(study / "results" / "ard" / "cox_multivariable.csv")
    for parameter in ("PFS", "OS"):
        key = {"parameter": parameter, "statistic": "hr"}
        whole = {r.variable for r in found.select(population="all_covariates", **key)}
        assert {r.variable for r in found.select(population="all", **key)} < whole
        assert "PFS1GR1" not in whole  # another coding
