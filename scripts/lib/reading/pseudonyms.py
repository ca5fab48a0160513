"""Hospital numbers in their full form, and the pseudonyms that stand for them.

USUBJID = 'S' + the first 12 base32 characters of HMAC-SHA256(key, cleaned number). The key is made
once per study folder and never leaves `data/private`; with another key the same patient would be
somebody else in every result.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from scripts.lib.errors import Stop
from scripts.lib.folding import has_other_digits, is_error, plain_letters
from scripts.lib.private import OTHERS

KEY_FILE = "pseudonym.key"
KEY_BYTES = 32
LENGTH = 12
SPACE = re.compile(r"\s+")
# ways in which a number is repaired, as the list of repairs calls them
TRIMMED, CLOSED_UP = "blanks at its ends left out", "blanks inside left out"
FOLDED, UPPER = "characters made plain", "letters made capital"
DECIMALS, PADDED = "decimals of a spreadsheet left out", "leading zeros restored"
_OTHERS_KEY = (
    "{} cannot be read by this account: the study belongs to another one. Run it as that account;"
    " or give this one a study folder of its own, with the key if pseudonyms are to be the same."
)
ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)  # 1.23E+11: a spreadsheet lost the rest


def ensure_key(folder: str | Path) -> Path:
    """The key file in `folder`, made if this is the first run of the study.

    Raises
    ------
    Stop
        The key is gone although a crosswalk exists: pseudonyms would silently change.
    """
    folder = Path(folder)
    path = folder / KEY_FILE
    if _can_be_seen(path):
        check_key(path)
        return path
    if (folder / "crosswalk.csv").exists():
        raise Stop(
            f"{path} is missing, but {folder / 'crosswalk.csv'} was made with it. Restore the key "
            "from your backup; or remove the crosswalk, and every pseudonym will change."
        )
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another run of the same study was faster
        return path
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def check_key(path: str | Path) -> None:
    """The key may be read by this account, and by no other.

    Raises
    ------
    Stop
        With the key, whoever reads results can find out whose they are.
    """
    path = Path(path)
    if not _can_be_seen(path) or not os.access(path, os.R_OK):
        raise Stop(_OTHERS_KEY.format(path))
    if path.stat().st_mode & OTHERS:
        raise Stop(
            f"{path} can be read by other accounts than its owner: with it, whoever has the results"
            f" can find out whose they are. Run `chmod 600 {path}` (on a disk that keeps no such"
            " modes, move the study to one that does), and ask who could have copied it."
        )


def _can_be_seen(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:  # its folder is closed
        raise Stop(_OTHERS_KEY.format(path)) from None


def read_key(path: str | Path) -> bytes:
    """The key; Stop when the file does not hold one, or others can read it."""
    check_key(path)
    try:
        key = bytes.fromhex(Path(path).read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) < KEY_BYTES:
        raise Stop(
            f"{path} does not hold a key of {KEY_BYTES} bytes. Restore it from your backup; if the "
            "study was never run, remove the file, and a new key is made."
        )
    return key


def pseudonym(key: bytes, source_id: str) -> str:
    """The pseudonym of one cleaned hospital number."""
    digest = hmac.digest(key, source_id.encode(), "sha256")
    return "S" + base64.b32encode(digest[:10]).decode()[:LENGTH]  # 10 bytes hold 16 characters


def pseudonyms(key: bytes, source_ids: Iterable[str]) -> dict[str, str]:
    """The pseudonym of each distinct cleaned number; Stop where two share one."""
    known = {source_id: pseudonym(key, source_id) for source_id in sorted(set(source_ids))}
    if len(set(known.values())) < len(known):
        shared = [p for p in known.values() if list(known.values()).count(p) > 1]
        raise Stop(
            f"Two hospital numbers have the pseudonym {shared[0]}. Keep a copy of "
            "data/private, remove pseudonym.key and crosswalk.csv there, and run again."
        )
    return known


def clean_identifier(raw: str, settings: dict[str, Any]) -> tuple[str | None, str | None]:
    """One hospital number in its full form, and what had to be said about it.

    Returns
    -------
    (number or None, rule or None); rules: bad_identifier, identifier_padded.
    """
    number, ways = repair_identifier(raw, settings)
    if number is None:
        return None, "bad_identifier"
    return number, "identifier_padded" if PADDED in ways else None


def repair_identifier(raw: str, settings: dict[str, Any]) -> tuple[str | None, list[str]]:
    """One hospital number in its full form (None: it is none), and every way it was repaired in.

    Full-width characters become plain ones, spaces go, zeros that Excel dropped come back.
    """
    ways: list[str] = []

    def changed(way: str, before: str, after: str) -> str:
        if after != before:
            ways.append(way)
        return after

    text = changed(TRIMMED, raw, raw.strip())
    text = changed(FOLDED, text, plain_letters(text))
    text = changed(CLOSED_UP, text, SPACE.sub("", text))
    if has_other_digits(text) or is_error(text) or ROUNDED.fullmatch(text):
        return None, ways
    # a number that a spreadsheet made of it
    text = changed(DECIMALS, text, re.sub(r"^(\d+)\.0+$", r"\1", text))
    text = changed(UPPER, text, text.upper() if settings["upper"] else text)
    width, pad = settings["width"], settings["pad"]
    if width and pad and text.isdigit():
        text = changed(PADDED, text, text.rjust(width, pad))
    pattern = settings["pattern"]
    if (width and len(text) != width) or (pattern and not re.fullmatch(pattern, text)):
        return None, ways
    return text, ways
