"""Response lasts from its first CR or PR; a confirmed one from the first that was confirmed."""

import csv

import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.response_rows import (
    SWIMMER,
    add_responses,
    describe_duration,
    describe_rates,
    durations,
    swimmers,
    write_swimmers,
)
from scripts.lib.display.effect_cells import Analysis
from scripts.tabulate_response_limits import Maker

MONTH = 30.4375
START = pd.Timestamp("2024-01-01").as_unit("us")
SETTINGS = {
    "arms": ["new", "old"],
    "reference": "old",
    "printed": {},
    "rates": ["ORR", "CORR"],
    "best": ["BOR"],
    "levels": ["CR", "PR", "SD"],
    "confirmation": {"confirm_days": 28, "confirm_max_ne": 1},
    "survival": {
        "interval": "log",
        "confidence_level": 0.95,
        "days_per_month": MONTH,
        "every_months": 1,
        "until_months": 12,
    },
}
ADSL = pd.DataFrame({
    "USUBJID": ["1", "2", "3", "4"], "TRT01A": ["new", "new", "new", "old"],
}).astype("string")  # fmt: skip
SEEN = [
    ("1", "PR", 30), ("1", "SD", 50), ("1", "PR", 70), ("1", "CR", 110),  # confirmed from day 70
    ("2", "PR", 40), ("2", "CR", 80), ("2", "CR", 120),                   # PR, then a confirmed CR
    ("3", "SD", 40),
    ("4", "PR", 60),                                                      # never confirmed
]  # fmt: skip
RATED = {"1": ("PR", "Y", "Y"), "2": ("CR", "Y", "Y"), "3": ("SD", "N", "N"), "4": ("PR", "Y", "N")}


def adrs() -> pd.DataFrame:
    rows = [(who, "OVRLRESP", value, day) for who, value, day in SEEN]
    for who, values in RATED.items():
        names = zip(("BOR", "ORR", "CORR"), values, strict=True)
        rows += [(who, name, value, None) for name, value in names]
    frame = pd.DataFrame(rows, columns=["USUBJID", "PARAMCD", "AVALC", "ADY"])
    day = pd.to_timedelta(frame["ADY"], unit="D").astype("timedelta64[us]")
    text = dict.fromkeys(("USUBJID", "PARAMCD", "AVALC"), "string")
    return frame.assign(ADT=START + day).astype(text | {"ADY": "Int64"})


def times(**days: tuple[int, int]) -> pd.DataFrame:
    """Patient p1: (days, CNSR)."""
    frame = pd.DataFrame(
        [(name[1:], START, START + pd.Timedelta(day, "D"), c) for name, (day, c) in days.items()],
        columns=["USUBJID", "STARTDT", "ADT", "CNSR"],
    )
    return frame.astype({"USUBJID": "string"})


PFS = times(p1=(200, 0), p2=(150, 1), p3=(90, 0), p4=(50, 1))
OS = times(p1=(400, 1), p2=(300, 1), p3=(90, 0), p4=(70, 0))


def responses() -> pd.DataFrame:
    return add_responses(ADSL, adrs(), SETTINGS)


def test_a_response_begins_with_the_first_cr_or_pr_confirmed_or_not():
    days = (responses().set_index("USUBJID")[["FIRST_ORR", "FIRST_CORR"]] - START).apply(
        lambda column: column.dt.days
    )
    assert days["FIRST_ORR"].dropna().to_dict() == {"1": 30, "2": 40, "4": 60}
    assert days["FIRST_CORR"].dropna().to_dict() == {"1": 70, "2": 40}


def test_duration_ends_as_the_endpoint_does():
    lasting = durations(responses(), PFS, "CORR").sort_values("time")
    assert lasting["time"].tolist() == [110, 130]
    assert lasting["event"].tolist() == [False, True]


def test_with_day_one_duration_and_time_to_response_are_a_day_longer():
    """And a response on the day after the end still ends before it begins."""
    plain, added = (durations(responses(), PFS, "ORR", first) for first in (0, 1))
    assert (added[["time", "to"]] - plain[["time", "to"]] == 1).all(axis=None)
    survival = SETTINGS["survival"] | {"first_day": 1}
    index = ArdIndex(describe_duration(added, "ORR", SETTINGS | {"survival": survival})[0])
    key = {"analysis": "response_limits", "parameter": "DOR", "population": "ORR=yes"}
    assert index.number(group="old", variable="ENDSBEFORE", statistic="n", **key) == 1


def test_a_response_after_the_end_of_the_endpoint_is_counted_and_left_out():
    rows, curves = describe_duration(durations(responses(), PFS, "ORR"), "ORR", SETTINGS)
    index = ArdIndex(rows)
    key = {"analysis": "response_limits", "parameter": "DOR", "population": "ORR=yes"}
    assert index.number(group="old", variable="ENDSBEFORE", statistic="n", **key) == 1
    assert index.number(group="old", statistic="N", **key) == 0
    assert index.row(group="old", statistic="median", **key).note == "not applicable: no rows"
    assert index.number(group="new", statistic="N", **key) == 2
    assert {row[1] for row in curves} == {"", "new"}


def test_an_arm_without_responders_has_no_odds_ratio_but_says_why():
    frame = responses()
    frame.loc[frame["TRT01A"] == "old", "ORR"] = "N"
    index = ArdIndex(describe_rates(frame, SETTINGS))
    key = {"analysis": "response_limits", "variable": "ORR", "level": "yes", "group": "new"}
    assert index.number(statistic="odds_ratio", **key) is None
    assert index.row(statistic="odds_ratio", **key).note.startswith("not estimable")
    assert index.number(statistic="odds_ratio_ci_low", **key) > 0
    assert index.number(statistic="risk_difference", **key) == pytest.approx(100 * 2 / 3)


def test_best_responses_count_every_patient_of_the_arm():
    index = ArdIndex(describe_rates(responses(), SETTINGS))
    key = {"analysis": "response_limits", "variable": "BOR", "group": "new"}
    assert [index.display(statistic="n", level=v, **key) for v in ("CR", "PR", "SD")] == ["1"] * 3
    assert index.display(statistic="N", level="CR", **key) == "3"


def test_the_course_of_every_patient(tmp_path):
    shown = swimmers(responses(), PFS, OS, MONTH)
    write_swimmers(shown, tmp_path / "swimmer.csv")
    with (tmp_path / "swimmer.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == SWIMMER  # no name of a patient
    first, second, third, fourth = rows  # the longest first
    assert float(first["time"]) == 400 / MONTH
    assert (first["dead"], first["ended"]) == ("0", "1")
    assert (first["confirmed_partial"], first["confirmed_complete"]) == ("0", "0")
    assert float(second["complete"]) == 80 / MONTH
    assert second["confirmed_complete"] == "1"
    assert (third["dead"], third["ended"]) == ("1", "0")  # the endpoint ended by the death
    assert (fourth["group"], fourth["complete"]) == ("old", "")


def test_a_response_that_is_not_collected_is_said_and_not_counted_as_none():
    rows = describe_rates(add_responses(ADSL, adrs(), SETTINGS), SETTINGS | {"not_collected": True})
    values = {(row.statistic, row.value, row.note) for row in rows if row.variable}
    assert values == {("n", "", "not collected")}
    study = {"arms": [{"id": "new", "label": "New"}, {"id": "old", "label": "Old"}],
             "reference": "old", "confidence_level": 0.95}  # fmt: skip
    part = {"rates": {"ORR": "Response"}, "best": {"BOR": "Best"}, "levels": ["CR"], "months": [6],
            "table": {"label": "T", "title": "t", "footnotes": []}}  # fmt: skip
    table = Maker(Analysis(rows), {"part": part, "study": study}).make()
    lines = [[cell.text for cell in row.cells[:3]] for row in table.rows]
    assert lines == [[name, "Not collected", "Not collected"] for name in ("Response", "Best")]
