"""Whole numbers that stand for the values of columns, so that rows can be compared in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = pa.Array | pa.ChunkedArray
DAY = 86_400_000_000  # microseconds


def codes(column: Column) -> np.ndarray:
    """A number for each row, the same where the values are; -1 where there is none."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return pc.fill_null(whole.dictionary_encode().indices, -1).to_numpy(zero_copy_only=False)


def row_codes(columns: Sequence[Column], *, missing_is_a_value: bool) -> np.ndarray:
    """A number for each row, the same where all columns agree.

    Without `missing_is_a_value` a row that lacks one of the columns has -1.
    """
    total, lacking = np.zeros(len(columns[0]), "int64"), np.zeros(len(columns[0]), bool)
    for column in columns:
        code = codes(column).astype("int64")
        lacking |= code < 0
        total = total * (code.max(initial=0) + 2) + code + 1
        total = np.unique(total, return_inverse=True)[1]  # small again, so that nothing overflows
    return total if missing_is_a_value else np.where(lacking, -1, total)


def days(column: Column) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970 of dates, and where there is one."""
    known = pc.is_valid(column).to_numpy(zero_copy_only=False)
    whole = pc.fill_null(column.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return whole // DAY, known
