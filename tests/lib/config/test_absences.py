"""What rests on a table or column that the hospital does not have is known before any job."""

from __future__ import annotations

import copy

import pytest

from scripts.lib.config.absences import (
    counts_not_collected,
    marked,
    never_known,
    never_true,
    not_collected,
    response_not_collected,
)
from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan import statistics_settings as statistics
from scripts.lib.plan import tables_settings as printed
from scripts.lib.plan.references import check_references
from tests.fixtures import ROOT

CONFIG = load_config(ROOT / "config")
REGISTER = {"absent": True, "reason": "no register"}


def config_without(**columns: str) -> dict:
    """The demonstration study without the radiotherapy table, and without a column of others."""
    config = copy.deepcopy(CONFIG)
    config["sources"]["tables"]["radiotherapy"] |= REGISTER | {"columns": {}, "files": []}
    for table, column in columns.items():
        config["sources"]["tables"][table]["columns"][column] |= {"absent": True, "reason": column}
    return config


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("x == 1", True),
        ("x + y > 2", True),
        ("has(x, 'a')", True),
        ("not x", True),
        ("x and y", False),  # false where y is false
        ("x or y", False),
        ("missing(x)", False),
        ("if(missing(x), y, x) > 3", False),
        ("min(x, y) > 3", False),
        ("y == 1", False),
        ("x == 1 and x != 2", True),
    ],
)
def test_an_expression_is_never_known_where_nothing_else_could_decide_it(expression, expected):
    assert never_known(expression, {"x"}) is expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("y == 1 and x == 1", True),
        ("y == 1 and not missing(x)", True),
        ("x == 1 or not missing(y)", False),
        ("y == 1 and (x == 1 or missing(x))", False),
        ("y == 1 or x == 1", False),
        ("if(y == 1, y, x) == 2 and days(x, y) > 3", True),
        (None, False),
    ],
)
def test_a_condition_is_never_true_where_one_of_its_parts_is_never_known(expression, expected):
    assert never_true(expression, {"x"}) is expected


def test_nothing_is_not_collected_in_the_demonstration_study():
    assert not_collected(CONFIG) == {}
    assert counts_not_collected(CONFIG) == {}
    assert response_not_collected(CONFIG) == ""
    assert marked([{"name": "A"}], {}) == [{"name": "A"}]


def test_variables_of_an_absent_table_or_column_and_what_is_made_of_them():
    gone = not_collected(config_without(performance_status="kps", assessments="line"))
    assert {"L1RT", "L1RT_START", "L1RTTIM", "L2RT", "L2PCI"} <= set(gone)
    assert gone["L1RT"] == "no register"
    assert {"KPSBL", "KPSGR1", "BRAINMET"} <= set(gone)
    # the line may be told by the dates, the other score is there
    assert not {"EVALUABL", "ECOGBL", "AGE"} & set(gone)


def test_counts_of_adverse_events_that_need_an_absent_column():
    gone = counts_not_collected(config_without(adverse_events="immune_related"))
    assert gone == {"ANYIR": "immune_related", "IRGC": "immune_related"}


def test_a_table_that_the_code_knows_may_be_absent():
    check_references(config_without())


def test_a_table_of_the_studys_own_has_no_columns_when_it_is_absent():
    config = config_without()
    config["sources"]["tables"]["genes"] = REGISTER | {"columns": {}}
    config["cohort"]["variables"][0] |= {"from": "genes", "column": "result"}
    with pytest.raises(Stop, match="table genes"):
        check_references(config)


def test_a_criterion_that_nobody_can_meet_stops_before_any_job():
    with pytest.raises(Stop, match="cohort.criteria: stage"):
        check_references(config_without(diagnoses="stage"))


@pytest.mark.parametrize("table", ["assessments", "followup"])
def test_a_criterion_of_which_one_part_can_hold_for_nobody_stops_too(table):
    """`EVALUABL and not missing(VITAL)`: without assessments, or without a known vital status."""
    config = config_without()
    config["sources"]["tables"][table] |= REGISTER
    with pytest.raises(Stop, match="cohort.criteria: effectiveness"):
        check_references(config)


def test_models_subgroups_and_strata_leave_out_what_is_not_collected():
    config = config_without(performance_status="kps")
    terms = {term["name"]: term for term in statistics.cox_terms(config)}
    assert terms["KPSGR1"]["not_collected"] and "not_collected" not in terms["AGE"]
    assert "KPSGR1" not in {t["name"] for t in statistics.model_frame(config)["terms"]}
    names = [v["name"] for v in statistics.subgroups(config, "pfs")["variables"]]
    assert "KPSGR1" not in names and "L1RT" not in names and "SEX" in names
    assert "L2RT" not in {s["name"] for s in statistics.log_rank(config, "pfs")["strata"]}


def test_tables_name_the_reason():
    settings = printed.table(config_without(performance_status="kps"), "table1")
    assert settings["not_collected"]["KPSBL"] == "kps"
    assert settings["not_collected"]["L1RT"] == "no register"
    assert "not_collected" not in printed.table(CONFIG, "table1")
