"""Password-protected workbooks as Excel saves them, but for what is encrypted in them."""

from __future__ import annotations

import struct

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
DESCRIPTOR = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b'<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"/>'
)


def locked_xlsx(size: int = 8192) -> bytes:
    """A compound file with the streams EncryptionInfo and EncryptedPackage of `size` bytes.

    Streams: [MS-OFFCRYPTO] 2.3.4.10 (agile encryption).
    """
    info = struct.pack("<HHI", 4, 4, 0x40) + DESCRIPTOR
    package = struct.pack("<Q", size - 8) + bytes(range(256)) * (size // 256)
    return _compound({"EncryptionInfo": info, "EncryptedPackage": package[:size]})


def locked_xls() -> bytes:
    """An XLS workbook whose first records say that what follows is encrypted ([MS-XLS] 2.4.117)."""
    begin = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    password = struct.pack("<HHHHH", 0x002F, 54, 1, 1, 1) + bytes(48)
    return _compound({"Workbook": begin + password + struct.pack("<HH", 0x000A, 0)})


def _compound(contents: dict[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) of up to three streams in one storage.

    The directory lies behind the streams, as in files that Excel writes.
    """
    streams = [c.ljust(max(4096, -(-len(c) // SECTOR) * SECTOR), b"\0") for c in contents.values()]
    starts, fat = [], list[int]()
    for stream in streams:
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + len(stream) // SECTOR), END]
    directory = len(fat)
    fat.append(END)
    n_fat = -(-(len(fat) + 8) // (SECTOR // 4))
    first_fat = len(fat)
    fat += [FAT] * n_fat
    fat += [FREE] * (n_fat * SECTOR // 4 - len(fat))
    entries = [_entry("Root Entry", 5, child=1)]
    for number, (name, stream) in enumerate(zip(contents, streams, strict=True), 1):
        right = number + 1 if number < len(streams) else FREE
        entries.append(_entry(name, 2, right=right, start=starts[number - 1], size=len(stream)))
    entries += [bytes(128)] * (4 - len(entries))
    return b"".join([
        _header(n_fat, directory, first_fat), *streams, *entries, struct.pack(f"<{len(fat)}I", *fat)
    ])  # fmt: skip


def _header(n_fat: int, directory: int, first_fat: int) -> bytes:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, n_fat, directory, 0, 4096, END, 0, END, 0)
    places = [*range(first_fat, first_fat + n_fat)]
    return head + struct.pack("<109I", *places, *[FREE] * (109 - n_fat))


def _entry(
    name: str, kind: int, child: int = FREE, right: int = FREE, start: int = END, size: int = 0
) -> bytes:
    letters = name.encode("utf-16-le") + b"\0\0"
    out = letters.ljust(64, b"\0") + struct.pack("<HBB", len(letters), kind, 1)
    return out + struct.pack("<III36xIQ", FREE, right, child, start, size)
