"""Give the cohort's patients adverse events whose counts are those of the paper's Table V.

Source of the counts: Oncol Lett 2026, DOI 10.3892/ol.2026.15638, Table V. Each immune-related event
there is an immune-associated pneumonia (12 and 16 patients both times), and so it is here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from scripts.demo.extract.calendar import days
from scripts.demo.extract.courses import AdverseEvent, Patient


@dataclass(frozen=True)
class Counts:
    """Patients of one arm with any event, grade 3 or more, and per term (any grade, grade >= 3)."""

    any_grade: int
    severe: int
    steroids: int
    terms: dict[str, tuple[int, int]]


TABLE_V = {
    "serplulimab": Counts(50, 20, 9, {
        "leukopenia": (21, 3), "thrombocytopenia": (24, 9), "anemia": (19, 6),
        "neutropenia": (12, 2), "nausea": (11, 3), "loss_of_appetite": (13, 0),
        "liver_injury": (16, 3), "rash": (10, 3), "immune_pneumonia": (12, 2),
        "vomiting": (10, 0), "hypothyroidism": (8, 0),
    }),
    "chemotherapy": Counts(76, 32, 15, {
        "leukopenia": (39, 6), "thrombocytopenia": (34, 9), "anemia": (34, 11),
        "neutropenia": (28, 7), "nausea": (22, 1), "loss_of_appetite": (20, 3),
        "liver_injury": (17, 2), "rash": (22, 8), "immune_pneumonia": (16, 2),
        "vomiting": (17, 1), "hypothyroidism": (5, 1),
    }),
}  # fmt: skip
HAEMATOLOGICAL = ("leukopenia", "thrombocytopenia", "anemia", "neutropenia")


def _deal(slots: dict[str, int], holders: list[int], taken: set[tuple[int, str]],
          uncovered: list[int], rng: np.random.Generator) -> list[tuple[int, str]]:  # fmt: skip
    """Deal `slots` of each term to `holders`, a term once each, the uncovered holders first."""
    dealt: list[tuple[int, str]] = []
    terms = [term for term, number in slots.items() for _ in range(number)]
    waiting = [int(one) for one in rng.permutation(uncovered)]
    for term in (terms[int(position)] for position in rng.permutation(len(terms))):
        free = [one for one in waiting if (one, term) not in taken]
        if free:
            holder = free[0]
            waiting.remove(holder)
        else:
            open_to = [one for one in holders if (one, term) not in taken]
            holder = open_to[int(rng.integers(len(open_to)))]
        taken.add((holder, term))
        dealt.append((holder, term))
    if waiting:
        raise ValueError(f"{len(waiting)} patient(s) are left without an adverse event")
    return dealt


def add_second_line_events(patients: list[Patient], rng: np.random.Generator) -> None:
    """Add the events of one arm (all its patients) so that Table V comes out."""
    counts = TABLE_V[patients[0].course.arm]
    with_any = [int(one) for one in rng.permutation(len(patients))[: counts.any_grade]]
    severe = with_any[: counts.severe]
    taken: set[tuple[int, str]] = set()
    high = _deal({t: n[1] for t, n in counts.terms.items()}, severe, taken, severe, rng)
    rest = {term: number[0] - number[1] for term, number in counts.terms.items()}
    low = _deal(rest, with_any, taken, with_any[counts.severe :], rng)
    steroids = counts.steroids
    for holder, term, grade in [(h, t, 0) for h, t in high] + [(h, t, 1) for h, t in low]:
        patient = patients[holder]
        immune = term == "immune_pneumonia"
        treated = immune and steroids > 0
        steroids -= treated
        top = int(rng.integers(3, 5)) if grade == 0 else int(rng.integers(1, 3))
        _add_records(patient, term, top, immune, treated, rng)


def _add_records(patient: Patient, term: str, top: int, immune: bool, treated: bool,
                 rng: np.random.Generator) -> None:  # fmt: skip
    """One event as one or more records; `top` is the highest grade among them."""
    line = patient.line(2)
    treated_days = (line.stop - line.start).days if line.stop else 150
    last = min(patient.course.pfs_days, treated_days, 150)
    first = int(rng.integers(2, max(3, last - 20)))
    grades = [top]
    if top > 1 and rng.random() < 0.35:
        grades = [int(rng.integers(1, top)), top]
    if rng.random() < 0.2:  # improved
        grades.append(int(rng.integers(1, top + 1)))
    step = max(1, (last - first) // 4)
    premedication = term in ("nausea", "vomiting") and rng.random() < 0.2  # no immune-related use
    for number, grade in enumerate(grades):
        steroid = premedication or (treated and grade == top)
        onset = line.start + days(first + number * step)
        patient.adverse_events.append(AdverseEvent(term, grade, onset, 2, immune, steroid))


def add_first_line_events(patient: Patient, rng: np.random.Generator) -> None:
    """Events of the first line, which must not count; the one that stopped it among them."""
    line = patient.line(1)
    if not line.stop:
        return
    length = (line.stop - line.start).days
    if patient.course.reason == "AE":
        onset = line.stop - days(min(7, length - 1))
        patient.adverse_events.append(AdverseEvent("immune_pneumonia", 3, onset, 1, True, True))
    for _ in range(int(rng.integers(3))):
        term = HAEMATOLOGICAL[int(rng.integers(4))] if rng.random() < 0.6 else "rash"
        onset = line.start + days(rng.integers(2, max(3, length)))
        grade = int(rng.integers(1, 5))
        patient.adverse_events.append(AdverseEvent(term, grade, onset, 1, term == "rash", False))


def add_third_line_events(patient: Patient, rng: np.random.Generator) -> None:
    """A third-line event of a term and grade that the patient already had in the second line."""
    third = [line for line in patient.lines if line.number == 3]
    if third and patient.adverse_events and rng.random() < 0.3:
        event = patient.adverse_events[0]
        onset: dt.date = third[0].start + days(5)
        patient.adverse_events.append(AdverseEvent(event.term, event.grade, onset, 3, event.immune))


def add_random_events(patient: Patient, rng: np.random.Generator) -> None:
    """Events of a patient who will be screened out."""
    terms = (*TABLE_V["chemotherapy"].terms, "fatigue", "diarrhea")
    for line in patient.lines:
        for _ in range(int(rng.integers(4))):
            term = terms[int(rng.integers(len(terms)))]
            onset = line.start + days(rng.integers(1, min(40, patient.course.pfs_days)))
            grade = int(rng.integers(1, 4))
            patient.adverse_events.append(AdverseEvent(term, grade, onset, line.number))
