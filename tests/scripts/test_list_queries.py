"""The register goes out without values; values, answers and hospital numbers stay private."""

from __future__ import annotations

import csv
import json
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from scripts import list_queries
from scripts.lib.errors import Stop
from scripts.lib.quality import findings
from scripts.lib.queries.problems import no_cells
from scripts.lib.reading.manifests import ASKED, CELLS, JUDGED
from scripts.lib.tables import write_private_text, write_table

A, B, C = "Q-AAAAAAAAAAAA", "Q-BBBBBBBBBBBB", "Q-CCCCCCCCCCCC"
HASH = "f" * 64
OUTPUTS = {
    "table": "results/queries.csv", "parquet": "results/queries.parquet",
    "workbook": "results/queries.xlsx", "private": "private/register.csv",
    "ward": "private/ward.xlsx",
}  # fmt: skip
SETTINGS = {
    "title": "A study", "notice": "Synthetic.", "delivery": "2026-11", "earlier": [],
    "data_cutoff": "2026-10-31", "confirming": ["confirmed"], "rows": 100,
}  # fmt: skip


def asked(*ids: str, **other) -> pd.DataFrame:
    row = dict.fromkeys(findings.PRIVATE) | {
        "table": "followup", "check_id": "FUP-010", "severity": "warning", "file": "f.csv",
        "row": 7, "column": "death_date", "USUBJID": "S1", "question": "When?",
        "value": "death_date=2021-02-30 Zhang", "value_hash": HASH, "question_zh": "何时？",
        "category": "plausibility", "field": "death_date", "source_table": "followup",
        "affects": "OS", "header": "Date of death",
    }  # fmt: skip
    frame = pd.DataFrame([row | {"id": i} | other for i in ids])
    texts = dict.fromkeys(
        ["id", "question_zh", "category", "field", "source_table", "affects", "header"]
    )
    return frame.astype(findings.TYPES | dict.fromkeys(texts, "string"))


def impact(**greatest: float) -> pd.DataFrame:
    return pd.DataFrame({
        "id": pd.array(list(greatest), "string"),
        "OS_days": pd.array([30] * len(greatest), "Int64"),
        "moves": pd.array([""] * len(greatest), "string"),
        "impact_note": pd.array([""] * len(greatest), "string"),
        "greatest": pd.array(list(greatest.values()), "Float64"),
    })  # fmt: skip


def rule(folder: Path, current: pd.DataFrame, **other) -> SimpleNamespace:
    """The rule on files in `folder`; `other`: earlier, waivers, answers, impact, status."""
    write_table(current, folder / "asked.parquet")
    write_table(other.get("cells", no_cells()), folder / "cells.parquet")
    write_private_text(folder / "judged.json", json.dumps({"datasets": ["followup"]}))
    write_table(other.get("impact", impact()), folder / "impact.parquet")
    (folder / "waivers.csv").write_text(
        "check_id,key,value_hash,reason,approved_by,expires\n" + other.get("waivers", "")
    )
    verdict = {"checks": [{"id": "FUP-010", "status": other.get("status", "fail")}]}
    (folder / "followup.json").write_text(json.dumps(verdict))
    (folder / "crosswalk.csv").write_text("USUBJID,source_id\nS1,00001234\n")
    given = {
        "asked": "asked.parquet", "judged": "judged.json", "impact": "impact.parquet",
        "waivers": "waivers.csv", "crosswalk": "crosswalk.csv",
    }  # fmt: skip
    lists = {"verdicts": [f"{folder}/followup.json"], "answers": other.get("answers", []),
             "earlier": other.get("earlier", [])}  # fmt: skip
    return SimpleNamespace(
        input={name: f"{folder}/{path}" for name, path in given.items()} | lists,
        output={name: f"{folder}/{path}" for name, path in OUTPUTS.items()},
        params=SimpleNamespace(settings=SETTINGS | other.get("settings", {})),
    )


def rows(smk: SimpleNamespace) -> list[dict[str, str]]:
    list_queries.main(smk)
    with Path(smk.output["table"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_goes_out_has_pseudonyms_and_no_value_and_no_answer(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"id,answer,answered_by,date\n{A},Mr Zhang died at home,Dr Li,2026-12-01\n")
    smk = rule(tmp_path, asked(A), answers=[str(path)])
    (row,) = rows(smk)
    assert (row["id"], row["USUBJID"], row["status"]) == (A, "S1", "answered")
    assert (row["field"], row["columns"], row["affects"]) == ("Date of death", "death_date", "OS")
    assert row["answered_on"] == "2026-12-01"
    for name in ("table", "parquet", "workbook"):
        content = Path(smk.output[name]).read_bytes()
        if name == "workbook":
            with zipfile.ZipFile(smk.output[name]) as book:
                content = b"".join(book.read(member) for member in book.namelist())
        assert not [w for w in (b"Zhang", b"2021-02-30", b"Dr Li", b"00001234") if w in content]


def test_the_ward_gets_hospital_numbers_and_raw_text_in_a_private_file(tmp_path):
    smk = rule(tmp_path, asked(A))
    list_queries.main(smk)
    for name in ("ward", "private"):
        assert stat.S_IMODE(Path(smk.output[name]).stat().st_mode) == 0o600
        assert stat.S_IMODE(Path(smk.output[name]).parent.stat().st_mode) == 0o700
    sheet = CalamineWorkbook.from_path(smk.output["ward"]).get_sheet_by_name("Queries").to_python()
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert row["hospital number"] == "00001234" and "Zhang" in row["value"]


def test_the_workbook_can_be_filtered_and_filled_in_and_explains_the_statuses(tmp_path):
    smk = rule(tmp_path, asked(A, B))
    list_queries.main(smk)
    book = CalamineWorkbook.from_path(smk.output["workbook"])
    assert book.sheet_names == ["Queries", "Statuses"]
    head = book.get_sheet_by_name("Queries").to_python()[0]
    assert head[-4:] == ["delivery", "answer", "answered by", "date"]
    told = {line[0]: line[1:] for line in book.get_sheet_by_name("Statuses").to_python()}
    assert told["STATE"][0].startswith("Delivery 2026-11, data cut-off 2026-10-31; made from inp")
    assert {"new", "open", "answered", "corrected", "confirmed", "waived", "reopened"} <= set(told)
    with zipfile.ZipFile(smk.output["workbook"]) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    assert b"<autoFilter" in sheet and b'state="frozen"' in sheet


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    smk = rule(tmp_path, asked(A, B))
    list_queries.main(smk)
    first = {name: Path(path).read_bytes() for name, path in smk.output.items()}
    list_queries.main(smk)
    assert {name: Path(path).read_bytes() for name, path in smk.output.items()} == first


def test_those_that_change_most_come_first_and_those_that_wait_before_the_others(tmp_path):
    changes = impact(**{A: 0.1, B: 0.3, C: 0.9})
    line = f"FUP-010,f.csv||9,{HASH},seen,a data manager,2026-12-31\n"
    current = pd.concat([asked(A, B), asked(C, row=9)], ignore_index=True)
    found = rows(rule(tmp_path, current, impact=changes, waivers=line))
    assert [(r["id"], r["status"]) for r in found] == [(B, "new"), (A, "new"), (C, "waived")]
    assert [r["rank"] for r in found] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("line", "status", "expected"),
    [
        (f"FUP-010,S1,{HASH},seen,a data manager,2026-10-31\n", "fail", "waived"),
        (f"FUP-010,S1,{HASH},seen,a data manager,2026-10-30\n", "fail", "new"),
        (f"FUP-010,S1,{'e' * 64},seen,a data manager,2026-12-31\n", "fail", "new"),
        (f"FUP-011,S1,{HASH},seen,a data manager,2026-12-31\n", "fail", "new"),
        (f"FUP-010,S1,{HASH},seen,a data manager,2026-12-31\n", "error", "new"),
    ],
    ids=["in force", "ended at the cut-off", "another value", "another check", "never an error"],
)
def test_a_waiver_covers_this_value_of_this_check_until_it_ends(tmp_path, line, status, expected):
    (row,) = rows(rule(tmp_path, asked(A), waivers=line, status=status))
    assert row["status"] == expected


def test_history_comes_from_the_earlier_deliveries(tmp_path):
    earlier = tmp_path / "2026-05"
    (earlier / ASKED).parent.mkdir(parents=True)
    write_table(asked(A, B), earlier / ASKED)
    write_table(no_cells(), earlier / CELLS)
    (earlier / JUDGED).write_text(json.dumps({"datasets": ["followup"]}))
    manifest = {"delivery": "2026-05", "stopped": "", "files": {ASKED: "1", JUDGED: "2"}}
    (earlier / "manifest.json").write_text(json.dumps(manifest))
    smk = rule(
        tmp_path, asked(B, C), earlier=[f"{earlier}/manifest.json"],
        settings={"earlier": ["2026-05"]},
    )  # fmt: skip
    found = {r["id"]: (r["status"], r["first_delivery"], r["last_delivery"]) for r in rows(smk)}
    assert found == {
        A: ("corrected", "2026-05", "2026-05"), B: ("open", "2026-05", "2026-11"),
        C: ("new", "2026-11", "2026-11"),
    }  # fmt: skip


def test_an_answer_to_no_query_is_told_by_the_run_and_on_the_second_sheet(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text(f"id,answer,answered_by,date\n{B},confirmed,ward,2026-12-01\n")
    smk = rule(tmp_path, asked(A), answers=[str(path)])
    list_queries.main(smk)
    sheet = CalamineWorkbook.from_path(smk.output["workbook"]).get_sheet_by_name("Statuses")
    told = [line[1] for line in sheet.to_python() if line[0] == "ANSWER TO NO QUERY"]
    assert told == [f"{path} row 2: {B}"]
    assert capsys.readouterr().out == (
        f"1 answer(s) to no query (mistyped, or no longer asked): {path} row 2: {B}\n"
    )


def test_a_broken_file_of_answers_stops(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,reply\n")
    with pytest.raises(Stop, match=r"a\.csv: there is no column answer"):
        list_queries.main(rule(tmp_path, asked(A), answers=[str(path)]))


def test_without_any_query_every_file_is_there(tmp_path):
    smk = rule(tmp_path, asked(A).iloc[:0])
    assert rows(smk) == []
    assert all(Path(path).exists() for path in smk.output.values())
