"""Patients with adverse events: each counts once a row."""

import pandas as pd

from scripts.lib.analysis.adverse_event_rows import describe
from scripts.lib.analysis.ard import ArdIndex

SETTINGS = {
    "arms": ["a", "b"],
    "printed": {"percent_rounding": "half_even"},
    "tests": {"min_expected": 5, "continuity_correction": False},
    "where": "TRTEMFL",
    "counts": [
        {"variable": "ANYAE", "where": None, "by": None, "levels": []},
        {"variable": "ANYGE3", "where": "AETOXGR >= 3", "by": None, "levels": []},
        {"variable": "AEDECOD", "where": None, "by": "AEDECOD", "levels": ["rash", "fever"]},
    ],
}
ADSL = pd.DataFrame({"USUBJID": list("12345678"), "TRT01A": list("aaaabbbb")}).astype("string")
#                   patient term       grade emergent
EVENTS = [
    ("1", "anemia", 1, True),
    ("1", "anemia", 3, True),      # the same term twice: one patient
    ("2", "anemia", 2, True),
    ("2", "rash", 2, True),
    ("5", "nausea", None, True),   # grade unknown: not grade 3
    ("6", "rash", 4, False),       # not under treatment
    ("9", "rash", 4, True),        # not in the study
]  # fmt: skip


def rows() -> ArdIndex:
    adae = pd.DataFrame(EVENTS, columns=["USUBJID", "AEDECOD", "AETOXGR", "TRTEMFL"])
    return ArdIndex(describe(ADSL, adae.convert_dtypes(), SETTINGS).rows)


def counts(index: ArdIndex, variable: str, level: str = "") -> list[str]:
    """n together, in a, in b."""
    key = {"analysis": "adverse_events", "variable": variable, "level": level, "statistic": "n"}
    return [index.display(group=group, **key) for group in ("", "a", "b")]


def test_a_patient_counts_once_whatever_the_number_of_events():
    assert counts(rows(), "ANYAE") == ["3", "2", "1"]
    assert counts(rows(), "ANYGE3") == ["1", "1", "0"]
    assert counts(rows(), "AEDECOD", "anemia") == ["2", "2", "0"]


def test_the_denominator_is_every_patient_of_the_arm():
    key = {"analysis": "adverse_events", "group": "a", "variable": "ANYAE"}
    assert rows().display(statistic="N", **key) == "4"
    assert rows().display(statistic="percent", **key) == "50.0"


def test_declared_terms_come_first_then_the_others_by_frequency():
    found = [r.level for r in rows().select(variable="AEDECOD", group="", statistic="n")]
    assert found == ["rash", "fever", "anemia", "nausea"]
    assert counts(rows(), "AEDECOD", "fever") == ["0", "0", "0"]


def test_every_row_has_a_p_value_or_says_why_not():
    found = rows().select(statistic="p_value")
    assert len(found) == 6
    assert all(row.value or row.note for row in found)
