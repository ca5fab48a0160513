"""Staging: raw file -> text cells with their place, and what was read how."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq

from tests.raw_files import Study

COLUMNS = {"n": {"from": "n"}}
TEXT = "id,n\n0001,1.50\n2,a,b\n,\n3,张\n"


def test_every_cell_is_staged_with_file_sheet_and_row(tmp_path: Path) -> None:
    study = Study(tmp_path, {"a.csv": TEXT}, columns=COLUMNS)
    notes = study.ingest("a")
    assert pq.read_table(study.path("a.staged")).to_pylist() == [
        {"id": "0001", "n": "1.50", "src_file": "a.csv", "src_sheet": None, "src_row": 2},
        {"id": "3", "n": "张", "src_file": "a.csv", "src_sheet": None, "src_row": 5},
    ]
    assert notes == {
        "file": "a.csv",
        "sheet": None,
        "sheets": [],
        "hidden_sheets": [],
        "text_points": [],
        "format": "csv",
        "encoding": "utf-8-sig",
        "date1904": False,
        "columns": ["id", "n"],
        "above": [],
        "rows_raw": 4,
        "rows_staged": 2,
        "set_aside": [
            [3, "malformed_row", "3 fields; the header has 2"],
            [4, "empty_row", ""],
        ],
        "problems": [],
    }


def test_staged_files_are_private(tmp_path: Path) -> None:
    study = Study(tmp_path, {"a.csv": TEXT}, columns=COLUMNS)
    study.ingest("a")
    modes = {Path(study.path(n)).stat().st_mode & 0o777 for n in ("a.staged", "a.json")}
    assert modes == {0o600}


def test_raw_files_stay_as_they_are_and_bytes_are_the_same_each_time(tmp_path: Path) -> None:
    study = Study(tmp_path, {"a.csv": TEXT}, columns=COLUMNS)
    before = (tmp_path / "a.csv").stat()
    digests = set()
    for _ in range(2):
        study.ingest("a")
        digests.add(hashlib.sha256(Path(study.path("a.staged")).read_bytes()).hexdigest())
    after = (tmp_path / "a.csv").stat()
    assert len(digests) == 1
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
