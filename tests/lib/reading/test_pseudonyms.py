"""Hospital numbers in their full form; pseudonyms; the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.errors import Stop
from scripts.lib.private import write_private_text
from scripts.lib.reading import pseudonyms as module
from scripts.lib.reading.pseudonyms import (
    clean_identifier,
    ensure_key,
    pseudonym,
    pseudonyms,
    read_key,
)

SETTINGS = {"width": 8, "pad": "0", "pattern": None, "upper": True}
KEY = b"k" * 32


@pytest.mark.parametrize(
    ("raw", "cleaned", "rule"),
    [
        ("00123456", "00123456", None),
        ("123456", "00123456", "identifier_padded"),
        ("１２３４５６７８", "12345678", None),
        (" 1234 5678 ", "12345678", None),
        ("12345678.0", "12345678", None),
        ("123456.0", "00123456", "identifier_padded"),
        ("ab123456", "AB123456", None),
        ("A123", None, "bad_identifier"),
        ("123456789", None, "bad_identifier"),
        ("\ufeff1234\u200b5678", "12345678", None),
        ("1234567²", None, "bad_identifier"),
        ("123456①", None, "bad_identifier"),
        ("٣٣٣٣", None, "bad_identifier"),
        ("1.23E+07", None, "bad_identifier"),
        ("1.2346E+07", None, "bad_identifier"),
    ],
)
def test_cleaning(raw: str, cleaned: str | None, rule: str | None) -> None:
    assert clean_identifier(raw, SETTINGS) == (cleaned, rule)


@pytest.mark.parametrize("raw", ["#N/A", "#FORMULA!", "1.2E+17", "12²"])
def test_what_no_hospital_writes_is_no_number_without_a_declared_form(raw: str) -> None:
    assert clean_identifier(raw, SETTINGS | {"width": None})[0] is None


def test_a_pattern_is_for_the_whole_number() -> None:
    settings = SETTINGS | {"width": None, "pattern": r"\d+"}
    assert clean_identifier("12", settings) == ("12", None)
    assert clean_identifier("12A", settings) == (None, "bad_identifier")


@given(st.integers(0, 99_999_999))
def test_zeros_that_a_spreadsheet_dropped_come_back(number: int) -> None:
    assert clean_identifier(str(number), SETTINGS)[0] == f"{number:08}"


def test_the_pseudonym_is_the_declared_hash() -> None:
    digest = hmac.new(KEY, b"00123456", hashlib.sha256).digest()
    expected = "S" + base64.b32encode(digest).decode()[:12]
    assert pseudonym(KEY, "00123456") == expected


def test_another_key_gives_other_pseudonyms() -> None:
    assert pseudonym(KEY, "1") != pseudonym(b"l" * 32, "1")


def test_a_shared_pseudonym_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "pseudonym", lambda key, source_id: "SAME")
    with pytest.raises(Stop, match="SAME"):
        pseudonyms(KEY, ["1", "2"])


def test_the_key_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "private"
    path = ensure_key(folder)
    first = read_key(path)
    assert ensure_key(folder) == path
    assert read_key(path) == first
    assert (path.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert read_key(ensure_key(tmp_path / "other")) != first


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o666])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = ensure_key(tmp_path / "private")
    path.chmod(mode)
    for read in (lambda: ensure_key(tmp_path / "private"), lambda: read_key(path)):
        with pytest.raises(Stop, match=f"other accounts than its owner.*chmod 600 {path}"):
            read()
    path.chmod(0o600)
    assert len(read_key(ensure_key(tmp_path / "private"))) == 32


def test_an_account_that_may_not_read_the_key_gets_one_message(tmp_path: Path) -> None:
    def as_nobody(code: str) -> subprocess.CompletedProcess[str]:
        root = os.getuid() == 0
        drop = "import os; os.setgid(65534); os.setuid(65534)\n" if root else ""
        late = f"from scripts.lib.reading.pseudonyms import ensure_key, read_key\n{drop}{code}"
        return subprocess.run([sys.executable, "-c", late], text=True, capture_output=True)

    tmp_path.chmod(0o755)
    path = ensure_key(tmp_path / "private")
    if os.getuid() != 0:
        path.chmod(0o000)
    for code in (f"ensure_key({str(path.parent)!r})", f"read_key({str(path)!r})"):
        said = as_nobody(code).stderr.splitlines()[-1]
        assert "pseudonym.key cannot be read by this account" in said and "Run it as" in said


def test_a_lost_key_stops_while_its_crosswalk_exists(tmp_path: Path) -> None:
    (tmp_path / "crosswalk.csv").write_text("USUBJID,source_id\n")
    with pytest.raises(Stop, match="Restore the key from your backup; or remove the crosswalk"):
        ensure_key(tmp_path)
    assert not (tmp_path / "pseudonym.key").exists()


@pytest.mark.parametrize("content", ["", "abcd", "not a key at all"])
def test_a_broken_key_stops(tmp_path: Path, content: str) -> None:
    write_private_text(tmp_path / "pseudonym.key", content)
    with pytest.raises(Stop, match="does not hold a key"):
        read_key(tmp_path / "pseudonym.key")
