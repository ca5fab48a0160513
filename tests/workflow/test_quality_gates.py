"""Gates in whole runs: a shut gate, a suite with a mistake (a waiver: test_faults.py)."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

ADSL = "expectations/adsl.yaml"
AGE = "{column: AGE, min_value: 18, max_value: 100}"


def only_the_oldest_fails(study: Project) -> None:
    """Lower the limit of age in the suite so that exactly one patient is above it."""
    ages = pd.read_parquet(study.path("data/analysis/adsl.parquet"))["AGE"].sort_values()
    assert ages.iloc[-2] < ages.iloc[-1]
    study.edit(ADSL, AGE, AGE.replace("100", str(int(ages.iloc[-1]) - 1)))


def test_quality_alone_makes_verdicts_and_page_when_a_gate_is_shut(study: Project) -> None:
    only_the_oldest_fails(study)

    run = study.snakemake("quality")

    assert run.returncode == 1
    assert study.path("results/quality/adsl.json").exists()
    page = study.path("results/quality/index.html").read_text("utf-8")
    assert "The gate of adsl is shut" in page and "Not reached: model_os, model_pfs" in page


def test_a_misspelt_expectation_stops_before_any_job_though_its_severity_is_low(
    study: Project,
) -> None:
    text = study.path(ADSL).read_text("utf-8")
    at = text.index("ADS-016")
    late = text[at:].replace("expect_column_values_to_be_null", "expect_column_values_to_be_nul")
    late = late.replace("severity: critical", "severity: info", 1)
    study.path(ADSL).write_text(text[:at] + late, encoding="utf-8")

    run = study.snakemake()

    assert run.returncode == 1
    assert "ADS-016" in run.output and "adsl.yaml" in run.output
    assert "nearest: `expect_column_values_to_be_null`" in run.output
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
