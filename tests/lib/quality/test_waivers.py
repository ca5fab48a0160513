"""A waiver counts when it is whole, about this value, and not past the data cut-off."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lib.errors import Stop
from scripts.lib.quality.findings import value_hash
from scripts.lib.quality.waivers import read_waivers

HEAD = "check_id,key,value_hash,reason,approved_by,expires\n"
HASH = value_hash("AVAL=9", bytes(32))
LINE = f"PFS-004,S01,{HASH},seen on the film,a data manager,2026-12-31\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "waivers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_waivers_are_read_with_comments_empty_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = f"{HEAD}# asked on the ward\n\n,,,,,\n{LINE}"

    found = read_waivers(write(tmp_path, text, "utf-8-sig"))

    assert [(w.check_id, w.key, w.line) for w in found] == [("PFS-004", "S01", 5)]


def test_no_waivers_is_a_file_with_its_first_line(tmp_path: Path) -> None:
    assert read_waivers(write(tmp_path, HEAD)) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"PFS-004,S01,{HASH},seen on the film,a data manager\n", "line 2: 5 fields instead of 6"),
        (f"PFS-004,S01,{HASH},,a data manager,2026-12-31\n", "line 2: reason is empty"),
        (f"PFS-004,S01,{HASH},seen,,2026-12-31\n", "line 2: approved_by is empty"),
        (f"PFS-004,,{HASH},seen,a data manager,2026-12-31\n", "line 2: key is empty"),
        ("PFS-004,S01,AVAL=9,seen,a data manager,2026-12-31\n", "value_hash is not a SHA-256"),
        (f"PFS-004,S01,{HASH},seen,a data manager,31.12.2026\n", "expires is not a date like"),
        (f"PFS-004,S01,{HASH},seen,a data manager,2026-02-30\n", "expires is not a date like"),
        (LINE + LINE, "line 3: the same waiver as line 2"),
    ],
)
def test_a_broken_line_stops_with_its_number(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(Stop, match="waivers.csv") as stop:
        read_waivers(write(tmp_path, HEAD + line))

    assert message in str(stop.value)


def test_all_broken_lines_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        read_waivers(write(tmp_path, f"{HEAD}a,b\nc\n"))

    assert "line 2" in str(stop.value) and "line 3" in str(stop.value)


@pytest.mark.parametrize("text", ["", "check,key\n", LINE])
def test_a_file_without_its_first_line_stops(tmp_path: Path, text: str) -> None:
    with pytest.raises(Stop, match="first line must be"):
        read_waivers(write(tmp_path, text))


def test_a_missing_file_and_a_wrong_encoding_stop(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="is missing. config/quality.yaml names it"):
        read_waivers(tmp_path / "waivers.csv")
    with pytest.raises(Stop, match="UTF-8"):
        read_waivers(write(tmp_path, HEAD + "李", "gb18030"))
