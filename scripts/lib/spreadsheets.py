"""Text that a spreadsheet program takes for text, whatever it begins with.

A cell of a CSV file that begins with `=`, `+`, `-`, `@` or a tab is a formula for Excel and
LibreOffice, and a formula can call programs and send cells away. `neutral` sets an apostrophe
before it, as these programs themselves do; `plain` takes it away where a file is read back, so
that nothing is lost. Numbers and ranges of numbers stay as they are. Source: OWASP, CSV injection.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MARK = "'"
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
NUMBERS = re.compile(r"[+\-]?[\d\s.,%()–−]*(?:e[+\-]?\d+)?(?:(?:to |-)[+\-]?[\d\s.,%()]+)*")
LONGEST = 32_000  # characters of a cell; a workbook holds no more than 32,767


def neutral(text: str) -> str:
    """`text`, with an apostrophe before what would be a formula."""
    return MARK + text if FORMULA.match(text) and not NUMBERS.fullmatch(text) else text


def plain(text: str) -> str:
    """What `neutral` was given."""
    return text[1:] if text[:1] == MARK and neutral(text[1:]) == text else text


def neutral_row(cells: Iterable[Any]) -> list[str]:
    """The cells of a CSV row, None as nothing."""
    return ["" if cell is None else neutral(str(cell)) for cell in cells]


def neutral_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` with each text neutral, and its column names."""
    return _map_texts(frame, neutral).rename(columns=neutral)


def plain_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """What `neutral_frame` was given."""
    return _map_texts(frame, plain).rename(columns=plain)


def read_dicts(path: str | Path) -> list[dict[str, str]]:
    """The rows of a CSV file that was written neutral, by column name."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [{k: plain(v) for k, v in row.items()} for row in csv.DictReader(file)]


def write_text(sheet: Any, row: int, column: int, text: str, style: Any, span: int = 1) -> None:
    """Write text into a cell of a workbook, merged over `span` columns: never a formula or link.

    `merge_range` of XlsxWriter guesses the kind of what it is given; `write_string` does not, but
    drops a text that is too long for a cell.
    """
    if span > 1:
        sheet.merge_range(row, column, row, column + span - 1, "", style)
    shown = text if len(text) <= LONGEST else text[:LONGEST] + " ..."
    sheet.write_string(row, column, shown, style)


def _map_texts(frame: pd.DataFrame, change: Any) -> pd.DataFrame:
    """`change` of every distinct text of the columns that hold texts."""
    changed: dict[str, Any] = {}
    for name in map(str, frame.select_dtypes(["object", "string", "category"])):
        texts = frame[name].astype("object")
        distinct = [t for t in texts.dropna().unique() if isinstance(t, str)]
        others = {t: new for t in distinct if (new := change(t)) != t}
        if others:
            changed[name] = texts.map(lambda t, o=others: o.get(t, t) if isinstance(t, str) else t)
    return frame.assign(**changed)
