"""Whether a workbook is locked with a password; imports little, as it is asked at each parse."""

from __future__ import annotations

import re

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: XLS, and every locked XLSX
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# XLS: BOF of the workbook, perhaps WriteProtect, then FilePass ([MS-XLS] 2.1.7.20.1)
FILE_PASS = re.compile(
    rb"\x09\x08(?:\x10\x00\x00\x06.{14}|\x08\x00\x00\x05.{6})(?:\x86\x00\x00\x00)?\x2f\x00.\x00",
    re.DOTALL,
)


def is_locked(data: bytes) -> bool:
    """Whether `data` is a workbook behind a password.

    Such an XLSX is a compound file with a stream `EncryptedPackage` ([MS-OFFCRYPTO] 2.3.4).
    calamine tells a locked XLS from a damaged one only by its name, which it is not given.
    """
    return data.startswith(OLE) and (ENCRYPTED in data or bool(FILE_PASS.search(data)))


def locked(name: str) -> str:
    """What a person is told of a locked workbook."""
    return (
        f"{name} is password-protected. Open it with its password, save it without one and put it "
        "back."
    )
