"""Courses of disease: what a patient went through, before any file is thought of.

A `Course` holds one row of the cohort file in days; courses of screened-out patients are drawn at
random. Source of the rows: `scripts/demo/cohort.csv`, which is synthetic.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

METASTASES = ("brain", "liver", "lung", "bone", "adrenal")


@dataclass(frozen=True)
class Course:
    """One row of the cohort file; days count from the start of first- or second-line treatment."""

    id: str
    arm: str
    age: int
    sex: str
    kps: int
    ecog: int
    smoking: str
    first_line_ici: str
    first_line_chemo: str
    rt1_timing: str
    pfs1_days: int
    reason: str
    second_line_regimen: str
    antiangiogenic: bool
    rt2_timing: str
    pci: bool
    best_response: str
    sites: tuple[str, ...]
    pfs_days: int
    pfs_event: bool
    os_days: int
    os_event: bool


@dataclass
class Line:
    """One line of systemic treatment; `parts` are keys of `words.DRUGS`."""

    number: int
    parts: tuple[str, ...]
    start: dt.date
    stop: dt.date | None
    reason: str


@dataclass(frozen=True)
class Radiation:
    """One course of radiotherapy."""

    line: int
    start: dt.date
    stop: dt.date
    purpose: str


@dataclass(frozen=True)
class Assessment:
    """One tumour assessment; response "" = scan before the line that was not rated."""

    date: dt.date
    line: int
    response: str
    sites: tuple[str, ...] = ()
    scheduled: bool = True


@dataclass(frozen=True)
class Performance:
    """One dated performance status; either scale may be missing."""

    date: dt.date
    kps: int | None
    ecog: int | None


@dataclass(frozen=True)
class AdverseEvent:
    """One record of an adverse event."""

    term: str
    grade: int
    onset: dt.date
    line: int
    immune: bool = False
    glucocorticoid: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """One diagnosis; stage and confirmation "" = not recorded."""

    date: dt.date
    diagnosis: str
    stage: str
    confirmation: str


@dataclass(frozen=True)
class Contact:
    """One follow-up contact; `death` only where the status is dead."""

    date: dt.date
    status: str
    death: dt.date | None = None


@dataclass
class Patient:
    """Everything that the hospital knows about one screened patient."""

    course: Course
    birth: dt.date | None
    diagnoses: list[Diagnosis]
    lines: list[Line]
    radiations: list[Radiation] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    performances: list[Performance] = field(default_factory=list)
    adverse_events: list[AdverseEvent] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    excluded_for: str = ""
    number: str = ""

    def line(self, number: int) -> Line:
        """The line of that number; the patient must have had it."""
        return next(line for line in self.lines if line.number == number)


def read_courses(path: Path) -> list[Course]:
    """The rows of a cohort file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return [_read_row(row) for row in csv.DictReader(handle)]


def _read_row(row: dict[str, str]) -> Course:
    return Course(
        id=row["id"],
        arm=row["arm"],
        age=int(row["age"]),
        sex=row["sex"],
        kps=int(row["kps"]),
        ecog=int(row["ecog"]),
        smoking=row["smoking"],
        first_line_ici=row["first_line_ici"],
        first_line_chemo=row["first_line_chemo"],
        rt1_timing=row["rt1_timing"],
        pfs1_days=int(row["pfs1_days"]),
        reason=row["reason"],
        second_line_regimen=row["second_line_regimen"],
        antiangiogenic=row["antiangiogenic"] == "yes",
        rt2_timing=row["rt2_timing"],
        pci=row["pci"] == "yes",
        best_response=row["best_response"],
        sites=tuple(site for site in METASTASES if row[f"{site}_met"] == "yes"),
        pfs_days=int(row["pfs_days"]),
        pfs_event=row["pfs_event"] == "1",
        os_days=int(row["os_days"]),
        os_event=row["os_event"] == "1",
    )


def draw_course(rng: np.random.Generator, arm: str) -> Course:
    """A plausible course for a patient who will be screened out."""
    pfs = int(rng.integers(60, 330))
    event = bool(rng.random() < 0.85)
    ici = ("durvalumab", "atezolizumab")[int(rng.integers(2))]
    regimen = ("EP", "EC", "nab-paclitaxel")[int(rng.integers(3))]
    anlotinib = bool(rng.random() < 0.3)
    return Course(
        id="",
        arm=arm,
        age=int(rng.integers(45, 78)),
        sex="male" if rng.random() < 0.78 else "female",
        kps=int(rng.choice([70, 80, 90])),
        ecog=int(rng.integers(2)),
        smoking="yes" if rng.random() < 0.4 else "no",
        first_line_ici=ici,
        first_line_chemo="EP" if rng.random() < 0.7 else "EC",
        rt1_timing=("none", "none", "before", "synchronous", "after")[int(rng.integers(5))],
        pfs1_days=int(rng.integers(90, 450)),
        reason="secondary resistance",
        second_line_regimen=regimen,
        antiangiogenic=anlotinib,
        rt2_timing="none",
        pci=False,
        best_response=("PR", "SD")[int(rng.integers(2))],
        sites=(METASTASES[int(rng.integers(5))],) if event else (),
        pfs_days=pfs,
        pfs_event=event,
        os_days=pfs + int(rng.integers(20, 400)),
        os_event=event and bool(rng.random() < 0.9),
    )
