"""ADSL: every variable of every included patient, those that need an endpoint among them."""

from __future__ import annotations

import pandas as pd

from scripts.derive_adsl import derive_adsl, endpoint_time
from scripts.lib.config.cohort import Variable
from scripts.lib.config.specs import made_from, split_variables
from tests.small_tables import cells, table

SPECS = [
    {
        "name": "L2_START",
        "from": "treatments",
        "column": "start_date",
        "pick": "min",
        "adsl": False,
    },
    {"name": "SEX", "from": "patients", "column": "sex", "pick": "only"},
    {"name": "L1PFS", "endpoint": "pfs1", "unit": "months"},
    {"name": "PFS1GR1", "cut": {"of": "L1PFS", "at": [8.62], "labels": ["<=8.62", ">8.62"]}},
    {"name": "BRAINMET", "from": "assessments", "pick": "any"},
]
SUBJECTS = """
    USUBJID | L2_START   | SEX    | SEX__DT    | BRAINMET | BRAINMET__DT | BRAINMET__SRC
    A       | 2021-01-01 | male   |            | no       |              |
    B       | 2021-01-01 | female |            | yes      | 2021-03-01   | scans.csv~~7
    C       | 2021-01-01 | male   | 2021-01-02 | no       |              |
    D       | 2021-01-01 | male   |            | no       |              |
"""
COHORT = """
    USUBJID | TRT01A
    A       | serplulimab
    B       | chemotherapy
    C       | chemotherapy
    D       | chemotherapy
"""
ADTTE = """
    USUBJID | ADT        | AVAL
    B       | 2020-12-20 | 262
    A       | 2020-12-20 | 263
"""


def subjects():
    made = table(SUBJECTS)
    return made.assign(BRAINMET__SRC=made["BRAINMET__SRC"].str.replace("~", "|"))


def derive(**timing):
    specs = [
        Variable.model_validate(spec | {"timing": timing.get(spec["name"], "baseline")})
        for spec in SPECS
    ]
    dumped = [spec.model_dump(mode="json") for spec in specs]
    cohort = table(COHORT).assign(included=pd.array([True, True, True, False], dtype="boolean"))
    settings = {
        "start": "L2_START",
        "variables": [spec for spec in dumped if spec["adsl"]],
        "later_variables": split_variables(dumped)[1],
        "population": "included",
        "ignoring": [],
        "criteria": [],
        "data_cutoff": "2024-12-31",
        "days_per_month": 30.4375,
        "made_from": made_from(dumped),
    }
    return derive_adsl(cohort, subjects(), {"pfs1": table(ADTTE)}, settings)


def test_one_row_per_included_patient_with_the_declared_variables_in_order():
    adsl = derive()
    assert list(adsl.columns) == [
        "USUBJID", "TRT01A", "TRTSDT", "SEX", "L1PFS", "PFS1GR1", "BRAINMET", "late_baseline",
        "late_baseline__SRC",
    ]  # fmt: skip
    assert cells(adsl, "USUBJID", "TRT01A", "TRTSDT", "SEX") == [
        ("A", "serplulimab", "2021-01-01", "male"),
        ("B", "chemotherapy", "2021-01-01", "female"),
        ("C", "chemotherapy", "2021-01-01", "male"),
    ]


def test_first_line_pfs_is_in_months_and_cut_after_262_days():
    """Table III: > 8.62 months means at least 263 days (30.4375 days a month)."""
    adsl = derive()
    assert adsl["L1PFS"].round(4).to_list() == [8.6407, 8.6078, pd.NA]
    assert adsl["PFS1GR1"].to_list() == [">8.62", "<=8.62", pd.NA]


def test_the_time_guard_names_what_was_known_only_after_the_start():
    """Sex recorded a day late (C), a brain metastasis found under treatment (B)."""
    adsl = derive()
    assert adsl["late_baseline"].to_list() == [pd.NA, "BRAINMET", "SEX"]
    assert adsl["late_baseline__SRC"].to_list() == [pd.NA, "scans.csv||7", pd.NA]
    declared = derive(BRAINMET="post_baseline", SEX="post_baseline")
    assert declared["late_baseline"].isna().all()


def test_endpoint_time_in_days():
    made = endpoint_time(table(COHORT)["USUBJID"], table(ADTTE), {"name": "X", "unit": "days"}, 30)
    assert made["X"].to_list() == [263, 262, pd.NA, pd.NA]
