"""What a query could change, on a study of six patients that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.lib.quality import findings
from scripts.lib.queries.problems import CELLS, no_cells
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.design import design, factor
from scripts.rank_queries import rank
from tests.small_tables import source_table

TREATMENTS = """
    USUBJID | start_date | drug
    S1      | 2021-01-01 | new
    S2      | 2021-01-01 | new
    S3      | 2021-01-01 | new
    S4      | 2021-01-01 | old
    S5      | 2021-01-01 | old
    S6      | 2021-01-01 | old
"""
FOLLOWUP = """
    USUBJID | contact_date | vital_status | death_date
    S1      | 2021-06-01   | alive        |
    S1      | 2021-09-01   |              |
    S2      | 2021-04-11   | dead         | 2021-04-11
    S3      | 2021-05-01   | dead         | 2021-05-01
    S4      | 2021-02-01   | dead         | 2021-02-01
    S5      | 2021-03-01   | dead         |
    S6      | 2021-07-01   | alive        |
"""
TIMES = [151, 100, 120, 31, 0, 181]  # days from 1 January; S5: no contact counts
EVENTS = [False, True, True, True, False, False]
ARMS = ["new"] * 3 + ["old"] * 3


def variable(name: str, **keys) -> dict:
    given = dict.fromkeys(
        ("from", "where", "column", "pick", "order_by", "to", "window_days", "dated", "expression",
         "cut", "cases", "otherwise", "endpoint", "unit")
    )  # fmt: skip
    return given | {"name": name, "timing": "baseline", "adsl": True} | keys


SETTINGS = {
    "subjects": {
        "variables": [
            variable("STARTED", **{"from": "treatments", "column": "start_date", "pick": "min"}),
            variable("DRUG", **{"from": "treatments", "column": "drug", "pick": "only"}),
        ],
        "dates": {"treatments": "start_date", "followup": "contact_date"},
    },
    "cohort": {
        "start": "STARTED",
        "arm": [{"when": f"DRUG == '{arm}'", "value": arm} for arm in ("new", "old")],
        "criteria": [{"id": "early", "when": "STARTED <= date('2021-02-15')", "applied": True,
                      "timing": "baseline"}],
        "data_cutoff": "2021-12-31",
    },
    "endpoints": {
        "os": {
            "param": "OS", "start": "STARTED", "not_after": None, "population": "included",
            "ignoring": [], "overrides": [],
            "events": [{"id": "DEATH", "description": "Death", "pick": "only", "from": [
                {"table": "followup", "date": "death_date", "where": "vital_status == 'dead'",
                 "variable": None}]}],
            "dates": [{"id": "ALIVE", "pick": "last", "from": [
                {"table": "followup", "date": "contact_date", "where": "vital_status == 'alive'",
                 "variable": None}]}],
            "censoring": [
                {"at": "ALIVE", "when": None, "code": 1, "description": "Alive",
                 "date_description": "Last contact"},
                {"at": "START", "when": None, "code": 2, "description": "None",
                 "date_description": "Start"}],
        }
    },
    "criteria": ["early"], "data_cutoff": "2021-12-31", "arms": ["new", "old"],
    "reference": "old", "ties": "efron", "results": ["cohort", "OS"],
    "columns": {
        "followup": {"vital_status": ["OS"], "death_date": ["OS"], "contact_date": ["OS"]},
        "treatments": {"start_date": ["cohort", "OS"], "drug": ["cohort", "OS"]},
    },
    "kinds": {
        "followup": {"contact_date": "date", "vital_status": "code", "death_date": "date",
                     "note": "text"},
        "treatments": {"start_date": "date", "drug": "code"},
    },
    "codelists": {"followup": {"vital_status": "status"}, "treatments": {"drug": "drugs"}},
    "together": {"followup": {}, "treatments": {}},
}  # fmt: skip


def ask(query: str, subject: str | None, table: str, field: str, row: int | None) -> dict:
    return dict.fromkeys(findings.PRIVATE) | {
        "id": query, "USUBJID": subject, "table": table, "field": field, "source_table": table,
        "file": f"{table}.csv", "row": row, "check_id": "X-001",
    }  # fmt: skip


def ranked(*asked: dict, none: bool = False, problems: list[dict] | None = None) -> pd.DataFrame:
    tables = {
        name: source_table(text, f"{name}.csv")
        for name, text in {"treatments": TREATMENTS, "followup": FOLLOWUP}.items()
    }
    tables["followup"]["death_date"] = tables["followup"]["death_date"].astype("datetime64[us]")
    tables["followup"]["note"] = pd.array([pd.NA] * 7, dtype="string")
    listing = pd.DataFrame(asked).astype(
        findings.TYPES | dict.fromkeys(["id", "field", "source_table"], "string")
    )
    listing = listing.iloc[:0] if none else listing
    listed = pd.DataFrame(
        problems,
        columns=[
            "rule",
            "column",
            "raw",
            "USUBJID",
            "otherwise",
            "table",
            "src_file",
            "src_sheet",
            "src_row",
            "field",
            "low",
            "high",
        ],
    )
    result = rank(
        listing, cells_of(listing), tables, listed, {"os": analysed()},
        {"status": ["alive", "dead"], "drugs": ["new", "old"]}, SETTINGS,
    )  # fmt: skip
    return result.set_index("id")


def cells_of(listing: pd.DataFrame) -> pd.DataFrame:
    """The cell that each query names."""
    named = listing.drop(columns=["table", "column"]).rename(
        columns={"source_table": "table", "field": "column", "file": "src_file",
                 "sheet": "src_sheet", "row": "src_row"}
    )  # fmt: skip
    return named.reindex(columns=CELLS).astype(no_cells().dtypes)


def analysed() -> pd.DataFrame:
    return pd.DataFrame({
        "USUBJID": pd.array([f"S{i}" for i in range(1, 7)], "string"),
        "TRT01A": pd.array(ARMS, "string"),
        "time": pd.array(TIMES, "Float64"), "event": pd.array(EVENTS, "boolean"),
    })  # fmt: skip


def hazard_ratio(times=TIMES, events=EVENTS, arms=ARMS) -> float:
    term = factor("TRT01A", ["old", "new"])
    model = design({"TRT01A": np.array(arms)}, [term])
    return float(np.exp(fit_cox(np.array(times, float), np.array(events), model).coefficient[0]))


def with_value(values: list, place: int, value) -> list:
    return [*values[:place], value, *values[place + 1 :]]


def test_a_status_may_end_the_time_or_prolong_it():
    """S1's second contact: alive there is 243 days; dead there, with its date, an event."""
    row = ranked(ask("Q1", "S1", "followup", "vital_status", 3)).loc["Q1"]
    assert row["OS_days"] == 243 - 151
    assert row["moves"] == "event may change"
    assert row["OS_hr_now"] == pytest.approx(hazard_ratio())
    dead = hazard_ratio(with_value(TIMES, 0, 243), with_value(EVENTS, 0, True))
    assert row["OS_hr_then"] == pytest.approx(dead)
    assert row["OS_hr_arm"] == "new"
    assert row["greatest"] == pytest.approx(abs(np.log(dead / hazard_ratio())))


def test_a_missing_date_of_death_is_tried_over_the_other_dates_of_the_patient():
    """S5 is known dead, not since when: from the start (1 January) to the cut-off (364 days)."""
    row = ranked(ask("Q1", "S5", "followup", "death_date", 7)).loc["Q1"]
    assert row["OS_days"] == 364
    others = [(days, hazard_ratio(with_value(TIMES, 4, days), with_value(EVENTS, 4, True)))
              for days in (0, 1, 58, 59, 60, 364)]  # fmt: skip
    furthest = max(others, key=lambda pair: abs(np.log(pair[1] / hazard_ratio())))
    assert row["OS_hr_then"] == pytest.approx(furthest[1])


def test_an_arm_may_change_and_a_start_may_exclude():
    found = ranked(
        ask("Q1", "S2", "treatments", "drug", 3), ask("Q2", "S2", "treatments", "start_date", 3)
    )
    assert found.loc["Q1", "moves"] == "arm may change" and found.loc["Q1", "OS_days"] == 0
    other_arm = hazard_ratio(arms=with_value(ARMS, 1, "old"))
    assert found.loc["Q1", "OS_hr_then"] == pytest.approx(other_arm)
    assert "may leave the analysis" in found.loc["Q2", "moves"]


def test_why_nothing_was_derived_is_said():
    found = ranked(
        ask("Q1", None, "followup", "vital_status", 3),
        ask("Q2", "S1", "followup", "note", 3),
        ask("Q3", "S4", "followup", "vital_status", None),
    )
    assert found.loc["Q1", "impact_note"] == "it is not known whose row this is"
    assert found.loc["Q2", "impact_note"] == "changes neither who is analysed nor a time"
    assert found["OS_days"].isna().all() and (found["greatest"] == 0).all()


def test_the_order_of_the_queries_changes_nothing():
    one = ask("Q1", "S1", "followup", "vital_status", 3)
    two = ask("Q2", "S5", "followup", "death_date", 7)
    pd.testing.assert_frame_equal(ranked(one, two), ranked(two, one))


def test_without_queries_nothing_is_ranked():
    one = ask("Q1", "S1", "followup", "vital_status", 3)
    nothing = ranked(one, none=True)
    assert nothing.empty and list(nothing) == list(ranked(one))


def of_text(rule: str, row: int, subject: str, **keys) -> dict:
    return {"table": "treatments", "rule": rule, "src_file": "treatments.csv", "src_sheet": None,
            "src_row": row, "column": "Regimen", "field": "drug", "raw": "piece",
            "USUBJID": subject} | keys  # fmt: skip


def about_text(query: str, subject: str | None, rule: str, row: int) -> dict:
    asked = ask(query, subject, "treatments", "drug", row)
    return asked | {"check_id": f"treatments.reading.{rule}", "column": "Regimen",
                    "value": "piece"}  # fmt: skip


def several_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SETTINGS["kinds"], "treatments", {"start_date": "date", "drug": "codes"})
    arms = [{"when": f"has(DRUG, '{arm}')", "value": arm} for arm in ("new", "old")]
    monkeypatch.setitem(SETTINGS["cohort"], "arm", arms)


def test_a_denied_code_is_tried_as_if_it_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    several_codes(monkeypatch)
    problems = [of_text("negated_code", 6, "S5", otherwise="new;old")]
    result = ranked(about_text("Q-1", "S5", "negated_code", 6), problems=problems)
    assert result.loc["Q-1", "moves"] == "arm may change"
    other = hazard_ratio(arms=with_value(ARMS, 4, "new"))
    assert result.loc["Q-1", "OS_hr_then"] == pytest.approx(other)


def test_an_unknown_piece_is_tried_as_any_code_in_all_its_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    several_codes(monkeypatch)
    problems = [of_text("unexplained_text", row, f"S{row - 1}") for row in (6, 7)]
    result = ranked(about_text("Q-1", None, "unexplained_text", 6), problems=problems)
    assert result.loc["Q-1", "moves"] == "arm may change"
    assert result.loc["Q-1", "impact_note"] == ""
    alone = [hazard_ratio(arms=with_value(ARMS, i, "new")) for i in (4, 5)]
    now = hazard_ratio()
    furthest = max(alone, key=lambda ratio: abs(np.log(ratio / now)))
    assert result.loc["Q-1", "OS_hr_then"] == pytest.approx(furthest)
