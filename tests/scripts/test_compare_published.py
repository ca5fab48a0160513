"""The verdict on a printed number."""

import pytest

from scripts.compare_published import compare, comparison_line
from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.analysis.formats import Formats
from scripts.lib.display.published import PublishedNumber, read_published
from scripts.lib.errors import Stop
from scripts.lib.plan.tables_settings import setting

FILE = "results/ard/x.csv"


def verdict(
    printed: str, ours: float | None, unit: str = "", statistic: str = "hr", note: str = ""
):
    """Status and text of ours, for one printed number and one of ours."""
    ard = ArdBuilder("x", formats=Formats(percent_rounding="half_even"))
    ard.add(statistic, ours, note=note)
    number = PublishedNumber(
        "id", "Table I", printed, unit, FILE, f"analysis=x; statistic={statistic}", ""
    )
    settings = {"days_per_month": 30.4375, "settings": {}}
    found = compare(number, {FILE: ArdIndex(ard.rows)}, settings)
    return found.status, found.ours


@pytest.mark.parametrize(
    ("printed", "ours", "unit", "statistic", "expected"),
    [
        ("0.601", 0.60138, "", "hr", ("equal", "0.601")),
        ("0.848", 0.848686, "", "hr", ("differs", "0.849")),
        ("67", 67, "count", "n", ("equal", "67")),
        ("100", 100.0, "percent", "percent", ("equal", "100")),
        ("36.2", 36.25, "percent", "percent", ("equal", "36.2")),  # a tie, rounded as the table
        ("36.3", 36.25, "percent", "percent", ("differs", "36.2")),
        # months: 13.50 is half a day (0.0164) and more from 13.48, 15.57 is less from 15.56
        ("13.48", 13.5031, "months", "median", ("differs", "13.50")),
        ("15.56", 15.5729, "months", "median", ("within_half_day", "15.57")),
        ("22.7", 22.7023, "months", "median", ("equal", "22.7")),
        ("0.003", 0.00355, "p", "p_value", ("differs", "0.004")),
        ("<0.001", 0.00049, "p", "p_value", ("equal", "<0.001")),
        ("<0.001", 0.00051, "p", "p_value", ("differs", "0.001")),
        ("0.001", 0.00049, "p", "p_value", ("differs", "<0.001")),
        (">0.999", 1.0, "p", "p_value", ("equal", ">0.999")),
        ("1.000", 1.0, "p", "p_value", ("equal", ">0.999")),
        (">0.999", 0.9996, "p", "p_value", ("equal", "1.000")),
        (">0.05", 0.051, "p", "p_value", ("equal", "0.051")),
        (">0.05", 0.0489, "p", "p_value", ("differs", "0.049")),
    ],
)
def test_a_statistic_is_compared_at_the_printed_digits(printed, ours, unit, statistic, expected):
    assert verdict(printed, ours, unit, statistic) == expected


def test_a_limit_that_is_not_reached_is_na():
    assert verdict("NA", None, "months", "median_ci_high", "not reached") == ("equal", "NA")
    assert verdict("NA", 12.3, "months", "median_ci_high") == ("differs", "12.30")
    assert verdict("8.62", None, "months", "median_ci_high", "not reached") == ("differs", "NA")


def several(*p_values: float | None) -> str:
    """Status of `all P>0.05` over several statistics."""
    ard = ArdBuilder("x")
    keys = []
    for i, p in enumerate(p_values):
        ard.add("p_value", p, variable=f"V{i}", note="" if p is not None else "not estimable")
        keys.append(f"analysis=x; variable=V{i}; statistic=p_value")
    number = PublishedNumber("id", "Text", ">0.05", "p", FILE, " | ".join(keys), "")
    settings = {"days_per_month": 30.4375, "settings": {}}
    return compare(number, {FILE: ArdIndex(ard.rows)}, settings).status


def test_an_inequality_over_several_statistics_holds_for_each():
    assert several(0.3, 0.06, 0.9) == "equal"
    assert several(0.3, 0.04, 0.9) == "differs"
    assert several(0.3, None) == "differs"


def test_what_cannot_be_reproduced_keeps_its_reason_and_shows_ours():
    ard = ArdBuilder("x")
    ard.add("p_value", 0.544)
    key = "analysis=x; statistic=p_value"
    number = PublishedNumber("id", "Abstract", "0.760", "p", FILE, key, "no test gives it")
    settings = {"days_per_month": 30.4375, "settings": {}}
    found = compare(number, {FILE: ArdIndex(ard.rows)}, settings)
    assert (found.status, found.ours) == ("cannot_be_reproduced", "0.544")
    assert found.reason == "no test gives it"


def test_a_result_that_is_not_there_differs_and_says_so():
    number = PublishedNumber("id", "Table III", "1.350", "", FILE, "analysis=x; statistic=hr", "")
    found = compare(number, {FILE: ArdIndex([])}, {"days_per_month": 30.4375, "settings": {}})
    assert (found.status, found.ours) == ("differs", "")
    assert "not in the model" in found.reason


@pytest.mark.parametrize(
    ("printed", "unit", "value", "status"),
    [
        ("January 31, 2019", "date", "2019-01-31", "equal"),
        ("January 31, 2019", "date", "2019-02-01", "differs"),
        ("95", "percent", 0.95, "equal"),
        ("0.10", "p", 0.1, "equal"),
        ("4.2.3", "version", "4.2.3", "equal"),
        ("5.0", "version", "5", "differs"),
        ("18", "years", "18", "equal"),
    ],
)
def test_a_printed_setting_is_compared_with_the_configuration(printed, unit, value, status):
    number = PublishedNumber("id", "Methods", printed, unit, "config/study.yaml", "a.b", "")
    settings = {"days_per_month": 30.4375, "settings": {"a.b": value}}
    assert compare(number, {}, settings).status == status


CONFIG = {
    "cohort": {
        "variables": [{"name": "AGEGR1", "cut": {"at": [65.0]}}],
        "criteria": [
            {"id": "death", "when": "DTHDT > add_months(L2_START, 3) or VITAL == 'alive'"}
        ],
    }
}


def test_settings_are_found_by_path_and_numbers_in_expressions_by_place():
    assert setting(CONFIG, "cohort.variables[name=AGEGR1].cut.at[0]") == 65.0
    # the 2 of L2_START is no number
    assert setting(CONFIG, "cohort.criteria[id=death].when#1") == "3"


@pytest.mark.parametrize(
    "path", ["cohort.arms", "cohort.criteria[id=x].when", "cohort.criteria[4]"]
)
def test_a_path_that_leads_nowhere_stops(path):
    with pytest.raises(Stop, match="the configuration does not have"):
        setting(CONFIG, path)
    with pytest.raises(Stop, match="number 2 of"):
        setting(CONFIG, "cohort.criteria[id=death].when#2")


def test_the_closing_line_leaves_out_what_nobody_could_reproduce():
    statuses = ["equal"] * 3 + ["within_half_day", "differs", "cannot_be_reproduced"]
    line = comparison_line(statuses)
    assert line == "paper: 3 of 5 reproducible numbers equal, 1 within half a day"


def test_an_id_twice_and_wrong_columns_stop(tmp_path):
    path = tmp_path / "published.csv"
    head = "id,where,printed,unit,ard_file,ard_key,reason\n"
    path.write_text(head + "a,,1,,,,\na,,1,,,,\n")
    with pytest.raises(Stop, match="the id a occurs twice"):
        read_published(path)
    path.write_text("id,printed\n")
    with pytest.raises(Stop, match="the columns must be"):
        read_published(path)
    with pytest.raises(Stop, match="is missing"):
        read_published(tmp_path / "none.csv")
