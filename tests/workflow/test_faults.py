"""What a data manager sees when something is wrong: one message, what, where and what to do.

Each case: exit code not 0 where it stops, a message with file, row or key, STATUS true, nothing
stale that looks current, no patient value in it, and the next run right.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

pytestmark = pytest.mark.slow

RAW = "data/raw/2026-05"


def assert_stopped(study, done, *parts):
    """The run stopped, said every one of `parts`, and STATUS says STOPPED with the first."""
    assert done.returncode != 0
    for part in parts:
        assert part in done.output, f"{part!r} is not in:\n{done.output[-3000:]}"
    assert study.status.startswith("STOPPED")
    assert "Traceback" not in done.output


def assert_mended(study):
    """The next run is right."""
    done = study.snakemake()
    assert done.returncode == 0, done.output[-3000:]
    assert study.status == "COMPLETE"


def replace_line(study, name, number, line, encoding="utf-8"):
    """Put `line` in place of line `number` (first = 1); the old line."""
    lines = study.path(name).read_text(encoding=encoding).split("\n")
    old, lines[number - 1] = lines[number - 1], line
    study.path(name).write_text("\n".join(lines), encoding=encoding)
    return old


def test_a_missing_raw_file_is_found_although_results_are_there(study):
    path = study.path(f"{RAW}/radiotherapy.csv")
    content = path.read_bytes()
    path.unlink()
    assert_stopped(study, study.snakemake(), "Table radiotherapy: no file matches", RAW)
    assert_stopped(study, study.snakemake("-n"), "Table radiotherapy: no file matches")
    path.write_bytes(content)
    assert_mended(study)


def test_looking_leaves_the_status_alone(study):
    study.path(f"{RAW}/radiotherapy.csv").unlink()
    assert study.snakemake("-n").returncode != 0
    assert study.snakemake("--lint").returncode != 0
    assert study.status == "COMPLETE"


def test_a_renamed_column_is_named_with_the_nearest(study):
    header = study.path(f"{RAW}/patients.csv").read_text(encoding="utf-8-sig").split("\n")[0]
    study.edit(f"{RAW}/patients.csv", "Smoking history", "Smoking_history")
    assert "Smoking history" in header
    done = study.snakemake()
    assert_stopped(study, done, "patients.csv", "Smoking history", "Smoking_history")
    assert not study.path("results/report/index.html").exists()
    study.edit(f"{RAW}/patients.csv", "Smoking_history", "Smoking history")
    # all that reads patients runs again; that it does is held by the other faults
    assert study.snakemake("data/gates/patients.passed").returncode == 0


def test_another_delivery_is_compared_before_anything_is_read(fresh):
    """A column that is gone stops with its likely name; once that is declared, it is only said."""
    newer = "data/raw/2026-11"
    shutil.copytree(fresh.path(RAW), fresh.path(newer))
    fresh.path(f"{newer}/scan.pdf").touch()
    fresh.edit("config/study.yaml", 'delivery: "2026-05"', 'delivery: "2026-11"')
    fresh.edit(f"{newer}/diagnoses.csv", "Histology", "Tissue")
    done = fresh.snakemake()
    assert_stopped(
        fresh, done, "STOPPED compare_headers: 1 column(s)",
        "diagnoses.csv (diagnoses): no column `Histology`, probably `Tissue` now",
    )  # fmt: skip
    assert "ingest_table" not in done.rules

    fresh.edit("config/sources.yaml", '"Histology"', '["Tissue", "Histology"]')
    done = fresh.snakemake("data/standardised/row_conservation.parquet", "--keep-going")
    assert done.returncode == 0, done.output[-3000:]
    assert "diagnoses.csv: renamed `Histology`, probably `Tissue` now" in done.output
    assert done.output.index("compare_headers") < done.output.index("ingest_table")
    found = pd.read_parquet(fresh.path("data/private/findings/derive_row_conservation.parquet"))
    assert list(found["check_id"]) == [
        "row_conservation.file_not_read", "row_conservation.column_renamed",
    ]  # fmt: skip
    # a change in the older delivery compares again and reads nothing
    replace_line(fresh, f"{RAW}/patients.csv", 3, "", encoding="utf-8-sig")
    planned = fresh.snakemake("-n", "data/standardised/row_conservation.parquet").rules
    assert planned == {"compare_headers", "check_row_conservation"}


def test_a_table_without_rows_is_said(study):
    path = study.path(f"{RAW}/patients.csv")
    path.write_bytes(path.read_bytes().split(b"\n")[0] + b"\n")
    assert_stopped(study, study.snakemake(), "patients.csv")


def test_bytes_that_are_no_text_are_located(study):
    path = study.path(f"{RAW}/patients.csv")
    content = path.read_bytes()
    middle = content.index(b"\n", len(content) // 2) + 12
    path.write_bytes(content[:middle] + b"\xff\xfe\xff" + content[middle:])
    assert_stopped(study, study.snakemake(), "patients.csv")


def test_an_unknown_code_and_a_date_that_is_none_are_listed_and_do_not_stop(study):
    """A word for sex and a birth date of an excluded patient (planted rows are excluded ones)."""
    before = list(csv.DictReader(study.path("results/quality/findings.csv").open()))
    rows = study.path(f"{RAW}/diagnoses.csv").read_text(encoding="utf-8").split("\n")
    rows.append(re.sub(r"\d{4}/\d{2}/\d{2}", "2021/02/30", rows[1], count=1))
    study.path(f"{RAW}/diagnoses.csv").write_text("\n".join(rows), encoding="utf-8")
    done = study.snakemake("quality")
    after = list(csv.DictReader(study.path("results/quality/findings.csv").open()))
    assert done.returncode == 0
    new = [row for row in after if row not in before and row["table"] == "diagnoses"]
    assert [row for row in new if row["row"] == str(len(rows))]
    assert "2021/02/30" not in study.path("results/quality/findings.csv").read_text()
    assert "2021/02/30" in study.path("data/private/findings.csv").read_text()


def test_several_mistakes_in_the_configuration_are_all_said_at_once(study):
    study.edit("config/study.yaml", "  reference:", "  refrence: x\n  reference:")
    study.edit("config/statistics.yaml", "entry_alpha: 0.10", "entry_alpha: much")
    study.edit("config/quality.yaml", "page_rows: 2000", "page_rows: -1")
    done = study.snakemake()
    assert_stopped(
        study, done, "study.yaml: refrence: unknown key; did you mean `reference`?",
        "statistics.yaml: cox.entry_alpha", "quality.yaml: page_rows",
    )  # fmt: skip


def test_yaml_that_cannot_be_read_is_located(study):
    study.edit("config/study.yaml", "  title:", "   title:")
    assert_stopped(study, study.snakemake(), "config/study.yaml, line")


def test_a_failing_critical_check_stops_what_lies_behind_it_until_it_is_waived(study):
    """Its report is kept; the message offers the line to add to the waivers."""
    days = pd.read_parquet(study.path("data/analysis/adtte_os.parquet"))["AVAL"]
    study.edit(
        "expectations/adtte_os.yaml", "checks:",
        "checks:\n"
        "  - id: OS-900\n"
        "    type: expect_column_values_to_be_between\n"
        f"    kwargs: {{column: AVAL, max_value: {days.max() - 1}}}\n"
        "    severity: critical\n"
        "    category: plausibility\n"
        "    says: Nobody is followed for longer.\n",
    )  # fmt: skip
    done = study.snakemake()
    assert_stopped(
        study, done, "the dataset adtte_os does not pass its gate: 1 check(s) failed.", "OS-900",
        "Nobody is followed for longer", "config/waivers.csv", "1 of 160",
    )  # fmt: skip
    assert study.path("results/quality/adtte_os.json").exists()
    page = study.path("results/quality/index.html").read_text(encoding="utf-8")
    assert "The gate of adtte_os is shut" in page
    assert "OS-900,critical" in study.path("results/quality/findings.csv").read_text("utf-8")
    asked = pd.read_csv(study.path("results/queries/queries.csv")).set_index("check_id")
    assert asked.loc["OS-900", "status"] == "new"  # the queries are what the ward has to answer
    assert asked.loc["OS-900", "impact_note"] == "not computed: a gate stopped the run"
    for gone in ("data/gates/adtte_os.passed", "results/ard/kaplan_meier.csv",
                 "results/tables/table4.csv", "results/figures/figure2.svg",
                 "results/report/index.html"):  # fmt: skip
        assert not study.path(gone).exists(), gone
    assert study.path("results/ard/adverse_events.csv").exists()  # not behind that gate

    line = re.search(r"^ *(OS-900,\S+,[0-9a-f]{64}),REASON", done.output, re.MULTILINE)
    with study.path("config/waivers.csv").open("a", encoding="utf-8") as file:
        file.write(f"{line[1]},seen in the letter,a data manager,2030-01-01\n")
    assert_mended(study)
    token = json.loads(study.path("data/gates/adtte_os.passed").read_text(encoding="utf-8"))
    assert [waived[0] for waived in token["waived"]] == ["OS-900"]
    page = study.path("results/quality/index.html").read_text(encoding="utf-8")
    assert "in force" in page
    asked = pd.read_csv(study.path("results/queries/queries.csv")).set_index("check_id")
    assert asked.loc["OS-900", "status"] == "waived"
    assert study.snakemake().jobs == set()


def test_a_full_disk_and_a_killed_run_are_said_and_the_next_run_is_right(fresh, finished):
    """Both on the way to the first statistics; what comes after them is made in the same way."""
    subjects = fresh.path("data/analysis/subjects.parquet")
    assert fresh.snakemake(limit=120_000).returncode != 0  # less than it needs
    assert fresh.status.startswith("STOPPED") and not subjects.exists()

    process = subprocess.Popen(
        [sys.executable, "-m", "snakemake", "--cores", "2", "--quiet", "all"],
        cwd=fresh.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    for _ in range(1200):
        if subjects.exists():
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert fresh.status.startswith("STOPPED: a run was started and has not finished")
    assert "LockException" not in fresh.snakemake("--unlock").output

    names = [f"results/ard/{name}.csv" for name in ("kaplan_meier", "subgroups", "baseline")]
    done = fresh.snakemake(*names)
    assert done.returncode == 0, done.output[-3000:]
    for name in names:
        assert fresh.path(name).read_bytes() == finished.path(name).read_bytes(), name


def test_excels_lock_files_are_ignored(study):
    study.path(f"{RAW}/~$followup.xlsx").write_bytes(b"\x05owner")
    assert "Nothing to be done" in study.snakemake().output


def test_a_single_target_never_says_complete(study):
    study.path("results/figures/figure3.svg").unlink()
    done = study.snakemake("results/figures/figure3.svg")
    assert done.returncode == 0
    assert study.status == "PARTIAL: results/figures/figure3.svg"
    assert_mended(study)


def test_nothing_that_names_a_patient_is_under_results_or_in_logs(finished):
    """Names, identity, phone and hospital numbers of the extract, looked for everywhere."""
    with finished.path(f"{RAW}/patients.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [
        c for c in rows[0] if re.search(r"name|identity|id ?card|phone|hospital no", c, re.I)
    ]
    assert len(columns) >= 4
    secrets = {row[c].strip() for row in rows for c in columns if len((row[c] or "").strip()) > 4}
    pattern = re.compile("|".join(re.escape(s) for s in sorted(secrets)).encode())
    folders = ("results", "logs", "data/analysis", "data/standardised", ".snakemake/log")
    places = [p for top in folders for p in finished.path(top).rglob("*") if p.is_file()]
    assert len(places) > 50
    leaks = [str(p.relative_to(finished.folder)) for p in places if pattern.search(p.read_bytes())]
    assert leaks == []


def test_what_may_name_a_patient_is_readable_by_its_owner_alone(finished):
    for top in ("data/private", "data/staged"):
        for path in finished.path(top).rglob("*"):
            mode = path.stat().st_mode & 0o777
            if path.name == ".snakemake_timestamp":  # of a folder that is an output: empty
                assert not path.stat().st_size
                continue
            assert mode == (0o700 if path.is_dir() else 0o600), path
