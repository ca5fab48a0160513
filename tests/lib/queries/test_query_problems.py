"""One problem, one question: findings about one raw cell are one query, whoever made them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from scripts.lib.quality import findings
from scripts.lib.quality.suites import Suite
from scripts.lib.queries.answers import Answer
from scripts.lib.queries.asked import asked_queries
from scripts.lib.queries.history import Delivery, grouped, register
from scripts.lib.queries.problems import describe
from tests.small_tables import source_table

KEY = bytes(32)
VISITS = """
    USUBJID | visit_date | start_date | stop_date | line | response
    S1      | 2021-03-01 | 2021-01-01 | 2020-12-01 | 2    |
    S1      | 2021-04-01 | 2021-05-01 | 2021-06-01 | 2    | PD
    S1      | 2021-04-01 | 2021-05-02 | 2021-06-01 | 2    | CR
    S9      | 2021-07-01 | 2021-05-02 | 2021-06-01 | 1    | CR
    S9      | 2021-08-01 | 2021-05-02 | 2021-06-01 | 1    | CR
"""
DEATHS = """
    USUBJID | contact_date | death_date
    S1      | 2021-01-15   | 2020-11-30
    S9      | 2021-09-01   |
"""
HEADERS = {
    "visits": {"Visit": "visit_date", "Start": "start_date", "Stop": "stop_date", "Line": "line",
               "Response": "response"},
    "deaths": {"Contact": "contact_date", "Died on": "death_date"},
}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "tables": {
        table: {"headers": {h: [c] for h, c in headers.items()}, "identifier": ["Hospital No"],
                "date": next(iter(headers.values()))}
        for table, headers in HEADERS.items()
    },
    "columns": {}, "variables": {}, "datasets": {}, "results": ["OS"],
    "lineage": {
        "tables": ["visits", "deaths"], "picked": {"DTHDT": [["DTHDT", "deaths", "death_date"]]},
        "endpoints": {}, "aliases": {"DEAD": ["DTHDT"]}, "starts": {"adtte_os": "DTHDT"},
        "columns": {}, "looked_up": {},
    },
}  # fmt: skip


def check(id_: str, column: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_, "type": "expect_column_values_to_be_in_set", "kwargs": {"column": column},
        "severity": "warning", "category": "plausibility", "says": f"Statement of {id_}.",
        "question": f"{id_}?", "question_zh": f"{id_}？",
    } | more  # fmt: skip


VISIT_SUITE = Suite.model_validate({
    "table": "visits", "key": ["USUBJID"], "protects": "Every visit there is.",
    "joins": [{"table": "deaths", "columns": {"death_date": "DEATH"}, "take": "min"}],
    "groups": {"responses": {"by": ["USUBJID", "visit_date"], "distinct": "response"}},
    "columns": {"in_order": "start_date <= stop_date", "alive": "start_date <= DEATH"},
    "checks": [
        check("VIS-001", "in_order"), check("VIS-002", "alive"), check("VIS-003", "responses"),
        check("VIS-004", "USUBJID"), check("VIS-005", "response"),
    ],
})  # fmt: skip
SUBJECTS = pd.DataFrame(
    {"USUBJID": ["S1", "S9"], "DTHDT__SRC": ["deaths.csv||2", None]}, dtype="string"
)
ADTTE = pd.DataFrame({
    "USUBJID": ["S1"], "SRCDOM": ["subjects"], "SRCVAR": ["DTHDT"], "SRCFILE": ["deaths.csv"],
    "SRCSHEET": [None], "SRCROW": [2],
}).astype({"SRCROW": "Int64", "SRCSHEET": "string"})  # fmt: skip


def finding(check_id: str, column: str, row: int | None, subject: str | None = "S1",
            table: str = "visits", **more: Any) -> dict[str, Any]:  # fmt: skip
    return dict.fromkeys(findings.PRIVATE) | {
        "table": table, "check_id": check_id, "severity": "warning", "column": column, "row": row,
        "file": f"{table}.csv" if row else None, "USUBJID": subject, "question": f"{check_id}?",
        "value": f"{column}=x", "value_hash": f"{column}{subject}",
    } | more  # fmt: skip


def delivery(*rows: dict[str, Any], name: str = "d1") -> Delivery:
    tables = {"visits": source_table(VISITS, "visits.csv"),
              "deaths": source_table(DEATHS, "deaths.csv")}  # fmt: skip
    listing = pd.DataFrame(list(rows), columns=list(findings.PRIVATE)).astype(findings.TYPES)
    asked, cells = asked_queries(
        listing, tables, {"visits": VISIT_SUITE}, {}, SETTINGS, KEY,
        {"subjects": SUBJECTS, "adtte_os": ADTTE}, {},
    )  # fmt: skip
    return Delivery(name, asked, ["visits", "deaths", "adtte_os"], cells)


def queries(*rows: dict[str, Any]) -> pd.DataFrame:
    one = delivery(*rows)
    problem = grouped([one]).set_index("name")["problem"]
    found = describe(one.asked.assign(problem=problem.reindex(one.asked["id"]).array), one.cells)
    return found.sort_values(["file", "row"]).set_index("check_id")


UNREADABLE = finding("visits.reading.unreadable_date", "Start", 2, value="31.2.", value_hash="r")
NO_START = finding("VIS-009", "start_date", 2)
ORDER = finding("VIS-001", "start_date, stop_date", 2)
AFTER = finding("VIS-002", "start_date, DEATH", 2)


def test_a_cell_is_one_query_whatever_number_of_checks_found_it():
    found = queries(UNREADABLE, NO_START)
    assert list(found.index) == ["visits.reading.unreadable_date, VIS-009"]
    one = found.iloc[0]
    assert (one["file"], one["row"], one["header"], one["field"]) == (
        "visits.csv", 2, "Start", "start_date",
    )  # fmt: skip
    # what cannot be read is missing for the check: one question, the one that says so
    assert one["question"] == "visits.reading.unreadable_date?"
    assert len(one["asked_as"].split(", ")) == 2


def test_checks_that_share_a_cell_ask_together_and_other_rows_apart():
    found = queries(ORDER, AFTER, finding("VIS-001", "start_date, stop_date", 3))
    assert list(found.index) == ["VIS-001, VIS-002", "VIS-001"]
    assert found["header"].to_list() == ["Start, Stop", "Start, Stop"]
    assert found["places"].iloc[0] == "deaths.csv row 2: Died on; visits.csv row 2: Start, Stop"
    assert found["question"].iloc[0] == "VIS-001? VIS-002?"


def test_many_rows_held_against_one_cell_are_one_query_about_it():
    found = queries(*(finding("VIS-002", "start_date, DEATH", row) for row in (2, 3, 4)))
    assert list(found.index) == ["VIS-002"]
    assert (found["file"].iloc[0], found["row"].iloc[0]) == ("deaths.csv", 2)
    assert found["header"].iloc[0] == "Died on"
    assert found["places"].iloc[0].count("row") == 4


def test_a_patient_missing_from_the_register_is_one_query_over_all_rows_and_tables():
    strangers = [finding("VIS-004", "USUBJID", row, "S9") for row in (5, 6)]
    found = queries(*strangers)
    assert list(found.index) == ["VIS-004"]
    assert found["places"].iloc[0] == "visits.csv row 5: Hospital No; visits.csv row 6: Hospital No"


def test_one_text_that_is_no_patient_number_is_one_query():
    rule = "visits.reading.bad_identifier"
    found = queries(*(finding(rule, "Hospital No", row, None, value_hash="O1") for row in (7, 8)),
                    finding(rule, "Hospital No", 9, None, value_hash="O2"))  # fmt: skip
    assert len(found) == 2


def test_rows_of_a_group_that_contradict_each_other_are_one_query():
    column = "USUBJID, visit_date, response"
    found = queries(*(finding("VIS-003", column, row) for row in (3, 4)))
    assert list(found.index) == ["VIS-003"]
    assert found["header"].iloc[0] == "Response"  # not the columns that make the group


def test_a_finding_of_a_derived_dataset_leads_to_the_raw_cell_and_joins_its_query():
    raw = finding("DEA-001", "death_date", 2, table="deaths")
    for derived in (
        finding("SUB-001", "DTHDT", 2, table="subjects", file="deaths.csv"),
        finding("ADS-001", "DEAD", None, table="adsl"),
        finding("OS-001", "AVAL", 2, table="adtte_os", file="deaths.csv"),
        finding("MOD-001", "DTHDT", None, table="model_os"),
    ):
        found = queries(raw, derived)
        assert len(found) == 1, derived["check_id"]
        assert found["header"].iloc[0] == "Died on" and found["file"].iloc[0] == "deaths.csv"


def test_what_no_raw_cell_is_known_for_stands_alone_under_the_headers_that_its_column_reads():
    found = queries(finding("ADS-001", "DEAD", None, "S9", table="adsl"), UNREADABLE)
    assert found.loc["ADS-001", "header"] == "Died on"
    assert len(found) == 2


# ---- from delivery to delivery -------------------------------------------------------------------


def ids(*deliveries: Delivery) -> list[str]:
    named = grouped(deliveries)
    return sorted(register(deliveries, named, [], [], ["confirmed"])["id"])


def test_a_query_is_the_same_one_whichever_checks_find_its_cell():
    both, one = delivery(UNREADABLE, NO_START), delivery(NO_START, name="d2")
    assert ids(both) == ids(one) == ids(both, one)


def test_a_query_goes_on_while_any_finding_of_it_is_left():
    first, second = delivery(ORDER, AFTER), delivery(AFTER, name="d2")
    assert statuses([first, second]) == ["open"]
    assert statuses([first, delivery(name="d2")]) == ["corrected"]


def statuses(deliveries: list[Delivery], *answers: Answer, waived=()) -> list[str]:
    found = register(deliveries, grouped(deliveries), answers, waived, ["confirmed"])
    return found["status"].to_list()


def answer(id_: str, text: str, of: str = "d1", day: int = 1) -> Answer:
    return Answer(id_, of, text, "ward 3", dt.date(2026, 6, day), "a.csv", 2)


def old_id(one: Delivery, check_id: str) -> str:
    """The id that the finding had when it was a query of its own."""
    return one.asked.set_index("check_id")["id"][check_id]


@pytest.mark.parametrize("text", ["it is 2021-01-02", "confirmed"])
def test_an_answer_to_an_old_id_of_a_merged_query_is_found(text):
    one = delivery(UNREADABLE, NO_START)
    for check_id in ("visits.reading.unreadable_date", "VIS-009"):
        expected = "confirmed" if text == "confirmed" else "answered"
        assert statuses([one], answer(old_id(one, check_id), text)) == [expected]


def test_a_confirmation_of_other_cells_does_not_confirm_what_else_a_merged_query_asks():
    one = delivery(ORDER, AFTER)
    assert statuses([one], answer(old_id(one, "VIS-001"), "confirmed")) == ["reopened"]
    assert statuses([one], answer(ids(one)[0], "confirmed")) == ["confirmed"]


def test_a_confirmed_query_is_asked_again_once_another_check_finds_its_cell():
    first, second = delivery(NO_START), delivery(UNREADABLE, NO_START, name="d2")
    (query,) = ids(first)
    assert statuses([first, second], answer(query, "confirmed")) == ["reopened"]


def test_a_query_is_waived_once_all_its_findings_are():
    one = delivery(UNREADABLE, NO_START)
    assert statuses([one], waived=[old_id(one, "VIS-009")]) == ["new"]
    assert statuses([one], waived=list(one.asked["id"])) == ["waived"]
