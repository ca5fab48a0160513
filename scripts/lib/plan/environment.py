"""What a run may depend on besides the study and the project: the packages of the lock file alone.

Locale, home folder, a matplotlibrc, other site folders and the hash seed of the machine would
change bytes; the steps get the same ones everywhere. Packages other than those of the lock file
would change numbers; they stop the run.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from scripts.lib.errors import Stop

LOCKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)
INSTALLED = re.compile(r"([A-Za-z0-9._]+)-([^-]+)\.dist-info")
SHOWN = 5
EVERYWHERE = {
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONIOENCODING": "utf-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "MPLBACKEND": "agg",
}
NOWHERE = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONOPTIMIZE", "MATPLOTLIBRC", "SOURCE_DATE_EPOCH")


def same_everywhere() -> None:
    """Give the steps of this run the same environment on every machine."""
    os.environ.update(EVERYWHERE)
    for name in NOWHERE:
        os.environ.pop(name, None)


def check_packages(lock: str | Path, folders: Iterable[str] | None = None) -> None:
    """The installed packages are those of the lock file.

    Parameters
    ----------
    folders
        Where packages lie; those of this Python by default. Read as names of folders alone: asking
        each package would take longer than all else that a run with nothing to do takes.

    Raises
    ------
    Stop
        With the packages whose version is another. One that is missing fails where it is used.
    """
    wanted = {_plain(name): version for name, version in LOCKED.findall(_text(lock))}
    found = _installed(sys.path if folders is None else folders)
    others = [
        f"{name} {found[name]} (lock file: {version})"
        for name, version in sorted(wanted.items())
        if found.get(name, version) != version
    ]
    if others:
        more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
        raise Stop(
            f"{len(others)} installed package(s) are not those of {Path(lock).name}, so numbers and"
            f" figures could differ: {', '.join(others[:SHOWN])}{more}. Run `make env`, or install"
            " with `pip install --require-hashes` from the lock file."
        )


def _text(lock: str | Path) -> str:
    return Path(lock).read_text(encoding="utf-8")


def _installed(folders: Iterable[str]) -> dict[str, str]:
    """Version of each package by its plain name; the first folder that has it counts."""
    found: dict[str, str] = {}
    for folder in folders:
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - plain names
        except OSError:
            continue
        for name in names:
            if match := INSTALLED.fullmatch(name):
                found.setdefault(_plain(match[1]), match[2])
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
