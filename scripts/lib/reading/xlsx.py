"""Excel workbooks (XLSX): the parts of the package, and what a sheet's XML says beside values.

A package is valid wherever its parts lie ([ECMA-376-2]: names without regard to case, a backslash
from some writers, relative or absolute targets), so every part is found by its relation. The
reader of cells gets one sheet in the usual places. Imports little, as the names of sheets are asked
for at each parse.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from scripts.lib.reading.marks import Damaged, Marks, SheetName

LARGEST = 1 << 32  # bytes of one unpacked part
TRUE = ("1", "true", "on")
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# what any of these may stand for needs a look at every element; most sheets have none of them
SPECIAL = (b"<f>", b"<f ", b"<f/", b't="e"', b"hidden", b"zeroHeight", b' ht="0', b' width="0')
CELL = re.compile(rb'<c r="([A-Z]+)')
ROW = re.compile(rb'<row r="(\d+)')
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, KeyError, IndexError, ValueError, NotImplementedError,
    OSError, struct.error, ElementTree.ParseError, expat.ExpatError,
)  # fmt: skip


class Xlsx:
    """A workbook: its sheets, how it counts days, and each sheet as a plain workbook."""

    def __init__(self, source: bytes | Path) -> None:
        self._zip: zipfile.ZipFile
        try:
            opened = io.BytesIO(source) if isinstance(source, bytes) else source
            self._zip = zipfile.ZipFile(opened)
            self._names = {_plain_name(n): n for n in self._zip.namelist()}
            self._book = self._workbook_part()
            self._links = self._relations(self._book)
            root = ElementTree.fromstring(self._read(self._book))  # noqa: S314
        except BROKEN as error:
            raise Damaged from error
        properties = [e.attrib for e in root.iter() if _local(e.tag) == "workbookPr"]
        self.date1904 = any(_is_true(p.get("date1904")) for p in properties)
        calculation = [e.attrib for e in root.iter() if _local(e.tag) == "calcPr"]
        self.uncalculated = any(_is_true(c.get("fullCalcOnLoad")) for c in calculation)
        self._parts: dict[str, str] = {}
        self._last: tuple[str | None, bytes] = None, b""  # the sheet that was read last
        self.sheets: list[SheetName] = []
        for element in (e for e in root.iter() if _local(e.tag) == "sheet"):
            kind, target = self._links.get(_relation_id(element.attrib), ("", ""))
            if kind == "worksheet":  # not a chart or a macro sheet
                name = element.attrib["name"]
                self._parts[name] = target
                hidden = element.attrib.get("state", "visible") != "visible"
                self.sheets.append(SheetName(name, hidden))

    def marks(self, name: str) -> Marks:
        """What the XML of a sheet says of its cells."""
        try:
            return _marks(self._sheet(name), self.uncalculated)
        except BROKEN as error:
            raise Damaged from error

    def plain(self, name: str) -> bytes:
        """A workbook with this one sheet and every part in its usual place."""
        parts = {"xl/worksheets/sheet1.xml": self._sheet(name)}
        links = (
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        )
        try:
            for number, (kind, target) in enumerate(self._links.values(), 2):
                if kind in ("sharedStrings", "styles") and target in self._names:
                    parts[f"xl/{kind}.xml"] = _utf8(self._read(target))
                    links += (
                        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" '
                        f'Target="{kind}.xml"/>'
                    )
        except BROKEN as error:
            raise Damaged from error
        book = (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
            f'<workbookPr date1904="{int(self.date1904)}"/><sheets>'
            f'<sheet name={quoteattr(name)} sheetId="1" r:id="rId1"/></sheets></workbook>'
        )
        texts = {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
            "_rels/.rels": _links(
                f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            ),
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": _links(links),
        }
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
            for part, content in (texts | parts).items():
                made.writestr(zipfile.ZipInfo(part), content)
        return out.getvalue()

    def _sheet(self, name: str) -> bytes:
        if self._last[0] != name:
            try:
                self._last = name, _utf8(self._read(self._parts[name]))
            except BROKEN as error:
                raise Damaged from error
        return self._last[1]

    def _workbook_part(self) -> str:
        links = self._relations("") if "_rels/.rels" in self._names else {}
        found = [t for kind, t in links.values() if kind == "officeDocument" and t in self._names]
        part = (found or ["xl/workbook.xml"])[0]
        if part.endswith(".bin"):
            raise Damaged("it is an XLSB workbook; save it as XLSX")
        if "mimetype" in self._names and b"opendocument" in self._read("mimetype"):
            raise Damaged("it is an OpenDocument table; save it as XLSX")
        if part not in self._names or not part.endswith(".xml"):
            raise Damaged("it holds no workbook; save it as XLSX, or unpack it first")
        return part

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relation id -> its kind and the part that it leads to."""
        folder, file = posixpath.split(part)
        path = posixpath.join(folder, "_rels", file + ".rels")
        root = ElementTree.fromstring(self._read(path))  # noqa: S314
        return {
            link.attrib["Id"]: (
                link.attrib["Type"].rpartition("/")[2],
                _plain_name(posixpath.join("/" + folder, unquote(link.attrib["Target"]))),
            )
            for link in root
            if link.attrib.get("TargetMode") != "External"
        }

    def _read(self, part: str) -> bytes:
        """The bytes of a part; the archive's own check sum is compared."""
        info = self._zip.getinfo(self._names[part])
        if info.file_size > LARGEST:
            raise Damaged("a part of it unpacks to more than 4 GB; export it as CSV")
        try:
            return self._zip.read(info)
        except NotImplementedError:
            raise Damaged("it is packed in an unusual way; save it again in Excel") from None
        except RuntimeError as error:  # zipfile's word for a password
            raise Damaged("password") from error


def _links(links: str) -> str:
    return f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _plain_name(name: str) -> str:
    path = posixpath.normpath("/" + name.replace("\\", "/"))
    return path.lstrip("/").lower()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _relation_id(attributes: dict[str, str]) -> str:
    return next((v for k, v in attributes.items() if k.endswith("}id")), "")


def _utf8(xml: bytes) -> bytes:
    """XML as UTF-8, the only encoding that the reader of cells knows."""
    if xml[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return xml
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", xml.decode("utf-16"))
    return text.encode()


def _marks(xml: bytes, uncalculated: bool) -> Marks:
    """Quick where nothing is special and the sheet is compact; else element by element."""
    cells, rows = CELL.findall(xml), ROW.findall(xml)
    plain = 0 < len(rows) == xml.count(b"<row ") and len(cells) == xml.count(b"<c ")
    if not plain or any(sign in xml for sign in SPECIAL):
        return _Scan(uncalculated).of(xml)
    marks = Marks(
        filled=len(cells),  # blank ones, too, as the extent
        last_row=max(map(int, rows)) - 1,
        last_column=max((_column(column.decode()) for column in set(cells)), default=-1),
    )
    return _Scan(uncalculated).of(xml) if is_sparse(marks) else marks


def is_sparse(marks: Marks) -> bool:
    """Whether a sheet reaches so far beyond its cells that reading it would fill the memory."""
    area = (marks.last_row + 1) * (marks.last_column + 1)
    return area > 50_000_000 or area > max(2_000_000, 100 * marks.filled)


@lru_cache(maxsize=20_000)
def _column(letters: str) -> int:
    """The position of a column from its letters: A = 0, AA = 26."""
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - 64
    return total - 1


class _Scan:
    """One pass over the elements of a sheet; lean, as each cell calls it several times."""

    def __init__(self, uncalculated: bool) -> None:
        self.marks, self.uncalculated = Marks(), uncalculated
        self.row, self.column = -1, -1  # of a cell that does not say where it is
        self.place: str | None = None
        self.kind: str | None = None
        self.formula: dict[str, str] | None = None
        self.text: list[str] | None = None
        self.in_cell = self.collecting = self.all_hidden = False
        self.letters: set[str] = set()
        self.arrays: list[tuple[int, int, int, int]] = []

    def of(self, xml: bytes) -> Marks:
        """The marks of a sheet."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.data
        parser.Parse(xml, True)
        columns = [_column(letters) for letters in self.letters]
        self.marks.last_column = max([self.marks.last_column, *columns])
        return self.marks

    def start(self, name: str, given: dict[str, str]) -> None:
        """An element begins."""
        tag = name.rpartition(":")[2]
        if tag == "c":
            self.place, self.kind = given.get("r"), given.get("t")
            self.column += 1
            self.in_cell, self.formula, self.text = True, None, None
        elif self.in_cell:
            if tag in ("v", "t"):  # `t` of an inline text
                self.text, self.collecting = self.text or [], True
            elif tag == "f":
                self.formula = given
        elif tag == "row":
            self.start_row(given)
        elif tag == "col" and (_is_true(given.get("hidden")) or _is_zero(given.get("width"))):
            columns = range(int(given["min"]) - 1, int(given["max"]))
            self.marks.hidden_columns.update(columns)
        elif tag == "sheetFormatPr":
            self.all_hidden = _is_true(given.get("zeroHeight"))

    def start_row(self, given: dict[str, str]) -> None:
        """A row begins."""
        self.row, self.column = int(given.get("r", self.row + 2)) - 1, -1
        unsaid = "ht" not in given and "hidden" not in given
        if (
            _is_true(given.get("hidden"))
            or _is_zero(given.get("ht"))
            or (self.all_hidden and unsaid)
        ):
            self.marks.hidden_rows.add(self.row)

    def data(self, text: str) -> None:
        """Text of an element."""
        if self.collecting and self.text is not None:
            self.text.append(text)

    def end(self, name: str) -> None:
        """An element ends."""
        tag = name.rpartition(":")[2]
        if tag in ("v", "t"):
            self.collecting = False
        elif tag == "c":
            self.in_cell = False
            if self.text or self.formula is not None:
                self.take()

    def take(self) -> None:
        """Take the cell that ends here, which has a value or a formula, into the marks."""
        marks, place = self.marks, self.place
        marks.filled += 1
        if place is not None:
            self.letters.add(place.rstrip("0123456789"))
        if self.row > marks.last_row:
            marks.last_row = self.row
        if place is None:
            marks.last_column = max(marks.last_column, self.column)
        if self.kind == "e" or self.formula is not None or (self.arrays and self.uncalculated):
            cell = _place(place) if place else (self.row, self.column)
            self.take_special(cell, None if self.text is None else "".join(self.text))

    def take_special(self, cell: tuple[int, int], value: str | None) -> None:
        """An error, or a formula with a result, without one, or with one that is out of date.

        A writer that calculates nothing asks for that when the workbook is opened, and stores
        nothing or 0.
        """
        given = self.formula
        if self.kind == "e" and value:
            self.marks.errors[cell] = value
        elif given is None:
            if value == "0" and self._in_array(cell):
                self.marks.without.add(cell)
        else:
            if given.get("t") in ("array", "dataTable") and ":" in given.get("ref", ""):
                first, last = given["ref"].split(":")
                self.arrays.append((*_place(first), *_place(last)))
            if value is None or (not value and self.kind != "str"):
                self.marks.without.add(cell)
            elif self.uncalculated:
                (self.marks.without if value == "0" else self.marks.old).add(cell)

    def _in_array(self, cell: tuple[int, int]) -> bool:
        row, column = cell
        return any(t <= row <= b and lf <= column <= r for t, lf, b, r in self.arrays)


def _place(reference: str) -> tuple[int, int]:
    digits = reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) - 1, _column(reference[: -len(digits)])


def _is_true(value: str | None) -> bool:
    return value is not None and value.lower() in TRUE


def _is_zero(size: str | None) -> bool:
    return size is not None and float(size) == 0
