"""Time guard: by which row, and so from which day on, a variable was what it is."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.config.cohort import Variable
from scripts.lib.derivation.derived_findings import all_findings
from scripts.lib.derivation.rows import by_patient
from scripts.lib.derivation.time_guard import chosen_late, decided_late, seen
from scripts.lib.derivation.variables import derive_variables
from tests.small_tables import cells, rows_of, shuffled, source_table, table

DATES = {"treatments": "start_date", "performance_status": "assessed_date"}
START = {"name": "L2_START", "from": "treatments", "column": "start_date", "pick": "min",
         "where": "line == 2"}  # fmt: skip
TREATMENTS = """
    USUBJID | line | drugs       | start_date
    A       | 2    | serplulimab | 2021-07-01
    A       | 2    | EP          | 2021-01-01
    A       | 2    | EP          | 2021-09-01
    B       | 2    | EP          | 2021-01-01
    B       | 2    | EP          | 2021-03-01
    C       | 2    | EP;other    | 2021-01-01
    C       | 3    | serplulimab | 2021-05-01
"""
PERFORMANCE = """
    USUBJID | assessed_date | kps
    A       | 2020-12-01    | 90
    A       | 2021-02-01    | 90
    B       | 2021-02-01    | 70
    B       | 2020-12-01    | 80
    C       | 2021-02-01    | 60
"""


def derive(*specs, tables=None, patients="ABC", cutoff="2024-12-31", start="L2_START"):
    subjects = pd.DataFrame({"USUBJID": pd.array(list(patients), dtype="string")})
    dumped = [Variable.model_validate(spec).model_dump(mode="json") for spec in (START, *specs)]
    given = tables or {"treatments": TREATMENTS, "performance_status": PERFORMANCE}
    made, found = derive_variables(
        subjects, dumped, rows_of(given, subjects["USUBJID"]),
        dates=DATES, cutoff=cutoff, start=start,
    )  # fmt: skip
    return made, all_findings(found)


def kps(pick, **more):
    return {"name": "X", "from": "performance_status", "pick": pick} | more


@pytest.mark.parametrize(
    ("spec", "days"),
    [
        # true since the first row; what never became true has no date
        (kps("any"), ["2020-12-01", "2020-12-01", "2021-02-01"]),
        (kps("any", where="kps < 80"), [None, "2021-02-01", "2021-02-01"]),
        (kps("count"), ["2021-02-01", "2021-02-01", "2021-02-01"]),
        # the row that holds the smallest, the first of equal ones
        (kps("min", column="kps"), ["2020-12-01", "2021-02-01", "2021-02-01"]),
        (kps("max", column="kps"), ["2020-12-01", "2020-12-01", "2021-02-01"]),
        # said since the first row; a contradiction leaves nothing to date
        (kps("only", column="kps"), ["2020-12-01", None, "2021-02-01"]),
    ],
)
def test_a_variable_of_several_rows_is_dated_by_the_row_that_decided_it(spec, days):
    made, _ = derive(spec)
    assert [row[0] for row in cells(made, "X__DT")] == days


def test_all_is_dated_by_the_row_that_brought_its_last_code():
    """A: serplulimab came in July; the third row, in September, brought nothing new."""
    spec = {
        "name": "X",
        "from": "treatments",
        "column": "drugs",
        "pick": "all",
        "where": "line == 2",
    }
    made, _ = derive(spec)
    assert cells(made, "X", "X__THEN", "X__DT", "X__SRC") == [
        ("EP;serplulimab", "EP", "2021-07-01", "treatments.csv||2"),
        ("EP", "EP", "2021-01-01", "treatments.csv||5"),
        ("EP;other", "EP;other", "2021-01-01", "treatments.csv||7"),
    ]


@pytest.mark.parametrize(
    ("way", "late"),
    [
        ({"expression": "LINES > 0"}, []),
        ({"expression": "LINES > 1"}, ["A", "B"]),
        ({"expression": "has(DRUGS, 'EP')"}, []),
        ({"expression": "has(DRUGS, 'serplulimab')"}, ["A"]),
        ({"expression": "has(DRUGS, 'EP') or has(DRUGS, 'serplulimab')"}, []),
        ({"expression": "has(DRUGS, 'EP') and not has(DRUGS, 'serplulimab')"}, ["A"]),
        ({"expression": "has(DRUGS, 'none') and has(DRUGS, 'serplulimab')"}, []),
        ({"expression": "if(LINES > 1, 1, 0)"}, ["A", "B"]),
        ({"expression": "LOWEST < 85"}, ["B", "C"]),
        ({"cut": {"of": "LINES", "at": [1], "labels": ["one", "more"]}}, ["A", "B"]),
        ({"cut": {"of": "LINES", "at": [9], "labels": ["few", "many"]}}, []),
        ({"cases": [{"when": "has(DRUGS, 'serplulimab')", "value": "s"}], "otherwise": "o"}, ["A"]),
        ({"cases": [{"when": "has(DRUGS, 'EP')", "value": "e"},
                    {"when": "has(DRUGS, 'serplulimab')", "value": "s"}]}, []),
    ],
)  # fmt: skip
def test_what_is_made_from_it_is_late_only_where_a_later_row_decides(way, late):
    made, _ = derive(
        {"name": "LINES", "from": "treatments", "pick": "count", "where": "line == 2"},
        {"name": "DRUGS", "from": "treatments", "pick": "all", "column": "drugs",
         "where": "line == 2"},
        {"name": "LOWEST", "from": "performance_status", "pick": "min", "column": "kps"},
        {"name": "X"} | way,
    )  # fmt: skip
    assert made.loc[(made["X__DT"] > made["L2_START"]).fillna(False), "USUBJID"].to_list() == late


def test_a_condition_on_a_later_variable_makes_a_variable_late():
    """Rows of the past that count, or do not, only because of how long the patient lived."""
    followup = """
        USUBJID | death_date
        A       | 2021-12-01
        B       | 2021-02-01
    """
    made, _ = derive(
        {"name": "DTHDT", "from": "followup", "column": "death_date", "pick": "min"},
        {"name": "X", "from": "performance_status", "pick": "any",
         "where": "days(assessed_date, DTHDT) > 300"},
        {"name": "Y", "from": "performance_status", "pick": "any",
         "where": "missing(DTHDT) or assessed_date < DTHDT"},
        tables={"treatments": TREATMENTS, "performance_status": PERFORMANCE, "followup": followup},
    )  # fmt: skip
    assert cells(made, "X", "X__DT") == [
        (True, "2021-12-01"), (False, "2021-02-01"), (None, None),
    ]  # fmt: skip
    assert cells(made, "Y__DT") == [("2020-12-01",), ("2020-12-01",), ("2021-02-01",)]


def test_cases_that_are_declared_may_look_ahead():
    known = table("""
        USUBJID | D  | D__THEN | D__DT      | L2_START
        A       | b  | a       | 2021-02-01 | 2021-01-01
    """)
    at = seen(known, ["D"], known["L2_START"])
    late, declared = {"when": "D == 'b'"}, {"when": "D == 'b'", "timing": "post_baseline"}
    assert [chosen_late([case], at).tolist() for case in (late, declared)] == [[True], [False]]
    assert decided_late("missing(D)", at).tolist() == [False]


def test_a_start_after_the_cut_off_is_asked_about_and_leaves_unknown_what_rests_on_it():
    """2022 typed as 2026: whether C has a second line is not known; that D has none is."""
    rows = """
        USUBJID | line | drugs | start_date
        A       | 2    | EP    | 2021-01-01
        A       | 2    | EP    | 2026-02-11
        C       | 1    | EP    | 2020-01-01
        C       | 2    | EP    | 2026-02-11
        D       | 1    | EP    | 2020-01-01
    """
    made, found = derive(
        {"name": "LINES", "from": "treatments", "pick": "count", "where": "line == 2"},
        {"name": "FIRST", "from": "treatments", "pick": "count", "where": "line == 1"},
        {"name": "TREATED", "from": "treatments", "pick": "any", "where": "line == 2"},
        tables={"treatments": rows},
        patients="ACD",
    )
    assert cells(made, "L2_START", "LINES", "FIRST", "TREATED") == [
        ("2021-01-01", 1, 0, True), (None, None, 1, None), (None, 0, 1, False),
    ]  # fmt: skip
    assert cells(found, "check_id", "USUBJID", "table", "file", "row", "value") == [
        ("subjects.L2_START.after_cutoff", "C", "treatments", "treatments.csv", 5,
         "start_date=2026-02-11"),
    ]  # fmt: skip


def test_no_date_depends_on_the_order_of_the_rows():
    specs = [
        START,
        kps("any"),
        {"name": "D", "from": "treatments", "column": "drugs", "pick": "all"},
    ]
    dumped = [Variable.model_validate(spec).model_dump(mode="json") for spec in specs]
    subjects = pd.DataFrame({"USUBJID": pd.array(list("ABC"), dtype="string")})

    def made(change):
        texts = {"treatments": TREATMENTS, "performance_status": PERFORMANCE}
        tables = {
            name: by_patient(change(source_table(text, f"{name}.csv")), subjects["USUBJID"])
            for name, text in texts.items()
        }
        return derive_variables(
            subjects, dumped, tables, dates=DATES, cutoff="2024-12-31", start="L2_START"
        )[0]

    pd.testing.assert_frame_equal(made(lambda frame: frame), made(shuffled))
