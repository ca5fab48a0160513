"""Hashes of raw texts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.reading.hashing import hash_texts

KEY = b"k" * 32


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30, unique=True))
def test_equal_texts_and_only_those_have_equal_hashes(texts: list[str]) -> None:
    hashes = hash_texts(pa.array([*texts, *texts]), KEY)
    assert np.array_equal(hashes[: len(texts)], hashes[len(texts) :])
    assert len(np.unique(hashes)) == len(texts)


@given(st.lists(st.text(max_size=12), min_size=2, max_size=30))
def test_a_hash_depends_on_its_text_alone(texts: list[str]) -> None:
    alone = [hash_texts(pa.array([text]), KEY)[0] for text in texts]
    assert hash_texts(pa.array(texts), KEY).tolist() == alone
    assert hash_texts(pa.array(texts).slice(1), KEY).tolist() == alone[1:]


def test_similar_numbers_do_not_collide() -> None:
    texts = pa.array([str(number) for number in range(200_000)])
    assert len(np.unique(hash_texts(texts, KEY))) == 200_000


def test_the_key_decides_and_no_machine_does() -> None:
    assert hash_texts(pa.array(["a"]), KEY) != hash_texts(pa.array(["a"]), b"l" * 32)
    assert hash_texts(pa.array(["abc", ""]), KEY).tolist() == [18120679821331431060, 0]
