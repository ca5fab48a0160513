"""What stands behind an `ancient` gate runs when it must, also when the gate is made again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SNAKEFILE = """
from scripts.lib.plan import ancient_edges

ancient_edges.install()


rule all:
    input:
        "stats.txt",


rule gate:
    input:
        "suite.txt",
    output:
        "gate.passed",
    shell:
        "cp {input} {output}"


rule stats:
    input:
        data="data.txt",
        gate=ancient("gate.passed"),
    output:
        "stats.txt",
    params:
        settings={"alpha": config.get("alpha", "1")},
    shell:
        "echo {params.settings[alpha]} > {output}"
"""


def run(folder: Path, *arguments: str) -> set[str]:
    """Rules that ran."""
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", "--rerun-triggers", "mtime", "params",
         "input", *arguments],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return {rule for rule in ("gate", "stats") if f"rule {rule}:" in done.stdout}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE, encoding="utf-8")
    for name in ("suite", "data"):
        (tmp_path / f"{name}.txt").write_text(name, encoding="utf-8")
    assert run(tmp_path) == {"gate", "stats"}
    time.sleep(1.1)
    (tmp_path / "suite.txt").write_text("edited", encoding="utf-8")
    return tmp_path


def test_an_edited_suite_alone_reruns_no_statistic(folder: Path) -> None:
    assert run(folder) == {"gate"}


def test_settings_that_changed_with_the_suite_count(folder: Path) -> None:
    assert run(folder, "--config", "alpha=2") == {"gate", "stats"}
    assert run(folder, "--config", "alpha=2") == set()


def test_data_that_changed_with_the_suite_count(folder: Path) -> None:
    (folder / "data.txt").write_text("new", encoding="utf-8")

    assert run(folder) == {"gate", "stats"}


def test_an_output_that_is_missing_is_made(folder: Path) -> None:
    (folder / "stats.txt").unlink()

    assert run(folder) == {"gate", "stats"}
