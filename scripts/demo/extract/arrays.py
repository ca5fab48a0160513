"""Columns of a larger extract, made as whole arrays: written words, dates, repeated patients."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from scripts.demo.extract.words import Words

Numbers = np.ndarray
FIRST_DAY = dt.date(1900, 1, 1)
EPOCH = (FIRST_DAY - dt.date(1970, 1, 1)).days
CALENDAR = [FIRST_DAY + dt.timedelta(days=number) for number in range(55_000)]  # to 2050


class Dates:
    """Days since 1970-01-01 written in one format; below zero days since 1900 = blank."""

    def __init__(self, write: Callable[[dt.date], str]) -> None:
        self._texts = pa.array([write(day) for day in CALENDAR] + [""])

    def write(self, days: Numbers, shown: Numbers | None = None) -> pa.Array:
        """The days as text; blank where not shown."""
        position = np.asarray(days, dtype="int64") - EPOCH
        if shown is not None:
            position = np.where(shown, position, len(CALENDAR))
        return self._texts.take(pa.array(position))


def write_words(
    rng: np.random.Generator, words: Words, codes: Sequence[str], which: Numbers
) -> pa.Array:
    """For each row the code `codes[which]` in one of its written forms."""
    texts = [text for code in codes for text in words[code]]
    lengths = np.array([len(words[code]) for code in codes])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    choice = (rng.random(len(which)) * lengths[which]).astype("int64")
    return pa.array(texts).take(pa.array(starts[which] + choice))


def write_numbers(numbers: Numbers) -> pa.Array:
    """Whole numbers as text."""
    return pc.cast(pa.array(np.asarray(numbers, dtype="int64")), pa.string())


def repeat(counts: Numbers) -> tuple[Numbers, Numbers]:
    """Position of the patient for each of their rows, and the number of the row among them."""
    owner = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    return owner, np.arange(len(owner)) - first


def concat(*columns: pa.Array) -> pa.Array:
    """Rows of one block after those of another."""
    return pa.concat_arrays([c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c
                             for c in columns])  # fmt: skip


def csv_bytes(table: pa.Table, encoding: str, title: str = "", footer: str = "") -> bytes:
    """The table as a delimited file, with a line above and below where given."""
    body = io.BytesIO()
    csv.write_csv(table, body, csv.WriteOptions(quoting_style="needed"))
    data = body.getvalue()
    if title or footer:
        data = f"{title}\n".encode() + data + f"{footer}\n".encode()
    return data if encoding == "utf-8" else data.decode().encode(encoding)
