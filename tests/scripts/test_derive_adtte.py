"""ADTTE as the rule runs it: populations, the variables and tables that the endpoint names."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from scripts.derive_adtte import main
from scripts.lib.config.endpoints import Endpoint
from scripts.lib.config.specs import columns_of, tables_of, variables_of
from scripts.lib.tables import read_table, write_table
from tests.small_tables import cells, source_table, table

OS = {
    "param": "OS",
    "label": "Overall survival",
    "start": "L2_START",
    "events": [{"id": "DEATH", "description": "Death", "pick": "only", "from": [
        {"table": "followup", "date": "death_date", "where": "vital_status == 'dead'"}]}],
    "dates": [{"id": "LAST", "pick": "last", "from": [
        {"table": "followup", "date": "contact_date", "where": "vital_status == 'alive'"},
        {"table": "assessments", "date": "assessment_date"}]}],
    "censoring": [
        {"at": "LAST", "code": 1, "description": "Alive", "date_description": "Last contact"},
        {"at": "START", "code": 2, "description": "No contact", "date_description": "Start"}],
}  # fmt: skip
FOLLOWUP = """
    USUBJID | contact_date | vital_status | death_date
    A       | 2021-03-01   | alive        |
    B       | 2021-02-10   | dead         | 2021-02-01
    C       | 2021-05-01   | alive        |
"""
ASSESSMENTS = "USUBJID | assessment_date\nA | 2021-04-01\nZ | 2021-04-01"
COHORT = """
    USUBJID | TRT01A       | reason
    A       | chemotherapy |
    B       | chemotherapy | alive
    C       | chemotherapy | adult
    D       |              | line
"""


def derive(tmp_path, **changes):
    rule = Endpoint.model_validate(OS | changes).model_dump(mode="json")
    cohort = table(COHORT).assign(
        included=lambda frame: frame["reason"].isna().astype("boolean"),
        adult=pd.array([True, True, False, True], dtype="boolean"),
        alive=pd.array([True, False, True, None], dtype="boolean"),
    )
    start = pd.to_datetime(["2021-01-01"] * 3 + [None]).astype("datetime64[us]")
    subjects = cohort[["USUBJID"]].assign(L2_START=start, L2_START__SRC="lines.xlsx|Sheet|5")
    frames = {
        "cohort": cohort,
        "subjects": subjects,
        "followup": source_table(FOLLOWUP, "followup.csv"),
        "assessments": source_table(ASSESSMENTS, "ward.csv"),
    }
    for name, frame in frames.items():
        write_table(frame, tmp_path / f"{name}.parquet")
    smk = SimpleNamespace(
        input=SimpleNamespace(
            cohort=tmp_path / "cohort.parquet",
            subjects=tmp_path / "subjects.parquet",
            tables=[str(tmp_path / f"{name}.parquet") for name in tables_of(rule)],
        ),
        output=SimpleNamespace(
            adtte=tmp_path / "adtte.parquet", findings=tmp_path / "private" / "found.parquet"
        ),
        params=SimpleNamespace(
            settings={
                "name": "os",
                "endpoint": rule,
                "reports": None,
                "criteria": ["adult", "alive"],
                "data_cutoff": "2024-12-31",
            }
        ),
    )
    main(smk)
    return read_table(smk.output.adtte), read_table(smk.output.findings)


def test_included_patients_alone_make_the_endpoint(tmp_path):
    rows, found = derive(tmp_path)
    assert cells(rows, "USUBJID", "TRT01A", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR") == [
        ("A", "chemotherapy", "OS", "2021-01-01", "2021-04-01", 90, 1),
    ]
    assert found.empty


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"population": "screened"}, ["A", "B", "C"]),
        ({"ignoring": ["alive"]}, ["A", "B"]),  # without the exclusion of early deaths
        ({"ignoring": ["adult"]}, ["A", "C"]),
    ],
)
def test_sensitivity_runs_take_a_wider_population(tmp_path, changes, expected):
    """Patients who died early carry full endpoint data, so that the exclusion can be switched."""
    rows, _ = derive(tmp_path, **changes)
    assert rows["USUBJID"].to_list() == expected


def test_who_has_no_arm_or_start_is_listed_and_has_no_time(tmp_path):
    rows, found = derive(tmp_path, population="screened")
    assert "D" not in rows["USUBJID"].to_list()
    assert cells(found, "check_id", "severity", "USUBJID") == [
        ("population.no_start", "info", "D"),
    ]


def test_a_start_that_decides_names_its_raw_row(tmp_path):
    rows, _ = derive(tmp_path, dates=[], censoring=OS["censoring"][1:], population="screened")
    assert cells(rows, "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW")[2] == (
        "subjects", "L2_START", 3, "lines.xlsx", "Sheet", 5,
    )  # fmt: skip


def test_an_endpoint_says_itself_what_it_reads():
    """So that another endpoint's table or rule cannot make this one run again."""
    rule = Endpoint.model_validate(OS | {"not_after": "DTHDT"}).model_dump(mode="json")
    assert tables_of(rule) == ["assessments", "followup"]
    assert columns_of(rule) == {
        "followup": {"death_date", "vital_status", "contact_date"},
        "assessments": {"assessment_date"},
    }
    assert variables_of(rule) == {"L2_START", "DTHDT"}
