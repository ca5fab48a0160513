"""Analysis Results Data: keys, order, bytes."""

import math

import pytest

from scripts.lib.analysis.ard import (
    ArdBuilder,
    ArdIndex,
    format_key,
    parse_key,
    read_ard,
    value_text,
    write_ard,
)


def small() -> ArdBuilder:
    ard = ArdBuilder("baseline")
    for group in ("", "active", "control"):
        for variable, levels in (("SEX", ("male", "female")), ("ECOG", ("1", "0"))):
            for level in levels:
                where = {"group": group, "variable": variable, "level": level}
                ard.add("percent", 100 / 3, **where)
                ard.add("n", 1, **where)
    return ard


def test_rows_come_back_as_written(tmp_path):
    ard = small()
    write_ard(ard.rows, tmp_path / "baseline.csv")
    assert sorted(read_ard(tmp_path / "baseline.csv")) == sorted(ard.rows)


def test_rows_stand_in_declared_order_with_statistics_as_in_the_contract(tmp_path):
    write_ard(small().rows, tmp_path / "a.csv")
    rows = read_ard(tmp_path / "a.csv")
    assert [(r.group, r.variable, r.level, r.statistic) for r in rows[:5]] == [
        ("", "SEX", "male", "n"),
        ("", "SEX", "male", "percent"),
        ("", "SEX", "female", "n"),
        ("", "SEX", "female", "percent"),
        ("", "ECOG", "1", "n"),
    ]


def test_levels_are_ordered_within_their_variable(tmp_path):
    ard = ArdBuilder("baseline")
    for variable, levels in (("A", ("no", "yes")), ("B", ("yes", "no"))):
        for level in levels:
            ard.add("n", 1, variable=variable, level=level)
    write_ard(ard.rows, tmp_path / "a.csv")
    levels = [(r.variable, r.level) for r in read_ard(tmp_path / "a.csv")]
    assert levels == [("A", "no"), ("A", "yes"), ("B", "yes"), ("B", "no")]


def test_value_is_the_shortest_text_of_the_number():
    ard = ArdBuilder("baseline")
    ard.add("percent", 100 * 98 / 160)
    ard.add("mean", 0.1 + 0.2)
    ard.add("n", 98)
    assert [row.value for row in ard.rows] == ["61.25", "0.30000000000000004", "98"]
    assert [row.display for row in ard.rows] == ["61.3", "0.30", "98"]


def test_a_key_twice_is_refused(tmp_path):
    ard = ArdBuilder("baseline")
    ard.add("n", 1, variable="SEX")
    ard.add("n", 2, variable="SEX")
    with pytest.raises(ValueError, match="twice.*variable=SEX; statistic=n"):
        write_ard(ard.rows, tmp_path / "a.csv")


def test_an_empty_value_must_say_why():
    with pytest.raises(ValueError, match="no note"):
        ArdBuilder("kaplan_meier").add("median", None)


def test_what_is_beyond_the_range_of_numbers_is_no_value():
    """R prints Inf for the hazard ratio of a covariate measured in millionths."""
    ard = ArdBuilder("cox_univariable")
    ard.add_all({"coef": 35454.1, "hr": math.inf, "hr_ci_high": math.inf}, variable="X", note="")
    assert [row.value for row in ard.rows] == ["35454.1", "", ""]
    assert all("beyond 1e308" in row.note for row in ard.rows[1:])
    assert value_text(-math.inf) == ""


def test_look_up_by_key():
    index = ArdIndex(small().rows)
    assert index.number(analysis="baseline", variable="SEX", level="male", statistic="n") == 1
    assert index.display(analysis="baseline", variable="KPS", level="70", statistic="n") == "-"
    assert len(index.select(group="active", statistic="n")) == 4


def test_a_key_written_as_text_reads_back():
    ard = ArdBuilder("subgroups", "PFS")
    ard.add("hr", 0.6, population="AGEGR1=<=65")
    text = format_key(ard.rows[0])
    assert text == "analysis=subgroups; parameter=PFS; population=AGEGR1=<=65; statistic=hr"
    assert ArdIndex(ard.rows).number(**parse_key(text)) == 0.6
