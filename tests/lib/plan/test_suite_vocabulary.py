"""What suites and waivers name is looked up in the datasets before any job."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest

from scripts.derive_adae import COLUMNS as ADAE
from scripts.derive_adrs import COLUMNS as ADRS
from scripts.lib.config.load import load_config
from scripts.lib.derivation.adtte import COLUMNS as ADTTE
from scripts.lib.errors import Stop
from scripts.lib.plan.quality_plan import absent_for, plan_quality, planned_batches
from scripts.lib.plan.suite_vocabulary import (
    datasets,
    declared_values,
    suite_problems,
    waiver_problems,
)
from scripts.lib.plan.vocabulary import Vocabulary
from scripts.lib.plan.vocabulary_shown import vocabulary
from scripts.lib.quality.suites import Group, Suite, read_suite
from scripts.lib.quality.waivers import Waiver
from scripts.lib.reading.codelists import check_codelists
from scripts.lib.reading.sources import codelist_files

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/nsclc_osimertinib"


@pytest.fixture(scope="module")
def made() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        config = load_config("config")
        tables = config["sources"]["tables"]
        yield vocabulary(config, check_codelists(codelist_files(config["sources"], tables)))


def suite(table: str, *checks: dict[str, Any], **parts: Any) -> Suite:
    common = {"severity": "warning", "category": "plausibility", "says": "Something that is said."}
    numbered = [{"id": f"XXX-{n:03}", **common, **check} for n, check in enumerate(checks)]
    given = {"table": table, "key": ["USUBJID"], "protects": "Gate of a test.", "checks": numbered}
    return Suite.model_validate(given | parts)


IN_SET = "expect_column_values_to_be_in_set"
BETWEEN = "expect_column_values_to_be_between"
NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "USUBJID"}}


def said(made: Vocabulary, one: Suite) -> str:
    found = suite_problems({one.table: one}, made, {"unknown_code"})
    return "\n".join(problem.text() for problem in found)


@pytest.mark.parametrize("folder", [ROOT, EXAMPLE])
def test_the_suites_of_the_project_name_what_there_is(folder, monkeypatch):
    monkeypatch.chdir(folder)
    plan_quality(load_config("config"))


def test_the_datasets_have_the_columns_that_their_steps_write(made):
    known = datasets(made)
    assert set(ADAE) <= set(known["adae"])
    assert set(ADRS) <= set(known["adrs"])
    assert set(ADTTE) <= set(known["adtte_pfs"])


def test_every_dataset_that_has_a_suite_is_known(made):
    planned = planned_batches(made.config).values()
    assert {table for tables in planned for table in tables} <= set(datasets(made))


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ({"type": NOT_NULL["type"], "kwargs": {"column": "KPSBLX"}}, "nearest: `KPSBL`"),
        (NOT_NULL | {"where": "SEX == 'man'"}, "`man` never occurs"),
        (NOT_NULL | {"where": "L1RT == 'yes'"}, "true or false is compared with text"),
        (NOT_NULL | {"where": "KPSBL"}, "true or false is wanted"),
        ({"type": IN_SET, "kwargs": {"column": "SEX", "value_set": ["mal", "female"]}}, "`mal`"),
        ({"type": IN_SET, "kwargs": {"column": "ECOGBL", "value_set": ["0", "1"]}}, "`0` is not"),
        ({"type": IN_SET, "kwargs": {"column": "L1RT", "value_set": ["yes"]}}, "`yes` is not"),
        ({"type": IN_SET, "kwargs": {"column": "SEX", "value_set": {"$PARAMETER": "sexs"}}},
         "`sexs`"),
        ({"type": "expect_column_values_to_not_be_in_set",
          "kwargs": {"column": "SEX", "value_set": ["unknwn"]}}, "never is `unknwn`"),
        ({"type": BETWEEN, "kwargs": {"column": "SEX", "min_value": 1}}, "compared with a number"),
        ({"type": BETWEEN, "kwargs": {"column": "TRTSDT", "min_value": 1}}, "a date is compared"),
        ({"type": BETWEEN, "kwargs": {"column": "AGE", "min_value": 90, "max_value": 18}}, "above"),
        ({"type": IN_SET, "kwargs": {"column": "L1RT", "value_set": [True, False]}}, "cannot fail"),
        ({"type": NOT_NULL["type"], "kwargs": {"column": "AGE"}, "where": "not missing(AGE)"},
         "`where` leaves out what is missing"),
        ({"type": NOT_NULL["type"], "kwargs": {"column": "AGE", "mostly": 0}}, "every row fail"),
        ({"type": "expect_column_values_to_match_regex",
          "kwargs": {"column": "AGE", "regex": "1"}}, "needs text"),
        ({"type": "expect_column_values_to_match_regex",
          "kwargs": {"column": "SEX", "regex": "(a+)+"}}, "can take for ever"),
        ({"type": "expect_column_pair_values_to_be_equal",
          "kwargs": {"column_A": "AGE", "column_B": "SEX"}}, "compared with text"),
        ({"type": "expect_compound_columns_to_be_unique",
          "kwargs": {"column_list": ["USUBJID", "ARM"]}}, "there is no column `ARM`"),
    ],
)  # fmt: skip
def test_a_check_names_and_asks_for_what_can_be(made, check, message):
    assert message in said(made, suite("adsl", check))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"key": ["USUBJIDD"]}, "key: there is no column `USUBJIDD`; nearest: `USUBJID`"),
        ({"columns": {"x": "AGE > '18'"}}, "a number is compared with text"),
        ({"columns": {"x": "AGEE > 18"}}, "nothing declares `AGEE`; nearest: `AGE`"),
        ({"groups": {"x": {"by": ["ARM"]}}}, "there is no column `ARM`"),
        ({"groups": {"x": {"by": ["TRT01A"], "where": "AGE"}}}, "true or false is wanted"),
        ({"references": {"x": {"table": "cohrt", "column": "USUBJID"}}}, "nearest: `cohort`"),
        ({"references": {"x": {"table": "cohort", "column": "ID"}}}, "there is no column `ID`"),
        ({"references": {"x": {"table": "cohort", "column": "USUBJID", "where": "reason == 'x'"}}},
         "`x` never occurs"),
        ({"joins": [{"table": "subject", "columns": {"DTHDT": "D"}}]}, "nearest: `subjects`"),
        ({"joins": [{"table": "subjects", "columns": {"DEATH": "D"}}]}, "no column `DEATH`"),
        ({"joins": [{"table": "subjects", "latest": {"TRTSDTT": "DTHDT"},
                     "columns": {"DTHDT": "D"}}]}, "no column `TRTSDTT`"),
        ({"joins": [{"table": "subjects", "where": "AGE > 'x'", "columns": {"DTHDT": "D"}}]},
         "a number is compared with text"),
        ({"groups": {"x": {"by": ["TRT01A"], "order": "AGEE", "next": "AGE"}}}, "no column `AGEE`"),
        ({"reading": {"unknown_kode": "critical"}}, "nearest: `unknown_code`"),
    ],
)  # fmt: skip
def test_a_suite_names_what_there_is(made, parts, message):
    assert message in said(made, suite("adsl", NOT_NULL, **parts))


def test_columns_that_a_suite_makes_can_be_used_in_it(made):
    one = suite(
        "followup",
        {"type": BETWEEN, "kwargs": {"column": "dates", "max_value": 1}, "where": "late"},
        {"type": IN_SET, "kwargs": {"column": "late", "value_set": [True]}},
        joins=[{"table": "treatments", "columns": {"start_date": "START"}, "take": "min"}],
        groups={"dates": {"by": ["USUBJID"], "distinct": "death_date"}},
        columns={
            "late": "START > contact_date or first or contact_date > DELIVERED",
            "unseen": "contact_date > DATA_CUTOFF and not UNREAD",
        },
    )
    one.groups["first"] = Group(by=["USUBJID"], says_no_more=True, where="unseen")
    assert said(made, one) == ""


def test_a_question_is_about_columns_that_there_are(made):
    asking = NOT_NULL | {"asks": ["AGEE"]}

    assert "there is no column `AGEE`; nearest: `AGE`" in said(made, suite("adsl", asking))


def test_an_allowed_set_may_be_wider_than_what_occurs(made):
    wide = {"column": "vital_status", "value_set": ["alive", "dead", "lost", "emigrated"]}
    one = suite("followup", {"type": IN_SET, "kwargs": wide})
    assert said(made, one) == ""
    assert "emigrated" in declared_values({"followup": one}, made)["followup", "vital_status"]


def test_a_list_never_judges_the_column_that_it_made(made):
    kwargs = {"column": "response", "value_set": {"$PARAMETER": "known"}}
    one = suite("assessments", {"type": IN_SET, "kwargs": kwargs},
                references={"known": {"codelist": "response"}})  # fmt: skip
    assert "made this column and cannot judge it" in absent_for(one, made.config)["$known"]
    other = suite("assessments", {"type": IN_SET, "kwargs": kwargs},
                  references={"known": {"codelist": "sites"}})  # fmt: skip
    assert "$known" not in absent_for(other, made.config)


@pytest.mark.parametrize("folder", [ROOT, EXAMPLE])
def test_no_shipped_suite_takes_its_values_from_a_code_list(folder):
    for path in (folder / "expectations").glob("*.yaml"):
        if path.stem != "reading":
            suites = read_suite(path)
            assert not [name for name, one in suites.references.items() if one.codelist], path


@pytest.mark.parametrize(
    ("check_id", "known"),
    [
        ("FUP-010", True), ("FUP-999", False), ("followup.reading.unknown_code", True),
        ("followup.reading.unknown_kode", False), ("subjects.SEX.contradiction", True),
        ("subjects.SEXX.contradiction", False), ("subjects.L2_START.after_cutoff", True),
        ("population.no_start", True), ("row_conservation.renamed", True),
        ("adtte_pfs.before_start", True),
        ("adtte_pf.before_start", False), ("adrs.after_death", True), ("nonsense", False),
    ],
)  # fmt: skip
def test_a_waiver_is_of_a_check_that_there_is(made, check_id, known):
    waiver = Waiver(check_id, "S1", "0" * 64, "a", "b", dt.date(2026, 1, 1), 3)
    suites = {"followup": read_suite(ROOT / "expectations/followup.yaml"),
              "adtte_pfs": read_suite(ROOT / "expectations/adtte_pfs.yaml")}  # fmt: skip
    found = list(waiver_problems([waiver], "config/waivers.csv", suites, made, {"unknown_code"}))
    assert bool(found) != known
    assert all(
        f"config/waivers.csv, line 3: there is no check `{check_id}`" in one for one in found
    )


def test_mistakes_of_configuration_lists_suites_and_waivers_come_in_one_message(
    tmp_path, monkeypatch
):
    for folder in ("expectations", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for file, old, new in (
        ("config/cohort.yaml", "has(sites, 'brain')", "has(sites, 'brian')"),
        ("config/codelists/vital_status.csv", "死亡,dead", "死亡,deceased"),
        ("expectations/adsl.yaml", "column: KPSBL, mostly", "column: KPSBLX, mostly"),
        ("config/waivers.csv", "expires\n", f"expires\nFUP-999,x,{'0' * 64},r,b,2026-01-01\n"),
    ):
        path = tmp_path / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Stop) as stop:
        plan_quality(load_config("config"))
    text = str(stop.value)
    assert "4 thing(s) cannot be meant" in text
    places = ("config/cohort.yaml, line 178", "row 6: followup.vital_status", "line 106: check ADS")
    for word in (*places, "`brian`", "there is no check `FUP-999`"):
        assert word in text
