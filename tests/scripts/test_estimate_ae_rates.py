"""Every arm has the same window; time runs to its end, to the follow-up's or to the first event."""

import pandas as pd
import pytest

from scripts.lib.analysis.ae_rate_rows import estimate, observed_days, read_patients, window_days
from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.effect_cells import Analysis
from scripts.tabulate_ae_rates import Maker

START = pd.Timestamp("2024-01-01").as_unit("us")
DAY = pd.Timedelta(1, "D")
AFTER_END = {"id": "after", "days": None, "after_end_days": 30}
FIRST = {"id": "first", "days": 60, "after_end_days": None}
SETTINGS = {
    "arms": ["new", "old"],
    "reference": "old",
    "printed": {},
    "conventions": {"confidence_level": 0.95, "days_per_month": 30.0},
    "windows": [AFTER_END, FIRST],
    "start": "BEGIN",
    "end": "END",
    "where": "TRTEMFL",
    "counts": [
        {"variable": "ANY", "where": None, "by": None, "levels": []},
        {"variable": "TERM", "where": None, "by": "AEDECOD", "levels": ["rash"]},
    ],
}


def dates(*days):
    return pd.Series([pd.NaT if d is None else START + d * DAY for d in days]).astype(
        "datetime64[us]"
    )


# treated 10 days and followed 300; treated on, followed 90; dead on day 20 of treatment
ADSL = pd.DataFrame({"USUBJID": list("123"), "TRT01A": ["new", "new", "old"]}).astype("string")
SUBJECTS = pd.DataFrame(
    {"USUBJID": list("1239"), "BEGIN": dates(0, 0, 0, 0), "END": dates(10, None, 20, 5)}
).astype({"USUBJID": "string"})
FOLLOW_UP = pd.DataFrame({"USUBJID": list("123"), "ADT": dates(300, 90, 20)}).astype(
    {"USUBJID": "string"}
)
PATIENTS = read_patients(ADSL, SUBJECTS, FOLLOW_UP, SETTINGS)


def events(*rows):
    """(patient, term, day of onset or None)."""
    who, terms, days = zip(*rows, strict=True)
    return pd.DataFrame(
        {"USUBJID": who, "AEDECOD": terms, "ASTDT": dates(*days)}
    ).astype({"USUBJID": "string", "AEDECOD": "string"})  # fmt: skip


def results(*rows, settings=SETTINGS):
    return ArdIndex(estimate(PATIENTS, events(*rows), settings).rows)


def number(index, statistic, population, variable="ANY", **key):
    where = {"analysis": "ae_rates", "population": population, "variable": variable}
    return index.number(statistic=statistic, **where, **key)


@pytest.mark.parametrize(("window", "expected"), [(AFTER_END, [40, 90, 20]), (FIRST, [60, 60, 20])])
def test_observation_ends_with_the_window_or_the_follow_up(window, expected):
    assert observed_days(PATIENTS, window_days(PATIENTS, window)).tolist() == expected


def test_events_outside_the_window_do_not_count_in_it():
    index = results(("1", "rash", 41), ("1", "rash", 40), ("2", "rash", 61), ("3", "cough", -1))
    assert number(index, "events", "after", group="new") == 2
    assert number(index, "n", "after", group="new") == 2
    assert number(index, "events", "first", group="new") == 2
    assert number(index, "n", "first", group="new") == 1
    assert number(index, "n", "after", group="old") == 0


def test_time_runs_to_the_first_event_and_all_events_count_over_all_time():
    index = results(("1", "rash", 15), ("1", "rash", 30), ("3", "rash", 5))
    assert number(index, "exposure", "first", group="new") == 120 / 30
    assert number(index, "exposure_to_first", "first", group="new") == (15 + 60) / 30
    assert number(index, "rate", "first", group="new") == pytest.approx(100 / 2.5)
    assert number(index, "event_rate", "first", group="new") == pytest.approx(100 * 2 / 4)


def test_an_unknown_onset_counts_and_ends_no_time():
    index = results(("1", "rash", None), ("3", "rash", 5))
    assert number(index, "n", "first", group="new") == 1
    assert number(index, "exposure_to_first", "first", group="new") == 120 / 30


def test_terms_are_the_declared_ones_and_those_of_the_data_in_every_window():
    index = results(("1", "cough", 200), ("2", "itch", 5))
    rows = index.select(variable="TERM", statistic="n", group="", population="first")
    assert [row.level for row in rows] == ["rash", "cough", "itch"]  # the cough, too


def test_no_event_among_the_controls_has_no_ratio_and_a_lower_limit():
    index = results(("1", "rash", 10), ("2", "rash", 10))
    assert number(index, "rate_ratio", "first", group="new") is None
    assert number(index, "rate_ratio_ci_low", "first", group="new") > 0
    row = index.row(
        analysis="ae_rates", population="first", variable="ANY", group="new", statistic="rate_ratio"
    )
    assert row.note.startswith("not estimable")


def test_no_order_of_patients_or_events_changes_a_number():
    rows = [("1", "rash", 3), ("1", "cough", 9), ("2", "rash", None), ("3", "itch", 8)]
    turned = estimate(PATIENTS.iloc[::-1].reset_index(drop=True), events(*rows[::-1]), SETTINGS)
    assert sorted(turned.rows) == sorted(results(*rows).rows)


def test_nobody_under_observation_is_said():
    late = FOLLOW_UP.assign(ADT=dates(0, 0, 0))
    patients = read_patients(ADSL, SUBJECTS, late, SETTINGS)
    index = ArdIndex(estimate(patients, events(("1", "rash", 0)), SETTINGS).rows)
    row = index.row(
        analysis="ae_rates", population="first", variable="ANY", group="new", statistic="rate"
    )
    assert (row.value, row.note) == ("", "not estimable: no time under observation")


def test_a_window_counts_also_where_the_study_has_no_condition_of_its_own():
    index = results(("1", "rash", 61), settings=SETTINGS | {"where": None})
    assert number(index, "n", "first", group="new") == 0


def test_a_single_arm_is_compared_with_nobody():
    one = PATIENTS[PATIENTS["TRT01A"] == "new"].reset_index(drop=True)
    settings = SETTINGS | {"arms": ["new"], "reference": "new"}
    index = ArdIndex(estimate(one, events(("1", "rash", 5)), settings).rows)
    assert number(index, "n", "first", group="new") == 1
    assert not index.select(statistic="risk_difference")


def test_a_count_that_is_not_collected_is_said_and_not_counted_as_none():
    counts = [SETTINGS["counts"][0] | {"not_collected": True}, SETTINGS["counts"][1]]
    settings = SETTINGS | {"counts": counts}
    index = results(("1", "rash", 3), settings=settings)
    rows = index.select(variable="ANY")
    assert {(row.value, row.note) for row in rows} == {("", "not collected")}
    part = {"windows": [{"id": "first", "label": "First"}], "table": {
        "label": "T", "title": "t", "footnotes": []}}  # fmt: skip
    study = {"arms": [{"id": "new", "label": "New"}, {"id": "old", "label": "Old"}],
             "reference": "old", "confidence_level": 0.95}  # fmt: skip
    shown = {"part": part, "study": study, "names": {}, "counts": counts}
    table = Maker(Analysis(index.rows), shown).make()
    line = next(row for row in table.rows if row.cells[0].text == "ANY")
    assert [cell.text for cell in line.cells[1:4]] == ["Not collected", "", ""]
