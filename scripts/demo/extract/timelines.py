"""Turn a course into dated records: lines, radiotherapy, assessments, performance, follow-up.

Every derived value comes back exactly from these records. Around them stand records that a careless
derivation would trip over: assessments of other lines, NE after the last evaluable one, contacts
without news after the last one alive, records after the data cut-off.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from scripts.demo.extract.calendar import DATA_CUTOFF, days, gap_between_lines, is_administrative
from scripts.demo.extract.courses import (
    Assessment,
    Contact,
    Course,
    Diagnosis,
    Line,
    Patient,
    Performance,
    Radiation,
)
from scripts.demo.extract.words import pick

THIRD_LINES = (("topotecan",), ("irinotecan",), ("anlotinib",), ("EC",))
CLINICAL_BENEFIT_DAYS = 183


def build_patient(course: Course, start2: dt.date, rng: np.random.Generator) -> Patient:
    """All records of one patient whose second-line treatment starts on `start2`."""
    gap = gap_between_lines(course) + int(rng.integers(12))
    start1 = start2 - days(gap + course.pfs1_days)
    lead = int(rng.integers(26, 40)) if course.rt1_timing == "before" else int(rng.integers(3, 21))
    diagnosed = start1 - days(lead)
    patient = Patient(
        course=course,
        birth=_draw_birth(diagnosed, course.age, rng),
        diagnoses=_list_diagnoses(diagnosed, rng),
        lines=[_first_line(course, start1, rng), _second_line(course, start2, rng)],
    )
    patient.radiations = _list_radiations(course, patient, rng)
    patient.assessments = _assess_first_line(course, start1, rng)
    patient.assessments += _assess_second_line(course, start2, rng)
    _add_third_line(patient, start2, rng)
    patient.performances = _list_performances(course, diagnosed, start2, rng)
    patient.contacts = _list_contacts(course, start2, rng)
    if is_administrative(course):
        _add_after_cutoff(patient, rng)
    return patient


def _draw_birth(diagnosed: dt.date, age: int, rng: np.random.Generator) -> dt.date:
    """A birth date that gives `age` completed years; now and then the birthday itself."""
    last = dt.date(diagnosed.year - age, diagnosed.month, min(diagnosed.day, 28))
    return last - days(0 if rng.random() < 0.03 else rng.integers(1, 360))


def _list_diagnoses(diagnosed: dt.date, rng: np.random.Generator) -> list[Diagnosis]:
    confirmation = "histology" if rng.random() < 0.8 else "cytology"
    rows = [Diagnosis(diagnosed, "es_sclc", "IV", confirmation)]
    if rng.random() < 0.05:  # limited disease first; age counts at the extensive stage
        rows.append(
            Diagnosis(diagnosed - days(rng.integers(300, 900)), "ls_sclc", "III", "histology")
        )
    if rng.random() < 0.3:
        rows.append(Diagnosis(diagnosed - days(rng.integers(400, 4000)), "other", "", "clinical"))
    return rows


def _first_line(course: Course, start: dt.date, rng: np.random.Generator) -> Line:
    length = course.pfs1_days + int(rng.integers(6))
    if course.reason == "AE":  # stopped for toxicity, progression came later
        length = int(course.pfs1_days * rng.uniform(0.5, 0.9))
    parts = (course.first_line_ici, course.first_line_chemo)
    return Line(1, parts, start, start + days(length), course.reason)


def _second_line(course: Course, start: dt.date, rng: np.random.Generator) -> Line:
    parts: tuple[str, ...] = ("serplulimab",) if course.arm == "serplulimab" else ()
    if course.second_line_regimen != "none":
        parts += (course.second_line_regimen,)
    if course.antiangiogenic:
        parts += ("anlotinib",)
    length, reason = course.pfs_days + int(rng.integers(7)), "progression"
    if course.rt2_timing == "after":
        length, reason = max(21, int(course.pfs_days * 0.7)), "completed"
    elif not course.pfs_event:
        ongoing = is_administrative(course) and course.rt2_timing == "none"
        reason = "" if ongoing else "wish"
    elif course.arm == "chemotherapy" and course.pfs_days > 130 and rng.random() < 0.5:
        length, reason = 21 * int(rng.integers(4, 7)), "completed"
    stop = start + days(min(length, course.os_days)) if reason else None
    return Line(2, parts, start, stop, reason)


def _list_radiations(course: Course, patient: Patient, rng: np.random.Generator) -> list[Radiation]:
    rows = []
    for line, timing in (
        (patient.line(1), course.rt1_timing),
        (patient.line(2), course.rt2_timing),
    ):
        if timing == "none":
            continue
        length = int(rng.integers(10, 19))
        stop = line.stop or line.start + days(course.pfs_days)
        if timing == "before":
            start = line.start - days(length + rng.integers(2, 6))
        elif timing == "after":
            start = stop + days(rng.integers(2, 9))
        else:
            length = min(length, (stop - line.start).days // 2)
            start = line.start + days(rng.integers(1, (stop - line.start).days - length))
        purpose = "thoracic" if rng.random() < 0.6 else "palliative"
        if line.number == 2 and course.pci:
            purpose = "pci"
        elif line.number == 1 and timing == "after" and not course.id:
            purpose = "pci"  # only in screened-out patients: the paper counts the second line's
        rows.append(Radiation(line.number, start, start + days(length), purpose))
    return rows


def _visit_days(last: int, rng: np.random.Generator) -> list[int]:
    """Days of the assessments before day `last`; at least one."""
    if last < 55:
        return [int(last * rng.uniform(0.6, 0.75))]
    visits = [int(rng.integers(38, 47))]
    while visits[-1] + 70 < last:
        visits.append(visits[-1] + int(rng.integers(38, 60)))
    return visits


def _assess_first_line(
    course: Course, start: dt.date, rng: np.random.Generator
) -> list[Assessment]:
    primary = course.reason == "primary resistance"
    responds = not primary and (
        course.pfs1_days < CLINICAL_BENEFIT_DAYS + 10 or bool(rng.random() < 0.6)
    )
    rows = []
    if not (primary and course.pfs1_days < 60):
        visits = _visit_days(course.pfs1_days, rng)
        first_response = int(rng.integers(min(2, len(visits))))
        for number, day in enumerate(visits):
            answer = responds and number >= first_response
            rows.append(Assessment(start + days(day), 1, "PR" if answer else "SD"))
    sites = tuple(
        site for site, share in (("primary", 0.5), ("lymph_node", 0.4), ("brain", 0.3),
                                 ("liver", 0.2), ("bone", 0.15)) if rng.random() < share
    )  # fmt: skip
    rows.append(Assessment(start + days(course.pfs1_days), 1, "PD", sites or ("primary",)))
    return rows


def _assess_second_line(
    course: Course, start: dt.date, rng: np.random.Generator
) -> list[Assessment]:
    rows = []
    visits = _visit_days(course.pfs_days, rng)
    if not course.pfs_event:
        visits.append(course.pfs_days)
    first_response = int(rng.integers(min(2, len(visits))))
    for number, day in enumerate(visits):
        responds = course.best_response == "PR" and number >= first_response
        rows.append(Assessment(start + days(day), 2, "PR" if responds else "SD"))
    if rng.random() < 0.25:  # a scan that could not be rated says nothing about progression
        between = visits[0] + 4 if len(visits) > 1 else visits[0] - 5
        rows.append(Assessment(start + days(between), 2, "NE", scheduled=False))
    if rng.random() < 0.2:
        rows.append(Assessment(start - days(rng.integers(1, 6)), 2, ""))
    if course.pfs_event:
        extra = tuple(site for site in ("primary", "lymph_node") if rng.random() < 0.3)
        sites = course.sites + (extra if course.sites else extra or ("primary",))
        planned = bool(rng.random() < 0.7)
        rows.append(Assessment(start + days(course.pfs_days), 2, "PD", sites, planned))
    elif rng.random() < 0.5 and course.pfs_days + 45 < course.os_days:
        rows.append(Assessment(start + days(course.pfs_days + 40), 2, "NE"))
    return rows


def _add_third_line(patient: Patient, start2: dt.date, rng: np.random.Generator) -> None:
    """A further line after progression, with assessments that must not count for the second."""
    course = patient.course
    wait = course.pfs_days + int(rng.integers(10, 30))
    room = course.os_days - wait
    if not course.pfs_event or course.rt2_timing == "after" or room < 70 or rng.random() < 0.4:
        return
    start = start2 + days(wait)
    length = int(rng.integers(42, min(room, 180)))
    parts = THIRD_LINES[int(rng.integers(len(THIRD_LINES)))]
    patient.lines.append(Line(3, parts, start, start + days(length), "progression"))
    patient.assessments.append(Assessment(start + days(40), 3, pick(rng, ("SD", "PR", "CR", "NE"))))
    patient.assessments.append(
        Assessment(start + days(length), 3, "PD", (pick(rng, ("liver", "brain", "lung", "bone")),))
    )


def _list_performances(
    course: Course, diagnosed: dt.date, start2: dt.date, rng: np.random.Generator
) -> list[Performance]:
    at_diagnosis = diagnosed + days(rng.integers(0, 4))
    rows = [Performance(at_diagnosis, course.kps, course.ecog)]
    if rng.random() < 0.08:  # the two scales entered apart
        rows = [
            Performance(at_diagnosis, course.kps, None),
            Performance(at_diagnosis, None, course.ecog),
        ]
    worse = Performance(at_diagnosis, max(50, course.kps - 10), min(3, course.ecog + 1))
    if rng.random() < 0.5:  # inside the window, but farther from the diagnosis
        rows.append(Performance(diagnosed + days(rng.integers(12, 28)), worse.kps, worse.ecog))
    for day in (-int(rng.integers(3)), course.pfs_days - 1):
        same = rng.random() < 0.5
        rows.append(
            Performance(
                start2 + days(day),
                course.kps if same else worse.kps,
                course.ecog if same else worse.ecog,
            )
        )
    return rows


def _list_contacts(course: Course, start2: dt.date, rng: np.random.Generator) -> list[Contact]:
    rows, day = [], int(rng.integers(30, 60))
    while day < course.os_days - 5:
        rows.append(Contact(start2 + days(day), "alive"))
        day += int(rng.integers(60, 111))
    last = start2 + days(course.os_days)
    if course.os_event:
        heard = min(last + days(rng.integers(16)), DATA_CUTOFF)
        rows.append(Contact(heard, "dead", last))
    else:
        rows.append(Contact(last, "alive"))
        if not is_administrative(course):  # lost: no news, so no later day known alive
            for wait in (70, 160)[: 1 + int(rng.random() < 0.5)]:
                if last + days(wait) <= DATA_CUTOFF:
                    rows.append(Contact(last + days(wait), "lost"))
    return rows


def _add_after_cutoff(patient: Patient, rng: np.random.Generator) -> None:
    """Records of a patient alive at the data cut-off that the analysis must not see."""
    later = DATA_CUTOFF + days(rng.integers(20, 120))
    if rng.random() < 0.5:
        patient.contacts.append(Contact(later, "dead", later - days(3)))
    else:
        patient.contacts.append(Contact(later, "alive"))
    if not patient.course.pfs_event:
        seen = DATA_CUTOFF + days(rng.integers(3, 18))
        patient.assessments.append(Assessment(seen, 2, "PD", ("liver", "brain")))
