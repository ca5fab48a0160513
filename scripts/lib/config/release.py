"""Section `release`: what may leave the hospital. The file may be missing: then the defaults."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.study import Section


class Release(Section):
    """How results/release/ is made."""

    minimum: int = Field(
        5, ge=2, description="smallest number of patients or events that may be read there"
    )
