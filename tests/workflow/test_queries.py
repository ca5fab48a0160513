"""The query register of whole runs: complete, private, quick, and with a history."""

from __future__ import annotations

import csv
import json
import re
import shutil
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.config.load import load_config
from scripts.lib.plan.queries_settings import code_lists, derived_from, rank_settings
from scripts.lib.quality import findings
from scripts.lib.queries.problems import CELLS, no_cells
from scripts.lib.reading.codelists import read_levels
from scripts.lib.tables import read_table
from scripts.rank_queries import rank, read_problems

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
REGISTER = "results/queries/queries.csv"


def rows(study, name: str = REGISTER) -> list[dict[str, str]]:
    with study.path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_finding_belongs_to_a_query_and_none_is_lost(finished):
    asked = rows(finished)
    findings_asked = [i for row in asked for i in row["asked_as"].split(", ")]
    found = rows(finished, "results/quality/findings.csv")
    assert len(findings_asked) == len(set(findings_asked)) == len(found) > len(asked)
    checks = {check for row in asked for check in row["check_id"].split(", ")}
    assert checks == {row["check_id"] for row in found}
    assert len({row["id"] for row in asked}) == len(asked)
    assert {row["status"] for row in asked} == {"new"}
    assert all(row["question"] and row["question_zh"] for row in asked)
    assert any(row["PFS_hr_then"] for row in asked)


def test_every_planted_defect_is_in_the_register_and_little_else_is(finished):
    with (ROOT / "tests/defects/planted.csv").open(encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    planted = [r for r in every if r["outcome"] in ("problem", "finding")]
    asked = rows(finished)
    places = {place.split(":")[0] for row in asked for place in row["places"].split("; ")}
    assert {row_of(r) for r in planted} - places == set()
    assert len(planted) <= len(asked)
    # what was planted to be set aside or to change nothing may be asked about, too
    known = {row_of(r) for r in every}
    others = [r for r in asked if not {p.split(":")[0] for p in r["places"].split("; ")} & known]
    assert len(others) <= 8


def row_of(planted) -> str:
    """The raw row of a planted defect, as places name it."""
    return f"{planted['file']} {planted['sheet']}".strip() + f" row {planted['row']}"


def test_no_query_names_a_variable_and_fields_are_raw_headers(finished):
    config = load_config(ROOT / "config")
    inner = {v["name"] for v in config["cohort"]["variables"]}
    headers = set()
    for name, table in config["sources"]["tables"].items():
        notes = finished.path(f"data/staged/{name}").glob("*.json")
        headers |= {c for path in notes for c in json.loads(path.read_text("utf-8"))["columns"]}
        inner |= {column for column in table["columns"] if "_" in column}
    for row in rows(finished):
        words = set(re.findall(r"[A-Za-z0-9_]+", row["question"] + " " + row["question_zh"]))
        assert not words & inner, row["check_id"]
        assert {f for f in row["field"].split(", ") if f} <= headers, row["field"]


def test_a_cell_is_asked_about_once(finished):
    named = Counter(
        (row["file"], row["sheet"], row["row"], field)
        for row in rows(finished) for field in row["field"].split(", ")
    )  # fmt: skip
    assert max(named.values()) == 1


def test_queries_that_can_move_a_result_come_first(finished):
    moves = [bool(r["moves"]) or r["PFS_days"] not in ("", "0") for r in rows(finished)]
    assert moves == sorted(moves, reverse=True) and moves[0]
    notes = [r["impact_note"] for r in rows(finished)]
    never = [note == "not analysed, whatever the value" for note in notes]
    assert never == sorted(never)


def next_delivery(study) -> dict[str, str]:
    """A delivery in which a date is corrected, a progression moved, and a bad row added."""
    shutil.copytree(study.path("data/raw/2026-05"), study.path("data/raw/2026-11"))
    wrong = max(
        (r for r in rows(study) if "assessments.reading.unreadable_date" in r["check_id"]),
        key=lambda r: (r["file"], int(r["row"])),  # the same one whatever the key
    )
    pfs = read_table(study.path("data/analysis/adtte_pfs.parquet"))
    pfs = pfs[(pfs["SRCDOM"] == "assessments") & (pfs["CNSR"] == 0) & (pfs["AVAL"] > 60)]
    # the same one whatever the key: in the middle, where five days pass other patients' events
    pfs = pfs.sort_values(["AVAL", "SRCFILE", "SRCROW"]).iloc[len(pfs) // 2]
    earlier = pfs["ADT"] - pd.Timedelta(days=5)
    edit(study, pfs["SRCFILE"], pfs["SRCROW"], f"{earlier:%Y-%m-%d}")
    edit(study, wrong["file"], int(wrong["row"]), "2023-04-28")  # after that patient's row before
    edit(study, "adverse_events.csv", 2, "a word that no list knows", keep=True)
    study.edit("config/study.yaml", 'delivery: "2026-05"', 'delivery: "2026-11"')
    study.edit(
        "config/study.yaml", '# earlier_deliveries: [{delivery: "2025-11"}]',
        'earlier_deliveries: [{delivery: "2026-05"}]',
    )  # fmt: skip
    return {"query": wrong["id"], "patient": pfs["USUBJID"], "days": str(pfs["AVAL"] - 5)}


def edit(study, file: str, row: int, text: str, keep: bool = False) -> None:
    """Put `text` into the third field of a row; with `keep` in a copy of the row below it."""
    path = study.path(f"data/raw/2026-11/{file}")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    fields = lines[row - 1].split(",")
    changed = ",".join([*fields[:2], text, *fields[3:]])
    lines[row - 1 : row] = [lines[row - 1], changed] if keep else [changed]
    path.write_text("".join(lines), encoding="utf-8")


def test_the_next_delivery_says_what_became_of_each_query_and_what_it_changed(study):
    known = next_delivery(study)

    done = study.snakemake("compare_deliveries", "quality")

    assert done.returncode == 0, done.output[-3000:]
    assert done.output.index("rule compare_headers") < done.output.index("rule derive_delivery")
    now, before = found_in(study, ""), found_in(study, "data/deliveries/2026-05/")
    assert (before - now, len(history(study))) == (1, 1), "the date that was corrected"
    assert re.search(rf"2026-05: {before} of \d+<", *history(study))
    status = {row["id"]: row["status"] for row in rows(study)}
    assert status[known["query"]] == "corrected"
    assert Counter(status.values())["open"] > 40, "rows that moved are the same queries"
    queries = rows(study, "results/deliveries/queries.csv")
    assert known["query"] in {row["id"] for row in queries if row["change"] == "closed"}
    assert "unknown_code" in str([r["check_id"] for r in rows(study) if r["status"] == "new"])
    (outcome,) = [
        row for row in rows(study, "results/deliveries/outcomes.csv")
        if row["USUBJID"] == known["patient"] and row["what"] == "PFS days"
    ]  # fmt: skip
    assert (outcome["after"], outcome["because"]) == (known["days"], "this alone")
    assert (outcome["table"], outcome["column"]) == ("assessments", "assessment_date")
    moved = rows(study, "results/deliveries/moved.csv")
    assert {row["parameter"] for row in moved if row["USUBJID"] == known["patient"]} >= {"PFS"}
    page = study.path("results/deliveries/index.html").read_text(encoding="utf-8")
    assert known["patient"] in page and "http" not in page
    assert study.snakemake("compare_deliveries").jobs == set()


UNREADABLE = "reading.unreadable_date"


def found_in(study, folder: str) -> int:
    """Dates of the assessments that could not be read."""
    verdict = study.path(f"{folder}results/quality/assessments.json").read_text(encoding="utf-8")
    checks = {entry["id"]: entry for entry in json.loads(verdict)["checks"]}
    return checks[f"assessments.{UNREADABLE}"]["numerator"]


def history(study) -> list[str]:
    """The row of that check on the quality page, where it tells of earlier deliveries."""
    page = study.path("results/quality/index.html").read_text(encoding="utf-8")
    rows = re.findall(r'<tr class="check" data-table="assessments".*?</tr>', page, re.DOTALL)
    return [row for row in rows if UNREADABLE in row and 'class="seen"' in row]


def every_cell(finished, config) -> pd.DataFrame:
    """A thousand queries: every date, status and drug of the first patients of the analysis."""
    kinds = rank_settings(config)["kinds"]
    analysed = read_table(finished.path("data/analysis/adsl.parquet"))["USUBJID"]
    parts = []
    for table in ("assessments", "followup", "treatments"):
        frame = read_table(finished.path(f"data/standardised/{table}.parquet"))
        frame = frame[frame["USUBJID"].isin(analysed)]
        for field, kind in kinds[table].items():
            if kind in ("date", "code"):
                places = frame.rename(
                    columns={"src_file": "file", "src_sheet": "sheet", "src_row": "row"}
                )[["USUBJID", "file", "sheet", "row"]]
                asked_of = {"table": table, "source_table": table, "field": field, "column": field}
                parts.append(places.assign(**asked_of, check_id="tried.every_cell", value=pd.NA))
    asked = pd.concat(parts, ignore_index=True).sort_values(["USUBJID", "table", "row"]).head(1000)
    asked["id"] = pd.array([f"Q{i:04d}" for i in range(1000)], dtype="string")
    types = findings.TYPES | dict.fromkeys(["id", "field", "source_table"], "string")
    return asked.astype({name: kind for name, kind in types.items() if name in asked})


def test_a_thousand_queries_are_ranked_in_under_a_minute(finished):
    config = load_config(ROOT / "config")
    settings, tables = rank_settings(config), derived_from(config)
    adtte = {p.stem: p for p in finished.path("data/analysis").glob("adtte_*.parquet")}
    asked = every_cell(finished, config)
    cells = asked.drop(columns=["table", "column"]).rename(
        columns={"source_table": "table", "field": "column", "file": "src_file",
                 "sheet": "src_sheet", "row": "src_row"}
    )  # fmt: skip
    start = time.perf_counter()
    result = rank(
        asked,
        cells.reindex(columns=CELLS).astype(no_cells().dtypes),
        {t: read_table(finished.path(f"data/standardised/{t}.parquet")) for t in tables},
        read_problems([finished.path(f"data/private/problems/{t}.parquet") for t in tables]),
        {
            name: read_time_to_event(
                adtte[f"adtte_{name}"], finished.path("data/analysis/adsl.parquet")
            )
            for name in settings["endpoints"]
        },
        {Path(p).stem: read_levels(ROOT / p) for p in code_lists(config)},
        settings,
    )
    seconds = time.perf_counter() - start
    print(f"1,000 queries ranked in {seconds:.1f} s")  # noqa: T201
    assert seconds < 60
    assert len(result) == 1000
    assert (result["PFS_days"].fillna(0) != 0).sum() > 100
    assert (result["OS_hr_then"].notna()).sum() > 100
