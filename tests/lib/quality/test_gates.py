"""When a gate opens, and what it says when it does not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from scripts.lib.quality.gates import Decision, decide, message
from scripts.lib.quality.waivers import Waiver

CUTOFF = "2024-12-31"


def entry(status: str = "fail", severity: str = "critical", **more: Any) -> dict[str, Any]:
    return {
        "id": "PFS-018", "status": status, "severity": severity, "numerator": 1,
        "denominator": 160, "says": "PFS is not longer than OS.", "why": "",
    } | more  # fmt: skip


def finding(row: int = 12, value_hash: str = "a" * 64, **more: Any) -> dict[str, Any]:
    return {
        "check_id": "PFS-018", "file": "followup.xlsx", "sheet": "Follow-up", "row": row,
        "USUBJID": f"S{row}", "keys": [f"followup.xlsx|Follow-up|{row}", f"S{row}"],
        "value_hash": value_hash,
    } | more  # fmt: skip


def waiver(key: str = "S12", **more: Any) -> Waiver:
    return Waiver(**{
        "check_id": "PFS-018", "key": key, "value_hash": "a" * 64, "reason": "seen",
        "approved_by": "a data manager", "expires": dt.date(2026, 1, 1), "line": 2,
    } | more)  # fmt: skip


def judge(
    *entries: dict[str, Any],
    findings: list[dict[str, Any]] | None = None,
    waivers: list[Waiver] | None = None,
    stops: tuple[str, ...] = ("critical",),
) -> Decision:
    verdict = {"table": "adtte_pfs", "checks": list(entries)}
    found = [finding()] if findings is None else findings
    return decide(verdict, found, waivers or [], cutoff=CUTOFF, stops=stops)


def test_passed_checks_open_the_gate() -> None:
    assert judge(entry("pass"), entry("not applicable"), findings=[]).passed


def test_a_critical_failure_shuts_it() -> None:
    assert not judge(entry()).passed


@pytest.mark.parametrize("severity", ["critical", "warning", "info"])
def test_an_error_shuts_it_whatever_its_severity_and_whatever_is_waived(severity: str) -> None:
    decided = judge(entry("error", severity), waivers=[waiver()])

    assert not decided.passed


def test_a_verdict_without_checks_shuts_it() -> None:
    assert not judge(findings=[]).passed


def test_a_warning_lets_through_and_is_counted() -> None:
    decided = judge(entry(severity="warning"), findings=[finding(1), finding(2)])

    assert (decided.passed, decided.warnings) == (True, 2)


def test_the_study_can_say_that_warnings_stop() -> None:
    assert not judge(entry(severity="warning"), stops=("critical", "warning")).passed


@pytest.mark.parametrize("key", ["S12", "followup.xlsx|Follow-up|12"])
def test_a_waiver_by_patient_or_row_lets_through(key: str) -> None:
    decided = judge(entry(), waivers=[waiver(key)])

    assert decided.passed and [w.key for w, _ in decided.waived] == [key]


def test_a_waiver_may_answer_for_a_row_that_the_suite_lets_pass() -> None:
    ended = waiver(expires=dt.date(2020, 1, 1))
    assert len(judge(entry("pass", numerator=1), waivers=[waiver()]).waived) == 1
    decided = judge(entry("pass", numerator=1), waivers=[ended])
    assert decided.passed and not decided.waived and not decided.expired


def test_every_failing_row_needs_a_waiver() -> None:
    decided = judge(entry(numerator=2), findings=[finding(12), finding(13)], waivers=[waiver()])

    assert [row["row"] for _, rows in decided.blocked for row in rows] == [13]


def test_a_new_bad_value_in_the_same_place_is_not_covered() -> None:
    assert not judge(entry(), findings=[finding(value_hash="b" * 64)], waivers=[waiver()]).passed


@pytest.mark.parametrize("other", [{"check_id": "PFS-006"}, {"key": "S13"}])
def test_a_waiver_of_another_check_or_row_does_not_count(other: dict[str, str]) -> None:
    assert not judge(entry(), waivers=[waiver(**other)]).passed


@pytest.mark.parametrize(("expires", "passed"), [("2024-12-30", False), ("2024-12-31", True)])
def test_a_waiver_ends_by_the_data_cut_off_and_not_by_today(expires: str, passed: bool) -> None:
    decided = judge(entry(), waivers=[waiver(expires=dt.date.fromisoformat(expires))])

    assert decided.passed is passed
    assert len(decided.expired) == (not passed)


def whole(value_hash: str) -> dict[str, Any]:
    return finding(value_hash=value_hash, file=None, row=None, USUBJID=None, keys=["adtte_pfs"])


def test_a_waiver_of_the_whole_table_ends_with_the_value_that_it_was_given_for() -> None:
    """18 rows of 19 were answered for; there are 5 now."""
    given = waiver("adtte_pfs", line=7)
    assert judge(entry(), findings=[whole("a" * 64)], waivers=[given]).passed

    decided = judge(entry(), findings=[whole("b" * 64)], waivers=[given])
    text = message({"table": "adtte_pfs"}, decided, waivers_file="config/waivers.csv")

    assert not decided.passed and [w.line for w, _ in decided.of_other_values] == [7]
    assert "waiver in line 7 of config/waivers.csv was given for another value" in text
    assert f"the line is\n    PFS-018,adtte_pfs,{'b' * 64},REASON,YOUR NAME,YYYY-MM-DD" in text


def test_a_waiver_that_means_another_row_of_the_patient_is_not_told() -> None:
    rows = [finding(12), finding(13, "b" * 64, USUBJID="S12", keys=["f||13", "S12"])]

    decided = judge(entry(numerator=2), findings=rows, waivers=[waiver("S12")])

    assert not decided.passed and not decided.of_other_values


def test_a_failure_that_lists_no_row_shuts_the_gate() -> None:
    assert not judge(entry(), findings=[], waivers=[waiver()]).passed


def test_the_message_says_what_where_and_what_to_do() -> None:
    rows = [finding(row) for row in range(10, 17)]
    decided = judge(
        entry(numerator=8), findings=[*rows, finding(30)],
        waivers=[waiver("S30"), waiver("S10", expires=dt.date(2020, 1, 1), line=3)],
    )  # fmt: skip

    text = message({"table": "adtte_pfs"}, decided, waivers_file="config/waivers.csv")

    assert text.splitlines() == [
        "the dataset adtte_pfs does not pass its gate: 1 check(s) failed.",
        "  PFS-018 PFS is not longer than OS.",
        "    7 of 160: followup.xlsx sheet Follow-up row 10, followup.xlsx sheet Follow-up row 11, "
        "followup.xlsx sheet Follow-up row 12, followup.xlsx sheet Follow-up row 13, followup.xlsx "
        "sheet Follow-up row 14 and 2 more (1 more waived)",
        "  waiver in line 3 of config/waivers.csv ended on 2020-01-01, before the data cut-off",
        "What to do:",
        "  many rows of one kind are seldom wrong: first see whether config/sources.yaml and"
        " config/codelists/ read them as the hospital means them",
        "  have the raw data corrected (with values: data/private/findings.csv), or, where a value"
        " is right, answer for it in config/waivers.csv:",
        *(
            f"    PFS-018,followup.xlsx|Follow-up|{row},{'a' * 64},REASON,YOUR NAME,YYYY-MM-DD"
            for row in range(10, 15)
        ),
        "  all checks: results/quality/index.html",
    ]


def test_the_message_of_an_error_says_that_the_suite_is_to_be_mended() -> None:
    decided = judge(entry("error", "info", why="there is no column `AVAL`"), findings=[])

    text = message({"table": "adtte_pfs"}, decided, waivers_file="config/waivers.csv")

    assert "PFS-018 could not be made: there is no column `AVAL`." in text
    assert "mend expectations/adtte_pfs.yaml" in text and "waivers.csv:" not in text


def test_the_message_of_an_empty_column_says_where_to_declare_it_absent() -> None:
    decided = judge(
        entry("error", "info", why="the column ecog is empty in all 8 rows"), findings=[]
    )

    text = message({"table": "performance_status"}, decided, waivers_file="config/waivers.csv")

    assert "could not be made: the column ecog is empty in all 8 rows." in text
    assert "`absent: true` and a `reason` under sources.tables.performance_status.columns" in text
    assert "mend expectations" not in text


def test_a_file_name_with_a_comma_gives_a_line_that_can_be_read(tmp_path: Any) -> None:
    from scripts.lib.quality.gates import waiver_line
    from scripts.lib.quality.waivers import COLUMNS, read_waivers

    line = waiver_line(finding(keys=["a, b.csv||3"])).replace("YYYY-MM-DD", "2026-01-01")
    path = tmp_path / "waivers.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{line}\n", encoding="utf-8")

    assert [w.key for w in read_waivers(path)] == ["a, b.csv||3"]
