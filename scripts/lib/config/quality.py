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
    confirming: list[str] = Field(
        ["confirmed", "确认", "属实"],
        min_length=1,
        description="an answer that begins with one of these says that the value is right",
    )
    query_rows: int = Field(
        20000, ge=1, description="queries in the workbook, those that matter most; the CSV has all"
    )
