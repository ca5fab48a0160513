"""What each step read and made, by content: what decides whether a file is what its step wrote.

Snakemake compares content only where a file is newer than what was made from it. So a raw file put
back with its old date (`unzip`, `cp -p`, `rsync -a`) changes nothing, and a table or dataset that
was edited by hand counts as made. Here every step leaves a record of each of its outputs,
`data/records/{output}.json`: SHA-256 of what it wrote and of all that it read, with size, times
and inode of each file, so that a file is hashed again only where one of these differs.

When the workflow is parsed, `review` compares the records with the disk, and
`scripts/lib/plan/content_decides.py` lets Snakemake run those steps again whose outputs are not
what they wrote or were made from something else (docs/decisions/0010).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.errors import Stop
from scripts.lib.private import write_private_text

RECORDS = Path("data/records")
CACHE = RECORDS / "cache.json"
GATE = ".passed"
FINGERPRINT = 12  # hexadecimal digits
DATASETS = ("standardised", "analysis")  # folders of what has a gate

Stamp = list[Any]  # sha256, size, mtime_ns, ctime_ns, inode


@dataclass(frozen=True)
class Review:
    """What the disk says beside the records.

    `edited`: outputs that are not what their step wrote. `hidden`: outputs, with the file of which
    the content changed while its date is not newer than theirs. `hashes`: SHA-256 of every recorded
    file that is there.
    """

    edited: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, str] = field(default_factory=dict)

    @property
    def forced(self) -> set[str]:
        """Outputs whose step must run again."""
        return {*self.edited, *self.hidden}


# ---- stamps: a file's content, and what tells without reading that it is still the same


def stamp(path: str | Path, *known: Stamp | None) -> Stamp | None:
    """Stamp of a file or of a folder's files; None where nothing is.

    A known stamp of the same size, times and inode spares reading the file.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - a thousand of them at each parse
    except OSError:
        return None
    marks = [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]
    for other in known:
        if other and other[1:] == marks:
            return other
    if os.path.isdir(path):  # noqa: PTH112
        return None
    return [content_hash(path), *marks]


def content_hash(path: str | Path) -> str:
    """SHA-256 of a file, read now."""
    with open(path, "rb") as file:  # noqa: PTH123
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(output: str | Path) -> list[str]:
    """An output's files: itself, or all below it where it is a folder."""
    path = Path(output)
    if not path.is_dir():
        return [str(output)]
    return sorted(p.as_posix() for p in path.rglob("*") if p.is_file() and not _internal(p))


def _internal(path: Path) -> bool:
    return path.name == ".snakemake_timestamp"


# ---- in a job: check the gates, then leave the record


def check_gates(inputs: Iterable[str]) -> None:
    """Every gate among `inputs` was passed by the dataset and the suite that lie there now.

    Raises
    ------
    Stop
        Where a token is none, or is of another dataset or suite: nothing may be computed.
    """
    paths = list(map(str, inputs))
    there = {Path(p).stem: p for p in paths if Path(p).parent.name in DATASETS}
    for gate in (path for path in paths if path.endswith(GATE)):
        table = Path(gate).stem
        try:
            token = json.loads(Path(gate).read_text(encoding="utf-8"))
            passed = {key: token[f"{key}_sha256"] for key in ("dataset", "suite")}
        except (OSError, ValueError, KeyError, TypeError):
            raise Stop(f"{gate} is not what the gate of {table} wrote. {_remake(gate)}") from None
        suite = f"expectations/{table}.yaml"
        for what, path in (("dataset", there.get(table)), ("suite", suite)):
            if path and Path(path).exists() and sha256(path) != passed[what]:
                raise Stop(
                    f"{gate} was passed by another {what} than {path}, so nothing is computed from"
                    f" it. {_remake(gate)}"
                )


def _remake(gate: str) -> str:
    return f"Delete {gate} and run `snakemake` again."


def sha256(path: str | Path) -> str:
    """SHA-256 of a file, read only where no record of it holds."""
    made = stamp(path, _recorded(str(path)), _cache().get(str(path)))
    if made is None:
        raise FileNotFoundError(path)
    return str(made[0])


def look(inputs: Iterable[str]) -> dict[str, Stamp]:
    """Stamps of a step's inputs, before it reads them; those that are there."""
    found = {}
    for path in map(str, inputs):
        made = stamp(path, _recorded(path), _cache().get(path))
        if made:
            found[path] = _cache()[path] = made  # asked again, it is not read again
    return found


def fingerprint(*inputs: Any) -> str:
    """Twelve signs that stand for the content of these files: what a page says it was made from.

    SHA-256 over names and SHA-256 of all files that are there, in the order of their names. Gates
    do not count: what was made behind them does not change with them.

    Parameters
    ----------
    inputs
        Paths, and lists and mappings of paths, as a rule has them.
    """
    paths = {path for path in _paths(inputs) if not path.endswith(GATE)}
    lines = sorted(f"{_name(path)} {made[0]}\n" for path, made in look(paths).items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:FINGERPRINT]


def made_from(study: Mapping[str, Any], *inputs: Any) -> str:
    """What every page and document says of the state that it was made in."""
    delivery, cutoff = study["delivery"], study["data_cutoff"]
    return f"Delivery {delivery}, data cut-off {cutoff}; made from inputs {fingerprint(*inputs)}"


def _name(path: str) -> str:
    """A path as it is called in the study, or in the project: where they lie does not count."""
    if path.startswith(("..", "/")):
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - links are not followed
        if absolute.is_relative_to(ROOT):
            return absolute.relative_to(ROOT).as_posix()
    return path


def _paths(inputs: Any) -> Iterator[str]:
    if isinstance(inputs, str | Path):
        yield Path(inputs).as_posix()
    else:
        for part in inputs.values() if isinstance(inputs, Mapping) else inputs:
            yield from _paths(part)


def changed(read: Mapping[str, Stamp]) -> list[str]:
    """Those of a step's inputs that are not any more what they were when it looked at them."""
    return [
        path
        for path, before in read.items()
        if (now := stamp(path, before)) is None or now[0] != before[0]
    ]


def write_record(rule: str, outputs: Iterable[str], inputs: Mapping[str, Stamp]) -> None:
    """Record what a step wrote, and what it had read; the inputs stand with its first output."""
    outputs = list(map(str, outputs))
    for number, output in enumerate(outputs):
        files = {name: made for name in files_of(output) if (made := stamp(name))}
        record: dict[str, Any] = {"rule": rule, "files": files}
        record |= {"first": outputs[0]} if number else {"inputs": dict(inputs)}
        path = record_path(output)
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, json.dumps(record, ensure_ascii=False))


def compare(output: str) -> Iterator[tuple[str, str, str]]:
    """Name, present and recorded SHA-256 of each file of an output; none for what no step made."""
    record = _read(record_path(output))
    for name, made in record.get("files", {}).items():
        there = stamp(name, made)
        yield name, there[0] if there else "", made[0]


def refresh(outputs: Iterable[str]) -> None:
    """Record the present content of outputs that were rightly written to after their step."""
    for output in outputs:
        if record := _read(record_path(output)):
            record["files"] = {name: made for name in files_of(output) if (made := stamp(name))}
            _replace(record_path(output), json.dumps(record, ensure_ascii=False))


def redeclare(outputs: Iterable[str]) -> None:
    """Record outputs and inputs as they are now (`--touch`): declared to belong together."""
    for output in outputs:
        record = _read(record_path(output))
        if record.get("inputs"):
            record["inputs"] = look(record["inputs"])
            _replace(record_path(output), json.dumps(record, ensure_ascii=False))
        refresh([output])


def record_path(output: str) -> Path:
    """Where the record of an output lies."""
    return RECORDS / f"{output}.json"


def forget(output: str) -> None:
    """Remove the record of an output that is gone."""
    record_path(output).unlink(missing_ok=True)


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    write_private_text(part, text)
    part.replace(path)


def _read(path: Path) -> dict[str, Any]:
    """A record or the cache; empty where it is missing or was cut off."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _recorded(path: str) -> Stamp | None:
    files = _read(record_path(path)).get("files", {})
    return files.get(path)


@cache
def _cache() -> dict[str, Stamp]:
    return _read(CACHE)


# ---- when the workflow is parsed: what is on disk, held against the records


def read_records() -> dict[str, dict[str, Any]]:
    """Every record by its output; those that cannot be read are as none."""
    found = {}
    for folder, _, names in os.walk(RECORDS):
        for name in names:
            path = Path(folder, name)
            record = _read(path) if name.endswith(".json") and path != CACHE else {}
            if isinstance(record.get("files"), dict):
                found[path.relative_to(RECORDS).as_posix().removesuffix(".json")] = record
    return found


def review(records: Mapping[str, Mapping[str, Any]]) -> Review:
    """Hold the disk against the records; files are read only where their marks differ."""
    disk = _Disk(records)
    edited = [output for output, record in records.items() if _is_edited(output, record, disk)]
    hidden = dict(_hidden(records, disk))
    disk.keep()
    return Review(sorted(edited), hidden, disk.hashes())


class _Disk:
    """The present content of every recorded file, each looked at once."""

    def __init__(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        self._found: dict[str, Stamp | None] = {}
        self._known = dict(_cache())
        self._new = False
        self._made: dict[str, Stamp] = {
            name: made for record in records.values() for name, made in record["files"].items()
        }

    def stamp(self, path: str, known: Stamp | None = None) -> Stamp | None:
        if path not in self._found:
            hints = (known, self._made.get(path), self._known.get(path))
            found = self._found[path] = stamp(path, *hints)
            if found is not None and found not in hints:
                self._known[path], self._new = found, True
        return self._found[path]

    def keep(self) -> None:
        """Remember what had to be read, for the next parse."""
        if self._new:
            there = {path: made for path, made in self._known.items() if os.path.exists(path)}  # noqa: PTH110
            CACHE.parent.mkdir(parents=True, exist_ok=True)
            _replace(CACHE, json.dumps(there, ensure_ascii=False))
            _cache.cache_clear()

    def hashes(self) -> dict[str, str]:
        return {path: made[0] for path, made in self._found.items() if made}


def _is_edited(output: str, record: Mapping[str, Any], disk: _Disk) -> bool:
    """Whether an output that is there is not what its step wrote."""
    if not os.path.lexists(output):
        return False  # Snakemake sees that
    if os.path.isdir(output):  # noqa: PTH112
        if files_of(output) != sorted(record["files"]):
            return True
    elif output not in record["files"]:
        return True  # a record, but not of this file
    return any(
        (there := disk.stamp(name, made)) is None or there[0] != made[0]
        for name, made in record["files"].items()
    )


def _hidden(records: Mapping[str, Mapping[str, Any]], disk: _Disk) -> Iterator[tuple[str, str]]:
    """Outputs with a source of which the content changed though it is not newer than they are."""
    for output, record in records.items():
        for path, read in record.get("inputs", {}).items():
            if path in records or path.endswith(GATE):
                continue  # made by a step: what that step says decides
            there = disk.stamp(path, read)
            if there is None or there[0] == read[0]:
                continue
            made = [m for name in record["files"] if (m := disk.stamp(name))]
            if all(there[2] <= m[2] for m in made):
                yield output, path
                break


def behind(paths: Iterable[str], records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Outputs that were made from these files, at whatever distance."""
    found, new = set(paths), set(paths)
    while new:
        made = {output for output, record in records.items() if new & {*record.get("inputs", ())}}
        made |= {output for output, record in records.items() if record.get("first") in made}
        new = made - found
        found |= new
    return sorted(found)


def outdated(records: Mapping[str, Mapping[str, Any]], found: Review) -> list[str]:
    """Outputs that were made from something else than what lies there now (gates apart).

    For outputs that no run of the whole study asks for: nobody else looks at them.
    """
    return [
        output
        for output, record in records.items()
        if any(
            _present(path, found) != read[0]
            for path, read in record.get("inputs", {}).items()
            if not path.endswith(GATE)
        )
    ]


def _present(path: str, found: Review) -> str | None:
    if path in found.hashes:
        return found.hashes[path]
    made = stamp(path)
    return made[0] if made else None
