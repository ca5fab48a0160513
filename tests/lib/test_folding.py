"""Folding takes away what means nothing, and makes no digit of what is none."""

from __future__ import annotations

import unicodedata

import pyarrow as pa
import pytest

from scripts.lib.folding import fold, fold_text, has_other_digits, plain_letters


def test_no_letter_but_a_full_width_digit_becomes_a_number() -> None:
    for code in range(0x80, 0x110000):
        letter = chr(code)
        if 0xD800 <= code < 0xE000 or unicodedata.decomposition(letter).startswith("<wide>"):
            continue
        assert not plain_letters(letter)[:1].isascii() or not plain_letters(letter)[:1].isdigit()


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("１２", "12"),
        ("ＰＤ１", "PD1"),
        ("Ⅳ期", "IV期"),
        (" a\u200b b ", "a b"),
        ("\ufeff00012", "00012"),
        ("10²", "10²"),
        ("（１）", "(1)"),
        ("１０²", "10²"),
    ],
)
def test_one_text_and_many_fold_alike(text: str, folded: str) -> None:
    assert fold(pa.array(["x", text])).to_pylist() == ["x", folded]
    assert plain_letters(text).strip() == folded
    assert fold_text(text) == folded.casefold()


def test_other_digits_are_seen() -> None:
    assert [has_other_digits(t) for t in ("12", "一二", "1²", "٣", "①", "½")] == [
        False, False, True, True, True, True,
    ]  # fmt: skip
