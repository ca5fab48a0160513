"""Columns of the forest plot leave room for the plot, whatever the names and number of arms."""

from __future__ import annotations

import pytest

from scripts.lib.display.forest_columns import (
    LEAST_PLOT,
    Forest,
    Row,
    arm_heads,
    fit_columns,
    head_height,
)
from scripts.lib.display.forest_panel import axis_limits, axis_ticks


def forest(arms, **options):
    rows = [
        Row("All", [["100/200", "10.25"]] * len(arms), (0.6, 0.4, 0.9), "0.600 (0.400–0.900)", "1"),
        Row("A factor with a name that runs far to the right of its column"),
        Row("Level", [["1/2", "NA"]] * len(arms), (0.9, 0.02, 40.0), "0.900 (0.020–40.000)", "1"),
    ]
    columns = ["Events/n", "Median"]
    return Forest("B", "Subgroups", rows, arms, columns, ("left", "right"), "95%", **options)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_there_is_room_for_the_plot_and_no_column_meets_another(number):
    shown = forest([f"Arm {n} of a study" for n in range(number)])
    columns = fit_columns(2, 174, shown)
    assert columns.plot[1] - columns.plot[0] >= LEAST_PLOT
    middles = [x for arm in columns.arms for x in arm]
    assert middles == sorted(middles)
    assert middles[-1] < columns.plot[0] < columns.plot[1] < columns.texts[0]


def test_medians_go_when_there_is_no_room():
    shown = forest([f"A rather long name of arm {n}" for n in range(4)])
    fit_columns(2, 174, shown)
    assert shown.arm_columns == ["Events/n"]
    assert shown.rows[0].arms == [["100/200"]] * 4


def test_long_names_of_arms_are_broken():
    shown = forest(["Alpha", "A rather long name of an arm"])
    assert [len(lines) for lines in arm_heads(shown)] == [1, 2]
    assert head_height(shown) > head_height(forest(["Alpha", "Beta"]))


def test_one_wild_interval_does_not_set_the_axis():
    assert axis_limits(forest(["a", "b"])) == (0.2, 5)
    assert axis_limits(forest(["a", "b"], limits=(0.1, 10))) == (0.1, 10)


def test_ticks_hold_one_and_stand_apart():
    assert axis_ticks(0.1, 5, 40) == [0.1, 0.2, 0.5, 1, 2, 5]
    assert axis_ticks(0.01, 100, 30) == [0.01, 0.1, 1, 10, 100]
