"""Put the parts of a table together: duplicates, lookups, contradictions; count every row.

Inputs: the standardised parts of a table, their problems and rows set aside, the notes of reading;
the standardised tables in which columns are looked up.

Outputs:
    data/standardised/{table}.parquet, one row per source row kept:

    | column | type | unit | meaning |
    |---|---|---|---|
    | USUBJID | string | | pseudonym of the patient |
    | every column of the table | as configured | as configured | null: missing or unreadable |
    | src_file, src_sheet, src_row | string, string, int64 | | the raw row |
    | {column}__SRC | string | | `file|sheet|row` in which a column was looked up |

    data/private/problems/{table}.parquet, data/private/set_aside/{table}.parquet: of all parts;
    data/standardised/{table}.counts.json: rows per part (`scripts/check_row_conservation.py`).

Exact duplicate: same patient, and the same raw text in every column but the dropped ones. The first
row (by file, sheet, row) stays. Rows that contradict each other all stay, for the quality suites,
unless `conflicts` says what makes two rows the same thing.

Source: docs/sources.md.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scripts.lib.errors import Stop, run
from scripts.lib.light import skip_pandas
from scripts.lib.private import write_arrow
from scripts.lib.reading.codes import row_codes
from scripts.lib.reading.conditions import evaluate_arrow
from scripts.lib.reading.conflicts import REASONS, describe_rule, resolve
from scripts.lib.reading.joins import SOURCE_SUFFIX, look_up, match, place_texts
from scripts.lib.reading.parts import SOURCE
from scripts.lib.reading.problems import PROBLEMS, SET_ASIDE, once, problem_table, stack
from scripts.lib.reading.same_person import seen_before
from scripts.lib.reading.values import ARROW_TYPES

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Question = tuple[str, np.ndarray, str | None, str]  # rule, rows, column, field


def empty_table(types: dict[str, str]) -> pa.Table:
    """A standardised table without rows, for a table that the hospital does not have."""
    fields = [("USUBJID", pa.string()), *((n, ARROW_TYPES[kind]) for n, kind in types.items())]
    fields += [("src_file", pa.string()), ("src_sheet", pa.string()), ("src_row", pa.int64())]
    return pa.schema([*fields, ("src_hash", pa.uint64())]).empty_table()


def first_of_same(hashes: np.ndarray) -> np.ndarray:
    """For each row the position of the first row that is its exact duplicate (itself if first)."""
    _, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    return first[group]


def set_duplicates_aside(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """The table without repeated rows, and the repeated rows with the row that each repeats."""
    first = first_of_same(table["src_hash"].to_numpy())
    again = np.flatnonzero(first != np.arange(len(first)))
    aside = _aside(table, again, "exact_duplicate", place_texts(table, first[again]))
    return table.filter(pa.array(first == np.arange(len(first)))), aside


def _aside(table: pa.Table, rows: np.ndarray, reasons: Any, details: pa.Array) -> pa.Table:
    """The rows as they are set aside; one reason, or one for each."""
    source = table.select(SOURCE).take(pa.array(rows))
    given = pa.repeat(reasons, len(rows)) if isinstance(reasons, str) else reasons
    return pa.table([*source.columns, given, details], schema=SET_ASIDE)


def look_columns_up(
    table: pa.Table, settings: dict[str, Any], others: dict[str, pa.Table]
) -> tuple[pa.Table, list[Question]]:
    """The table with the columns that stand in other tables, and what must be asked about them."""
    questions: list[Question] = []
    for name, join in settings["joins"].items():
        other = others[join["table"]]
        if join["where"]:
            columns = {column: other[column].combine_chunks() for column in other.column_names}
            other = other.filter(pc.fill_null(evaluate_arrow(join["where"], columns), False))
        matched = match(table, other, join)
        if table.num_rows and other.num_rows and matched.unmatched().all():
            keys = ", ".join(["USUBJID", *join["by"], *join["latest"]])
            raise Stop(
                f"joins.{name}: no row finds its row in the table {join['table']} by {keys}. Look "
                "whether a column of these is empty or written in two ways, and correct the join."
            )
        wanted = {
            c: j.split(".")[1] for c, j in settings["joined"].items() if j.split(".")[0] == name
        }
        questions.append(("join_unmatched", matched.unmatched(), name, ", ".join(wanted)))
        for column, theirs in wanted.items():
            found = look_up(matched, other, theirs)
            table = table.append_column(column, found.values)
            table = table.append_column(f"{column}{SOURCE_SUFFIX}", found.sources)
            questions.append(("join_ambiguous", found.ambiguous, f"{name}.{theirs}", column))
    return table, questions


def keep_within(table: pa.Table, limits: dict[str, dict[str, Any]]) -> pa.Table:
    """Imputed dates moved to other dates of the row that they may not pass.

    A limit that the date as written cannot reach (another month, another year) moves nothing, as
    in admiral's min_dates and max_dates. `not_after` is the last word.
    """
    for name, limit in limits.items():
        days = _days(table, name)
        flag = table[limit["flag"]].to_pandas().to_numpy(object)
        unit = {"D": "M", "M": "Y"}
        for way, columns in (
            ("not_before", limit["not_before"]),
            ("not_after", limit["not_after"]),
        ):
            for other in (_days(table, column) for column in columns):
                passed = days < other if way == "not_before" else days > other
                for code, span in unit.items():
                    same = days.astype(f"datetime64[{span}]") == other.astype(f"datetime64[{span}]")
                    days = np.where(passed & same & (flag == code), other, days)
        at = table.column_names.index(name)
        values = pa.array(days.astype("datetime64[us]"), pa.timestamp("us"))
        table = table.set_column(at, table.field(at), values)
    return table


def _days(table: pa.Table, column: str) -> np.ndarray:
    return table[column].to_pandas().to_numpy("datetime64[D]")


def decide_conflicts(
    table: pa.Table, settings: dict[str, Any]
) -> tuple[np.ndarray, pa.Table, list[Question]]:
    """Which rows stay, the others with the reason, and what must be asked about them."""
    rules = settings["conflicts"]["decide"]
    empty = [c for c in settings["conflicts"]["key"] if table[c].null_count == table.num_rows > 0]
    if empty:
        raise Stop(
            f"conflicts.key: the column `{empty[0]}` is empty in every row, so no rows can be "
            "compared. Name another key."
        )
    done = resolve(table, settings["conflicts"], settings["files"])
    gone = np.flatnonzero(done.reason)
    why = [describe_rule(rule) for rule in rules]
    by_rule = pa.array(["", *(f"; {text}" for text in why)]).take(pa.array(done.rule[gone] + 1))
    places = place_texts(table, np.maximum(done.kept[gone], 0))
    details = pc.binary_join_element_wise(places, by_rule, "")
    details = pc.if_else(pa.array(done.kept[gone] >= 0), details, "")
    reasons = pa.array(REASONS).take(pa.array(done.reason[gone]))
    aside = _aside(table, gone, reasons, details)
    undecided = done.reason == REASONS.index("contradiction")
    fields = _names_of(done.differs, undecided)
    questions: list[Question] = [("contradiction", mask, None, name) for name, mask in fields]
    for number, text in enumerate(why):
        questions.append(("conflict_resolved", done.rule == number, None, text))
    return done.reason == 0, aside, questions


def _names_of(differs: dict[str, np.ndarray], rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The rows by the columns in which they contradict each other."""
    names = list(differs)
    if not names:
        return []
    pattern = np.stack([differs[name] for name in names])[:, rows]
    kinds, which = np.unique(pattern, axis=1, return_inverse=True)
    at = np.flatnonzero(rows)
    found = []
    for number, kind in enumerate(kinds.T):
        mask = np.zeros(len(rows), bool)
        mask[at[which.ravel() == number]] = True
        found.append((", ".join(n for n, yes in zip(names, kind, strict=True) if yes), mask))
    return found


def ask(table: pa.Table, name: str, questions: list[Question], rows: np.ndarray) -> list[pa.Table]:
    """The problems of the `rows` that a question is about; one a file where a rule decided."""
    problems = []
    for rule, mask, column, field in questions:
        at = np.flatnonzero(mask & rows)
        extra: dict[str, Any] = {"column": column, "field": field}
        if rule == "conflict_resolved":
            problems += _once_a_file(table, name, rule, at, extra)
        elif len(at):
            source = table.select([*SOURCE, "USUBJID"]).take(pa.array(at))
            problems.append(problem_table(name, rule, source, **extra))
    return problems


def same_persons(table: pa.Table, name: str) -> list[pa.Table]:
    """The problems of rows whose person an earlier row has under another number."""
    problems = []
    for columns, (rows, first) in seen_before(table).items():
        source = table.select([*SOURCE, "USUBJID"]).take(pa.array(rows))
        other = table["USUBJID"].take(pa.array(first)).combine_chunks()
        where = pc.binary_join_element_wise(other, place_texts(table, first), " ")
        problems.append(problem_table(name, "same_person", source, column=columns, raw=where))
    return problems


def _once_a_file(
    table: pa.Table, name: str, rule: str, rows: np.ndarray, extra: dict[str, Any]
) -> list[pa.Table]:
    """One problem for the rows of each file or sheet, at the first of them."""
    if not len(rows):
        return []
    source = table.select(SOURCE).take(pa.array(rows))
    sheet = row_codes([source["src_file"], source["src_sheet"]], missing_is_a_value=True)
    _, first, count = np.unique(sheet, return_index=True, return_counts=True)
    return [
        problem_table(name, rule, source.slice(at, 1), **extra, question=once(rule, n))
        for at, n in sorted(zip(first.tolist(), count.tolist(), strict=True))
    ]


def count_rows(
    notes: dict[str, dict[str, Any]], kept: pa.Table, set_aside: pa.Table
) -> list[dict[str, Any]]:
    """Per part: rows in the file, rows read, and where each of them is now."""
    duplicate = pc.equal(set_aside["reason"], "exact_duplicate")
    places = {
        "rows_kept": kept,
        "rows_set_aside": set_aside.filter(pc.invert(duplicate)),
        "rows_duplicate": set_aside.filter(duplicate),
        "rows_left_out": set_aside.filter(left_out(set_aside)),
    }
    counts = {name: _rows_by_sheet(table) for name, table in places.items()}
    return [
        {"part": part, "rows_raw": note["rows_raw"], "rows_staged": note["rows_staged"]}
        | {
            name: by_sheet.get((note["file"], note["sheet"]), 0)
            for name, by_sheet in counts.items()
        }
        for part, note in notes.items()
    ]


def left_out(set_aside: pa.Table) -> pa.Array:
    """Which of the rows set aside a declared rule leaves out: they belong elsewhere, or lost."""
    belongs_elsewhere = pc.and_(
        pc.equal(set_aside["reason"], "filtered"), pc.starts_with(set_aside["detail"], "not: ")
    )
    lost = pc.is_in(
        set_aside["reason"], pa.array(["same_values", "conflict_resolved", "hidden_row"])
    )
    return pc.or_(belongs_elsewhere, lost)


def _rows_by_sheet(table: pa.Table) -> dict[tuple[str, str | None], int]:
    counted = table.group_by(["src_file", "src_sheet"]).aggregate([([], "count_all")])
    return {(r["src_file"], r["src_sheet"]): r["count_all"] for r in counted.to_pylist()}


def combine(
    name: str,
    parts: list[pa.Table],
    settings: dict[str, Any],
    others: dict[str, pa.Table],
) -> tuple[pa.Table, list[pa.Table], list[pa.Table]]:
    """The table of all parts, further rows set aside, further problems.

    Parameters
    ----------
    others
        Standardised tables in which columns are looked up.
    """
    types = {c: kind for c, kind in settings["types"].items() if c not in settings["joined"]}
    # files may differ in their dropped columns
    table = pa.concat_tables([empty_table(types), *parts], promote_options="default")
    aside, problems = [], []
    if settings["duplicates"] == "set_aside":
        table, repeated = set_duplicates_aside(table)
        aside.append(repeated)
    table = table.drop_columns("src_hash")
    table, unsettled = look_columns_up(table, settings, others)
    table = keep_within(table, settings.get("limits", {}))
    stay = np.ones(table.num_rows, bool)
    if settings["conflicts"]:
        stay, lost, questions = decide_conflicts(table, settings)
        aside.append(lost)
        problems += ask(table, name, questions, np.ones(table.num_rows, bool))
    problems += ask(table, name, unsettled, stay)
    problems += same_persons(table.filter(pa.array(stay)), name)
    looked_up = [f"{column}{SOURCE_SUFFIX}" for column in settings["joined"]]
    order = ["USUBJID", *settings["types"], *SOURCE, *looked_up]
    return table.select(order).filter(pa.array(stay)), aside, problems


def main(smk: Any) -> None:
    """Read the parts, write the table, its problems, its rows set aside and the counts."""
    settings, name = smk.params.settings, smk.wildcards.table
    notes = {Path(p).stem: json.loads(Path(p).read_text(encoding="utf-8")) for p in smk.input.notes}
    others = {Path(p).stem: pq.read_table(p) for p in smk.input.joined}
    table, aside, found = combine(
        name, [pq.read_table(p) for p in smk.input.parts], settings, others
    )
    set_aside = stack([*(pq.read_table(p) for p in smk.input.set_aside), *aside], SET_ASIDE)
    set_aside = set_aside.sort_by([(n, "ascending") for n in SOURCE])
    write_arrow(table, smk.output.table)
    problems = stack([*(pq.read_table(p) for p in smk.input.problems), *found], PROBLEMS)
    write_arrow(problems, smk.output.problems, private=True)
    write_arrow(set_aside, smk.output.set_aside, private=True)
    kept = ("file", "sheet", "sheets", "hidden_sheets", "columns")
    sheets = [{key: n[key] for key in kept} for n in notes.values()]
    counts = {"table": name, "parts": count_rows(notes, table, set_aside), "read": sheets}
    Path(smk.output.counts).write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
