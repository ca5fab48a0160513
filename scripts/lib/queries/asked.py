"""Every finding with its id and words, and the cells behind it.

The step is `scripts/identify_queries.py`.

Source: docs/queries.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from scripts.lib.quality.findings import SOURCE_SUFFIX, combine
from scripts.lib.quality.suites import READING, ReadingRule, Suite, read_reading, read_suite
from scripts.lib.queries.affects import affected
from scripts.lib.queries.cells import DECIDED, SUBJECTS, asked_cells, links, with_headers
from scripts.lib.queries.identity import identify, identify_cells, identify_links
from scripts.lib.queries.problems import CELLS, no_cells
from scripts.lib.queries.words import questions_zh
from scripts.lib.reading.pseudonyms import read_key
from scripts.lib.tables import read_table, write_private_text, write_table

PATIENT_KEY = ["USUBJID"]
ROWS = "row_conservation"  # its derived findings name raw columns
JOINED = ("join_unmatched", "join_ambiguous")  # reading rules that name a join


def asked_queries(
    found: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    suites: Mapping[str, Suite],
    reading: Mapping[str, ReadingRule],
    settings: Mapping[str, Any],
    key: bytes,
    derived: Mapping[str, pd.DataFrame] | None = None,
    seen: Mapping[tuple[str, str], list[str]] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every finding with its id, words and what it can change, and the cells; sorted by id.

    Parameters
    ----------
    derived
        `subjects` and ADTTE datasets, as far as they are there.
    seen
        Raw columns of each file and sheet.
    """
    checks = {check.id: check for suite in suites.values() for check in suite.checks}
    one_a_patient = [name for name, suite in suites.items() if suite.key == PATIENT_KEY]
    asked = identify(found, tables, settings, one_a_patient, key)
    asked = asked.assign(
        question_zh=questions_zh(
            asked["check_id"], {i: (c.question_zh, c.category) for i, c in checks.items()}
        ),
        category=_categories(asked["check_id"], checks, reading),
        affects=affected(asked, settings, {i: c.affects for i, c in checks.items()}),
    )
    cells = asked_cells(asked, tables, derived or {}, suites, settings["lineage"])
    cells = with_headers(cells, settings["tables"], seen or {})
    cells = identify_cells(cells, asked, tables, settings, key)
    asked = asked.assign(header=_headers(asked, cells, settings))
    linked = identify_links(links(asked, suites, tables), key)
    return asked.sort_values("id", ignore_index=True), _listed(cells, linked)


def _headers(asked: pd.DataFrame, cells: pd.DataFrame, settings: Mapping[str, Any]) -> pd.Series:
    """What each finding is about, as the hospital calls it: of its cells, else of its fields."""
    of_cells = cells.groupby("id", sort=False)["header"].agg(lambda h: ", ".join(dict.fromkeys(h)))
    kinds = asked[["table", "source_table", "column", "field", "check_id"]].drop_duplicates()
    said = [_header(row, settings) for row in kinds.itertuples(index=False)]
    known = kinds.assign(said=pd.array(said, dtype="string"))
    of_fields = asked[list(kinds.columns)].merge(known, how="left")["said"].set_axis(asked.index)
    return asked["id"].map(of_cells).astype("string").fillna(of_fields)


def _header(row: Any, settings: Mapping[str, Any]) -> str:
    """Raw headers of a finding without cells: the file's own, or of what its field is made of."""
    last = row.check_id.rsplit(".", 1)[-1]
    read = f".{READING}." in row.check_id and last not in JOINED
    if read or (row.table == ROWS and "." in row.check_id):
        return str(row.column if read else row.field or "") if pd.notna(row.column) else ""
    lineage, tables = settings["lineage"], settings["tables"]
    behind = []
    for name in str(row.field or "").split(", "):
        behind.append((row.source_table or row.table, name))
        for variable in lineage["aliases"].get(name, [name]):
            behind += [(table, column) for _, table, column in lineage["picked"].get(variable, [])]
    found = [
        header
        for table, column in behind
        for header, columns in tables.get(table, {}).get("headers", {}).items()
        if column in columns
    ]
    return ", ".join(dict.fromkeys(found))


def _listed(cells: pd.DataFrame, linked: pd.DataFrame) -> pd.DataFrame:
    """Cells and links in one listing."""
    both = pd.concat([no_cells(), cells[CELLS], linked], ignore_index=True)
    return both.astype(no_cells().dtypes).sort_values(["id", "cell"], ignore_index=True)


def _categories(
    check_id: pd.Series, checks: Mapping[str, Any], reading: Mapping[str, ReadingRule]
) -> pd.Series:
    """Kahn's category of each finding; what a derivation found is about plausibility."""
    known = {}
    for name in check_id.unique():
        rule = reading.get(name.rsplit(".", 1)[-1]) if f".{READING}." in name else checks.get(name)
        known[name] = rule.category if rule else "plausibility"
    return check_id.map(known).astype("string")


def rows_named(paths: Mapping[str, str | Path], found: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Standardised tables with the rows alone that a finding may name, or of the same patients."""
    rows, patients = found["row"].dropna().unique(), found["USUBJID"].dropna().unique()
    tables = {}
    for name, path in paths.items():
        table = read_table(path)
        wanted = table["src_row"].isin(rows) | table["USUBJID"].isin(patients)
        tables[name] = table[wanted.to_numpy(dtype=bool)]
    return tables


def read_derived(
    paths: Iterable[str | Path], lineage: Mapping[str, Any], found: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """`subjects` and ADTTE datasets: where the values of the patients asked about come from."""
    patients = found["USUBJID"].dropna().unique()
    derived = {}
    for path in paths:
        name = Path(path).stem
        if name == SUBJECTS or name in lineage["starts"]:
            there = pq.read_schema(path).names
            sources = [c for c in there if c.endswith(SOURCE_SUFFIX) or c in DECIDED]
            frame = read_table(path, ["USUBJID", *sources])
            derived[name] = frame[frame["USUBJID"].isin(patients).to_numpy(dtype=bool)]
    return derived


def read_seen(paths: Iterable[str | Path]) -> dict[tuple[str, str], list[str]]:
    """Raw columns of each file and sheet, from the counts of every table."""
    parts = [p for path in paths for p in json.loads(Path(path).read_text("utf-8"))["read"]]
    return {(part["file"], part["sheet"] or ""): part["columns"] for part in parts}


def write_asked(
    inputs: Mapping[str, Iterable[str]], settings: Mapping[str, Any], outputs: Mapping[str, str]
) -> None:
    """Read what was judged, write its queries; also used where a gate stopped the run."""
    found = combine([read_table(path) for path in inputs["rows"]])
    suites = {Path(path).stem: read_suite(Path(path)) for path in inputs["suites"]}
    by_name = {Path(path).stem: path for path in inputs["tables"]}
    paths = {name: by_name[name] for name in settings["tables"] if name in by_name}
    asked, cells = asked_queries(
        found,
        rows_named(paths, found),
        suites,
        read_reading(Path(*inputs["reading"])),
        settings,
        read_key(Path(*inputs["key"])),
        read_derived(inputs["derived"], settings["lineage"], found),
        read_seen(inputs["counts"]),
    )
    write_table(asked, outputs["asked"], private=True)
    write_table(cells, outputs["cells"], private=True)
    names = sorted(Path(path).stem for path in inputs["rows"])
    write_private_text(outputs["judged"], json.dumps({"datasets": names}, indent=1) + "\n")
