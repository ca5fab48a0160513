"""Private files and folders, and writing Arrow tables; without pandas, which is slow to import.

Every row of a patient below `data/` is private: `errors.run` closes the folders of what a step
writes before it writes, and its files after (`protect_folders`, `protect_files`), whoever wrote
them and in whatever form.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
OTHERS = 0o077  # what any other account than the owner may do
PRIVATE = frozenset(
    {"private", "staged", "standardised", "analysis", "ard", "records", "deliveries"}
)
"""Folders below `data/` that hold rows or values of patients, or hashes of such files."""


def write_arrow(table: pa.Table, path: str | Path, *, private: bool = False) -> None:
    """Write an Arrow table as Parquet; equal tables give equal bytes.

    Parameters
    ----------
    private
        The file may hold what identifies a patient: only its owner may read it (0600), and the
        same for the folder it lies in (0700).
    """
    import pyarrow.parquet as pq  # late: every parse reads this module, and writes no table

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


def private_folders(path: str | Path) -> list[Path]:
    """The folders above `path` that are private: from its own up to `data/{one of PRIVATE}`."""
    folders = list(Path(path).parents)
    for place, level in enumerate(folders[:-1]):
        if level.name in PRIVATE and folders[place + 1].name == "data":
            return folders[: place + 1]
    return []


def make_private_folder(folder: str | Path) -> None:
    """Create `folder` with mode 0700; its parents up to the private one get the same."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for level in {folder, *private_folders(folder / "file")}:
        _close(level, PRIVATE_FOLDER)


def protect_folders(outputs: Iterable[str | Path]) -> None:
    """Close the private folders of `outputs` to others, before anything is written there."""
    for level in {level for path in outputs for level in private_folders(path)}:
        level.mkdir(parents=True, exist_ok=True)
        _close(level, PRIVATE_FOLDER)


def protect_files(outputs: Iterable[str | Path]) -> None:
    """Close those of `outputs` that lie in private folders to others."""
    for path in map(Path, outputs):
        if private_folders(path) and path.exists():
            below = path.rglob("*") if path.is_dir() else ()
            for one in (path, *below):
                _close(one, PRIVATE_FOLDER if one.is_dir() else PRIVATE_FILE)


def _close(path: Path, mode: int) -> None:
    if path.stat().st_mode & OTHERS and not path.is_symlink():
        path.chmod(mode)
