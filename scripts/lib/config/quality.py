"""Section `quality`: waivers, and which failures stop the study."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scripts.lib.config.study import Section


class Quality(Section):
    """How the gates judge."""

    waivers: str = Field("config/waivers.csv", description="findings that somebody answers for")
    stops: list[Literal["critical", "warning", "info"]] = Field(
        ["critical"], description="severities whose failures stop; a crashed check always stops"
    )
    page_rows: int = Field(
        2000, ge=0, description="findings listed on the page; all are in findings.csv"
    )
