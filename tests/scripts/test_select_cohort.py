"""Selection: criteria in declared order, unknown is not met; the flow chart counts the columns.

"Study design and patients" (Oncol Lett 2026, 15638).
"""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from scripts.lib.config.cohort import Cohort
from scripts.lib.derivation.selection import count_attrition, select_cohort
from scripts.lib.tables import read_table, write_table
from scripts.select_cohort import main
from tests.small_tables import cells, table


def settings(**changes):
    given = {
        "start": "L2_START",
        "arm": [
            {"when": "DRUG == 'serplulimab'", "value": "serplulimab"},
            {"when": "DRUG == 'EP'", "value": "chemotherapy"},
        ],
        "arms": ["serplulimab", "chemotherapy"],
        "criteria": [
            criterion("adult", "AGE >= 18"),
            criterion("second_line", "not missing(TRT01A)"),
            criterion("alive", "missing(DTHDT) or DTHDT > add_months(L2_START, 2)",
                      timing="post_baseline"),
        ],
        "split_after": "second_line",
        "data_cutoff": "2024-12-31",
    }  # fmt: skip
    return given | changes


def criterion(name, when, **changes):
    return {"id": name, "label": name.title(), "when": when, "timing": "baseline",
            "applied": True} | changes  # fmt: skip


SUBJECTS = """
    USUBJID | AGE | DRUG        | L2_START   | DTHDT
    A       | 60  | serplulimab | 2021-01-01 |
    B       | 17  | EP          | 2021-01-01 |
    C       |     | EP          | 2021-01-01 | 2021-01-20
    D       | 60  | other       | 2021-01-01 |
    E       | 60  | EP          | 2021-01-01 | 2021-03-01
    F       | 60  | EP          | 2021-01-01 | 2021-03-02
    G       |     | EP          | 2021-01-01 |
"""


def test_the_first_criterion_not_met_is_the_reason_before_one_that_is_unknown():
    """Nobody knows C's age, but that C died within two months is certain; G's age decides."""
    cohort = select_cohort(table(SUBJECTS), settings())
    assert cells(cohort, "USUBJID", "included", "reason", "reason_unknown", "TRT01A") == [
        ("A", True, None, None, "serplulimab"),
        ("B", False, "adult", False, "chemotherapy"),
        ("C", False, "alive", False, "chemotherapy"),
        ("D", False, "second_line", False, None),
        ("E", False, "alive", False, "chemotherapy"),  # the last day of the two months counts
        ("F", True, None, None, "chemotherapy"),
        ("G", False, "adult", True, "chemotherapy"),
    ]
    assert cells(cohort, "adult", "second_line", "alive")[2] == (None, True, False)
    assert cohort["unknown_criteria"].to_list() == [pd.NA, pd.NA, "adult", *[pd.NA] * 3, "adult"]


@pytest.mark.parametrize(
    ("when", "included"),
    [
        ("DTHDT > add_months(L2_START, 2)", ["F"]),
        ("DTHDT >= add_months(L2_START, 2)", ["E", "F"]),
        ("DTHDT > add_days(L2_START, 58)", ["E", "F"]),
        ("DTHDT > add_days(L2_START, 60)", []),
    ],
)
def test_two_months_in_calendar_months_or_days_inclusive_or_not_are_config(when, included):
    dead = table(SUBJECTS).query("USUBJID in ['E', 'F']").reset_index(drop=True)
    cohort = select_cohort(dead, settings(criteria=[criterion("alive", when)]))
    assert cohort.loc[cohort["included"], "USUBJID"].to_list() == included


def test_a_criterion_that_is_not_applied_is_shown_and_excludes_nobody():
    criteria = settings()["criteria"]
    criteria[2]["applied"] = False
    cohort = select_cohort(table(SUBJECTS), settings(criteria=criteria))
    assert cells(cohort, "included", "reason", "alive")[4] == (True, None, False)


def test_the_flow_chart_counts_one_after_the_other_and_by_arm_from_the_split_on():
    given = settings()
    cohort = select_cohort(table(SUBJECTS), given)
    flow = count_attrition(cohort, given["criteria"], given["arms"], given["split_after"])
    counts = ("criterion", "group", "n_before", "n_excluded", "n_unknown", "n_after")
    assert cells(flow[flow["mode"] == "sequential"], *counts) == [
        ("adult", "", 7, 1, 1, 5),  # B is 17, of G nobody knows; C goes further down
        ("second_line", "", 5, 1, 0, 4),
        ("alive", "", 4, 2, 0, 2),
        ("alive", "serplulimab", 1, 0, 0, 1),
        ("alive", "chemotherapy", 3, 2, 0, 1),
    ]
    assert cells(flow[flow["mode"] == "independent"], *counts) == [
        ("adult", "", 7, 1, 2, 4),
        ("second_line", "", 7, 1, 0, 6),
        ("alive", "", 7, 2, 0, 5),
    ]


def test_a_criterion_dated_after_the_start_is_named_unless_declared():
    """The time guard: eligibility that depends on the future must be declared."""
    subjects = table(SUBJECTS).assign(DTHDT__DT=lambda frame: frame["DTHDT"])
    declared = select_cohort(subjects, settings())
    assert declared["late_criteria"].isna().all()
    criteria = settings()["criteria"]
    criteria[2]["timing"] = "baseline"
    hidden = select_cohort(subjects, settings(criteria=criteria))
    assert hidden["late_criteria"].to_list() == [
        pd.NA,
        pd.NA,
        "alive",
        pd.NA,
        "alive",
        "alive",
        pd.NA,
    ]


def test_an_arm_that_a_later_row_decides_is_named_with_the_row_unless_declared():
    """A row of serplulimab 135 days after the start makes no serplulimab patient from day 0."""
    subjects = table("""
        USUBJID | AGE | L2DRUGS     | L2DRUGS__THEN | L2DRUGS__DT | L2_START   | DTHDT
        A       | 60  | EP;serpluli | EP            | 2021-05-16  | 2021-01-01 |
        B       | 60  | EP;other    | EP            | 2021-05-16  | 2021-01-01 |
        C       | 60  | EP          | EP            | 2021-01-01  | 2021-01-01 |
    """).assign(L2DRUGS__SRC=pd.array(["t.csv||7", "t.csv||8", "t.csv||9"], dtype="string"))
    arm = [
        {"when": "has(L2DRUGS, 'serpluli')", "value": "serplulimab", "timing": "baseline"},
        {"when": "has(L2DRUGS, 'EP')", "value": "chemotherapy", "timing": "baseline"},
    ]
    cohort = select_cohort(subjects, settings(arm=arm))
    assert cohort["TRT01A"].to_list() == ["serplulimab", "chemotherapy", "chemotherapy"]
    assert cells(cohort, "late_criteria", "late_criteria__SRC") == [
        ("TRT01A;second_line", "t.csv||7"), (None, None), (None, None),
    ]  # fmt: skip
    declared = [arm[0] | {"timing": "post_baseline"}, arm[1]]
    criteria = [c | {"timing": "post_baseline"} for c in settings()["criteria"]]
    cohort = select_cohort(subjects, settings(arm=declared, criteria=criteria))
    assert cohort["late_criteria"].isna().all()


def test_main_writes_cohort_and_flow_chart(tmp_path):
    write_table(table(SUBJECTS), tmp_path / "subjects.parquet")
    smk = SimpleNamespace(
        input=SimpleNamespace(subjects=tmp_path / "subjects.parquet"),
        output=SimpleNamespace(cohort=tmp_path / "c.parquet", attrition=tmp_path / "a.csv"),
        params=SimpleNamespace(settings=settings()),
    )
    main(smk)
    assert read_table(tmp_path / "c.parquet")["included"].sum() == 2
    assert (tmp_path / "a.csv").read_text().startswith("criterion,label,mode,group,n_before,")


def cohort_config(**changes):
    given = {
        "start": "S",
        "variables": [{"name": "S", "from": "t", "column": "d", "pick": "min"}],
        "arm": [{"when": "not missing(S)", "value": "all"}],
        "criteria": [{"id": "begun", "label": "Begun", "when": "not missing(S)"}],
    }
    return given | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"variables": [{"name": "S", "expression": "LATER + 1"}]}, "LATER is not declared above"),
        ({"start": "T"}, "start: T is no variable"),
        ({"criteria": [{"id": "x", "label": "x", "when": "AGE > 1"}]}, "names AGE, which nothing"),
        ({"arm": [{"when": "AGE > 1", "value": "a"}]}, "names AGE, which nothing declares"),
        ({"split_after": "y"}, "split_after: no criterion y"),
        ({"criteria": cohort_config()["criteria"] * 2}, "an id occurs twice"),
        ({"variables": cohort_config()["variables"] * 2}, "S is declared twice"),
        ({"criteria": [{"id": "x", "label": "x", "when": "S >"}]}, "cannot be read"),
    ],
)
def test_config_that_names_what_nobody_declares_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Cohort.model_validate(cohort_config(**changes))
