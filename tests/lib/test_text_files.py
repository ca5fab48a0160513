"""Files that a person writes: one message, with the line, whatever is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.lib.display.published import COLUMNS, read_published
from scripts.lib.errors import Stop
from scripts.lib.quality.waivers import read_waivers
from scripts.lib.reading.codelists import read_codelist
from scripts.lib.text_files import read_rows

READERS = {"published": read_published, "waivers": read_waivers, "code list": read_codelist}
HEADS = {"published": ",".join(COLUMNS), "code list": "raw,value"}
HEADS |= {"waivers": "check_id,key,value_hash,reason,approved_by,expires"}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"a\0,b", r"line 2: a sign that no text holds \(U\+0000\)"),
        (b"\xb7\xce,b", "line 2: not UTF-8 text. Save the file as UTF-8"),
        (b"\x1b,b", r"line 2: a sign that no text holds \(U\+001B\)"),
    ],
)
def test_a_sign_that_no_text_holds_is_located(
    tmp_path: Path, kind: str, line: bytes, message: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(HEADS[kind].encode() + b"\n" + line + b"\n")
    with pytest.raises(Stop, match=message):
        READERS[kind](path)


@pytest.mark.parametrize("kind", READERS)
def test_a_folder_is_no_file(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Stop, match="is a folder, where a file should be"):
        READERS[kind](tmp_path)


def test_blank_lines_are_no_rows_and_keep_the_count(tmp_path: Path) -> None:
    path = tmp_path / "published.csv"
    row = "n,Table 1,5,count,baseline.csv,x=1,"
    path.write_text(f"{HEADS['published']}\n\n{row}\n \n,,\n", encoding="utf-8-sig")
    assert [one.id for one in read_published(path)] == ["n"]
    path.write_text("a,b\n\nc\u2028,d\ne\n", encoding="utf-8")
    with pytest.raises(Stop, match="row 4: 2 fields are wanted, as in the header; there are 1"):
        read_rows(path, "")


def test_a_quotation_mark_that_is_never_closed_is_located(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('raw,value\n"a,b\n', encoding="utf-8")
    with pytest.raises(Stop, match="not CSV"):
        read_rows(path, "")
