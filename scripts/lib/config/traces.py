"""Sub-section `report.traces`: pages that lead from a number to its patients and raw cells."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.study import Section


class Lane(Section):
    """One line of a patient's time line: the dated rows of a table."""

    label: str = Field(description="name beside the line", examples=["Radiotherapy"])
    table: str = Field(description="table whose rows are shown", examples=["radiotherapy"])
    start: str = Field(description="its column with the date", examples=["start_date"])
    end: str | None = Field(
        None,
        description="its column with the last date of what lasts; left out: a day",
        examples=["stop_date"],
    )
    shows: list[str] = Field(
        [], description="its columns written at the mark", examples=[["purpose"]]
    )


LANES = tuple(
    Lane(label=label, table=table, start=start, end=end, shows=shows)
    for label, table, start, end, shows in (
        ("Treatment", "treatments", "start_date", "stop_date", ["line", "drugs"]),
        ("Radiotherapy", "radiotherapy", "start_date", "stop_date", ["purpose"]),
        ("Assessments", "assessments", "assessment_date", None, ["response"]),
        ("Performance status", "performance_status", "assessed_date", None, ["kps", "ecog"]),
        ("Adverse events", "adverse_events", "onset_date", None, ["term", "grade"]),
        ("Contacts", "followup", "contact_date", None, ["vital_status"]),
    )
)
"""Lines of the tables that the code knows; those that a hospital lacks are left out."""


class Traces(Section):
    """From a number to its patients, from a patient to the raw cells, and back."""

    max_subjects: int = Field(
        1000,
        ge=0,
        description="with more screened patients the default run writes no page a patient and "
        "no list of patients; one page can always be asked for",
    )
    private: list[str] = Field(
        ["birth_date"],
        description="columns and variables whose values stand in data/private/trace alone, as "
        "those of type text always do",
    )
    lanes: list[Lane] | None = Field(
        None,
        description="lines of a patient's time line, in order; left out: the tables that the code "
        "knows",
        examples=[[{"label": "Contacts", "table": "followup", "start": "contact_date"}]],
    )
