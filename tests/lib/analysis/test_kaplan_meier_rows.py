"""Kaplan-Meier rows and curves of a small study that can be followed by hand."""

import pandas as pd

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.kaplan_meier_rows import estimate
from tests.golden_cases import PRINTED

SURVIVAL = {
    "interval": "log", "confidence_level": 0.95, "days_per_month": 30.0,
    "every_months": 1, "until_months": 4,
}  # fmt: skip
SETTINGS = {
    "arms": ["a", "b"], "printed": PRINTED, "parameter": "PFS", "survival": SURVIVAL,
    "strata": [{"name": "RT", "within_arm": False, "levels": ["no", "yes"]}],
}  # fmt: skip
#   arm  days event radiotherapy
PATIENTS = [
    ("a", 30, True, True),     # exactly one month: at risk at month 1
    ("a", 60, True, False),
    ("a", 60, False, False),   # censored at the time of an event: at risk there
    ("a", 90, True, False),
    ("b", 15, True, False),
    ("b", 45, False, False),
]  # fmt: skip


def rows() -> tuple[ArdIndex, list[list[str]]]:
    frame = pd.DataFrame(PATIENTS, columns=["TRT01A", "time", "event", "RT"]).convert_dtypes()
    ard, curves = estimate(frame, SETTINGS)
    return ArdIndex(ard.rows), curves


KEY = {"analysis": "kaplan_meier", "parameter": "PFS"}


def by_month(statistic: str, group: str) -> list[str]:
    index, _ = rows()
    where = KEY | {"group": group, "variable": "time", "statistic": statistic}
    return [index.display(level=str(month), **where) for month in range(5)]


def test_at_risk_counts_whoever_has_the_time_or_more():
    assert by_month("at_risk", "a") == ["4", "4", "3", "1", "0"]
    assert by_month("at_risk", "b") == ["2", "1", "0", "0", "0"]


def test_survival_at_each_month():
    # 3/4, then 3/4 x 2/3, then 0; in b nobody is followed to month 2
    assert by_month("survival", "a") == ["1.000", "0.750", "0.500", "0.000", "0.000"]
    assert by_month("survival", "b") == ["1.000", "0.500", "-", "-", "-"]


def test_counts_and_median_in_months():
    index, _ = rows()
    where = KEY | {"group": "a"}
    counts = [index.display(statistic=s, **where) for s in ("N", "events", "censored")]
    assert counts == ["4", "3", "1"]
    # survival is 0.5 from day 60 to day 90: the middle, as in R
    assert index.number(statistic="median", **where) == 2.5
    assert index.row(statistic="median_ci_high", **where).note == "not reached"
    assert index.display(statistic="median_ci_high", **where) == "NA"


def test_a_stratum_without_patients_has_counts_and_says_why_there_is_no_median():
    index, curves = rows()
    where = KEY | {"population": "RT=yes", "group": "b"}
    assert index.number(statistic="N", **where) == 0
    assert index.row(statistic="median", **where).note == "not applicable: no rows"
    assert ("RT=yes", "b") not in {(row[0], row[1]) for row in curves}


def test_curves_start_at_one_and_carry_censorings():
    _, curves = rows()
    found = [row[2:] for row in curves if row[:2] == ["all", "a"]]
    assert found[0] == ["0.0", "1.0", "1.0", "1.0", "4", "0", "0"]
    assert [(row[0], row[1], *row[4:]) for row in found[1:]] == [
        ("1.0", "0.75", "4", "1", "0"),
        ("2.0", "0.5", "3", "1", "1"),
        ("3.0", "0.0", "1", "1", "0"),
    ]
    assert found[-1][2:4] == ["", ""]  # the log limits of survival 0 are not defined


def test_without_a_declared_last_month_rows_reach_the_last_time():
    frame = pd.DataFrame(PATIENTS, columns=["TRT01A", "time", "event", "RT"]).convert_dtypes()
    settings = SETTINGS | {"survival": SURVIVAL | {"until_months": None}}
    ard, _ = estimate(frame, settings)
    where = {"population": "all", "variable": "time", "statistic": "at_risk"}
    last = {g: [r.level for r in ArdIndex(ard.rows).select(group=g, **where)][-1] for g in "ab"}
    assert last == {"a": "3", "b": "2"}  # 90 days are 3 months, 45 days end within the second
