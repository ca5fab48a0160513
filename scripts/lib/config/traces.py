"""Sub-section `report.traces`: pages that lead from a number to its patients and raw cells."""

from __future__ import annotations

from pydantic import Field

from scripts.lib.config.study import Section


class Lane(Section):
    """One line of a patient's time line: the dated rows of a table."""

    label: str = Field(description="name beside the line")
    table: str
    start: str = Field(description="column with the date")
    end: str | None = Field(None, description="column with the last date of what lasts")
    shows: list[str] = Field([], description="columns written at the mark")


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
    lanes: list[Lane] | None = Field(None, description="of the time line; None: known tables")
