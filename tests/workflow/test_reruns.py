"""A change reruns what depends on it, all of it and nothing else (decisions 0001 and 0002).

Each row names the change and the jobs that ran. The pages that carry hashes (provenance, report,
STATUS) follow every change and are named once.
"""

from __future__ import annotations

import hashlib
import os
import re

import pytest

from scripts.lib.code import code
from tests.links import broken_links

pytestmark = pytest.mark.slow

PAGES = {"write_provenance", "render_report", "write_status", "all"}
VERDICT_PAGES = {
    "list_findings", "render_quality", "identify_queries", "rank_queries", "list_queries",
}  # fmt: skip
SUMMARY = {"combine_sensitivity", "tabulate_sensitivity", "plot_sensitivity"}
TABLES_OUT = {"write_workbook", "write_document", "release"}  # made of all tables
STATISTICS = {
    "describe_cohort", "estimate_follow_up", "estimate_survival", "fit_cox_univariable",
    "fit_cox_multivariable",
    "derive_model_frame", "estimate_weighted", "check_models", "fit_imputation",
    "check_proportional_hazards", "estimate_landmark", "compare_rule_sets",
    "fit_time_varying",
}  # fmt: skip
READING = {"ingest_table", "standardise_table", "combine_table", "write_crosswalk"}


def run(study):
    """Run the study whole; it must succeed and be current."""
    done = study.snakemake()
    assert done.returncode == 0, done.output[-3000:]
    assert study.status == "COMPLETE"
    return done


def digests(study):
    """SHA-256 of every file that the contracts promise to be the same bytes."""
    files = [p for top in ("results", "data/analysis") for p in study.path(top).rglob("*")]
    return {
        str(p.relative_to(study.folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if p.is_file()
    }


def test_a_second_run_has_nothing_to_do(study):
    done = study.snakemake()
    assert "Nothing to be done" in done.output
    assert done.jobs == set()
    assert study.status == "COMPLETE"


def test_touching_every_file_runs_nothing(study):
    for path in study.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path)
    done = study.snakemake()
    assert "Nothing to be done" in done.output


def test_a_title_of_the_page_renders_the_report_alone(study):
    text = study.path("config/report.yaml").read_text(encoding="utf-8")
    page = text[text.index("\n  page:") :]
    title = re.search(r"^    title: .*$", page, re.MULTILINE)[0]
    study.edit("config/report.yaml", title, "    title: Another title")
    assert run(study).rules == PAGES


def test_the_entry_rule_reruns_model_frames_gates_models_and_what_shows_them(study):
    study.edit("config/statistics.yaml", "entry_alpha: 0.10", "entry_alpha: 0.05")
    done = run(study)
    assert done.rules == {
        "derive_model_frame", "validate_models", "gate_table",
        "fit_cox_multivariable", "write_ard",
        "check_models", "fit_imputation", "tabulate_checks", "plot_checks",
        "check_proportional_hazards",
        "tabulate_proportional_hazards", "plot_proportional_hazards",
        "fit_time_varying", "tabulate_time_varying", "plot_effects", *SUMMARY, "write_methods",
        "write_traces",
        "tabulate_tables", "compare_published", *TABLES_OUT, *VERDICT_PAGES, *PAGES,
    }  # fmt: skip
    gates = {job for job in done.jobs if job.startswith("gate_table")}
    assert gates == {"gate_table table=model_os", "gate_table table=model_pfs"}


def test_the_censoring_rule_of_pfs_reruns_its_chain_and_not_os(study):
    study.edit("config/endpoints.yaml", "pick: last", "pick: first")
    done = run(study)
    for rule in ("derive_adtte", "estimate_survival", "fit_cox_univariable"):
        assert f"{rule} endpoint=pfs" in done.jobs
    assert not [job for job in done.jobs if "endpoint=os" in job]  # its gate passes once more
    assert not done.rules & {*READING, "derive_subjects", "select_cohort", "derive_adae"}
    assert "plot_kaplan_meier figure=figure2" not in done.jobs


def test_an_edited_suite_that_passes_reruns_validation_gates_and_pages_only(study):
    age = "{column: AGE, min_value: 18, max_value: 10"
    study.edit("expectations/adsl.yaml", f"{age}0}}", f"{age}1}}")
    done = run(study)
    made = {"validate_analysis", "gate_table"}
    assert made <= done.rules <= made | VERDICT_PAGES | PAGES | {"write_traces"}
    assert "gate_table table=adsl" in done.jobs
    assert study.snakemake().jobs == set()


def test_a_cell_of_the_adverse_events_reruns_their_chain_alone(study):
    raw = "data/raw/2026-05/adverse_events.csv"
    before = digests(study)
    original = study.path(raw).read_bytes()
    study.edit(raw, ",2,Hb decreased,2,", ",2,Hb decreased,1,")
    done = run(study)
    assert {"ingest_table table=adverse_events, part=adverse_events", "derive_adae",
            "describe_cohort", "tabulate_tables"} <= done.jobs  # fmt: skip
    others = {
        job for job in done.jobs
        if job.startswith(("ingest", "standardise", "combine")) and "adverse_events" not in job
    }  # fmt: skip
    assert others == set()
    assert not done.rules & {"derive_subjects", "select_cohort", "derive_adtte", "derive_adrs"}
    assert done.rules & STATISTICS == {"describe_cohort"}

    study.path(raw).write_bytes(original)
    run(study)
    assert digests(study) == before


def test_a_shared_module_reruns_the_rules_whose_scripts_import_it(study):
    module = "scripts/lib/statistics/normality.py"
    users = {
        script.stem
        for script in study.path("scripts").glob("*.py")
        if any(path.endswith(module) for path in code(f"scripts/{script.name}"))
    }
    assert users & STATISTICS
    with study.path(module).open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    done = run(study)
    shown = {"tabulate_tables", "compare_published", "plot_progression_sites", "write_methods"}
    assert done.rules == users | shown | TABLES_OUT | PAGES


def test_two_values_swapped_rerun_their_rule(study):
    study.edit("config/statistics.yaml", "ANYIR, where: AEIRFL}", "ANYIR, where: SWAP}")
    study.edit("config/statistics.yaml", "IRGC, where: AEIRFL and AEGCFL}", "IRGC, where: AEIRFL}")
    study.edit("config/statistics.yaml", "ANYIR, where: SWAP}", "ANYIR, where: AEIRFL and AEGCFL}")
    done = run(study)
    assert done.rules & STATISTICS == {"describe_cohort"}
    assert not done.rules & READING


def test_a_code_list_reruns_the_tables_that_use_it(study):
    with study.path("config/codelists/adverse_events.csv").open("a", encoding="utf-8") as file:
        file.write("a word that nobody used,rash,\n")
    done = study.snakemake("-n")  # nothing else may follow: what it plans is what it would run
    standardised = {job for job in done.jobs if job.startswith("standardise_table")}
    assert standardised == {"standardise_table table=adverse_events, part=adverse_events"}
    assert not done.rules & {"ingest_table", "derive_subjects", "select_cohort"}
    assert done.rules & STATISTICS == {"describe_cohort"}


def test_a_waiver_reruns_gates_and_pages(study):
    with study.path("config/waivers.csv").open("a", encoding="utf-8") as file:
        file.write(f"AEV-000,no such row,{'0' * 64},tried out,a data manager,2030-01-01\n")
    done = study.snakemake()
    assert "gate_table" in done.rules or "waiver" in done.output
    assert not done.rules & {*STATISTICS, *READING}


def test_a_package_version_reruns_the_statistics(study):
    with study.path("requirements.lock").open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    done = study.snakemake("-n")
    assert done.rules >= STATISTICS
    assert not done.rules & {*READING, "derive_subjects", "select_cohort", "derive_adtte"}


def test_a_suite_and_a_setting_edited_together_are_both_done(study):
    """Left to itself Snakemake would pass over the setting (decision 0002)."""
    study.edit("expectations/adae.yaml", "There are adverse events.", "There are some events.")
    study.edit(
        "config/statistics.yaml", "ANYGE3, where: AETOXGR >= 3", "ANYGE3, where: AETOXGR >= 4"
    )
    done = run(study)
    assert {"describe_cohort", "gate_table"} <= done.rules
    assert "Nothing to be done" in study.snakemake().output


def test_a_window_of_the_adverse_events_reruns_their_rates_alone(study):
    study.edit("config/sensitivity.yaml", "days: 90}", "days: 60}")
    rates = {"estimate_ae_rates", "tabulate_ae_rates", "plot_ae_rates"}
    words = {"write_methods", "write_traces"}
    assert run(study).rules == rates | TABLES_OUT | PAGES | words


def test_an_assumption_in_words_rewrites_the_summary_and_no_number(study):
    study.edit("config/sensitivity.yaml", "early deaths rightly", "early deaths rightly all")
    shown = {"tabulate_sensitivity", "plot_sensitivity"}
    assert run(study).rules == shown | TABLES_OUT | PAGES


def test_a_limit_of_the_model_checks_reruns_them_and_what_shows_them(study):
    study.edit("config/sensitivity.yaml", "min_events_in_level: 5", "min_events_in_level: 4")
    checks = {"check_models", "tabulate_checks", "plot_checks"}
    words = {"write_methods", "write_traces"}
    assert run(study).rules == checks | SUMMARY | TABLES_OUT | PAGES | words


def test_a_legend_redraws_its_figure_and_no_number(study):
    study.edit("config/sensitivity.yaml", "An arrow: beyond the axis. Sub", "Sub")
    assert run(study).rules == {"plot_checks"} | PAGES


def test_one_switch_leaves_out_what_goes_beyond_the_paper(study):
    """Nothing is computed again; the batch that held their datasets is validated without them."""
    study.edit("config/sensitivity.yaml", "enabled: true", "enabled: false")
    done = run(study)
    gates = {"validate_analysis", "gate_table"}
    words = {"write_methods", "write_checklists", "write_traces"}
    marked = {"plot_kaplan_meier", "plot_strata"}  # their † led to a table that is left out now
    assert done.rules == PAGES | TABLES_OUT | VERDICT_PAGES | gates | words | marked
    page = study.path("results/report/index.html").read_text(encoding="utf-8")
    assert 'id="sensitivity_analyses"' not in page
    assert broken_links(study.path("results/report/checklists.md")) == []
