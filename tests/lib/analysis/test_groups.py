"""Levels as the results name them, and their order."""

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.groups import level_order, level_text

NA = None


@pytest.mark.parametrize(
    ("values", "dtype", "names"),
    [
        ([True, NA, False, True], "boolean", ["yes", NA, "no", "yes"]),
        ([True, False], bool, ["yes", "no"]),
        ([0.0, NA, 70.0, 8.62, 70.0], "Float64", ["0", NA, "70", "8.62", "70"]),
        ([1.0, np.nan], float, ["1", NA]),
        ([1, NA, 10], "Int64", ["1", NA, "10"]),
        (["b", NA, "a"], "string", ["b", NA, "a"]),
        ([NA, NA], "Float64", [NA, NA]),
        ([], "boolean", []),
    ],
)
def test_a_level_is_named_as_people_write_it_and_missing_stays_missing(values, dtype, names):
    index = range(5, 5 + len(values))
    found = level_text(pd.Series(values, index=index, dtype=dtype, name="X"))
    expected = pd.Series(names, index=index, dtype="string", name="X")
    pd.testing.assert_series_equal(found, expected)


def test_levels_of_the_data_stand_behind_the_declared_ones_numbers_by_size():
    found = level_order(pd.Series(["10", "9", "b", "a", "II"], dtype="string"), ["II", "III"])
    assert found == ["II", "III", "9", "10", "a", "b"]
    assert level_order(pd.Series(["yes"], dtype="string"), None) == ["no", "yes"]
