"""Put the demonstration extract together: 160 patients of the cohort file and 70 screened out."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scripts.demo.extract.adverse_events import (
    add_first_line_events,
    add_second_line_events,
    add_third_line_events,
)
from scripts.demo.extract.calendar import (
    DATA_CUTOFF,
    WINDOW_END,
    days,
    draw_second_line_start,
)
from scripts.demo.extract.courses import Patient, read_courses
from scripts.demo.extract.defects import plant_defects
from scripts.demo.extract.files import Planted, write_delivery
from scripts.demo.extract.rows import render_tables
from scripts.demo.extract.screened import build_screened_out
from scripts.demo.extract.timelines import build_patient

DELIVERY = "data/raw/2026-05"
PLANTED = "tests/defects/planted.csv"
PATIENTS = "tests/defects/patients.csv"


def build_demonstration(cohort: Path, seed: int) -> dict[str, bytes]:
    """The bytes of every file of the demonstration, by path below the repository."""
    rng = np.random.default_rng(seed)
    patients = _build_included(cohort, rng) + build_screened_out(rng)
    numbers = rng.integers(150_000, 40_000_000, size=len(patients))
    for patient, number in zip(patients, numbers, strict=True):
        patient.number = f"{int(number):08d}"
    if len({patient.number for patient in patients}) < len(patients):
        raise ValueError("two patients have one hospital number; take another seed")
    patients.sort(key=lambda patient: patient.number)
    tables = render_tables(patients, rng)
    plant_defects(tables)
    files, planted = write_delivery(tables)
    delivery = {f"{DELIVERY}/{name}": content for name, content in files.items()}
    return {**delivery, PLANTED: _list_planted(planted), PATIENTS: _list_patients(patients)}


def _build_included(cohort: Path, rng: np.random.Generator) -> list[Patient]:
    courses = read_courses(cohort)
    at_the_edge = next(one for one in courses if one.arm == "serplulimab" and one.os_event)
    patients = []
    for course in courses:
        start = draw_second_line_start(course, rng)
        if course is at_the_edge and WINDOW_END + days(course.os_days) <= DATA_CUTOFF:
            start = WINDOW_END  # the last day of the window is in it
        patients.append(build_patient(course, start, rng))
    for arm in ("serplulimab", "chemotherapy"):
        add_second_line_events([p for p in patients if p.course.arm == arm], rng)
    for patient in patients:
        add_third_line_events(patient, rng)
        add_first_line_events(patient, rng)
    return patients


def _list_planted(planted: list[Planted]) -> bytes:
    rows = [
        [one.file, one.sheet, one.row, one.mark.column, one.mark.kind, one.mark.outcome,
         one.mark.rule, one.mark.note]
        for one in planted
    ]  # fmt: skip
    return _csv(["file", "sheet", "row", "column", "kind", "outcome", "rule", "note"], rows)


def _list_patients(patients: list[Patient]) -> bytes:
    rows = [[p.number, p.course.id, p.course.arm, *_reason(p)] for p in patients]
    return _csv(["hospital_no", "cohort_id", "arm", "criterion", "detail"], rows)


def _reason(patient: Patient) -> tuple[str, str]:
    criterion, _, detail = patient.excluded_for.partition(": ")
    return criterion, detail


def _csv(header: list[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
