"""Open the study in the working directory: what the rules need to know before any job is made.

Snakemake itself does not notice a raw file that went missing while results exist, and no hook fires
when the workflow cannot be parsed; so configuration and raw files are checked here, at each parse.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scripts.lib.code import ROOT
from scripts.lib.config.load import SECTIONS, check_config, read_config_files
from scripts.lib.errors import Stop, crash
from scripts.lib.plan import status
from scripts.lib.plan.calls import BEFORE, FOR_RULES, starts_jobs
from scripts.lib.plan.environment import check_packages
from scripts.lib.reading.codelists import check_codelists, check_missing_words
from scripts.lib.reading.deliveries import (
    earlier_parts,
    pairs,
    previous_delivery,
    unread_files,
)
from scripts.lib.reading.pseudonyms import ensure_key
from scripts.lib.reading.sources import RawPart, codelist_files, plan_parts

T = TypeVar("T")

CONFIG_FOLDER = Path("config")
RAW_FOLDER = Path("data/raw")
PRIVATE_FOLDER = Path("data/private")
PARSE_LOG = Path("logs/parse.log")


@dataclass(frozen=True)
class Study:
    """The checked configuration, and the raw files by table and part."""

    config: dict[str, dict[str, Any]]
    parts: dict[str, dict[str, RawPart]]
    lock_file: str
    unread: list[str]  # files of the delivery that no table reads
    previous: str | None  # the delivery before this one
    compared: list[tuple[str, RawPart, RawPart | None]]  # each part beside its predecessor

    @property
    def raw_bytes(self) -> int:
        """Size of all raw files; sheets of one workbook share it."""
        paths = {part.path for parts in self.parts.values() for part in parts.values()}
        return sum(os.path.getsize(path) for path in paths)  # noqa: PTH202 - at each parse


def open_study(overrides: dict[str, Any]) -> Study:
    """Check everything that a run stands on; end with one message where something is wrong.

    Parameters
    ----------
    overrides
        Snakemake's `config`: what `--config` and `--configfile` gave, laid over the files.
    """
    return at_parse(_open, overrides)


def at_parse(make: Callable[[dict[str, Any]], T], given: dict[str, Any]) -> T:
    """`make(given)` while the workflow is parsed; end with its one message where it stops."""
    try:
        return make(given)
    except Stop as stop:
        told = str(stop)
    except Exception as error:
        told, stack = crash("parse", error, [PARSE_LOG])
        PARSE_LOG.parent.mkdir(exist_ok=True)
        PARSE_LOG.write_text(f"{told}\n{stack}\n", encoding="utf-8")
    if starts_jobs(sys.argv[1:]):
        with suppress(PermissionError):  # another account's study: its STATUS stays as it is
            status.write_stopped(told, [status.NOT_OF_THIS])
    sys.exit(f"{BEFORE}{told}")


def _open(overrides: dict[str, Any]) -> Study:
    check_packages(ROOT / "requirements.lock")
    check_overrides(overrides)
    config = check_config(merge(read_config_files(CONFIG_FOLDER), overrides), CONFIG_FOLDER)
    tables = config["sources"]["tables"]
    check_missing_words(tables, check_codelists(codelist_files(config["sources"], tables)))
    sources, folder = config["sources"], RAW_FOLDER / config["study"]["delivery"]
    parts = plan_parts(sources, folder)
    ensure_key(PRIVATE_FOLDER)
    unread = unread_files(sources["ignore"], parts, folder)
    previous = previous_delivery(config, RAW_FOLDER)
    before = earlier_parts(sources, RAW_FOLDER / previous) if previous else {}
    compared = pairs(parts, before) if previous else []
    lock_file = os.path.relpath(ROOT / "requirements.lock")
    return Study(config, parts, lock_file, unread, previous, compared)


def check_overrides(overrides: dict[str, Any]) -> None:
    """What `--config` and `--configfile` give stands below a section of the configuration.

    Raises
    ------
    Stop
        With the nearest path for each key that is no section: Snakemake would drop it in silence.
    """
    wrong = [key for key in overrides if key not in {*SECTIONS, *FOR_RULES}]
    if wrong:
        paths = _paths(read_config_files(CONFIG_FOLDER))
        lines = [f"`{key}`{_nearest_path(str(key), paths)}" for key in wrong]
        raise Stop(
            "--config (or --configfile) gives what is no section of the configuration:\n  "
            + "\n  ".join(lines)
            + f"\nSections: {', '.join(SECTIONS)}. Write `--config 'study={{data_cutoff:"
            " 2023-06-30}'`, or edit the file."
        )


def _paths(value: Any, path: str = "") -> list[str]:
    """Paths of all keys of the configuration, as people write them."""
    if not isinstance(value, dict):
        return []
    below = {f"{path}.{key}".lstrip("."): item for key, item in value.items()}
    return [*below, *(deeper for name, item in below.items() for deeper in _paths(item, name))]


def _nearest_path(key: str, paths: list[str]) -> str:
    ends = {path.rsplit(".", 1)[-1]: path for path in reversed(paths)}
    near = difflib.get_close_matches(key.rsplit(".", 1)[-1], ends, n=1)
    if not near:
        return ""
    path = ends[near[0]]
    return f": did you mean `{path}` (config/{path.split('.')[0]}.yaml)?"


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over` in place of its own, at whatever depth."""
    merged = dict(base)
    for key, value in over.items():
        deeper = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if deeper else value
    return merged
