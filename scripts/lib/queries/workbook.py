"""Workbooks of queries: one sheet to filter and fill in, one that explains it. Equal bytes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook

from scripts.lib.display.documents import CREATED, repack
from scripts.lib.queries.answers import SHEET
from scripts.lib.queries.history import STATUSES, STATUSES_ZH
from scripts.lib.spreadsheets import write_text

TO_FILL = ("delivery", "answer", "answered_by", "date")  # read back by answers.py
WIDTHS = {
    "question": 48, "question_zh": 40, "answer": 40, "affects": 28, "field": 22, "value": 28,
    "impact_note": 34, "id": 17, "USUBJID": 16, "file": 22, "answered_by": 16,
}  # fmt: skip
NARROW = 11
FONT = {"font_name": "Arial", "font_size": 9, "valign": "top"}
STYLES: dict[str, dict[str, Any]] = {
    "head": {"bold": True, "bg_color": "#e8edf3", "text_wrap": True, "bottom": 1},
    "head_fill": {"bold": True, "bg_color": "#fff2cc", "text_wrap": True, "bottom": 1},
    "text": {"text_wrap": True},
    "fill": {"text_wrap": True, "bg_color": "#fffbee"},
    "title": {"bold": True, "font_size": 11},
    "number": {"num_format": "0.000"},
}
COLOURS = {
    "reopened": "#f8cbad", "new": "#ffe699", "open": "#ffe699", "answered": "#ddebf7",
    "confirmed": "#e2efda", "waived": "#ededed", "corrected": "#e2efda",
}  # fmt: skip


def write_workbook(
    path: str | Path, queries: pd.DataFrame, notes: Sequence[Sequence[str]], title: str
) -> None:
    """Write `queries` and the explanations.

    Parameters
    ----------
    queries
        Holds `id, status, last_delivery`; every column is shown, then those to fill in.
    notes
        Lines of the second sheet, each its cells.
    """
    book = Workbook(str(path), {"in_memory": True})
    book.set_properties({"title": title, "created": CREATED})
    styles = {name: book.add_format(FONT | style) for name, style in STYLES.items()}
    _queries(book, styles, queries)
    _notes(book, styles, title, notes)
    book.close()
    repack(path)


def _queries(book: Workbook, styles: dict[str, Any], queries: pd.DataFrame) -> None:
    sheet = book.add_worksheet(SHEET)
    shown = [name for name in queries.columns if name not in TO_FILL]
    names = [*shown, *TO_FILL]
    for column, name in enumerate(names):
        sheet.set_column(column, column, WIDTHS.get(name, NARROW))
        style = styles["head_fill" if name in TO_FILL else "head"]
        sheet.write_string(0, column, name.replace("_", " "), style)
    coloured = {s: book.add_format(FONT | {"bg_color": c}) for s, c in COLOURS.items()}
    for column, name in enumerate(shown):
        is_number = pd.api.types.is_numeric_dtype(queries[name].dtype)
        fraction = pd.api.types.is_float_dtype(queries[name].dtype)
        for row, value in enumerate(queries[name], start=1):
            if pd.isna(value):
                continue
            if is_number:
                sheet.write_number(row, column, value, styles["number" if fraction else "text"])
            else:
                style = coloured[value] if name == "status" else styles["text"]
                write_text(sheet, row, column, str(value), style)
    first = len(shown)
    for row, delivery in enumerate(queries["last_delivery"], start=1):
        sheet.write_string(row, first, delivery, styles["fill"])
        for column in range(first + 1, first + len(TO_FILL)):
            sheet.write_blank(row, column, None, styles["fill"])
    sheet.autofilter(0, 0, max(len(queries), 1), len(names) - 1)
    sheet.freeze_panes(1, 1 + shown.index("id"))
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    if len(queries):
        sheet.data_validation(
            1, names.index("date"), len(queries), names.index("date"),
            {
                "validate": "date", "criteria": ">", "value": dt.date(2000, 1, 1),
                "error_title": "Date", "error_message": "Please write a date like 2026-06-30.",
            },
        )  # fmt: skip


def _notes(
    book: Workbook, styles: dict[str, Any], title: str, notes: Sequence[Sequence[str]]
) -> None:
    sheet = book.add_worksheet("Statuses")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 2, 70)
    sheet.set_column(3, 3, 10)
    write_text(sheet, 0, 0, title, styles["title"])
    for row, cells in enumerate(notes, start=2):
        for column, text in enumerate(cells):
            style = styles["head" if cells[0] == cells[0].upper() and cells[0] else "text"]
            write_text(sheet, row, column, text, style)


def status_notes(counts: dict[str, int]) -> list[list[str]]:
    """Lines that explain the statuses, with their counts."""
    head = ["STATUS", "MEANING", "含义", "QUERIES"]
    lines = [[s, STATUSES[s], STATUSES_ZH[s], str(counts[s])] for s in STATUSES]
    return [head, *lines]
