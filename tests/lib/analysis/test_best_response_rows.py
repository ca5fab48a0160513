"""Response by arm: whoever has no response counts in the denominator."""

import pandas as pd

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.best_response_rows import describe

SETTINGS = {
    "arms": ["a", "b"],
    "printed": {},
    "tests": {"min_expected": 5, "continuity_correction": False},
    "rows": [
        {"parameter": "BOR", "levels": ["CR", "PR", "SD"], "labels": {}, "test": False},
        {"parameter": "ORR", "levels": ["Y"], "labels": {"Y": "yes"}, "test": True},
    ],
}
ADSL = pd.DataFrame({"USUBJID": list("123456"), "TRT01A": list("aaabbb")}).astype("string")
ADRS = pd.DataFrame(
    [
        ("1", "OVRLRESP", "CR"),  # an assessment, not the best response
        ("1", "BOR", "PR"),
        ("2", "BOR", "NE"),       # patient 3 has no assessment at all
        ("4", "BOR", "SD"),
        ("5", "BOR", "PR"),
        ("6", "BOR", "PR"),
        ("1", "ORR", "Y"),
        ("2", "ORR", "N"),
        ("4", "ORR", "N"),
        ("5", "ORR", "Y"),
        ("6", "ORR", "Y"),
    ],
    columns=["USUBJID", "PARAMCD", "AVALC"],
).astype("string")  # fmt: skip


def test_counts_are_of_all_patients_of_the_arm():
    index = ArdIndex(describe(ADSL, ADRS, SETTINGS).rows)
    key = {"analysis": "response", "group": "a", "variable": "BOR", "level": "PR"}
    assert [index.display(statistic=s, **key) for s in ("n", "N", "percent")] == ["1", "3", "33.3"]
    key = {"analysis": "response", "group": "a", "variable": "BOR", "level": "CR"}
    assert index.display(statistic="n", **key) == "0"


def test_the_test_compares_responders_with_everybody_else():
    index = ArdIndex(describe(ADSL, ADRS, SETTINGS).rows)
    key = {"analysis": "response", "statistic": "p_value"}
    # R: fisher.test(matrix(c(1, 2, 2, 1), 2))$p.value
    assert index.number(variable="ORR", **key) == 1.0
    assert index.find(variable="BOR", **key) is None
    assert index.display(**key | {"variable": "ORR", "level": "yes", "statistic": "n"}) == "3"
