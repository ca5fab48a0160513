"""Each finding names its raw cell; its value goes to the private listing alone."""

from __future__ import annotations

import base64
from typing import Any

import pandas as pd

from scripts.lib.quality import findings
from scripts.lib.quality.check_frame import build_frame
from scripts.lib.quality.expectations import run_checks
from scripts.lib.quality.outcomes import Outcome
from scripts.lib.reading.pseudonyms import pseudonym
from tests.lib.quality.test_expectations import CUTOFF, suite, table

KIND = "expect_column_values_to_be_in_set"


def listed(frame: pd.DataFrame, kwargs: dict[str, Any], **more: Any) -> pd.DataFrame:
    outcome = {"status": "fail", "rows": [1], **more.pop("outcome", {})}
    made = suite({"type": KIND, "kwargs": kwargs, "severity": "critical"}, **more)
    built = build_frame(made, frame, {}, CUTOFF)
    return findings.of_check("t", Outcome(made.checks[0], **outcome), built, made.key)


RAW = table(
    USUBJID=["S1", "S2"], sex=["m", "x"], born=list(pd.to_datetime(["1960-01-01", "1961-02-03"])),
    src_file=["a.xlsx", "a.xlsx"], src_sheet=["Ward 1", "Ward 1"], src_row=[2, 3],
)  # fmt: skip


def test_a_failing_row_names_file_sheet_row_column_and_patient() -> None:
    key = bytes(range(32))
    row = findings.records(findings.with_hashes(listed(RAW, {"column": "sex"}), key))[0]

    assert [row[c] for c in ("file", "sheet", "row", "column", "USUBJID", "value")] == [
        "a.xlsx", "Ward 1", 3, "sex", "S2", "sex=x",
    ]  # fmt: skip
    assert row["value_hash"] == findings.value_hash("sex=x", key)
    assert row["value_hash"] != findings.value_hash("sex=x", bytes(32))
    assert findings.keys(row) == ["a.xlsx|Ward 1|3", "S2"]


def test_the_hash_of_a_hospital_number_tells_no_pseudonym() -> None:
    key = bytes(range(32))
    digest = bytes.fromhex(findings.value_hash("0012345", key))
    assert base64.b32encode(digest).decode()[:12] != pseudonym(key, "0012345")[1:]
    assert pseudonym(key, "0012345") == "SIFWIK2ILS27L"  # which stays as it always was


def test_a_computed_column_shows_what_it_was_made_from() -> None:
    made = {"old": "born < DATA_CUTOFF", "fine": "old and sex == 'm'"}

    row = findings.records(listed(RAW, {"column": "fine"}, columns=made))[0]

    assert (row["column"], row["value"]) == ("born, sex", "born=1961-02-03; sex=x")


def test_an_analysis_row_names_the_cell_that_decided() -> None:
    adtte = table(USUBJID=["S1", "S2"], AVAL=[1, 2], SRCFILE=["f.csv", "g.csv"], SRCROW=[4, 5])
    adtte["SRCSHEET"] = pd.array([None, None], dtype="string")

    row = findings.records(listed(adtte, {"column": "AVAL"}))[0]

    assert (row["file"], row["sheet"], row["row"]) == ("g.csv", None, 5)
    assert findings.keys(row)[0] == "g.csv||5"


def test_a_subject_variable_names_the_row_it_was_picked_from() -> None:
    subjects = table(
        USUBJID=["S1", "S2"], AGE=[3, 4], DIAGDT=[1, 2],
        DIAGDT__SRC=["d.csv||7", "d.xlsx|Ward 2|8"],
    )  # fmt: skip

    row = findings.records(listed(subjects, {"column_list": ["AGE", "DIAGDT"]}))[0]

    assert (row["file"], row["sheet"], row["row"]) == ("d.xlsx", "Ward 2", 8)


def test_a_patient_who_is_missing_is_named() -> None:
    found = listed(RAW, {"column": "USUBJID"}, outcome={"rows": [], "absent": ["S9"]})

    row = findings.records(found)[0]
    assert (row["USUBJID"], row["file"], findings.keys(row)) == ("S9", None, ["S9"])


def test_a_statement_about_the_table_is_one_finding_by_its_table() -> None:
    row = findings.records(listed(RAW, {"column": "sex"}, outcome={"rows": []}))[0]

    assert findings.keys(row) == ["t"]


def test_an_error_is_critical_and_its_message_stays_in_the_value() -> None:
    outcome = {"status": "error", "rows": [], "why": "no", "message": "bad value 'Li Wei'"}

    row = findings.records(listed(RAW, {"column": "sex"}, outcome=outcome))[0]

    assert (row["severity"], row["value"]) == ("critical", "bad value 'Li Wei'")
    assert not any("Li Wei" in str(row[name]) for name in findings.PUBLIC)


def test_tolerated_rows_are_warnings() -> None:
    found = listed(RAW, {"column": "sex"}, outcome={"status": "pass"})

    assert found["severity"].tolist() == ["warning"]


def test_what_passed_leaves_no_finding() -> None:
    assert listed(RAW, {"column": "sex"}, outcome={"status": "pass", "rows": []}).empty


def test_problems_keep_their_raw_text_and_the_severity_of_the_suite() -> None:
    problems = table(
        table=["t", "t"], rule=["unknown_code", "new_rule"], severity=["warning", "info"],
        src_file=["a.csv", "a.csv"], src_row=[2, 3], column=["Sex", "Sex"], raw=["?", None],
        USUBJID=["S1", "S2"], question=["What?", "What?"],
    )  # fmt: skip
    problems["src_sheet"] = pd.array([None, None], dtype="string")

    found = findings.of_problems("t", problems, {"unknown_code": "critical"})

    assert found["check_id"].tolist() == ["t.reading.unknown_code", "t.reading.new_rule"]
    assert found["severity"].tolist() == ["critical", "info"]
    assert found["value"].tolist() == ["?", ""]


def test_a_piece_of_text_is_one_finding_whoever_wrote_it_and_a_negated_cell_one() -> None:
    rows = [
        ("unexplained_text", 5, "S2", "new drug"), ("unexplained_text", 2, "S1", "new drug"),
        ("unexplained_text", 2, "S1", "new drug"), ("unexplained_text", 7, "S1", "other"),
        ("unexplained_text", 8, "S1", "other"), ("negated_code", 9, "S3", "no brain"),
        ("negated_code", 9, "S3", "no brain"), ("unknown_code", 4, "S4", "?"),
    ]  # fmt: skip
    problems = pd.DataFrame(rows, columns=["rule", "src_row", "USUBJID", "raw"]).assign(
        table="t", severity="warning", src_file="a.csv", src_sheet=pd.NA, column="Regimen",
        question="What?",
    )  # fmt: skip

    found = findings.of_problems("t", problems, {})

    assert found[["row", "USUBJID", "value"]].astype(object).where(found.notna(), None)[
        ["row", "USUBJID", "value"]
    ].values.tolist() == [
        [4, "S4", "?"], [9, "S3", "no brain"], [2, None, "new drug"], [7, "S1", "other"],
    ]  # fmt: skip
    assert found["question"].str.contains("Rows concerned: 2").tolist() == [
        False, False, True, True
    ]  # fmt: skip


def test_the_order_of_findings_does_not_depend_on_the_order_of_rows() -> None:
    found = pd.concat([listed(RAW, {"column": "sex"}), listed(RAW, {"column": "born"})])

    turned = findings.combine([found.iloc[::-1]])

    pd.testing.assert_frame_equal(findings.combine([found]), turned)
    assert findings.combine([]).columns.tolist() == list(findings.PRIVATE)


def test_a_finding_of_a_derivation_holds_the_value_that_is_questioned() -> None:
    """So that a waiver of one date does not cover the next wrong one in its place."""
    from scripts.lib.derivation.derived_findings import findings_of
    from scripts.lib.derivation.rows import PATIENT

    days = pd.to_datetime(pd.Series(["2021-03-05", "2021-04-05"]))
    rows = pd.DataFrame({PATIENT: [0, 1], "src_file": "a.csv", "src_row": [2, 3], "date": days})
    found = findings_of(
        rows, pd.Series(["S1", "S2"], dtype="string"), table="followup",
        check_id="adtte_os.after_death", column="contact_date", question="?", value_in="date",
    )  # fmt: skip
    assert found["value"].to_list() == ["contact_date=2021-03-05", "contact_date=2021-04-05"]
    hashed = findings.with_hashes(findings.of_derivation("adtte_os", found), bytes(32))
    assert hashed["value_hash"].is_unique


# ---- a waiver of a statement about the whole holds for what was observed


ROWS = {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 19}}
ARMS = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "rows", "min_value": 9}}


def values_of(check: dict[str, Any], n: int, **parts: Any) -> set[str]:
    made = suite(check, **parts)
    frame = table(id=[f"p{i}" for i in range(n)], arm=["a"] * n)
    built = build_frame(made, frame, {}, CUTOFF)
    (outcome,) = run_checks(made.checks, built, {}, {})
    return set(findings.of_check("t", outcome, built, ["id"])["value"])


def test_fewer_rows_than_were_waived_are_another_value() -> None:
    assert values_of(ROWS, 18) == values_of(ROWS, 18)
    assert not values_of(ROWS, 18) & (values_of(ROWS, 5) | values_of(ROWS, 1))


def test_a_count_that_rows_of_many_patients_share_is_part_of_the_value() -> None:
    groups = {"rows": {"by": ["arm"]}}

    assert values_of(ARMS, 3, groups=groups) == {"arm=a; rows=3"}
    assert values_of(ARMS, 2, groups=groups) == {"arm=a; rows=2"}
