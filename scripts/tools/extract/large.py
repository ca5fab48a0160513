"""Larger extracts (to be written)."""

from __future__ import annotations

from pathlib import Path


def write_large(out: Path, patients: int, seed: int, parts: int) -> None:
    """Write a larger extract."""
    raise NotImplementedError
