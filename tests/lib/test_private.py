"""What holds patients' rows is closed to other accounts, whoever wrote it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.errors import run
from scripts.lib.private import make_private_folder, private_folders

OUTPUTS = [
    "data/standardised/parts/visits/a.parquet", "data/analysis/attrition.csv",
    "data/ard/curves/pfs.csv", "data/deliveries/2026-05/manifest.json", "results/quality/a.json",
    "data/gates/a.passed",
]  # fmt: skip


def mode(path: str | Path) -> int:
    return Path(path).stat().st_mode & 0o777


@pytest.fixture
def study(tmp_path, monkeypatch):
    folder = tmp_path / "analysis" / "private" / "study"  # names above `data` mean nothing
    folder.mkdir(parents=True)
    for level in (folder, *folder.parents[:2]):
        level.chmod(0o755)
    monkeypatch.chdir(folder)
    old = os.umask(0o022)
    yield folder
    os.umask(old)


def test_every_form_that_a_step_writes_below_data_is_private(study):
    def main(_):
        assert mode("data/analysis") == 0o700  # before anything is in it
        for path in OUTPUTS:
            Path(path).write_text("x")

    for path in OUTPUTS:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    run(main, SimpleNamespace(rule="a", input=[], output=OUTPUTS, log=[]))

    for path in OUTPUTS[:4]:
        assert mode(path) == 0o600, path
        assert {mode(folder) for folder in private_folders(path)} == {0o700}, path
    assert {mode("data"), mode("data/gates"), mode("results/quality")} == {0o755}
    assert {mode(path) for path in OUTPUTS[4:]} == {0o644}
    assert mode("data/records") == 0o700
    assert {mode(p) for p in Path("data/records").rglob("*.json")} == {0o600}
    assert {mode(level) for level in (study, *study.parents[:2])} == {0o755}


def test_a_folder_as_output_is_closed_with_all_below(study):
    def main(smk):
        Path("data/private/trace/deep").mkdir(parents=True)
        Path("data/private/trace/deep/a.html").write_text("x")

    run(main, SimpleNamespace(rule="a", input=[], output=["data/private/trace"], log=[]))
    assert mode("data/private/trace/deep/a.html") == 0o600
    assert mode("data/private/trace/deep") == mode("data/private/trace") == 0o700


def test_a_private_folder_leaves_what_lies_above_data_alone(study):
    make_private_folder(study / "data" / "private" / "queries")
    assert mode("data/private/queries") == mode("data/private") == 0o700
    assert mode("data") == mode(study) == 0o755
