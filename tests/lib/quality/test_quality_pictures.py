"""What is missing is counted by arm; the rows of a table go where the counts say."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from scripts.lib.quality.missingness import missingness, read_patients, rows_in_study
from scripts.lib.quality.quality_pictures import missing_picture, row_flow
from scripts.lib.quality.suites import Check
from scripts.lib.quality.verdicts import threshold
from scripts.lib.tables import write_table
from tests.lib.quality.test_expectations import table

ARMS = {"a": "Alpha & more", "b": "Beta", "c": "Gamma"}


@pytest.fixture
def paths(tmp_path):
    cohort = table(USUBJID=["P1", "P2", "P3"], TRT01A=["a", "b", None],
                   included=[True, False, False])  # fmt: skip
    visits = table(USUBJID=["P1", "P1", "P2", "P3", "P9"], score=[1, None, None, None, 5],
                   dose=[None] * 5, src_row=[1, 2, 3, 4, 5], AGE__DT=[None] * 5)  # fmt: skip
    write_table(cohort, tmp_path / "cohort.parquet")
    write_table(visits, tmp_path / "visits.parquet")
    return {name: str(tmp_path / f"{name}.parquet") for name in ("cohort", "visits", "never")}


def test_missing_values_are_counted_over_all_rows_and_those_of_each_arms_patients(paths):
    patients = read_patients(paths["cohort"])
    absent = {"visits": {"dose": "not collected: no pump"}}
    found = missingness({"visits": paths["visits"]}, patients, list(ARMS), absent)
    assert found[0]["table"] == "visits"
    score, dose = found[0]["columns"]  # neither src_row nor AGE__DT
    assert score.groups == {"": (3, 5), "a": (1, 2), "b": (1, 1)}  # nobody of c; P3, P9: no arm
    assert (dose.column, dose.why) == ("dose", "not collected: no pump")


def test_without_a_cohort_all_rows_alone_are_counted_and_what_was_not_reached_is_left_out(paths):
    assert read_patients(paths["never"]) is None
    found = missingness(paths, None, list(ARMS), {"visits": {"*": "not collected: no visits"}})
    assert [one["table"] for one in found] == ["cohort", "visits"]
    assert found[1]["columns"][0].groups == {"": (3, 5)}
    assert {column.why for column in found[1]["columns"]} == {"not collected: no visits"}


def test_rows_are_of_patients_in_the_study_or_of_others(paths):
    patients = read_patients(paths["cohort"])
    assert rows_in_study(paths["visits"], patients) == (2, 3)
    assert rows_in_study(paths["visits"], None) is None
    assert rows_in_study(paths["never"], patients) is None


def test_the_picture_of_what_is_missing_says_each_share_and_never_0_for_a_little(paths):
    patients = read_patients(paths["cohort"])
    svg = missing_picture(missingness(paths, patients, list(ARMS), {}), ARMS)
    ElementTree.fromstring(svg)
    assert "<title>score, all: 3 of 5 missing</title>" in svg and ">60</text>" in svg
    assert "<title>score, Alpha &amp; more: 1 of 2 missing</title>" in svg
    big = table(USUBJID=["P1"] * 1000, x=[None] + [1] * 999, y=[1] + [None] * 999)
    write_table(big, paths["visits"])
    svg = missing_picture(missingness({"visits": paths["visits"]}, None, [], {}), {})
    assert {"&lt;1", "&gt;99"} <= set(re.findall(r">([^<]*)</text>", svg))
    assert missing_picture([], ARMS).startswith("<svg")


def test_the_flow_adds_the_parts_of_a_table_and_names_every_loss():
    part = {"table": "t", "part": "p", "rows_raw": 10, "rows_staged": 10, "rows_duplicate": 1}
    rows = [
        part | {"rows_kept": 6, "rows_set_aside": 3, "rows_left_out": 2},
        part | {"rows_kept": 8, "rows_set_aside": 0, "rows_left_out": 0},
    ]
    svg = row_flow(rows, {"t": (9, 5)})
    ElementTree.fromstring(svg)
    texts = re.findall(r">([^<]+)</text>", svg)
    assert {"20", "14", "9 of patients in the study", "5 of other patients"} <= set(texts)
    assert "1 set aside, 2 left out by a rule, 2 exact duplicates, 1 unaccounted" in texts
    assert "not reached" in row_flow(rows, {})


def test_a_check_says_how_much_it_asks_for():
    def of(type_, **kwargs):
        return threshold(Check(id="X-001", type=type_, kwargs=kwargs, severity="warning",
                               category="completeness", says="A statement of it."))  # fmt: skip

    assert of("expect_column_values_to_not_be_null", column="x") == "every row"
    assert of("expect_column_values_to_not_be_null", column="x", mostly=0.95) == "95 % of rows"
    assert of("expect_table_row_count_to_be_between", min_value=1, max_value=9) == (
        "at least 1, at most 9"
    )
    assert of("expect_column_to_exist", column="x") == ""
