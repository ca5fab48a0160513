"""The files of a delivery: which table lies in which file and sheet, and how its bytes are made.

Same rows, same bytes: workbooks carry a fixed date of creation.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass

import xlsxwriter

from scripts.demo.extract.rows import HEADERS, Mark, Row, Tables

CREATED = dt.datetime(2026, 5, 4)
NUMERIC = ("KPS", "ECOG")
RADIOTHERAPY_TITLE = "放射治疗登记表 Radiotherapy register"
RADIOTHERAPY_FOOTER = "制表: 放疗科 (register closed)"


@dataclass(frozen=True)
class Planted:
    """One planted defect, found again by file, sheet and row (as a spreadsheet shows it)."""

    file: str
    sheet: str
    row: int
    mark: Mark


def list_parts(tables: Tables) -> Iterator[tuple[str, str, str, list[Row]]]:
    """Table, file, sheet (empty for text files) and rows of every part of the delivery."""
    for table, rows in tables.items():
        if table == "assessments":
            for ward in (1, 2):
                yield table, f"assessments_ward{ward}.csv", "", _of_ward(rows, ward)
        elif table == "performance_status":
            for ward in (1, 2):
                yield table, "performance_status.xlsx", f"Ward {ward}", _of_ward(rows, ward)
        elif table == "followup":
            yield table, "followup.xlsx", "Follow-up", rows
        else:
            yield table, f"{table}.csv", "", rows


def _of_ward(rows: list[Row], ward: int) -> list[Row]:
    return [row for row in rows if (int(row.patient.number) % 2 if row.patient else 1) == 2 - ward]


def encoding_of(table: str) -> str:
    """How a text file of that table is encoded."""
    return {"patients": "utf-8-sig", "treatments": "gb18030"}.get(table, "utf-8")


def write_delivery(tables: Tables) -> tuple[dict[str, bytes], list[Planted]]:
    """The bytes of every file, and where the planted defects ended up."""
    files: dict[str, bytes] = {}
    sheets: dict[str, list[tuple[str, str, list[Row]]]] = {}
    planted: list[Planted] = []
    for table, file, sheet, rows in list_parts(tables):
        first = 3 if table == "radiotherapy" else 2
        planted += [
            Planted(file, sheet, number, mark)
            for number, row in enumerate(rows, start=first)
            for mark in row.marks
        ]
        if sheet:
            sheets.setdefault(file, []).append((table, sheet, rows))
            continue
        files[file] = _csv_bytes(table, rows)
        if table == "radiotherapy":
            footer = Mark("", "trailing_remark", "set_aside", "footer")
            planted.append(Planted(file, "", first + len(rows), footer))
    files.update({file: _xlsx_bytes(parts) for file, parts in sheets.items()})
    return files, planted


def _csv_bytes(table: str, rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if table == "radiotherapy":
        writer.writerow([RADIOTHERAPY_TITLE])
    header = HEADERS[table]
    writer.writerow(header)
    for row in rows:
        writer.writerow([*(row.cells[column] for column in header), *row.extra])
    if table == "radiotherapy":
        writer.writerow([RADIOTHERAPY_FOOTER])
    return text.getvalue().encode(encoding_of(table))


def _xlsx_bytes(parts: list[tuple[str, str, list[Row]]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties({"title": "SYNTHETIC", "author": "generate_extract", "created": CREATED})
    dates = book.add_format({"num_format": "yyyy-mm-dd"})
    for table, name, rows in parts:
        sheet = book.add_worksheet(name)
        header = HEADERS[table]
        for column, title in enumerate(header):
            sheet.write_string(0, column, title)
        for number, row in enumerate(rows, start=1):
            for column, title in enumerate(header):
                cell = row.cells[title]
                if isinstance(cell, dt.date):
                    sheet.write_datetime(number, column, cell, dates)
                elif title in NUMERIC and cell.isascii() and cell.isdigit():
                    sheet.write_number(number, column, int(cell))
                elif cell:
                    sheet.write_string(number, column, cell)
    book.close()
    return buffer.getvalue()
