"""Spare Snakemake the import of pandas: the parameters of this project's rules are plain values.

Snakemake compares the parameters of a job with those of its last run as text, and imports pandas to
see whether one of them is a data frame. That is a tenth of a run that has nothing to do. Here every
`settings` holds numbers, texts, lists and mappings, whose text is the same without it.
"""

from __future__ import annotations

from snakemake.persistence import PersistenceBase


def install() -> None:
    """Compare parameters as plain values; calling it again is harmless."""
    PersistenceBase._serialize_param = property(  # type: ignore[assignment]
        PersistenceBase._serialize_param_builtin.__get__
    )
