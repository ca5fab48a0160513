"""Who is counted: the list behind each count is as long as the count, or there is an error."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.describe import describe_variables
from scripts.lib.tables import write_table
from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.members import count_rows, patients_of
from tests.small_tables import table

ADSL = table("""
    USUBJID | TRT01A | SEX    | AGE
    P1      | a      | male   | 60
    P2      | a      | female | 70
    P3      | b      | male   |
    P4      | c      |        | 50
""")
TESTS = {
    "min_expected": 5, "continuity_correction": False, "equal_variances": True,
    "normality": {"form": "lilliefors", "within": "all", "alpha": 0.05},
}  # fmt: skip


def settings(**sex):
    variable = {"name": "SEX", "kind": "categorical", "levels": ["male", "female"], "where": None,
                "denominator": "known", "test": "none"}  # fmt: skip
    age = variable | {"name": "AGE", "kind": "numeric", "decimals": 1, "levels": None}
    return {
        "arms": ["a", "b", "c"], "printed": {}, "tests": TESTS, "variables": [variable | sex, age],
    }  # fmt: skip


@pytest.fixture
def data(tmp_path):
    write_table(ADSL, tmp_path / "adsl.parquet")
    return Datasets([tmp_path / "adsl.parquet"])


def names(found, group, variable, level, statistic="n"):
    return "".join(found["", "all", group, variable, level, statistic])


def test_every_count_has_the_patients_that_it_counts(data):
    rows = describe_variables("baseline", ADSL, settings()).rows
    found = patients_of(rows, data, settings())
    assert {row.key[1:] for row in count_rows(rows)} == set(found)
    assert names(found, "", "SEX", "male") == "P1P3"
    assert names(found, "c", "SEX", "missing") == "P4"
    assert names(found, "", "SEX", "male", "N") == "P1P2P3"
    assert names(found, "", "AGE", "") == "P1P2P4"
    assert names(found, "b", "", "", "N") == "P3"


def test_the_patients_are_those_for_whom_the_condition_holds(data):
    own = settings(where="AGE >= 60", denominator="all")
    found = patients_of(describe_variables("baseline", ADSL, own).rows, data, own)
    assert names(found, "", "SEX", "male") == "P1"
    assert names(found, "", "SEX", "male", "N") == "P1P2"


def test_a_list_that_is_not_as_long_as_its_number_is_an_error(data):
    rows = describe_variables("baseline", ADSL[:3], settings()).rows
    with pytest.raises(ValueError, match=r"trace: 4 patients behind .*statistic=N, which is 3"):
        patients_of(rows, data, settings())


def test_tested_factors_are_no_patients():
    ard = ArdBuilder("interactions", "OS")
    ard.add("n", 11)
    assert list(count_rows(ard.rows)) == []


def test_an_analysis_that_counts_nobody_has_no_lists(data):
    ard = ArdBuilder("log_rank", "OS")
    ard.add("df", 1)
    assert patients_of(ard.rows, data, {}) == {}
    assert isinstance(data.table("adsl"), pd.DataFrame)
