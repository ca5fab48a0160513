"""What a column can change is read off the configuration: in words for queries, and for traces."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from scripts.lib.config.load import load_config
from scripts.lib.plan.lineage import (
    ANALYSIS,
    COLUMN,
    CONDITION,
    DATASET,
    VARIABLE,
    Affected,
    Lineage,
    traced,
)
from scripts.lib.plan.queries_settings import identify_settings
from scripts.lib.queries.affects import affected

ROOT = Path(__file__).resolve().parents[3]


EXAMPLE = ROOT / "examples/nsclc_osimertinib"


@pytest.fixture(scope="module")
def config():
    return load_config(ROOT / "config")


@pytest.fixture(scope="module", params=[ROOT, EXAMPLE], ids=["demonstration", "example"])
def study(request):
    return load_config(request.param / "config")


def results(lineage, *node):
    return set(lineage.reached(ANALYSIS, node))


def test_the_end_of_treatment_reaches_adverse_events_through_their_window(config):
    lineage = Lineage(config)
    found = results(lineage, COLUMN, "treatments", "stop_date")
    assert {"adverse_events", "ae_rates"} <= found and "response" not in found


def test_every_analysis_of_a_study_is_reached_from_a_column_and_counts_who_is_in_it(study):
    lineage = Lineage(study)
    columns = [node for node in lineage.edges if node[0] == COLUMN]
    assert set(lineage.analyses) == set(lineage.reached(ANALYSIS, *columns))
    assert any(lineage.selects(node) for node in columns)


def test_every_dataset_reaches_an_analysis_and_every_criterion_is_reached(study):
    lineage = Lineage(study)
    assert all(lineage.reached(ANALYSIS, (DATASET, name)) for name in lineage.rules)
    columns = [node for node in lineage.edges if node[0] == COLUMN]
    assert {c["id"] for c in study["cohort"]["criteria"]} <= set(
        lineage.reached(CONDITION, *columns)
    )


def test_a_variant_reaches_its_own_analysis_and_the_summary_alone(config):
    lineage = Lineage(config)
    assert results(lineage, DATASET, "adtte_rule_sets") == {"pfs_rule_sets", "sensitivity"}
    assert results(lineage, VARIABLE, "BASEASM") == {"pfs_rule_sets", "sensitivity"}


def test_what_is_not_computed_is_not_named(config):
    config = copy.deepcopy(config)
    config["sensitivity"]["enabled"] = False
    named = Affected(config)
    assert "weighted" not in named.names and "ae rates" not in named.names
    assert named.by_column()["patients"]["smoking"] == ["baseline", "Cox", "subgroups"]


def test_a_criterion_that_is_not_applied_selects_nobody(config):
    config = copy.deepcopy(config)
    for criterion in config["cohort"]["criteria"]:
        criterion["applied"] = criterion["id"] != "stage"
    assert not Lineage(config).selects((COLUMN, "diagnoses", "stage"))


def test_columns_change_what_is_read_by_them(config):
    """Conditions of cells and rows, contradictions, lookups and limits of imputed dates."""
    config = copy.deepcopy(config)
    tables = config["sources"]["tables"]
    columns = tables["adverse_events"]["columns"]
    tables["diagnoses"]["where"] = "histology == 'small cell'"
    columns["grade"]["when"] = "line == 2"
    tables["patients"]["conflicts"] = {"key": ["birth_date"], "decide": [
        dict.fromkeys(("latest", "earliest", "largest", "smallest", "files", "rows"))
        | {"prefer": {"smoking": ["yes", "no"]}},
    ]}  # fmt: skip
    tables["radiotherapy"]["joins"] = {"course": {
        "table": "treatments", "by": {"line": "line"}, "latest": {}, "where": "drugs == 'x'",
    }}  # fmt: skip
    tables["radiotherapy"]["columns"]["purpose"]["joined"] = "course.regimen"
    after = Lineage(config).after
    assert (COLUMN, "diagnoses", "stage") in after((COLUMN, "diagnoses", "histology"))
    assert (COLUMN, "adverse_events", "grade") in after((COLUMN, "adverse_events", "line"))
    assert (COLUMN, "patients", "sex") in after((COLUMN, "patients", "smoking"))
    for name in ("regimen", "line", "drugs"):
        assert (VARIABLE, "L2PCI") in after((COLUMN, "treatments", name)), name
    readers = {r["name"]: r for r in traced(config)["readers"]["treatments"]}
    assert readers["radiotherapy.purpose"]["fields"] == ["drugs", "line", "regimen"]
    assert readers["radiotherapy.purpose"]["results"] == ["treatment_patterns"]


def test_a_date_of_death_changes_the_cohort_and_every_endpoint(config):
    found = Affected(config).by_column()["followup"]["death_date"]
    assert {"cohort", "PFS", "OS", "response"} <= set(found)
    assert found.index("cohort") < found.index("PFS") < found.index("baseline")


def test_a_covariate_changes_what_describes_and_adjusts_and_no_endpoint(config):
    found = Affected(config).by_column()["patients"]["smoking"]
    assert found[:3] == ["baseline", "Cox", "subgroups"]
    assert {"weighted", "imputation"} <= set(found) and not {"cohort", "PFS", "OS"} & set(found)


def test_an_endpoint_that_is_a_variable_passes_on_what_that_variable_changes(config):
    """First-line PFS is a covariate; its progressions are so, too."""
    assert {"PFS1", "baseline", "Cox"} <= set(Affected(config).by_variable()["L1_START"])


def test_a_column_that_nothing_reads_changes_nothing(config):
    assert "histology" not in Affected(config).by_column()["diagnoses"]


def test_other_arms_endpoints_and_tables_come_from_their_configuration():
    config = load_config(ROOT / "examples/nsclc_osimertinib/config")
    found = {r for of_table in Affected(config).by_column().values() for rs in of_table.values()
             for r in rs}  # fmt: skip
    params = {rule["param"] for rule in config["endpoints"]["time_to_event"].values()}
    assert params <= found and "PFS1" not in found


def test_what_a_suite_says_goes_before_what_the_configuration_says(config):
    asked = pd.DataFrame(
        [
            ("FUP-010", "followup", "followup", "death_date"),
            ("followup.reading.unreadable_date", "followup", "followup", "contact_date"),
            ("followup.reading.missing_identifier", "followup", "", "Hospital No"),
            ("adtte_os.before_start", "adtte_os", "", ""),
            ("ADS-001", "adsl", "", "SMOKING"),
        ],
        columns=["check_id", "table", "source_table", "field"],
    ).astype("string")
    told = affected(asked, identify_settings(config), {"FUP-010": ["PFS", "OS"]})
    assert told[0] == "PFS, OS"
    assert "OS" in told[1] and "OS" in told[2], "a row of nobody may hold anything"
    assert told[3] == "OS" and told[4].startswith("baseline, Cox, subgroups, ")


def test_settings_do_not_depend_on_the_order_of_sets():
    """Snakemake compares them as text: another order would rerun the rule."""
    program = (
        "from scripts.lib.config.load import load_config\n"
        "from scripts.lib.plan import queries_settings as q\n"
        "from scripts.lib.plan import trace_settings as t\n"
        "c = load_config('config')\n"
        "made = (t.traces, q.identify_settings, q.rank_settings, q.compare_settings)\n"
        "made = (*made, q.list_settings)\n"
        "print([repr(make(c)) for make in made])"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(told) == 1
