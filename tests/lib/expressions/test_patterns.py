"""Regular expressions of code lists: folded as cells are, and fit to be searched."""

import re

import pytest

from scripts.lib.errors import Stop
from scripts.lib.expressions.patterns import (
    bounded,
    compile_pattern,
    refuse_endless,
    search,
)
from scripts.lib.folding import fold_text


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("Ⅳ", "Ⅳ期"),
        ("Ⅳ", "IV期"),
        ("ＩＶ", "iv期"),
        (r"\（广泛期\）", "小细胞肺癌（广泛期）"),
        ("（广泛期）", "小细胞肺癌(广泛期)"),
        ("[ⅢⅣ][ab]?期", "Ⅳb期"),
        ("[Ⅰ-Ⅳ]期", "III期"),
        ("[ａ-ｃ]x", "Ｂx"),
        ("Ⅳ?期", "期"),
        ("ﾄﾗｽ", "トラス"),
        ("small  cell", "Small   Cell"),
        ("small\u3000cell", "small cell"),
        ("ti\u200btle", "title"),
        (r"\bEP\b", "ep"),
        (r"a\S", "AB"),
    ],
)
def test_a_pattern_is_folded_as_the_cells_are(pattern, text):
    assert compile_pattern(pattern).search(fold_text(text))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("（广泛期）", "广泛期"), ("．", "x"), ("[（）]", "x"), ("Ⅳ", "i v"), ("[a-c]", "-")],
)
def test_what_is_folded_means_itself_and_no_sign_of_the_grammar(pattern, text):
    assert not compile_pattern(pattern).search(fold_text(text))


@pytest.mark.parametrize(
    "pattern", ["brain|", "|brain", "(a|)", "a*", ".*", "^", "a?b?", "^.*$", "()"]
)
def test_a_pattern_that_fits_every_cell_is_refused(pattern):
    with pytest.raises(ValueError, match="matches the empty text"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["^(?!.*(?:a|b))", ".+", "a|b", "(?<![a-z])ep(?![a-z])", "^a$"])
def test_a_condition_on_the_text_is_no_empty_pattern(pattern):
    compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$", "(a|a)*b", r"(\w+\s?)+$", "(x+x+)+y", "(a|b|ab)*c", "(.*,)*x", "(a?b?)+c",
        "(a{1,30})+$", "([a-z]+)*1", "(?:(?:a|aa)+,?)+;", "(?=(a+)+$)a", "(ab|a|b)+?c",
    ],
)  # fmt: skip
def test_a_pattern_that_backtracks_without_end_is_refused(pattern):
    with pytest.raises(ValueError, match="can take for ever"):
        refuse_endless(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "([0-9]{4})+x", r"(\d{1,3},)+x", "(?:ab+)+c", "((a+)b)+", r"(iv[abc]?\s*)+x", "(?>a+)+b",
        ".*foo.*bar", "(a|b)+c", r"^(?!.*(?:primary|secondary))", "(ab|ac)*d", "[a-z]+[0-9]*",
    ],
)  # fmt: skip
def test_a_pattern_that_reads_a_text_in_one_way_is_not(pattern):
    refuse_endless(pattern)


def test_a_search_that_takes_too_long_is_stopped_with_the_line_of_its_list():
    slow = re.compile("a*a*a*a*a*a*a*a*a*a*$")
    with (
        pytest.raises(Stop, match=r"drugs\.csv, row 7: takes more than 0\.1 seconds on one cell"),
        bounded(lambda pattern: "drugs.csv, row 7" if pattern is slow else "", seconds=0.1),
    ):
        search(slow, "a" * 400 + "b")


def test_many_quick_searches_are_not_stopped():
    quick = re.compile("b")
    with bounded(lambda pattern: "", seconds=0.01):
        for _ in range(200_000):
            search(quick, "aaaa")
