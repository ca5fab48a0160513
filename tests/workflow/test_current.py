"""What lies under results/ is current and whole, or STATUS says what it is (decisions 0003, 0010).

Each row of the second part of the list of inputs that went wrong: a raw file put back with an old
date, results deleted or edited by hand, a gate written by hand, `--touch`, a target of its own.
"""

from __future__ import annotations

import json
import os
import re

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

RAW = "data/raw/2026-05"
OLD = 1_600_000_000


def planned(study, *arguments):
    """Rules that a run would start, and what it says; nothing is run."""
    done = study.snakemake("-n", *arguments)
    assert done.returncode == 0, done.output[-3000:]
    return done.rules, done.output


def test_a_raw_file_put_back_with_its_old_date_is_noticed(study):
    path = study.path(f"{RAW}/adverse_events.csv")
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:400]) + b"\n")
    os.utime(path, (OLD, OLD))
    rules, said = planned(study)
    assert {"ingest_table", "describe_cohort", "write_status"} <= rules
    assert f"changed, although its date is old: {RAW}/adverse_events.csv" in said


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("config/codelists/sex.csv", "standardise_table"),
        ("expectations/adae.yaml", "validate_analysis"),
        ("config/waivers.csv", "gate_table"),
        ("scripts/lib/statistics/normality.py", "describe_cohort"),
    ],
)
def test_what_people_edit_counts_by_content_too(study, path, rule):
    text = study.path(path).read_text(encoding="utf-8")
    study.path(path).write_text(
        f"{text}\n" if path.endswith(".csv") else f"{text}# more\n", "utf-8"
    )
    os.utime(study.path(path), (OLD, OLD))
    assert rule in planned(study)[0]


def test_results_that_were_deleted_are_made_again(study):
    for name in ("results/report/index.html", "results/tables/table2.csv"):
        study.path(name).unlink()
    rules, _ = planned(study)
    assert {"render_report", "tabulate_tables", "write_status"} <= rules


def test_results_and_datasets_edited_by_hand_are_made_again_and_never_computed_with(study):
    table = study.path("results/tables/table2.csv")
    table.write_text(table.read_text(encoding="utf-8").replace("1", "7", 1), encoding="utf-8")
    adsl = study.path("data/analysis/adsl.parquet")
    frame = pd.read_parquet(adsl)
    frame["AGE"] += 7
    frame.to_parquet(adsl)
    study.path("data/gates/adae.passed").write_text("{}\n")
    done = study.snakemake("-n")
    assert {"tabulate_tables", "gate_table table=adae"} <= done.jobs
    assert "derive_adsl" in done.rules
    for name in (
        "results/tables/table2.csv",
        "data/analysis/adsl.parquet",
        "data/gates/adae.passed",
    ):
        assert f"not what its step wrote, made again: {name}" in done.output


def test_a_target_of_its_own_says_what_the_rest_of_the_study_is(study):
    """An edited raw file and `snakemake quality`: what was made from the old file is gone."""
    study.edit(f"{RAW}/adverse_events.csv", ",2,Hb decreased,2,", ",2,Hb decreased,1,")
    done = study.snakemake("quality")
    assert done.returncode == 0, done.output[-3000:]
    status = study.path("results/STATUS").read_text(encoding="utf-8").splitlines()
    assert status[0] == "PARTIAL: quality"
    assert not study.path("results/report/index.html").exists()
    assert not study.path("results/ard/adverse_events.csv").exists()
    assert study.path("results/ard/kaplan_meier.csv").exists()  # does not rest on that file
    assert "results/report: 3 of 3 files, current" not in status
    assert re.search(r"results/ard: \d+ of \d+ files, current", "\n".join(status))
    assert "paper:" not in done.output  # no line of an older run
    told = study.path("results/status.js").read_text(encoding="utf-8")
    assert json.loads(told.split(" = ", 1)[1].strip().rstrip(";")) == status


def test_touch_declares_and_removes_nothing(study):
    files = {p for p in study.path("results").rglob("*") if p.is_file()}
    study.edit(f"{RAW}/adverse_events.csv", ",2,Hb decreased,2,", ",2,Hb decreased,1,")
    done = study.snakemake("--touch")
    assert done.returncode == 0, done.output[-3000:]
    assert {p for p in study.path("results").rglob("*") if p.is_file()} == files
    assert study.status.startswith("PARTIAL: files were declared current with --touch")
    # whether the study is current is for `write_status` to say, the only step left to run
    assert planned(study)[0] <= {"write_status", "all"}


def test_an_analysis_that_was_taken_out_leaves_nothing_behind(study):
    text = study.path("config/sensitivity.yaml").read_text(encoding="utf-8")
    start, end = text.index("  imputation:"), text.index("  proportional_hazards:")
    study.path("config/sensitivity.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    assert study.path("results/ard/imputation.csv").exists()
    done = study.snakemake()
    assert done.returncode == 0, done.output[-3000:]
    assert study.status == "COMPLETE"
    left = [p.name for p in study.path("results").rglob("*imputation*")]
    assert left == []
    status = study.path("results/STATUS").read_text(encoding="utf-8")
    assert "Removed, because nothing of this study makes it any more" in status
    assert "results/ard/imputation.csv" in status


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--config", "data_cutoff=2023-06-30"], "did you mean `study.data_cutoff`"),
        (["--config", "sensitivty={}"], "`sensitivty`"),
        (["--no-hooks"], "--no-hooks would leave stale results"),
    ],
)
def test_a_call_that_would_be_dropped_in_silence_stops_with_one_line(finished, arguments, said):
    done = finished.snakemake("-n", *arguments)
    assert done.returncode != 0 and said in done.output
    assert "Traceback" not in done.output


def test_a_workflow_that_imports_this_one_is_told_why_not(finished, tmp_path):
    (tmp_path / "Snakefile").write_text(
        f'module cohortgate:\n    snakefile: "{finished.path("Snakefile")}"\n'
        "use rule * from cohortgate\n"
    )
    done = type(finished)(tmp_path).snakemake("-n")
    assert done.returncode != 0
    assert "cohortgate cannot be imported with `module:`" in done.output
