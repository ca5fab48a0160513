"""Reading and writing the project's Parquet tables: nullable types in, the same bytes out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


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


def write_arrow(table: pa.Table, path: str | Path, *, private: bool = False) -> None:
    """`write_table` for an Arrow table, which large raw files stay from end to end."""
    path = Path(path)
    table = table.replace_schema_metadata(None)
    if private:
        make_private_folder(path.parent)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE_FILE))
        path.chmod(PRIVATE_FILE)
    pq.write_table(table, path, compression="zstd")


def write_private_text(path: str | Path, text: str) -> None:
    """Write `text` to a file that only its owner may read (0600), in a folder likewise (0700)."""
    path = Path(path)
    make_private_folder(path.parent)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, PRIVATE_FILE), "wb") as f:
        f.write(text.encode())
    path.chmod(PRIVATE_FILE)


def make_private_folder(folder: str | Path) -> None:
    """Create `folder` with mode 0700; its parents up to `private` or `staged` get the same."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for level in (folder, *folder.parents):
        if not {"private", "staged"} & set(level.parts):
            break
        level.chmod(PRIVATE_FOLDER)
