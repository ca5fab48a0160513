"""Delimited text: bytes -> cells with the row that a spreadsheet shows."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.errors import Stop
from scripts.lib.reading.delimited import to_utf8
from tests.raw_files import read, rows_of

TEXT = "id,姓名\n1,张三\n2,李四\n"


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return tmp_path / "raw.csv"


def test_every_cell_is_text_with_its_row(raw: Path) -> None:
    found = read(raw, "id,note\n007,1.50\n8,\n")
    assert found.names == ["id", "note"]
    assert rows_of(found) == [("007", "1.50", 2), ("8", "", 3)]


def test_a_cell_of_several_lines_is_one_row(raw: Path) -> None:
    found = read(raw, 'id,note\n1,"a\nb"\n2,"c, ""d"""\n')
    assert rows_of(found) == [("1", "a\nb", 2), ("2", 'c, "d"', 3)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_ending(raw: Path, end: str) -> None:
    assert rows_of(read(raw, f"id,n{end}1,a{end}2,b")) == [("1", "a", 2), ("2", "b", 3)]


def test_blank_rows_count_as_rows_but_not_at_the_end(raw: Path) -> None:
    found = read(raw, "id,n\n1,a\n\n , \n2,b\n\n,\n")
    assert rows_of(found) == [("1", "a", 2), ("2", "b", 5)]
    assert found.set_aside == [(3, "empty_row", ""), (4, "empty_row", "")]
    assert found.last_row == 5


def test_rows_with_another_number_of_fields_are_set_aside(raw: Path) -> None:
    found = read(raw, 'id,n\n1,a\n2\n"3\n3",c\n4,d,e\n5,f\n')
    assert rows_of(found) == [("1", "a", 2), ("3\n3", "c", 4), ("5", "f", 6)]
    assert found.set_aside == [
        (3, "malformed_row", "1 fields; the header has 2"),
        (5, "malformed_row", "3 fields; the header has 2"),
    ]


def test_titles_above_and_remarks_below(raw: Path) -> None:
    text = 'Ward register\n"of two\nlines"\nid,n\n1,a\n2,b\nTotal: 2\nprinted today,x\n\n'
    found = read(raw, text, header_row=3, footer_rows=2)
    assert rows_of(found) == [("1", "a", 4), ("2", "b", 5)]
    assert found.set_aside == [(6, "footer", "Total: 2"), (7, "footer", "printed today x")]
    assert [row for row, _ in found.above] == [1, 2]


def test_other_delimiters_and_no_quotes(raw: Path, tmp_path: Path) -> None:
    assert rows_of(read(raw, "id;n\n1;a,b\n", delimiter=";")) == [("1", "a,b", 2)]
    assert rows_of(read(tmp_path / "raw.tsv", "id\tn\n1\ta,b\n")) == [("1", "a,b", 2)]
    assert rows_of(read(raw, 'id,n\n1,"a\n2,b\n', quote="")) == [("1", '"a', 2), ("2", "b", 3)]


def test_a_trailing_delimiter_makes_no_column_but_unnamed_cells_do(raw: Path) -> None:
    assert read(raw, "id,n,\n1,a,\n").names == ["id", "n"]
    assert read(raw, "id,,n\n1,x,a\n").names == ["id", "column 2", "n"]


def test_compressed_text(tmp_path: Path) -> None:
    found = read(tmp_path / "raw.csv.gz", gzip.compress(b"id,n\n1,a\n"))
    assert rows_of(found) == [("1", "a", 2)]


@pytest.mark.parametrize(
    ("data", "declared", "encoding", "asked"),
    [
        (TEXT.encode(), "utf-8", "utf-8", []),
        (TEXT.encode("utf-8-sig"), "utf-8", "utf-8", []),
        (TEXT.encode("utf-16"), "detect", "utf-16-le", []),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-8", "utf-16-be", []),
        (TEXT.encode("gb18030"), "gb18030", "gb18030", []),
        (TEXT.encode("gb18030"), "detect", "gb18030", [("encoding_detected", None, None)]),
        (TEXT.encode(), "detect", "utf-8", [("encoding_detected", None, None)]),
        (TEXT.encode("utf-8-sig"), "detect", "utf-8", []),
    ],
)
def test_encodings(
    raw: Path, data: bytes, declared: str, encoding: str, asked: list[object]
) -> None:
    found = read(raw, data, encoding=declared)
    assert found.names == ["id", "姓名"]
    assert rows_of(found) == [("1", "张三", 2), ("2", "李四", 3)]
    assert (found.encoding, found.problems) == (encoding, asked)


def test_plain_ascii_is_no_guess(raw: Path) -> None:
    assert read(raw, b"id,n\n1,a\n", encoding="detect").problems == []


def test_undecodable_bytes_stop_with_byte_and_line(raw: Path) -> None:
    with pytest.raises(Stop, match=r"raw\.csv: not UTF-8 at byte 12, line 3\."):
        read(raw, b"id,n\n1,a\n2,\xff\n", encoding="utf-8")
    with pytest.raises(Stop, match=r"neither UTF-8 nor GB18030 \(first at byte 6, line 2\)"):
        read(raw, b"id,n\n\xff,a\n", encoding="detect")


def test_undecodable_bytes_far_into_a_large_file_are_found() -> None:
    data = b"id,n\n" + b"1234567,a\n" * 2_000_000 + "张".encode()[:2] + b"\n"
    with pytest.raises(Stop, match="byte 20000006, line 2000002"):
        to_utf8(data, "utf-8", "raw.csv")


@pytest.mark.parametrize("tail", ['2,"b\n3,c\n4,d\n', '2,b\n"3,c\n4,d\n', '2,"b\n3,c\n4,d'])
def test_a_quotation_mark_that_is_never_closed_stops(raw: Path, tail: str) -> None:
    with pytest.raises(Stop, match="a quotation mark is never closed"):
        read(raw, "id,n\n1,a\n" + tail)


def test_a_cell_that_swallowed_rows_is_asked_about(raw: Path) -> None:
    found = read(raw, 'id,n\n1,"a\n2,b\n3,"c"\n4,d\n')
    assert found.problems == [("suspect_quote", 2, None)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"is empty \(0 bytes\)"),
        ("id,n\n", "has column names but no rows"),
        ("id,n\n\n,\n", "has column names but no rows"),
        ("\n\n1,a\n", "no column names in row 1"),
        ("id,n,id\n1,a,2\n", "two columns of one name: columns 1, 3"),
        ("id;n\n1;a\n", "row 1 is one field with `;` in it"),
        ("Register\nid,n\n1,a\n2,b\n", "none of its 3 rows has 1 fields"),
        ("id,src_row\n1,a\n", "the column name src_row is reserved"),
        ("id,n\n1,a\0\n", r"not text \(a NUL byte at byte 9, line 2\)"),
        ("<html><table><tr><td>id</td></tr></table>", "its content is a web page or XML"),
        (b"PK\x03\x04rest", "its content is a zip archive"),
    ],
)
def test_what_cannot_be_a_table_stops(raw: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(Stop, match=message):
        read(raw, text)


def test_an_empty_file_is_right_where_it_is_declared(raw: Path) -> None:
    found = read(raw, "id,n\n", may_be_empty=True)
    assert (found.names, rows_of(found), found.last_row) == (["id", "n"], [], 1)


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8) | st.sampled_from(
    ['"', "a,b", 'say "x"', "two\nlines", "张三", " "]
)


@given(st.lists(st.tuples(st.text("ab1", min_size=1, max_size=3), CELL), min_size=1, max_size=20))
def test_every_table_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"'

    text = "id,n\n" + "".join(f"{quoted(a)},{quoted(b)}\n" for a, b in rows)
    found = read(tmp_path_factory.mktemp("raw") / "raw.csv", text)
    assert rows_of(found) == [(a, b, n) for n, (a, b) in enumerate(rows, 2)]


MARKED = {"utf-32": "utf-32-le", "utf-16": "utf-16-le", "gb18030": "gb18030"}


@pytest.mark.parametrize("encoding", MARKED)
def test_the_mark_of_an_encoding_is_no_part_of_the_first_header(
    tmp_path: Path, encoding: str
) -> None:
    mark = "\ufeff" if encoding == "gb18030" else ""
    data = f"{mark}住院号,n\n1,男\n".encode(encoding)
    for declared in ("detect", "gb18030"):
        found = read(tmp_path / "a.csv", data, encoding=declared)
        assert (found.names, rows_of(found)) == (["住院号", "n"], [("1", "男", 2)])
        assert found.encoding == MARKED[encoding]


def test_a_delimiter_behind_every_row_is_no_field(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "id,n\n1,a,\n2,b,\n3,c\n4,d,,\n5,e,\n")
    assert rows_of(found) == [("1", "a", 2), ("2", "b", 3), ("5", "e", 6)]
    assert found.set_aside == [
        (4, "malformed_row", "2 fields; most rows have 3, the last one blank"),
        (5, "malformed_row", "4 fields; most rows have 3, the last one blank"),
    ]


def test_a_value_behind_every_row_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="none of its 2 rows has 2 fields, as its header has .* have 3"):
        read(tmp_path / "a.csv", "id,n\n1,a,\n2,b,x\n")


def test_signs_that_nobody_sees_are_no_part_of_a_header(tmp_path: Path) -> None:
    found = read(tmp_path / "a.csv", "\u200bid\u200b,n\u00a0\u00a0 m,\u200b\n1,a,\n")
    assert (found.names, rows_of(found)) == (["id", "n m"], [("1", "a", 2)])
