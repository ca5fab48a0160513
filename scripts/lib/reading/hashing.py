"""Keyed 64-bit hashes of texts, to compare raw rows without carrying their texts along."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

ODD = np.uint64(0x9E3779B97F4A7C15)  # golden ratio, as in splitmix64


def hash_texts(texts: pa.Array, key: bytes) -> np.ndarray:
    """A hash of each text, the same on every machine; without the key nobody can guess texts.

    Each byte becomes a random number drawn from the key, weighted by its place, and the sums are
    mixed; a column of a million texts takes a fraction of a second.

    Parameters
    ----------
    texts
        Strings without nulls.
    key
        At least 32 bytes.
    """
    array = texts.cast(pa.large_string())
    size = len(array)
    offsets = np.frombuffer(array.buffers()[1], "int64")[array.offset : array.offset + size + 1]
    data = array.buffers()[2]
    letters = np.frombuffer(data, "uint8")[offsets[0] : offsets[-1]] if data else np.empty(0, "u1")
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    place = np.arange(len(letters)) - np.repeat(starts, lengths)
    random = np.random.Generator(np.random.PCG64(int.from_bytes(key, "big")))
    table = random.integers(0, 2**64, 256, dtype="uint64")
    sums = np.zeros(len(letters) + 1, "uint64")  # whole numbers modulo 2^64, never floats
    np.cumsum(table[letters] * _powers(place), out=sums[1:])
    return _mix(sums[starts + lengths] - sums[starts] + lengths.astype("uint64") * table[0])


def _powers(place: np.ndarray) -> np.ndarray:
    """`ODD ** (place + 1)` modulo 2^64."""
    powers = np.full(int(place.max(initial=0)) + 1, ODD, "uint64")
    return np.multiply.accumulate(powers)[place]


def _mix(value: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: every bit of the sum reaches every bit of the hash."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
