"""Axes of dots: ticks that do not touch, a nought for counts, arrows beyond the end."""

from __future__ import annotations

import pytest

from scripts.lib.display.dot_panel import NOTHING, Dot, Strip, axis_ends, axis_ticks
from scripts.lib.display.figures import text_width

TICKS = [  # ends, width in mm, ticks
    ((5, 168), 60.0, [5, 10, 20, 50, 100]),
    ((5, 168), 20.0, [10, 30, 100]),
    ((0.0001, 1), 50.0, [0.0001, 0.001, 0.01, 0.1, 1]),
    ((1, 10), 24.0, [1, 2, 5, 10]),
    ((1e-4, 1e6), 40.0, [1e-3, 1, 1e3, 1e6]),
]


@pytest.mark.parametrize(("ends", "width", "ticks"), TICKS)
def test_ticks_are_as_many_as_have_room(ends, width, ticks):
    assert axis_ticks(*ends, width) == pytest.approx(ticks)
    assert all(text_width(f"{tick:g}") < width for tick in ticks)


def strip(*values: float, **other) -> Strip:
    return Strip("Head", 10, [[Dot(value, {})] for value in values], (5, 50), **other)


AXES = [  # the strip, ends of its axis
    (strip(20), (5, 50)),
    (strip(2, 100), (2, 120)),
    (strip(0, 30, nought=True), (NOTHING, 50)),
    (strip(1e-9, lowest=0.01), (0.01, 50)),
    (strip(0.0, lowest=0.01), (0.01, 50)),
]


@pytest.mark.parametrize(("shown", "ends"), AXES)
def test_the_axis_holds_every_dot_that_is_no_arrow(shown, ends):
    assert axis_ends(shown) == pytest.approx(ends)
