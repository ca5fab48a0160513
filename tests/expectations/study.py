"""A small study without a fault: forty patients, every dataset, all suites pass.

Every patient has the same course (dates below) but for the arm; the tests spoil one cell at a time.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

N = 40
PATIENTS = [f"S{i:02d}" for i in range(N)]
ARMS = ["serplulimab", "chemotherapy"]
CONSTANTS = {
    "DATA_CUTOFF": "2024-12-31T00:00:00",
    "DELIVERED": "2026-05-31T00:00:00",
    "arms": ARMS,
}
BORN, DIAGNOSED = "1960-03-01", "2020-01-10"
LINE1, LINE1_END = "2020-02-01", "2020-08-01"
LINE2, LINE2_END = "2020-09-01", "2020-12-01"
PROGRESSION, DEATH = "2020-12-10", "2021-06-01"


Tables = dict[str, pd.DataFrame]


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows as a table with the types of `read_table`; columns that hold ISO dates become dates."""
    table = pd.DataFrame(rows)
    for name in table:
        first = table[name].dropna()
        if len(first) and isinstance(first.iloc[0], str) and is_date(first.iloc[0]):
            table[name] = pd.to_datetime(table[name]).astype("datetime64[us]")
    return table.convert_dtypes()


def is_date(text: str) -> bool:
    return len(text) == 10 and text[4] == text[7] == "-"


def _with_source(file: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    for i, row in enumerate(rows):
        row |= {"src_file": file, "src_sheet": None, "src_row": i + 2}
    table = frame(rows)
    return table.astype({"src_sheet": "string"})


def arm(i: int) -> str:
    return ARMS[i % 2]


def standardised() -> dict[str, pd.DataFrame]:
    """The eight standardised tables, and the row counts."""
    each = list(enumerate(PATIENTS))
    tables = {
        "patients": [
            {"USUBJID": p, "birth_date": BORN, "sex": ["male", "female"][i % 2]} for i, p in each
        ],
        "diagnoses": [
            {"USUBJID": p, "diagnosis_date": DIAGNOSED, "diagnosis": "es_sclc",
             "confirmation": "histology", "stage": "IV"}
            for _, p in each
        ],
        "treatments": [
            {"USUBJID": p, "line": line, "drugs": drugs, "regimen": "EP", "start_date": start,
             "stop_date": stop, "stop_reason": "progression"}
            for i, p in each
            for line, start, stop, drugs in (
                (1, LINE1, LINE1_END, "atezolizumab;etoposide"),
                (2, LINE2, LINE2_END, ["serplulimab", "topotecan"][i % 2]),
            )
        ],
        "radiotherapy": [
            {"USUBJID": p, "line": 1, "start_date": LINE1, "stop_date": LINE1_END,
             "purpose": "thoracic"}
            for _, p in each
        ],
        "assessments": [
            {"USUBJID": p, "assessment_date": day, "line": 2, "response": response, "sites": sites}
            for _, p in each
            for day, response, sites in (
                ("2020-10-15", "PR", None), (PROGRESSION, "PD", "brain;liver"))
        ],
        "performance_status": [
            {"USUBJID": p, "assessed_date": DIAGNOSED, "kps": 80, "ecog": 1} for _, p in each
        ],
        "adverse_events": [
            {"USUBJID": p, "term": "rash", "grade": 2, "onset_date": "2020-10-01",
             "resolved_date": "2020-10-20", "line": 2}
            for _, p in each
        ],
        "followup": [
            {"USUBJID": p, "contact_date": day, "vital_status": status, "death_date": death}
            for _, p in each
            for day, status, death in (("2021-02-01", "alive", None), (DEATH, "dead", DEATH))
        ],
    }  # fmt: skip
    made = {name: _with_source(f"{name}.csv", rows) for name, rows in tables.items()}
    made["row_conservation"] = frame([
        {"table": name, "part": name, "rows_raw": len(table) + 2, "rows_staged": len(table) + 2,
         "rows_kept": len(table), "rows_set_aside": 1, "rows_duplicate": 1,
         "rows_left_out": 0}
        for name, table in made.items()
    ])  # fmt: skip
    return made


def time_to_event(param: str, start: str, end: str) -> pd.DataFrame:
    days = (pd.Timestamp(end) - pd.Timestamp(start)).days
    return frame([
        {"USUBJID": p, "TRT01A": arm(i), "PARAMCD": param, "STARTDT": start, "ADT": end,
         "AVAL": days, "CNSR": i % 4 // 3, "EVNTDESC": "Event or none",
         "CNSDTDSC": "Last assessment" if i % 4 == 3 else None,
         "SRCFILE": "followup.csv", "SRCSHEET": None, "SRCROW": i + 2}
        for i, p in enumerate(PATIENTS)
    ])  # fmt: skip


def analysis() -> dict[str, pd.DataFrame]:
    """The analysis datasets and model frames."""
    each = list(enumerate(PATIENTS))
    subjects = [
        {"USUBJID": p, "BIRTHDT": BORN, "DIAGDT": DIAGNOSED, "L1_START": LINE1, "L2_START": LINE2,
         "DTHDT": DEATH, "L2_START__SRC": f"treatments.csv||{2 * i + 3}"}
        for i, p in each
    ]  # fmt: skip
    cohort = [{"USUBJID": p, "included": True, "reason": None, "TRT01A": arm(i),
               "late_criteria": None} for i, p in each]  # fmt: skip
    adsl = [
        {"USUBJID": p, "TRT01A": arm(i), "TRTSDT": LINE2, "AGE": 59,
         "SEX": ["male", "female"][i % 2], "KPSBL": 80, "ECOGBL": 1, "late_baseline": None}
        for i, p in each
    ]  # fmt: skip
    adrs = [
        {"USUBJID": p, "TRT01A": arm(i), "PARAMCD": param, "AVALC": value, "ADT": PROGRESSION}
        for i, p in each
        for param, value in (("OVRLRESP", "PD"), ("BOR", "PR"), ("ORR", "Y"), ("DCR", "Y"))
    ]
    adae = [
        {"USUBJID": p, "TRT01A": arm(i), "AEDECOD": "rash", "AETOXGR": 2, "ASTDT": "2020-10-01",
         "AEIRFL": True, "AEGCFL": False, "TRTEMFL": True}
        for i, p in each
    ]  # fmt: skip
    made = {name: frame(rows) for name, rows in
            [("subjects", subjects), ("adsl", adsl), ("adrs", adrs), ("adae", adae)]}  # fmt: skip
    made["cohort"] = frame(cohort).astype({"reason": "string", "late_criteria": "string"})
    made["adsl"] = made["adsl"].astype({"late_baseline": "string"})
    made["adtte_pfs"] = time_to_event("PFS", LINE2, PROGRESSION)
    made["adtte_os"] = time_to_event("OS", LINE2, DEATH)
    made["adtte_pfs1"] = time_to_event("PFS1", LINE1, "2020-08-20")
    pfs, os = made["adtte_pfs"], made["adtte_os"]
    made["adtte_without_exclusion"] = pd.concat([pfs, os], ignore_index=True)
    by_rules = [pfs.assign(RULESET=name) for name in ("fda", "policy")]
    made["adtte_rule_sets"] = pd.concat(by_rules, ignore_index=True).convert_dtypes()
    for endpoint in ("pfs", "os"):
        of = made[f"adtte_{endpoint}"]
        model = of[["USUBJID", "AVAL", "TRT01A"]].assign(event=of["CNSR"] == 0)
        made[f"model_{endpoint}"] = model.astype({"AVAL": "Float64"})
    return made


def study() -> dict[str, pd.DataFrame]:
    """Every dataset, by name."""
    return standardised() | analysis()
