"""What a data manager is told of bad input: one message with file, row or key, and a remedy.

The first list stops the run; what is in the second is asked about row by row, and never guessed.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from scripts.lib.errors import Stop
from tests.locked_workbook import locked_xls, locked_xlsx
from tests.raw_files import Study

COLUMNS: dict[str, Any] = {
    "seen": {"from": "Seen", "type": "date", "formats": ["%d/%m/%Y", "%m/%d/%Y"]},
    "sex": {"from": "Sex", "type": "code", "codelist": "sex"},
}
SEX = "raw,value,match\nm,male,\n^f,female,regex\nx$,other,regex\n"
HEAD = "id,Seen,Sex\n"
GOOD = HEAD + "0001,31/12/2021,m\n"


def merged_header(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Ward")
        sheet.write_row(1, 0, ["0001", "31/12/2021", "m"])
        sheet.write(0, 0, "id")
        sheet.merge_range("B1:C1", "Seen and sex")


STOPS = [
    ("a.csv", gzip.compress(GOOD.encode(), mtime=0),
     "a.csv should be CSV, but its content is gzip-compressed. Save it again as CSV, or declare "
     "its true `format` in sources.yaml."),
    ("a.xlsx", GOOD.encode(),
     "a.xlsx should be XLSX, but its content is text. Save it again as XLSX, or declare its true "
     "`format` in sources.yaml."),
    ("a.xlsx", locked_xlsx(),
     "a.xlsx is password-protected. Open it with its password, save it without one and put it "
     "back."),
    ("a.xls", locked_xls(),
     "a.xls is password-protected. Open it with its password, save it without one and put it "
     "back."),
    ("a.xlsx", merged_header,
     "a.xlsx, sheet `Ward`: header cells are merged (rows 1 to 1, columns 2 to 3). Give every "
     "column its own name in one row."),
    ("a.csv", b"id,Seen,Sex,Seen\n0001,31/12/2021,m,\n",
     "a.csv has two columns of one name: columns 2, 4. Rename one of them; or correct "
     "`header_row`, where the names stand in another row."),
    ("a.csv", HEAD.encode() + b",31/12/2021,m\n,30/12/2021,f\n",
     "a.csv: no row has a usable patient number in column `id`. Correct `identifier` (column, "
     "width, pattern) of this table."),
    ("a.csv", b"id,Seen on,Sex\n0001,31/12/2021,m\n",
     "a.csv: no column `Seen` (nearest: `Seen on`). Correct the column name under `from`, or put "
     "it under `optional` where this file may lack it."),
    ("a.csv", HEAD.encode(),
     "a.csv has column names but no rows. Export it again; or declare the table `absent: true`, or "
     "`may_be_empty: true` where that is right."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "message"), STOPS, ids=range(len(STOPS)))
def test_it_stops_with_one_message(tmp_path: Path, name: str, content: Any, message: str) -> None:
    path = tmp_path / name
    content(path) if callable(content) else path.write_bytes(content)
    study = Study(tmp_path, {}, columns=COLUMNS, codelists={"sex": SEX})
    with pytest.raises(Stop) as stop:
        study.standardise("a")
    assert str(stop.value) == message


def test_a_code_list_that_overlaps_stops_with_its_rows(tmp_path: Path) -> None:
    lists = {"sex": "raw,value\nm,male\nM ,female\n"}
    study = Study(tmp_path, {"a.csv": GOOD}, columns=COLUMNS, codelists=lists)
    with pytest.raises(
        Stop, match=r"sex\.csv, row 3: row 2 gives the same text another value\. Keep"
    ):
        study.standardise("a")


ASKED = [
    ("0001,03/04/2021,m", "ambiguous_date", "Seen", "03/04/2021"),
    ("0001,31/12/2021,fx", "ambiguous_code", "Sex", "fx"),
    ("1,31/12/2021,m", "identifier_collision", "id", "1"),
]


@pytest.mark.parametrize(("row", "rule", "column", "raw"), ASKED)
def test_it_is_asked_about_and_never_guessed(
    tmp_path: Path, row: str, rule: str, column: str, raw: str
) -> None:
    text = GOOD + row + "\n"
    study = Study(tmp_path, {"a.csv": text}, columns=COLUMNS, codelists={"sex": SEX})
    kept, problems, _ = study.standardise("a")
    assert kept.num_rows == 2
    found = problems.filter(pa.compute.equal(problems["rule"], rule)).to_pylist()
    assert [(r["src_file"], r["src_row"], r["column"], r["raw"]) for r in found] == [
        ("a.csv", 3, column, raw)
    ]
    assert found[0]["question"].endswith("?")
    if column != "id":
        assert kept[{"Seen": "seen", "Sex": "sex"}[column]][1].as_py() is None


def test_a_date_of_both_readings_stays_empty_up_to_the_table(tmp_path: Path) -> None:
    text = GOOD + "0002,03/04/2021,m\n0003,04/04/2021,m\n"
    study = Study(tmp_path, {"a.csv": text}, columns=COLUMNS, codelists={"sex": SEX})
    table, _, _ = study.combine()
    assert [str(day or "")[:10] for day in table["seen"].to_pylist()] == [
        "2021-12-31", "", "2021-04-04",
    ]  # fmt: skip
    assert pq.read_table(study.path("problems"))["rule"].to_pylist() == ["ambiguous_date"]


def test_a_key_that_is_not_unique_is_asked_about_with_its_row(tmp_path: Path) -> None:
    others = {
        "stages": {"files": ["stages.csv"], "columns": {"stage": {"from": "Stage"}}},
    }
    files = {"a.csv": GOOD, "stages.csv": "id,Stage\n0001,III\n0001,IV\n"}
    study = Study(
        tmp_path, files, files=["a.csv"], joins={"stages": {}}, others=others,
        columns=COLUMNS | {"stage": {"joined": "stages.stage"}}, codelists={"sex": SEX},
    )  # fmt: skip
    table, _, _ = study.combine()
    assert table["stage"].to_pylist() == [None]
    (problem,) = pq.read_table(study.path("problems")).to_pylist()
    assert (problem["rule"], problem["src_row"], problem["column"]) == (
        "join_ambiguous", 2, "stages.stage",
    )  # fmt: skip
