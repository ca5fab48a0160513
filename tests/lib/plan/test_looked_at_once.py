"""Snakemake, told to look at a file once, still sees what changed."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.io import _IOFile
from snakemake.scheduling.job_scheduler import JobScheduler

from scripts.lib.plan import looked_at_once

RULE = SimpleNamespace(workflow=SimpleNamespace(iocache=SimpleNamespace(active=False)))
NO_LIMIT = 10**9


@pytest.fixture(autouse=True)
def installed() -> None:
    looked_at_once.install()


def file_of_rule(path: Path) -> Any:
    file = _IOFile(str(path), rule=None)
    file.rule = RULE
    return file


def checksum(path: Path) -> Any:
    return asyncio.run(file_of_rule(path).checksum(NO_LIMIT))


def test_a_changed_file_is_hashed_again(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    for content in (b"one", b"two", b""):
        path.write_bytes(content)
        assert checksum(path) == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_an_unchanged_file_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"one")
    first = checksum(path)

    def refuse(*_: Any) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(hashlib, "file_digest", refuse)
    assert checksum(path) == first


@pytest.mark.parametrize("kind", ["missing", "folder", "too large"])
def test_what_has_no_checksum_still_has_none(tmp_path: Path, kind: str) -> None:
    path = tmp_path if kind == "folder" else tmp_path / "data.csv"
    if kind == "too large":
        path.write_bytes(b"four")
    file = file_of_rule(path)
    assert asyncio.run(file.checksum(3 if kind == "too large" else NO_LIMIT)) is None


def test_a_size_is_asked_for_until_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "made_later.csv"
    file = file_of_rule(path)
    scheduler = SimpleNamespace(_input_sizes={})
    jobs = [SimpleNamespace(input=[file])]

    asyncio.run(JobScheduler.update_input_sizes(scheduler, jobs))
    assert scheduler._input_sizes == {file: None}
    path.write_bytes(b"four")
    asyncio.run(JobScheduler.update_input_sizes(scheduler, jobs))
    assert scheduler._input_sizes == {file: 4}
    path.write_bytes(b"a longer text")
    asyncio.run(JobScheduler.update_input_sizes(scheduler, jobs))
    assert scheduler._input_sizes == {file: 4}


def test_calling_it_again_changes_nothing() -> None:
    before = _IOFile.checksum, JobScheduler.update_input_sizes
    looked_at_once.install()
    assert before == (_IOFile.checksum, JobScheduler.update_input_sizes)
