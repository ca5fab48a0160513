"""The shape of texts: digits and letters masked, so that a page can show it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SHOWN = 6
UNITS = "年月日时分秒岁"  # kept behind a digit, where they are part of a date or an age
PRIVATE = 0xE000  # a private character stands for a unit meanwhile
STEPS = (
    (r"\s", " "),
    (r"[\p{Nl}\p{No}]", "9"),
    (r"\p{Lo}", "字"),
    (r"\p{Lu}", "A"),
    (r"[\p{Ll}\p{Lm}\p{Lt}]", "a"),
    (r"[^\x00-\x7F０９字…\x{E000}-\x{E010}\p{P}\p{S}\p{Z}]", "?"),
)
RUNS = tuple((f"{c}{{9,}}", f"{c}{c}…") for c in "字Aa")
LONGEST = 24


def mask_texts(texts: pa.Array) -> pa.Array:
    """Each text with 9 for digits, A and a for letters, 字 for other characters.

    A run of more than eight letters is shortened, and so is a long text.
    """
    kept = pc.replace_substring_regex(texts, r"[0-9]", "9")
    kept = pc.replace_substring_regex(kept, r"[０-９]", "９")
    for number, unit in enumerate(UNITS):
        masked = f"\\1{chr(PRIVATE + number)}"
        kept = pc.replace_substring_regex(kept, f"([9９]) *{unit}", masked)
    for pattern, new in STEPS + RUNS:
        kept = pc.replace_substring_regex(kept, pattern, new)
    for number, unit in enumerate(UNITS):
        kept = pc.replace_substring(kept, chr(PRIVATE + number), unit)
    cut = pc.greater(pc.utf8_length(kept), LONGEST)
    short = pc.binary_join_element_wise(pc.utf8_slice_codeunits(kept, 0, LONGEST), "…", "")
    return pc.if_else(cut, short, kept)


def shapes(texts: pa.Array, counts: np.ndarray) -> tuple[list[tuple[str, float]], int]:
    """The commonest masked texts with their share, and how many others there are.

    Parameters
    ----------
    texts, counts
        Distinct texts and how often each stands in the column.
    """
    coded = mask_texts(texts).dictionary_encode()
    weights = np.bincount(coded.indices.to_numpy(), counts, len(coded.dictionary))
    names = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=lambda i: (-weights[i], names[i]))
    total = weights.sum() or 1
    return [(names[i], weights[i] / total) for i in order[:SHOWN]], max(len(names) - SHOWN, 0)
