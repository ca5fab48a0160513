"""The query register of whole runs: complete, private, quick, and with a history."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pandas as pd
import pytest

from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.config.load import load_config
from scripts.lib.quality import findings
from scripts.lib.queries.settings import code_lists, derived_from, rank_settings
from scripts.lib.reading.codelists import read_levels
from scripts.lib.tables import read_table
from scripts.rank_queries import rank, read_problems

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reruns")]

ROOT = Path(__file__).resolve().parents[2]
REGISTER = "results/queries/queries.csv"


def rows(study, name: str = REGISTER) -> list[dict[str, str]]:
    with study.path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_finding_is_a_query_and_none_is_lost(finished):
    asked = rows(finished)
    assert len(asked) == len(rows(finished, "results/quality/findings.csv")) > 100
    assert len({row["id"] for row in asked}) == len(asked)
    assert {row["status"] for row in asked} == {"new"}
    assert all(row["question"] and row["question_zh"] for row in asked)
    assert any(row["PFS_hr_then"] for row in asked)


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
                parts.append(places.assign(table=table, source_table=table, field=field))
    asked = pd.concat(parts, ignore_index=True).sort_values(["USUBJID", "table", "row"]).head(1000)
    asked["id"] = pd.array([f"Q{i:04d}" for i in range(1000)], dtype="string")
    types = findings.TYPES | dict.fromkeys(["id", "field", "source_table"], "string")
    return asked.astype({name: kind for name, kind in types.items() if name in asked})


def test_a_thousand_queries_are_ranked_in_under_a_minute(finished):
    config = load_config(ROOT / "config")
    settings, tables = rank_settings(config), derived_from(config)
    adtte = {p.stem: p for p in finished.path("data/analysis").glob("adtte_*.parquet")}
    asked = every_cell(finished, config)
    start = time.perf_counter()
    result = rank(
        asked,
        {t: read_table(finished.path(f"data/standardised/{t}.parquet")) for t in tables},
        read_problems([finished.path(f"data/private/problems/{t}.parquet") for t in tables]),
        read_table(finished.path("data/analysis/subjects.parquet")),
        {name: read_table(path) for name, path in adtte.items()},
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
