"""What a finding can change: as its suite says, else read off the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scripts.lib.quality.suites import READING

# reading rules about a row as a whole: what they ask decides whether any of it is used
OF_ROW = (
    "missing_identifier", "bad_identifier", "missing_centre", "identifier_collision",
    "identifier_padded", "malformed_row", "footer_with_patient", "hidden_rows", "suspect_quote",
    "filter_unknown", "contradiction", "conflict_resolved", "same_person",
)  # fmt: skip


def affected(
    asked: pd.DataFrame, settings: Mapping[str, Any], of_suites: Mapping[str, list[str]]
) -> pd.Series:
    """Results that each finding can change, `, `-joined; empty where it can change none.

    Parameters
    ----------
    asked
        `check_id, table, field, source_table`.
    settings
        `columns` (table -> column -> results), `variables`, `datasets`, `results` (in order).
    of_suites
        Check id -> results that its suite names.
    """
    kinds = asked[["check_id", "table", "source_table", "field"]]
    distinct = kinds.drop_duplicates()
    told = [_one(row, settings, of_suites) for row in distinct.itertuples(index=False)]
    known = distinct.assign(affects=pd.array(told, dtype="string"))
    return kinds.merge(known, how="left")["affects"].set_axis(asked.index)


def _one(row: Any, settings: Mapping[str, Any], of_suites: Mapping[str, list[str]]) -> str:
    if of_suites.get(row.check_id):
        return ", ".join(of_suites[row.check_id])
    columns = settings["columns"].get(row.source_table or row.table, {})
    of_row = f".{READING}." in row.check_id and row.check_id.rsplit(".", 1)[1] in OF_ROW
    found: set[str] = set()
    for field in columns if of_row else row.field.split(", "):
        found.update(columns.get(field) or settings["variables"].get(field, []))
    if not found:
        found.update(settings["datasets"].get(row.table, []))
    return ", ".join(result for result in settings["results"] if result in found)
