"""A study of three patients in the files that traces read, for their tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from scripts.lib.tables import write_table
from tests.small_tables import source_table, table

VARIABLE = {
    "label": "", "unit": None, "from": None, "where": None, "column": None, "pick": None,
    "order_by": None, "to": None, "window_days": None, "dated": None, "expression": None,
    "cut": None, "cases": None, "otherwise": None, "endpoint": None, "timing": "baseline",
    "levels": {}, "adsl": True,
}  # fmt: skip
VARIABLES: list[dict[str, Any]] = [
    VARIABLE | own
    for own in (
        {"name": "BIRTHDT", "from": "patients", "column": "birth_date", "pick": "only"},
        {"name": "ICD", "from": "patients", "column": "icd", "pick": "only"},
        {"name": "BEGIN", "from": "treatments", "column": "start_date", "pick": "min",
         "where": "line == 2"},
        {"name": "LINES", "from": "treatments", "pick": "count", "where": "line >= 1"},
        {"name": "DEADDT", "from": "followup", "column": "death_date", "pick": "only"},
        {"name": "AGE", "expression": "years(BIRTHDT, BEGIN)", "unit": "years"},
        {"name": "OLD", "cut": {"of": "AGE", "at": [65], "labels": ["no", "yes"], "right": True},
         "levels": {"no": "Not old", "yes": "Old"}},
    )
]  # fmt: skip
OS = {
    "label": "Overall survival", "param": "OS", "start": "BEGIN", "not_after": None,
    "events": [{"from": [{"table": "followup", "date": "death_date", "where": None,
                          "variable": None}], "id": "DEATH", "description": "Death"}],
    "dates": [], "overrides": [], "censoring": [],
}  # fmt: skip


def _column(kind: str, header: str) -> dict[str, Any]:
    return {"type": kind, "from": [header], "unit": ""}


def _reads(name: str, kind: str, fields: list[str], **own: Any) -> dict[str, Any]:
    nothing = {"criteria": [], "conditions": [], "selects": False, "results": []}
    return {"name": name, "kind": kind, "fields": fields} | nothing | own


LINEAGE: dict[str, Any] = {
    "start": "BEGIN",
    "conditions": ["start", "TRT01A", "adult", "treated"],
    "populations": [{"ignoring": [], "results": ["baseline", "kaplan_meier", "response"]}],
    "readers": {
        "patients": [
            _reads("BIRTHDT", "variable", ["birth_date"], criteria=["adult"],
                   conditions=["adult"], selects=True, results=["baseline"]),
            _reads("ICD", "variable", ["icd"]),
        ],
        "treatments": [
            _reads("BEGIN", "variable", ["line", "start_date"], criteria=["adult"],
                   conditions=["adult", "start"], selects=True,
                   results=["baseline", "kaplan_meier"]),
            _reads("LINES", "variable", ["line", "start_date"], criteria=["treated"],
                   conditions=["treated"], selects=True),
        ],
        "followup": [
            _reads("DEADDT", "variable", ["contact_date", "death_date"], results=["response"]),
            _reads("adtte_os", "dataset", ["death_date"], results=["kaplan_meier"]),
        ],
    },
}  # fmt: skip
SETTINGS: dict[str, Any] = {
    "study": {"title": "Made up", "notice": "Synthetic <data>.", "data_cutoff": "2024-12-31",
              "delivery": "one",
              "arms": [{"id": "a", "label": "Alpha"}, {"id": "b", "label": "Beta"}]},
    "days_per_month": 30.4375,
    "screened": "patients",
    "start": "BEGIN",
    "dates": {"treatments": "start_date", "followup": "contact_date"},
    "variables": VARIABLES,
    "criteria": [
        {"id": "adult", "label": "Adults & more", "when": "AGE >= 18", "applied": True,
         "timing": "baseline"},
        {"id": "treated", "label": "Treated twice", "when": "LINES > 1", "applied": True,
         "timing": "baseline"},
    ],
    "arm": [{"when": "true", "value": "a"}],
    "endpoints": {"adtte_os": {"": OS}},
    "tables": {
        "patients": {"birth_date": _column("date", "Born"), "icd": _column("text", "ICD-10")},
        "treatments": {"line": _column("integer", "Line"), "start_date": _column("date", "Begin")},
        "followup": {"contact_date": _column("date", "Seen"),
                     "death_date": _column("date", "Died")},
    },
    "lanes": [
        {"label": "Treatment", "table": "treatments", "start": "start_date", "end": None,
         "shows": ["line"]},
        {"label": "Born", "table": "patients", "start": "birth_date", "end": None, "shows": []},
    ],
    "private": {"patients": ["birth_date", "icd"], "treatments": [], "followup": [],
                "": ["BIRTHDT", "ICD"]},
    "analysis_names": ["baseline", "kaplan_meier"],
    "analyses": {"baseline": {"variables": [{"name": "OLD"}]}, "kaplan_meier": {"os": {}}},
    "lineage": LINEAGE,
    "max_subjects": 10,
}  # fmt: skip

TABLES = {
    "patients": source_table("""
        USUBJID | birth_date | icd
        P1      | 1950-02-03 | C34.9 secret
        P2      | 1970-01-01 |
        P3      | 1990-01-01 | C34.1
    """, "patients.csv"),
    "treatments": source_table("""
        USUBJID | line | start_date
        P1      | 1    | 2020-01-01
        P1      | 2    | 2020-06-01
        P2      | 1    | 2020-01-05
        P2      | 2    | 2020-07-01
        P3      | 2    | 2021-01-01
    """, "treatments.csv"),
    "followup": source_table("""
        USUBJID | contact_date | death_date
        P1      | 2021-03-01   | 2021-02-01
        P2      | 2021-05-05   |
    """, "followup.csv"),
}  # fmt: skip

RAW = {
    "patients": TABLES["patients"].drop(columns=["birth_date", "icd", "USUBJID"]).assign(**{
        "Name": ["Anna", "Berta", "Carl"], "Born": ["3.2.1950", "1.1.1970", "1.1.1990"],
        "ICD-10": ["C34.9 secret", "", "C34.1"],
    }),
    "treatments": TABLES["treatments"].drop(columns=["line", "start_date", "USUBJID"]).assign(**{
        "Line": ["I", "II", "I", "II", "II"],
        "Begin": ["2020/1/1", "2020/6/1", "2020/1/5", "2020/7/1", "2021/1/1"],
    }),
}  # fmt: skip

SUBJECTS = table("""
    USUBJID | BIRTHDT    | ICD          | BEGIN      | LINES | DEADDT     | AGE
    P1      | 1950-02-03 | C34.9 secret | 2020-06-01 | 2     | 2021-02-01 | 70
    P2      | 1970-01-01 |              | 2020-07-01 | 2     |            | 50
    P3      | 1990-01-01 | C34.1        | 2021-01-01 | 1     |            | 31
""")
SUBJECTS["BEGIN"] = pd.to_datetime(SUBJECTS["BEGIN"]).astype("datetime64[us]")
SUBJECTS["OLD"] = pd.array(["yes", "no", "no"], dtype="string")
for _name, _file, _rows in (
    ("BIRTHDT", "patients", [2, 3, 4]), ("ICD", "patients", [2, None, 4]),
    ("BEGIN", "treatments", [3, 5, 6]), ("DEADDT", "followup", [2, None, None]),
):  # fmt: skip
    SUBJECTS[f"{_name}__SRC"] = pd.array(
        [pd.NA if r is None else f"{_file}.csv||{r}" for r in _rows], dtype="string"
    )
for _name in ("BIRTHDT", "BEGIN"):
    SUBJECTS[f"{_name}__DT"] = SUBJECTS[_name]
SUBJECTS["AGE__DT"] = SUBJECTS["BIRTHDT"]

COHORT = table("""
    USUBJID | TRT01A | reason
    P1      | a      |
    P2      | b      |
    P3      | a      | treated
""").assign(
    adult=pd.array([True, None, True], dtype="boolean"),
    treated=pd.array([True, True, False], dtype="boolean"),
    included=pd.array([True, True, False], dtype="boolean"),
    reason_unknown=pd.array([None, None, False], dtype="boolean"),
)  # fmt: skip

ADTTE = table("""
    USUBJID | TRT01A | PARAMCD | STARTDT    | ADT        | AVAL | CNSR | EVNTDESC | CNSDTDSC
    P1      | a      | OS      | 2020-06-01 | 2021-02-01 | 245  | 0    | Death    |
    P2      | b      | OS      | 2020-07-01 | 2021-05-05 | 308  | 1    | Alive    | Last seen
""").assign(
    SRCDOM=pd.array(["followup"] * 2, "string"), SRCFILE=pd.array(["followup.csv"] * 2, "string"),
    SRCVAR=pd.array(["death_date", "contact_date"], "string"),
    SRCSHEET=pd.array([pd.NA] * 2, "string"),
    SRCSEQ=pd.array([1, 2], "Int64"), SRCROW=pd.array([2, 3], "Int64"),
)  # fmt: skip
ADRS = table("USUBJID | PARAMCD | AVALC | ADT | SRCDOM | SRCFILE | SRCSHEET").assign(
    ADY=pd.array([], "Int64"), SRCSEQ=pd.array([], "Int64"), SRCROW=pd.array([], "Int64"),
    SRCVAR=pd.array([], "string"),
)  # fmt: skip
ADAE = table("USUBJID | AEDECOD | ASTDT | SRCDOM | SRCFILE | SRCSHEET").assign(
    AETOXGR=pd.array([], "Int64"), AEIRFL=pd.array([], "boolean"),
    AEGCFL=pd.array([], "boolean"), TRTEMFL=pd.array([], "boolean"),
    SRCSEQ=pd.array([], "Int64"), SRCROW=pd.array([], "Int64"), SRCVAR=pd.array([], "string"),
)  # fmt: skip
DATASETS = {
    "subjects": SUBJECTS, "cohort": COHORT, "adtte_os": ADTTE, "adrs": ADRS, "adae": ADAE,
    "adsl": COHORT.loc[COHORT["included"], ["USUBJID", "TRT01A"]].reset_index(drop=True),
}  # fmt: skip
FINDINGS = table("""
    table | check_id | severity | file         | sheet | row | column | USUBJID | question
    x     | X-1      | warning  | followup.csv |       | 2   | Died   | P1      | Which is right?
""")


def write_datasets(folder: Path) -> list[str]:
    """Write the analysis datasets; their paths."""
    paths = []
    for name, frame in DATASETS.items():
        write_table(frame, folder / f"{name}.parquet")
        paths.append(str(folder / f"{name}.parquet"))
    return paths
