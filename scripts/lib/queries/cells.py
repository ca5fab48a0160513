"""Which raw cells a finding asks about, wherever it was found.

A check of a raw table asks about fields of its row; one of a derived dataset about the cells that
its variables were picked from, or the cell that decided an endpoint. A column joined from another
table, or the extreme of a group, is what it is held against: a cell beside it. Findings that share
a cell are one problem (`problems.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from scripts.lib.derivation.rows import split_source
from scripts.lib.expressions.grammar import names
from scripts.lib.quality.check_frame import CUTOFF
from scripts.lib.quality.findings import SOURCE_SUFFIX
from scripts.lib.quality.outcomes import columns_of
from scripts.lib.quality.suites import READING, Check, Group, Join, Suite
from scripts.lib.queries.problems import ASKED, BESIDE
from scripts.lib.reading.problems import UNEXPLAINED

CELL = ["USUBJID", "table", "src_file", "src_sheet", "src_row", "column"]
PLACE = {"src_file": "file", "src_sheet": "sheet", "src_row": "row"}
ADTTE, SUBJECTS, PATIENT = "adtte_", "subjects", "USUBJID"
UNIQUE = "unique"  # expectations about rows that repeat each other have it in their name
WITHIN = "within_record"
DECIDED = {"SRCDOM": "table", "SRCVAR": "column", "SRCFILE": "src_file", "SRCSHEET": "src_sheet",
           "SRCROW": "src_row"}  # fmt: skip
SAME_PATIENT = ("identifier_collision",)  # reading rules: one question a patient
SAME_TEXT = ("bad_identifier",)  # one question a text
SAME_EVENT = ("contradiction", "tie")  # findings of derivations: rows that contradict each other

Tables = Mapping[str, pd.DataFrame]
Lineage = Mapping[str, Any]


def asked_cells(
    asked: pd.DataFrame,
    tables: Tables,
    derived: Tables,
    suites: Mapping[str, Suite],
    lineage: Lineage,
) -> pd.DataFrame:
    """Cells of each finding, one a row: `id` of the finding, `role`, CELL; each once, sorted.

    Parameters
    ----------
    asked
        Findings: `id, check_id, USUBJID, table, field, source_table, file, sheet, row`.
    tables
        Standardised tables, at least all rows of the patients asked about.
    derived
        `subjects` (variables with `__SRC`) and ADTTE datasets, as far as they are there.
    lineage
        `scripts.lib.plan.queries_settings.lineage_settings`.
    """
    checks = {check.id: (suite, check) for suite in suites.values() for check in suite.checks}
    cells = _Cells(tables, derived, lineage)
    parts = [_no_cells().assign(role=pd.Series(dtype="string"))]
    for check_id, found in asked.groupby("check_id", sort=True):
        if str(check_id) in checks:
            parts += _of_check(found, *checks[str(check_id)], cells)
        else:
            parts += _of_fields(found, cells)
    known = pd.concat(parts, ignore_index=True)
    known = known.assign(role=known["role"].fillna(ASKED))[["id", "role", *CELL]]
    known = known.sort_values(["id", *CELL, "role"], ignore_index=True, kind="stable")
    return known.drop_duplicates(["id", *CELL], ignore_index=True)


def links(asked: pd.DataFrame, suites: Mapping[str, Suite], tables: Tables) -> pd.DataFrame:
    """What makes findings one problem without a common cell: `id`, `link` (a text that names it).

    A patient who stands in no register; a text that is no patient number; rows of a group that a
    check looks at as one; rows that repeat each other; rows that contradict each other.
    """
    checks = {check.id: (suite, check) for suite in suites.values() for check in suite.checks}
    parts = [pd.DataFrame(columns=["id", "link"], dtype="string")]
    for check_id, found in asked.groupby("check_id", sort=True):
        subject, text = found[PATIENT].fillna(""), found["value_hash"].fillna("")
        last = str(check_id).rsplit(".", 1)[-1]
        if str(check_id) in checks:
            parts += _links_of_check(found, *checks[str(check_id)], tables)
        elif f".{READING}." not in str(check_id):
            if last in SAME_EVENT:
                parts.append(_link(found, str(check_id) + _SEPARATOR + subject))
        elif last in SAME_PATIENT:
            parts.append(_link(found, last + _SEPARATOR + subject))
        elif last in SAME_TEXT:
            parts.append(_link(found, last + _SEPARATOR + text))
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def text_cells(asked: pd.DataFrame, texts: pd.DataFrame) -> pd.DataFrame:
    """Cells of queries about a piece of text: all rows in which it stands, whoever's they are.

    Parameters
    ----------
    texts
        Problems about pieces: `table, rule, column, raw, field, USUBJID` and their place.
    """
    told = asked.assign(rule=asked["check_id"].str.rsplit(".", n=1).str[-1])
    told = told[told["check_id"].str.contains(f".{READING}.", regex=False)]
    columns = ["id", *CELL]
    keys = ["table", "rule", "column", "raw"]
    named = told.rename(columns={"value": "raw"})[["id", *keys]].astype("string")
    known = texts[texts["rule"] == UNEXPLAINED].astype(dict.fromkeys(keys, "string"))
    cells = named.merge(known.rename(columns={"field": "of"}), on=keys)
    cells = cells.drop(columns="column").rename(columns={"of": "column"})
    return cells[columns].drop_duplicates().sort_values(columns, ignore_index=True, kind="stable")


_SEPARATOR = "\x1f"
_TYPES: dict[str, str] = dict.fromkeys(["id", *CELL], "string") | {"src_row": "Int64"}


def _link(found: pd.DataFrame, link: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"id": found["id"].array, "link": link.array}, dtype="string")


# ---- what a check of a suite looks at ------------------------------------------------------------


def looked_at(suite: Suite, check: Check) -> tuple[list[str], list[tuple[Join, str]], list[Group]]:
    """Own columns of a check, columns joined from elsewhere, and the groups that it counts."""
    own: dict[str, None] = {}
    joined: dict[str, tuple[Join, str]] = {}
    groups: dict[str, Group] = {}
    known = {here: (j, there) for j in suite.joins for there, here in j.columns.items()}
    todo, seen = list(columns_of(check.kwargs)), set()
    while todo:
        name = todo.pop(0)
        if name in seen or name == CUTOFF:
            continue
        seen.add(name)
        if name in suite.columns:
            todo += sorted(names(suite.columns[name]))
        elif name in suite.groups:
            groups[name] = suite.groups[name]
        elif name in known:
            joined[name] = known[name]
        else:
            own[name] = None
    return list(own), list(joined.values()), list(groups.values())


def _of_check(found: pd.DataFrame, suite: Suite, check: Check, cells: _Cells) -> list[pd.DataFrame]:
    own, joined, groups = looked_at(suite, check)
    parts = []
    for group in groups:
        if group.min or group.max:
            parts.append(cells.extreme(found, suite.table, group).assign(role=BESIDE))
        elif group.of:
            own = [*own, group.of]
    fields = [name for name in own if name != PATIENT]
    if not fields and not joined and not parts:
        fields = own  # the patient number itself is what is asked about
    parts += [cells.of(found, suite.table, name) for name in dict.fromkeys(fields)]
    beside = [cells.joined(found, suite.table, join, there) for join, there in joined]
    return parts + [part.assign(role=BESIDE) for part in beside]


def _links_of_check(
    found: pd.DataFrame, suite: Suite, check: Check, tables: Tables
) -> list[pd.DataFrame]:
    own, joined, groups = looked_at(suite, check)
    subject = found[PATIENT].fillna("")
    if own == [PATIENT] and not joined and not groups:
        of_patient = found[found[PATIENT].notna()]
        return [_link(of_patient, "patient" + _SEPARATOR + of_patient[PATIENT])]
    if UNIQUE in check.type and WITHIN not in check.type:
        return [_link(found, check.id + _SEPARATOR + found["value_hash"].fillna(""))]
    parts = []
    for group in groups:
        if not (group.min or group.max):
            at = rows_at(found, tables[suite.table]) if suite.table in tables else None
            key = str(suite.table) + _SEPARATOR + (group.of or "rows") + _SEPARATOR + subject
            for name in group.by:
                if name != PATIENT and at is not None and name in at:
                    key = key + _SEPARATOR + at[name].astype("string").fillna("").to_numpy()
            parts.append(_link(found, key))
    return parts


def _of_fields(found: pd.DataFrame, cells: _Cells) -> list[pd.DataFrame]:
    """Cells of a finding of reading or of a derivation: what its `field` names in its row."""
    fields = found.assign(name=found["field"].str.split(", ")).explode("name")
    fields = fields[fields["name"].fillna("") != ""]
    kinds = fields.groupby(["table", "source_table", "name"], sort=True, dropna=False)
    return [
        cells.of(rows, cells.dataset(str(table), str(source), str(name)), str(name))
        for (table, source, name), rows in kinds
    ]


# ---- from a column to raw cells ------------------------------------------------------------------


class _Cells:
    """Finds the raw cells behind columns."""

    def __init__(self, tables: Tables, derived: Tables, lineage: Lineage) -> None:
        self.tables, self.derived, self.lineage = tables, derived, lineage
        self.subjects = derived.get(SUBJECTS, pd.DataFrame({PATIENT: []})).set_index(PATIENT)

    def dataset(self, table: str, source: str, column: str) -> str:
        """Where a column of a finding is: in the raw row that it names, or in its own dataset."""
        derived = table not in self.lineage["tables"]
        if not source or (derived and column not in self.tables.get(source, ())):
            return table
        return source

    def of(self, found: pd.DataFrame, table: str, column: str) -> pd.DataFrame:
        """Cells of `column` in the rows (or of the patients) that the findings name."""
        if table in self.lineage["tables"]:
            return self._in_rows(found, table, column)
        if table in self.lineage["columns"]:
            there = self.lineage["columns"][table]
            if column in there["columns"] and found["row"].notna().any():
                return self._in_rows(found, there["table"], there["columns"][column])
        if table.startswith(ADTTE) and column not in self.lineage["aliases"]:
            return self._decided(found, table, column)
        return self._of_variable(found, column)

    def joined(self, found: pd.DataFrame, own: str, join: Join, column: str) -> pd.DataFrame:
        """Cells of a column that a suite looked up in another table."""
        if join.table not in self.tables:
            return self.of(_without_row(found), join.table, column)
        there = self.tables[join.table]
        wanted = found[["id", PATIENT]].copy()
        if own in self.tables:
            at = rows_at(found, self.tables[own])
            wanted = wanted.assign(**{name: at[name].array for name in join.key if name in at})
        keys = [name for name in join.key if name in wanted]
        if PATIENT not in keys or column not in there:
            return _no_cells()
        known = there[there[column].notna()]
        if join.take != "only":
            best = known.groupby(keys)[column].transform(join.take)
            known = known[(known[column] == best).to_numpy(dtype=bool)]
        return _cells(wanted.merge(known, on=keys), join.table, column)

    def extreme(self, found: pd.DataFrame, table: str, group: Group) -> pd.DataFrame:
        """Cells with the least or greatest value of the group that a row belongs to."""
        if table not in self.tables or PATIENT not in group.by:
            return _no_cells()
        rows, column = self.tables[table], group.of
        at = rows_at(found, rows)
        wanted = found[["id"]].assign(**{name: at[name].array for name in group.by})
        known = rows[rows[column].notna()]
        best = known.groupby(group.by)[column].transform("min" if group.min else "max")
        known = known[(known[column] == best).to_numpy(dtype=bool)]
        return _cells(wanted.merge(known, on=group.by), table, column)

    def _in_rows(self, found: pd.DataFrame, table: str, column: str) -> pd.DataFrame:
        placed = found[found["file"].notna() & found["row"].notna()]
        if column in self.lineage["looked_up"].get(table, {}) and table in self.tables:
            other, theirs = self.lineage["looked_up"][table][column]
            at = rows_at(placed, self.tables[table])
            text = at.get(column + SOURCE_SUFFIX, pd.Series(pd.NA, at.index, dtype="string"))
            source = split_source(text.reset_index(drop=True)).set_index(placed.index)
            there = placed[["id", PATIENT]].join(source)
            return _cells(there[there["src_row"].notna()], other, theirs)
        rows = placed.rename(columns={name: src for src, name in PLACE.items()})
        return _cells(rows, table, column)

    def _of_variable(self, found: pd.DataFrame, name: str) -> pd.DataFrame:
        parts = [_no_cells()]
        of_patient = found[found[PATIENT].notna()]
        for variable in self.lineage["aliases"].get(name, [name]):
            for endpoint in self.lineage["endpoints"].get(variable, []):
                parts.append(self._decided(_without_row(of_patient), ADTTE + endpoint, ""))
            for picked, table, column in self.lineage["picked"].get(variable, []):
                if picked + SOURCE_SUFFIX in self.subjects:
                    text = self.subjects[picked + SOURCE_SUFFIX].reindex(of_patient[PATIENT])
                    source = split_source(text.reset_index(drop=True)).set_index(of_patient.index)
                    rows = of_patient[["id", PATIENT]].join(source)
                    parts.append(_cells(rows[rows["src_row"].notna()], table, column))
        return pd.concat(parts, ignore_index=True)

    def _decided(self, found: pd.DataFrame, dataset: str, column: str) -> pd.DataFrame:
        """The cell that decided the endpoint of a patient, or its start."""
        start = self.lineage["starts"].get(dataset, "")
        parts = [_no_cells()]
        if column in ("STARTDT", "AVAL") and start:
            parts.append(self._of_variable(found, start))
        if column == "STARTDT" or dataset not in self.derived:
            return parts[-1]
        rows = self.derived[dataset]
        decided = found[["id", PATIENT, "file", "row"]].merge(rows, on=PATIENT)
        here = decided["row"].isna() | (
            (decided["file"] == decided["SRCFILE"]) & (decided["row"] == decided["SRCROW"])
        ).fillna(False)
        decided = decided[here & decided["SRCROW"].notna()][["id", PATIENT, *DECIDED]]
        decided = decided.rename(columns=DECIDED).drop_duplicates()
        of_variable = decided["table"] == SUBJECTS
        for variable in decided.loc[of_variable, "column"].unique():
            mine = decided[of_variable & (decided["column"] == variable)]
            for _, table, name in self.lineage["picked"].get(variable, []):
                parts.append(mine.assign(table=table, column=name))
        parts.append(decided[~of_variable])
        return pd.concat(parts, ignore_index=True)[["id", *CELL]]


def _without_row(found: pd.DataFrame) -> pd.DataFrame:
    """The findings as such of their patients, whose values stand in another dataset."""
    nowhere = pd.Series(pd.NA, found.index)
    return found.assign(file=nowhere.astype("string"), row=nowhere.astype("Int64"))


def rows_at(found: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The row of `table` that each finding names, in the order of the findings; else missing."""
    keys = ["src_file", "src_sheet", "src_row"]
    wanted = found[[*PLACE.values()]].rename(columns={name: src for src, name in PLACE.items()})
    known = table.drop_duplicates(keys)
    for name in keys[:2]:
        wanted[name] = wanted[name].astype("string").fillna("")
        known = known.assign(**{name: known[name].astype("string").fillna("")})
    wanted["src_row"] = wanted["src_row"].astype("Int64")
    known = known.astype({"src_row": "Int64"})
    return wanted.merge(known, on=keys, how="left").set_index(found.index)


def _cells(rows: pd.DataFrame, table: str, column: str) -> pd.DataFrame:
    return rows.assign(table=table, column=column)[["id", *CELL]].astype(_TYPES)


def _no_cells() -> pd.DataFrame:
    return pd.DataFrame(columns=["id", *CELL]).astype(_TYPES)


def relevant(cells: pd.DataFrame, columns: Mapping[str, Mapping[str, Collection[str]]],
             results: Collection[str]) -> pd.DataFrame:  # fmt: skip
    """Cells of columns that can change any of `results`."""
    pairs = [
        (table, column)
        for table, of_table in columns.items()
        for column, changes in of_table.items()
        if set(changes) & set(results)
    ]
    return cells[pd.MultiIndex.from_frame(cells[["table", "column"]]).isin(pairs)]


def with_headers(
    cells: pd.DataFrame,
    declared: Mapping[str, Mapping[str, Any]],
    seen: Mapping[tuple[str, str], Sequence[str]],
) -> pd.DataFrame:
    """`cells` with `header`: the raw column that each stands in, as that file calls it.

    Parameters
    ----------
    declared
        By table `headers` (raw header -> columns) and `identifier` (raw headers).
    seen
        Columns of each file and sheet.
    """
    kinds = cells[["table", "src_file", "src_sheet", "column"]].drop_duplicates()
    found = [
        _header(column, declared.get(table, {}), seen.get((file, sheet or ""), ()))
        for table, file, sheet, column in kinds.astype(object)
        .where(kinds.notna(), "")
        .itertuples(index=False, name=None)
    ]
    named = kinds.assign(header=pd.array(found, dtype="string"))
    return cells.merge(named, on=list(kinds.columns), how="left")


def _header(column: str, declared: Mapping[str, Any], seen: Iterable[str]) -> str:
    if column == PATIENT:
        possible = list(declared.get("identifier", []))
    else:
        known = declared.get("headers", {})
        possible = [header for header, columns in known.items() if column in columns]
    there = set(seen)
    return next((header for header in possible if header in there), (possible or [column])[0])
