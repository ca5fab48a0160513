"""Subjects: everybody screened, once, with the declared variables and their sources."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.derive_subjects import main, screened_patients
from scripts.lib.config.cohort import Variable
from scripts.lib.errors import Stop
from scripts.lib.tables import read_table, write_table
from tests.small_tables import cells, source_table

PATIENTS = """
    USUBJID | sex
    B       | male
    A       | female
            | male
    A       | female
"""
TREATMENTS = """
    USUBJID | line | start_date
    A       | 2    | 2021-02-01
    Z       | 2    | 2021-02-01
"""


def run_on(tmp_path: Path, patients: str = PATIENTS) -> SimpleNamespace:
    specs = [
        {"name": "SEX", "from": "patients", "column": "sex", "pick": "only"},
        {"name": "L2_START", "from": "treatments", "column": "start_date", "pick": "min"},
    ]
    for name, text in {"patients": patients, "treatments": TREATMENTS}.items():
        write_table(source_table(text, f"{name}.csv"), tmp_path / f"{name}.parquet")
    smk = SimpleNamespace(
        input=SimpleNamespace(
            tables=[str(tmp_path / "patients.parquet"), str(tmp_path / "treatments.parquet")]
        ),
        output=SimpleNamespace(
            subjects=tmp_path / "subjects.parquet", findings=tmp_path / "private/found.parquet"
        ),
        params=SimpleNamespace(
            settings={
                "screened": "patients",
                "variables": [Variable.model_validate(s).model_dump(mode="json") for s in specs],
                "dates": {},
                "data_cutoff": "2024-12-31",
            }
        ),
    )
    main(smk)
    return smk


def test_everybody_of_the_screened_table_is_there_once_sorted(tmp_path):
    """A row without an identifier screens nobody; a patient of another table alone neither."""
    smk = run_on(tmp_path)
    made = read_table(smk.output.subjects)
    assert cells(made, "USUBJID", "SEX", "SEX__SRC", "L2_START", "L2_START__SRC") == [
        ("A", "female", "patients.csv||3", "2021-02-01", "treatments.csv||2"),
        ("B", "male", "patients.csv||2", None, None),
    ]
    assert not [name for name in made.columns if name.startswith("src_")]


def test_the_same_input_gives_the_same_bytes(tmp_path):
    first = run_on(tmp_path).output.subjects.read_bytes()
    assert run_on(tmp_path).output.subjects.read_bytes() == first


def test_findings_are_for_the_owner_only(tmp_path):
    found = run_on(tmp_path).output.findings
    assert found.stat().st_mode & 0o777 == 0o600
    assert found.parent.stat().st_mode & 0o777 == 0o700


def test_an_empty_table_stops_with_one_message(tmp_path):
    with pytest.raises(Stop, match="patients holds no patient"):
        run_on(tmp_path, "USUBJID | sex")


def test_screened_patients_does_not_depend_on_the_order_of_rows():
    frame = source_table(PATIENTS)
    assert screened_patients(frame).equals(screened_patients(frame[::-1]))
