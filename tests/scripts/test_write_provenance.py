"""The record names every file by its hash, and neither machine nor clock."""

from __future__ import annotations

import getpass
import hashlib
import json
import platform
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.code import ROOT
from scripts.write_provenance import main

SETTINGS = {"id": "demo", "delivery": "2026-05"}


@pytest.fixture
def inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = {
        "raw": ["data/raw/2026-05/patients.csv"],
        "config": ["config/study.yaml", "config/codelists/sex.csv"],
        "suites": ["expectations/adsl.yaml"],
    }
    for path in (path for part in paths.values() for path in part):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(f"content of {path}\n", encoding="utf-8")
    lock = Path("own.lock")
    lock.write_text(
        "pandas==2.3.3 \\\n    --hash=sha256:0\nnosuch-package==1.0\n", encoding="utf-8"
    )
    project = [str(ROOT / "scripts" / "write_provenance.py")]
    return paths | {"project": project, "lock": str(lock)}


def record(inputs):
    main(
        SimpleNamespace(
            input=inputs, output=["out.json"], params=SimpleNamespace(settings=SETTINGS)
        )
    )
    return Path("out.json").read_text(encoding="utf-8")


def test_every_file_has_its_hash_under_its_place_in_the_study(inputs):
    files = json.loads(record(inputs))["files"]
    path = "config/codelists/sex.csv"
    assert files["config"][path] == hashlib.sha256(Path(path).read_bytes()).hexdigest()
    assert list(files["project"]) == ["scripts/write_provenance.py"]
    assert list(files["raw"]) == inputs["raw"]


def test_versions_are_those_installed(inputs):
    found = json.loads(record(inputs))
    assert found["python"] == platform.python_version()
    assert found["packages"] == {"nosuch-package": "not installed", "pandas": "2.3.3"}


def test_a_changed_raw_file_changes_its_digest_alone(inputs):
    before = json.loads(record(inputs))["digests"]
    Path(inputs["raw"][0]).write_text("other\n", encoding="utf-8")
    after = json.loads(record(inputs))["digests"]
    assert [kind for kind in before if before[kind] != after[kind]] == ["raw"]


def test_same_bytes_again_without_machine_user_or_time(inputs, tmp_path):
    text = record(inputs)
    assert text == record(inputs)
    assert str(tmp_path) not in text
    assert str(ROOT) not in text
    assert f'"{getpass.getuser()}"' not in text
