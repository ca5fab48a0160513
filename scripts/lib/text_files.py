"""Text files that a person writes (YAML, code lists, waivers, printed numbers): one door."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from scripts.lib.errors import Stop

# what a text file may hold: YAML 1.1, section 5.1, without the C1 controls
BAD_SIGN = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_text(path: Path, remedy: str) -> str:
    """The text of a file, without a byte order mark.

    Raises
    ------
    Stop
        It is missing (with the `remedy`), a folder, not readable, not UTF-8, or holds a sign that
        no text holds; the last two with the line.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise Stop(f"{path} is missing. {remedy}") from None
    except IsADirectoryError:
        raise Stop(f"{path} is a folder, where a file should be. Move it away. {remedy}") from None
    except OSError as error:
        raise Stop(f"{path} cannot be read ({error.strerror}). Give this account access.") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Stop(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from None
    bad = BAD_SIGN.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        raise Stop(
            f"{path}, line {line}: a sign that no text holds (U+{ord(bad[0]):04X}). Delete it."
        )
    return text


def read_rows(path: Path, remedy: str) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    """Header and rows of a CSV file, blank rows left out, each row with its number.

    Raises
    ------
    Stop
        As `read_text`; or a row has more or fewer fields than the header, or a quotation mark is
        never closed.
    """
    reader = csv.reader(io.StringIO(read_text(path, remedy), newline=""), strict=True)
    try:
        numbered = [(n, row) for n, row in enumerate(reader, 1) if any(map(str.strip, row))]
    except csv.Error as error:
        raise Stop(f"{path}, line {reader.line_num}: not CSV ({error}). Mend it there.") from None
    header = tuple(numbered[0][1]) if numbered else ()
    for number, row in numbered[1:]:
        if len(row) != len(header):
            raise Stop(
                f"{path}, row {number}: {len(header)} fields are wanted, as in the header; there "
                f"are {len(row)}. Fill in the missing commas, or put a text that holds one between "
                'quotation marks (").'
            )
    return header, numbered[1:]
