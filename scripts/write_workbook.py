"""Write all tables into one workbook: a sheet of contents, then one sheet a table.

Inputs
    tables        results/tables/{table}.json, as printed
    sensitivity   those of the sensitivity analyses; may be none
Outputs
    results/tables/tables.xlsx   cells are text, as printed; footnotes below each table
"""

import re
from typing import TYPE_CHECKING, Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scripts.lib.display.documents import (
    CREATED,
    SENSITIVITY,
    longest_texts,
    plain_mark,
    repack,
)
from scripts.lib.display.printed_table import Cell, PrintedTable, TableRow, read_printed_table
from scripts.lib.errors import run
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import write_text

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

FONT = {"font_name": "Arial", "font_size": 9, "valign": "vcenter"}
WIDEST, NARROWEST = 46, 9  # characters
CONTENTS = "Contents"
FIRST = 2  # row of the head; title and a blank row above
LANDSCAPE_FROM = 6  # columns
NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")  # of sheets
LONGEST_NAME, RESERVED = 31, ("history",)

STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 11},
    "notice": {"text_wrap": True, "font_color": "#8a3b00"},
    "link": {"font_color": "#0b5394", "underline": 1},
    "note": {"text_wrap": True, "font_size": 8, "valign": "top"},
    "note_line": {"font_size": 8},
    "head": {"bold": True, "align": "center", "text_wrap": True, "top": 2, "bottom": 1},
    "head_first": {"bold": True, "text_wrap": True, "top": 2, "bottom": 1},
    "span": {"bold": True, "align": "center", "top": 2},
    "lower": {"bold": True, "align": "center", "text_wrap": True, "bottom": 1},
    "lower_first": {"bold": True, "text_wrap": True, "bottom": 1},
    "label": {},
    "heading": {"bold": True},
    "level": {"indent": 1},
    "number": {"align": "center"},
    "superscript": {"font_script": 1},
}


class Sheets:
    """The workbook under construction."""

    def __init__(self, path: str, title: str, notice: str, state: str):
        self.book = Workbook(path, {"in_memory": True})
        self.book.set_properties({"title": title, "comments": notice, "created": CREATED})
        self.styles = {name: self.book.add_format(FONT | style) for name, style in STYLES.items()}
        self.last = {
            name: self.book.add_format(FONT | STYLES[name] | {"bottom": 2})
            for name in ("label", "heading", "level", "number")
        }
        self.title, self.notice, self.state = title, notice, state

    def contents(self, tables: list[PrintedTable], sensitivity: list[PrintedTable]) -> None:
        """First sheet: title, notice, the state it was made in, and a link to each table."""
        self.names = sheet_names([*tables, *sensitivity])
        sheet = self.book.add_worksheet(CONTENTS)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 90)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        write_text(sheet, 0, 0, self.title, self.styles["title"])
        if self.notice:
            write_text(sheet, 1, 0, self.notice, self.styles["notice"], span=2)
            sheet.set_row(1, 30)
        sheet.write_string(2, 0, self.state, self.styles["note_line"])
        self._links(sheet, 3, tables)
        if sensitivity:
            sheet.write_string(4 + len(tables), 0, SENSITIVITY, self.styles["heading"])
            self._links(sheet, 5 + len(tables), sensitivity)

    def _links(self, sheet: Worksheet, first: int, tables: list[PrintedTable]) -> None:
        for row, table in enumerate(tables, start=first):
            name = self.names[table.id].replace("'", "''")
            target = f"internal:'{name}'!A1"
            sheet.write_url(row, 0, target, self.styles["link"], table.label)
            write_text(sheet, row, 1, table.title, self.styles["label"])

    def table(self, table: PrintedTable) -> None:
        """One sheet with title, three-line table and footnotes."""
        sheet = self.book.add_worksheet(self.names[table.id])
        self._set_up(sheet, table)
        write_text(sheet, 0, 0, f"{table.label}. {table.title}", self.styles["title"])
        first = FIRST + self._head(sheet, table)
        for number, row in enumerate(table.rows):
            is_last = number == len(table.rows) - 1
            self._row(sheet, first + number, row, self.last if is_last else self.styles)
        self._footnotes(sheet, first + len(table.rows), table)

    def _set_up(self, sheet: Worksheet, table: PrintedTable) -> None:
        widths = column_characters(table)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        sheet.set_paper(9)
        if len(widths) >= LANDSCAPE_FROM:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(FIRST, FIRST + len(table.heads) - 1)
        sheet.freeze_panes(FIRST + len(table.heads), 1)
        sheet.set_footer("&L&8" + self.notice[:200].replace("&", "&&") + "&R&8&P/&N")

    def _head(self, sheet: Worksheet, table: PrintedTable) -> int:
        for line, heads in enumerate(table.heads):
            column, only, lowest = 0, len(table.heads) == 1, line == len(table.heads) - 1
            kind = "head" if only else "lower" if lowest else "span"
            for head in heads:
                first = column == 0 and f"{kind}_first" in self.styles
                style = self.styles[f"{kind}_first" if first else kind]
                write_text(sheet, FIRST + line, column, head.text, style, head.span)
                column += head.span
        return len(table.heads)

    def _row(self, sheet: Worksheet, number: int, row: TableRow, styles: dict[str, Format]) -> None:
        kind = "heading" if row.heading else "level" if row.indent else "label"
        for column, cell in enumerate(row.cells):
            wordy = column and len(cell.text) > WIDEST
            style = styles["label" if wordy else "number" if column else kind]
            self._write(sheet, number, column, cell, style)

    def _write(self, sheet: Worksheet, row: int, column: int, cell: Cell, style: Format) -> None:
        if cell.mark and cell.text:
            raised = self.styles["superscript"]
            sheet.write_rich_string(row, column, cell.text, raised, plain_mark(cell.mark), style)
        else:
            write_text(sheet, row, column, cell.text + cell.mark, style)

    def _footnotes(self, sheet: Worksheet, row: int, table: PrintedTable) -> None:
        widths = column_characters(table)
        notes = [*table.footnotes, *filter(None, [self.notice]), self.state]
        for number, note in enumerate(notes):
            here = row + number
            write_text(sheet, here, 0, note, self.styles["note"], len(widths))
            sheet.set_row(here, 11.5 * (1 + int(len(note) / (1.1 * sum(widths)))))


def sheet_names(tables: list[PrintedTable]) -> dict[str, str]:
    """Sheet by table: its label as Excel allows it, and each once whatever the case."""
    taken, names = {CONTENTS.lower(), *RESERVED}, {}
    for table in tables:
        plain = NOT_IN_NAMES.sub("_", table.label).strip("' ") or "Table"
        name, number = plain[:LONGEST_NAME].rstrip("' "), 1
        while name.lower() in taken:
            number += 1
            end = f" ({number})"
            name = plain[: LONGEST_NAME - len(end)] + end
        taken.add(name.lower())
        names[table.id] = name
    return names


def column_characters(table: PrintedTable) -> list[int]:
    """Width of each column in characters: its longest text, within limits."""
    return [max(NARROWEST, min(WIDEST, longest + 2)) for longest in longest_texts(table)]


def main(smk: Any) -> None:
    """Read the printed tables, write the workbook."""
    settings = smk.params.settings
    tables = [read_printed_table(path) for path in smk.input.tables]
    sensitivity = [read_printed_table(path) for path in smk.input.sensitivity]
    state = made_from(settings, smk.input)
    sheets = Sheets(smk.output[0], settings["title"], settings["notice"], state)
    sheets.contents(tables, sensitivity)
    for table in (*tables, *sensitivity):
        sheets.table(table)
    sheets.book.close()
    repack(smk.output[0])


if __name__ == "__main__":
    run(main, snakemake)
