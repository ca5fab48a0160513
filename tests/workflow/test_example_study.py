"""Another study runs whole by its folder alone: `snakemake -s CODE/Snakefile --directory STUDY`.

Three arms, Chinese raw data, no radiotherapy table, no Karnofsky score, no paper to compare with.
What comes out is held against the plan that its generator made the patients by.
"""

from __future__ import annotations

import csv
import re
import shutil

import pytest

from scripts.demo.generate_example import ARMS, planned, truth
from scripts.lib.tables import read_table
from tests.traced_pages import check_every_count
from tests.workflow.conftest import ROOT, Project, copy_project, made_once

pytestmark = pytest.mark.slow

NAME = "nsclc_osimertinib"
PLAN = truth(planned())


def run(study):
    """Run a study with the code that lies beside it."""
    code = Project(study.parent / "code")
    return code.snakemake("-s", "Snakefile", "--directory", str(study))


def make(folder):
    """A clean run of the study, beside a checkout that has no study of its own."""
    copy_project(folder / "code")
    for part in ("config", "data"):
        shutil.rmtree(folder / "code" / part)
    for part in ("config", "expectations", "data/raw"):
        shutil.copytree(ROOT / "examples" / NAME / part, folder / "study" / part)
    return run(folder / "study")


@pytest.fixture(scope="module")
def example(shared):
    """The example study after a clean run."""
    return Project(made_once(shared / "example", make) / "study")


def rows(example, name):
    with example.path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(example, analysis, statistic, **key):
    """Value by arm."""
    found = rows(example, f"results/ard/{analysis}.csv")
    chosen = [
        row
        for row in found
        if row["statistic"] == statistic
        and row["population"] == "all"
        and all(row[name] == value for name, value in key.items())
    ]
    return {row["group"]: float(row["value"]) for row in chosen if row["group"]}


def test_it_runs_whole_without_a_paper(example):
    assert example.status == "COMPLETE"
    assert not example.path("results/tables/published_comparison.csv").exists()
    page = example.path("results/report/index.html").read_text(encoding="utf-8")
    assert "Synthetic data" in page
    text = re.sub(r"<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S)
    assert "paper" not in text.replace("Study design early in the paper", "")  # STROBE, item 4


def test_screened_excluded_and_included_are_those_of_the_plan(example):
    table = rows(example, "data/analysis/attrition.csv")
    steps = [row for row in table if row["mode"] == "sequential" and not row["group"]]
    assert int(steps[0]["n_before"]) == PLAN["screened"]
    left = {row["criterion"]: int(row["n_excluded"]) + int(row["n_unknown"]) for row in steps}
    assert left == PLAN["excluded"]  # known not to meet it, and of whom nobody can say
    last = {row["group"]: int(row["n_after"]) for row in table if row["mode"] == "sequential"}
    assert {arm: last[arm] for arm in ARMS} == PLAN["included"]


@pytest.mark.parametrize("endpoint", ["ttd", "os"])
def test_events_of_every_arm_are_those_of_the_plan(example, endpoint):
    key = {"parameter": endpoint.upper(), "variable": ""}
    assert numbers(example, "kaplan_meier", "events", **key) == PLAN[endpoint]
    assert numbers(example, "kaplan_meier", "N", **key) == PLAN["included"]


def test_adverse_events_are_those_of_the_plan(example):
    found = numbers(example, "adverse_events", "n", variable="AEDECOD", level="rash")
    assert found == PLAN["rash"]


def test_what_the_hospital_does_not_have_is_said_and_not_counted_as_no(example):
    table = example.path("results/tables/baseline.csv").read_text(encoding="utf-8")
    missing = ",".join(["Not collected"] * 4)
    assert f'"KPS, n (%)",{missing},-' in table
    assert f'"Brain radiotherapy before treatment, n (%)",{missing},-' in table
    events = example.path("results/tables/adverse_events.csv").read_text(encoding="utf-8")
    assert f"Immune-related,{missing},-" in events
    models = example.path("results/tables/cox_os.csv").read_text(encoding="utf-8")
    assert "KPS,Not collected,," in models
    page = example.path("results/report/index.html").read_text(encoding="utf-8")
    assert "given in another hospital" in page


EVERY = {
    "response_limits", "ae_rates", "interactions", "weighted", "model_checks", "imputation",
    "proportional_hazards", "landmark", "pfs_rule_sets", "time_varying", "sensitivity",
}  # fmt: skip


OF_TREATMENT = EVERY - {"interactions", "imputation", "model_checks", "time_varying"}


@pytest.mark.parametrize("name", sorted(OF_TREATMENT))
def test_every_sensitivity_analysis_compares_each_arm_with_the_reference(example, name):
    found = [row for row in rows(example, f"results/ard/{name}.csv") if row["value"]]
    ratios = {r["level"] for r in found if r["variable"] == "TRT01A" and r["statistic"] == "hr"}
    differences = {row["group"] for row in found if row["statistic"] == "risk_difference"}
    assert ratios | differences == {"osimertinib", "afatinib"}


def test_sensitivity_analyses_say_what_is_not_collected(example):
    """KPS, immune-related events and radiotherapy: no number where there is no record."""
    keys = {
        "interactions": ("variable", "KPSGR1"),
        "model_checks": ("variable", "KPSGR1"),
        "weighted": ("variable", "KPSGR1"),
        "ae_rates": ("variable", "ANYIR"),
        "pfs_rule_sets": ("population", "RULESET=radiotherapy"),
    }
    for name, (column, value) in keys.items():
        found = [r for r in rows(example, f"results/ard/{name}.csv") if r[column] == value]
        assert found, name
        assert {(row["value"], row["note"]) for row in found} == {("", "not collected")}, name
    for name in keys:
        text = example.path(f"results/tables/{name}.json").read_text(encoding="utf-8")
        assert "Not collected" in text, name


@pytest.mark.parametrize("name", ["interactions", "model_checks", "pfs_rule_sets"])
def test_figures_say_what_is_not_collected(example, name):
    drawn = example.path(f"results/figures/{name}.svg").read_text(encoding="utf-8")
    assert "ot collected" in drawn


def test_every_value_that_is_missing_has_a_reason(example):
    for name in EVERY:
        for row in rows(example, f"results/ard/{name}.csv"):
            assert row["value"] or row["note"], (name, row)


def test_every_chinese_word_and_date_was_read(example):
    """No finding but the planned ones: lost zeros, ECOG that nobody recorded."""
    found = {row["check_id"] for row in rows(example, "results/quality/findings.csv")}
    assert found == {"diagnoses.reading.identifier_padded", "ADS-014", "MTD-003", "MOS-003"}


def test_no_name_and_no_number_of_a_patient_is_under_results(example):
    secrets = [p.hospital_number.lstrip("0") for p in planned()]
    secrets += [f"测试{p.number:03d}" for p in planned()]
    pattern = re.compile("|".join(secrets).encode())
    folders = ("results", "logs", "data/analysis", "data/standardised", ".snakemake/log")
    places = [p for top in folders for p in example.path(top).rglob("*") if p.is_file()]
    assert len(places) > 50
    assert [str(p) for p in places if pattern.search(p.read_bytes())] == []


def test_figures_are_in_english(example):
    for path in example.path("results/figures").glob("*.svg"):
        assert not re.search(r"[\u3400-\u9fff]", path.read_text(encoding="utf-8")), path.name


def test_a_second_run_has_nothing_to_do(example):
    again = Project(example.folder.parent / "again")  # others may be reading the study meanwhile
    shutil.copytree(example.folder, again.folder, symlinks=True)
    done = run(again.folder)
    assert "Nothing to be done" in done.output
    assert again.status == "COMPLETE"


def test_every_count_of_three_arms_leads_to_its_patients(example):
    assert check_every_count(example.path("results")) > 3000
    screened = read_table(example.path("data/analysis/cohort.parquet"))["USUBJID"]
    with_raw = {path.stem for path in example.path("data/private/trace").glob("*.html")}
    assert with_raw == set(screened)
