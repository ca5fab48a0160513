"""From a raw cell forward: what it decides, who reads it, which results it touches."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.trace.cells import SELECTION, cells, set_aside, touched
from scripts.lib.trace.datasets import Datasets
from tests.small_tables import source_table, table
from tests.traced_study import LINEAGE, SETTINGS, TABLES, write_datasets

EVERYTHING = "baseline;kaplan_meier;response"


@pytest.fixture
def data(tmp_path):
    return Datasets(write_datasets(tmp_path))


@pytest.fixture
def found(data):
    return cells(data, TABLES, SETTINGS).set_index(["file", "row", "column"])


def cell(found, *place):
    return found.loc[place].to_dict()


def test_a_cell_decides_what_is_picked_from_its_row_and_selection_touches_everything(found):
    second = cell(found, "treatments.csv", 3, "Begin")
    assert second["decides"] == "BEGIN;LINES"
    assert (second["USUBJID"], second["field"]) == ("P1", "start_date")
    assert second["criteria"] == "adult;treated"
    assert second["results"] == f"{EVERYTHING};{SELECTION}"


def test_a_row_that_is_not_picked_is_read_and_says_what_it_could_touch(found):
    alive = cell(found, "followup.csv", 3, "Seen")
    assert (alive["decides"], alive["read_by"]) == ("", "DEADDT")
    assert (alive["results"], alive["may_change"]) == ("", "response")


def test_what_a_cell_touches_already_is_not_said_again(found):
    alive = cell(found, "followup.csv", 3, "Died")
    assert (alive["decides"], alive["read_by"]) == ("adtte_os", "DEADDT")
    assert (alive["results"], alive["may_change"]) == ("kaplan_meier", "response")
    died = cell(found, "followup.csv", 2, "Died")
    assert (died["results"], died["may_change"]) == ("kaplan_meier;response", "")


def test_a_patient_outside_touches_the_selection_alone_while_something_else_keeps_them_out(found):
    born = cell(found, "patients.csv", 4, "Born")
    assert (born["USUBJID"], born["criteria"], born["results"]) == ("P3", "adult", SELECTION)


def test_a_cell_that_could_let_a_patient_in_touches_everything(found):
    line = cell(found, "treatments.csv", 6, "Line")  # P3 had one line too few
    assert line["results"] == f"{EVERYTHING};{SELECTION}"


def test_a_variable_in_no_analysis_touches_nothing(found):
    nothing = cell(found, "patients.csv", 2, "ICD-10")
    assert nothing["results"] == nothing["may_change"] == ""


def test_a_patient_whom_ignored_criteria_alone_leave_out_is_counted_where_they_are_ignored():
    wider = {"ignoring": ["treated"], "results": ["landmark"]}
    lineage = LINEAGE | {"populations": [*LINEAGE["populations"], wider]}
    died = LINEAGE["readers"]["followup"][1] | {"results": ["kaplan_meier", "landmark"]}
    born = LINEAGE["readers"]["patients"][0]
    assert touched([died], {"treated"}, lineage) == {"landmark"}
    assert touched([died], {"adult"}, lineage) == set()
    assert touched([born], {"treated", "adult"}, lineage) == {"landmark", SELECTION}


def test_who_was_never_screened_touches_nothing(data):
    stranger = pd.concat(
        [TABLES["followup"], TABLES["followup"].assign(USUBJID="P9", src_row=[8, 9])]
    )
    tables = TABLES | {"followup": stranger.reset_index(drop=True)}
    found = cells(data, tables, SETTINGS)
    assert set(found.loc[found["USUBJID"] == "P9", ["results", "may_change"]].stack()) == {""}


def test_a_looked_up_cell_decides_the_column_that_it_was_looked_up_for(data):
    looked = (
        TABLES["treatments"]
        .assign(begun=pd.array([1, 2, 1, 2, 2], "Int64"))
        .assign(begun__SRC=pd.array(["cycles.csv||2", *[None] * 4], dtype="string"))
    )
    cycles = source_table("""
        USUBJID | cycle
        P1      | 1
        P1      | 2
    """, "cycles.csv")  # fmt: skip
    reader = LINEAGE["readers"]["treatments"][1] | {
        "name": "treatments.begun", "kind": "column", "fields": ["cycle"]
    }  # fmt: skip
    settings = SETTINGS | {
        "lineage": LINEAGE | {"readers": LINEAGE["readers"] | {"cycles": [reader]}},
        "tables": SETTINGS["tables"] | {"cycles": {"cycle": {"from": ["Cycle"]}}},
    }
    found = cells(data, TABLES | {"treatments": looked, "cycles": cycles}, settings)
    found = found[found["file"] == "cycles.csv"].set_index("row")
    assert found["decides"].to_dict() == {2: "treatments.begun", 3: ""}
    assert found.loc[2, "results"] == f"{EVERYTHING};{SELECTION}"


def test_a_row_set_aside_says_why_and_touches_nothing():
    rows = table("src_file | src_sheet | src_row | reason\nx.csv | | 7 | footer")
    (line,) = set_aside([rows], ["treatments"]).to_dict("records")
    assert (line["file"], line["row"], line["table"]) == ("x.csv", 7, "treatments")
    assert (line["set_aside"], line["results"]) == ("footer", "")
