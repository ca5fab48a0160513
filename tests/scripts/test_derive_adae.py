"""ADAE: which adverse events count, and which began under treatment (PHUSE WP-087)."""

from __future__ import annotations

import pandas as pd

from scripts.derive_adae import COLUMNS, adverse_events
from scripts.lib.config.endpoints import AdverseEvents
from tests.small_tables import cells, rows_of, table

PATIENTS = """
    USUBJID | L2_START   | L2_END
    A       | 2021-01-01 | 2021-03-01
    B       | 2021-01-01 |
"""
EVENTS = """
    USUBJID | line | term        | grade | onset_date | immune_related | glucocorticoid
    A       | 2    | rash        | 1     | 2020-12-31 | false          | false
    A       | 2    | anemia      | 3     | 2021-01-01 | false          | false
    A       | 2    | nausea      | 2     | 2021-03-31 | true           |
    A       | 2    | vomiting    | 2     | 2021-04-01 | false          | false
    A       | 2    | fatigue     |       |            | false          | false
    A       | 1    | rash        | 4     | 2021-02-01 | true           | true
    B       | 2    | pneumonitis | 3     | 2022-12-01 | true           | true
    B       | 2    | rash        | 3     | 2025-01-01 | true           | true
"""


def derive(**changes):
    rule = AdverseEvents(start="L2_START", where="line == 2", **({"end": "L2_END"} | changes))
    patients = table(PATIENTS).assign(
        TRT01A="chemotherapy", DATA_CUTOFF=pd.Timestamp("2024-12-31").as_unit("us")
    )
    rows = rows_of({"adverse_events": EVENTS}, patients["USUBJID"])["adverse_events"]
    return adverse_events(rows, patients, rule.model_dump(mode="json"))


def test_the_flag_of_an_imputed_onset_is_carried_where_one_is_declared():
    rule = AdverseEvents(start="L2_START").model_dump(mode="json")
    patients = table(PATIENTS).assign(
        TRT01A="chemotherapy", DATA_CUTOFF=pd.Timestamp("2024-12-31").as_unit("us")
    )
    events = """
        USUBJID | term | grade | onset_date | immune_related | glucocorticoid | onset_flag
        A       | rash | 1     | 2021-02-15 | false          | false          | D
        A       | rash | 1     | 2021-02-16 | false          | false          |
    """
    rows = rows_of({"adverse_events": events}, patients["USUBJID"])["adverse_events"]
    flagged = adverse_events(rows, patients, rule, "onset_flag")
    assert cells(flagged, "ASTDT", "ASTDTF") == [("2021-02-15", "D"), ("2021-02-16", None)]
    assert list(adverse_events(rows, patients, rule)) == COLUMNS


def test_events_of_the_line_with_what_began_under_treatment():
    """From the first day to 30 days after the last; unknown onset counts; nothing after the
    cut-off; B is still under treatment."""
    assert cells(derive(), "USUBJID", "AEDECOD", "AETOXGR", "ASTDT", "TRTEMFL") == [
        ("A", "rash", 1, "2020-12-31", False),
        ("A", "anemia", 3, "2021-01-01", True),
        ("A", "nausea", 2, "2021-03-31", True),
        ("A", "vomiting", 2, "2021-04-01", False),
        ("A", "fatigue", None, None, True),
        ("B", "pneumonitis", 3, "2022-12-01", True),
    ]


def test_the_days_after_treatment_are_declared():
    assert derive(window_days=31)["TRTEMFL"].to_list() == [False, True, True, True, True, True]
    assert derive(end=None)["TRTEMFL"].to_list() == [False, True, True, True, True, True]


def test_immune_related_and_glucocorticoid_are_kept_unknown_where_they_are():
    events = derive()
    assert cells(events, "AEIRFL", "AEGCFL")[2] == (True, None)
    assert events["AEIRFL"].dtype == "boolean"


def test_each_row_names_where_it_comes_from():
    events = derive()
    assert list(events.columns) == COLUMNS
    assert cells(events, "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCROW")[1] == (
        "adverse_events", "term", 2, "adverse_events.csv", 3,
    )  # fmt: skip
