"""Sets of rules in one dataset: one row per patient and set, the population of each set."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from scripts.derive_adtte_variants import derive
from scripts.lib.config.endpoints import Endpoint
from scripts.lib.tables import write_table
from tests.small_tables import cells, source_table, table

PROGRESSION = {
    "id": "PROGRESSION",
    "description": "Progression",
    "from": [{"table": "assessments", "date": "assessment_date", "where": "response == 'PD'"}],
}
NEW = {"id": "NEW", "description": "New therapy", "from": [{"variable": "NEXT_START"}]}


def rule(events: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    start = {"at": "START", "code": 2, "description": "None", "date_description": "Start"}
    basic = {"param": "PFS", "label": "PFS", "start": "L_START", "censoring": [start]}
    made = Endpoint.model_validate(basic | {"events": events} | changes)
    return made.model_dump(mode="json")


def derived(folder: Path, rules: dict[str, Any]) -> pd.DataFrame:
    subjects = table("""
        USUBJID | L_START    | NEXT_START
        P2      | 2020-01-01 | 2020-02-01
        P1      | 2020-01-01 |
        P3      | 2020-01-01 |
    """)
    cohort = subjects[["USUBJID"]].assign(
        TRT01A=pd.array(["drug"] * 3, dtype="string"),
        alive=pd.array([True, True, False], dtype="boolean"),
        included=pd.array([True, True, False], dtype="boolean"),
    )
    assessments = source_table("""
        USUBJID | assessment_date | response
        P1      | 2020-03-01      | PD
        P2      | 2020-03-01      | PD
        P3      | 2020-01-20      | PD
    """)
    for name, frame in (("subjects", subjects), ("cohort", cohort), ("assessments", assessments)):
        write_table(frame, folder / f"{name}.parquet")
    paths = {name: str(folder / f"{name}.parquet") for name in ("subjects", "cohort")}
    inputs = SimpleNamespace(**paths, tables=[str(folder / "assessments.parquet")])
    settings = {"name": "rules", "endpoints": rules, "criteria": ["alive"],
                "reports": dict.fromkeys(rules), "data_cutoff": "2021-01-01"}  # fmt: skip
    return derive(inputs, settings)[0]


def test_every_patient_has_a_row_by_each_set_in_declared_order(tmp_path: Path) -> None:
    rows = derived(tmp_path, {"b": rule([PROGRESSION]), "a": rule([PROGRESSION, NEW])})

    assert cells(rows, "USUBJID", "RULESET", "AVAL", "EVNTDESC") == [
        ("P1", "b", 60, "Progression"), ("P1", "a", 60, "Progression"),
        ("P2", "b", 60, "Progression"), ("P2", "a", 31, "New therapy"),
    ]  # fmt: skip
    assert list(rows)[:4] == ["USUBJID", "TRT01A", "PARAMCD", "RULESET"]


def test_a_set_that_ignores_a_criterion_has_its_own_patients(tmp_path: Path) -> None:
    rows = derived(
        tmp_path, {"all": rule([PROGRESSION]), "more": rule([PROGRESSION], ignoring=["alive"])}
    )

    assert cells(rows[rows["USUBJID"] == "P3"], "RULESET", "AVAL") == [("more", 19)]
    assert len(rows) == 5
