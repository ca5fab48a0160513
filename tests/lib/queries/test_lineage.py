"""Which results a column can change is read off the configuration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from scripts.lib.config.load import load_config
from scripts.lib.plan.queries_settings import identify_settings
from scripts.lib.queries.affects import affected
from scripts.lib.queries.lineage import results_by_column, results_by_variable

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def config():
    return load_config(ROOT / "config")


def test_a_date_of_death_changes_the_cohort_and_every_endpoint(config):
    found = results_by_column(config)["followup"]["death_date"]
    assert {"cohort", "PFS", "OS", "response"} <= set(found)
    assert found.index("cohort") < found.index("PFS") < found.index("baseline")


def test_a_covariate_changes_what_describes_and_adjusts_and_no_endpoint(config):
    assert results_by_column(config)["patients"]["smoking"] == ["baseline", "Cox", "subgroups"]


def test_an_endpoint_that_is_a_variable_passes_on_what_that_variable_changes(config):
    """First-line PFS is a covariate; its progressions are so, too."""
    assert {"PFS1", "baseline", "Cox"} <= results_by_variable(config)["L1_START"]


def test_a_column_that_nothing_reads_changes_nothing(config):
    assert "histology" not in results_by_column(config)["diagnoses"]


def test_other_arms_endpoints_and_tables_come_from_their_configuration():
    config = load_config(ROOT / "examples/nsclc_osimertinib/config")
    found = {r for of_table in results_by_column(config).values() for rs in of_table.values()
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
    assert told[3] == "OS" and told[4] == "baseline, Cox, subgroups"


def test_settings_do_not_depend_on_the_order_of_sets():
    """Snakemake compares them as text: another order would rerun the rule."""
    program = (
        "from scripts.lib.config.load import load_config\n"
        "from scripts.lib.plan import queries_settings as q\n"
        "c = load_config('config')\n"
        "made = (q.identify_settings, q.rank_settings, q.compare_settings, q.list_settings)\n"
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
