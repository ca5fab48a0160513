"""Ways round a gate: nothing may be computed from what did not pass.

Each case makes a dataset, its suite and its passed gate, each with the record of its step, goes
round the gate in one to three ways, and runs a statistic through the door of every step
(`scripts.lib.errors.run`). Held: it stopped, or what it read is, byte for byte, what had passed.
What was edited has to be seen by the next parse (`records.review`) as well.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.gate_table import token
from scripts.lib import records
from scripts.lib.errors import run
from scripts.tools.campaigns.cases import Broken, Outcome

DATA, OTHER = Path("data/analysis/adsl.parquet"), Path("data/analysis/adae.parquet")
GATE, SUITE = Path("data/gates/adsl.passed"), Path("expectations/adsl.yaml")
RESULT = Path("results/ard/baseline.csv")
MADE = (DATA, GATE)  # by steps; the suite is what people edit


def case(rng: random.Random, folder: Path) -> Outcome:
    """A passed dataset, some ways round its gate, and a statistic."""
    study = folder / "gates"
    shutil.rmtree(study, ignore_errors=True)
    study.mkdir()
    chosen = [rng.choice(WAYS) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    tried = ", ".join(way.__name__ for way in chosen) or "nothing"
    with contextlib.chdir(study):
        passed = _passed(rng)
        for way in chosen:
            # an earlier way took the file, or linked it
            with contextlib.suppress(FileNotFoundError, shutil.SameFileError):
                way(rng)
        records._cache.cache_clear()
        computed = _statistic()
        same = all(path.exists() and path.read_bytes() == passed[path] for path in (DATA, SUITE))
        if computed and not same:
            raise Broken(f"{tried}\na statistic was computed from what did not pass")
        if not computed and not chosen:
            raise Broken(f"{tried}\na statistic was refused although nothing was changed")
        _seen(tried, passed)
    return Outcome("computed from what passed" if computed else "refused", tried)


def _passed(rng: random.Random) -> dict[Path, bytes]:
    """Files of a study whose gate was passed, with their records."""
    for path in (DATA, OTHER, SUITE):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(200))
    verdict = {"table": "adsl", "suite_sha256": records.sha256(SUITE)}
    verdict["dataset_sha256"] = records.sha256(DATA)
    GATE.parent.mkdir(parents=True)
    decision: Any = SimpleNamespace(waived=[], warnings=0)
    GATE.write_text(json.dumps(token(verdict, decision)), encoding="utf-8")
    records.write_record("derive_adsl", [str(DATA)], {})
    records.write_record("gate_table", [str(GATE)], records.look([str(DATA), str(SUITE)]))
    return {path: path.read_bytes() for path in (DATA, SUITE, GATE)}


def _statistic() -> bool:
    """Whether a statistic of the dataset was computed."""

    def main(_: Any) -> None:
        RESULT.parent.mkdir(parents=True, exist_ok=True)
        RESULT.write_bytes(DATA.read_bytes())

    step = SimpleNamespace(
        rule="describe_cohort", input=[str(DATA), str(GATE)], output=[str(RESULT)],
        log=["logs/describe_cohort.log"],
    )  # fmt: skip
    try:
        run(main, step)
    except SystemExit:
        return RESULT.exists()
    return True


def _seen(tried: str, passed: dict[Path, bytes]) -> None:
    """The next parse has every edited file made again; one without a record is made anyway."""
    made = records.read_records()
    edited = records.review(made).edited
    for path in MADE:
        changed = path.exists() and path.read_bytes() != passed[path]
        if changed and str(path) in made and str(path) not in edited:
            raise Broken(f"{tried}\n{path} was edited, and the next parse does not see it")


# ---- ways


def _keep_date(path: Path, data: bytes) -> None:
    """Another content of the same date."""
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def edited_dataset(rng: random.Random) -> None:
    """A byte of the dataset is another; its date and size stay."""
    data = bytearray(DATA.read_bytes())
    data[rng.randrange(len(data))] ^= rng.randint(1, 255)
    _keep_date(DATA, bytes(data))


def copied_dataset(rng: random.Random) -> None:
    """Another file in its place, by copy, link or renaming."""
    way = rng.choice(["copy", "link", "rename"])
    if way == "copy":
        shutil.copy2(OTHER, DATA)
    else:
        DATA.unlink()
        DATA.symlink_to(OTHER.resolve()) if way == "link" else OTHER.rename(DATA)


def cut_dataset(rng: random.Random) -> None:
    """The dataset ends within itself."""
    os.truncate(DATA, rng.randrange(200))


def edited_token(rng: random.Random) -> None:
    """The token written by hand, of another dataset, cut off, or with other types."""
    text = GATE.read_text(encoding="utf-8")
    right = {"table": "adae", "suite_sha256": "0" * 64, "dataset_sha256": records.sha256(OTHER)}
    at = rng.randrange(len(text))
    new = rng.choice(
        ["", "{}", "[]", "null", "passed", '{"dataset_sha256": null}', text[:at], json.dumps(right),
         text[:at] + rng.choice("0a}{") + text[at + 1 :]]
    )  # fmt: skip
    _keep_date(GATE, new.encode())


def deleted_token(_: random.Random) -> None:
    """No gate at all."""
    GATE.unlink()


def edited_suite(rng: random.Random) -> None:
    """A suite that nobody held the dataset against."""
    _keep_date(SUITE, SUITE.read_bytes() + rng.choice([b"\n", b"x"]))


def deleted_record(rng: random.Random) -> None:
    """What the steps recorded is gone, cut off, or of another file."""
    path = records.record_path(str(rng.choice(MADE)))
    way = rng.choice(["gone", "cut", "empty", "other", "all"])
    if way == "gone":
        path.unlink()
    elif way == "cut":
        path.write_text(path.read_text(encoding="utf-8")[:20], encoding="utf-8")
    elif way in ("empty", "other"):
        text = '{"rule": "x", "files": {}}' if way == "empty" else '{"rule": "x"}'
        path.write_text(text, encoding="utf-8")
    else:
        shutil.rmtree(records.RECORDS)


def touched(rng: random.Random) -> None:
    """Newer or older dates, and the same content."""
    path, date = rng.choice([DATA, GATE, SUITE]), rng.choice([1, 1_600_000_000, 4_000_000_000])
    os.utime(path, (date, date))


WAYS: list[Callable[[random.Random], None]] = [
    edited_dataset, copied_dataset, cut_dataset, edited_token, deleted_token, edited_suite,
    deleted_record, touched,
]  # fmt: skip
