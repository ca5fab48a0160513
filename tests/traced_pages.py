"""What the pages of the traces of a finished study say, for the tests of whole runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from scripts.lib.analysis.ard import Row, read_ard
from scripts.lib.trace.members import count_rows
from scripts.lib.trace.results import PLACE

Said = dict[tuple[str, ...], tuple[str, list[str] | None]]


def content(page: Path) -> Any:
    """What a page carries for its script."""
    found = re.search(r'id="content">(.*?)</script>', page.read_text(encoding="utf-8"), re.S)
    assert found
    return json.loads(found[1])


def pages_of(results: Path) -> dict[str, Said]:
    """Page of each analysis: (place, statistic) -> value, patients."""
    found = {}
    for path in sorted((results / "trace/ard").glob("*.html")):
        page = content(path)
        found[path.stem] = {
            (*(cell["key"].get(name, "") for name in PLACE), statistic): (
                value,
                None if who is None else [page["names"][n] for n in who],
            )
            for cell in page["cells"]
            for statistic, value, _, _, _, who in cell["statistics"]
        }
    return found


def place(row: Row) -> tuple[str, ...]:
    """The place of a statistic as the pages name it."""
    named = zip(PLACE, row.key[1:6], strict=True)
    return tuple("" if (name, value) == ("population", "all") else value for name, value in named)


def check_every_count(results: Path) -> int:
    """Behind each count of each analysis stand as many patients, each with a page; how many."""
    known = {path.stem for path in (results / "trace/subject").glob("*.html")}
    pages, counts = pages_of(results), 0
    for path in sorted((results / "ard").glob("*.csv")):
        for row in count_rows(read_ard(path)):
            value, who = pages[path.stem][*place(row), row.statistic]
            assert who is not None, f"{path.stem}: nobody listed for {row.key}"
            assert len(who) == int(row.value) == int(value), row.key
            assert known.issuperset(who)
            if (row.analysis, row.statistic) != ("ae_rates", "events"):  # counts events
                assert len(set(who)) == len(who), row.key
            counts += 1
    return counts
