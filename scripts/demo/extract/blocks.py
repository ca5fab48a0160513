"""Courses of many patients at once, drawn at random: what `large_tables` writes as rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from scripts.demo.extract.arrays import Numbers

UNIX = dt.date(1970, 1, 1)
FIRST_START = (dt.date(2019, 6, 1) - UNIX).days
LAST_RECORD = (dt.date(2026, 4, 30) - UNIX).days
STRIDE = 61_803_399  # odd and no multiple of 5: numbers do not repeat below 10**8


@dataclass
class Block:
    """Courses of a block of patients; dates in days since 1970-01-01."""

    number: pa.Array
    male: Numbers
    birth: Numbers
    diagnosed: Numbers
    start1: Numbers
    pfs1: Numbers
    has2: Numbers
    serplulimab: Numbers
    start2: Numbers
    pfs2: Numbers
    event: Numbers
    survival: Numbers
    dead: Numbers

    def ids(self, owner: Numbers) -> pa.Array:
        """Hospital numbers of rows whose patients are at the positions `owner`."""
        return self.number.take(pa.array(owner))


def draw_block(rng: np.random.Generator, first: int, count: int) -> Block:
    """Courses of patients `first` to `first + count - 1` of the extract."""
    numbers = (np.arange(first, first + count, dtype="int64") * STRIDE + 12_345_678) % 10**8
    pfs1 = np.clip(280 * rng.weibull(2.2, count), 30, 900).astype("int64")
    start2 = FIRST_START + rng.integers(0, 1600, count)
    start1 = start2 - pfs1 - rng.integers(14, 45, count)
    diagnosed = start1 - rng.integers(3, 21, count)
    serplulimab = rng.random(count) < 0.42
    pfs2 = np.clip(np.where(serplulimab, 270, 190) * rng.weibull(1.7, count), 20, 1200)
    event = rng.random(count) < 0.88
    survival = pfs2.astype("int64") + 1 + rng.exponential(220, count).astype("int64")
    late = start2 + survival > LAST_RECORD
    survival = np.where(late, LAST_RECORD - start2, survival)
    return Block(
        number=pa.array([f"{number:08d}" for number in numbers]),
        male=rng.random(count) < 0.78,
        birth=diagnosed - (rng.normal(61, 9, count).clip(15, 90) * 365.25).astype("int64"),
        diagnosed=diagnosed,
        start1=start1,
        pfs1=pfs1,
        has2=rng.random(count) < 0.94,
        serplulimab=serplulimab,
        start2=start2,
        pfs2=np.minimum(pfs2.astype("int64"), survival - 1),
        event=event,
        survival=survival,
        dead=event & ~late & (rng.random(count) < 0.93),
    )
