"""What traces read beside the analysis datasets: standardised tables, raw texts, rows set aside."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from scripts.lib.tables import read_table


def by_name(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Tables by the names of their files."""
    return {Path(path).stem: read_table(path) for path in paths}


def staged(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Raw texts by table: the parts (`data/staged/{table}/{part}.parquet`) below each other."""
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in map(Path, paths):
        parts.setdefault(path.parent.name, []).append(read_table(path))
    return {table: pd.concat(frames, ignore_index=True) for table, frames in parts.items()}
