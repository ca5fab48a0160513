"""What every reader of raw files gives."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

Problem = tuple[str, int | None, str | None]  # rule, row, column
Aside = tuple[int, str, str]  # row, reason, detail


@dataclass
class Raw:
    """The cells of one raw file, and what was set aside before they could be used."""

    names: list[str]
    cells: list[pa.ChunkedArray | pa.Array]
    rows: np.ndarray
    last_row: int
    first_row: int
    set_aside: list[Aside] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    encoding: str | None = None
    sheet: str | None = None
    date1904: bool = False
    sheets: list[str] = field(default_factory=list)  # all of the workbook
