"""From a raw cell forward: what it decides, who reads it, which results it touches."""

from __future__ import annotations

import pytest

from scripts.lib.trace.cells import SELECTION, Uses, cells, set_aside
from scripts.lib.trace.datasets import Datasets
from tests.small_tables import table
from tests.traced_study import SETTINGS, TABLES, write_datasets

COUNTED = {"baseline": {"P1", "P2"}, "kaplan_meier": {"P1"}}


@pytest.fixture
def found(tmp_path):
    data = Datasets(write_datasets(tmp_path))
    return cells(data, TABLES, SETTINGS, COUNTED).set_index(["file", "row", "column"])


def cell(found, *place):
    return found.loc[place].to_dict()


def test_a_cell_decides_what_is_picked_from_its_row_and_touches_who_is_in_the_study(found):
    second = cell(found, "treatments.csv", 3, "Begin")
    assert second["decides"] == "BEGIN;LINES"
    assert (second["USUBJID"], second["field"]) == ("P1", "start_date")
    assert second["criteria"] == "adult;treated"
    assert second["results"] == f"baseline;kaplan_meier;{SELECTION}"


def test_a_row_that_is_not_picked_is_read(found):
    first = cell(found, "treatments.csv", 2, "Line")
    assert (first["decides"], first["read_by"]) == ("LINES", "BEGIN")


def test_an_endpoint_is_decided_by_the_row_that_it_names_and_touches_what_counts_the_patient(found):
    died = cell(found, "followup.csv", 2, "Died")
    assert died["decides"] == "DEADDT;adtte_os"
    assert died["results"] == "kaplan_meier"
    alive = cell(found, "followup.csv", 3, "Died")
    assert (alive["decides"], alive["results"]) == ("adtte_os", "")  # counted in no curve


def test_what_decides_a_criterion_touches_the_selection_whoever_is_counted(found):
    born = cell(found, "patients.csv", 4, "Born")
    assert (born["USUBJID"], born["criteria"], born["results"]) == ("P3", "adult", SELECTION)


def test_a_variable_in_no_analysis_touches_nothing(found):
    assert cell(found, "patients.csv", 2, "ICD-10")["results"] == ""


def test_results_follow_a_variable_through_what_is_made_from_it():
    used = Uses(SETTINGS | {"criteria": [], "arm": []})
    assert used.of_variable("AGE") == (frozenset(), {"baseline"})
    assert used.of_variable("BEGIN") == (frozenset(), {"baseline", "kaplan_meier"})
    assert used.of_endpoint("adtte_os") == {"kaplan_meier"}


def test_a_row_set_aside_says_why_and_touches_nothing():
    rows = table("src_file | src_sheet | src_row | reason\nx.csv | | 7 | footer")
    (line,) = set_aside([rows], ["treatments"]).to_dict("records")
    assert (line["file"], line["row"], line["table"]) == ("x.csv", 7, "treatments")
    assert (line["set_aside"], line["results"]) == ("footer", "")
