"""Plant defects such as real exports have, where they cannot change an analysed value.

Each defect sits in a row or field of a screened-out patient, or in a row that repeats what another
one says. What the workflow should do with it is written beside it (`Mark.outcome`):

problem    standardisation lists it under the rule named; the cell becomes missing (or is corrected)
set_aside  the row leaves the table under the reason named, and is counted
finding    a check of the table's suite lists it as a warning; nothing is removed
folded     read as the value meant, without comment
missing    read as missing, without comment
cut        readable, and after the data cut-off: not analysed
dropped    a column that is never carried on
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from scripts.demo.extract.calendar import days
from scripts.demo.extract.courses import Patient
from scripts.demo.extract.rows import ID, Cell, Mark, Row, Tables, chinese, compact, ymd

EARLY_CRITERIA = ("stage", "confirmation", "first_line", "second_line")


class Planter:
    """Hands out a screened-out patient for each defect and puts the rows in place."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._pool = [
            row.patient
            for row in tables["patients"]
            if row.patient and row.patient.excluded_for.startswith(EARLY_CRITERIA)
        ]

    def take(self, suits: Callable[[Patient], bool] = lambda patient: True) -> Patient:
        """The next screened-out patient that suits, in turn, so that defects lie apart."""
        chosen = next(patient for patient in self._pool if suits(patient))
        self._pool.remove(chosen)
        self._pool.append(chosen)
        return chosen

    def rows(self, table: str, patient: Patient) -> list[Row]:
        """The rows of a patient in a table."""
        return [row for row in self.tables[table] if row.patient is patient]

    def change(self, table: str, patient: Patient, column: str, value: Cell, kind: str,
               outcome: str, rule: str = "", note: str = "") -> None:  # fmt: skip
        """Change a cell of the patient's last sound row."""
        row = self._last_sound(table, patient)
        row.cells[column] = value
        row.marks.append(Mark(column, kind, outcome, rule, note))

    def add(self, table: str, patient: Patient, changes: dict[str, Cell], column: str, kind: str,
            outcome: str, rule: str = "", note: str = "") -> Row:  # fmt: skip
        """Add a row after the patient's last sound one: that again, with some cells changed."""
        model = self._last_sound(table, patient)
        row = Row({**model.cells, **changes}, patient, [Mark(column, kind, outcome, rule, note)])
        self.tables[table].insert(self._place(table, model) + 1, row)
        return row

    def append(self, table: str, row: Row) -> None:
        """Add a row at the end of a table."""
        self.tables[table].append(row)

    def _last_sound(self, table: str, patient: Patient) -> Row:
        return [row for row in self.rows(table, patient) if not row.marks][-1]

    def _place(self, table: str, model: Row) -> int:
        return next(i for i, row in enumerate(self.tables[table]) if row is model)


def plant_defects(tables: Tables) -> None:
    """Plant every defect."""
    planter = Planter(tables)
    for plant in (_patients, _diagnoses, _treatments, _radiotherapy, _assessments,
                  _performance_status, _adverse_events, _followup):  # fmt: skip
        plant(planter)


def _dies(patient: Patient) -> bool:
    return patient.course.os_event and any(one.status == "dead" for one in patient.contacts)


def _patients(planter: Planter) -> None:
    p = planter
    p.add("patients", p.take(), {}, ID, "exact_duplicate", "set_aside", "exact_duplicate")
    p.change("patients", p.take(), "Smoking history", "sometimes", "unknown_code_word", "problem",
             "unknown_code")  # fmt: skip
    one = p.take()
    remark = "家属 赵甲乙, mobile 10012345678"
    p.change("patients", one, "Remark", remark, "name_in_remark", "dropped",
             note="may stand in data/raw and data/staged alone")  # fmt: skip
    one = p.take(lambda patient: patient.course.sex == "male")
    p.change("patients", one, "Sex", "\u00a0 M ", "stray_spaces", "folded")
    one = p.take()
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    p.change("patients", one, "Date of birth", ymd(one.birth).translate(wide), "full_width_digits",
             "folded")  # fmt: skip
    for row in p.tables["patients"]:
        reason = row.patient.excluded_for if row.patient else ""
        if reason == "age: born after the diagnosis":
            row.marks.append(Mark("Date of birth", "born_after_diagnosis", "finding"))
        elif reason == "age: birth date unknown":
            row.marks.append(Mark("Date of birth", "missing_word", "missing"))
    sentinel = [row for row in p.tables["patients"] for m in row.marks if m.kind == "missing_word"]
    sentinel[-1].cells["Date of birth"] = "1900-01-01"
    sentinel[-1].marks[-1].kind = "sentinel_date"


def _diagnoses(planter: Planter) -> None:
    p = planter
    other: dict[str, Cell] = {"Diagnosis": "Hypertension", "Stage": "", "TNM": "", "ICD-10": "I10",
                              "Histology": "", "How confirmed": "Clinical"}  # fmt: skip
    p.add("diagnoses", p.take(), {**other, "Date of diagnosis": "spring 2015"},
          "Date of diagnosis", "date_in_words", "problem", "unreadable_date")  # fmt: skip
    p.add("diagnoses", p.take(), {**other, "Date of diagnosis": "2015/06"},
          "Date of diagnosis", "month_only", "problem", "partial_date_imputed")  # fmt: skip
    one = p.take(lambda patient: patient.number.startswith("0"))
    short: dict[str, Cell] = {ID: one.number.lstrip("0"), "Date of diagnosis": "2016/01/09"}
    p.add("diagnoses", one, {**other, **short}, ID, "leading_zeros_dropped", "problem",
          "identifier_padded")  # fmt: skip
    p.add("diagnoses", p.take(), {**other, "Diagnosis": "SCLC?"}, "Diagnosis",
          "doubtful_code_word", "problem", "unknown_code")  # fmt: skip
    p.add("diagnoses", p.take(), {**other, "Histology": "Small cell carcin\ufffdma",
                                  "Date of diagnosis": "2014/11/20"},
          "Histology", "replacement_character", "problem", "replacement_character")  # fmt: skip


def _treatments(planter: Planter) -> None:
    p = planter

    def add(changes: dict[str, Cell], column: str, kind: str, outcome: str, rule: str = "") -> None:
        one = p.take(lambda patient: len(patient.lines) > 1)
        start = one.lines[-1].start + days(120)
        fourth: dict[str, Cell] = {"Line": "4", "Regimen": "安罗替尼", "Start date": compact(start),
                                   "Stop date": "", "Reason for stopping": "PD"}  # fmt: skip
        if changes.get("Stop date") == "before":
            changes["Stop date"] = compact(start - days(31))
        p.add("treatments", one, {**fourth, **changes}, column, kind, outcome, rule)

    add({"Stop date": "20210230"}, "Stop date", "impossible_date", "problem", "unreadable_date")
    add({"Stop date": "before"}, "Stop date", "stop_before_start", "finding")
    add({"Reason for stopping": "PD / toxicity"}, "Reason for stopping", "two_codes_in_one_text",
        "problem", "ambiguous_code")  # fmt: skip
    add({"Line": "四线"}, "Line", "number_in_words", "problem", "not_a_number")
    add({"Stop date": "230305"}, "Stop date", "two_digit_year", "problem", "unreadable_date")


def _radiotherapy(planter: Planter) -> None:
    p = planter

    def treated(patient: Patient) -> bool:
        return bool(patient.radiations)

    p.change("radiotherapy", p.take(treated), "Dose (Gy)", "600", "implausible_number", "problem",
             "out_of_range")  # fmt: skip
    p.change("radiotherapy", p.take(treated), "Dose (Gy)", "45 Gy", "unit_in_number", "folded",
             note="the unit is declared")  # fmt: skip
    p.change("radiotherapy", p.take(treated), "Fractions", "ten", "number_in_words", "problem",
             "not_a_number")  # fmt: skip
    one = p.take(treated)
    p.add("radiotherapy", one, {"Stop": chinese(one.radiations[-1].start - days(9))},
          "Stop", "stop_before_start", "finding")  # fmt: skip
    model = p.tables["radiotherapy"][0]
    empty: dict[str, Cell] = dict.fromkeys(model.cells, "")
    p.tables["radiotherapy"].insert(20, Row(empty, marks=[Mark(ID, "empty_row", "set_aside",
                                                              "empty_row")]))  # fmt: skip


def _assessments(planter: Planter) -> None:
    p = planter
    date, response = "Date of examination", "Response (RECIST 1.1)"
    rated: dict[str, Cell] = {response: "SD", "Sites of progression": ""}
    for text, kind in (("2021-02-30", "impossible_date"), ("44562", "excel_serial_as_text"),
                       ("05/03/2021", "day_or_month_first")):  # fmt: skip
        p.add("assessments", p.take(), {**rated, date: text}, date, kind, "problem",
              "unreadable_date")  # fmt: skip
    p.add("assessments", p.take(), {**rated, response: "PD?"}, response, "doubtful_code_word",
          "problem", "unknown_code")  # fmt: skip
    p.add("assessments", p.take(), {response: "CR", "Sites of progression": ""}, response,
          "contradictory_duplicate", "finding", note="another response that day")  # fmt: skip
    one = p.take(_dies)
    dead = next(contact.death for contact in one.contacts if contact.death)
    p.add("assessments", one, {**rated, date: ymd(dead + days(24))}, date,
          "assessment_after_death", "finding")  # fmt: skip
    p.add("assessments", p.take(), {**rated, date: ""}, date, "date_missing", "finding")
    row = p.add("assessments", p.take(), dict(rated), "", "malformed_row", "set_aside",
                "malformed_row", "one cell more than the header")  # fmt: skip
    row.extra = ("see report",)
    one = p.take()
    seen = one.lines[0].start + days(30)
    p.add("assessments", one, {**rated, "Line": "1", date: f"{ymd(seen)} 00:00:00"}, date,
          "time_of_midnight", "folded")  # fmt: skip
    p.add("assessments", p.take(), {**rated, date: "2062-03-05"}, date, "date_in_the_future", "cut")


def _performance_status(planter: Planter) -> None:
    p = planter
    p.add("performance_status", p.take(), {"KPS": "85"}, "KPS", "kps_not_a_multiple_of_ten",
          "finding")  # fmt: skip
    p.add("performance_status", p.take(), {"KPS": "８０"}, "KPS", "full_width_digits", "folded")
    p.add("performance_status", p.take(), {"KPS": "80分"}, "KPS", "unit_in_number", "problem",
          "not_a_number")  # fmt: skip
    p.add("performance_status", p.take(), {"ECOG": "7"}, "ECOG", "grade_out_of_range", "problem",
          "out_of_range")  # fmt: skip
    p.add("performance_status", p.take(), {"ECOG": "1.5"}, "ECOG", "fraction_for_a_grade",
          "problem", "not_an_integer")  # fmt: skip
    p.add("performance_status", p.take(), {"Date": "2021.3.5"}, "Date", "text_among_dates",
          "problem", "unreadable_date")  # fmt: skip
    p.add("performance_status", p.take(), {ID: ""}, ID, "no_identifier", "set_aside",
          "no_identifier")  # fmt: skip


def _adverse_events(planter: Planter) -> None:
    p = planter

    def ill(patient: Patient) -> bool:
        return bool(patient.adverse_events)

    grade, onset = "CTCAE grade", "Onset"
    p.add("adverse_events", p.take(ill), {grade: "6"}, grade, "grade_out_of_range", "problem",
          "out_of_range")  # fmt: skip
    p.add("adverse_events", p.take(ill), {grade: "III"}, grade, "roman_number", "problem",
          "not_a_number")  # fmt: skip
    p.add("adverse_events", p.take(ill), {"Adverse event": "ç™½ç»†èƒžå‡å°‘"}, "Adverse event",
          "mojibake", "problem", "unknown_code")  # fmt: skip
    p.add("adverse_events", p.take(ill), {onset: "2022-13-05"}, onset, "impossible_date",
          "problem", "unreadable_date")  # fmt: skip
    p.add("adverse_events", p.take(ill), {"Systemic glucocorticoid": "未知"},
          "Systemic glucocorticoid", "missing_word", "missing")  # fmt: skip
    one = p.take(ill)
    p.add("adverse_events", one, {ID: "O" + one.number[1:]}, ID, "letter_in_identifier", "problem",
          "bad_identifier")  # fmt: skip
    row = p.add("adverse_events", p.take(ill), {ID: "99999999"}, ID, "unknown_patient", "finding",
                note="no such row in patients")  # fmt: skip
    row.patient = None
    included = next(r for r in p.tables["adverse_events"] if r.patient and r.patient.course.id)
    assert included.patient is not None
    p.add("adverse_events", included.patient, {}, ID, "exact_duplicate", "set_aside",
          "exact_duplicate", "of a patient who is analysed")  # fmt: skip


def _followup(planter: Planter) -> None:
    p = planter
    contact, death = "Date of contact", "Date of death"
    one = p.take(_dies)
    dead = next(c.death for c in one.contacts if c.death)
    p.add("followup", one, {death: dead + days(10)}, death, "contradictory_duplicate", "finding",
          note="two dates of death")  # fmt: skip
    one = p.take(_dies)
    dead = next(c.death for c in one.contacts if c.death)
    p.add("followup", one, {contact: dead + days(60), "Status": "alive", death: ""}, contact,
          "alive_after_death", "finding")  # fmt: skip
    one = p.take(lambda patient: not _dies(patient))
    p.add("followup", one, {contact: one.contacts[0].date - days(3), "Status": "存活",
                            death: "9999-12-31"}, death, "sentinel_date", "missing")  # fmt: skip
    p.add("followup", p.take(), {contact: "2021-11-31", "Status": "alive", death: ""}, contact,
          "impossible_date", "problem", "unreadable_date")  # fmt: skip
    p.add("followup", p.take(_dies), {death: dt.date(2202, 5, 3)}, death, "date_in_the_future",
          "finding", note="death a century later; contact on the usual day")  # fmt: skip
    p.add("followup", p.take(), {"Status": "moved away"}, "Status", "unknown_code_word", "problem",
          "unknown_code")  # fmt: skip
    remark: dict[str, Cell] = dict.fromkeys(p.tables["followup"][0].cells, "")
    remark[ID] = "End of export. 以上数据由信息科导出"
    p.append("followup", Row(remark, marks=[Mark(ID, "trailing_remark", "problem",
                                                  "bad_identifier")]))  # fmt: skip
