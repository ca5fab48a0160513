"""No statistic is computed from a dataset whose gate has not passed: shown on every job."""

from __future__ import annotations

import re

import pytest

DATASET = re.compile(r"data/(?:analysis|standardised)/(\w+)\.parquet$")
# what makes, judges or lists a dataset reads it before its gate; nothing here is a statistic
BEFORE_GATE = re.compile(
    r"ingest|standardise|combine|check_row_conservation|validate|render_quality"
)
# a dataset that is derived from another before both are judged together
DERIVES = re.compile(r"derive_(?!model_frame)|select_cohort")


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """Every job of the whole study: (rule, inputs, outputs), from a forced dry run."""
    from tests.workflow.conftest import copy_project

    project = copy_project(tmp_path_factory.mktemp("gates") / "study")
    output = project.snakemake("-n", "--forceall").output
    found = []
    for block in re.split(r"^(?=(?:local)?rule \w+:$)", output, flags=re.MULTILINE)[1:]:
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        inputs = re.search(r"^    input: (.*)$", block, re.MULTILINE)
        outputs = re.search(r"^    output: (.*)$", block, re.MULTILINE)
        split = [m[1].split(", ") if m else [] for m in (inputs, outputs)]
        found.append((rule, *split))
    assert len(found) > 80
    return found


def datasets(files):
    return {match[1] for file in files if (match := DATASET.search(file))}


def gates(files):
    return set(re.findall(r"data/gates/(\w+)\.passed", " ".join(files)))


def test_every_statistic_stands_behind_the_gate_of_each_dataset_that_it_reads(jobs):
    statistical = [j for j in jobs if any("/ard/" in out for out in j[2]) or "model_" in str(j[2])]
    reading = [job for job in statistical if datasets(job[1])]
    assert len(reading) > 15
    for rule, inputs, _ in reading:
        if not BEFORE_GATE.match(rule):
            assert datasets(inputs) <= gates(inputs), rule


def test_cohort_and_endpoints_stand_behind_the_gates_of_the_tables_that_they_read(jobs):
    standardised = {"patients", "diagnoses", "treatments", "radiotherapy", "assessments",
                    "performance_status", "adverse_events", "followup"}  # fmt: skip
    deriving = [job for job in jobs if DERIVES.match(job[0])]
    assert {job[0] for job in deriving} >= {"derive_subjects", "derive_adtte", "derive_adrs"}
    for rule, inputs, _ in deriving:
        read = datasets(inputs) & standardised
        assert read <= gates(inputs), rule
        assert not read or "row_conservation" in gates(inputs), rule


def test_everything_that_is_shown_comes_from_statistics_and_never_from_patients(jobs):
    shown = [
        j for j in jobs if j[0].startswith(("plot", "tabulate", "compare_published", "write_"))
    ]
    patients = re.compile(r"data/(analysis|standardised|staged)/.*\.parquet$")
    about_patients = {"write_crosswalk", "write_traces"}  # the pages that lead back to each patient
    for rule, inputs, _ in shown:
        if rule not in about_patients:
            assert not [file for file in inputs if patients.search(file)], rule


def test_every_dataset_has_a_suite_a_verdict_and_a_gate(jobs):
    outputs = " ".join(file for _, _, out in jobs for file in out)
    verdicts = set(re.findall(r"results/quality/(\w+)\.json", outputs))
    made = {name for _, _, out in jobs for name in datasets(out)}
    assert made <= gates([outputs]) <= verdicts
