"""The id of a query is the same in the next delivery, whatever moves around it."""

from __future__ import annotations

import pandas as pd
import pytest

from scripts.lib.quality import findings
from scripts.lib.queries.identity import FORM, identify
from tests.small_tables import source_table

KEY = bytes(32)
SETTINGS = {
    "tables": {
        "assessments": {"headers": {"Response": ["response"]}, "date": "assessment_date"},
        "patients": {"headers": {"Born": ["birth_date"]}, "date": "birth_date"},
    }
}
SCANS = """
    USUBJID | assessment_date | response | line
    S1      | 2021-01-05      |          | 2
    S1      | 2021-03-05      |          | 2
    S1      |                 | PD       | 3
    S2      | 2021-01-05      |          | 2
"""


def finding(check: str, subject: str | None, column: str, row: int | None, **other) -> dict:
    file = None if row is None else "made.csv"
    return dict.fromkeys(findings.PRIVATE) | {
        "table": "assessments", "check_id": check, "severity": "warning", "file": file, "row": row,
        "column": column, "USUBJID": subject, "question": "?", "value_hash": "h",
    } | other  # fmt: skip


def ids(rows: list[dict], scans: str = SCANS, shift: int = 0, settings=SETTINGS) -> list[str]:
    """Ids of findings; the rows of the extract begin `shift` rows later."""
    table = source_table(scans)
    table["src_row"] += shift
    listing = pd.DataFrame(rows).astype(findings.TYPES)
    listing["row"] += shift
    tables = {"assessments": table, "patients": table.iloc[:0]}
    return identify(listing, tables, settings, ["adtte_os"], KEY)["id"].to_list()


def test_an_id_is_one_that_people_can_copy_and_no_two_are_the_same():
    found = ids(
        [finding("ASM-007", s, "response", r) for s, r in [("S1", 2), ("S1", 3), ("S2", 5)]]
    )
    assert all(FORM.fullmatch(i) for i in found)
    assert len(set(found)) == 3


def test_rows_added_above_and_another_file_name_change_no_id():
    asked = [finding("ASM-007", "S1", "response", 3)]
    assert ids(asked) == ids(asked, shift=40)


def test_a_row_added_between_and_another_cell_corrected_change_no_id():
    later = """
        USUBJID | assessment_date | response | line
        S1      | 2020-12-24      | SD       | 1
        S1      | 2021-01-05      |          | 2
        S1      | 2021-03-05      |          | 4
    """
    before = ids([finding("ASM-007", "S1", "response", 3)])
    assert ids([finding("ASM-007", "S1", "response", 4)], later) == before


def test_where_the_date_is_what_is_asked_the_rest_of_the_row_names_the_record():
    later = """
        USUBJID | assessment_date | response | line
        S1      |                 | PD       | 3
    """
    asked = "assessment_date"
    before = ids([finding("ASM-004", "S1", asked, 4)])
    assert ids([finding("ASM-004", "S1", asked, 2)], later) == before
    other = later.replace("PD", "SD")
    assert ids([finding("ASM-004", "S1", asked, 2)], other) != before


@pytest.mark.parametrize(
    "other", [{"check_id": "ASM-008"}, {"USUBJID": "S2", "row": 5}, {"column": "line"}, {"row": 2}]
)
def test_another_check_patient_field_or_record_is_another_query(other):
    one = finding("ASM-007", "S1", "response", 3)
    assert ids([one]) != ids([one | other])


def test_a_raw_header_that_is_renamed_is_the_same_field():
    rule = "assessments.reading.unknown_code"
    renamed = {"tables": {"assessments": {"headers": {"Best response": ["response"]},
                                          "date": "assessment_date"}}}  # fmt: skip
    before = ids([finding(rule, "S1", "Response", 3)])
    assert ids([finding(rule, "S1", "Best response", 3)], settings=renamed) == before


def test_a_dataset_with_one_row_a_patient_asks_the_same_whatever_row_decides_now():
    of_os = {"table": "adtte_os"}
    first = ids([finding("OS-004", "S1", "AVAL", 2, **of_os)])
    assert ids([finding("OS-004", "S1", "AVAL", 3, **of_os)]) == first


def test_findings_that_nothing_tells_apart_are_numbered():
    nobody = [finding("assessments.reading.missing_identifier", None, "No", r) for r in (2, 3)]
    found = ids(nobody)
    assert len(set(found)) == 2
    assert ids(nobody, shift=7) == found


def test_ids_are_keyed():
    listing = pd.DataFrame([finding("ASM-007", "S1", "response", 3)]).astype(findings.TYPES)
    tables = {"assessments": source_table(SCANS)}
    one, two = (
        identify(listing, tables, SETTINGS, [], k)["id"][0] for k in (KEY, bytes(31) + b"1")
    )
    assert one != two
