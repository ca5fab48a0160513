"""What lies in a delivery and is not read, and which delivery came before it.

Runs at every parse of the workflow, so it lists folders and reads no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.reading.sources import RawPart, fits, ingest_settings, is_data, of_file, plan_parts

Parts = dict[str, dict[str, RawPart]]


def unread_files(ignore: Iterable[str], parts: Parts, folder: Path) -> list[str]:
    """Files of the delivery that no table reads and `sources.ignore` does not name."""
    read = {part.file for of_table in parts.values() for part in of_table.values()}
    there = {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and is_data(p)
    }
    return sorted(f for f in there - read if not is_ignored(f, ignore))


def is_ignored(name: str, ignore: Iterable[str]) -> bool:
    """Whether a file, or `file|sheet`, is known not to be read."""
    return any(fits(name, pattern) for pattern in ignore)


def previous_delivery(config: Mapping[str, Any], raw_folder: Path) -> str | None:
    """The delivery whose columns are compared with those of the one that is analysed.

    The one that `sources.previous` names ('' = none), else the last of `study.earlier_deliveries`,
    else the folder before it by name.
    """
    named, study = config["sources"]["previous"], config["study"]
    if named and not (raw_folder / named).is_dir():
        raise Stop(
            f"sources.previous: the delivery folder {raw_folder / named} is missing. Name another."
        )
    if named is not None:
        return named or None
    declared = [str(one["delivery"]) for one in study.get("earlier_deliveries") or []]
    if study["delivery"] in declared:  # an earlier delivery is looked at itself
        declared = declared[: declared.index(study["delivery"])]
    if declared:
        return declared[-1]
    folders = sorted(p.name for p in raw_folder.iterdir() if p.is_dir() and is_data(p))
    earlier = [name for name in folders if name < study["delivery"]]
    return earlier[-1] if earlier else None


def earlier_parts(sources: dict[str, Any], folder: Path) -> Parts:
    """The parts of an earlier delivery; none of a table whose files it lacks."""
    found: Parts = {}
    for name, table in sources["tables"].items():
        try:
            found |= plan_parts({"tables": {name: table}}, folder)
        except Stop:
            found[name] = {}
    return found


def pairs(now: Parts, before: Parts) -> list[tuple[str, RawPart, RawPart | None]]:
    """Each part with the one to compare it with: of the same name, else the table's last one."""
    return [
        (table, part, earlier.get(name) or next(reversed(earlier.values()), None))
        for table, of_table in now.items()
        for earlier in [before.get(table, {})]
        for name, part in of_table.items()
    ]


def drift_settings(
    sources: dict[str, Any], compared: Iterable[tuple[str, RawPart, RawPart | None]]
) -> list[dict[str, Any]]:
    """What comparing the headers of two deliveries depends on, pair by pair."""
    return [
        {
            "table": name,
            "now": ingest_settings(sources, name, part) | {"path": part.path},
            "before": ingest_settings(sources, name, earlier) | {"path": earlier.path}
            if earlier
            else None,
            "identifier": table["identifier"]["column"],
            "columns": {
                key: {name: column[name] for name in ("from", "type", "codelist", "missing")}
                for key, column in table["columns"].items()
                if column["from"] is not None
            },
            "optional": table["optional"],
        }
        for name, part, earlier in compared
        for table in [of_file(sources["tables"][name], part.file)]
    ]


def paths(compared: Iterable[tuple[str, RawPart, RawPart | None]]) -> list[str]:
    """Every file that is compared, as a rule's inputs."""
    both = [p for _, now, before in compared for p in (now, before) if p]
    return sorted({part.path for part in both})
