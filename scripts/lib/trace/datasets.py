"""Analysis datasets by name, and how the patients behind one count are written down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ALL
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.tables import read_table

CountKey = tuple[str, str, str, str, str, str]
"""parameter, population, group, variable, level, statistic: the key columns behind `analysis`."""
Patients = np.ndarray  # pseudonyms; one may stand several times where events are counted
Counted = Iterator[tuple[CountKey, Patients]]


class Datasets:
    """The tables of data/analysis by name; each is read once."""

    def __init__(self, paths: Iterable[str | Path]) -> None:
        self.paths = {Path(path).stem: Path(path) for path in paths}
        self._read: dict[str, pd.DataFrame] = {}

    def table(self, name: str) -> pd.DataFrame:
        """A whole dataset."""
        if name not in self._read:
            self._read[name] = read_table(self.paths[name])
        return self._read[name]

    def times(self, endpoint: str, variables: Sequence[str] = ()) -> pd.DataFrame:
        """Times of an endpoint with variables of ADSL, as the statistics read them."""
        return read_time_to_event(
            self.paths[f"adtte_{endpoint}"], self.paths["adsl"], list(variables)
        )


def counted(
    statistic: str,
    frame: pd.DataFrame,
    rows: Any,
    *,
    parameter: str = "",
    population: str = ALL,
    group: str = "",
    variable: str = "",
    level: str = "",
) -> tuple[CountKey, Patients]:
    """Key of one count, and who is counted: USUBJID of the rows of `frame` (mask or positions)."""
    key = (parameter, population, group, variable, level, statistic)
    return key, frame["USUBJID"].to_numpy(object)[np.asarray(rows)]
