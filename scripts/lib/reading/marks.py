"""What a sheet of a workbook says of its cells beside their values."""

from __future__ import annotations

from dataclasses import dataclass, field

Cell = tuple[int, int]  # row and column, from 0


@dataclass
class Marks:
    """Cells without a value of their own, what is hidden, and how far the sheet reaches.

    Rows and columns count from 0.
    """

    errors: dict[Cell, str] = field(default_factory=dict)  # #N/A, #REF!
    without: set[Cell] = field(default_factory=set)  # formulas that were never calculated
    old: set[Cell] = field(default_factory=set)  # formulas whose result may be of the day before
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    filled: int = 0  # cells with a value or a formula
    last_row: int = -1
    last_column: int = -1

    def fill(self, row: int, column: int) -> None:
        """Take a filled cell into the extent."""
        self.filled += 1
        self.last_row = max(self.last_row, row)
        self.last_column = max(self.last_column, column)


@dataclass(frozen=True)
class SheetName:
    """A sheet as the workbook lists it."""

    name: str
    hidden: bool


class Damaged(Exception):  # noqa: N818 - becomes a `Stop` where the file has a name
    """The bytes are not a whole workbook; the message says why, where there is more to say."""
