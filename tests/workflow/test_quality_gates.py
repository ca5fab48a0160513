"""Gates in whole runs: an edited suite, a failing check, a waiver, a suite with a mistake."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

PAGES = {
    "all", "validate_analysis_1", "gate_table", "list_findings", "render_quality", "render_report",
    "write_provenance", "write_status",
}  # fmt: skip
ADSL = "expectations/adsl.yaml"
AGE = "{column: AGE, min_value: 18, max_value: 100}"


def only_the_oldest_fails(study: Project) -> None:
    """Lower the limit of age in the suite so that exactly one patient is above it."""
    ages = pd.read_parquet(study.path("data/analysis/adsl.parquet"))["AGE"].sort_values()
    assert ages.iloc[-2] < ages.iloc[-1]
    study.edit(ADSL, AGE, AGE.replace("100", str(int(ages.iloc[-1]) - 1)))


def test_an_edited_suite_that_passes_reruns_validation_gates_and_pages_only(
    study: Project,
) -> None:
    study.edit(ADSL, AGE, AGE.replace("100", "101"))

    run = study.snakemake()

    assert run.returncode == 0 and run.rules <= PAGES, run.rules - PAGES
    assert {"validate_analysis_1", "gate_table", "render_quality"} <= run.rules
    assert study.status == "COMPLETE"
    assert study.snakemake().jobs == set()


def test_a_failing_critical_check_stops_and_a_waiver_lets_it_through(study: Project) -> None:
    only_the_oldest_fails(study)

    stopped = study.snakemake()

    assert stopped.returncode == 1 and "Traceback" not in stopped.output
    assert "the dataset adsl does not pass its gate: 1 check(s) failed." in stopped.output
    assert study.status.startswith("STOPPED") and "adsl" in study.status
    assert not study.path("results/ard/baseline.csv").exists()
    assert not study.path("data/gates/adsl.passed").exists()
    page = study.path("results/quality/index.html").read_text("utf-8")
    assert "The gate of adsl is shut" in page
    assert "ADS-009,critical" in study.path("results/quality/findings.csv").read_text("utf-8")

    line = re.search(r"^ *(ADS-009,\S+,[0-9a-f]{64}),REASON", stopped.output, re.MULTILINE)
    assert line
    with study.path("config/waivers.csv").open("a", encoding="utf-8") as file:
        file.write(f"{line[1]},seen on the identity card,a data manager,2026-12-31\n")
    waived = study.snakemake()

    assert waived.returncode == 0 and study.status == "COMPLETE"
    token = json.loads(study.path("data/gates/adsl.passed").read_text("utf-8"))
    assert [w[0] for w in token["waived"]] == ["ADS-009"]
    assert "in force" in study.path("results/quality/index.html").read_text("utf-8")
    assert study.path("results/ard/baseline.csv").exists()
    assert study.snakemake().jobs == set()


def test_quality_alone_makes_verdicts_and_page_when_a_gate_is_shut(study: Project) -> None:
    only_the_oldest_fails(study)

    run = study.snakemake("quality")

    assert run.returncode == 1
    assert study.path("results/quality/adsl.json").exists()
    page = study.path("results/quality/index.html").read_text("utf-8")
    assert "The gate of adsl is shut" in page and "Not reached: model_os, model_pfs" in page


def test_a_misspelt_expectation_stops_the_gate_though_its_severity_is_low(study: Project) -> None:
    text = study.path(ADSL).read_text("utf-8")
    at = text.index("ADS-016")
    late = text[at:].replace("expect_column_values_to_be_null", "expect_column_values_to_be_nul")
    late = late.replace("severity: critical", "severity: info", 1)
    study.path(ADSL).write_text(text[:at] + late, encoding="utf-8")

    run = study.snakemake()

    assert run.returncode == 1
    assert "ADS-016 could not be made" in run.output
    assert "did you mean `expect_column_values_to_be_null`?" in run.output
    assert study.status.startswith("STOPPED")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("config/waivers.csv", "check_id,key", "check,key", "the first line must be"),
        (ADSL, "severity: critical", "severity: fatal", "check ADS-001: severity"),
        (ADSL, "table: adsl\n", "tabel: adsl\n", "did you mean `table`?"),
    ],
)
def test_a_mistake_in_a_suite_or_the_waivers_stops_before_any_job(
    study: Project, file: str, old: str, new: str, message: str
) -> None:
    study.edit(file, old, new)

    run = study.snakemake()

    assert run.returncode == 1 and run.jobs == set()
    assert message in run.output and "Traceback" not in run.output
    assert study.status.startswith("STOPPED")
