"""The register as people read it: what goes out, and what stays in data/private."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.quality.findings import keys, records
from scripts.lib.quality.suites import SEVERITIES
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
from scripts.lib.queries.words import MOVES, NEVER

BEFORE = (
    "rank", "id", "status", "severity", "USUBJID", "question", "question_zh", "table", "file",
    "sheet", "row", "field", "affects",
)  # fmt: skip
AFTER = (
    "category", "check_id", "columns", "first_delivery", "last_delivery", "answered_delivery",
    "answered_on", "places", "asked_as",
)  # fmt: skip
ORDER = (REOPENED, NEW, OPEN, ANSWERED, CONFIRMED, WAIVED, CORRECTED)
GREATEST, NOTE = "greatest", "impact_note"  # of the table of impacts
NOT_RANKED = "not computed: a gate stopped the run"


def waived_ids(
    asked: pd.DataFrame, waivers: Sequence[Waiver], errors: Sequence[str], cutoff: str
) -> set[str]:
    """Ids of findings that a waiver in force covers; never of a check that could not be made."""
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
    register: pd.DataFrame, described: pd.DataFrame, impact: pd.DataFrame | None
) -> pd.DataFrame:
    """The register in the order of what matters: open ones first, then by what they can change.

    Parameters
    ----------
    register
        Statuses (`history.register`).
    described
        The same queries in words (`problems.describe`).
    impact
        One row a query (`impact_of`); None where it could not be computed.

    Returns
    -------
    BEFORE, the columns of `impact`, AFTER, then answer, answered_by, value, value_hash.
    """
    if impact is None:
        impact = pd.DataFrame({"id": register["id"], GREATEST: 0.0, NOTE: NOT_RANKED})
    queries = register.merge(described, on="id", how="left", validate="one_to_one")
    queries = queries.merge(impact, on="id", how="left", validate="one_to_one")
    queries = queries.drop(columns=["column", "columns"], errors="ignore")
    queries = queries.rename(columns={"field": "columns", "header": "field"})
    place = {name: i for i, name in enumerate(ORDER)}
    asking = queries["status"].isin(ASKING)
    order = pd.DataFrame({
        "waits": ~asking,
        "status": queries["status"].map(place).where(~asking, 0),
        "greatest": -queries[GREATEST].astype("Float64").fillna(0.0),
        "reach": _reach(queries),
        "affects": queries["affects"].fillna("") == "",
        "severity": queries["severity"].map({name: i for i, name in enumerate(SEVERITIES)}),
        "id": queries["id"],
    })  # fmt: skip
    queries = queries.loc[order.sort_values(list(order.columns)).index].reset_index(drop=True)
    queries["rank"] = np.arange(1, len(queries) + 1)
    shown = [name for name in impact.columns if name not in ("id", GREATEST)]
    return queries[
        [*BEFORE, *shown, *AFTER, "answer", "answered_by", "value", "value_hash"]
    ].convert_dtypes(convert_integer=False, convert_floating=False)


def _reach(queries: pd.DataFrame) -> pd.Series:
    """Of queries that change no hazard ratio: 0 may move a time or who is analysed, 3 nothing."""
    days = queries.filter(regex="_days$").fillna(0).ne(0).any(axis=1)
    note, affects = queries[NOTE].fillna(""), queries["affects"].fillna("") != ""
    moves = days | (queries.get("moves", pd.Series("", queries.index)).fillna("") != "")
    reach = pd.Series(2, index=queries.index)
    reach = reach.mask((note != "") & (note != NEVER) & affects, 1)
    return reach.mask((note == NEVER) | ~affects, 3).mask(moves, 0)


def impact_of(impact: pd.DataFrame, problem: pd.Series) -> pd.DataFrame:
    """What each query could change, one row a query: the most that any of its findings could.

    Parameters
    ----------
    impact
        One row a finding (`scripts/rank_queries.py`).
    problem
        Query of each finding, by its id.
    """
    rows = impact.assign(query=problem.reindex(impact["id"]).array)
    rows = rows[rows["query"].notna()]
    found = pd.DataFrame(index=pd.Index(sorted(rows["query"].unique()), name="id"))
    for name in rows.columns.drop(["id", "query"]):
        if name.endswith("_days"):
            found[name] = _furthest(rows, name, rows[name].abs())
        elif name.endswith("_hr_now"):
            param = name.removesuffix("_hr_now")
            then, now = (
                rows[f"{param}_hr_{at}"].to_numpy(float, na_value=np.nan) for at in ("then", "now")
            )
            with np.errstate(divide="ignore"):  # a hazard ratio may come to 0
                change = pd.Series(np.abs(np.log(then) - np.log(now)), rows.index)
            for part in ("_hr_now", "_hr_then", "_hr_arm"):
                found[param + part] = _furthest(rows, param + part, change)
        elif name == "moves":
            found[name] = rows.groupby("query")[name].agg(_all_moves)
        elif name == GREATEST:
            found[name] = rows.groupby("query")[name].max()
    # a note says why nothing was tried: none where something was, else of what came nearest to it
    reached = rows[NOTE].fillna("").map({NEVER: 2, "": 0}).fillna(1)
    found[NOTE] = _furthest(rows, NOTE, -reached)
    shown = [name for name in impact.columns if name not in ("id", "query")]
    types = impact.dtypes
    return found.reset_index().astype({n: types[n] for n in ["id", *shown]})[["id", *shown]]


def _furthest(rows: pd.DataFrame, name: str, by: pd.Series) -> pd.Series:
    """By query, `name` of the finding with the greatest `by`."""
    order = by.astype("Float64").fillna(-np.inf).sort_values(ascending=False, kind="stable").index
    first = rows.loc[order].drop_duplicates("query")
    return first.set_index("query")[name]


def _all_moves(texts: pd.Series) -> str:
    told = {part for text in texts.dropna() for part in text.split("; ")}
    return "; ".join(text for text in MOVES.values() if text in told)


def public(queries: pd.DataFrame) -> pd.DataFrame:
    """What may go out: pseudonyms, no value, and nothing that people wrote."""
    return queries.drop(columns=["answer", "answered_by", "value", "value_hash"])


def for_the_ward(queries: pd.DataFrame, crosswalk: Mapping[str, str]) -> pd.DataFrame:
    """What waits for an answer, with hospital number and raw text: for data/private alone."""
    waiting = queries[queries["status"].isin((*ASKING, ANSWERED))]
    number = waiting["USUBJID"].map(crosswalk).astype("string")
    columns = [
        "rank", "id", "status", "severity", "question", "question_zh", "file", "sheet", "row",
        "field", "places", "value", "affects", "first_delivery", "last_delivery",
    ]  # fmt: skip
    return waiting[columns].assign(hospital_number=number)[["hospital_number", *columns]]


def counts(queries: pd.DataFrame) -> dict[str, Any]:
    """Queries by status, in order."""
    by_status = queries["status"].value_counts()
    return {status: int(by_status.get(status, 0)) for status in ORDER}
