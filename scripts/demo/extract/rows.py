"""Write patients as the rows of a hospital's export: its headers, date formats and words.

The headers and formats here are what `config/sources.yaml` declares. Cells are text; dates of the
workbooks stay dates.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from scripts.demo.extract import words
from scripts.demo.extract.courses import Patient
from scripts.demo.extract.words import pick

Cell = str | dt.date
ID = "Hospital No"

HEADERS: dict[str, tuple[str, ...]] = {
    "patients": (ID, "Name", "ID card No", "Phone", "Sex", "Date of birth", "Smoking history",
                 "Remark"),
    "diagnoses": (ID, "Diagnosis", "ICD-10", "Stage", "TNM", "How confirmed", "Histology",
                  "Date of diagnosis"),
    "treatments": (ID, "Line", "Regimen", "Start date", "Stop date", "Reason for stopping",
                   "Physician"),
    "radiotherapy": (ID, "Line", "Site", "Purpose", "Start", "Stop", "Dose (Gy)", "Fractions"),
    "assessments": (ID, "Line", "Date of examination", "Visit", "Response (RECIST 1.1)",
                    "Sites of progression", "Remark"),
    "performance_status": (ID, "Date", "KPS", "ECOG"),
    "adverse_events": (ID, "Line", "Adverse event", "CTCAE grade", "Onset", "Resolved",
                       "Immune-related", "Systemic glucocorticoid"),
    "followup": (ID, "Date of contact", "Method", "Status", "Date of death", "Remark"),
}  # fmt: skip


@dataclass
class Mark:
    """What is wrong with a cell, and what the workflow should do about it."""

    column: str
    kind: str
    outcome: str
    rule: str = ""
    note: str = ""


@dataclass
class Row:
    """One row of a table; `extra` = cells beyond the header (a malformed row)."""

    cells: dict[str, Cell]
    patient: Patient | None = None
    marks: list[Mark] = field(default_factory=list)
    extra: tuple[str, ...] = ()


Tables = dict[str, list[Row]]


def ymd(day: dt.date | None) -> str:
    """A date as 2021-03-05; nothing for none."""
    return f"{day:%Y-%m-%d}" if day else ""


def slashed(day: dt.date | None) -> str:
    """A date as 2021/03/05."""
    return f"{day:%Y/%m/%d}" if day else ""


def compact(day: dt.date | None) -> str:
    """A date as 20210305."""
    return f"{day:%Y%m%d}" if day else ""


def chinese(day: dt.date | None) -> str:
    """A date as 2021年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def serial(day: dt.date) -> str:
    """A date as Excel's serial number (1900 date system)."""
    return str((day - dt.date(1899, 12, 30)).days)


def render_patient(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """The row of the patient table; name, identity and phone number are invented, nobody's."""
    course = patient.course
    given = pick(rng, words.GIVEN) + pick(rng, words.GIVEN)
    birth = patient.birth or dt.date(1960, 1, 1)
    cells: dict[str, Cell] = {
        ID: patient.number,
        "Name": pick(rng, words.SURNAMES) + given,
        "ID card No": f"000000{birth:%Y%m%d}{int(rng.integers(10000)):04d}",
        "Phone": f"100{int(rng.integers(10**8)):08d}",
        "Sex": pick(rng, words.SEX[course.sex]),
        "Date of birth": ymd(patient.birth) or pick(rng, ("unknown", "不详")),
        "Smoking history": pick(rng, words.SMOKING[course.smoking]),
        "Remark": "",
    }
    return [Row(cells, patient)]


def render_diagnoses(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Diagnoses and stages, in the order of their dates."""
    rows = []
    for one in sorted(patient.diagnoses, key=lambda row: row.date):
        tnm = {"IV": ("T2N2M1c", "T4N3M1b", "T3N2M1c"), "III": ("T2N2M0", "T3N1M0")}
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Diagnosis": pick(rng, words.DIAGNOSIS[one.diagnosis]),
            "ICD-10": words.ICD10[one.diagnosis][0],
            "Stage": pick(rng, words.STAGE[one.stage]) if one.stage else "",
            "TNM": pick(rng, tnm[one.stage]) if one.stage else "",
            "How confirmed": pick(rng, words.CONFIRMATION[one.confirmation])
            if one.confirmation else "未知",
            "Histology": pick(rng, words.HISTOLOGY[one.diagnosis]),
            "Date of diagnosis": slashed(one.date),
        }  # fmt: skip
        rows.append(Row(cells, patient))
    return rows


def render_treatments(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Lines of systemic treatment."""
    rows = []
    for one in patient.lines:
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Line": str(one.number),
            "Regimen": words.write_regimen(rng, one.parts),
            "Start date": compact(one.start),
            "Stop date": compact(one.stop),
            "Reason for stopping": pick(rng, words.STOP_REASON[one.reason]) if one.reason else "",
            "Physician": pick(rng, words.SURNAMES) + "医生",
        }
        rows.append(Row(cells, patient))
    return rows


def render_radiotherapy(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Courses of radiotherapy."""
    rows = []
    for one in patient.radiations:
        options = words.RADIOTHERAPY[one.purpose]
        site, purpose = options[int(rng.integers(len(options)))]
        fractions = {"thoracic": 15, "palliative": 10, "pci": 10}[one.purpose]
        dose = {"thoracic": "45", "palliative": "30", "pci": "25"}[one.purpose]
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Line": str(one.line),
            "Site": site,
            "Purpose": purpose,
            "Start": chinese(one.start),
            "Stop": chinese(one.stop),
            "Dose (Gy)": dose,
            "Fractions": str(fractions),
        }
        rows.append(Row(cells, patient))
    return rows


def render_assessments(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Tumour assessments in the order of their dates."""
    rows = []
    for one in sorted(patient.assessments, key=lambda row: row.date):
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Line": str(one.line),
            "Date of examination": ymd(one.date),
            "Visit": "scheduled" if one.scheduled else pick(rng, ("unscheduled", "计划外")),
            "Response (RECIST 1.1)": pick(rng, words.RESPONSE[one.response])
            if one.response else "-",
            "Sites of progression": words.write_sites(rng, one.sites) if one.sites else "",
            "Remark": "",
        }  # fmt: skip
        rows.append(Row(cells, patient))
    return rows


def render_performance(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Dated performance status."""
    del rng
    rows = []
    for one in sorted(patient.performances, key=lambda row: row.date):
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Date": one.date,
            "KPS": "" if one.kps is None else str(one.kps),
            "ECOG": "" if one.ecog is None else str(one.ecog),
        }
        rows.append(Row(cells, patient))
    return rows


def render_adverse_events(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Adverse events; some onsets were typed into a spreadsheet and came out as serial numbers."""
    rows = []
    for one in sorted(patient.adverse_events, key=lambda row: (row.onset, row.term, row.grade)):
        resolved = one.onset + dt.timedelta(days=int(rng.integers(3, 15)))
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Line": str(one.line),
            "Adverse event": pick(rng, words.AE_TERMS[one.term]),
            "CTCAE grade": str(one.grade),
            "Onset": serial(one.onset) if rng.random() < 0.1 else ymd(one.onset),
            "Resolved": slashed(resolved) if rng.random() < 0.8 else pick(rng, ("", "unknown")),
            "Immune-related": pick(rng, words.YES_NO["yes" if one.immune else "no"]),
            "Systemic glucocorticoid": pick(
                rng, words.YES_NO["yes" if one.glucocorticoid else "no"]
            ),
        }
        rows.append(Row(cells, patient))
    return rows


def render_followup(patient: Patient, rng: np.random.Generator) -> list[Row]:
    """Follow-up contacts."""
    rows = []
    for one in sorted(patient.contacts, key=lambda row: row.date):
        cells: dict[str, Cell] = {
            ID: patient.number,
            "Date of contact": one.date,
            "Method": pick(rng, words.METHODS),
            "Status": pick(rng, words.VITAL_STATUS[one.status]),
            "Date of death": one.death or "",
            "Remark": "",
        }
        rows.append(Row(cells, patient))
    return rows


RENDERERS: dict[str, Callable[[Patient, np.random.Generator], list[Row]]] = {
    "patients": render_patient,
    "diagnoses": render_diagnoses,
    "treatments": render_treatments,
    "radiotherapy": render_radiotherapy,
    "assessments": render_assessments,
    "performance_status": render_performance,
    "adverse_events": render_adverse_events,
    "followup": render_followup,
}


def render_tables(patients: list[Patient], rng: np.random.Generator) -> Tables:
    """The rows of every table, patients in the order given."""
    return {
        table: [row for patient in patients for row in render(patient, rng)]
        for table, render in RENDERERS.items()
    }
