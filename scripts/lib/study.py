"""Open the study in the working directory: what the rules need to know before any job is made.

Snakemake itself does not notice a raw file that went missing while results exist, and no hook fires
when the workflow cannot be parsed; so configuration and raw files are checked here, at each parse.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from scripts.lib.code import ROOT
from scripts.lib.config.load import check_config, read_config_files
from scripts.lib.errors import Stop
from scripts.lib.reading.codelists import check_codelists, check_missing_words
from scripts.lib.reading.deliveries import (
    earlier_parts,
    pairs,
    previous_delivery,
    unread_files,
)
from scripts.lib.reading.pseudonyms import ensure_key
from scripts.lib.reading.sources import RawPart, codelist_files, plan_parts
from scripts.lib.status import write_stopped

T = TypeVar("T")

CONFIG_FOLDER = Path("config")
RAW_FOLDER = Path("data/raw")
PRIVATE_FOLDER = Path("data/private")


@dataclass(frozen=True)
class Study:
    """The checked configuration, and the raw files by table and part."""

    config: dict[str, dict[str, Any]]
    parts: dict[str, dict[str, RawPart]]
    lock_file: str
    unread: list[str]  # files of the delivery that no table reads
    previous: str | None  # the delivery before this one
    compared: list[tuple[str, RawPart, RawPart | None]]  # each part beside its predecessor


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
        if _starts_jobs(sys.argv[1:]):
            write_stopped(str(stop))
        sys.exit(f"STOPPED before any job: {stop}")


def _open(overrides: dict[str, Any]) -> Study:
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


def merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the values of `over` in place of its own, at whatever depth."""
    merged = dict(base)
    for key, value in over.items():
        deeper = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = merge(merged[key], value) if deeper else value
    return merged


def _starts_jobs(arguments: list[str]) -> bool:
    """Whether this call of snakemake runs jobs; looking (-n, --lint) leaves STATUS alone."""
    from snakemake.cli import parse_args  # late: costs time, and is needed only to say what failed

    _, args = parse_args(arguments)
    looking = (
        "dryrun", "lint", "list_rules", "list_target_rules", "summary", "detailed_summary", "dag",
        "rulegraph", "filegraph", "d3dag", "report", "unlock", "list_changes", "list_untracked",
        "containerize", "export_cwl", "archive", "delete_all_output", "delete_temp_output",
        "cleanup_metadata", "print_compilation",
    )  # fmt: skip
    return not any(getattr(args, name, None) for name in looking)
