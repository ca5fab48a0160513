"""Runs killed, ended or out of disk at random moments, then run again: the same bytes.

A change of a finished small study (or nothing made yet) makes steps run again. Their run is
interrupted up to three times; held: STATUS never says COMPLETE of anything but a whole study, and
after the last run every file under results/ and data/ is that of a run without interruption.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from scripts.tools.campaigns import small_study
from scripts.tools.campaigns.cases import Broken, Outcome
from scripts.tools.campaigns.small_study import content, differences, said, start, status

LATER = 2.0  # seconds after the start of a step within which a signal comes
JOB = "\nrule ", "\nlocalrule "


def case(rng: random.Random, folder: Path) -> Outcome:
    """A change, some interruptions, a last run; all bytes compared."""
    change = rng.choice(CHANGES)
    whole = _whole(change)
    study = small_study.copied(folder / "killed")
    change(study)
    before, tried, over = content(study), [change.__name__], True
    for _ in range(rng.choice([1, 1, 2, 3])):
        way = rng.choice([_killed, _killed, _ended, _full_disk])
        how, ended_well = way(rng, study, _JOBS[change.__name__])
        tried.append(how)
        over &= ended_well
        _honest(study, before, whole, "; ".join(tried))
        _unlock(rng, study)
    told = "; ".join(tried)
    if start(study).wait() != 0:
        raise Broken(f"{told}\nthe next run does not end well: {said(study)[-250:]}")
    wrong = differences(content(study), whole)
    if wrong or status(study) != "COMPLETE":
        raise Broken(f"{told}\nother bytes than without interruption: {', '.join(wrong)}")
    shutil.rmtree(study)
    return Outcome("over before it" if over else "resumed", told)


def _honest(study: Path, before: dict[str, str], whole: dict[str, str], told: str) -> None:
    """COMPLETE stands beside nothing but what a whole run made: the one before, or this one."""
    found = content(study)
    wrong = differences(found, whole)
    if status(study) == "COMPLETE" and differences(found, before) and wrong:
        raise Broken(f"{told}\nSTATUS says COMPLETE after an interruption: {', '.join(wrong)}")


def _unlock(rng: random.Random, study: Path) -> None:
    """As the message of the lock says; mostly by hand, which costs no start."""
    locks = study / ".snakemake/locks"
    if rng.random() < 0.2 and any(locks.glob("*")):
        start(study, "--unlock").wait()
    shutil.rmtree(locks, ignore_errors=True)


# ---- ways to interrupt a run; each gives what was done, and whether the run had ended well before


def _killed(rng: random.Random, study: Path, jobs: int) -> tuple[str, bool]:
    return _signal(rng, study, jobs, signal.SIGKILL)


def _ended(rng: random.Random, study: Path, jobs: int) -> tuple[str, bool]:
    return _signal(rng, study, jobs, rng.choice([signal.SIGTERM, signal.SIGINT]))


def _signal(rng: random.Random, study: Path, jobs: int, sign: signal.Signals) -> tuple[str, bool]:
    """A signal to all processes of the run, some time after the start of one of its steps."""
    step, later = rng.randint(0, jobs), rng.uniform(0, LATER)
    log = study / small_study.LOG
    log.write_bytes(b"")
    run = start(study, "--quiet", "host")
    while run.poll() is None and _started(log) < step:
        time.sleep(0.02)
    time.sleep(later)
    ended = run.poll()
    run.kill(sign)
    run.wait()
    _wait_for_group(run.pid)
    return f"{sign.name} {later:.1f} s after step {step} of {jobs}", ended == 0


def _wait_for_group(pid: int) -> None:
    """Until no process of the run is left: a step may write until the signal has reached it."""
    for _ in range(500):
        try:
            os.killpg(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    os.killpg(pid, signal.SIGKILL)


def _started(log: Path) -> int:
    text = log.read_text(encoding="utf-8", errors="replace")
    return sum(text.count(mark) for mark in JOB)


def _full_disk(rng: random.Random, study: Path, _: int) -> tuple[str, bool]:
    limit = int(10 ** rng.uniform(2, 5.5))
    code = start(study, limit=limit).wait()
    return f"no file above {limit} bytes", code == 0


# ---- what makes steps run again


def nothing_made(study: Path) -> None:
    """A study that was never run."""
    small_study.make(study)


def a_date(study: Path) -> None:
    """A start of treatment in a raw file: subjects, cohort and nearly all that follows."""
    path = next((study / "data/raw").rglob("治疗.csv"))
    data = path.read_bytes()
    year = "2021年".encode("gb18030")
    path.write_bytes(data.replace(year, "2020年".encode("gb18030"), 1))


def a_word(study: Path) -> None:
    """A word in the list of adverse events: their table and what follows from it."""
    with (study / "config/codelists/adverse_events.csv").open("a", encoding="utf-8") as file:
        file.write("a word that nobody used,rash,\n")


def a_check(study: Path) -> None:
    """The text of a check: verdict, gate and pages."""
    _edit(study / "expectations/adsl.yaml", "Every patient has an arm.", "Each patient has an arm.")


def a_rule(study: Path) -> None:
    """A setting of the statistics: models and what shows them."""
    _edit(study / "config/statistics.yaml", "entry_alpha: 0.2", "entry_alpha: 0.1")


def a_title(study: Path) -> None:
    """The label of a table: the table, documents, pages."""
    _edit(study / "config/report.yaml", "label: Table 1", "label: Table 9")


CHANGES: list[Callable[[Path], None]] = [
    nothing_made, a_date, *[a_word] * 3, *[a_check] * 5, *[a_rule] * 4, *[a_title] * 6,
]  # fmt: skip
_WHOLE: dict[str, dict[str, str]] = {}
_JOBS: dict[str, int] = {}  # steps of an uninterrupted run


def _whole(change: Callable[[Path], None]) -> dict[str, str]:
    """What a run after the change makes without interruption."""
    name = change.__name__
    if name not in _WHOLE:
        study = small_study.copied(Path(f"whole_{name}"))
        change(study)
        (study / small_study.LOG).write_bytes(b"")
        code = start(study, "--quiet", "host").wait()
        assert code == 0, f"a run without interruption ends well: {said(study)}"
        _WHOLE[name], _JOBS[name] = content(study), _started(study / small_study.LOG)
        shutil.rmtree(study)
    return _WHOLE[name]


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path.name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
