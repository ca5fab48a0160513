"""What an expression over typed names can mean, found before any row is seen."""

import pytest

from scripts.lib.expressions.domains import (
    BOOLEAN,
    CODES,
    DATE,
    TEXT,
    Domain,
    Walk,
    level_problem,
    nearest,
    number,
    texts,
)

RECIST = frozenset({"CR", "PR", "SD", "PD", "NE"})
NAMES = {
    "response": Domain(TEXT, RECIST - {"NE"}, RECIST, key=("assessments", "response")),
    "sites": Domain(CODES, frozenset({"brain", "bone"})),
    "note": Domain(TEXT),
    "line": number(1, 20, whole=True),
    "dose": number(0),
    "start": Domain(DATE),
    "stop": Domain(DATE),
    "L1RT": Domain(BOOLEAN),
    "sex": texts(["male", "female"]),
    "stage": texts(["III", "IV"]),
    "absent": Domain(),
}


def problems(expression, **options):
    walk = Walk(NAMES, **options)
    walk.value(expression)
    return " ".join(walk.problems)


@pytest.mark.parametrize(
    "expression",
    [
        "response == 'PD'", "response != 'CR'", "response in ['PD', 'NE']", "'PD' == response",
        "has(sites, 'brain')", "has(note, 'anything')", "sites == 'bone;brain'", "note == 'x'",
        "line == 2 or missing(line)", "1 <= line <= 3", "line in [1, 2]", "dose > 0.5",
        "start > stop", "start == '2020-01-31'", "start >= date('2020-01-31')",
        "days(start, stop) > 30", "years(start, stop) >= 18", "add_months(start, 2) < stop",
        "add_days(start, -30) <= stop", "if(L1RT, start, stop) > start", "min(start, stop) < start",
        "L1RT == true", "not L1RT and response == 'PD'", "absent == 3", "absent + 1 > line",
        "sex == sex", "(line + 1) * 2 > dose", "line == -1 + 2",
        "(line > 1) == (not missing(stop))",
        "if(sex == 'male', 'IV', 'III') == stage",
    ],
)  # fmt: skip
def test_what_can_be_meant_has_no_problem(expression):
    assert problems(expression) == ""


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("response == 'P D'", "`P D` never occurs; what does: CR, PD, PR, SD; nearest: `PD`"),
        ("response == 'NE'", "`NE` never occurs"),  # of the standard, and no list gives it
        ("response in ['NE']", "`NE` never occurs"),
        ("response in ['PD', 'pd']", "`pd` never occurs"),
        ("response not in ['PD', 'progress']", "`progress` never occurs"),
        ("response != 'death'", "`death` never occurs"),
        ("has(sites, 'brian')", "nearest: `brain`"),
        ("has(sites, 'bone;brain')", "never occurs"),
        ("sites == 'brain;bone'", "sorted"),
        ("sites in ['brain', 'lung']", "`lung` never occurs"),
        ("'brain' in sites", "write has"),
        ("L1RT == 'yes'", "true or false is compared with text"),
        ("L1RT == 1", "true or false is compared with a number"),
        ("L1RT in ['yes']", "true or false is compared with text"),
        ("line == '2'", "a number is compared with text"),
        ("line in ['3', '4']", "a number is compared with text"),
        ("line == 21", "is never 21 (whole numbers from 1 to 20)"),
        ("line == 1.5", "is never 1.5"),
        ("line > 20", "can never hold"),
        ("dose < 0", "can never hold"),
        ("line == 1 and line == 2", "two things at once"),
        ("stage == 4", "text is compared with a number"),
        ("stage + 1 == 2", "a number is wanted, and this is text"),
        ("stop - start > 3", "a number is wanted, and this is a date"),
        ("stage >= 'III'", "no order"),
        ("sex == stage", "no value in common"),
        ("start == 'soon'", "a date such as"),
        ("start in ['2020-01-31']", "write date"),
        ("start > 2020", "a date is compared with a number"),
        ("years(line, start)", "a date is wanted, and this is a number"),
        ("days(start, 3)", "a date is wanted"),
        ("add_months(start, line) > stop", "a whole number is wanted"),
        ("add_days(start, 1.5) > stop", "a whole number is wanted"),
        ("date('2024-02-30') < start", "a day that there is"),
        ("has(line, 'x')", "a list of codes is wanted"),
        ("has(sites, note)", "between quotation marks"),
        ("has(sites)", "takes 2 argument(s)"),
        ("missing('x')", "a column or variable is wanted"),
        ("min(line, start) > 2", "numbers alone or dates alone"),
        ("max(line, 3) > 2", "no constants"),
        ("if(line, 1, 2) > 1", "true or false is wanted"),
        ("if(L1RT, 1, 'x') == 1", "gives a number or text"),
        ("line in []", "the list is empty"),
        ("line and L1RT", "true or false is wanted, and this is a number"),
        ("not line", "true or false is wanted"),
        ("lin == 2", "nothing declares `lin`; nearest: `line`"),
    ],
)
def test_what_cannot_be_meant_is_said(expression, message):
    assert message in problems(expression)


def test_several_problems_are_said_at_once():
    assert problems("line == '2' and response == 'pd' and has(sites, 'brian')").count("`: ") == 3


def test_a_check_may_look_for_what_should_not_be_there():
    assert problems("line > 20", orders=False) == ""


def test_what_is_asked_for_is_known_by_its_column():
    walk = Walk(NAMES)
    walk.value("response == 'PD' or response in ['CR', 'NE']")
    assert walk.asked == {("assessments", "response"): {"PD", "CR", "NE"}}


@pytest.mark.parametrize(
    ("domain", "level", "message"),
    [
        (Domain(BOOLEAN), "yes", ""),
        (Domain(BOOLEAN), "true", "never occurs"),
        (number(0, 5, whole=True), "1", ""),
        (number(0, 5, whole=True), "6", "never 6"),
        (number(), "old", "is none"),
        (texts(["male"]), "mal", "nearest: `male`"),
        (Domain(TEXT), "anything", ""),
        (Domain(DATE), "2020-01-01", "no levels"),
    ],
)
def test_a_level_must_be_one_that_can_occur(domain, level, message):
    found = level_problem(domain, level, "X")
    assert message in found
    assert bool(message) == bool(found)


def test_the_nearest_name_is_found_whatever_its_width_case_and_blanks():
    assert nearest("Ｐ Ｄ", ["CR", "PD"]) == "; nearest: `PD`"
    assert nearest("zzz", ["CR", "PD"]) == ""
