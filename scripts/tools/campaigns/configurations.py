"""Mutated configurations: accepted, or one message that names a file; never a crash.

Each case changes one or two places of the demonstration's configuration (YAML, code lists, suites,
waivers) and opens it as each parse of the workflow does, up to the checks of the rule files.
"""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.plan import (
    assumptions_settings,
    confounding_settings,
    response_safety_settings,
    sensitivity_shown,
    statistics_settings,
    tables_settings,
    time_varying_settings,
    trace_settings,
)
from scripts.lib.plan.after_stop import plan_register
from scripts.lib.plan.quality_plan import plan_quality
from scripts.lib.plan.references import check_possible
from scripts.lib.plan.study import _open
from scripts.tools.campaigns.cases import Broken, Outcome

ROOT = Path(__file__).resolve().parents[3]
STUDY = ("config", "expectations", "data/raw")
FILES = ("config/*.yaml", "config/codelists/*.csv", "expectations/*.yaml", "config/waivers.csv")


def case(rng: random.Random, folder: Path) -> Outcome:
    """One or two places of the configuration changed."""
    study = _study(folder)
    files = sorted(p for pattern in FILES for p in study.glob(pattern))
    path = rng.choice([p for p in files if rng.random() < 0.5 or p.suffix == ".yaml"] or files)
    before = path.read_bytes()
    tried = []
    try:
        for _ in range(rng.choice([1, 1, 1, 2])):
            ways = OF_YAML if path.suffix == ".yaml" else OF_LISTS
            way = rng.choice([*ways, *OF_BYTES] if rng.random() < 0.2 else ways)
            way(rng, path)
            tried.append(way.__name__)
        name = path.relative_to(study).as_posix()
        what = f"{name}: {', '.join(tried)}"
        try:
            return _judge(study, path, before, what)
        except Broken as broken:
            raise Broken(f"{what}\n{broken}") from None
        except Exception as error:
            error.tried = what  # type: ignore[attr-defined]
            raise
    finally:
        path.write_bytes(before)


def _judge(study: Path, path: Path, before: bytes, what: str) -> Outcome:
    told = opened(study)
    if told is None:
        return Outcome("unchanged" if path.read_bytes() == before else "accepted", what)
    if not re.search(r"config/|expectations/|sources\.|codelists|data/raw|\.yaml|\.csv", told):
        raise Broken(f"the message names no file: {told}")
    if "Traceback" in told:
        raise Broken(f"a stack in the message: {told}")
    if any(secret in told for secret in _secrets()):
        raise Broken("the message holds a patient's number or name")
    return Outcome("stopped", what)


def opened(study: Path) -> str | None:
    """What opening the study says; None where it is accepted."""
    with contextlib.chdir(study), contextlib.redirect_stderr(io.StringIO()):
        try:
            check_rules(_open({}).config)
        except Stop as stop:
            return str(stop)
        except SystemExit as end:
            return str(end.code)
    return None


def check_rules(config: dict[str, Any]) -> None:
    """The checks that the rule files make at each parse (`at_parse`)."""
    sensitivity_shown.check(config)
    time_varying_settings.check(config)
    confounding_settings.check(config)
    tables_settings.check_tables(config)
    statistics_settings.check_statistics(config)
    trace_settings.check(config)
    assumptions_settings.check_assumptions(config)
    response_safety_settings.check(config)
    check_possible(config)
    plan_quality(config)
    plan_register(config)


def _study(folder: Path) -> Path:
    """A study folder as in a checkout, with a word of a patient in no file but the raw ones."""
    study = folder / "study"
    if not study.exists():
        for name in STUDY:
            shutil.copytree(ROOT / name, study / name)
        with contextlib.redirect_stderr(io.StringIO()):
            assert opened(study) is None, "the demonstration's configuration is accepted"
    return study


@cache
def _secrets() -> tuple[str, ...]:
    """Numbers and names of the demonstration's patients."""
    text = (ROOT / "data/raw/2026-05/patients.csv").read_text(encoding="utf-8-sig")
    return tuple(
        cell for row in list(csv.reader(text.splitlines()))[1:] for cell in row[:4] if cell
    )


# ---- mutations of a file; a place is a line that says something


def _change(path: Path, change: Callable[[list[str]], Any]) -> None:
    lines = path.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    change(lines)
    path.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")


def _line(rng: random.Random, lines: list[str]) -> int:
    said = [n for n, text in enumerate(lines) if text.strip() and not text.lstrip().startswith("#")]
    return rng.choice(said) if said else 0


def _typo(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text)) if text else 0
    new = rng.choice(["", text[at : at + 1] * 2, "x", "_", text[at : at + 1].swapcase()])
    return text[:at] + new + text[at + 1 :]


def word(rng: random.Random, path: Path) -> None:
    """A letter of a word (key, name, code, expression, pattern) wrong."""

    def change(lines: list[str]) -> None:
        at = _line(rng, lines)
        words = list(re.finditer(r"\w{2,}", lines[at].split("  #")[0]))
        if words:
            found = rng.choice(words)
            typo = _typo(rng, found.group())
            lines[at] = lines[at][: found.start()] + typo + lines[at][found.end() :]

    _change(path, change)


VALUES = [
    "", "null", "~", "true", "no", "-1", "0", "1e400", ".nan", "999999999999999999999", "0x1F",
    "010", "1:30", "2024-02-30", "2024-01-01", "[]", "{}",
    "[1, [2, [3]]]", "{a: 1}", "'", '"', "*x",
    "&x y",
    "!!python/object:os.system x", "!!binary aGk=", "|", ">-", "a: b: c", "- -", "{{ 1 }}", "%Y",
    "\\", "@", "`", "x" * 3000, "\u200b", "'\\0'", "=1+1", "../..", "/etc/passwd", "*", "(a+)+$",
    "line == '2'", "1 / 0", "unknown_name > 3", "has(", "''", "[[]]", "? x", "<<: *y", "nan", "inf",
]  # fmt: skip


NEW = [
    "a,b", "a,b,regex", ",", "x", '"', "a,,exact,b,c", "(,x,regex", "brain|,y,regex", "\x07",
    "waiver,with,too,few", "key: 1", "  - x", "<<<<<<< HEAD",
]  # fmt: skip


def value(rng: random.Random, path: Path) -> None:
    """Another value behind a key."""

    def change(lines: list[str]) -> None:
        places = [n for n, text in enumerate(lines) if re.search(r":\s+\S", text)]
        if places:
            at = rng.choice(places)
            found = rng.choice(list(re.finditer(r":\s+([^,}\]#]+)", lines[at])) or [None])
            new = rng.choice(VALUES)
            if found:
                lines[at] = lines[at][: found.start(1)] + new + lines[at][found.end(1) :]

    _change(path, change)


def gone(rng: random.Random, path: Path) -> None:
    """A line less."""
    _change(path, lambda lines: lines.pop(_line(rng, lines)))


def twice(rng: random.Random, path: Path) -> None:
    """A line twice."""

    def change(lines: list[str]) -> None:
        at = _line(rng, lines)
        lines.insert(at, lines[at])

    _change(path, change)


def moved(rng: random.Random, path: Path) -> None:
    """A line indented otherwise, or elsewhere."""

    def change(lines: list[str]) -> None:
        at = _line(rng, lines)
        if rng.random() < 0.5:
            lines[at] = rng.choice([" ", "  ", "\t"]) + lines[at]
        else:
            lines.insert(rng.randrange(len(lines)), lines.pop(at))

    _change(path, change)


def cell(rng: random.Random, path: Path) -> None:
    """Another text in a cell of a list."""

    def change(lines: list[str]) -> None:
        at = _line(rng, lines)
        cells = lines[at].split(",")
        cells[rng.randrange(len(cells))] = rng.choice(VALUES)
        lines[at] = ",".join(cells)

    _change(path, change)


def new_line(rng: random.Random, path: Path) -> None:
    """A line more."""
    new = rng.choice(NEW)
    _change(path, lambda lines: lines.insert(rng.randrange(len(lines)), new))


def cut(rng: random.Random, path: Path) -> None:
    """The file ends within itself."""
    data = path.read_bytes()
    path.write_bytes(data[: rng.randrange(len(data) + 1)])


def odd_bytes(rng: random.Random, path: Path) -> None:
    """Bytes that are no text, or a mark in front."""
    data, new = (
        path.read_bytes(),
        rng.choice([b"\0", b"\xff", b"\xc4\xe3", b"\x1b", b"\xef\xbb\xbf"]),
    )
    at = rng.randrange(len(data) + 1)
    path.write_bytes(data[:at] + new + data[at:])


OF_YAML = [word, word, word, value, value, value, gone, gone, twice, moved, new_line]
OF_LISTS = [word, word, cell, cell, cell, gone, twice, new_line]
OF_BYTES = [cut, odd_bytes]
