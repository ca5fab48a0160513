"""What every reader of raw files gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

Problem = tuple[str, int | None, str | None]  # rule, row, column
Aside = tuple[int, str, str]  # row, reason, detail


def joined_text(cells: Iterable[str]) -> str:
    """The text of a row that holds no values: a title, a remark."""
    return " ".join(text.strip() for text in cells if text.strip())


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
    above: list[tuple[int, str]] = field(default_factory=list)  # rows above the header, their text
    sheets: list[str] = field(default_factory=list)  # all of the workbook
    hidden_sheets: list[str] = field(default_factory=list)
    torn: dict[int, list[str]] = field(default_factory=dict)  # fields of the last malformed rows
    text_points: list[str] = field(default_factory=list)  # columns with texts such as `1.5`

    def keep(self, positions: np.ndarray) -> None:
        """Keep the rows at these positions alone."""
        if len(positions) < len(self.rows):
            self.rows = self.rows[positions]
            self.cells = [cell.take(pa.array(positions)) for cell in self.cells]
        self.set_aside.sort()
