"""The private problem list: every value or row that could not be taken as it stood."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

SOURCE = (("src_file", pa.string()), ("src_sheet", pa.string()), ("src_row", pa.int64()))
PROBLEMS = pa.schema(
    [
        ("table", pa.string()),
        ("rule", pa.string()),
        ("severity", pa.string()),
        *SOURCE,
        ("column", pa.string()),
        ("field", pa.string()),
        ("raw", pa.string()),
        ("USUBJID", pa.string()),
        ("question", pa.string()),
        ("low", pa.timestamp("us")),
        ("high", pa.timestamp("us")),
        ("otherwise", pa.string()),  # what the field would hold if a negated code counted
    ]
)
SET_ASIDE = pa.schema([*SOURCE, ("reason", pa.string()), ("detail", pa.string())])

NEGATED, UNEXPLAINED = "negated_code", "unexplained_text"  # rules about pieces of a text
OTHERS = "|"  # between values of `otherwise`, of which one would hold

# rule: (severity, what a data manager is asked). No values here: these reach results/quality.
WARNING = {
    "unreadable_date": "This date cannot be read. Which date is meant?",
    "ambiguous_date": "This date can be read as two different days. Which one is meant?",
    "unknown_code": "This text, or a part of it, is not in the code list. What is meant?",
    "ambiguous_code": "This text matches two codes. Which one is meant?",
    NEGATED: "Was this refused, planned, ruled out, denied or in doubt, or did it take place?",
    UNEXPLAINED: "Nobody has said what this part of the text means. What is meant?",
    "not_a_number": "This is not a number. What was measured?",
    "not_an_integer": "A whole number is expected here. What is meant?",
    "out_of_range": "This value is outside the credible range. Is it right?",
    "replacement_character": "Characters were lost in an earlier export. What was written?",
    "error_cell": "This cell shows an error of the workbook. What should stand here?",
    "formula_without_result": "Formulas here were never calculated. Can the workbook be opened in "
    "Excel, saved and sent again?",
    "formula_may_be_old": "The workbook asks for its formulas to be calculated anew. Can it be "
    "opened in Excel, saved and sent again?",
    "hidden_rows": "Rows from here on are hidden in the workbook, and were read. Do they count?",
    "hidden_column": "This column is hidden in the workbook, and was read. Is it meant to count?",
    "footer_with_patient": "This row was to be a remark, but has a patient number, and was read. "
    "Does it belong to the table?",
    "missing_identifier": "This row has no patient number. Whose row is it?",
    "bad_identifier": "This is not a patient number of this hospital. Whose row is it?",
    "missing_centre": "This row does not say which hospital it is from. Which one is it?",
    "identifier_collision": "One patient number is written in two ways here. Is it one patient?",
    "same_person": "Another patient was born that day and agrees in this column. Is it one person?",
    "filter_unknown": "A value that says whether this row belongs here is missing. Which is it?",
    "condition_unknown": "A value that says what this cell means is missing. Which is it?",
    "malformed_row": "This row has more or fewer fields than the header. What belongs where?",
    "suspect_quote": "This row may have swallowed others. Is a quotation mark left open?",
    "merged_cells": "Merged cells hold a value in their first row alone. Is that meant?",
    "digits_lost": "Numbers of this column have more than the 15 digits that Excel keeps. Which?",
    "join_unmatched": "No row of the other table belongs to this one. Which one should?",
    "join_ambiguous": "Rows of the other table that belong to this one disagree. Which is right?",
    "contradiction": "Rows of this patient contradict each other here. Which one is right?",
    "unknown_column": "No configuration names this column. What does it hold?",
}
INFO = {
    "partial_date_imputed": "Only a part of this date is recorded. Is the day known?",
    "identifier_padded": "Leading zeros of the patient number were restored. Is that right?",
    "conflict_resolved": "A declared rule preferred other rows of the same patient. Is that right?",
    "encoding_detected": "The encoding was guessed from the bytes. Do the texts look right?",
}
RULES = {rule: ("warning", text) for rule, text in WARNING.items()}
RULES |= {rule: ("info", text) for rule, text in INFO.items()}


def once(rule: str, count: int) -> str:
    """The question of one problem that stands for several rows."""
    return f"{RULES[rule][1]} (Rows concerned: {count}.)"


def problem_table(
    table: str, rule: str, rows: pa.Table, field: str | None = None, **columns: Any
) -> pa.Table:
    """The problems of one rule in one column.

    Parameters
    ----------
    rows
        src_file, src_sheet, src_row and, where known, USUBJID of the rows concerned.
    columns
        Further columns of `PROBLEMS`: arrays, or one value for all rows.
    """
    severity, question = RULES[rule]
    given = {"table": table, "rule": rule, "severity": severity, "field": field} | columns
    given = {"question": question} | given | {name: rows[name] for name in rows.column_names}
    return pa.table(
        [_column(given.get(field.name), field.type, rows.num_rows) for field in PROBLEMS],
        schema=PROBLEMS,
    )


def _column(value: Any, kind: pa.DataType, size: int) -> pa.Array | pa.ChunkedArray:
    if isinstance(value, pa.Array | pa.ChunkedArray):
        return value.cast(kind)
    return pa.nulls(size, kind) if value is None else pa.repeat(pa.scalar(value, kind), size)


def stack(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    """One table of all `tables`; empty with `schema` when there is none."""
    return pa.concat_tables([schema.empty_table(), *tables])
