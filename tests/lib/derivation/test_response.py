"""Best overall response by RECIST 1.1 (Eur J Cancer 45:228-247, 2009): sequences -> response.

Each patient is written as `day response, day response, ...` after the start of treatment. The
expected values follow admiralonco (derive_param_bor, derive_param_confirmed_bor).
"""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.derivation.response import (
    DATE,
    DAY,
    RESPONSE,
    best_response,
    confirmed_assessments,
    confirmed_response,
    disease_after_complete,
    used_assessments,
)
from scripts.lib.derivation.rows import PATIENT, TIE

START = pd.Timestamp("2021-01-01")
RULE = {"stable_days": 42, "confirm_days": 28, "confirm_max_ne": 1}


def assessments(*courses: str) -> pd.DataFrame:
    rows = [
        (patient, int(item.split()[0]), item.split()[1])
        for patient, course in enumerate(courses)
        for item in course.split(", ")
    ]
    frame = pd.DataFrame(rows, columns=[PATIENT, DAY, RESPONSE])
    frame[DATE] = (START + pd.to_timedelta(frame[DAY], "D")).astype("datetime64[us]")
    frame[TIE] = range(len(frame))
    return frame.astype({DAY: "Int64", RESPONSE: "string"})


@pytest.mark.parametrize(
    ("course", "best", "on"),
    [
        ("56 CR, 112 PD", "CR", 56),
        ("56 PR, 112 CR", "CR", 112),
        ("56 SD, 112 PR, 168 PD", "PR", 112),
        ("20 PR, 60 PD", "PR", 20),
        ("56 SD, 112 PD", "SD", 56),
        ("42 SD", "SD", 42),
        ("41 SD", "NE", 41),  # too early for SD, and nothing else
        ("41 SD, 80 PD", "PD", 80),  # early SD, then progression
        ("41 SD, 60 NE, 90 SD", "SD", 90),
        ("56 NON-CR/NON-PD, 112 PD", "NON-CR/NON-PD", 56),
        ("30 NON-CR/NON-PD", "NE", 30),
        ("40 PD, 80 PR", "PD", 40),  # nothing counts after progression
        ("56 NE", "NE", 56),
        ("56 SD, 56 NE", "SD", 56),  # one day: NE never beats what can be rated
        ("56 PR, 56 SD", "SD", 56),  # one day: the worse
    ],
)
def test_best_response_without_confirmation(course, best, on):
    found = best_response(used_assessments(assessments(course)), 42)
    assert (found["AVALC"][0], found[DAY][0]) == (best, on)


@pytest.mark.parametrize(
    ("course", "best"),
    [
        ("56 CR, 84 CR", "CR"),
        ("56 CR, 83 CR", "SD"),  # confirmed after 28 days, not 27; a CR at 56 days is SD or better
        ("56 PR, 84 PR", "PR"),
        ("56 PR, 84 CR", "PR"),
        ("56 PR, 84 CR, 112 CR", "CR"),
        ("56 PR, 84 SD, 112 PR", "SD"),  # SD between
        ("56 PR, 84 NE, 112 PR", "PR"),  # one NE between
        ("56 PR, 70 NE, 84 NE, 112 PR", "SD"),  # two NE between
        ("56 PR, 70 PR, 84 PR", "PR"),
        # a PR after a CR is a PR (table 3, note a): confirmed by what follows it, not by the CR
        ("56 CR, 84 PR, 112 CR", "PR"),
        ("28 CR, 49 PR, 77 PR", "PR"),
        ("10 CR, 31 PR, 59 CR, 101 CR", "CR"),
        ("56 CR, 84 PR", "SD"),
        ("56 PR, 70 CR, 84 PR", "PR"),
        ("56 CR, 84 CR, 112 PR", "CR"),
        ("56 PR", "SD"),
        ("30 PR, 50 PD", "PD"),  # unconfirmed and too early for SD
        ("30 PR", "NE"),
        ("56 PR, 112 PD, 140 PR", "SD"),
        ("56 NE, 84 PR, 98 NE, 119 PR", "PR"),
    ],
)
def test_best_response_with_confirmation(course, best):
    found = confirmed_response(used_assessments(assessments(course)), RULE)
    assert found["AVALC"][0] == best


@pytest.mark.parametrize(
    ("course", "days"),
    [
        ("10 CR, 31 PR, 59 CR, 101 CR", [31, 59]),
        ("28 CR, 49 PR, 77 PR", [49]),
        ("28 CR, 49 PR, 70 PR", []),
    ],
)
def test_which_assessments_are_confirmed_responses(course, days):
    used = used_assessments(assessments(course))
    complete, partial = confirmed_assessments(used, RULE)
    assert used.loc[complete | partial, DAY].to_list() == days


def test_disease_without_progression_after_a_complete_response_is_found_once_a_patient():
    used = used_assessments(
        assessments("28 CR, 49 PR, 77 PR", "28 PR, 60 CR, 90 SD", "28 CR, 60 NE, 90 PD", "28 PR")
    )
    found = disease_after_complete(used)
    assert found[[PATIENT, DAY, RESPONSE]].values.tolist() == [[0, 49, "PR"], [1, 90, "SD"]]


def test_patients_are_told_apart():
    used = used_assessments(assessments("56 PR", "56 PR, 90 PR", "20 SD, 50 PD", "60 CR"))
    assert best_response(used, 42)["AVALC"].to_list() == ["PR", "PR", "PD", "CR"]
    assert confirmed_response(used, RULE)["AVALC"].to_list() == ["SD", "PR", "PD", "SD"]


def test_assessments_after_the_first_progression_are_not_used():
    used = used_assessments(assessments("56 SD, 90 PD, 120 PD, 150 PR", "30 SD"))
    assert used[DAY].to_list() == [56, 90, 30]


def test_how_many_ne_may_lie_between_is_declared():
    used = used_assessments(assessments("56 PR, 70 NE, 84 NE, 112 PR"))
    assert confirmed_response(used, RULE | {"confirm_max_ne": 2})["AVALC"][0] == "PR"


def test_how_long_sd_must_last_is_declared():
    used = used_assessments(assessments("35 SD, 80 PD"))
    assert best_response(used, 0)["AVALC"][0] == "SD"
