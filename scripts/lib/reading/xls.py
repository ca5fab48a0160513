"""Old Excel workbooks (XLS): the records that the reader of cells passes over.

A compound file ([MS-CFB]) holds a stream of records ([MS-XLS]). Imports little, as the names of
sheets are asked for at each parse.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from scripts.lib.reading.marks import Damaged, Marks, SheetName

FREE = 0xFFFFFFFA  # sector numbers from here on mean something else
BOF, EOF, BOUNDSHEET, CODEPAGE, DATEMODE = 0x0809, 0x000A, 0x0085, 0x0042, 0x0022
ROW, COLINFO, BOOLERR, MULRK, STRING = 0x0208, 0x007D, 0x0205, 0x00BD, 0x0207
RECALCID = 0x01C1  # which Excel calculated the formulas; a writer that calculates none has none
FORMULAS = (0x0006, 0x0206, 0x0406)
CELLS = (0x0203, 0x027E, 0x0204, 0x00FD, 0x00D6)  # NUMBER, RK, LABEL, LABELSST, RSTRING
BIFF8, UNICODE = 0x0600, 1200
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip


class Record(NamedTuple):
    """One record: what it is, where its payload begins in the stream, and the payload."""

    kind: int
    start: int
    payload: bytes


class Xls:
    """An old workbook; `plain` is the same with the code page that its texts have."""

    def __init__(self, data: bytes) -> None:
        try:
            self.stream, places = _stream(data)
            self.plain, self.date1904, self.calculated = data, False, False
            self.sheets: list[SheetName] = []
            self._starts: list[int] = []
            self._read_globals(bytearray(data), places)
        except (struct.error, IndexError, UnicodeDecodeError) as error:
            raise Damaged from error

    def _read_globals(self, data: bytearray, places: list[tuple[int, int]]) -> None:
        version, codec = BIFF8, "latin-1"
        for record in _records(self.stream, 0):
            if record.kind == BOF:
                version = struct.unpack_from("<H", record.payload)[0]
            elif record.kind == CODEPAGE:
                page = struct.unpack_from("<H", record.payload)[0]
                codec = f"cp{page}"
                if version == BIFF8 and page != UNICODE:
                    # texts of this version are Unicode, whatever page a writer names here
                    for n, byte in enumerate(struct.pack("<H", UNICODE)):
                        data[_place(places, record.start + n)] = byte
                    self.plain = bytes(data)
            elif record.kind == RECALCID:
                self.calculated = True
            elif record.kind == DATEMODE:
                self.date1904 = struct.unpack_from("<H", record.payload)[0] == 1
            elif record.kind == BOUNDSHEET and record.payload[5] == 0:  # a worksheet
                start = struct.unpack_from("<I", record.payload)[0]
                self._starts.append(start)
                name = _name(record.payload[6:], version, codec)
                self.sheets.append(SheetName(name, record.payload[4] & 3 != 0))

    def marks(self, name: str) -> Marks:
        """What the records of a sheet say of its cells."""
        start = self._starts[[sheet.name for sheet in self.sheets].index(name)]
        marks, waiting = Marks(), None
        try:
            for record in _records(self.stream, start):
                if waiting is not None and record.kind not in (0x04BC, 0x0221, 0x0236, STRING):
                    marks.without.add(waiting)  # its text should follow (SHRFMLA, ARRAY, TABLE may)
                if record.kind not in (0x04BC, 0x0221, 0x0236):
                    waiting = None
                waiting = _mark(record, marks, self.calculated) or waiting
        except (struct.error, IndexError) as error:
            raise Damaged from error
        return marks


def _mark(record: Record, marks: Marks, calculated: bool) -> tuple[int, int] | None:
    """Take one record into the marks; the cell, if it is a formula whose text should follow."""
    kind, payload = record.kind, record.payload
    if kind == ROW:
        if payload[12] & 0x20:
            marks.hidden_rows.add(struct.unpack_from("<H", payload)[0])
    elif kind == COLINFO:
        first, last, width, _, flags = struct.unpack_from("<5H", payload)
        if flags & 1 or not width:
            marks.hidden_columns.update(range(first, last + 1))
    elif kind in CELLS or kind in FORMULAS or kind in (BOOLERR, MULRK):
        row, column = struct.unpack_from("<HH", payload)
        marks.fill(row, column)
        if kind == MULRK:
            marks.fill(row, struct.unpack_from("<H", payload, len(payload) - 2)[0])
        elif kind == BOOLERR and payload[7]:
            marks.errors[row, column] = ERRORS.get(payload[6], "#N/A")
        elif kind in FORMULAS and payload[12:14] == b"\xff\xff":
            return _formula(payload, (row, column), marks, calculated)
    return None


def _formula(
    payload: bytes, cell: tuple[int, int], marks: Marks, calculated: bool
) -> tuple[int, int] | None:
    """A formula whose result is no number ([MS-XLS] 2.5.133)."""
    what = payload[6]
    if what == 2:
        marks.errors[cell] = ERRORS.get(payload[8], "#N/A")
    elif what == 3 and not calculated:  # blank, as is a result that nobody calculated
        marks.without.add(cell)
    return cell if what == 0 else None


def _name(payload: bytes, version: int, codec: str) -> str:
    count = payload[0]
    if version == BIFF8:
        wide = payload[1] & 1
        return payload[2 : 2 + count * (1 + wide)].decode("utf-16-le" if wide else "latin-1")
    try:
        return payload[1 : 1 + count].decode(codec)
    except LookupError:
        return payload[1 : 1 + count].decode("latin-1")


def _records(stream: bytes, start: int) -> Iterator[Record]:
    """Records of one substream, embedded ones (charts) apart."""
    depth = 0
    while start + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, start)
        start += 4
        depth += kind == BOF
        if kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        if depth <= 1:
            yield Record(kind, start, stream[start : start + size])
        start += size


def _stream(data: bytes) -> tuple[bytes, list[tuple[int, int]]]:
    """The stream of records, and where its pieces lie in the file (offset, size)."""
    size, mini_size = (1 << n for n in struct.unpack_from("<HH", data, 0x1E))
    first_directory, _, cutoff, first_mini, _, first_extra = struct.unpack_from("<6I", data, 0x30)
    if size not in (512, 4096) or mini_size != 64:
        raise Damaged

    def sector(number: int) -> int:
        return size * (number + 1)

    def numbers(sectors: list[int]) -> list[int]:
        joined = b"".join(data[sector(n) : sector(n) + size] for n in sectors)
        return list(struct.unpack(f"<{len(joined) // 4}I", joined[: len(joined) // 4 * 4]))

    lists = [n for n in struct.unpack_from("<109I", data, 0x4C) if n < FREE]
    while first_extra < FREE and len(lists) <= len(data) // size:
        *more, first_extra = numbers([first_extra])
        lists += [n for n in more if n < FREE]
    table = numbers(lists)
    directory = b"".join(data[sector(n) : sector(n) + size] for n in _chain(first_directory, table))
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    named = {
        e[: max(0, e[64] + 256 * e[65] - 2)].decode("utf-16-le", "replace"): e for e in entries
    }
    entry = named.get("Workbook") or named.get("Book")
    if entry is None:
        raise Damaged("it holds no Excel workbook")
    start, length = struct.unpack_from("<II", entry, 0x74)
    if length >= cutoff:
        places = [(sector(n), size) for n in _chain(start, table)]
    else:
        root = [sector(n) for n in _chain(struct.unpack_from("<I", entries[0], 0x74)[0], table)]
        minis = _chain(start, numbers(_chain(first_mini, table)))
        per = size // mini_size
        places = [(root[n // per] + n % per * mini_size, mini_size) for n in minis]
    stream = b"".join(data[at : at + step] for at, step in places)[:length]
    if len(stream) < length:
        raise Damaged("its end is missing")
    return stream, places


def _chain(start: int, table: list[int]) -> list[int]:
    """Sectors from `start` on, as the allocation table links them."""
    found: list[int] = []
    while start < FREE:
        found.append(start)
        if len(found) > len(table):
            raise Damaged
        start = table[start]
    return found


def _place(places: list[tuple[int, int]], offset: int) -> int:
    """Where a byte of the stream lies in the file."""
    size = places[0][1]
    return places[offset // size][0] + offset % size
