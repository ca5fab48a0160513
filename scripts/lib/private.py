"""Writing Arrow tables and private files; without pandas, which takes longest to import."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700


def write_arrow(table: pa.Table, path: str | Path, *, private: bool = False) -> None:
    """Write an Arrow table as Parquet; equal tables give equal bytes.

    Parameters
    ----------
    private
        The file may hold what identifies a patient: only its owner may read it (0600), and the
        same for the folder it lies in (0700).
    """
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
