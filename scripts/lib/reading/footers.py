"""Remark rows at the end of a file that hold a patient after all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.folding import fold_text, plain_letters
from scripts.lib.reading.headers import choose
from scripts.lib.reading.pseudonyms import clean_identifier
from scripts.lib.reading.raw import Raw


def patient_rows(
    raw: Raw, start: int, identifier: dict[str, Any] | None, missing: Sequence[str]
) -> set[int]:
    """Rows from `start` on whose cell in the column of patient numbers is one.

    A number of the declared full form is one; any other if it looks like those of the rows above
    (so many digits, letters in the same places). `Total`, or a count of rows alone, is none.
    """
    column = choose(identifier["column"], raw.names) if identifier else None
    if identifier is None or column is None:
        return set()
    at = raw.names.index(column)
    above = raw.cells[at].filter(pa.array(raw.rows < start))
    shapes = {_shape(text) for text in pc.unique(above).to_pylist()}
    last = {
        int(raw.rows[i]): [str(cell[int(i)].as_py()) for cell in raw.cells]
        for i in np.flatnonzero(raw.rows >= start)
    }
    torn = {row: cells for row, cells in raw.torn.items() if row >= start and at < len(cells)}
    return {
        row
        for row, cells in (last | torn).items()
        if _is_patient(cells, cells[at], identifier, missing, shapes)
    }


def _is_patient(
    cells: list[str],
    text: str,
    identifier: dict[str, Any],
    missing: Sequence[str],
    shapes: set[str],
) -> bool:
    if fold_text(text) in {"", *map(fold_text, missing)}:
        return False
    number, rule = clean_identifier(text, identifier)
    if number is None:
        return False
    if rule is not None:  # its zeros are gone: a count of rows would stand there alone
        return _shape(text) in shapes or sum(bool(cell.strip()) for cell in cells) > 1
    formed = identifier["pattern"] or (identifier["width"] and number.isdigit())
    return bool(formed) or _shape(text) in shapes


def _shape(text: str) -> str:
    """The text with every digit as 9 and every letter as A."""
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", plain_letters(text).strip()))
