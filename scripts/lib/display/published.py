"""Printed numbers of a paper in the project's own form, `config/published.csv`.

Columns: `id`; `where` it is printed; `printed`, as printed; `unit` (count, percent, months, years,
p, date, version or empty); `ard_file` and `ard_key`, where our number is: a file of Analysis
Results Data and a key (`name=value; ...`; several keys joined by ` | ` mean that the printed
inequality holds for each), or a file of config/ and the path of a setting (`#2`: the second number
of an expression); `reason` why the number cannot be reproduced.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from scripts.lib.errors import Stop
from scripts.lib.text_files import read_rows

MEANING = {
    "id": "name of the number, unique in the file",
    "where": "where it is printed, e.g. Table II",
    "printed": "as printed: 67, 41.8, <0.001",
    "unit": "count, percent, months, years, p, date, version, or empty",
    "ard_file": "where ours is: a file of results/ard, or of config/ for a setting; empty: nowhere",
    "ard_key": "`name=value; ...` of one row (several joined by ` | `: the printed inequality "
    "holds for each), or the path of a setting",
    "reason": "why the number cannot be reproduced; empty: it can",
}
COLUMNS = tuple(MEANING)
SEVERAL = " | "


class PublishedNumber(NamedTuple):
    """One printed number."""

    id: str
    where: str
    printed: str
    unit: str
    ard_file: str
    ard_key: str
    reason: str

    @property
    def is_setting(self) -> bool:
        """Whether it compares with the configuration, not with a statistic."""
        return self.ard_file.startswith("config/")


def read_published(path: Path) -> list[PublishedNumber]:
    """The printed numbers, in file order."""
    header, lines = read_rows(path, "Restore it, or take `published` out of config/report.yaml.")
    if header != COLUMNS:
        raise Stop(f"{path}: the columns must be {', '.join(COLUMNS)}.")
    rows = [PublishedNumber(*line) for _, line in lines]
    ids = [row.id for row in rows]
    if len(set(ids)) < len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise Stop(f"{path}: the id {', '.join(twice[:5])} occurs twice.")
    return rows


def write_published(rows: list[PublishedNumber], path: Path) -> None:
    """Write them."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
