"""Expressions over a table: three-valued logic, dates, and nothing but the grammar."""

import pandas as pd
import pytest

from scripts.lib.errors import Stop
from scripts.lib.expressions.evaluate import FUNCTIONS, evaluate
from scripts.lib.expressions.grammar import FUNCTIONS as GRAMMAR
from scripts.lib.expressions.grammar import names

NA = pd.NA
TABLE = pd.DataFrame(
    {
        "age": pd.array([17, 18, NA], dtype="Int64"),
        "stage": pd.array(["IV", NA, "III"], dtype="string"),
        "drugs": pd.array(["ep;serplulimab", "ep", NA], dtype="string"),
        "birth": pd.to_datetime(["1960-02-29", "1960-05-01", None]).astype("datetime64[us]"),
        "start": pd.to_datetime(["2021-02-28", "2021-05-01", "2021-01-31"]).astype(
            "datetime64[us]"
        ),
        "death": pd.to_datetime(["2021-04-28", None, "2021-03-31"]).astype("datetime64[us]"),
    }
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("age >= 18", [False, True, NA]),
        ("stage == 'IV'", [True, NA, False]),
        ("stage != 'IV'", [False, NA, True]),
        ("stage in ['IV', 'III']", [True, NA, True]),
        ("stage not in ['IV']", [False, NA, True]),
        # Kleene: false and unknown is false, true or unknown is true
        ("age >= 18 and stage == 'IV'", [False, NA, False]),
        ("age >= 18 or stage == 'IV'", [True, True, NA]),
        ("not (age >= 18)", [True, False, NA]),
        ("18 <= age < 19", [False, True, NA]),
        ("has(drugs, 'serplulimab')", [True, False, NA]),
        ("has(drugs, 'e')", [False, False, NA]),
        ("missing(stage)", [False, True, False]),
        ("years(birth, start)", [60, 61, NA]),
        ("days(start, death)", [59, NA, 59]),
        # a death that is not recorded leaves the comparison unknown, not false
        ("death > add_months(start, 2)", [False, NA, False]),
        ("missing(death) or death > add_days(start, 58)", [True, True, True]),
        ("if(age >= 18, 'adult', 'minor')", ["minor", "adult", NA]),
        ("start >= date('2021-03-01')", [False, True, False]),
        ("age + 1", [18, 19, NA]),
    ],
)
def test_value_per_row(expression, expected):
    got = evaluate(expression, TABLE)
    assert [NA if pd.isna(v) else v for v in got] == [v if v is NA else v for v in expected]


def test_last_day_of_a_shorter_month():
    months = evaluate("add_months(start, 1)", TABLE)
    assert [str(d.date()) for d in months] == ["2021-03-28", "2021-06-01", "2021-02-28"]


def test_names_are_the_columns_used():
    assert names("has(drugs, 'x') and age >= 18 and true") == {"drugs", "age"}


@pytest.mark.parametrize(
    "expression",
    ["__import__('os')", "age.real", "age[0]", "lambda: 1", "age >=", "open('x')", "days(a=1)"],
)
def test_anything_else_is_refused_with_the_expression_in_the_message(expression):
    with pytest.raises(Stop, match="`"):
        names(expression)


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(Stop, match="names height"):
        evaluate("height > 2", TABLE)


def test_every_function_of_the_grammar_can_be_computed():
    assert set(GRAMMAR) == set(FUNCTIONS)


@pytest.mark.parametrize("expression", ["stage + 1 == 2", "years(age, birth)", "missing('x')"])
def test_what_cannot_be_computed_is_said_by_types_never_by_a_value(expression):
    with pytest.raises(Stop) as stop:
        evaluate(expression, TABLE)
    assert "do not go together" in str(stop.value)
    assert "III" not in str(stop.value)
