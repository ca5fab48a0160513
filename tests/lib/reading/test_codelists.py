"""Code lists: raw text -> code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts.lib.errors import Stop
from scripts.lib.reading.codelists import (
    CodeList,
    check_codelists,
    check_missing_words,
    read_codelist,
    read_levels,
)


def codelist(tmp_path: Path, text: str) -> CodeList:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return read_codelist(path)


DRUGS = """raw,value,match
EP,etoposide,exact
etoposide|依托泊苷|VP-?16,etoposide,regex
cisplatin|顺铂,cisplatin,regex
carboplatin|卡铂,carboplatin,regex
"""
SITES = "raw,value\nbrain,brain\nliver,liver\n脑,brain\nnone,\n"


def test_exact_entries_ignore_case_width_and_spaces(tmp_path: Path) -> None:
    sex = codelist(tmp_path, "raw,value\nmale,M\n男,M\nFemale  patient,F\n")
    texts = ["MALE", " male ", "ｍａｌｅ", "男", "female patient"]
    assert [sex.one(text) for text in texts] == [("M", None)] * 4 + [("F", None)]


def test_blanks_and_invisible_signs_around_a_value_are_no_part_of_it(tmp_path: Path) -> None:
    codes = codelist(tmp_path, "raw,value ,match\n死亡,dead , exact\nD,\u3000dead\u200b,\n无, ,\n")
    assert [codes.one(text) for text in ("死亡", "d", "无")] == [("dead", None)] * 2 + [
        (None, None)
    ]
    assert codes.values == {"dead"}
    assert read_levels(tmp_path / "list.csv") == ["dead"]


def test_a_code_is_named_with_its_row(tmp_path: Path) -> None:
    codes = codelist(tmp_path, "raw,value,match\nx,a,\n\nb+,b,regex\n")
    assert codes.row_of("b").endswith("list.csv, row 4")
    assert codes.row_of_pattern(codes.patterns[0][0]).endswith("list.csv, row 4")


def test_an_unknown_text_gets_no_code(tmp_path: Path) -> None:
    assert codelist(tmp_path, "raw,value\nmale,M\n").one("mal") == (None, "unknown_code")


def test_an_entry_without_value_means_no_code_and_no_problem(tmp_path: Path) -> None:
    assert codelist(tmp_path, SITES).one("None") == (None, None)


def test_an_exact_entry_decides_before_regular_expressions(tmp_path: Path) -> None:
    codes = codelist(tmp_path, "raw,value,match\npd,PD,exact\nd,SD,regex\n")
    assert codes.one("PD") == ("PD", None)


def test_two_expressions_with_different_codes_are_ambiguous(tmp_path: Path) -> None:
    codes = codelist(tmp_path, "raw,value,match\nprogress,pd,regex\ntoxic,ae,regex\nAE,ae,regex\n")
    assert codes.one("progression, toxicity") == (None, "ambiguous_code")
    assert codes.one("toxicity (AE)") == ("ae", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("顺铂 75mg + 依托泊苷 100mg d1-3", ("cisplatin;etoposide", None)),
        ("VP16", ("etoposide", None)),
        ("EP", ("etoposide", None)),
        ("aspirin", (None, "unknown_code")),
    ],
)
def test_all_codes_found_in_a_free_text(
    tmp_path: Path, text: str, expected: tuple[str | None, str | None]
) -> None:
    assert codelist(tmp_path, DRUGS).all(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("liver; Brain", ("brain;liver", None)),
        ("肝，脑", ("brain", "unknown_code")),
        ("none", (None, None)),
        ("liver;spleen", ("liver", "unknown_code")),
        ("liver;;", ("liver", None)),
    ],
)
def test_a_list_of_words_is_known_word_by_word(
    tmp_path: Path, text: str, expected: tuple[str | None, str | None]
) -> None:
    assert codelist(tmp_path, SITES).all(text) == expected


def test_with_a_declared_separator_every_piece_must_be_known(tmp_path: Path) -> None:
    drugs = codelist(tmp_path, DRUGS)
    assert drugs.all("cisplatin+etoposide", r"\+") == ("cisplatin;etoposide", None)
    assert drugs.all("cisplatin+aspirin", r"\+") == ("cisplatin", "unknown_code")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("raw,value\nyes,Y\nYES,N\n", "row 3: row 2 gives the same text another value"),
        ("raw,value,match\nyes,Y,fuzzy\n", "row 2: match `fuzzy` is neither"),
        ("raw,value,match\n(yes,Y,regex\n", "row 2: not a regular expression"),
        ("text,code\nyes,Y\n", "the columns must be raw,value"),
        ("raw,value\nyes,no,Y\n", "row 2: 2 fields are wanted"),
        ("raw,value\nEP,EP\n顺铂,ep\n", "row 3: the value `ep` differs from `EP` of row 2 in case"),
        (
            "raw,value,match\nbrain|,brain,regex\n",
            "row 2: the regular expression matches the empty",
        ),
        ("raw,value,match\n\n(a+)+$,a,regex\n", "row 3: the regular expression can take for ever"),
        ("raw,value,match\nbrain |liver,a,regex\n", "row 2: the regular expression begins or ends"),
    ],
)
def test_a_bad_code_list_stops_with_its_row(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(Stop, match=r"list\.csv") as stop:
        codelist(tmp_path, text)
    assert message in str(stop.value)


def test_a_missing_code_list_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="is missing"):
        read_codelist(tmp_path / "nowhere.csv")


def test_a_word_that_is_missing_and_a_code_stops(tmp_path: Path) -> None:
    lists = {"history": codelist(tmp_path, "raw,value\n无,no\n有,yes\n不详,\n")}
    column: dict[str, Any] = {"codelist": "history", "missing": ["不详", " 无 "]}
    other = {"codelist": None, "missing": ["无"]}
    tables = {"patients": {"columns": {"smoking": column, "remark": other}}}
    with pytest.raises(Stop) as stop:
        check_missing_words(tables, lists)
    assert str(stop.value).startswith(
        "config/sources.yaml: tables.patients.columns.smoking: ` 无 ` is one of its `missing` "
        "words, and a code in config/codelists/history.csv. Take it out of one of them"
    )
    column["missing"] = ["不详"]
    check_missing_words(tables, lists)


def test_all_mistakes_of_a_list_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(Stop) as stop:
        codelist(tmp_path, "raw,value,match\na,A,\n(b,B,regex\na,C,\nd,a,\ne,E,fuzzy\n")
    assert [f"row {row}:" in str(stop.value) for row in (3, 4, 5, 6)] == [True] * 4


def test_all_bad_code_lists_are_said_at_once(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("raw,value\nyes,Y\n")
    bad.write_text("raw\nyes\n")
    check_codelists([str(good)])
    with pytest.raises(Stop) as stop:
        check_codelists([str(bad), str(good), str(tmp_path / "lost.csv")])
    assert "bad.csv: the columns must be" in str(stop.value)
    assert "lost.csv is missing" in str(stop.value)


def test_a_list_without_a_row_of_names_shows_no_word_of_its_first_row(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="0 of its 2 are so called") as stop:
        codelist(tmp_path, "Zhang San,yes\nno,no\n")
    assert "Zhang" not in str(stop.value)
