"""The register as people read it: what goes out, and what stays in data/private."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.quality.findings import keys, records
from scripts.lib.quality.suites import READING, SEVERITIES
from scripts.lib.quality.waivers import Waiver
from scripts.lib.queries.history import (
    ANSWERED,
    ASKING,
    CONFIRMED,
    CORRECTED,
    NEW,
    OPEN,
    REOPENED,
    WAIVED,
)

BEFORE = (
    "rank", "id", "status", "severity", "USUBJID", "question", "question_zh", "table", "file",
    "sheet", "row", "field", "affects",
)  # fmt: skip
AFTER = (
    "category", "check_id", "columns", "first_delivery", "last_delivery", "answered_delivery",
    "answered_on",
)  # fmt: skip
ORDER = (REOPENED, NEW, OPEN, ANSWERED, CONFIRMED, WAIVED, CORRECTED)
GREATEST, NOTE = "greatest", "impact_note"  # of the table of impacts
NOT_RANKED = "not computed: a gate stopped the run"


def waived_ids(
    asked: pd.DataFrame, waivers: Sequence[Waiver], errors: Sequence[str], cutoff: str
) -> set[str]:
    """Ids of queries that a waiver in force covers; never of a check that could not be made."""
    in_force = {
        (w.check_id, w.key, w.value_hash) for w in waivers if w.expires.isoformat() >= cutoff
    } - {("", "", "")}
    checks = {check for check, _, _ in in_force} - set(errors)
    return {
        row["id"]
        for row in records(asked[asked["check_id"].isin(checks)])
        if any((row["check_id"], key, row["value_hash"]) in in_force for key in keys(row))
    }


def listed(
    register: pd.DataFrame, impact: pd.DataFrame | None, headers: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """The register in the order of what matters: open ones first, then by what they can change.

    Parameters
    ----------
    impact
        One row an id: `scripts/rank_queries.py`; None where it could not be computed.
    headers
        Table -> column -> raw header.

    Returns
    -------
    BEFORE, the columns of `impact`, AFTER, then answer, answered_by, value, value_hash.
    """
    if impact is None:
        impact = pd.DataFrame({"id": register["id"], GREATEST: 0.0, NOTE: NOT_RANKED})
    queries = register.merge(impact, on="id", how="left", validate="one_to_one")
    queries["columns"] = queries["field"]
    queries["field"] = raw_headers(queries, headers)
    place = {name: i for i, name in enumerate(ORDER)}
    asking = queries["status"].isin(ASKING)
    order = pd.DataFrame({
        "waits": ~asking,
        "status": queries["status"].map(place).where(~asking, 0),
        "greatest": -queries[GREATEST].astype("Float64").fillna(0.0),
        "affects": queries["affects"] == "",
        "severity": queries["severity"].map({name: i for i, name in enumerate(SEVERITIES)}),
        "id": queries["id"],
    })  # fmt: skip
    queries = queries.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)
    queries["rank"] = np.arange(1, len(queries) + 1)
    shown = [name for name in impact.columns if name not in ("id", GREATEST)]
    return queries[
        [*BEFORE, *shown, *AFTER, "answer", "answered_by", "value", "value_hash"]
    ].convert_dtypes(convert_integer=False, convert_floating=False)


def raw_headers(queries: pd.DataFrame, headers: Mapping[str, Mapping[str, str]]) -> pd.Series:
    """Fields as the raw file heads them, where a raw row is meant."""
    read = queries["check_id"].str.contains(f".{READING}.", regex=False)
    distinct = queries[["source_table", "field"]].drop_duplicates()
    named = [
        ", ".join(
            dict.fromkeys(headers.get(table, {}).get(name, name) for name in field.split(", "))
        )
        for table, field in distinct.itertuples(index=False, name=None)
    ]
    known = distinct.assign(header=pd.array(named, dtype="string"))
    header = queries[["source_table", "field"]].merge(known, how="left")["header"]
    return header.set_axis(queries.index).where(~read, queries["column"])


def public(queries: pd.DataFrame) -> pd.DataFrame:
    """What may go out: pseudonyms, no value, and nothing that people wrote."""
    return queries.drop(columns=["answer", "answered_by", "value", "value_hash"])


def for_the_ward(queries: pd.DataFrame, crosswalk: Mapping[str, str]) -> pd.DataFrame:
    """What waits for an answer, with hospital number and raw text: for data/private alone."""
    waiting = queries[queries["status"].isin((*ASKING, ANSWERED))]
    number = waiting["USUBJID"].map(crosswalk).astype("string")
    columns = [
        "rank", "id", "status", "severity", "question", "question_zh", "file", "sheet", "row",
        "field", "value", "affects", "first_delivery", "last_delivery",
    ]  # fmt: skip
    return waiting[columns].assign(hospital_number=number)[["hospital_number", *columns]]


def counts(queries: pd.DataFrame) -> dict[str, Any]:
    """Queries by status, in order."""
    by_status = queries["status"].value_counts()
    return {status: int(by_status.get(status, 0)) for status in ORDER}
