"""A small study with steps of every kind: the example, cut down to one endpoint.

Raw files (text files and workbooks), code lists, suites and variables are those of the example. Of
the analyses one of each kind is left, so that a whole run costs a part of the example's.
"""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from scripts.tools.campaigns import warm

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/nsclc_osimertinib"
TABLES, FIGURES = ("baseline", "cox_os", "adverse_events"), ("attrition", "kaplan_meier")
SENSITIVITY = ("enabled", "interactions", "summary")
SUITES_OUT = ("adtte_ttd", "model_ttd", "adtte_rule_sets", "adtte_without_exclusion")
INPUTS = ("config", "expectations", "data/raw")
KEY = "data/private/pseudonym.key"
LOG = "said.txt"
RECORDS = "data/records/"  # of times and inodes
_WHOLE: list[tempfile.TemporaryDirectory[str]] = []  # removed with the process


def make(study: Path) -> None:
    """Write the study's configuration and raw files; its key is always the same."""
    shutil.rmtree(study, ignore_errors=True)
    for name in INPUTS:
        shutil.copytree(EXAMPLE / name, study / name)
    for name in SUITES_OUT:
        (study / f"expectations/{name}.yaml").unlink()
    for name in ("endpoints", "statistics", "report", "sensitivity"):
        path = study / f"config/{name}.yaml"
        section = yaml.safe_load(path.read_text(encoding="utf-8"))[name]
        text = yaml.safe_dump({name: _cut(name, section)}, allow_unicode=True, sort_keys=False)
        path.write_text(text, encoding="utf-8")
    key = study / KEY
    key.parent.mkdir(mode=0o700, parents=True)
    key.write_text("ab" * 32, encoding="ascii")
    key.chmod(0o600)


def _cut(name: str, section: dict[str, Any]) -> dict[str, Any]:
    if name == "sensitivity":
        return {key: section[key] for key in SENSITIVITY}
    if name == "endpoints":
        del section["time_to_event"]["ttd"]
    elif name == "statistics":
        section["endpoints"] = ["os"]
        del section["strata"]
    else:
        section["tables"] = {key: section["tables"][key] for key in TABLES}
        figures = {key: section["figures"][key] for key in FIGURES}
        del figures["kaplan_meier"]["figure_ttd"]
        section["figures"] = figures
    return section


@cache
def finished() -> Path:
    """The study after a run without interruption; made once in a campaign."""
    _WHOLE.append(tempfile.TemporaryDirectory(prefix="campaign_"))
    warm.prepare()
    study = Path(_WHOLE[0].name) / "finished"
    make(study)
    run = start(study)
    assert run.wait() == 0, f"a run without interruption ends well: {said(study)}"
    return study


def copied(study: Path) -> Path:
    """A copy of the finished study; all lie beside each other, so the code has one name in them."""
    copy = finished().parent / study.name
    shutil.rmtree(copy, ignore_errors=True)
    return Path(shutil.copytree(finished(), copy, symlinks=True))


def configured_as(study: Path, other: Path) -> Path:
    """A study beside it with the same raw files, configuration and key, and nothing made."""
    new = finished().parent / other.name
    shutil.rmtree(new, ignore_errors=True)
    for name in INPUTS:
        shutil.copytree(study / name, new / name)
    (new / KEY).parent.mkdir(mode=0o700, parents=True)
    shutil.copy2(study / KEY, new / KEY)
    return new


def start(study: Path, *arguments: str, limit: int | None = None) -> warm.Run:
    """Start snakemake on the study, with all processes in a group of their own.

    `limit`: no file may grow above so many bytes, as on a disk that is full.
    """
    command = ["-s", str(ROOT / "Snakefile"), "--directory", str(study), "--cores", "1", *arguments]
    log = Path(os.devnull) if limit else study / LOG
    return warm.start(command, ROOT, log, partial(_limit, limit))


def said(study: Path) -> str:
    """The end of what the runs said."""
    return (study / LOG).read_text(encoding="utf-8", errors="replace")[-600:]


def _limit(size: int | None) -> None:
    if size is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def content(study: Path) -> dict[str, str]:
    """SHA-256 of every file that is a function of the study's content."""
    paths = [p for top in ("results", "data") for p in (study / top).rglob("*") if p.is_file()]
    named = {p.relative_to(study).as_posix(): p for p in paths}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in named.items()
        if not name.startswith(RECORDS) and path.name != ".snakemake_timestamp"
    }


def differences(found: dict[str, str], wanted: dict[str, str]) -> list[str]:
    """Names of files that are missing, too many or of other bytes."""
    return sorted(n for n in {*found, *wanted} if found.get(n) != wanted.get(n))


def status(study: Path) -> str:
    """First word of results/STATUS."""
    path = study / "results/STATUS"
    return path.read_text(encoding="utf-8")[:8] if path.exists() else ""
