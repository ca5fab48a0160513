"""Run the ingest steps on small raw files, as the rules do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from scripts import combine_table, ingest_table, standardise_table
from scripts.lib.config.sources import Sources
from scripts.lib.private import write_private_text
from scripts.lib.reading import sources
from scripts.lib.reading.pseudonyms import KEY_FILE
from scripts.lib.reading.raw import Raw
from scripts.lib.reading.readers import read_raw

KEY = "ab" * 32
READING = {
    "sheet": None,
    "gzip": False,
    "encoding": "utf-8-sig",
    "delimiter": ",",
    "quote": '"',
    "header_row": 1,
    "footer_rows": 0,
    "merged": "ask",
    "may_be_empty": False,
}


def read(path: Path, content: str | bytes | None = None, **settings: Any) -> Raw:
    """Write `content` to `path` (None: it is there) and read it back as the ingest step does."""
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    kind, packed = sources._format(path.name, None)
    own = {"file": path.name, "format": kind, "gzip": packed}
    return read_raw(path, READING | own | settings)


def rows_of(raw: Raw) -> list[tuple[Any, ...]]:
    """The cells of a raw file by row, each row with its number last."""
    columns = [column.to_pylist() for column in raw.cells]
    return list(zip(*columns, raw.rows.tolist(), strict=True))


def check(tables: dict[str, Any], **defaults: Any) -> dict[str, Any]:
    """The `sources` section, checked and filled from its defaults."""
    given = {"identifier": {"column": "id", "width": 4}} | defaults
    return Sources.model_validate({"defaults": given, "tables": tables}).model_dump(mode="json")


class Study:
    """A study folder with a canonical table `notes` read from small raw files, and `others`."""

    def __init__(self, folder: Path, files: Mapping[str, str | bytes], /, **table: Any) -> None:
        self.folder, self.name = folder, "notes"
        self.codelists: dict[str, str] = table.pop("codelists", {})
        defaults, others = table.pop("defaults", {}), table.pop("others", {})
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (folder / name).write_bytes(data)
        self.config = check({"notes": {"files": ["*.*"]} | table} | others, **defaults)
        self._open("notes")

    def _open(self, name: str) -> None:
        self.name = name
        self.parts = sources.plan_parts(self.config, self.folder)[name]
        Path(self.path("")).mkdir(parents=True, exist_ok=True)
        write_private_text(self.path(KEY_FILE), KEY)

    def other(self, name: str) -> Study:
        """The same study, looking at another of its tables."""
        found = copy(self)
        found._open(name)
        return found

    def path(self, name: str) -> str:
        """A file of the steps."""
        return str(self.folder / "work" / self.name / name)

    def ingest(self, part: str) -> dict[str, Any]:
        """Stage one part; its notes."""
        settings = sources.ingest_settings(self.config, self.name, self.parts[part])
        ingest_table.main(
            SimpleNamespace(
                input=SimpleNamespace(raw=self.parts[part].path),
                params=SimpleNamespace(settings=settings),
                output=SimpleNamespace(
                    cells=self.path(f"{part}.staged"), notes=self.path(f"{part}.json")
                ),
            )
        )
        found: dict[str, Any] = json.loads(Path(self.path(f"{part}.json")).read_text("utf-8"))
        return found

    def standardise(self, part: str) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Stage and standardise one part: kept rows, problems, rows set aside."""
        self.ingest(part)
        for name, content in self.codelists.items():
            Path(self.path(f"{name}.csv")).write_text(content, "utf-8")
        names = ("part", "problems", "set_aside")
        standardise_table.main(
            SimpleNamespace(
                wildcards=SimpleNamespace(table=self.name),
                input=SimpleNamespace(
                    cells=self.path(f"{part}.staged"),
                    notes=self.path(f"{part}.json"),
                    codelists=[self.path(f"{name}.csv") for name in self.codelists],
                    key=self.path(KEY_FILE),
                ),
                params=SimpleNamespace(
                    settings=sources.standardise_settings(self.config, self.name, self.parts[part])
                ),
                output=SimpleNamespace(**{n: self.path(f"{part}.{n}") for n in names}),
            )
        )
        kept, problems, aside = (pq.read_table(self.path(f"{part}.{n}")) for n in names)
        return kept, problems, aside

    def combine(self) -> tuple[pa.Table, pa.Table, dict[str, Any]]:
        """All steps up to the table: its rows, the rows set aside, the counts."""
        for part in self.parts:
            self.standardise(part)
        joined = []
        for name in sources.joined_tables(self.config, self.name):
            self.other(name).combine()
            joined.append(self.path(f"{name}.parquet"))
            shutil.copy(self.other(name).path("table"), joined[-1])
        outputs = {n: self.path(n) for n in ("table", "problems", "set_aside", "counts")}
        combine_table.main(
            SimpleNamespace(
                wildcards=SimpleNamespace(table=self.name),
                input=SimpleNamespace(
                    joined=joined,
                    notes=[self.path(f"{p}.json") for p in self.parts],
                    parts=[self.path(f"{p}.part") for p in self.parts],
                    problems=[self.path(f"{p}.problems") for p in self.parts],
                    set_aside=[self.path(f"{p}.set_aside") for p in self.parts],
                ),
                params=SimpleNamespace(
                    settings=sources.combine_settings(self.config, self.name, self.parts.values())
                ),
                output=SimpleNamespace(**outputs),
            )
        )
        counts = json.loads(Path(outputs["counts"]).read_text())
        return pq.read_table(outputs["table"]), pq.read_table(outputs["set_aside"]), counts
