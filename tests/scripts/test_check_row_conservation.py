"""Row counts of all tables in one."""

from __future__ import annotations

from scripts.check_row_conservation import (
    COUNTS,
    FINDINGS,
    collect,
    findings_table,
    of_drift,
    unread_files,
    unread_sheets,
)
from scripts.lib.quality.findings import with_hashes
from scripts.lib.queries.identity import identify


def counts(table: str, *parts: str) -> dict[str, object]:
    numbers = dict(zip(COUNTS, (9, 8, 6, 2, 1, 0), strict=True))
    return {"table": table, "parts": [{"part": part} | numbers for part in parts]}


def test_one_row_per_table_and_part_sorted() -> None:
    table = collect([counts("b", "x"), counts("a", "z", "y"), counts("c")])
    assert table.column_names == ["table", "part", *COUNTS]
    assert [tuple(row.values())[:3] for row in table.to_pylist()] == [
        ("a", "y", 9),
        ("a", "z", 9),
        ("b", "x", 9),
    ]


def listed(found: list[dict[str, str]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[n] for n in names) for row in findings_table(found).to_pylist()]


def test_sheets_that_no_table_reads_are_asked_about_unless_they_are_known() -> None:
    def table(*read: tuple[str, str | None, list[str]]) -> dict[str, object]:
        keys = ("file", "sheet", "sheets")
        return {"read": [dict(zip(keys, one, strict=True)) for one in read]}

    counts = [
        table(("a.xlsx", "Ward 1", ["Ward 1", "Ward 2", "Legend", "Old"]), ("b.csv", None, [])),
        table(("a.xlsx", "Ward 2", ["Ward 1", "Ward 2", "Legend", "Old"])),
    ]
    found = unread_sheets(counts, ["*|Legend"])
    assert listed(found, "table", "check_id", "severity", "file", "sheet", "row") == [
        ("row_conservation", "row_conservation.sheet_not_read", "warning", "a.xlsx", "Old", None)
    ]


def test_a_hidden_sheet_that_is_not_read_is_said_to_be_hidden() -> None:
    part = {"file": "a.xlsx", "sheet": "A", "sheets": ["A", "备份"], "hidden_sheets": ["备份"]}
    (found,) = unread_sheets([{"read": [part]}], [])
    assert (found["check_id"], found["sheet"]) == ("row_conservation.sheet_hidden", "备份")


def test_differences_from_the_delivery_before_become_findings() -> None:
    names = ("kind", "column", "likely", "detail", "mapped")
    rows = [
        ("renamed", "Remark", "Remarks", "92 % of the name", ""),
        ("new_words", "Sex", "", "2 never seen", "yes"),
        ("not_compared", "", "", "this table had no file", ""),
    ]
    place = {"file": "a.csv", "sheet": ""}
    found = of_drift([place | dict(zip(names, row, strict=True)) for row in rows])
    assert listed(found, "check_id", "severity", "file", "sheet", "column", "USUBJID") == [
        ("row_conservation.column_renamed", "info", "a.csv", None, "Remark -> Remarks", None),
        ("row_conservation.column_new_words", "warning", "a.csv", None, "Sex", None),
    ]
    question = findings_table(found)["question"][1].as_py()
    assert question.endswith("What do they mean? (2 never seen)")


def test_a_file_that_nobody_reads_is_the_same_query_when_another_one_is_gone() -> None:
    def ids(*files: str) -> list[str]:
        found = findings_table(unread_files(list(files))).to_pandas().astype({"row": "Int64"})
        found = with_hashes(found, bytes(32))
        return identify(found, {}, {"tables": {}}, [], bytes(32))["id"].to_list()

    assert ids("legend.txt", "scan.pdf")[1:] == ids("scan.pdf")


def test_without_anything_to_ask_the_findings_are_empty_and_typed() -> None:
    assert findings_table([]).schema == FINDINGS
