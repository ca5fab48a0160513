"""Which covariates a multivariable model may hold, and whether the data choose among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def candidates(terms: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Terms that a model may hold: all but other codings and what is not collected."""
    return [t for t in terms if t.get("enters") != "never" and not t.get("not_collected")]


def data_driven(terms: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the data choose any covariate of the multivariable model."""
    return any(term.get("enters", "by_p") == "by_p" for term in candidates(terms))
