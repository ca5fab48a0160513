"""Reading and writing the project's Parquet tables: nullable types in, the same bytes out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from scripts.lib.private import write_arrow, write_private_text

__all__ = ["read_table", "write_private_text", "write_table"]


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A table with nullable types, so that a missing value is never a number, a date or false.

    Parameters
    ----------
    path
        A Parquet file.
    columns
        Columns to read, in the order wanted; all when None.

    Returns
    -------
    DataFrame with dtypes string, Int64, Float64, boolean and datetime64[us]; RangeIndex.
    """
    frame = pd.read_parquet(
        path, columns=None if columns is None else list(columns), dtype_backend="numpy_nullable"
    )
    dates = frame.select_dtypes("datetime").columns
    return frame.astype(dict.fromkeys(dates, "datetime64[us]"))


def write_table(frame: pd.DataFrame, path: str | Path, *, private: bool = False) -> None:
    """Write `frame` (index dropped) as Parquet; equal frames give equal bytes.

    Parameters
    ----------
    private
        The file may hold what identifies a patient: only its owner may read it (0600), and the
        same for the folder it lies in (0700).
    """
    write_arrow(pa.Table.from_pandas(frame, preserve_index=False), path, private=private)
