"""Runs killed or out of disk at a random moment, then run again: the same bytes.

A small chain of the demonstration (one table, from the raw file to standardised), once without
interruption and then, for each case, in a fresh study.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from scripts.tools.campaigns.cases import Broken, Outcome

ROOT = Path(__file__).resolve().parents[3]
STUDY = ("config", "expectations", "data/raw")
TARGETS = ("data/standardised/patients.parquet",)
MADE = ("data/staged", "data/standardised", "data/private/problems", "data/private/set_aside")
LONGEST = 900  # seconds of a run


def case(rng: random.Random, folder: Path) -> Outcome:
    """One interruption, one resumption, all bytes compared."""
    whole, took = _whole(folder)
    study = _fresh(folder / "killed")
    if rng.random() < 0.7:
        share = rng.uniform(0.1, 1.0)
        tried = f"killed after {share:.0%} of the time"
        process = _start(study, *TARGETS)
        time.sleep(share * took)
        over = process.poll() is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    else:
        limit = int(10 ** rng.uniform(2, 5))
        tried = f"no file above {limit} bytes"
        process = _start(study, *TARGETS, limit=limit)
        over = process.wait(LONGEST) == 0
    status = study / "results/STATUS"
    if status.exists() and status.read_text(encoding="utf-8").startswith("COMPLETE"):
        raise Broken(f"{tried}\nSTATUS says COMPLETE after an interruption")
    if any((study / ".snakemake/locks").glob("*")):
        _start(study, "--unlock").wait(LONGEST)
    if _start(study, *TARGETS).wait(LONGEST) != 0:
        raise Broken(f"{tried}\nthe next run does not end well")
    found = _content(study)
    wrong = sorted(name for name in {*found, *whole} if found.get(name) != whole.get(name))
    if wrong:
        raise Broken(f"{tried}\nother bytes than without interruption: {', '.join(wrong)}")
    shutil.rmtree(study)
    return Outcome("over before it" if over else "resumed", tried)


_MADE: dict[Path, tuple[dict[str, bytes], float]] = {}


def _whole(folder: Path) -> tuple[dict[str, bytes], float]:
    """What a run without interruption makes, and how long it takes."""
    if folder not in _MADE:
        study, start = _fresh(folder / "whole"), time.monotonic()
        assert _start(study, *TARGETS).wait(LONGEST) == 0, "a run without interruption ends well"
        _MADE[folder] = _content(study), time.monotonic() - start
    return _MADE[folder]


def _fresh(study: Path) -> Path:
    shutil.rmtree(study, ignore_errors=True)
    for name in STUDY:
        shutil.copytree(ROOT / name, study / name)
    key = study / "data/private/pseudonym.key"
    key.parent.mkdir(mode=0o700, parents=True)
    key.write_text("ab" * 32, encoding="ascii")
    key.chmod(0o600)
    return study


def _start(study: Path, *arguments: str, limit: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--directory",
               str(study), *arguments, "--cores", "1", "--quiet", "all"]  # fmt: skip
    return subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=None if limit is None else partial(_limit, limit),  # noqa: PLW1509
    )  # fmt: skip


def _limit(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _content(study: Path) -> dict[str, bytes]:
    paths = [p for name in MADE for p in (study / name).rglob("*") if p.is_file()]
    kept = [p for p in paths if p.name != ".snakemake_timestamp"]
    return {p.relative_to(study).as_posix(): p.read_bytes() for p in kept}
