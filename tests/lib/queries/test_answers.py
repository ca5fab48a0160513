"""Answers are read as people save them; a broken file gives one message with file, row, remedy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from xlsxwriter import Workbook

from scripts.lib.errors import Stop
from scripts.lib.plan.queries_settings import answer_files
from scripts.lib.queries.answers import confirms, read_answers

A, B = "Q-AAAAAAAAAAAA", "Q-BBBBBBBBBBB2"
HEAD = "id,answer,answered_by,date\n"
LINE = f"{A},confirmed,ward 3,2026-06-30\n"


def save(folder: Path, text: str, encoding: str = "utf-8", name: str = "a.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, deliveries=("2026-05",)):
    return read_answers([path], deliveries)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_of_any_spreadsheet_is_read(tmp_path, encoding):
    text = f"{HEAD}{A},确认，数值正确,三病区,2026/6/30\n".replace("，", ";")
    (found,) = read(save(tmp_path, text, encoding))
    assert (found.id, found.answered_by, found.row) == (A, "三病区", 2)
    assert found.date.isoformat() == "2026-06-30" and found.delivery == "2026-05"


@pytest.mark.parametrize("mark", [";", "\t"])
@pytest.mark.parametrize("day", ["30.6.2026", "2026.6.30", "2026年6月30日"])
def test_a_csv_of_a_spreadsheet_of_another_region_is_read(tmp_path, mark, day):
    text = (HEAD + f"{A},confirmed,ward 3,{day}\n").replace(",", mark)
    (found,) = read(save(tmp_path, text))
    assert found.answer == "confirmed" and found.date.isoformat() == "2026-06-30"


def test_rows_without_an_answer_and_further_columns_are_passed_over(tmp_path):
    text = f"status,ID,Answer,Answered by,Date\nnew,{A},,,\nnew,{B},yes,ward 3,2026-06-30\n"
    assert [a.id for a in read(save(tmp_path, text))] == [B]


def test_the_workbook_that_went_out_is_read_back_with_a_date_typed_in_excel(tmp_path):
    import datetime as dt

    from scripts.lib.queries.workbook import TO_FILL, write_workbook

    path = tmp_path / "out.xlsx"
    queries = pd.DataFrame({"id": [A, B], "status": "new", "last_delivery": "2026-05"})
    write_workbook(path, queries.astype("string"), [["STATUS"]], "Queries")
    book = Workbook(str(tmp_path / "filled.xlsx"))
    sheet, _ = book.add_worksheet("Queries"), book.add_worksheet("Statuses")
    heads = ["id", "status", *(name.replace("_", " ") for name in TO_FILL)]
    for column, head in enumerate(heads):
        sheet.write(0, column, head)
    for column, cell in enumerate([A, "new", "2026-05", "confirmed", "ward 3"]):
        sheet.write(1, column, cell)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_datetime(1, 5, dt.datetime(2026, 6, 30), day)
    book.close()
    assert read(path) == []
    (found,) = read(tmp_path / "filled.xlsx")
    assert (found.id, found.date) == (A, dt.date(2026, 6, 30))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,answer,date\n", "there is no column answered_by"),
        (f"{HEAD}Q-1,yes,ward 3,2026-06-30\n", "a.csv row 2: id is not that of a query"),
        (f"{HEAD}{LINE}{B},yes,,2026-06-30\n", "a.csv row 3: answered_by is empty"),
        (f"{HEAD}{A},yes,ward 3,30 June\n", "a.csv row 2: date is not a date like 2026-06-30"),
        (f"{HEAD}{A},yes,ward 3,2026-02-30\n", "date is not a date"),
        (f"{HEAD}{LINE}{A},no,ward 3,2026-06-30\n", "row 3: another answer than"),
        (f"{HEAD}{LINE}{B},yes\n", "a.csv row 3: "),
        ("id,id,answer,answered_by,date\n", "two columns of one name"),
        ("", "is empty"),
    ],
)
def test_a_broken_file_is_told_with_file_row_and_remedy(tmp_path, text, message):
    with pytest.raises(Stop) as stop:
        read(save(tmp_path, text))
    assert message in str(stop.value) and "a.csv" in str(stop.value)
    assert "The columns are id, answer, answered_by, date" in str(stop.value)


def test_no_message_says_what_somebody_answered(tmp_path):
    with pytest.raises(Stop) as stop:
        read(save(tmp_path, f"{HEAD}{A},Zhang San died,ward 3,never\n"))
    assert "Zhang" not in str(stop.value) and "never" not in str(stop.value)


def test_with_several_deliveries_an_answer_says_which(tmp_path):
    path = save(tmp_path, HEAD + LINE)
    with pytest.raises(Stop, match="row 2: delivery is none of 2026-05, 2026-11"):
        read(path, ("2026-05", "2026-11"))
    path = save(tmp_path, HEAD.replace("\n", ",delivery\n") + LINE.replace("\n", ",2026-11\n"))
    assert read(path, ("2026-05", "2026-11"))[0].delivery == "2026-11"


def test_a_file_that_is_not_what_its_ending_says_is_told(tmp_path):
    with pytest.raises(Stop, match=r"a\.xlsx should be XLSX|cannot be opened"):
        read(save(tmp_path, HEAD, name="a.xlsx"))


def test_a_file_of_another_kind_is_not_passed_over(tmp_path):
    save(tmp_path, "x", name="a.docx")
    with pytest.raises(Stop, match=r"a\.docx is neither CSV nor XLSX"):
        answer_files(tmp_path)
    (tmp_path / "a.docx").unlink()
    save(tmp_path, HEAD, name="~$a.xlsx")
    save(tmp_path, HEAD)
    assert [Path(path).name for path in answer_files(tmp_path)] == ["a.csv"]
    assert answer_files(tmp_path / "nothing") == []


def test_answers_that_cannot_be_reached_are_not_passed_over(tmp_path):
    (tmp_path / "a.csv").symlink_to("nowhere")
    with pytest.raises(Stop, match=r"a\.csv is a link that leads nowhere"):
        answer_files(tmp_path)
    (tmp_path / "answers").write_text("")
    with pytest.raises(Stop, match="answers is no folder"):
        answer_files(tmp_path / "answers")
    (tmp_path / "there").symlink_to("nowhere")
    with pytest.raises(Stop, match="there is no folder"):
        answer_files(tmp_path / "there")


def test_what_confirms():
    words = ["confirmed", "确认"]
    assert confirms(" Confirmed: on the certificate", words) and confirms("确认无误", words)
    assert confirms("ＣＯＮＦＩＲＭＥＤ", words)  # as an input method leaves it
    assert not confirms("确认有误，应为2021-03-05", words)
    assert not confirms("Confirmed wrong in the chart", words)
    assert not confirms("not confirmed", words) and not confirms("", words)
