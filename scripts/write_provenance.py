"""Record what made the results: a hash of every file that went in, versions of all programs.

Inputs
    raw, config, suites, project, lock   files that went in, by kind
Outputs
    results/provenance.json
        study     id and delivery
        files     kind -> path -> SHA-256; paths from the study's or the project's folder
        digests   kind -> one SHA-256 over the kind's paths and hashes
        python    version; packages: those of the lock file, as installed
    No clock, no machine, no user: equal inputs and versions give equal bytes.
"""

import hashlib
import json
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.code import ROOT
from scripts.lib.errors import run
from scripts.lib.plan.environment import LOCKED
from scripts.lib.records import content_hash

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

KINDS = ("raw", "config", "suites", "project", "lock")
ABSENT = "not installed"


def name_of(path: Path, study: Path) -> str:
    """The path from the study's folder or, for the project's own files, from the project's."""
    full = path.resolve()
    for folder in (study, ROOT):
        if full.is_relative_to(folder.resolve()):
            return full.relative_to(folder.resolve()).as_posix()
    return full.name


def hashes(paths: Iterable[str], study: Path) -> dict[str, str]:
    """Hash of every file by its name, sorted."""
    found = {name_of(Path(path), study): content_hash(path) for path in paths}
    return dict(sorted(found.items()))


def digest(files: dict[str, str]) -> str:
    """One hash over names and hashes, to compare two runs at a glance."""
    lines = "".join(f"{value}  {name}\n" for name, value in files.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def packages(lock: str) -> dict[str, str]:
    """Installed version of every package that the lock file names."""
    names = {name for name, _ in LOCKED.findall(lock)}
    return {name: _installed(name) for name in sorted(names, key=str.lower)}


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


def provenance(inputs: dict[str, list[str]], settings: dict[str, Any], study: Path) -> dict:
    """The whole record."""
    files = {kind: hashes(inputs[kind], study) for kind in KINDS}
    lock = Path(inputs["lock"][0]).read_text(encoding="utf-8")
    return {
        "study": {"id": settings["id"], "delivery": settings["delivery"]},
        "digests": {kind: digest(part) for kind, part in files.items()},
        "python": platform.python_version(),
        "packages": packages(lock),
        "files": files,
    }


def main(smk: Any) -> None:
    """Hash the inputs, write the record."""
    inputs = {kind: _paths(smk.input[kind]) for kind in KINDS}
    record = provenance(inputs, smk.params.settings, Path.cwd())
    text = json.dumps(record, ensure_ascii=False, indent=1)
    Path(smk.output[0]).write_text(text + "\n", encoding="utf-8")


def _paths(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


if __name__ == "__main__":
    run(main, snakemake)
