"""Sets of rules beside each other: reasons by arm, and whose status or date changes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdIndex, check_unique
from scripts.lib.analysis.rule_set_rows import changes, compare, every_set
from scripts.lib.display import effect_forest
from scripts.tabulate_rule_sets import make
from tests.small_tables import cells, table

COLUMNS = "USUBJID | TRT01A | RULESET | ADT | AVAL | CNSR | EVNTDESC | CNSDTDSC"
BASE = table(f"""
    {COLUMNS}
    P1 | drug    | | 2020-03-01 | 60 | 0 | Progression |
    P2 | drug    | | 2020-05-01 | 90 | 1 | No event    | Last assessment
    P3 | control | | 2020-02-01 | 31 | 0 | Death       |
    P4 | control | | 2020-04-01 | 80 | 1 | No event    | Last assessment
    P9 | control | | 2020-04-01 | 80 | 1 | No event    | Last assessment
""")
ROWS = table(f"""
    {COLUMNS}
    P1 | drug    | strict | 2020-02-10 | 40 | 4 | Missed      | Before the gap
    P2 | drug    | strict | 2020-05-01 | 90 | 1 | No event    | Last assessment
    P3 | control | strict | 2020-02-01 | 31 | 0 | Progression |
    P4 | control | strict | 2020-03-01 | 50 | 1 | No event    | Last assessment
    P1 | drug    | loose  | 2020-03-01 | 60 | 0 | Progression |
    P2 | drug    | loose  | 2020-05-01 | 90 | 0 | New therapy |
    P3 | control | loose  | 2020-02-01 | 31 | 0 | Death       |
    P4 | control | loose  | 2020-04-01 | 80 | 1 | No event    | Last assessment
""")
SOURCE = {"SRCDOM": "assessments", "SRCFILE": "a.csv", "SRCSHEET": None, "SRCROW": 2}
DECLARED = {"events": ["Progression", "Death"], "censored": ["Missed", "No event"]}
SETTINGS: dict[str, Any] = {
    "parameter": "PFS",
    "printed": {},
    "arms": ["drug", "control"],
    "reference": "control",
    "ties": "efron",
    "confidence_level": 0.95,
    "display_p": "wald",
    "survival": {"interval": "log", "confidence_level": 0.95, "days_per_month": 30.4375},
    "base": "pfs",
    "rule_sets": {
        "pfs": DECLARED,
        "strict": DECLARED,
        "loose": DECLARED | {"events": ["Progression", "Death", "New therapy"]},
    },
}
KEY = {"analysis": "pfs_rule_sets", "parameter": "PFS"}


def together() -> pd.DataFrame:
    known = pd.Series(["P1", "P2", "P3", "P4"], dtype="string")
    return every_set(BASE.assign(**SOURCE), ROWS.assign(**SOURCE), "pfs", known)


def test_patients_who_are_not_analysed_are_left_out() -> None:
    assert "P9" not in set(together()["USUBJID"])


def test_each_set_counts_its_events_and_reasons_of_censoring_by_arm() -> None:
    rows = compare(together(), SETTINGS).rows
    check_unique(rows)
    ard = ArdIndex(rows)

    def n(name: str, group: str, variable: str, level: str) -> float | None:
        where = {"population": f"RULESET={name}", "group": group, "statistic": "n"}
        return ard.number(**KEY, **where, variable=variable, level=level)

    assert n("pfs", "drug", "event", "Progression") == 1
    assert n("strict", "drug", "event", "Progression") == 0
    assert n("strict", "drug", "censored", "Missed") == 1
    assert n("loose", "drug", "event", "New therapy") == 1
    assert n("loose", "", "censored", "No event") == 1
    for name in SETTINGS["rule_sets"]:
        where = {"population": f"RULESET={name}", "group": "", "statistic": "n"}
        parts = [
            sum(row.number or 0 for row in ard.select(**KEY, **where, variable=variable))
            for variable in ("event", "censored")
        ]
        whole = {"population": f"RULESET={name}"}
        assert parts[0] == ard.number(**KEY, **whole, statistic="events")
        assert parts[1] == ard.number(**KEY, **whole, statistic="censored")


def test_the_listing_names_whose_status_or_date_changes_and_what_decides() -> None:
    found = changes(together(), "pfs")

    assert cells(found, "USUBJID", "RULESET", "change", "decided_by", "base_decided_by") == [
        ("P1", "strict", "status and date", "Missed; Before the gap", "Progression"),
        ("P2", "loose", "status", "New therapy", "No event; Last assessment"),
        ("P4", "strict", "date", "No event; Last assessment", "No event; Last assessment"),
    ]
    assert cells(found, "ADT", "base_ADT", "CNSR", "base_CNSR")[0] == (
        "2020-02-10", "2020-03-01", 4, 0,
    )  # fmt: skip


def test_another_description_of_the_same_event_on_the_same_day_is_no_change() -> None:
    assert "P3" not in set(changes(together(), "pfs")["USUBJID"])


def test_the_table_shows_what_a_patient_has_and_says_what_each_set_assumes() -> None:
    named = [{"id": name, "label": name.title(), "assumes": f"rule {name}."}
             for name in SETTINGS["rule_sets"]]  # fmt: skip
    shown = {
        "id": "pfs_rule_sets",
        "table": {"label": "Table S1", "title": "Rules.", "footnotes": []},
        "arms": {"drug": "Drug", "control": "Control"},
        "reference": "control",
        "level": "95%",
        "parameter": "PFS",
        "rule_sets": named,
    }
    made = make(ArdIndex(compare(together(), SETTINGS).rows), shown)
    rows = [[cell.text for cell in row.cells] for row in made.rows]

    assert [row[0] for row in rows[:4]] == [
        "Pfs", "event: Progression", "event: Death", "censored: No event",
    ]  # fmt: skip
    assert rows[1][1] == "1 (50.0%)"
    assert {len(row) for row in rows} == {len(made.column_names())}
    assert made.footnotes[:3] == ["Pfs: rule pfs.", "Strict: rule strict.", "Loose: rule loose."]


def test_a_set_that_rests_on_what_is_not_recorded_says_so() -> None:
    settings = SETTINGS | {"not_collected": ["strict"]}
    rows = compare(together(), settings).rows
    strict = [row for row in rows if row.population == "RULESET=strict"]
    assert strict and {(row.value, row.note) for row in strict} == {("", "not collected")}
    shown = {"id": "r", "table": {"label": "T", "title": "t", "footnotes": []}, "level": "95%",
             "arms": {"drug": "Drug", "control": "Control"}, "reference": "control",
             "parameter": "PFS", "rule_sets": [
                 {"id": name, "label": name, "assumes": "that."} for name in SETTINGS["rule_sets"]
             ]}  # fmt: skip
    table = make(ArdIndex(rows), shown)
    line = next(row for row in table.rows if row.cells[0].text == "strict")
    assert [cell.text for cell in line.cells][5] == "Not collected"
    forest = effect_forest.forest(
        ArdIndex(rows), ("", "PFS"), [("strict", KEY | {"population": "RULESET=strict"})], shown
    )
    assert (forest.rows[0].ratio_text, forest.rows[0].ratio) == ("not collected", None)
