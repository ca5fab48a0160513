"""One person under two numbers: same date of birth, and the same in a column that identifies.

Such columns (name, identity card, telephone) are dropped, so rows carry keyed hashes of them until
the parts of the table are together. The label of a hash is its own: neither a pseudonym nor the
hash of another column is the hash of the same text.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.folding import fold
from scripts.lib.reading.codes import codes, row_codes
from scripts.lib.reading.hashing import hash_texts
from scripts.lib.reading.parts import Part
from scripts.lib.reading.values import is_missing

BIRTH = "birth_date"
PREFIX = "same person: "  # and the raw header: column of a part, and label of its hashes
# of two patients born on different days at most this share may agree in a column that identifies
BY_CHANCE = 0.01


def hashed_columns(
    part: Part, drop: Iterable[str], missing: list[str], key: bytes
) -> dict[str, pa.Array]:
    """The dropped columns of a part with dates of birth, as keyed hashes of their texts.

    Blank cells and words that mean missing are null; case, width, spaces and signs between letters
    or digits make no difference.
    """
    if BIRTH not in part.columns:
        return {}
    found = {}
    for name in drop:
        if name in part.staged.column_names:
            raw = part.raw(name)
            folded = fold(raw.texts)
            plain = pc.replace_substring_regex(pc.utf8_lower(folded), r"[\s\p{P}]+", "")
            label = f"{PREFIX}{name}"
            hashes = hash_texts(plain, hmac.digest(key, label.encode(), "sha256"))
            blank = is_missing(folded, missing) | pc.equal(plain, "").to_numpy(zero_copy_only=False)
            found[label] = raw.take(pa.array(hashes, mask=blank))
    return found


def seen_before(table: pa.Table) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows of persons that an earlier row has under another number.

    Returns
    -------
    By the columns that agree (raw headers, joined by a comma): such rows, and the row of each that
    came first.
    """
    labels = [name for name in table.column_names if name.startswith(PREFIX)]
    first: dict[int, int] = {}
    agreeing: dict[int, list[str]] = {}
    for label in labels:
        rows, earlier = _again(table, label)
        for row, before in zip(rows.tolist(), earlier.tolist(), strict=True):
            first[row] = min(before, first.get(row, before))
            agreeing.setdefault(row, []).append(label.removeprefix(PREFIX))
    found: dict[str, list[int]] = {}
    for row in sorted(agreeing):
        found.setdefault(", ".join(agreeing[row]), []).append(row)
    return {
        names: (np.array(rows), np.array([first[row] for row in rows]))
        for names, rows in found.items()
    }


def _again(table: pa.Table, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows that agree with an earlier one of another patient, by date of birth and a column."""
    patient, born, said = (codes(table[name]) for name in ("USUBJID", BIRTH, label))
    usable = np.flatnonzero((patient >= 0) & (born >= 0) & (said >= 0))
    _, once = np.unique(patient[usable], return_index=True)
    usable = usable[np.sort(once)]  # the first row of each patient
    both = row_codes([pa.array(born[usable]), pa.array(said[usable])], missing_is_a_value=False)
    _, first, group = np.unique(both, return_index=True, return_inverse=True)
    of_chance = _pairs(said[usable]) - _pairs(both)
    others = len(usable) * (len(usable) - 1) / 2 - _pairs(born[usable])
    if of_chance > BY_CHANCE * others:
        return np.empty(0, "int64"), np.empty(0, "int64")
    again = np.flatnonzero(first[group] != np.arange(len(usable)))
    return usable[again], usable[first[group][again]]


def _pairs(values: np.ndarray) -> float:
    """How many pairs of rows have the same value."""
    counts = np.unique(values, return_counts=True)[1].astype("float64")
    return float((counts * (counts - 1) / 2).sum())
