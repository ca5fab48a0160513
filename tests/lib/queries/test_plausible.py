"""Plausible values: other dates of the patient, the cut-off, the code list."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.lib.queries.plausible import changes_of, date_values, patient_dates, values_elsewhere
from tests.small_tables import source_table

CUTOFF = pd.Timestamp("2021-12-31")
NAT = pd.NaT


def days(values) -> list[str]:
    return [f"{value:%m-%d}" for value in values]


def test_a_date_lies_between_the_first_other_date_and_the_cut_off():
    others = np.array(["2021-03-05", "2021-06-01"], "datetime64[D]")
    assert days(date_values(others, CUTOFF, NAT, NAT)) == [
        "03-05", "03-06", "05-31", "06-01", "06-02", "12-31",
    ]  # fmt: skip


def test_what_the_raw_text_allows_bounds_it():
    others = np.array(["2021-03-05", "2021-06-10"], "datetime64[D]")
    low, high = pd.Timestamp("2021-06-01"), pd.Timestamp("2021-06-30")
    assert days(date_values(others, CUTOFF, low, high)) == [
        "06-01", "06-09", "06-10", "06-11", "06-30",
    ]  # fmt: skip


def test_without_any_other_date_nothing_is_plausible():
    assert date_values(np.array([], "datetime64[D]"), CUTOFF, NAT, NAT) == []


def test_dates_of_a_patient_are_those_of_tables_that_a_date_orders():
    tables = {
        "patients": source_table("USUBJID | birth_date\n S1 | 1950-01-01"),
        "scans": source_table("USUBJID | scan_date\n S1 | 2021-03-05\n S2 | 2021-04-05"),
        "late": source_table("USUBJID | some_date\n S1 | 2022-03-05"),
    }
    found = patient_dates(tables, ["scans", "late"], {"S1"}, CUTOFF)
    assert list(found) == ["S1"]
    assert found["S1"][0].astype(str).tolist() == ["2021-03-05"]
    assert found["S1"][1].tolist() == ["scans|scan_date|made.csv||2"]


def changes(column: str, row: dict, **other) -> list[dict]:
    given = {
        "kinds": {"status": "code", "contact": "date", "death": "date", "line": "integer"},
        "levels": {"status": ["alive", "dead"]}, "together": [column], "elsewhere": {},
        "own_date": "contact",
    } | other  # fmt: skip
    return list(changes_of(column, row, **given))


def test_a_code_is_each_of_its_list_and_a_death_comes_with_its_date():
    day = pd.Timestamp("2021-05-01")
    row = {"status": None, "contact": day, "death": NAT}
    assert changes("status", row) == [
        {"status": "alive"}, {"status": "alive", "death": day},
        {"status": "dead"}, {"status": "dead", "death": day},
    ]  # fmt: skip
    assert len(changes("status", row | {"death": day})) == 2


def test_several_columns_of_one_cell_change_together_as_they_do_elsewhere():
    table = source_table("""
        USUBJID | drugs | classes
        S1      | a;b   | x
        S2      | c     | y
        S3      | a;b   | x
        S4      | c     |
    """)
    columns = ("drugs", "classes")
    known = {columns: values_elsewhere(table, columns)}
    kinds = {"drugs": "codes", "classes": "codes"}
    assert changes("drugs", {}, kinds=kinds, together=columns, elsewhere=known) == [
        {"drugs": "a;b", "classes": "x"}, {"drugs": "c", "classes": "y"},
    ]  # fmt: skip
