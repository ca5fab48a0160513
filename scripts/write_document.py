"""Write all tables into one document, as a manuscript wants them: three lines, title, footnotes.

Inputs
    tables        results/tables/{table}.json, as printed
    sensitivity   those of the sensitivity analyses; may be none
Outputs
    results/tables/tables.docx   A4; every table on a page of its own, its head repeated; wide
        tables across the page
"""

from typing import TYPE_CHECKING, Any

from docx import Document
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from scripts.lib.display.documents import (
    CREATED,
    SENSITIVITY,
    longest_texts,
    plain_mark,
    repack,
    split_mark,
)
from scripts.lib.display.printed_table import Cell, PrintedTable, TableRow, read_printed_table
from scripts.lib.errors import run
from scripts.lib.records import made_from

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

FONT = "Times New Roman"
BODY, NOTE, TITLE = Pt(9), Pt(8), Pt(14)
PAGE = (Mm(210), Mm(297))
MARGIN = Mm(20)
TEXT_WIDTHS = {WD_ORIENT.PORTRAIT: PAGE[0] - 2 * MARGIN, WD_ORIENT.LANDSCAPE: PAGE[1] - 2 * MARGIN}
WIDE = 1.1  # a table that needs so many times the width of an upright page lies across
WORDY = 45  # characters: longer texts of a column are broken into lines
THICK, THIN = 12, 6  # eighths of a point
LABEL_SHARE = 0.3  # of the width at least, for the first column
LETTER, PADDING = Mm(1.65), Mm(4.5)  # a letter of the body; left and right in a cell
INDENT = Mm(3.5)
LONGEST = 255  # characters of a property
MARKED = RGBColor(0x8A, 0x3B, 0x00)


def start_document(title: str, notice: str, state: str) -> Any:
    """An empty A4 document with its properties, title, notice, and the state it was made in."""
    document = Document()
    properties = document.core_properties
    properties.title, properties.comments = title[:LONGEST], notice[:LONGEST]
    properties.author = ""
    properties.created = properties.modified = CREATED
    properties.last_modified_by = ""
    section = document.sections[0]
    section.left_margin = section.right_margin = section.top_margin = MARGIN
    section.bottom_margin = MARGIN
    turn(section, WD_ORIENT.PORTRAIT)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, BODY
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    normal.paragraph_format.space_after = Pt(0)
    write(document.add_paragraph(), title, size=TITLE, bold=True)
    write(document.add_paragraph(), state, size=NOTE).paragraph_format.space_before = Pt(6)
    write(section.footer.paragraphs[0], "\n".join(filter(None, (notice, state))), size=NOTE)
    if notice:
        write(document.add_paragraph(), notice, color=MARKED).paragraph_format.space_before = Pt(6)
    return document


def write(paragraph: Paragraph, text: str, **look: Any) -> Paragraph:
    """Add a run of text; `size`, `bold`, `superscript`, `color` where not those of the style."""
    font = paragraph.add_run(text).font
    for name, value in look.items():
        if name == "color":
            font.color.rgb = value
        elif value and not (name == "size" and value == BODY):
            setattr(font, name, value)
    return paragraph


def turn(section: Any, orientation: Any) -> None:
    """Make the pages of a section upright or lying."""
    upright = orientation == WD_ORIENT.PORTRAIT
    section.orientation = orientation
    section.page_width, section.page_height = PAGE if upright else PAGE[::-1]


def orientation_of(table: PrintedTable) -> Any:
    """Lying where the columns would be squeezed on an upright page."""
    label, *others = natural_widths(table)
    narrow = TEXT_WIDTHS[WD_ORIENT.PORTRAIT]
    needed = min(label, LABEL_SHARE * narrow) + sum(others)
    return WD_ORIENT.LANDSCAPE if needed > WIDE * narrow else WD_ORIENT.PORTRAIT


def add_table(document: Any, table: PrintedTable, new_page: bool, part: str = "") -> None:
    """Title, table and footnotes; `part` is the head of a part of the document before them."""
    orientation = orientation_of(table)
    section = document.sections[-1]
    if new_page and section.orientation != orientation:
        turn(document.add_section(WD_SECTION.NEW_PAGE), orientation)
        new_page = False
    elif section.orientation != orientation:
        turn(section, orientation)
    if part:
        head = document.add_paragraph()
        if new_page:
            head.add_run().add_break(WD_BREAK.PAGE)
        write(head, part, size=TITLE, bold=True)
        new_page = False
    title = document.add_paragraph()
    title.paragraph_format.space_before = Pt(12)
    title.paragraph_format.space_after = Pt(4)
    title.paragraph_format.keep_with_next = True
    if new_page:
        title.add_run().add_break(WD_BREAK.PAGE)
    write(title, f"{table.label}. ", bold=True, size=Pt(10))
    write(title, table.title, size=Pt(10))
    widths = column_widths(table, TEXT_WIDTHS[orientation])
    wordy = {place for place, longest in enumerate(longest_texts(table)) if longest > WORDY}
    grid = document.add_table(rows=0, cols=len(widths))
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    for line in range(len(table.heads)):
        _add_head(grid, table, line)
    for row in table.rows:
        _add_row(grid, row, wordy)
    _draw_lines(grid, len(table.heads))
    for note in table.footnotes:
        mark, text = split_mark(note)
        paragraph = write(document.add_paragraph(), mark, size=NOTE, superscript=True)
        write(paragraph, text, size=NOTE)


def natural_widths(table: PrintedTable) -> list[int]:
    """Columns as wide as their longest text; long texts of other columns than the first broken."""
    label, *others = longest_texts(table)
    lengths = [label, *(min(longest, WORDY) for longest in others)]
    return [int(LETTER * longest + PADDING) for longest in lengths]


def column_widths(table: PrintedTable, text_width: int) -> list[int]:
    """Natural widths; where those are too wide, labels are broken first."""
    label, *others = natural_widths(table)
    shrink = min(1.0, text_width * (1 - LABEL_SHARE) / max(sum(others), 1))
    others = [int(width * shrink) for width in others]
    return [min(label + int(INDENT), int(text_width) - sum(others)), *others]


def _add_head(grid: Table, table: PrintedTable, line: int) -> None:
    row = grid.add_row()
    _mark(row._tr.get_or_add_trPr(), "w:tblHeader")
    column = 0
    for head in table.heads[line]:
        cell = row.cells[column]
        if head.span > 1:
            cell = cell.merge(row.cells[column + head.span - 1])
        align = WD_ALIGN_PARAGRAPH.CENTER if column else WD_ALIGN_PARAGRAPH.LEFT
        _fill(cell, Cell(head.text), align, bold=True)
        if head.span > 1 and line < len(table.heads) - 1:
            _border(cell, bottom=THIN)
        column += head.span


def _add_row(grid: Table, row: TableRow, wordy: set[int]) -> None:
    cells = grid.add_row().cells
    _mark(grid.rows[-1]._tr.get_or_add_trPr(), "w:cantSplit")
    for number, (cell, content) in enumerate(zip(cells, row.cells, strict=True)):
        centred = number > 0 and number not in wordy
        align = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.LEFT
        paragraph = _fill(cell, content, align)
        if not number and row.indent:
            paragraph.paragraph_format.left_indent = INDENT * row.indent


def _fill(cell: _Cell, content: Cell, align: Any, bold: bool = False) -> Paragraph:
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    write(paragraph, content.text, size=BODY, bold=bold)
    if content.mark:
        write(paragraph, plain_mark(content.mark), size=BODY, superscript=True)
    return paragraph


def _draw_lines(grid: Table, heads: int) -> None:
    """The three lines: above the head, below it, below the table."""
    for cell in grid.rows[0].cells:
        _border(cell, top=THICK)
    for cell in grid.rows[heads - 1].cells:
        _border(cell, bottom=THIN)
    for cell in grid.rows[-1].cells:
        _border(cell, bottom=THICK)


def _border(cell: _Cell, **edges: int) -> None:
    """Draw lines at these edges, `top` before `bottom` as the format wants them."""
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    for edge, size in edges.items():
        line = OxmlElement(f"w:{edge}")
        for name, value in (("val", "single"), ("sz", str(size)), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        _replace(borders, line, first=edge == "top")


def _replace(borders: Any, line: Any, first: bool) -> None:
    old = borders.find(line.tag)
    if old is not None:
        borders.remove(old)
    borders.insert(0 if first else len(borders), line)


def _mark(properties: Any, name: str) -> None:
    element = OxmlElement(name)
    element.set(qn("w:val"), "true")
    properties.append(element)


def main(smk: Any) -> None:
    """Read the printed tables, write the document."""
    settings = smk.params.settings
    state = made_from(settings, smk.input)
    document = start_document(settings["title"], settings["notice"], state)
    for number, path in enumerate(smk.input.tables):
        add_table(document, read_printed_table(path), new_page=number > 0)
    for number, path in enumerate(smk.input.sensitivity):
        part = "" if number else SENSITIVITY
        add_table(document, read_printed_table(path), new_page=True, part=part)
    document.save(smk.output[0])
    repack(smk.output[0])


if __name__ == "__main__":
    run(main, snakemake)
