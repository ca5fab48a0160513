"""Which folder `profile_extract` looks at, and whether it is all that was asked for.

Runs at every parse of the workflow: standard library only, lists folders, reads no data.
"""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.errors import Stop
from scripts.lib.reading.sources import NOT_DATA, check_name

RULE = "profile_extract"
RAW_FOLDER = Path("data/raw")


@dataclass(frozen=True)
class Extract:
    """A folder of raw files of which nothing is known."""

    folder: str
    files: tuple[str, ...]  # from the study folder, as a rule's inputs
    chosen: bool  # by the user; else the newest delivery

    def settings(self) -> dict[str, Any]:
        """What the rule's script needs to know besides the files themselves."""
        return {"folder": self.folder, "chosen": self.chosen}


def find_extract(config: dict[str, Any]) -> Extract:
    """The folder given with `--config extract=FOLDER`, else the last one (by name) in data/raw."""
    chosen = "extract" in config
    folder = Path(str(config["extract"])) if chosen else _newest(RAW_FOLDER)
    paths = sorted(path for path in folder.rglob("*") if _is_data(path))
    try:
        for path in paths:
            check_name(path)
    except Stop as stop:
        sys.exit(f"STOPPED before any job: {stop}")
    return Extract(folder.as_posix(), tuple(path.as_posix() for path in paths), chosen)


def _newest(raw: Path) -> Path:
    deliveries = sorted(path for path in raw.glob("*") if path.is_dir())
    return deliveries[-1] if deliveries else raw


def _is_data(path: Path) -> bool:
    hidden = any(fnmatch.fnmatch(path.name, pattern) for pattern in NOT_DATA)
    return path.is_file() and not hidden


def know_how(pattern: str) -> list[str]:
    """Files below scripts/ that decide what the profile says but are no code, as inputs."""
    return [os.path.relpath(path) for path in sorted((ROOT / "scripts").glob(pattern))]


def only_profile(arguments: Sequence[str]) -> bool:
    """Whether this call of snakemake asks for `profile_extract` and nothing else.

    Snakemake does not tell a workflow its targets while it is parsed. Without configuration all the
    other rules cannot be made; so they are left out then.
    """
    if not any(RULE in argument for argument in arguments):
        return False
    from snakemake.cli import parse_args  # late: costs time in every other call

    _, given = parse_args(list(arguments))
    jobs = [str(job).split(":")[0] for job in given.target_jobs or []]
    return {*given.targets, *jobs} == {RULE}
