"""Parquet, JSON lines and compressed files -> text cells."""

from __future__ import annotations

import datetime as dt
import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.lib.errors import Stop
from tests.raw_files import read, rows_of

PACKED = gzip.compress(b"id,n\n1,a\n" * 99, mtime=0)  # no clock: it is part of a test's name


def test_typed_parquet_columns_become_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([7, 8]),
            "weight": pa.array([70.0, None]),
            "dose": pa.array([1.5, 2.0]),
            "born": pa.array([dt.date(1960, 2, 29), None]),
            "seen": pa.array([dt.datetime(2021, 3, 5), dt.datetime(2021, 3, 5, 13, 45)]),
            "alive": pa.array([True, None]),
            "sex": pa.array(["男", "女"]).dictionary_encode(),
            "sites": pa.array([["brain", "liver"], []]),
        }
    )
    pq.write_table(table, tmp_path / "raw.parquet")
    found = read(tmp_path / "raw.parquet")
    assert found.names == table.column_names
    assert rows_of(found) == [
        ("7", "70", "1.5", "1960-02-29", "2021-03-05 00:00:00.000000", "true", "男",
         '["brain", "liver"]', 1),
        ("8", "", "2", "", "2021-03-05 13:45:00.000000", "", "女", "[]", 2),
    ]  # fmt: skip


def test_json_lines_with_other_keys_in_each(tmp_path: Path) -> None:
    text = '{"id": "007", "n": 1.50}\n\n{"id": 8, "ok": true, "x": {"a": 1}, "n": null}\n'
    found = read(tmp_path / "raw.jsonl", text)
    assert found.names == ["id", "n", "ok", "x"]
    assert rows_of(found) == [("007", "1.50", "", "", 1), ("8", "", "true", '{"a": "1"}', 3)]


def test_a_line_that_is_no_object_is_set_aside(tmp_path: Path) -> None:
    found = read(tmp_path / "raw.jsonl.gz", gzip.compress(b'{"id": 1}\n{"id": \n[2]\n'))
    assert rows_of(found) == [("1", 1)]
    assert [(row, reason) for row, reason, _ in found.set_aside] == [
        (2, "malformed_row"),
        (3, "malformed_row"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("raw.csv.gz", b"id,n\n1,a\n", "is not a whole gzip file"),
        ("raw.csv.gz", PACKED[:-9], "is not a whole gzip file"),
        ("raw.csv", PACKED, "its content is gzip-compressed"),
        ("raw.parquet", b"id,n\n1,a\n", "its content is text"),
        ("raw.parquet", b"PAR1 broken PAR1", "cannot be read as a Parquet table"),
        ("raw.jsonl", b"id,n\n1,a\n", "no line is a JSON object"),
    ],
)
def test_what_is_not_what_its_ending_says_stops(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(Stop, match=message) as stop:
        read(tmp_path / name, content)
    assert name in str(stop.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"id": 1, "id": 2}', "a key occurs twice"),
        ('{"id": 1, "x": {"a": 1, "a": 2}}', "a key occurs twice"),
        (r'{"id": "\ud83d"}', "half a letter (a lone surrogate)"),
        (r'{"\ude00": 1}', "half a letter (a lone surrogate)"),
        ('{"id":' * 5000, "not a JSON object"),
        ('\ufeff{"id": 1}', "not a JSON object"),
        ('{"id": 1} {"id": 2}', "not a JSON object"),
    ],
)
def test_a_line_that_cannot_be_taken_as_it_stands_is_an_unreadable_row(
    tmp_path: Path, line: str, why: str
) -> None:
    found = read(tmp_path / "raw.jsonl", '{"id": 7}\n' + line + "\n")
    assert (rows_of(found), found.set_aside) == ([("7", 1)], [(2, "malformed_row", why)])
    assert found.last_row == 2


def test_whole_letters_and_words_for_no_number_stay_text(tmp_path: Path) -> None:
    found = read(tmp_path / "raw.jsonl", '{"id": "\\ud83d\\ude00", "n": NaN, "m": -Infinity}\n')
    assert rows_of(found) == [("😀", "NaN", "-Infinity", 1)]


def test_parquet_columns_of_any_type_are_text_or_one_message(tmp_path: Path) -> None:
    odd = {
        "when": pa.array([[dt.datetime(2021, 3, 5)]]),
        "size": pa.array([float("inf")]),
        "big": pa.array([1e300]),
        "nan": pa.array([float("nan")]),
        "none": pa.nulls(1),
        "time": pa.array([dt.time(8, 30)]),
        " id\u200b ": pa.array(["x"]),
    }
    pq.write_table(pa.table(odd), tmp_path / "raw.parquet")
    found = read(tmp_path / "raw.parquet")
    assert found.names[-1] == "id"
    assert rows_of(found) == [
        ('["2021-03-05 00:00:00"]', "inf", "1e+300", "nan", "", "08:30:00.000000", "x", 1)
    ]
    pq.write_table(pa.table({"x": pa.array([b"\xff\xfe"])}), tmp_path / "raw.parquet")
    with pytest.raises(Stop, match="holds bytes that are no text"):
        read(tmp_path / "raw.parquet")


@pytest.mark.parametrize("tail", [b"junk", PACKED[:-9], b"\x1f\x8b"])
def test_what_stands_behind_a_packed_file_is_no_part_of_it(tmp_path: Path, tail: bytes) -> None:
    with pytest.raises(Stop, match="is not a whole gzip file"):
        read(tmp_path / "raw.csv.gz", PACKED + tail)


def test_a_file_packed_in_pieces_is_one_file(tmp_path: Path) -> None:
    found = read(tmp_path / "raw.csv.gz", gzip.compress(b"id\n1\n") + gzip.compress(b"2\n"))
    assert rows_of(found) == [("1", 2), ("2", 3)]


WHOSE = {"column": "id", "width": 4, "pad": "0", "pattern": None, "upper": True}


@pytest.mark.parametrize(
    ("last", "kept"),
    [
        ("0003,c", "read"),
        ("３３３３,c", "read"),
        ("3,c", "read"),
        ("0003,c,x", "malformed_row"),
        ("0003", "malformed_row"),
        ("Total,", "footer"),
        ("Total 3,", "footer"),
        ("合计：3,", "footer"),
        ("3,", "footer"),
        ("NA,c", "footer"),
        (",a remark", "footer"),
        ("a remark", "footer"),
    ],
)
def test_a_remark_row_with_a_patient_number_is_a_row(tmp_path: Path, last: str, kept: str) -> None:
    text = f"id,n\n0001,a\n0002,b\n{last}\n"
    found = read(tmp_path / "a.csv", text, footer_rows=1, identifier=WHOSE, missing=["NA"])
    assert found.rows.tolist() == ([2, 3, 4] if kept == "read" else [2, 3])
    assert found.problems == ([("footer_with_patient", 4, None)] if kept == "read" else [])
    assert [why for _, why, _ in found.set_aside] == ([] if kept == "read" else [kept])


@pytest.mark.parametrize(("last", "read_it"), [("A-17,x", True), ("Total,x", False)])
def test_without_a_declared_form_a_number_looks_like_those_above(
    tmp_path: Path, last: str, read_it: bool
) -> None:
    own = WHOSE | {"width": None}
    text = f"id,n\nA-01,a\nB-12,b\n{last}\n"
    found = read(tmp_path / "a.csv", text, footer_rows=1, identifier=own)
    assert len(found.rows) == 2 + read_it
