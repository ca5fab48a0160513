"""Variables of the subjects: each way to make one, with the rows that decide it."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.config.cohort import Variable
from scripts.lib.config.specs import with_flags
from scripts.lib.derivation.derived_findings import all_findings
from scripts.lib.derivation.rows import by_patient
from scripts.lib.derivation.variables import choose, cut, derive_variables, late_names
from tests.small_tables import cells, rows_of, shuffled, source_table, table

DATES = {"treatments": "start_date", "performance_status": "assessed_date"}
TREATMENTS = """
    USUBJID | line | drugs                 | start_date
    A       | 1    | etoposide;atezolizumab| 2021-01-10
    A       | 2    | serplulimab           | 2021-09-01
    A       | 2    | anlotinib;serplulimab | 2021-10-01
    B       | 1    | etoposide             | 2022-01-01
    B       |      | serplulimab           | 2022-06-01
"""
PERFORMANCE = """
    USUBJID | assessed_date | kps
    A       | 2021-01-01    | 90
    A       | 2021-01-05    | 80
    A       | 2021-09-01    | 70
    B       | 2022-01-01    |
    B       | 2022-03-01    | 60
"""


def derive(specs, tables, patients="ABC", cutoff="2024-12-31", **known):
    subjects = pd.DataFrame({"USUBJID": pd.array(list(patients), dtype="string"), **known})
    dumped = [Variable.model_validate(spec).model_dump(mode="json") for spec in specs]
    made, found = derive_variables(
        subjects, dumped, rows_of(tables, subjects["USUBJID"]), dates=DATES, cutoff=cutoff
    )
    return made, all_findings(found)


def test_min_takes_the_earliest_row_that_counts_and_names_it():
    spec = {"name": "L2_START", "from": "treatments", "where": "line == 2",
            "column": "start_date", "pick": "min"}  # fmt: skip
    made, _ = derive([spec], {"treatments": TREATMENTS})
    assert cells(made, "USUBJID", "L2_START", "L2_START__SRC", "L2_START__DT") == [
        ("A", "2021-09-01", "treatments.csv||3", "2021-09-01"),
        ("B", None, None, None),
        ("C", None, None, None),
    ]


def test_a_picked_date_brings_the_flag_of_its_imputation():
    rows = """
        USUBJID | start_date | start_flag
        A       | 2021-02-15 | D
        A       | 2021-03-01 |
        B       | 2021-03-01 |
    """
    spec = {"name": "FIRST", "from": "treatments", "column": "start_date", "pick": "min"}
    dumped = [Variable.model_validate(spec).model_dump(mode="json")]
    subjects = pd.DataFrame({"USUBJID": pd.array(["A", "B"], dtype="string")})
    made, _ = derive_variables(
        subjects, with_flags(dumped, {"treatments": {"start_date": "start_flag"}}),
        rows_of({"treatments": rows}, subjects["USUBJID"]), dates=DATES, cutoff="2024-12-31",
    )  # fmt: skip
    assert cells(made, "FIRST", "FIRST__DTF") == [("2021-02-15", "D"), ("2021-03-01", None)]


def test_last_takes_the_latest_row_with_a_value():
    spec = {"name": "LASTKPS", "from": "performance_status", "column": "kps", "pick": "last"}
    made, _ = derive([spec], {"performance_status": PERFORMANCE})
    assert cells(made, "LASTKPS", "LASTKPS__DT") == [
        (70, "2021-09-01"), (60, "2022-03-01"), (None, None),
    ]  # fmt: skip


def test_nearest_keeps_to_the_window_and_takes_the_earlier_of_two_equally_near():
    """Table I: performance status at the diagnosis of extensive disease."""
    spec = {"name": "KPSBL", "from": "performance_status", "column": "kps", "pick": "nearest",
            "to": "DIAGDT", "window_days": [-60, 30]}  # fmt: skip
    days = pd.to_datetime(["2021-01-03", "2022-01-01", "2022-01-01"]).astype("datetime64[us]")
    made, _ = derive([spec], {"performance_status": PERFORMANCE}, DIAGDT=days)
    assert cells(made, "KPSBL", "KPSBL__SRC") == [
        (90, "performance_status.csv||2"), (None, None), (None, None),
    ]  # fmt: skip


def test_rows_of_one_day_that_differ_give_the_smaller_value_and_a_finding():
    rows = """
        USUBJID | assessed_date | kps
        A       | 2021-01-01    | 90
        A       | 2021-01-01    | 80
        B       | 2021-01-01    | 70
        B       | 2021-01-01    | 70
    """
    spec = {"name": "KPSBL", "from": "performance_status", "column": "kps", "pick": "first"}
    made, found = derive([spec], {"performance_status": rows})
    assert cells(made, "KPSBL") == [(80,), (70,), (None,)]
    assert cells(found, "check_id", "USUBJID", "row", "column") == [
        ("subjects.KPSBL.tie", "A", 2, "kps"), ("subjects.KPSBL.tie", "A", 3, "kps"),
    ]  # fmt: skip


def test_only_makes_a_contradiction_unknown_and_asks():
    rows = """
        USUBJID | sex
        A       | male
        A       | female
        B       | male
        B       | male
    """
    spec = {"name": "SEX", "from": "patients", "column": "sex", "pick": "only"}
    made, found = derive([spec], {"patients": rows})
    assert cells(made, "SEX") == [(None,), ("male",), (None,)]
    assert cells(found, "check_id", "USUBJID", "table", "file", "row") == [
        ("subjects.SEX.contradiction", "A", "patients", "patients.csv", 2),
        ("subjects.SEX.contradiction", "A", "patients", "patients.csv", 3),
    ]


def test_all_joins_the_codes_of_several_rows_once_each():
    spec = {"name": "L2DRUGS", "from": "treatments", "where": "line == 2", "column": "drugs",
            "pick": "all"}  # fmt: skip
    made, _ = derive([spec], {"treatments": TREATMENTS})
    assert cells(made, "L2DRUGS") == [("anlotinib;serplulimab",), (None,), (None,)]


def test_any_is_unknown_where_nobody_can_say_whether_a_row_counts():
    """Kleene: B has a row without a line, C has no row at all."""
    spec = {"name": "L2", "from": "treatments", "where": "line == 2", "pick": "any"}
    made, _ = derive([spec], {"treatments": TREATMENTS})
    assert cells(made, "L2") == [(True,), (None,), (False,)]


def test_count_counts_rows():
    spec = {"name": "ROWS", "from": "treatments", "pick": "count"}
    made, _ = derive([spec], {"treatments": TREATMENTS})
    assert cells(made, "ROWS") == [(3,), (2,), (0,)]


def test_rows_after_the_data_cutoff_do_not_exist():
    spec = {"name": "ROWS", "from": "treatments", "pick": "count"}
    made, _ = derive([spec], {"treatments": TREATMENTS}, cutoff="2021-09-30")
    assert cells(made, "ROWS") == [(2,), (0,), (0,)]


def test_a_condition_may_use_earlier_variables():
    """A row without a line belongs to the line that its date says."""
    specs = [
        {"name": "L1_START", "from": "treatments", "where": "line == 1", "column": "start_date",
         "pick": "min"},
        {"name": "L2_START", "from": "treatments", "column": "start_date", "pick": "min",
         "where": "line == 2 or (missing(line) and start_date > L1_START)"},
    ]  # fmt: skip
    made, _ = derive(specs, {"treatments": TREATMENTS})
    assert cells(made, "L2_START") == [("2021-09-01",), ("2022-06-01",), (None,)]


def test_nothing_depends_on_the_order_of_the_rows():
    frame = source_table(PERFORMANCE)
    subjects = pd.DataFrame({"USUBJID": pd.array(["A", "B"], dtype="string")})
    spec = Variable.model_validate(
        {"name": "KPS", "from": "performance_status", "column": "kps", "pick": "first"}
    ).model_dump(mode="json")
    made = [
        derive_variables(
            subjects, [spec], {"performance_status": by_patient(rows, subjects["USUBJID"])},
            dates=DATES, cutoff="2024-12-31",
        )[0]
        for rows in (frame, shuffled(frame))
    ]  # fmt: skip
    pd.testing.assert_frame_equal(*made)


def test_cut_puts_the_limit_into_the_lower_group():
    """Table III: <=8.62 months is at most 262 days, 263 days is above (30.4375 days a month)."""
    months = pd.Series([262 / 30.4375, 263 / 30.4375, 8.62, None], dtype="Float64")
    assert cut(months, [8.62], ["<=8.62", ">8.62"]).to_list() == [
        "<=8.62", ">8.62", "<=8.62", pd.NA,
    ]  # fmt: skip
    assert cut(pd.Series([65, 66]), [65], ["<65", ">=65"], right=False).to_list() == [">=65"] * 2


def test_cases_take_the_first_that_holds_and_stop_at_the_first_unknown():
    frame = table("""
        kps | line
        90  | 1
        80  | 1
            | 1
        70  | 2
    """)
    cases = [{"when": "kps > 85", "value": "fit"}, {"when": "line == 1", "value": "first"}]
    assert choose(cases, frame, "other").to_list() == ["fit", "first", pd.NA, "other"]
    assert choose(cases, frame).to_list() == ["fit", "first", pd.NA, pd.NA]


def test_a_variable_is_known_when_the_last_of_its_parts_is():
    specs = [
        {"name": "KPS1", "from": "performance_status", "column": "kps", "pick": "first"},
        {"name": "KPS2", "from": "performance_status", "column": "kps", "pick": "last"},
        {"name": "WORSE", "expression": "KPS2 < KPS1"},
    ]
    made, _ = derive(specs, {"performance_status": PERFORMANCE})
    assert cells(made, "WORSE", "WORSE__DT") == [
        (True, "2021-09-01"), (False, "2022-03-01"), (None, None),
    ]  # fmt: skip


def test_late_names_what_was_known_only_after_time_zero():
    frame = table("""
        L2_START   | KPS__DT    | BRAIN__DT
        2021-01-10 | 2021-01-10 | 2021-03-01
        2021-01-10 | 2021-01-11 | 2021-03-01
        2021-01-10 |            | 2021-01-01
    """)
    late = late_names(frame, {"KPS": ["KPS"], "BRAIN": ["BRAIN"]}, frame["L2_START"])
    assert late.to_list() == ["BRAIN", "KPS;BRAIN", pd.NA]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"name": "X"}, "needs one of from, expression"),
        ({"name": "X", "from": "t", "pick": "min"}, "needs a `column`"),
        ({"name": "X", "from": "t", "pick": "any", "column": "c"}, "takes no `column`"),
        ({"name": "X", "from": "t", "column": "c", "pick": "nearest"}, "`to` and pick nearest"),
        ({"name": "TRT01A", "expression": "1"}, "has a meaning of its own"),
        ({"name": "X", "expression": "1", "levels": {True: "Yes"}}, "put yes and no in quotes"),
        ({"name": "X", "cut": {"of": "Y", "at": [1], "labels": ["a"]}}, "2 needed, 1 given"),
        ({"name": "X", "cut": {"of": "Y", "at": [2, 1], "labels": ["a", "b", "c"]}}, "must ascend"),
    ],
)
def test_a_variable_that_cannot_be_made_is_refused(spec, message):
    with pytest.raises(ValueError, match=message):
        Variable.model_validate(spec)


def test_what_is_not_collected_is_unknown_and_not_no_or_none():
    specs = [
        {"name": "RT", "from": "radiotherapy", "pick": "any"},
        {"name": "COURSES", "from": "radiotherapy", "pick": "count"},
    ]
    subjects = pd.DataFrame({"USUBJID": pd.array(["A"], dtype="string")})
    dumped = [Variable.model_validate(spec).model_dump(mode="json") for spec in specs]
    tables = rows_of({"radiotherapy": "USUBJID | start_date"}, subjects["USUBJID"])

    def derive_them(**more):
        marked = [spec | more for spec in dumped]
        return derive_variables(subjects, marked, tables, dates=DATES, cutoff="2024-12-31")[0]

    assert cells(derive_them(), "RT", "COURSES") == [(False, 0)]
    assert cells(derive_them(not_collected=True), "RT", "COURSES") == [(None, None)]
