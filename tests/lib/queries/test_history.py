"""Statuses follow from deliveries, answers and waivers alone."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from scripts.lib.queries import history
from scripts.lib.queries.answers import Answer
from scripts.lib.queries.history import Delivery, grouped, unknown_answers

A = "Q-AAAAAAAAAAAA"


def delivery(name: str, value: str | None, judged: tuple[str, ...] = ("t",)) -> Delivery:
    """A delivery in which query A asks about `value`; None: it asks nothing."""
    rows = [] if value is None else [(A, "t", value)]
    asked = pd.DataFrame(rows, columns=["id", "table", "value_hash"], dtype="string")
    return Delivery(name, asked, judged)


def register(deliveries, answers, waived, confirming) -> pd.DataFrame:
    return history.register(deliveries, grouped(deliveries), answers, waived, confirming)


def answer(text: str, of: str, day: int = 1, query: str = A) -> Answer:
    return Answer(query, of, text, "ward 3", dt.date(2026, 6, day), "a.csv", 2)


def status(values: list[str | None], answers=(), waived=()) -> str:
    """Status after deliveries d1, d2, ... with these values."""
    deliveries = [delivery(f"d{i}", value) for i, value in enumerate(values, 1)]
    return register(deliveries, answers, waived, ["confirmed", "确认"])["status"][0]


@pytest.mark.parametrize(
    ("values", "answers", "expected"),
    [
        (["x"], [], "new"),
        ([None, "x"], [], "new"),
        (["x", "x"], [], "open"),
        (["x", "y"], [], "open"),
        (["x", None], [], "corrected"),
        (["x", None, "x"], [], "reopened"),
        (["x"], [answer("it is 2021-03-05", "d1")], "answered"),
        (["x", "x"], [answer("it is 2021-03-05", "d1")], "reopened"),
        (["x", "x"], [answer("it is 2021-03-05", "d2")], "answered"),
        (["x", None], [answer("it is 2021-03-05", "d1")], "corrected"),
        (["x"], [answer("Confirmed on the film", "d1")], "confirmed"),
        (["x", "x"], [answer("确认，数值正确", "d1")], "confirmed"),
        (["x", "y"], [answer("confirmed", "d1")], "reopened"),
        (["x", None, "x"], [answer("confirmed", "d1")], "reopened"),
        (["x", None, "x"], [answer("confirmed", "d3")], "confirmed"),
    ],
)
def test_status(values, answers, expected):
    assert status(values, answers) == expected


def test_a_waiver_in_force_is_said_unless_the_query_is_gone():
    assert status(["x"], waived=[A]) == "waived"
    assert status(["x", None], waived=[A]) == "corrected"


def test_the_latest_answer_counts():
    first, second = answer("confirmed", "d1", 1), answer("no, it is another day", "d1", 2)
    assert status(["x"], [first, second]) == "answered"


def test_a_dataset_that_was_not_judged_says_nothing():
    deliveries = [delivery("d1", "x"), delivery("d2", None, judged=())]
    assert register(deliveries, [], [], ["confirmed"])["status"][0] == "open"


def test_first_and_last_delivery_and_the_answer_stand_beside_it():
    deliveries = [delivery("d1", "x"), delivery("d2", "x"), delivery("d3", None)]
    row = register(deliveries, [answer("seen", "d2")], [], ["confirmed"]).iloc[0]
    assert (row["first_delivery"], row["last_delivery"]) == ("d1", "d2")
    assert (row["answered_on"], row["answered_by"]) == ("2026-06-01", "ward 3")


def test_the_same_inputs_give_the_same_register_whatever_their_order():
    asked = pd.DataFrame(
        {"id": [A, "Q-BBBBBBBBBBBB"], "table": "t", "value_hash": ["x", "y"]}, dtype="string"
    )
    one, two = (
        register([Delivery("d1", frame, ["t"])], [], [], ["ok"]) for frame in (asked, asked[::-1])
    )
    pd.testing.assert_frame_equal(one, two)


def test_an_answer_to_no_query_is_found():
    assert [a.id for a in unknown_answers([answer("x", "d1")], ["Q-BBBBBBBBBBBB"])] == [A]
