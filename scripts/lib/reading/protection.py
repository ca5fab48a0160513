"""Whether a workbook is locked with a password; imports nothing, as it is asked at each parse."""

from __future__ import annotations

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file: XLS, and every locked XLSX
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def is_locked(data: bytes) -> bool:
    """Whether `data` is a workbook behind a password.

    Such an XLSX is a compound file with a stream `EncryptedPackage`. ([MS-OFFCRYPTO] 2.3.4)
    """
    return data.startswith(OLE) and ENCRYPTED in data


def locked(name: str) -> str:
    """What a person is told of a locked workbook."""
    return (
        f"{name} is password-protected. Open it with its password, save it without one and put it "
        "back."
    )
