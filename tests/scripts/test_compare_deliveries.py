"""Two deliveries of the patients of test_rank_queries: what changed, because of which cell."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from scripts.compare_deliveries import compare, queries_changed, read_before, render
from scripts.lib.errors import Stop
from scripts.lib.queries.rederive import derive_again
from tests.scripts.test_rank_queries import (
    EVENTS,
    FOLLOWUP,
    SETTINGS,
    TIMES,
    TREATMENTS,
    hazard_ratio,
    with_value,
)
from tests.small_tables import source_table

COMPARE = SETTINGS | {
    "title": "A study", "notice": "", "delivery": "2026-11", "before": "2026-05",
    "all_kinds": {"followup": SETTINGS["kinds"]["followup"],
                  "treatments": SETTINGS["kinds"]["treatments"]},
    "dates": {"followup": "contact_date", "treatments": "start_date"},
    "derived_from": ["followup", "treatments"], "result_names": ["cohort", "OS"],
    "interval": "log", "confidence_level": 0.95, "days_per_month": 30.4375, "page_rows": 100,
}  # fmt: skip
REGISTER = pd.DataFrame(
    columns=["id", "status", "severity", "USUBJID", "question", "table", "file", "sheet", "row",
             "field", "affects", "first_delivery", "last_delivery"], dtype="string",
)  # fmt: skip
ARD = ["analysis", "parameter", "population", "group", "variable", "level", "statistic", "value"]


def side(followup: str = FOLLOWUP, treatments: str = TREATMENTS) -> dict:
    """A delivery as the rule reads it."""
    tables = {
        name: source_table(text, f"{name}.csv")
        for name, text in {"treatments": treatments, "followup": followup}.items()
    }
    ids = tables["treatments"]["USUBJID"].drop_duplicates().reset_index(drop=True)
    cohort, endpoints = derive_again(tables, ids, SETTINGS)
    rows = endpoints["os"].assign(USUBJID=ids.array).dropna(subset=["time"])
    return {
        "tables": tables, "cohort": cohort[["USUBJID", "reason", "TRT01A"]],
        "analysed": {"os": rows.reset_index(drop=True)},
        "ard": pd.DataFrame([["cox_univariable", "OS", "all", "", "TRT01A", "new", "hr", "0.5"]],
                            columns=ARD), "register": REGISTER,
    }  # fmt: skip


def compared(**after: str) -> dict[str, pd.DataFrame]:
    return compare(side(), side(**after), COMPARE)


def causes(frames) -> list[tuple]:
    columns = ["USUBJID", "what", "before", "after", "because", "column"]
    rows = frames["outcomes"][columns].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).to_numpy()]


def test_the_same_delivery_twice_changed_nothing():
    frames = compared()
    assert all(frames[name].empty for name in frames if name != "statistics")
    assert frames["statistics"]["difference"].to_list() == [0.0]


def test_a_death_that_came_to_be_known_is_named_with_its_cell_and_what_it_moved():
    later = FOLLOWUP.replace("-03-01   | dead         |", "-03-01   | dead         | 2021-03-01")
    frames = compared(followup=later)
    assert causes(frames) == [
        ("S5", "OS status", "censored", "event", "this alone", "death_date"),
        ("S5", "OS days", "0", "59", "this alone", "death_date"),
    ]
    (value,) = frames["values"].to_dict("records")
    assert (value["before"], value["after"], value["affects"]) == ("missing", "2021-03-01", "OS")
    assert (value["file_after"], value["row_after"]) == ("followup.csv", 7)
    moved = frames["moved"].set_index(["group", "statistic"])
    then = hazard_ratio(with_value(TIMES, 4, 59), with_value(EVENTS, 4, True))
    assert moved.loc[("new", "hr"), "after"] == pytest.approx(then)
    assert moved.loc[("new", "hr"), "before"] == pytest.approx(hazard_ratio())


def test_of_several_changes_the_one_that_brings_it_about_is_named():
    """S1's status is corrected on both contacts; the later one decides the time."""
    later = FOLLOWUP.replace("S1      | 2021-09-01   |              |",
                             "S1      | 2021-09-01   | alive        |")  # fmt: skip
    later = later.replace("S1      | 2021-06-01   | alive ", "S1      | 2021-06-01   | lost  ")
    (row,) = causes(compared(followup=later))
    assert row == ("S1", "OS days", "151", "243", "this alone", "vital_status")
    frames = compared(followup=later)
    assert frames["outcomes"]["row_after"].to_list() == [3]


def test_what_no_single_cell_brings_about_is_because_of_several():
    """S6 dies on another day than that of the contact: status and date are needed both."""
    later = FOLLOWUP.replace("S6      | 2021-07-01   | alive        |",
                             "S6      | 2021-07-01   | dead         | 2021-06-20")  # fmt: skip
    found = [row for row in causes(compared(followup=later)) if row[1] == "OS status"]
    assert {row[4] for row in found} == {"several together"}
    assert {row[5] for row in found} == {"vital_status", "death_date"}


def test_columns_that_read_one_raw_cell_are_one_cause():
    """As drugs, their classes and the regimen, which all read the cell of the regimen."""
    later = FOLLOWUP.replace("S6      | 2021-07-01   | alive        |",
                             "S6      | 2021-07-01   | dead         | 2021-06-20")  # fmt: skip
    both = ["vital_status", "death_date"]
    one_cell = {"together": {"followup": dict.fromkeys(both, both)}}
    frames = compare(side(), side(followup=later), COMPARE | one_cell)
    (found,) = [row for row in causes(frames) if row[1] == "OS status"]
    assert found[4] == "this alone" and sorted(found[5].split(", ")) == sorted(both)
    status = frames["outcomes"].set_index("what").loc["OS status"]
    assert (status["file_after"], status["row_after"]) == ("followup.csv", 8)


def test_an_arm_and_an_inclusion_that_changed():
    later = TREATMENTS.replace("S2      | 2021-01-01 | new", "S2      | 2021-01-01 | old")
    later = later.replace("S3      | 2021-01-01 | new", "S3      | 2021-03-01 | new")
    found = causes(compared(treatments=later))
    assert ("S2", "arm", "new", "old", "this alone", "drug") in found
    assert ("S3", "inclusion", "included", "excluded: early", "this alone", "start_date") in found


def test_a_row_that_was_added_or_is_gone_is_a_cause():
    lines = FOLLOWUP.rstrip().splitlines()
    found = compared(followup="\n".join([*lines, "    S6 | 2021-08-01 | alive |"]))["outcomes"]
    assert found["kind"].to_list() == ["row added"] and found["after"].to_list() == ["212"]
    gone = compared(followup="\n".join(lines[:-1]))["outcomes"]
    assert gone["kind"].to_list() == ["row gone"] and gone["after"].to_list() == ["0"]


def test_patients_added_and_gone():
    later = TREATMENTS.replace("S4      |", "S7      |")
    frames = compared(treatments=later)
    assert frames["patients"].to_numpy().tolist() == [
        ["S7", "added", "included"], ["S4", "gone", "included"],
    ]  # fmt: skip
    assert {"S4", "S7"} <= set(frames["moved"]["USUBJID"])


def test_a_cut_off_that_changed_is_no_cell():
    older = side(FOLLOWUP)
    older["analysed"]["os"].loc[0, "time"] = 100  # as an earlier cut-off had it
    frames = compare(older, side(FOLLOWUP), COMPARE)
    (row,) = causes(frames)
    assert row[:4] == ("S1", "OS days", "100", "151") and row[4].startswith("the configuration")


def test_queries_opened_closed_and_asked_again():
    register = pd.DataFrame(
        {
            "id": ["A", "B", "C", "D"], "status": ["new", "corrected", "reopened", "open"],
            "first_delivery": ["2", "1", "1", "1"], "last_delivery": ["2", "1", "2", "2"],
        }
    ).reindex(columns=REGISTER.columns)  # fmt: skip
    found = queries_changed(register, "1", "2")
    assert found[["id", "change"]].to_numpy().tolist() == [
        ["B", "closed"], ["A", "opened"], ["C", "reopened"],
    ]  # fmt: skip


def test_a_delivery_that_a_gate_stopped_cannot_be_compared(tmp_path):
    content = {"delivery": "2026-05", "stopped": "gate_table: adsl", "files": {"x.csv": None}}
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(Stop, match=r"2026-05 was stopped \(gate_table: adsl\)"):
        read_before(tmp_path / "manifest.json", COMPARE)


def test_the_page_needs_nothing_from_elsewhere_and_escapes_what_it_shows():
    from pathlib import Path

    template = Path(__file__).resolve().parents[2] / "scripts/templates/deliveries.html.j2"
    later = FOLLOWUP.replace("| dead         | 2021-05-01", "| dead         | 2021-05-02")
    frames = compared(followup=later)
    frames["queries"] = pd.DataFrame({"change": ["opened"], "question": ["<b>when</b>"]})
    page = render(frames, COMPARE, template, "Delivery 2026-06")
    assert "http" not in page and "Delivery 2026-06" in page
    assert "&lt;b&gt;when&lt;/b&gt;" in page and "S3" in page
    assert page == render(frames, COMPARE, template, "Delivery 2026-06")
