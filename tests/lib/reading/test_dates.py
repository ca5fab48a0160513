"""Dates as hospitals write them: text, formats declared -> day read."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.lib.folding import fold
from scripts.lib.reading.dates import EXCEL_EPOCH, format_regex, parse_dates

DAY = "2021-03-05"


def read(text: str, *formats: str, **options: object) -> str | None:
    dates = parse_dates(fold(pa.array([text])), formats, **options)  # type: ignore[arg-type]
    day = dates.values()[0].as_py()
    return day.date().isoformat() if day else None


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2021-03-05", "%Y-%m-%d"),
        ("2021-3-5", "%Y-%m-%d"),
        ("2021/3/5", "%Y/%m/%d"),
        ("20210305", "%Y%m%d"),
        ("2021年3月5日", "%Y年%m月%d日"),
        ("2021 年 3 月 5 日", "%Y年%m月%d日"),
        ("2021.3.5", "%Y.%m.%d"),
        ("05/03/2021", "%d/%m/%Y"),
        ("03/05/2021", "%m/%d/%Y"),
        ("5 Mar 2021", "%d %b %Y"),
        ("5-MARCH-2021", "%d-%B-%Y"),
        ("05/03/21", "%d/%m/%y"),
        ("２０２１－０３－０５", "%Y-%m-%d"),
        ("  2021-03-05\t", "%Y-%m-%d"),
        ("2021-03-05 00:00:00", "%Y-%m-%d"),
        ("2021-03-05T00:00:00.000Z", "%Y-%m-%d"),
        ("2021/3/5 0:00", "%Y/%m/%d"),
        ("3/5/2021 12:00:00 AM", "%m/%d/%Y"),
        ("2021-03-05 13:45", "%Y-%m-%d %H:%M"),
        ("2021-03-05 00:00:00", "%Y-%m-%d %H:%M:%S"),
        ("44260", "excel"),
        ("44260.0", "excel"),
        ("44260.75", "excel"),
        ("４４２６０", "excel"),
    ],
)
def test_each_declared_form_is_read(text: str, form: str) -> None:
    assert read(text, form) == DAY


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2021-02-29", "%Y-%m-%d"),
        ("2021-04-31", "%Y-%m-%d"),
        ("2021-13-01", "%Y-%m-%d"),
        ("2021-00-10", "%Y-%m-%d"),
        ("0000-01-01", "%Y-%m-%d"),
        ("21-03-05", "%Y-%m-%d"),
        ("2021-03-05 13:45", "%Y-%m-%d"),
        ("2021-03-05 and later", "%Y-%m-%d"),
        ("2021035", "%Y%m%d"),
        ("5 Mai 2021", "%d %b %Y"),
        ("0", "excel"),
        ("60", "excel"),  # 29 February 1900, which Excel believes in
        ("20210305", "excel"),
        ("-5", "excel"),
    ],
)
def test_what_is_no_day_of_that_form_is_not_read(text: str, form: str) -> None:
    assert read(text, form) is None


def test_leap_days_are_read() -> None:
    assert read("2024-02-29", "%Y-%m-%d") == "2024-02-29"
    assert read("2000-02-29", "%Y-%m-%d") == "2000-02-29"
    assert read("1900-02-29", "%Y-%m-%d") is None


def test_a_text_that_two_formats_read_differently_is_ambiguous() -> None:
    texts = pa.array(["03/04/2021", "13/04/2021", "04/04/2021", "04/13/2021"])
    dates = parse_dates(texts, ["%d/%m/%Y", "%m/%d/%Y"])
    assert dates.ambiguous.tolist() == [True, False, False, False]
    assert dates.values().to_pylist() == [
        None,
        dt.datetime(2021, 4, 13),
        dt.datetime(2021, 4, 4),
        dt.datetime(2021, 4, 13),
    ]


def test_a_bare_year_is_a_partial_date_and_no_serial_number() -> None:
    assert read("2021", "excel") is None
    assert read("2021", "excel", "partial:%Y") == "2021-07-15"


@pytest.mark.parametrize(
    "text", ["0", "-1", "1", "1899", "2023", "9999", "99999", "202301", "2958466"]
)
@pytest.mark.parametrize("form", ["excel", "excel1904"])
def test_years_codes_and_far_numbers_are_no_serial_numbers(text: str, form: str) -> None:
    assert read(text, form) is None


def test_serial_numbers_of_sentinel_dates_are_read_wherever_they_lie() -> None:
    days = [1 - EXCEL_EPOCH + 1, 2958465 - EXCEL_EPOCH]  # 1900-01-01, 9999-12-31
    assert [read(t, "excel", sentinels=days) for t in ("1", "2958465", "2")] == [
        "1900-01-01", "9999-12-31", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "form", "impute", "day", "low", "high"),
    [
        ("2021-03", "partial:%Y-%m", {"day": 15}, "2021-03-15", "2021-03-01", "2021-03-31"),
        ("2021-02", "partial:%Y-%m", {"day": 31}, "2021-02-28", "2021-02-01", "2021-02-28"),
        ("2021", "partial:%Y", {"month": 7, "day": 1}, "2021-07-01", "2021-01-01", "2021-12-31"),
        ("2021年3月", "partial:%Y年%m月", {"day": 1}, "2021-03-01", "2021-03-01", "2021-03-31"),
    ],
)
def test_partial_dates_take_the_declared_day_and_keep_their_bounds(
    text: str, form: str, impute: dict[str, int], day: str, low: str, high: str
) -> None:
    dates = parse_dates(pa.array([text]), [form], impute)
    bounds = [f"{array.astype('datetime64[D]')[0]}" for array in (dates.low, dates.high)]
    assert (read(text, form, impute=impute), *bounds) == (day, low, high)
    assert dates.partial[0]


def test_a_whole_date_is_not_partial_where_both_are_allowed() -> None:
    dates = parse_dates(pa.array([DAY, "2021-03"]), ["%Y-%m-%d", "partial:%Y-%m"])
    assert dates.partial.tolist() == [False, True]


def test_two_digit_years_turn_at_the_pivot() -> None:
    assert read("05/03/45", "%d/%m/%y", pivot=30) == "1945-03-05"
    assert read("05/03/21", "%d/%m/%y", pivot=30) == "2021-03-05"


def test_directives_that_touch_take_two_digits() -> None:
    assert format_regex("%Y%m%d") == r"^(?P<Y>\d{4})(?P<m>\d{2})(?P<d>\d{2})$"


DAYS = st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31))


@given(
    DAYS, st.sampled_from(["{:04}-{:02}-{:02}", "{}/{}/{}", "{:04}年{}月{}日", "{:04}{:02}{:02}"])
)
def test_every_day_survives_writing_and_reading(day: dt.date, form: str) -> None:
    text = form.format(f"{day.year:04}" if form == "{}/{}/{}" else day.year, day.month, day.day)
    formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"]
    assert read(text, *formats) == day.isoformat()


@given(st.dates(dt.date(1927, 5, 18), dt.date(2079, 12, 31)))
def test_every_excel_serial_number_is_its_day(day: dt.date) -> None:
    assert read(str((day - dt.date(1899, 12, 30)).days), "excel") == day.isoformat()


def test_the_two_systems_of_day_numbers() -> None:
    texts = pa.array(["9999", "10000", "44260", "42798", "65745"])
    for form, expected in {
        "excel": [None, "1927-05-18", "2021-03-05", "2017-03-04", "2079-12-31"],
        "excel1904": [None, "1931-05-19", "2025-03-06", "2021-03-05", None],
    }.items():
        found = parse_dates(texts, [form]).values().to_pylist()
        assert [day and f"{day:%Y-%m-%d}" for day in found] == expected, form
