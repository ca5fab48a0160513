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
