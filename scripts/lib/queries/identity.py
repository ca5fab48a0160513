"""The same question in every delivery: a stable id for each finding.

The id is made from check, subject, field and source. The source of a finding about one raw row is
the table and the record in it. Row numbers move when rows are added above, so a record is named by
what a person would name it by: the date that orders its table; where that is missing or is itself
what is asked about, by the other columns of the row but their dates. Several that agree in
all this are numbered in source order. A check of a dataset with one row a patient needs no record.

Ids are keyed with the study's key: a plain hash of a date or a code could be undone by trying.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from scripts.lib.derivation.derived_findings import value_text
from scripts.lib.quality.suites import READING

PREFIX, LENGTH = "Q-", 12
FORM = re.compile(rf"{PREFIX}[A-Z2-7]{{{LENGTH}}}")
SUITE_CHECK = r"^[A-Z][A-Z0-9]*-\d{3}$"
PLACE = ["file", "sheet", "row"]
SOURCE = {"src_file": "file", "src_sheet": "sheet", "src_row": "row"}
SEPARATOR = "\x1f"

Tables = Mapping[str, pd.DataFrame]


def identify(
    found: pd.DataFrame,
    tables: Tables,
    settings: Mapping[str, Any],
    one_a_patient: Collection[str],
    key: bytes,
) -> pd.DataFrame:
    """`found` with `id`, `field` (canonical columns) and `source_table` (empty: no raw row).

    Parameters
    ----------
    found
        Findings as `scripts.lib.quality.findings` lists them, of all datasets.
    tables
        Standardised tables, at least the rows that `found` names.
    settings
        `tables`: per table `headers` (raw header -> canonical columns) and `date` (its date).
    one_a_patient
        Datasets whose suite says that a row is a patient.
    key
        The study's pseudonym key.
    """
    found = found.reset_index(drop=True)
    fields = canonical_fields(found, settings["tables"])
    source = source_tables(found, fields, tables)
    of_patient = found["check_id"].str.match(SUITE_CHECK) & found["table"].isin(one_a_patient)
    record = records(found, fields, source.where(~of_patient, ""), tables, settings["tables"])
    nobody = found["USUBJID"].isna()
    record = record.mask(nobody, found["sheet"].fillna("") + SEPARATOR + found["value_hash"])
    parts = pd.DataFrame({
        "check": found["check_id"], "subject": found["USUBJID"].fillna(""), "field": fields,
        "source": found["table"] + "/" + source.where(~of_patient, ""), "record": record,
    }).astype("string")  # fmt: skip
    order = found.sort_values(PLACE, kind="stable").index
    parts["number"] = parts.loc[order].groupby(list(parts.columns)).cumcount().astype("string")
    texts = [SEPARATOR.join(row) for row in parts.itertuples(index=False, name=None)]
    ids = pd.array([_id(text, key) for text in texts], dtype="string")
    return found.assign(id=ids, field=fields, source_table=source)


def identify_cells(
    cells: pd.DataFrame,
    found: pd.DataFrame,
    tables: Tables,
    settings: Mapping[str, Any],
    key: bytes,
) -> pd.DataFrame:
    """`cells` with `cell`: the id of each, whatever check asks about it; the same in each delivery.

    Parameters
    ----------
    cells
        `scripts.lib.queries.cells.asked_cells`: `id` of the finding and the cell.
    found
        The findings with their `id`, `sheet` and `value_hash`: rows of nobody are told apart by
        their text.
    """
    placed = cells.rename(columns=SOURCE).reset_index(drop=True)
    record = records(placed, placed["column"], placed["table"], tables, settings["tables"])
    text = found["sheet"].fillna("") + SEPARATOR + found["value_hash"].fillna("")
    of_finding = text.set_axis(pd.Index(found["id"])).reindex(placed["id"]).reset_index(drop=True)
    parts = pd.DataFrame({
        "kind": placed["role"], "subject": placed["USUBJID"].fillna(""), "table": placed["table"],
        "record": record.mask(placed["USUBJID"].isna(), of_finding), "column": placed["column"],
    }).astype("string")  # fmt: skip
    numbered = parts.join(placed[PLACE].astype({"row": "Int64"}))
    distinct = numbered.drop_duplicates().sort_values(PLACE, kind="stable")
    number = distinct.groupby(list(parts.columns)).cumcount().astype("string")
    distinct = distinct.assign(number=number)
    numbered = numbered.merge(distinct, on=[*parts.columns, *PLACE], how="left")
    named = numbered[[*parts.columns, "number"]].itertuples(index=False, name=None)
    ids = [_id(SEPARATOR.join(row), key) for row in named]
    return cells.assign(cell=pd.array(ids, dtype="string"))


def identify_links(links: pd.DataFrame, key: bytes) -> pd.DataFrame:
    """`links` with `cell`: their ids; the texts, which may hold values, stay behind."""
    known = {text: _id(f"link{SEPARATOR}{text}", key) for text in links["link"].unique()}
    return pd.DataFrame({"id": links["id"], "cell": links["link"].map(known).astype("string")})


def _id(text: str, key: bytes) -> str:
    digest = hmac.digest(key, f"query{SEPARATOR}{text}".encode(), "sha256")
    return PREFIX + base64.b32encode(digest[:10]).decode()[:LENGTH]


def canonical_fields(found: pd.DataFrame, tables: Mapping[str, Any]) -> pd.Series:
    """Columns of the finding as the study calls them, `, `-joined.

    A reading problem names the raw header: the next delivery may call it otherwise.
    """
    column = found["column"].fillna("")
    known = pd.Series(
        {
            (table, header): ", ".join(names)
            for table, declared in tables.items()
            for header, names in declared["headers"].items()
        },
        dtype="string",
    )
    wanted = pd.MultiIndex.from_arrays([found["table"], column])
    canonical = known.reindex(wanted) if len(known) else pd.Series(pd.NA, wanted, dtype="string")
    read = found["check_id"].str.contains(f".{READING}.", regex=False)
    return column.where(~read | canonical.isna().to_numpy(), canonical.array).astype("string")


def source_tables(found: pd.DataFrame, fields: pd.Series, tables: Tables) -> pd.Series:
    """The standardised table whose row a finding names; empty where there is none.

    A file may hold several tables: first the finding's own, then those that have its column.
    """
    source = pd.Series("", index=found.index, dtype="string")
    placed = found["file"].notna() & found["row"].notna()
    source = source.mask(placed & found["table"].isin(list(tables)), found["table"])
    columns = fields.str.split(", ")
    for with_column in (True, False):
        for name, table in tables.items():
            open_ = placed & (source == "")
            if with_column:
                there = set(table.columns)
                open_ &= pd.Series([bool(there & set(c)) for c in columns], index=found.index)
            if open_.any():
                hit = _at(found[open_], table)["position"].notna()
                source = source.mask(hit.reindex(found.index, fill_value=False), name)
    return source


def records(
    found: pd.DataFrame,
    fields: pd.Series,
    source: pd.Series,
    tables: Tables,
    declared: Mapping[str, Any],
) -> pd.Series:
    """What names the raw row of each finding within its table and patient."""
    record = pd.Series("", index=found.index, dtype="string")
    for name, table in tables.items():
        here = (source == name).to_numpy(dtype=bool)
        if not here.any():
            continue
        at = _at(found[here], table)["position"]
        at = at[at.notna()].astype("int64")
        rows = table.take(at.to_numpy())
        date = declared[name]["date"]
        for asked in fields[at.index].unique():
            same = (fields[at.index] == asked).to_numpy()
            names = _naming(rows[same], date, asked.split(", "))
            record.loc[at.index[same]] = names.to_numpy()
    return record


def _naming(rows: pd.DataFrame, date: str, asked: Sequence[str]) -> pd.Series:
    """The date of each row, or its other columns where that is missing or asked about."""
    left_out = {"USUBJID", *SOURCE, *asked}
    plain = [c for c in rows.columns if c not in left_out and not _is_date(rows[c])]
    content = pd.Series("", index=rows.index, dtype="string")
    for column in plain:
        content = content + SEPARATOR + value_text(rows[column])
    if date in rows and date not in asked:
        return value_text(rows[date]).mask(rows[date].isna(), content)
    return content


def _is_date(values: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(values)


def _at(found: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """`position`: row of `table` with the file, sheet, row and patient of each finding."""
    keys = [*PLACE, "USUBJID"]
    known = table[[*SOURCE, "USUBJID"]].rename(columns=SOURCE)
    known = known.assign(position=range(len(known)))
    wanted = found[keys].assign(finding=found.index)
    for frame in (known, wanted):  # a missing sheet equals a missing sheet
        frame["sheet"] = frame["sheet"].astype("string").fillna("")
        frame["row"] = frame["row"].astype("Int64")
    merged = wanted.merge(known.drop_duplicates(keys), on=keys, how="left")
    return merged.set_index("finding").reindex(found.index)
