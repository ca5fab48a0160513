"""Findings: one row for each thing that a data manager may have to ask the ward about.

Three sources, one form: rows that fail a check of a suite, raw values that could not be read (the
problem lists), and what a derivation could not make sense of.

`value` (raw text) and `value_hash` are for `data/private/` alone; `PUBLIC` columns for everyone.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.lib.derivation.derived_findings import value_text
from scripts.lib.quality.check_frame import CheckFrame
from scripts.lib.quality.outcomes import Outcome, columns_of
from scripts.lib.quality.suites import READING, SEVERITIES
from scripts.lib.reading.problems import NEGATED, UNEXPLAINED, once
from scripts.lib.spreadsheets import neutral_frame
from scripts.lib.tables import read_table, write_private_text

PUBLIC = (
    "table", "check_id", "severity", "file", "sheet", "row", "column", "USUBJID", "question",
)  # fmt: skip
PRIVATE = (*PUBLIC, "value", "value_hash")
PLACES = (("src_file", "src_sheet", "src_row"), ("SRCFILE", "SRCSHEET", "SRCROW"))
SOURCE_SUFFIX = "__SRC"  # of a subject variable: `file|sheet|row` of the row it was taken from
LABEL = b"value\x1f"  # no hospital number holds this separator
TYPES = dict.fromkeys(PRIVATE, "string") | {"row": "Int64"}


def value_hash(value: str, key: bytes) -> str:
    """What a waiver holds in place of the value: HMAC-SHA256 of the text in column `value`.

    Keyed with the study's pseudonym key, because a plain hash of a date or a grade can be undone by
    trying them all, and this one stands in messages and in config/waivers.csv. The label keeps it
    apart from pseudonyms: the hash of a cell that holds a hospital number tells nobody's pseudonym.
    """
    return hmac.digest(key, LABEL + value.encode(), "sha256").hex()


def with_hashes(listing: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """`listing` with the hash of each value, for the waivers."""
    hashes = [value_hash(value, key) for value in listing["value"].fillna("")]
    return listing.assign(value_hash=pd.array(hashes, dtype="string"))


def of_check(table: str, outcome: Outcome, built: CheckFrame, key: Sequence[str]) -> pd.DataFrame:
    """Findings of one check of a suite: its failing rows, or one for the table as a whole."""
    check = outcome.check
    asked = [column for column in check.asks if column in built.frame]
    named = columns_of(check.kwargs)
    columns = asked or built.columns_behind(named) or list(key)
    # a count that rows share is part of what was looked at: a waiver does not outlive it
    looked_at = list(dict.fromkeys([*columns, *built.shared_behind(named)]))
    if outcome.status == "error":
        rows = _single(outcome.why if not outcome.message else outcome.message)
    elif outcome.rows or outcome.absent:
        at = built.frame.take(outcome.rows)
        rows = _place(at, columns).assign(value=texts(at, looked_at))
        if outcome.absent:
            absent = _absent(outcome.absent, columns)
            rows = pd.concat([rows, absent], ignore_index=True) if outcome.rows else absent
    elif outcome.status == "fail":
        rows = _single(f"{check.type}: {outcome.observed}")
    else:
        return empty()
    severity = "critical" if outcome.status == "error" else check.severity
    if outcome.status == "pass" and severity == "critical":
        severity = "warning"  # `mostly` lets these rows pass; they are shown all the same
    return _complete(
        rows.assign(
            table=table, check_id=check.id, severity=severity, column=", ".join(columns),
            question=check.question or check.says,
        )
    )  # fmt: skip


def of_problems(table: str, problems: pd.DataFrame, severities: Mapping[str, str]) -> pd.DataFrame:
    """Findings from a problem list: raw values that could not be read.

    severities
        Severity by reading rule; a rule that is not in it keeps the severity of the list.
    """
    problems = once_each(problems)
    rule = problems["rule"].astype("string")
    return _complete(
        problems.rename(
            columns={"src_file": "file", "src_sheet": "sheet", "src_row": "row"}
        ).assign(
            table=table,
            check_id=reading_id(table, "") + rule,
            severity=rule.map(severities).astype("string").fillna(problems["severity"]),
            value=problems["raw"].astype("string").fillna(""),
        )
    )


def once_each(problems: pd.DataFrame) -> pd.DataFrame:
    """The problem list with what is asked once as one row, at the first raw row concerned.

    A piece of text that no code list explains is one question for each column, whoever's rows it
    stands in (of one patient alone: with the patient); so is a raw cell that several columns read
    and in which a code is negated.
    """
    rule = problems["rule"].astype("string")
    piece, cell = rule == UNEXPLAINED, rule == NEGATED
    if not (piece | cell).any():
        return problems
    order = ["src_file", "src_sheet", "src_row"]
    negated = problems[cell].drop_duplicates([*order, "column"])
    texts = (
        problems[piece].sort_values(order, kind="stable").drop_duplicates([*order, "column", "raw"])
    )
    groups = texts.groupby(["column", "raw"], sort=False, dropna=False)
    rows, patients = groups["rule"].transform("size"), groups["USUBJID"].transform("nunique")
    several = rows.map(lambda count: once(UNEXPLAINED, count))
    texts = texts.assign(
        question=texts["question"].where(rows == 1, several),
        USUBJID=texts["USUBJID"].where(patients == 1),
    ).drop_duplicates(["column", "raw"])
    kept = [part for part in (problems[~(piece | cell)], negated, texts) if len(part)]
    return pd.concat(kept, ignore_index=True)


def of_derivation(table: str, found: pd.DataFrame) -> pd.DataFrame:
    """Findings that a derivation wrote about the dataset `table`."""
    return _complete(found.assign(table=table))


def reading_id(table: str, rule: str) -> str:
    """Check id of a reading rule in a table."""
    return f"{table}.{READING}.{rule}"


def keys(finding: dict[str, Any]) -> list[str]:
    """Names by which a waiver may mean a finding: its raw row, its patient, else its table."""
    found = []
    if finding["file"]:
        row = "" if finding["row"] is None else finding["row"]  # none: the file as a whole
        found.append(f"{finding['file']}|{finding['sheet'] or ''}|{row}")
    if finding["USUBJID"]:
        found.append(finding["USUBJID"])
    return found or [finding["table"]]


def records(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings as plain dicts, None where a value is missing."""
    plain = findings.astype(object).where(findings.notna(), None)
    return plain.to_dict("records")  # type: ignore[return-value]


def empty() -> pd.DataFrame:
    """No findings, in the form of findings."""
    return _form().copy()


@cache
def _form() -> pd.DataFrame:
    """Made once: most checks of a suite find nothing."""
    return pd.DataFrame(columns=list(PRIVATE)).astype(TYPES)


def combine(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Findings of several sources, in an order that does not depend on how they were made."""
    found = [part for part in parts if len(part)]
    if not found:
        return empty()
    order = ["table", "check_id", "file", "sheet", "row", "USUBJID", "column", "value"]
    frame = pd.concat(found, ignore_index=True)
    return frame.sort_values(order, ignore_index=True, kind="stable")


def list_findings(paths: Iterable[str | Path]) -> pd.DataFrame:
    """All findings, the severest first."""
    found = combine([read_table(path) for path in paths])
    rank = found["severity"].map({name: i for i, name in enumerate(SEVERITIES)})
    return found.iloc[rank.argsort(kind="stable")]


def write_findings(found: pd.DataFrame, public: str | Path, private: str | Path) -> None:
    """Write both listings."""
    Path(public).parent.mkdir(parents=True, exist_ok=True)
    found = neutral_frame(found)
    found[list(PUBLIC)].to_csv(public, index=False, lineterminator="\n")
    write_private_text(private, found.to_csv(index=False, lineterminator="\n"))


def texts(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """`COLUMN=value; ...` of each row: what was found, for the restricted listing."""
    text = pd.Series("", index=frame.index, dtype="string")
    for i, column in enumerate(columns):
        text = text + ("; " if i else "") + f"{column}=" + value_text(frame[column])
    return text


def _complete(rows: pd.DataFrame) -> pd.DataFrame:
    """All columns in their types; the hash of the value comes last (`with_hashes`)."""
    rows = rows.reset_index(drop=True)
    for name in PRIVATE:
        if name not in rows:
            rows[name] = pd.NA
    return rows[list(PRIVATE)].astype(TYPES)


def _single(value: str) -> pd.DataFrame:
    return pd.DataFrame({"value": [value]})


def _absent(values: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Values that should occur and do not; a patient is named, anything else only in `value`."""
    rows = pd.DataFrame({"value": [f"{', '.join(columns)}={v}" for v in values]}, dtype="string")
    return rows.assign(USUBJID=list(values)) if list(columns) == ["USUBJID"] else rows


def _place(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Raw file, sheet and row of each row, as far as its table knows them, and the patient."""
    place = pd.DataFrame(index=rows.index)
    for names in PLACES:
        if set(names) <= set(rows):
            place[["file", "sheet", "row"]] = rows[list(names)].to_numpy(dtype=object)
    sources = [f"{c}{SOURCE_SUFFIX}" for c in columns if f"{c}{SOURCE_SUFFIX}" in rows]
    if "file" not in place and sources:
        first = rows[sources].astype("string").bfill(axis=1).iloc[:, 0]
        place[["file", "sheet", "row"]] = first.str.split("|", expand=True).reindex(
            columns=range(3)
        )
        place["row"] = pd.to_numeric(place["row"]).astype("Int64")
        place["sheet"] = place["sheet"].replace("", pd.NA)
    place["USUBJID"] = rows.get("USUBJID", pd.NA)
    return place
