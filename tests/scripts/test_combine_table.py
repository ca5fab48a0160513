"""Combining: parts -> one table, duplicates set aside, every row counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scripts.combine_table import combine, empty_table
from scripts.lib.tables import read_table
from tests.raw_files import Study

COLUMNS: dict[str, Any] = {"n": {"from": "n", "type": "integer"}}
COUNTS = ("rows_raw", "rows_staged", "rows_kept", "rows_set_aside", "rows_duplicate")


def places(table: pa.Table) -> list[tuple[str, int]]:
    return [(row["src_file"], row["src_row"]) for row in table.to_pylist()]


def test_parts_follow_each_other_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = {"b.csv": "id,n\n0003,3\n", "a.csv": "id,n\n0002,2\n0001,1\n"}
    table, _, _ = Study(tmp_path, files, columns=COLUMNS).combine()
    assert table["n"].to_pylist() == [2, 1, 3]
    assert table.column_names == ["USUBJID", "n", "src_file", "src_sheet", "src_row"]


def test_an_exact_duplicate_is_set_aside_with_the_row_that_stays(tmp_path: Path) -> None:
    files = {"a.csv": "id,n\n0001,1\n0001,1\n0001,2\n", "b.csv": "id,n\n 0001,1\n0002,1\n"}
    table, aside, _ = Study(tmp_path, files, columns=COLUMNS).combine()
    assert places(table) == [("a.csv", 2), ("a.csv", 4), ("b.csv", 3)]
    assert [
        (row["src_file"], row["src_row"], row["reason"], row["detail"]) for row in aside.to_pylist()
    ] == [
        ("a.csv", 3, "exact_duplicate", "a.csv||2"),
        ("b.csv", 2, "exact_duplicate", "a.csv||2"),
    ]


def test_rows_that_differ_in_an_unread_column_or_an_unreadable_value_both_stay(
    tmp_path: Path,
) -> None:
    text = "id,n,time\n0001,1,8:00\n0001,1,9:00\n0001,x,\n0001,y,\n"
    table, _, _ = Study(tmp_path, {"a.csv": text}, columns=COLUMNS).combine()
    assert table.num_rows == 4


def test_dropped_columns_do_not_tell_rows_apart(tmp_path: Path) -> None:
    text = "No,id,n\n1,0001,1\n2,0001,1\n"
    table, _, _ = Study(tmp_path, {"a.csv": text}, columns=COLUMNS, drop=["No"]).combine()
    assert places(table) == [("a.csv", 2)]


def test_duplicates_stay_where_they_are_right(tmp_path: Path) -> None:
    text = "id,n\n0001,1\n0001,1\n"
    table, aside, _ = Study(tmp_path, {"a.csv": text}, columns=COLUMNS, duplicates="keep").combine()
    assert (table.num_rows, aside.num_rows) == (2, 0)


def test_counts_by_part(tmp_path: Path) -> None:
    files = {
        "a.csv": "id,n\n0001,1\n0001,1\n,1\n\n1,2,3\n0002,2\nTotal\n",
        "b.csv": "id,n\n0002,2\n0003,x\nTotal\n",
    }
    study = Study(tmp_path, files, columns=COLUMNS, footer_rows=1)
    table, _, counts = study.combine()
    assert counts["table"] == "notes"
    assert [(part["part"], *(part[name] for name in COUNTS)) for part in counts["parts"]] == [
        ("a", 7, 4, 2, 4, 1),
        ("b", 3, 2, 1, 1, 1),
    ]
    assert table.num_rows == 3
    assert str(read_table(study.path("table"))["n"].dtype) == "Int64"


def test_a_chinese_extract_of_a_workbook_and_a_gb18030_file(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "一病区.xlsx") as book:
        sheet = book.add_worksheet("登记表")
        rows = [
            ["登记表"],
            ["住院号", "日期", "疗效"],
            [12, 44260, "部分缓解"],
            ["00１３", "2021年3月", "ＰＤ"],
        ]
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    text = "登记表,,\n住院号,日期,疗效\n0012,2021年3月5日,ＰＲ\n0014,2021/3/5,进展\n"
    study = Study(
        tmp_path,
        {"二病区.csv": text.encode("gb18030")},
        header_row=2,
        encoding="detect",
        columns={
            "date": {
                "from": "日期",
                "type": "date",
                "formats": ["%Y年%m月%d日", "%Y/%m/%d", "excel", "partial:%Y年%m月"],
            },
            "response": {"from": "疗效", "type": "code", "codelist": "response"},
        },
        codelists={"response": "raw,value,match\npr,PR,\n部分缓解,PR,\npd|进展,PD,regex\n"},
        defaults={"identifier": {"column": "住院号", "width": 4}},
    )
    table, _, _ = study.combine()
    assert [
        (
            row["src_file"],
            row["src_sheet"],
            row["src_row"],
            f"{row['date']:%Y-%m-%d}",
            row["response"],
        )
        for row in table.to_pylist()
    ] == [
        ("一病区.xlsx", "登记表", 3, "2021-03-05", "PR"),
        ("一病区.xlsx", "登记表", 4, "2021-03-15", "PD"),
        ("二病区.csv", None, 3, "2021-03-05", "PR"),
        ("二病区.csv", None, 4, "2021-03-05", "PD"),
    ]
    assert table["USUBJID"][0] == table["USUBJID"][2]
    rules = pq.read_table(study.path("problems"))["rule"].to_pylist()
    assert sorted(rules) == ["encoding_detected", "identifier_padded", "partial_date_imputed"]


LINES = st.sampled_from(
    ["0001,1", "0002,2", ",3", "0003,x", "", "1,2,3", "99999,1", "0001,1,", "  "]
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(LINES, min_size=1, max_size=12), min_size=1, max_size=3))
def test_no_row_is_ever_lost(tmp_path_factory: Any, parts: list[list[str]]) -> None:
    folder = tmp_path_factory.mktemp("study")
    files = {
        f"p{i}.csv": "\n".join(["id,n", *lines, "0009,9", ""]) for i, lines in enumerate(parts)
    }
    _, _, counts = Study(folder, files, columns=COLUMNS, where="n != 2").combine()
    for part, lines in zip(counts["parts"], parts, strict=True):
        assert part["rows_raw"] == len(lines) + 1
        assert part["rows_raw"] == sum(part[name] for name in COUNTS[2:])


def test_a_table_that_the_hospital_does_not_have_is_empty_but_typed() -> None:
    table = empty_table({"start_date": "date", "line": "integer"})
    assert table.num_rows == 0
    assert table.column_names[:3] == ["USUBJID", "start_date", "line"]


def test_an_empty_table_goes_through_every_step() -> None:
    conflicts = {"key": ["line"], "decide": []}
    settings = {"duplicates": "set_aside", "types": {"line": "integer"}, "joined": {}, "joins": {}}
    table, aside, problems = combine(
        "notes", [], settings | {"conflicts": conflicts, "files": []}, {}
    )
    assert (table.num_rows, [part.num_rows for part in aside], problems) == (0, [0, 0], [])


# ---- one person under two numbers

PEOPLE: dict[str, Any] = {"birth_date": {"from": "Born", "type": "date"}}
HEADER = "id,Born,Name,Phone,Ward\n"


def people(folder: Path, files: dict[str, str]) -> list[tuple[Any, ...]]:
    """Row, column and raw text of the questions whether two patients are one person."""
    study = Study(folder, files, columns=PEOPLE, drop=["Name", "Phone", "Ward"])
    study.combine()
    problems = pq.read_table(study.path("problems")).to_pylist()
    return [
        (p["src_file"], p["src_row"], p["column"], p["raw"].split(" ")[1])
        for p in problems
        if p["rule"] == "same_person"
    ]


def test_one_person_under_two_numbers_is_asked_about_once_whatever_the_writing(
    tmp_path: Path,
) -> None:
    others = "".join(f"1{i:03d},1950-01-{i % 28 + 1:02d},N{i},13{i:05d},A\n" for i in range(40))
    first = HEADER + "0001,1961-05-02,Li Wei,555-12 34,A\n" + others
    second = HEADER + "0002,1961-05-02,ＬＩ  ＷＥＩ,5551234,B\n0003,1961-05-02,Wu Jing,,A\n"

    asked = people(tmp_path, {"a.csv": first, "b.csv": second})

    assert asked == [("b.csv", 2, "Name, Phone", "a.csv||2")]


def test_a_column_in_which_many_agree_identifies_nobody(tmp_path: Path) -> None:
    born = "0001,1961-05-02,A,1,East\n0002,1961-05-02,B,2,East\n"
    others = "".join(f"1{i:03d},1950-02-{i % 28 + 1:02d},N{i},3{i},East\n" for i in range(40))

    assert people(tmp_path, {"a.csv": HEADER + born + others}) == []


def test_blanks_and_one_number_twice_are_no_second_person(tmp_path: Path) -> None:
    rows = "0001,1961-05-02,,,\n0002,1961-05-02,,,\n0003,1970-01-01,C,3,A\n0003,1970-01-01,C,4,A\n"

    assert people(tmp_path, {"a.csv": HEADER + rows}) == []


def test_the_hashes_of_names_leave_no_name_and_stay_with_the_parts(tmp_path: Path) -> None:
    text = HEADER + "0001,1961-05-02,Li Wei,5551234,A\n0002,1962-05-02,LI WEI,555-1234,B\n"
    study = Study(tmp_path, {"a.csv": text}, columns=PEOPLE, drop=["Name", "Phone", "Ward"])
    part, _, _ = study.standardise("a")
    table, _, _ = study.combine()

    hashes = part["same person: Name"].to_pylist()
    assert hashes[0] == hashes[1] != part["same person: Phone"][0].as_py()
    assert "Li Wei" not in str(part.to_pylist())
    assert [name for name in table.column_names if "person" in name] == []
