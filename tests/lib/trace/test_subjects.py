"""A patient's page: each value with its row; what is private stands on the private page alone."""

from __future__ import annotations

import json

import pytest

from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.subjects import WITHHELD, Patients
from tests.traced_study import FINDINGS, RAW, SETTINGS, TABLES, write_datasets


@pytest.fixture
def data(tmp_path):
    return Datasets(write_datasets(tmp_path))


def page(data, name="P1", raw=None, **options):
    patients = Patients(data, TABLES, FINDINGS, SETTINGS, **options)
    return dict((patients.with_raw(raw) if raw else patients).pages())[name]


def variable(content, name):
    return next(line for line in content["variables"] if line["name"] == name)


def test_a_picked_value_names_file_row_and_raw_column_and_leads_to_its_record(data):
    line = variable(page(data), "BEGIN")
    assert line["value"] == line["known"] == "2020-06-01"
    assert (line["place"], line["header"]) == ("treatments.csv, row 3", "Begin")
    ids = [row["id"] for row in page(data)["records"]["treatments"]["rows"]]
    assert line["record"] == "treatments-2" and line["record"] in ids


def test_a_computed_value_names_what_it_is_made_from(data):
    line = variable(page(data), "AGE")
    assert (line["value"], line["place"]) == ("70", "")
    assert line["made_from"] == ["BIRTHDT", "BEGIN"]
    assert variable(page(data), "OLD")["value"] == "Old"


def test_criteria_are_met_not_met_or_unknown_with_the_values_they_look_at(data):
    assert [c["outcome"] for c in page(data, "P3")["criteria"]] == ["met", "not met"]
    assert [c["outcome"] for c in page(data, "P2")["criteria"]] == ["unknown", "met"]
    assert page(data, "P3")["criteria"][1]["looks_at"] == [{"name": "LINES", "value": "1"}]
    assert page(data, "P3")["reason"] == "not met: Treated twice"


def test_an_endpoint_says_what_decided_and_where_it_is_written(data):
    (death,) = page(data)["endpoints"]
    assert (death["event"], death["AVAL"], death["months"]) == (True, "245", "8.05")
    assert (death["place"], death["record"]) == ("followup.csv, row 2", "followup-1")
    assert death["header"] == "Died"
    assert page(data, "P3")["endpoints"] == []


def test_the_time_line_holds_lines_of_therapy_death_and_cut_off(data):
    svg = page(data)["timeline"]
    for text in ("2020-06-01: 2", "OS: Death", "data cut-off", "2024-12-31"):
        assert text in svg


def test_what_is_private_or_text_stands_on_no_public_page(data):
    content = page(data)
    text = json.dumps(content)
    assert "1950-02-03" not in text and "secret" not in text and "Anna" not in text
    assert variable(content, "BIRTHDT")["value"] == variable(content, "ICD")["value"] == WITHHELD
    assert variable(content, "AGE")["known"] == ""  # it would be the date of birth
    assert content["records"]["patients"]["rows"][0]["cells"] == [(WITHHELD, "")] * 2
    assert variable(page(data, "P2"), "ICD")["value"] == ""


def test_the_private_page_shows_the_raw_text_beside_the_value_but_no_column_that_was_dropped(data):
    content = page(data, raw=RAW)
    (born, icd) = content["records"]["patients"]["rows"][0]["cells"]
    assert born == ("1950-02-03", "3.2.1950") and icd[1] == "C34.9 secret"
    assert content["records"]["treatments"]["rows"][1]["cells"][0] == ("2", "II")
    assert "Anna" not in json.dumps(content)


def test_one_page_asked_for_is_that_of_the_whole_study(data):
    assert page(data, "P2", wanted=["P2"]) == page(data, "P2")


def test_findings_of_the_patient_stand_on_the_page(data):
    assert [f["check_id"] for f in page(data)["findings"]] == ["X-1"]
    assert page(data, "P2")["findings"] == []
