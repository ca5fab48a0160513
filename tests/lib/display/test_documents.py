"""Archives without a clock; raised letters of footnotes."""

from __future__ import annotations

import zipfile

import pytest

from scripts.lib.display.documents import EPOCH, repack, split_mark


def test_repacked_archives_of_equal_members_are_equal_bytes(tmp_path):
    contents = []
    for number, date in enumerate([(1999, 1, 1, 1, 1, 2), (2024, 5, 6, 7, 8, 10)]):
        path = tmp_path / f"{number}.docx"
        with zipfile.ZipFile(path, "w") as archive:
            for name in ("[Content_Types].xml", "b.xml", "a.xml"):
                archive.writestr(zipfile.ZipInfo(name, date), f"<{name}/>" * 50)
        repack(path)
        contents.append(path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            assert [info.date_time for info in archive.infolist()] == [EPOCH] * 3
            assert archive.namelist() == ["[Content_Types].xml", "b.xml", "a.xml"]
            assert archive.read("b.xml") == b"<b.xml/>" * 50
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("note", "mark", "text"),
    [("ᵃP<0.05.", "a", "P<0.05."), ("P, no mark", "", "P, no mark"), ("ᵃᵇBoth", "ab", "Both")],
)
def test_leading_raised_letters_are_the_mark(note, mark, text):
    assert split_mark(note) == (mark, text)
