"""Office documents with equal bytes: zip archives without clock, order or version of a program."""

from __future__ import annotations

import datetime as dt
import unicodedata
import zipfile
from pathlib import Path

from scripts.lib.display.printed_table import PrintedTable

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say
CREATED = dt.datetime(2000, 1, 1)  # stands in the document properties; no clock is read
MODE = 0o644
SENSITIVITY = "Sensitivity analyses"


def plain_mark(mark: str) -> str:
    """The sign of a footnote as ordinary letters, to be set raised: `ᵃ` becomes `a`."""
    return unicodedata.normalize("NFKC", mark)


def split_mark(note: str) -> tuple[str, str]:
    """Leading raised letters of a footnote as ordinary ones, and the rest."""
    length = next((i for i, sign in enumerate(note) if not _is_raised(sign)), len(note))
    return plain_mark(note[:length]), note[length:]


def _is_raised(sign: str) -> bool:
    return unicodedata.decomposition(sign).startswith("<super>")


def longest_texts(table: PrintedTable) -> list[int]:
    """Characters of the longest cell of each column, and of the longest word of its head."""
    texts = [[cell.text + cell.mark for cell in row.cells] for row in table.rows]
    cells = [max(map(len, column)) for column in zip(*texts, strict=True)]
    words = [max(map(len, head.text.split()), default=0) for head in table.heads[-1]]
    return [max(pair) for pair in zip(cells or words, words, strict=True)]


def repack(path: str | Path) -> None:
    """Write the archive again, its members in their order, without time stamps.

    Office programs want `[Content_Types].xml` first, and both writers put it there, so that the
    order is kept.
    """
    path = Path(path)
    with zipfile.ZipFile(path) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = MODE << 16
            archive.writestr(info, content)
