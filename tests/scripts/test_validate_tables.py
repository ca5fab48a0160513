"""Verdicts hold counts and the suite's words; values stay in data/private; bytes never vary."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from scripts import validate_tables
from scripts.lib.tables import read_table, write_private_text, write_table
from scripts.validate_tables import validate
from tests.lib.quality.test_expectations import CUTOFF, suite, table

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "Zhang Wei 13800138000"
ODD = 987654.25
CONSTANTS = {"DATA_CUTOFF": CUTOFF, "arms": ["a", "b"]}

# every kind of check, each failing or crashing on a row that holds something secret
LEAKY = [
    ("expect_column_values_to_be_in_set", {"column": "name", "value_set": ["x"]}),
    ("expect_column_values_to_match_regex", {"column": "name", "regex": "x+"}),
    ("expect_column_values_to_be_unique", {"column": "name"}),
    ("expect_column_values_to_be_between", {"column": "dose", "max_value": 10}),
    ("expect_column_values_to_be_between", {"column": "name", "max_value": 10}),
    ("expect_column_max_to_be_between", {"column": "dose", "max_value": 10}),
    ("expect_column_mean_to_be_between", {"column": "name", "max_value": 10}),
    ("expect_column_min_to_be_between", {"column": "name", "min_value": 10}),
    ("expect_column_distinct_values_to_be_in_set", {"column": "name", "value_set": ["x"]}),
    ("expect_column_distinct_values_to_equal_set", {"column": "name", "value_set": ["x"]}),
    ("expect_column_most_common_value_to_be_in_set", {"column": "name", "value_set": ["x"]}),
    ("expect_column_value_lengths_to_equal", {"column": "name", "value": 1}),
    ("expect_column_pair_values_to_be_equal", {"column_A": "name", "column_B": "dose"}),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["name", "dose"], "sum_total": 1}),
    ("expect_column_values_to_match_strftime_format", {"column": "name", "strftime_format": "%Y"}),
    ("expect_column_values_to_be_dateutil_parseable", {"column": "name"}),
    ("expect_column_values_to_be_json_parseable", {"column": "name"}),
    ("expect_column_values_to_be_increasing", {"column": "dose"}),
    ("expect_column_values_to_be_of_type", {"column": "name", "type_": "int"}),
    ("expect_column_quantile_values_to_be_between", {
        "column": "dose", "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 1]]}}),
]  # fmt: skip


def leaky_frame() -> pd.DataFrame:
    return table(
        id=["a", "b", "c"], name=[SECRET, SECRET, "x"], dose=[ODD, ODD, 1.5],
        src_file=["f.csv"] * 3, src_row=[2, 3, 4],
    ).assign(src_sheet=pd.array([None] * 3, dtype="string"))  # fmt: skip


@pytest.mark.parametrize(("kind", "kwargs"), LEAKY)
def test_no_value_reaches_a_verdict(kind: str, kwargs: dict[str, Any]) -> None:
    made = suite({"type": kind, "kwargs": kwargs}, columns={"odd": "name + 1"})

    entries, listing = validate(
        made, leaky_frame(), neighbours={}, codelists={}, constants=CONSTANTS
    )

    text = json.dumps(entries) + listing.drop(columns=["value", "value_hash"]).to_csv()
    assert entries[0]["status"] in ("fail", "error")
    assert not [secret for secret in (SECRET, "Zhang", "138", "9876") if secret in text]


def test_a_verdict_counts_and_keeps_the_words_of_the_suite() -> None:
    check = {"type": "expect_column_values_to_be_between",
             "kwargs": {"column": "dose", "max_value": 10}, "severity": "critical",
             "category": "plausibility", "affects": ["PFS"]}  # fmt: skip

    entries, _ = validate(
        suite(check), leaky_frame(), neighbours={}, codelists={}, constants=CONSTANTS
    )

    assert entries == [{
        "id": "TST-000", "status": "fail", "severity": "critical", "numerator": 2,
        "denominator": 3, "category": "plausibility", "says": "A statement about the table.",
        "why": "", "because": "", "affects": ["PFS"], "source": "suite",
        "threshold": "every row",
    }]  # fmt: skip


def batch(folder: Path) -> SimpleNamespace:
    """A batch of one table with a problem list and findings of a derivation, as a rule sees it."""
    (folder / "expectations").mkdir()
    (folder / "expectations" / "people.yaml").write_text(
        """
table: people
key: [id]
protects: nothing at all
references: {codes: {codelist: sex}}
reading: {unknown_code: critical}
checks:
  - {id: PEO-001, type: expect_column_values_to_be_in_set,
     kwargs: {column: sex, value_set: {$PARAMETER: codes}},
     severity: critical, category: conformance, says: Sex is a code.}
  - {id: PEO-002, type: expect_column_values_to_be_unique, kwargs: {column: id},
     severity: critical, category: plausibility, says: A person stands here once.}
  - {id: PEO-003, type: expect_column_values_to_be_uniqu, kwargs: {column: id},
     severity: info, category: plausibility, says: A misspelt check.}
""",
        encoding="utf-8",
    )  # fmt: skip
    (folder / "sex.csv").write_text("raw,value\nM,m\nman,m\nF,f\n", encoding="utf-8")
    people = table(id=["a", "b", "b"], sex=["m", "f", SECRET], USUBJID=["S1", "S2", "S2"])
    write_table(people, folder / "people.parquet")
    problems = table(rule=["unknown_code"], severity=["warning"], src_file=["p.csv"], src_row=[4],
                     src_sheet=["x"], column=["Sex"], raw=[SECRET], USUBJID=["S2"],
                     question=["What?"])  # fmt: skip
    (folder / "problems").mkdir()
    write_table(problems, folder / "problems" / "people.parquet")
    derived = table(table=["raw"], check_id=["people.odd"], severity=["warning"], file=["p.csv"],
                    sheet=["x"], row=[3], column=["Sex"], USUBJID=["S2"],
                    question=["Odd?"])  # fmt: skip
    write_table(derived, folder / "derive_people.parquet")
    write_private_text(folder / "pseudonym.key", "07" * 32)
    out = folder / "private"
    return SimpleNamespace(
        input=SimpleNamespace(
            data=[f"{folder}/people.parquet"], neighbours=[], codelists=[f"{folder}/sex.csv"],
            suites=[f"{folder}/expectations/people.yaml"],
            problems=[f"{folder}/problems/people.parquet"],
            derived=[f"{folder}/derive_people.parquet"],
            reading=str(ROOT / "expectations" / "reading.yaml"),
            key=f"{folder}/pseudonym.key",
        ),
        output=SimpleNamespace(
            verdicts=[f"{folder}/people.json"], rows=[f"{out}/people.parquet"],
            row_keys=[f"{out}/people.json"],
        ),
        params=SimpleNamespace(
            settings={"data_cutoff": "2024-12-31", "arms": ["a"], "absent": {}, "may_be_empty": []}
        ),
    )  # fmt: skip


def test_a_batch_writes_verdict_listing_and_keys(tmp_path: Path) -> None:
    smk = batch(tmp_path)

    validate_tables.main(smk)

    verdict = json.loads(Path(smk.output.verdicts[0]).read_text("utf-8"))
    found = {entry["id"]: entry for entry in verdict["checks"] if entry["status"] != "pass"}
    assert {i: (e["status"], e["severity"], e["numerator"]) for i, e in found.items()} == {
        "PEO-001": ("fail", "critical", 1),
        "PEO-002": ("fail", "critical", 2),
        "PEO-003": ("error", "info", None),
        "people.reading.unknown_code": ("fail", "critical", 1),
        "people.odd": ("fail", "warning", 1),
    }
    assert verdict["n_rows"] == 3 and len(verdict["suite_sha256"]) == 64
    listing = read_table(smk.output.rows[0])
    assert len(listing) == 6 and listing["value"].str.contains("Zhang").sum() == 2
    keys = json.loads(Path(smk.output.row_keys[0]).read_text("utf-8"))
    assert sorted({key["check_id"] for key in keys}) == sorted(set(found) - {"PEO-003"})


def test_private_files_are_for_their_owner_alone_and_hold_what_verdicts_do_not(
    tmp_path: Path,
) -> None:
    smk = batch(tmp_path)

    validate_tables.main(smk)

    for path in (*smk.output.rows, *smk.output.row_keys):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    public = Path(smk.output.verdicts[0]).read_text("utf-8")
    keys = Path(smk.output.row_keys[0]).read_text("utf-8")
    assert "Zhang" not in public and "Zhang" not in keys


def test_the_same_inputs_give_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from tests.scripts.test_validate_tables import *\n"
        "smk = batch(Path(sys.argv[2])); validate_tables.main(smk)\n"
    )
    made = []
    for seed in ("1", "77"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", program, str(ROOT), str(folder)],
            env=os.environ | {"PYTHONHASHSEED": seed}, check=True,
        )  # fmt: skip
        files = [folder / "people.json", *sorted((folder / "private").iterdir())]
        made.append([path.read_bytes() for path in files])

    assert made[0] == made[1]


def test_a_table_that_may_be_empty_is_not_applicable(tmp_path: Path) -> None:
    smk = batch(tmp_path)
    write_table(read_table(smk.input.data[0]).iloc[:0], smk.input.data[0])
    smk.params.settings["may_be_empty"] = ["people"]

    validate_tables.main(smk)

    checks = json.loads(Path(smk.output.verdicts[0]).read_text("utf-8"))["checks"]
    assert {c["status"] for c in checks if c["source"] == "suite"} == {"not applicable"}
