"""Time to event by the rules of the demonstration study: input rows -> expected rows.

Rules: "Outcome" (Oncol Lett 2026, 15638): PFS from the start of second-line treatment to
progression or death from any cause, whichever first; OS to death. What the paper leaves open is
declared in config/endpoints.yaml and shown here, case by case.
"""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from scripts.lib.config.endpoints import Endpoint, Endpoints
from scripts.lib.config.load import read_yaml
from scripts.lib.derivation.adtte import COLUMNS, derive_time_to_event
from scripts.lib.derivation.cnsr import event_observed
from scripts.lib.derivation.derived_findings import all_findings
from scripts.lib.derivation.rows import SEQUENCE, by_patient
from tests.small_tables import cells, rows_of, shuffled, source_table, table

ROOT = Path(__file__).resolve().parents[3]
CONFIG = Endpoints.model_validate(read_yaml(ROOT / "config/endpoints.yaml")["endpoints"])
RULES = {name: e.model_dump(mode="json") for name, e in CONFIG.time_to_event.items()}
EMPTY = {
    "assessments": "USUBJID | assessment_date | line | response",
    "followup": "USUBJID | contact_date | vital_status | death_date",
    "treatments": "USUBJID | line | start_date",
    "radiotherapy": "USUBJID | start_date",
    "performance_status": "USUBJID | assessed_date",
}
SHOWN = ("AVAL", "CNSR", "EVNTDESC", "SRCDOM", "SRCROW")


def patients(text: str, cutoff: str = "2024-12-31") -> pd.DataFrame:
    """Patients with the variables that the rules name; each start stands in row 2 of lines.csv."""
    frame = table(text)
    for name in ("L1_START", "L2_START", "L3_START", "DTHDT"):
        dates = frame[name] if name in frame else pd.Series(pd.NaT, index=frame.index)
        frame[name] = dates.astype("datetime64[us]")
        frame[name + "__SRC"] = pd.Series("lines.csv||2", index=frame.index, dtype="string")
    frame["TRT01A"] = pd.Series("chemotherapy", index=frame.index, dtype="string")
    frame["DATA_CUTOFF"] = pd.Timestamp(cutoff).as_unit("us")
    frame[SEQUENCE] = np.arange(1, len(frame) + 1)
    return frame


ONE = "USUBJID | L2_START\nA | 2021-01-01"
DEAD = "USUBJID | L2_START | DTHDT\nA | 2021-01-01 | 2021-06-30"


REPORTS = {"table": "followup", "column": "death_date", "where": "vital_status == 'dead'"}


def derive(rule, people=ONE, cutoff="2024-12-31", **tables):
    known = patients(people, cutoff)
    rows = rows_of({**EMPTY, **tables}, known["USUBJID"])
    return_rows, found = derive_time_to_event(known, rule, rows, name="pfs", reports=REPORTS)
    return return_rows, all_findings(found)


def pfs(people=ONE, rule=None, cutoff="2024-12-31", **tables):
    return derive(rule or RULES["pfs"], people, cutoff, **tables)


# ---- the paper's rule ----------------------------------------------------------------------------


def test_progression_or_death_whichever_comes_first():
    people = """
        USUBJID | L2_START   | DTHDT
        A       | 2021-01-01 | 2021-06-30
        B       | 2021-01-01 | 2021-03-01
    """
    assessments = """
        USUBJID | assessment_date | line | response
        A       | 2021-02-15      | 2    | SD
        A       | 2021-04-01      | 2    | PD
        A       | 2021-05-01      | 2    | PD
        B       | 2021-02-15      | 2    | SD
    """
    followup = """
        USUBJID | contact_date | vital_status | death_date
        A       | 2021-07-05   | dead         | 2021-06-30
        B       | 2021-03-02   | dead         | 2021-03-01
    """
    rows, found = pfs(people, assessments=assessments, followup=followup)
    assert cells(rows, *SHOWN) == [
        (90, 0, "Progressive disease", "assessments", 3),
        (59, 0, "Death without documented progression", "followup", 3),
    ]
    assert tuple(rows.columns) == COLUMNS
    assert found.empty


def test_without_event_the_last_evaluable_assessment_censors():
    """NE says nothing about progression, and a line that is not rated is not evaluable."""
    assessments = """
        USUBJID | assessment_date | line | response
        A       | 2020-12-28      | 2    | SD
        A       | 2021-02-15      | 2    | SD
        A       | 2021-04-01      | 2    | PR
        A       | 2021-05-20      | 2    | NE
        A       | 2021-06-20      | 2    |
    """
    rows, _ = pfs(assessments=assessments)
    assert cells(rows, *SHOWN, "CNSDTDSC", "SRCVAR", "SRCSEQ", "SRCFILE") == [
        (90, 1, "No progression or death", "assessments", 4,
         "Last evaluable tumour assessment", "assessment_date", 3, "assessments.csv"),
    ]  # fmt: skip


def test_no_assessment_after_baseline_censors_at_the_start():
    rows, _ = pfs(
        assessments="""
        USUBJID | assessment_date | line | response
        A       | 2020-12-28      | 2    | SD
        A       | 2021-01-01      | 2    | SD
    """
    )
    assert cells(rows, *SHOWN, "SRCVAR", "SRCFILE") == [
        (0, 2, "No evaluable assessment after baseline", "subjects", 2, "L2_START", "lines.csv"),
    ]


def test_a_start_that_is_computed_from_others_has_no_raw_row():
    known = patients(ONE).drop(columns="L2_START__SRC")
    rows, _ = derive_time_to_event(
        known, RULES["pfs"], rows_of(EMPTY, known["USUBJID"]), name="pfs"
    )
    assert cells(rows, "AVAL", "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCROW") == [
        (0, "subjects", "L2_START", 1, None, None),
    ]


def test_progression_in_another_line_does_not_count():
    """By the line recorded: the first-line progression found late, the third-line one."""
    people = "USUBJID | L2_START | L3_START\nA | 2021-01-01 | 2021-04-10"
    rows, _ = pfs(
        people,
        assessments="""
        USUBJID | assessment_date | line | response
        A       | 2021-01-05      | 1    | PD
        A       | 2021-02-15      | 2    | SD
        A       | 2021-06-01      | 3    | PD
    """,
    )
    assert cells(rows, *SHOWN) == [(45, 1, "No progression or death", "assessments", 3)]


def test_where_the_line_is_missing_the_dates_of_the_lines_decide():
    people = """
        USUBJID | L2_START   | L3_START
        A       | 2021-01-01 | 2021-04-10
        B       | 2021-01-01 | 2021-04-10
        C       | 2021-01-01 | 2021-04-10
    """
    rows, _ = pfs(
        people,
        assessments="""
        USUBJID | assessment_date | line | response
        A       | 2021-03-01      |      | PD
        B       | 2021-04-10      |      | PD
        C       | 2020-12-20      |      | PD
    """,
    )
    assert cells(rows, "AVAL", "CNSR") == [(59, 0), (0, 2), (0, 2)]


def test_progression_and_death_on_one_day_is_described_as_progression():
    """The order of the events in the configuration decides."""
    tables = {
        "assessments": """
            USUBJID | assessment_date | line | response
            A       | 2021-06-30      | 2    | PD""",
        "followup": """
            USUBJID | contact_date | vital_status | death_date
            A       | 2021-07-01   | dead         | 2021-06-30""",
    }
    rows, _ = pfs(DEAD, **tables)
    assert cells(rows, "AVAL", "EVNTDESC") == [(180, "Progressive disease")]
    turned = copy.deepcopy(RULES["pfs"])
    turned["events"].reverse()
    rows, _ = pfs(DEAD, turned, **tables)
    assert cells(rows, "AVAL", "EVNTDESC") == [(180, "Death without documented progression")]


def test_an_assessment_after_death_is_ignored_and_reported():
    rows, found = pfs(
        DEAD,
        assessments="""
        USUBJID | assessment_date | line | response
        A       | 2021-02-15      | 2    | SD
        A       | 2021-07-03      | 2    | PD
    """,
    )
    assert cells(rows, "AVAL", "CNSR") == [(45, 1)]
    assert cells(found, "check_id", "table", "row", "column", "USUBJID") == [
        ("adtte_pfs.after_death", "assessments", 3, "assessment_date", "A"),
    ]


def test_a_contact_that_reports_the_death_is_asked_about_by_nobody():
    """The family is called after the death, once or again; the clerk may leave the date out."""
    rule = copy.deepcopy(RULES["pfs"])
    seen = {"table": "followup", "date": "contact_date", "where": None, "variable": None}
    rule["dates"].append({"id": "SEEN", "pick": "last", "gap_days": None, "from": [seen]})
    _, found = pfs(
        DEAD, rule,
        followup="""
            USUBJID | contact_date | vital_status | death_date
            A       | 2021-07-08   | dead         | 2021-06-30
            A       | 2021-09-08   | dead         | 2021-06-30
            A       | 2021-10-08   | dead         |
            A       | 2021-11-08   | alive        |
            A       | 2021-12-08   |              | """,
    )  # fmt: skip
    assert cells(found, "check_id", "row") == [
        ("adtte_pfs.after_death", 5), ("adtte_pfs.after_death", 6),
    ]  # fmt: skip


def test_a_death_before_the_start_is_no_event_and_is_reported():
    """Never moved to the start (as admiral does); the assessments after it stay possible."""
    people = "USUBJID | L2_START | DTHDT\nA | 2021-01-01 | 2020-11-30"
    rows, found = pfs(
        people,
        assessments="""
            USUBJID | assessment_date | line | response
            A       | 2021-02-15      | 2    | SD""",
        followup="""
            USUBJID | contact_date | vital_status | death_date
            A       | 2021-07-01   | dead         | 2020-11-30""",
    )
    assert cells(rows, "AVAL", "CNSR") == [(45, 1)]
    assert cells(found, "check_id", "table", "row") == [("adtte_pfs.before_start", "followup", 2)]


def test_contradicting_dates_of_death_are_none_and_are_reported():
    rows, found = pfs(
        followup="""
        USUBJID | contact_date | vital_status | death_date
        A       | 2021-07-01   | dead         | 2021-06-30
        A       | 2021-08-01   | dead         | 2021-06-20
    """
    )
    assert cells(rows, "AVAL", "CNSR") == [(0, 2)]
    assert cells(found, "check_id", "row") == [
        ("adtte_pfs.contradiction", 2), ("adtte_pfs.contradiction", 3),
    ]  # fmt: skip


def test_nothing_after_the_data_cutoff_exists():
    tables = {
        "assessments": """
            USUBJID | assessment_date | line | response
            A       | 2021-02-15      | 2    | SD
            A       | 2021-05-01      | 2    | PD""",
        "followup": """
            USUBJID | contact_date | vital_status | death_date
            A       | 2021-05-03   | dead         | 2021-05-02""",
    }
    rows, found = pfs(cutoff="2021-04-30", **tables)
    assert cells(rows, "AVAL", "CNSR") == [(45, 1)]
    rows, _ = pfs(cutoff="2021-05-01", **tables)
    assert cells(rows, "AVAL", "CNSR") == [(120, 0)]
    assert found.empty


# ---- overall survival and first-line PFS ---------------------------------------------------------


def test_os_counts_to_death_else_to_the_last_contact_with_the_patient():
    """'lost' is no contact; a scan, a drug given or an examination is one."""
    people = """
        USUBJID | L2_START
        A       | 2021-01-01
        B       | 2021-01-01
        C       | 2021-01-01
        D       | 2021-01-01
    """
    rows, _ = derive(
        RULES["os"],
        people,
        followup="""
            USUBJID | contact_date | vital_status | death_date
            A       | 2021-07-05   | dead         | 2021-06-30
            B       | 2021-03-01   | alive        |
            B       | 2021-09-01   | lost         |
            C       | 2021-03-01   | alive        |""",
        assessments="""
            USUBJID | assessment_date | line | response
            C       | 2021-03-31      | 3    | NE""",
    )
    assert cells(rows, *SHOWN, "CNSDTDSC") == [
        (180, 0, "Death", "followup", 2, None),
        (59, 1, "Alive", "followup", 3, "Last date known alive"),
        (89, 1, "Alive", "assessments", 2, "Last date known alive"),
        (0, 2, "No contact after baseline", "subjects", 2, "Start of second-line treatment"),
    ]


def test_first_line_pfs_ends_with_the_first_progression_or_the_next_line():
    people = """
        USUBJID | L1_START   | L2_START
        A       | 2020-01-01 | 2021-01-01
        B       | 2020-01-01 | 2021-01-01
        C       | 2020-01-01 |
    """
    rows, _ = derive(
        RULES["pfs1"],
        people,
        assessments="""
        USUBJID | assessment_date | line | response
        A       | 2020-09-01      | 1    | PD
        A       | 2020-12-01      |      | PD
        B       | 2021-03-01      | 2    | PD
    """,
    )
    assert cells(rows, *SHOWN, "SRCVAR") == [
        (244, 0, "Progressive disease", "assessments", 2, "assessment_date"),
        (366, 1, "No progression before second-line treatment", "subjects", 2, "L2_START"),
        (0, 2, "No second-line treatment", "subjects", 2, "L1_START"),
    ]


# ---- other rule sets, as data --------------------------------------------------------------------

SOURCE = {"table": "assessments", "date": "assessment_date"}
DEATH = {"table": "followup", "date": "death_date", "where": "vital_status == 'dead'"}
PD = "response == 'PD'"
ADEQUATE = "response in ['CR', 'PR', 'SD', 'PD'] and assessment_date > START"
FDA = Endpoint.model_validate({
    "param": "PFS", "label": "PFS, FDA-like", "start": "L2_START",
    "events": [
        {"id": "PROGRESSION", "description": "PD", "from": [{**SOURCE, "where": PD}]},
        {"id": "DEATH", "description": "Death", "from": [DEATH]},
    ],
    "dates": [
        {"id": "NEW_THERAPY", "from": [{"variable": "L3_START"}]},
        {"id": "BEFORE_NEW", "pick": "last",
         "from": [{**SOURCE, "where": f"{ADEQUATE} and assessment_date <= NEW_THERAPY"}]},
        {"id": "BEFORE_EVENT", "pick": "last",
         "from": [{**SOURCE, "where": f"{ADEQUATE} and assessment_date < EVENT"}]},
        {"id": "LAST", "pick": "last", "from": [{**SOURCE, "where": ADEQUATE}]},
    ],
    "overrides": [
        {"when": "NEW_THERAPY < EVENT or (missing(EVENT) and not missing(NEW_THERAPY))",
         "at": "BEFORE_NEW", "code": 3, "description": "New therapy", "date_description": "last"},
        {"when": "NEW_THERAPY < EVENT or (missing(EVENT) and not missing(NEW_THERAPY))",
         "at": "START", "code": 3, "description": "New therapy", "date_description": "start"},
        {"when": "days(max(BEFORE_EVENT, START), EVENT) > 98", "at": "BEFORE_EVENT", "code": 4,
         "description": "Missed assessments", "date_description": "last"},
        {"when": "days(max(BEFORE_EVENT, START), EVENT) > 98", "at": "START", "code": 4,
         "description": "Missed assessments", "date_description": "start"},
    ],
    "censoring": [
        {"at": "LAST", "code": 1, "description": "Ongoing", "date_description": "last"},
        {"at": "START", "code": 6, "description": "No assessment", "date_description": "start"},
    ],
}).model_dump(mode="json")  # fmt: skip


def test_fda_like_rules_are_data_each_with_its_own_reason():
    """FDA 2018, Appendix: new therapy and two missed assessments censor; A new therapy after SD,
    B new therapy before any scan, C event after a long silence, D event in time, E nothing at all,
    F new therapy on the day of progression (the event counts)."""
    people = """
        USUBJID | L2_START   | L3_START
        A       | 2021-01-01 | 2021-04-01
        B       | 2021-01-01 | 2021-02-01
        C       | 2021-01-01 |
        D       | 2021-01-01 |
        E       | 2021-01-01 |
        F       | 2021-01-01 | 2021-03-01
    """
    rows, _ = derive(
        FDA,
        people,
        assessments="""
            USUBJID | assessment_date | line | response
            A       | 2021-02-15      | 2    | SD
            A       | 2021-05-01      | 3    | PD
            B       | 2021-05-01      | 3    | PD
            C       | 2021-02-15      | 2    | SD
            C       | 2021-08-01      | 2    | PD
            D       | 2021-02-15      | 2    | SD
            D       | 2021-05-20      | 2    | PD
            F       | 2021-03-01      | 2    | PD""",
    )
    assert cells(rows, "AVAL", "CNSR", "EVNTDESC") == [
        (45, 3, "New therapy"),
        (0, 3, "New therapy"),
        (45, 4, "Missed assessments"),
        (139, 0, "PD"),
        (0, 6, "No assessment"),
        (59, 0, "PD"),
    ]


def test_new_therapy_can_be_an_event():
    rule = copy.deepcopy(RULES["pfs"])
    rule["events"].append({
        "id": "NEW_THERAPY", "description": "New therapy", "pick": "first", "gap_days": None,
        "from": [{"variable": "L3_START", "table": None, "date": None, "where": None}],
    })  # fmt: skip
    rows, _ = pfs("USUBJID | L2_START | L3_START\nA | 2021-01-01 | 2021-04-01", rule)
    assert cells(rows, "AVAL", "CNSR", "EVNTDESC") == [(90, 0, "New therapy")]


def test_follow_up_ends_before_a_long_pause_between_contacts():
    """Real-world PFS (RwPFS): end of follow-up is the start of a gap of more than 90 days."""
    rule = copy.deepcopy(RULES["os"])
    rule["dates"][0] |= {"pick": "before_gap", "gap_days": 90}
    rows, _ = derive(
        rule,
        followup="""
        USUBJID | contact_date | vital_status | death_date
        A       | 2021-02-01   | alive        |
        A       | 2021-04-01   | alive        |
        A       | 2021-10-01   | alive        |
    """,
    )
    assert cells(rows, "AVAL", "CNSR", "SRCROW") == [(90, 1, 3)]


# ---- properties ----------------------------------------------------------------------------------


def test_rows_in_another_order_give_the_same_dates_and_source_rows():
    known = patients(DEAD)
    frame = source_table("""
        USUBJID | assessment_date | line | response
        A       | 2021-02-15      | 2    | SD
        A       | 2021-04-01      | 2    | PD
        A       | 2021-04-01      | 2    | PD
    """, "assessments.csv")  # fmt: skip
    none = rows_of(EMPTY, known["USUBJID"])
    made = [
        derive_time_to_event(
            known,
            RULES["pfs"],
            {**none, "assessments": by_patient(rows, known["USUBJID"])},
            name="pfs",
        )[0]
        for rows in (frame, shuffled(frame))
    ]
    assert cells(made[0], *SHOWN) == [(90, 0, "Progressive disease", "assessments", 3)]
    pd.testing.assert_frame_equal(*(m.drop(columns="SRCSEQ") for m in made))


def test_no_time_is_negative_and_none_is_missing():
    """200 patients with random records of either side of the start, death and cut-off."""
    rng = np.random.default_rng(1)
    day = pd.Timestamp("2021-01-01")
    known = patients(
        "USUBJID | L2_START\n" + "\n".join(f"P{i:03d} | 2021-01-01" for i in range(200))
    )
    n = 1500
    frame = pd.DataFrame({
        "USUBJID": pd.array([f"P{i:03d}" for i in rng.integers(200, size=n)], dtype="string"),
        "assessment_date": (day + pd.to_timedelta(rng.integers(-400, 2000, n), "D")).as_unit("us"),
        "line": pd.array(rng.choice([1, 2, 3, None], n), dtype="Int64"),
        "response": pd.array(rng.choice(["PR", "SD", "PD", "NE", None], n), dtype="string"),
        "src_file": "a.csv", "src_sheet": None, "src_row": range(2, n + 2),
    })  # fmt: skip
    rows = rows_of(EMPTY, known["USUBJID"])
    rows["assessments"] = by_patient(frame, known["USUBJID"])
    made, _ = derive_time_to_event(known, RULES["pfs"], rows, name="pfs")
    assert made["AVAL"].min() >= 0
    assert made[["ADT", "CNSR", "EVNTDESC", "SRCDOM", "SRCVAR", "SRCSEQ"]].notna().all(axis=None)
    assert set(made["CNSR"]) == {0, 1, 2}


def test_the_day_of_the_start_may_be_day_one():
    known = patients(DEAD)
    death = "USUBJID | contact_date | vital_status | death_date\nA | | dead | 2021-01-11"
    rows = rows_of({**EMPTY, "followup": death}, known["USUBJID"])
    days = [
        derive_time_to_event(known, RULES["os"], rows, name="os", first_day=first)[0]["AVAL"][0]
        for first in (0, 1)
    ]
    assert days == [10, 11]


def test_the_flag_of_an_imputed_date_is_that_of_the_date_that_decided():
    """A: the death, of which the day was put in; B: the start, of which month and day were."""
    known = patients("USUBJID | L2_START | L2_START__DTF\nA | 2021-01-01 | \nB | 2021-07-15 | M")
    death = """
        USUBJID | contact_date | vital_status | death_date | death_flag
        A       |              | dead         | 2021-06-15 | D
        A       | 2021-03-01   | alive        |            |
    """
    rows = rows_of({**EMPTY, "followup": death}, known["USUBJID"])
    flags = {"followup": {"death_date": "death_flag"}}
    made, _ = derive_time_to_event(known, RULES["os"], rows, name="os", flags=flags)
    assert cells(made, "ADT", "ADTF") == [("2021-06-15", "D"), ("2021-07-15", "M")]
    assert list(made)[4:6] == ["ADT", "ADTF"]
    plain, _ = derive_time_to_event(
        known.drop(columns="L2_START__DTF"), RULES["os"], rows, name="os"
    )
    assert list(plain) == list(COLUMNS)


def test_two_reasons_may_share_a_code():
    rule = copy.deepcopy(RULES["pfs"])
    rule["censoring"][1]["code"] = rule["censoring"][0]["code"]
    checked = Endpoint.model_validate(rule).model_dump(mode="json")
    two = "USUBJID | L2_START\nA | 2021-01-01\nB | 2021-01-01"
    scans = "USUBJID | assessment_date | line | response\nA | 2021-03-01 | 2 | SD"
    rows, _ = derive(checked, two, assessments=scans)
    assert cells(rows, "CNSR", "EVNTDESC") == [
        (1, "No progression or death"), (1, "No evaluable assessment after baseline"),
    ]  # fmt: skip


def test_cnsr_is_turned_round_in_one_place():
    assert event_observed(pd.Series([0, 1, 2], dtype="Int64")).to_list() == [True, False, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"censoring": RULES["pfs"]["censoring"][:1]}, "the last must be `at: START`"),
        ({"not_before": "L2_START"}, "Extra inputs are not permitted"),
        ({"overrides": [{**RULES["pfs"]["censoring"][0]}]}, "each needs `when`"),
        ({"censoring": [{**RULES["pfs"]["censoring"][0], "at": "ELSEWHERE"}]}, "neither START nor"),
        ({"events": RULES["pfs"]["events"] * 2}, "an id occurs twice"),
    ],
)
def test_a_rule_that_leaves_something_open_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Endpoint.model_validate(copy.deepcopy(RULES["pfs"]) | change)
