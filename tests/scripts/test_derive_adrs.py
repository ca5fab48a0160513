"""ADRS: which assessments count, one row per patient and parameter."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from scripts.derive_adrs import main
from scripts.lib.config.endpoints import Endpoints, Response
from scripts.lib.config.load import read_yaml
from scripts.lib.plan.vocabulary import responses
from scripts.lib.tables import read_table, write_table
from tests.small_tables import cells, source_table, table

SUBJECTS = """
    USUBJID | L2_START   | DTHDT
    A       | 2021-01-01 |
    B       | 2021-01-01 | 2021-03-01
    C       | 2021-01-01 |
    D       | 2021-01-01 |
    E       |            |
"""
ASSESSMENTS = """
    USUBJID | assessment_date | line | response
    A       | 2020-12-20      | 2    | PR
    A       | 2021-02-20      | 2    | SD
    A       | 2021-04-20      | 2    | PR
    A       | 2021-05-20      | 3    | CR
    B       | 2021-02-20      | 2    | SD
    B       | 2021-03-05      | 2    | PD
    C       | 2025-02-20      | 2    | CR
    C       |                 | 2    | CR
"""
RULE = Response(start="L2_START", not_after="DTHDT", where="line == 2", stable_days=42)


def derive(tmp_path, rule=RULE, **more):
    write_table(table(SUBJECTS), tmp_path / "subjects.parquet")
    cohort = table(SUBJECTS)[["USUBJID"]].assign(
        TRT01A="chemotherapy", included=pd.array([True, True, True, False, True], dtype="boolean")
    )
    write_table(cohort, tmp_path / "cohort.parquet")
    write_table(source_table(ASSESSMENTS, "ward.csv"), tmp_path / "assessments.parquet")
    smk = SimpleNamespace(
        input=SimpleNamespace(
            cohort=tmp_path / "cohort.parquet",
            subjects=tmp_path / "subjects.parquet",
            table=tmp_path / "assessments.parquet",
            more=[tmp_path / "assessments.parquet"] * len(more),
        ),
        output=SimpleNamespace(
            adrs=tmp_path / "adrs.parquet", findings=tmp_path / "private" / "found.parquet"
        ),
        params=SimpleNamespace(
            settings={
                "response": rule.model_dump(mode="json"),
                "more_responses": {n: block.model_dump(mode="json") for n, block in more.items()},
                "criteria": [],
                "data_cutoff": "2024-12-31",
            }
        ),
    )
    main(smk)
    return read_table(smk.output.adrs), read_table(smk.output.findings)


def test_response_of_each_patient_and_the_assessment_that_decides(tmp_path):
    """A: SD then PR (the scan before the start and the third-line one do not count); B: SD, the
    PD after death is ignored; C: nothing before the data cut-off. D is not included, E has no
    start."""
    adrs, _ = derive(tmp_path)
    assert cells(adrs, "USUBJID", "PARAMCD", "AVALC", "ADY", "SRCROW") == [
        ("A", "OVRLRESP", "SD", 50, 3),
        ("A", "OVRLRESP", "PR", 109, 4),
        ("A", "BOR", "PR", 109, 4),
        ("A", "ORR", "Y", 109, 4),
        ("A", "DCR", "Y", 109, 4),
        ("A", "CBOR", "SD", 50, 3),
        ("A", "CORR", "N", None, None),
        ("B", "OVRLRESP", "SD", 50, 6),
        ("B", "BOR", "SD", 50, 6),
        ("B", "ORR", "N", None, None),
        ("B", "DCR", "Y", 50, 6),
        ("B", "CBOR", "SD", 50, 6),
        ("B", "CORR", "N", None, None),
        ("C", "BOR", "MISSING", None, None),
        ("C", "ORR", "N", None, None),
        ("C", "DCR", "N", None, None),
        ("C", "CBOR", "MISSING", None, None),
        ("C", "CORR", "N", None, None),
    ]


def test_each_row_names_where_it_comes_from(tmp_path):
    adrs, _ = derive(tmp_path)
    assert cells(adrs, "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW")[0] == (
        "assessments", "response", 2, "ward.csv", None, 3,
    )  # fmt: skip


def test_what_cannot_be_is_reported(tmp_path):
    _, found = derive(tmp_path)
    assert cells(found, "check_id", "USUBJID", "row") == [
        ("adrs.after_death", "B", 7),
        ("population.no_start", "E", None),
    ]


def test_everyone_screened_with_a_start_can_be_asked_for(tmp_path):
    adrs, _ = derive(tmp_path, RULE.model_copy(update={"population": "screened"}))
    assert adrs["USUBJID"].unique().tolist() == ["A", "B", "C", "D"]


def test_another_evaluator_has_parameters_of_its_own(tmp_path):
    """The independent review rates what it rates by its own rule, beside the investigator's."""
    alone, _ = derive(tmp_path)
    review = RULE.model_copy(update={"where": "line == 3", "not_after": None})
    both, _ = derive(tmp_path, irc=review)
    named = both["PARAMCD"].str.endswith("_IRC")
    assert cells(both[~named], *alone.columns) == cells(alone, *alone.columns)
    assert cells(both[named & (both["USUBJID"] == "A")], "PARAMCD", "AVALC", "SRCROW") == [
        ("OVRLRESP_IRC", "CR", 5), ("BOR_IRC", "CR", 5), ("ORR_IRC", "Y", 5),
        ("DCR_IRC", "Y", 5), ("CBOR_IRC", "SD", 5), ("CORR_IRC", "N", None),
    ]  # fmt: skip
    assert both["USUBJID"].is_monotonic_increasing


def test_the_name_of_a_block_becomes_a_part_of_a_parameter():
    given = read_yaml(Path(__file__).parents[2] / "config/endpoints.yaml")["endpoints"]
    with pytest.raises(ValueError, match="more_responses: I R: use small letters"):
        Endpoints.model_validate(given | {"more_responses": {"I R": given["response"]}})
    checked = Endpoints.model_validate(given | {"more_responses": {"irc": given["response"]}})
    config = {"endpoints": checked.model_dump(mode="json")}
    assert {"ORR", "ORR_IRC", "BOR_IRC"} <= set(responses(config))
