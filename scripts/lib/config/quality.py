"""Section `quality`: waivers, and which failures stop the study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from scripts.lib.config.study import Section


class Quality(Section):
    """How the gates judge."""

    waivers: str = Field(
        "config/waivers.csv",
        description="file with the findings that somebody answers for, from the study folder",
    )
    stops: list[Literal["critical", "warning", "info"]] = Field(
        ["critical"], description="severities whose failures stop; a crashed check always stops"
    )
    stops_reason: str = Field(
        "",
        description="why critical failures do not stop; needed where `stops` lacks critical, and "
        "shown on the pages",
        examples=["first look at a delivery, nothing is published"],
    )
    page_rows: int = Field(
        2000, ge=0, description="most findings listed on the page; all are in findings.csv"
    )
    confirming: list[str] = Field(
        ["confirmed", "确认", "属实"],
        min_length=1,
        description="an answer that begins with one of these says that the value is right",
    )
    query_rows: int = Field(
        20000,
        ge=1,
        description="most queries in the workbook, those that matter most; the CSV has all",
    )

    @field_validator("waivers")
    @classmethod
    def _a_file_is_named(cls, path: str) -> str:
        if not path.strip() or not path.isprintable():
            raise ValueError("an empty name, or one with signs that nobody sees; name the file")
        return path

    @model_validator(mode="after")
    def _shut_gates_are_opened_for_a_reason(self) -> Quality:
        if "critical" not in self.stops and not self.stops_reason.strip():
            raise ValueError(
                "stops: without `critical` a gate lets every failed check through; put it in the"
                " list, or say why not as `stops_reason:` (the quality page, the report and STATUS"
                " show it)"
            )
        return self


def open_gates(quality: Mapping[str, Any]) -> str:
    """What pages and STATUS say where critical failures do not stop the study, with the reason."""
    if "critical" in quality["stops"]:
        return ""
    listed = ", ".join(quality["stops"]) or "none"
    return (
        "Critical findings do not stop this study (severities that stop: "
        f"{listed}). Reason: {quality['stops_reason'].strip()}"
    )
