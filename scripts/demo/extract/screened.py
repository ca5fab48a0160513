"""Screened-out patients: each fails one criterion of the paper, some several, some are unknown.

The breakers below take a patient who would have been included and change what the criterion looks
at. `PLAN` says how many patients each one removes; the key before the colon is the criterion.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from scripts.demo.extract.adverse_events import add_random_events
from scripts.demo.extract.calendar import add_months, days, draw_second_line_start
from scripts.demo.extract.courses import Assessment, Contact, Course, Patient, draw_course
from scripts.demo.extract.timelines import build_patient

Breaker = Callable[[Patient], None]

PLAN = {
    "age: below 18": 2,
    "age: birth date unknown": 2,
    "age: born after the diagnosis": 1,
    "stage: limited disease": 4,
    "stage: another cancer": 3,
    "stage: unknown": 1,
    "confirmation: clinical only": 4,
    "confirmation: unknown": 1,
    "first_line: chemotherapy alone": 6,
    "first_line: immunotherapy alone": 2,
    "first_line: PD-1 inhibitor before serplulimab": 3,
    "first_line: unknown": 1,
    "second_line: anlotinib alone": 3,
    "second_line: another PD-1 inhibitor": 3,
    "second_line: none": 5,
    "second_line: unknown": 1,
    "window: before": 2,
    "window: after": 4,
    "effectiveness: no assessment": 3,
    "effectiveness: not evaluable only": 2,
    "effectiveness: scan before treatment only": 1,
    "effectiveness: vital status unknown": 3,
    "early_death: within two months": 8,
    "several: limited disease, no second line": 2,
    "several: clinical only, chemotherapy alone": 2,
    "several: early death without assessment": 1,
}
EARLY_DEATH_DAYS = (24, 31, 38, 43, 48, 52, 58)  # and one on the last day of the two months
LAST_DAY_START = dt.date(2022, 7, 15)


def build_screened_out(rng: np.random.Generator) -> list[Patient]:
    """All patients of `PLAN`, in its order."""
    patients = []
    for reason, number in PLAN.items():
        for position in range(number):
            patient = _build_one(reason, position, rng)
            patient.excluded_for = reason
            patients.append(patient)
    return patients


def _build_one(reason: str, position: int, rng: np.random.Generator) -> Patient:
    arm = ("chemotherapy", "serplulimab")[int(rng.integers(2))]
    if reason == "first_line: PD-1 inhibitor before serplulimab":
        arm = "serplulimab"
    elif reason.startswith("second_line"):
        arm = "chemotherapy"
    course = draw_course(rng, arm)
    start = draw_second_line_start(course, rng)
    if reason.startswith("window"):
        start = dt.date(2018, 9, 12) + days(60 * position)
        if reason == "window: after":
            start = (dt.date(2023, 5, 2), dt.date(2023, 5, 9), dt.date(2023, 6, 20),
                     dt.date(2023, 8, 1))[position]  # fmt: skip
        course = replace(
            course, os_days=min(course.os_days, 450), pfs_days=min(course.pfs_days, 400)
        )
    if "early" in reason:
        length, start = _early_death(position, start)
        course = replace(
            course, os_days=length, os_event=True, pfs_days=length - 4, pfs_event=True,
            best_response="SD", rt1_timing="none",
        )  # fmt: skip
    patient = build_patient(course, start, rng)
    BREAKERS[reason](patient)
    add_random_events(patient, rng)
    return patient


def _early_death(position: int, start: dt.date) -> tuple[int, dt.date]:
    if position < len(EARLY_DEATH_DAYS):
        return EARLY_DEATH_DAYS[position], start
    return (add_months(LAST_DAY_START, 2) - LAST_DAY_START).days, LAST_DAY_START


def _change_cancer(diagnosis: str, stage: str) -> Breaker:
    def change(patient: Patient) -> None:
        first = replace(patient.diagnoses[0], diagnosis=diagnosis, stage=stage)
        others = [row for row in patient.diagnoses[1:] if row.diagnosis == "other"]
        patient.diagnoses = [first, *others]

    return change


def _change_confirmation(confirmation: str) -> Breaker:
    def change(patient: Patient) -> None:
        patient.diagnoses = [replace(patient.diagnoses[0], confirmation=confirmation)]

    return change


def _change_parts(line: int, choose: Callable[[Course], tuple[str, ...]]) -> Breaker:
    def change(patient: Patient) -> None:
        patient.line(line).parts = choose(patient.course)

    return change


def _age_below_18(patient: Patient) -> None:
    diagnosed = patient.diagnoses[0].date
    patient.birth = dt.date(diagnosed.year - 17, diagnosed.month, min(diagnosed.day, 28))
    patient.diagnoses = patient.diagnoses[:1]


def _birth_unknown(patient: Patient) -> None:
    patient.birth = None


def _born_after_diagnosis(patient: Patient) -> None:
    patient.birth = patient.diagnoses[0].date + days(200)


def _no_second_line(patient: Patient) -> None:
    patient.lines = patient.lines[:1]
    patient.radiations = [row for row in patient.radiations if row.line == 1]
    patient.assessments = [row for row in patient.assessments if row.line == 1]


def _second_line_assessments(keep: Callable[[Assessment], bool]) -> Breaker:
    def change(patient: Patient) -> None:
        patient.lines = patient.lines[:2]
        patient.assessments = [
            row for row in patient.assessments if row.line == 1 or (row.line == 2 and keep(row))
        ]

    return change


def _never_evaluable(patient: Patient) -> None:
    _second_line_assessments(lambda row: False)(patient)
    start = patient.line(2).start
    patient.assessments += [Assessment(start + days(day), 2, "NE") for day in (41, 88)]


def _scan_before_only(patient: Patient) -> None:
    _second_line_assessments(lambda row: False)(patient)
    patient.assessments.append(Assessment(patient.line(2).start - days(4), 2, ""))


def _vital_status_unknown(patient: Patient) -> None:
    last = max(row.date for row in patient.assessments)
    patient.contacts = [Contact(last + days(40), "lost")]


def _early_without_assessment(patient: Patient) -> None:
    _second_line_assessments(lambda row: False)(patient)


def _limited_without_second_line(patient: Patient) -> None:
    _change_cancer("ls_sclc", "III")(patient)
    _no_second_line(patient)


def _clinical_without_immunotherapy(patient: Patient) -> None:
    _change_confirmation("clinical")(patient)
    patient.line(1).parts = (patient.course.first_line_chemo,)


def _keep(patient: Patient) -> None:
    """The course itself makes the patient fail."""


BREAKERS: dict[str, Breaker] = {
    "age: below 18": _age_below_18,
    "age: birth date unknown": _birth_unknown,
    "age: born after the diagnosis": _born_after_diagnosis,
    "stage: limited disease": _change_cancer("ls_sclc", "III"),
    "stage: another cancer": _change_cancer("nsclc", "IV"),
    "stage: unknown": _change_cancer("es_sclc", ""),
    "confirmation: clinical only": _change_confirmation("clinical"),
    "confirmation: unknown": _change_confirmation(""),
    "first_line: chemotherapy alone": _change_parts(1, lambda c: (c.first_line_chemo,)),
    "first_line: immunotherapy alone": _change_parts(1, lambda c: (c.first_line_ici,)),
    "first_line: PD-1 inhibitor before serplulimab": _change_parts(
        1, lambda c: ("tislelizumab", c.first_line_chemo)
    ),
    "first_line: unknown": _change_parts(1, lambda c: ("illegible",)),
    "second_line: anlotinib alone": _change_parts(2, lambda c: ("anlotinib",)),
    "second_line: another PD-1 inhibitor": _change_parts(
        2, lambda c: ("toripalimab", "irinotecan")
    ),
    "second_line: none": _no_second_line,
    "second_line: unknown": _change_parts(2, lambda c: ("illegible",)),
    "window: before": _keep,
    "window: after": _keep,
    "effectiveness: no assessment": _second_line_assessments(lambda row: False),
    "effectiveness: not evaluable only": _never_evaluable,
    "effectiveness: scan before treatment only": _scan_before_only,
    "effectiveness: vital status unknown": _vital_status_unknown,
    "early_death: within two months": _keep,
    "several: limited disease, no second line": _limited_without_second_line,
    "several: clinical only, chemotherapy alone": _clinical_without_immunotherapy,
    "several: early death without assessment": _early_without_assessment,
}
