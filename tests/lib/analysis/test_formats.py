"""Printed forms; the expected texts are those of the paper where it prints one."""

import pytest

from scripts.lib.analysis.formats import Formats, display_value, format_p, round_text


@pytest.mark.parametrize(
    ("count", "half_up", "half_even"),
    [(98, "61.3", "61.2"), (74, "46.3", "46.2"), (58, "36.3", "36.2"), (18, "11.3", "11.2")],
)
def test_both_rounding_rules_of_the_paper_on_ties_of_160(count, half_up, half_even):
    # Tables I and II print 61.3 and 46.3, Table V prints 36.2 and 11.2 (paper/audit.md, b)
    assert round_text(100 * count / 160, 1, "half_up") == half_up
    assert round_text(100 * count / 160, 1, "half_even") == half_even


@pytest.mark.parametrize(
    ("p", "printed"),
    [(0.00096, "0.001"), (0.0004999, "<0.001"), (8e-6, "<0.001"), (1.0, ">0.999")]
    + [(0.9999999999999999, ">0.999"), (0.9996, "1.000"), (0.0497, "0.050"), (0.0, "<0.001")],
)
def test_p_values_print_less_than_only_where_they_round_to_zero(p, printed):
    assert format_p(p) == printed


def test_each_statistic_has_its_own_decimals():
    assert display_value("hr", 0.601238) == "0.601"
    assert display_value("median", 7.65503) == "7.66"
    assert display_value("n", 67) == "67"
    assert display_value("percent", 11.25, formats=Formats(percent_rounding="half_even")) == "11.2"
    assert display_value("median", 62, decimals=0) == "62"


def test_a_missing_value_prints_why():
    assert display_value("median_ci_high", None, "not reached") == "NA"
    assert display_value("hr", None, "not estimable: separation") == "-"


def test_no_negative_zero():
    assert round_text(-0.0004, 3) == "0.000"
