"""Which columns would tell who a patient is: told by their name and by their values."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scripts.lib.profiling.words import SURNAMES, Known

MOSTLY = 0.5
NAMES = 0.9
VALUES = (
    ("18-digit identity numbers", r"^[1-9]\d{5}(19|20)\d\d[01]\d[0-3]\d{4}[\dXx]$"),
    ("18-digit numbers", r"^\d{17}[\dXx]$"),
    ("mobile phone numbers", r"^(\+?86[- ]?)?1\d{10}$"),
    ("telephone numbers", r"^\(?0\d{2,3}\)?[- ]\d{7,8}$"),
    ("e-mail addresses", r"^\S+@\S+\.\w+$"),
)
WITHIN = (
    ("identity numbers within its text", r"(^|[^\d])\d{17}[\dXx]([^\d]|$)"),
    ("phone numbers within its text", r"(^|[^\d])1[3-9]\d{9}([^\d]|$)"),
)


def identifying(texts: pa.Array, counts: np.ndarray, known: list[tuple[Known, float]]) -> str:
    """Why a column should be dropped; '' where nothing speaks for it.

    Parameters
    ----------
    texts, counts
        Distinct values without those that mean missing, and how often each stands there.
    known
        What the column's name may mean, best first.
    """
    for what, pattern in VALUES:
        if _share(texts, counts, pattern) >= MOSTLY:
            return what
    named = next((k.column for k, fit in known if k.table == "drop" and fit == 1), "")
    if named:
        return f"its name says: {named}"
    if has_meaning(known):
        return ""
    if len(texts) >= 3 and _names(texts, counts) >= NAMES:
        return "Chinese names of persons, as it seems"
    return "; ".join(numbers_within(texts, counts))


def has_meaning(known: list[tuple[Known, float]]) -> bool:
    """Whether the column's whole name is that of a canonical column."""
    return any(k.table not in ("drop", "identifier") and fit == 1 for k, fit in known)


def numbers_within(texts: pa.Array, counts: np.ndarray) -> list[str]:
    """What stands in the middle of texts and would tell who a patient is."""
    return [what for what, pattern in WITHIN if _share(texts, counts, pattern) > 0]


def _share(texts: pa.Array, counts: np.ndarray, pattern: str) -> float:
    mask = pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False)
    return float(counts[mask].sum() / max(counts.sum(), 1))


def _names(texts: pa.Array, counts: np.ndarray) -> float:
    """Share of the values that are two or three Chinese characters, a surname first."""
    surnames = "".join(sorted(SURNAMES))
    return _share(texts, counts, rf"^[{surnames}][\p{{Han}}·]{{1,2}}(医生|医师|护士)?$")
