"""Section `sensitivity`: what is asked beyond the paper, each question a gated step of its own.

A part that is left out of the file is not computed; `enabled: false` leaves all of them out.
"""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.study import Section


class Sensitivity(Section):
    """Analyses beyond the paper."""

    enabled: bool = Field(True, description="false leaves all sensitivity analyses out")
