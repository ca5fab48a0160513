"""Reading the demonstration extract finds the planted defects, each where the list says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from scripts.ingest_table import describe, stage
from scripts.lib.config.load import read_yaml
from scripts.lib.config.sources import Sources
from scripts.lib.reading.codelists import read_codelist
from scripts.lib.reading.readers import read_raw
from scripts.lib.reading.sources import ingest_settings, plan_parts, standardise_settings
from scripts.standardise_table import standardise

ROOT = Path(__file__).resolve().parents[2]
PLACE = ["src_file", "src_sheet", "src_row"]
# what another planted defect brings along
ALSO = {"identifier_collision", "missing_identifier"}


def read_parts() -> Iterator[tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]]:
    """Kept rows, problems and rows set aside of every part."""
    raw = read_yaml(ROOT / "config/sources.yaml")["sources"]
    sources = Sources.model_validate(raw).model_dump(mode="json")
    codes = {path.stem: read_codelist(path) for path in (ROOT / "config/codelists").glob("*.csv")}
    for table, parts in plan_parts(sources, ROOT / "data/raw/2026-05").items():
        for part in parts.values():
            settings = ingest_settings(sources, table, part)
            cells = read_raw(part.path, settings)
            notes = json.loads(json.dumps(describe(cells, settings)))
            done = standardise(
                table,
                stage(cells, settings),
                notes,
                standardise_settings(sources, table),
                codes,
                b"0" * 32,
            )
            kept, problems, set_aside = (frame.to_pandas() for frame in done)
            repeated = kept[kept["src_hash"].duplicated()][PLACE].assign(reason="exact_duplicate")
            yield kept, problems, pd.concat([set_aside, repeated])


@pytest.fixture(scope="module")
def found() -> set[tuple[str, str, int, str]]:
    """File, sheet, row and rule or reason of everything that reading found."""
    places = []
    for _, problems, set_aside in read_parts():
        places += [problems[[*PLACE, "rule"]], set_aside[[*PLACE, "reason"]]]
    return {
        (file, sheet if isinstance(sheet, str) else "", int(row), rule)
        for frame in places
        for file, sheet, row, rule in frame.itertuples(index=False)
    }


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    return pd.read_csv(ROOT / "tests/defects/planted.csv", dtype=str, keep_default_na=False)


def test_every_planted_problem_is_found_and_nothing_else(
    found: set[tuple[str, str, int, str]], planted: pd.DataFrame
) -> None:
    wanted = {
        (one.file, one.sheet, int(one.row), one.rule) for one in planted.itertuples() if one.rule
    }
    assert wanted - found == set()
    assert {one for one in found - wanted if one[3] not in ALSO} == set()


def test_a_rule_is_named_for_problems_and_rows_set_aside_alone(planted: pd.DataFrame) -> None:
    ruled = planted["outcome"].isin(["problem", "set_aside"])
    assert (planted["rule"] != "").equals(ruled)
