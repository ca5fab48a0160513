"""Columns by distinct text: raw text -> typed value and rule broken."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pyarrow as pa
import pytest

from scripts.lib.config.source_columns import Column
from scripts.lib.reading.codelists import CodeList
from scripts.lib.reading.values import convert

TABLE = {"typed": False, "date1904": False, "sentinel_dates": ["1900-01-01"]}
NONE = None


def spec(**given: Any) -> dict[str, Any]:
    column = Column.model_validate({"from": "x"} | given).model_dump(mode="json")
    return column | {"missing": column["missing"] or ["NA", "未知"]}


def read(text: str, codes: Any = None, typed: Any = False, **given: Any) -> Any:
    """The value of `text`, and the first rule that it broke."""
    done = convert(pa.array([text]), spec(**given), TABLE | {"typed": typed}, codes)
    value = done.values[0].as_py()
    return value, next(iter(done.broken), None)


@pytest.mark.parametrize("kind", ["text", "integer", "number", "date"])
@pytest.mark.parametrize("text", ["", "  ", "NA", "na ", "ＮＡ", "未知"])
def test_missing_words_are_null_and_no_problem(kind: str, text: str) -> None:
    formats = {"formats": ["%Y-%m-%d"]} if kind == "date" else {}
    assert read(text, type=kind, **formats) == (None, None)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("3", 3, None),
        ("3.0", 3, None),
        ("+3", 3, None),
        ("-3", -3, None),
        ("３", 3, None),
        (" 3 ", 3, None),
        ("1e2", 100, None),
        ("3.5", None, "not_an_integer"),
        ("three", None, "not_a_number"),
        ("3 to 4", None, "not_a_number"),
        ("<3", None, "not_a_number"),
        ("nan", None, "not_a_number"),
        ("inf", None, "not_a_number"),
        ("1e30", None, "out_of_range"),
        ("9007199254740993", None, "out_of_range"),
    ],
)
def test_integers(text: str, value: int | None, rule: str | None) -> None:
    assert read(text, type="integer") == (value, rule)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("70.5", 70.5, None),
        ("70.5kg", 70.5, None),
        ("70.5 ＫＧ", 70.5, None),
        ("141斤", 70.5, None),
        ("70500 g", 70.5, None),
        ("70.5 lb", None, "not_a_number"),
        ("kg", None, "not_a_number"),
        ("19.9", None, "out_of_range"),
        ("300", 300.0, None),
        ("300.1", None, "out_of_range"),
    ],
)
def test_numbers_with_unit_and_range(text: str, value: float | None, rule: str | None) -> None:
    units = {"unit": "kg", "units": {"斤": 0.5, "g": 0.001}}
    assert read(text, type="number", min=20, max=300, **units) == (value, rule)


NO_NUMBERS = (
    "10²", "5²", "80¹", "²", "3.2×10⁹", "①", "⑩", "⒈", "½", "1½", "𝟏𝟐", "٣", "3₂", "5\u0338", "1 5",
    "50%", "<5", ">100", "≥5", "(5)", "+-5", "5-", "5.", "1_000", "0x10", "三", "O", "TRUE", "#N/A",
    "#FORMULA!", "−5", "1.2.3", "1,5", "5\0", "5\u20e3",
)  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS)
@pytest.mark.parametrize("kind", ["number", "integer"])
def test_what_only_looks_like_a_number_is_asked_about(text: str, kind: str) -> None:
    assert read(text, type=kind) == (None, "not_a_number")


@pytest.mark.parametrize("text", ["2023-01-0²", "2023年①月5日", "٢٠٢٣-٠١-٠٥", "44260²", "㋀5日"])
def test_what_only_looks_like_a_date_is_asked_about(text: str) -> None:
    formats = ["%Y-%m-%d", "%Y年%m月%d日", "excel"]
    assert read(text, type="date", formats=formats) == (None, "unreadable_date")


@pytest.mark.parametrize("text", ["1\u200b2", "\ufeff12", "１２", "1\u00ad2", "\u00a012\u3000"])
def test_signs_that_nobody_sees_change_no_number(text: str) -> None:
    assert read(text, type="number") == (12.0, None)


@pytest.mark.parametrize("text", ["22.5 kg/m²", "22.5kg/m2", "22.5 KG/M₂", "22.5ｋｇ/㎡"])
@pytest.mark.parametrize("unit", ["kg/m²", "kg/m2"])
def test_a_unit_is_the_same_with_a_superscript(text: str, unit: str) -> None:
    assert read(text, type="number", unit=unit) == (22.5, None)


def test_letters_that_fold_into_digits_are_no_code() -> None:
    codes = CodeList({"12": "x", "①": "one"}, ())
    column = {"type": "code", "codelist": "c", "codes": codes}
    assert read("1²", **column) == (None, "unknown_code")
    assert read("①", **column) == ("one", None)


@pytest.mark.parametrize("text", ["#N/A", "#ref!", "#FORMULA!", " #DIV/0! "])
def test_an_error_of_the_workbook_is_no_value_of_any_type(text: str) -> None:
    codes = CodeList({}, ((re.compile("a|f", re.IGNORECASE), "x"),))
    assert read(text) == (None, "error_cell")
    for kind in ("code", "codes"):
        assert read(text, type=kind, codelist="c", codes=codes) == (None, "unknown_code")
    assert read(text, type="date", formats=["%Y-%m-%d"], typed=True) == (None, "unreadable_date")
    assert read(text, missing=[text.strip()]) == (None, None)


def test_a_declared_decimal_mark_is_enforced() -> None:
    comma = {"type": "number", "decimal": ","}
    for text in ("1.234", "1.5", ".5", "1.234,5"):
        assert read(text, **comma) == (None, "not_a_number")
    grouped = comma | {"thousands": "."}
    assert [read(t, **grouped)[0] for t in ("1.234,5", "1.234", "1.5", "12.34", "1,5")] == [
        1234.5, 1234.0, None, None, 1.5,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("points", "expected"),
    [("declared", 1234.0), ("cells", 1.234), ("unclear", None)],
)
def test_a_point_of_a_true_number_cell_is_its_decimal_mark(points: str, expected: Any) -> None:
    column = spec(type="number", decimal=",", thousands=".")
    texts = pa.array(["1.234", "1,5", "1.234,5"])
    found = convert(texts, column, TABLE | {"points": points}, None).values.to_pylist()
    assert found == [expected, 1.5, 1234.5]


@pytest.mark.parametrize("text", ["1905-07-15", "1900-02-14", "1905-07-15 00:00:00"])
def test_a_bare_year_typed_into_a_date_cell_is_no_date(text: str) -> None:
    assert read(text, type="date", formats=["%Y-%m-%d"], typed=True) == (None, "unreadable_date")
    assert read("1900-01-01", type="date", formats=["%Y-%m-%d"], typed=True) == (
        None,
        None,
    )  # means missing
    assert read("1920-07-15", type="date", formats=["%Y-%m-%d"], typed=True)[1] is None


def test_decimal_marks() -> None:
    assert read(".5", type="number") == (0.5, None)
    assert read("70,5", type="number", decimal=",") == (70.5, None)
    assert read("70,5", type="number") == (None, "not_a_number")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234", 1234.0),
        ("-1,234,567.5", -1234567.5),
        ("１，２３４", 1234.0),
        ("234.5", 234.5),
        ("1234", 1234.0),
        ("1,234 mg", 1234.0),
        ("0,123", None),  # no thousands: a comma for a point
        ("1,23", None),
        ("1,2345", None),
        ("12,34,567", None),
        (",234", None),
        ("1,234.5,6", None),
    ],
)
def test_marks_between_thousands_stand_at_every_thousand(text: str, value: float | None) -> None:
    found = read(text, type="number", thousands=",", unit="mg")
    assert found == (value, None if value else "not_a_number")


def test_other_marks_between_thousands() -> None:
    assert read("1.234,5", type="number", thousands=".", decimal=",") == (1234.5, None)
    assert read("1\u00a0234,5", type="number", thousands=" ", decimal=",") == (1234.5, None)
    assert read("1'234.5", type="number", thousands="'") == (1234.5, None)
    assert read("1,234", type="number") == (None, "not_a_number")
    assert read("0.123", type="number", thousands=".", decimal=",") == (None, "not_a_number")


def test_words_for_numbers_come_from_a_code_list() -> None:
    codes = CodeList({"grade 3": "3"}, ((re.compile("^severe"), "3"),))
    given = {"type": "integer", "codelist": "grades"}
    assert [read(t, codes, **given)[0] for t in ("Grade 3", "severe", "2")] == [3, 3, 2]
    assert read("grade x", codes, **given) == (None, "not_a_number")


def test_truth_comes_from_a_code_list() -> None:
    codes = CodeList({"yes": "true", "是": "true", "no": "FALSE", "n/k": ""}, ())
    given = {"type": "boolean", "codelist": "yes_no"}
    assert [read(t, codes, **given) for t in ("YES", "是", "no", "n/k", "maybe")] == [
        (True, None),
        (True, None),
        (False, None),
        (None, None),
        (None, "unknown_code"),
    ]


def test_text_keeps_its_characters_but_not_outer_spaces() -> None:
    assert read(" T３N１ \n", type="text") == ("T３N１", None)


def test_lost_characters_are_asked_about_and_kept() -> None:
    assert read("small cell car\ufffdinoma", type="text") == (
        "small cell car\ufffdinoma",
        "replacement_character",
    )


def test_dates_and_their_rules() -> None:
    given = {"type": "date", "formats": ["%d/%m/%Y", "%m/%d/%Y", "partial:%Y-%m"]}
    assert [read(text, **given) for text in ("13/04/2021", "03/04/2021", "x", "2021-04")] == [
        (dt.datetime(2021, 4, 13), None),
        (None, "ambiguous_date"),
        (None, "unreadable_date"),
        (dt.datetime(2021, 4, 15), "partial_date_imputed"),
    ]


def test_sentinel_dates_mean_missing_in_whatever_form() -> None:
    given = {"type": "date", "formats": ["%d/%m/%Y", "excel"]}
    assert [read(text, **given) for text in ("01/01/1900", "1")] == [(None, None)] * 2


def test_true_dates_of_a_workbook_need_no_format() -> None:
    given = {"type": "date", "formats": ["%d/%m/%Y"]}
    assert read("2021-03-05", typed=True, **given) == (dt.datetime(2021, 3, 5), None)
    assert read("2021-03-05 13:45:00", typed=True, **given) == (dt.datetime(2021, 3, 5), None)
    assert read("2021-03-05", **given) == (None, "unreadable_date")
