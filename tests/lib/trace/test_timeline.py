"""The time line shows every dated thing at its place, and nothing of its words as markup."""

from __future__ import annotations

import datetime as dt
import re
from xml.etree import ElementTree

from scripts.lib.trace.timeline import LEFT, RIGHT, WIDTH, Band, Item, Upright, draw, tone_of

FIRST, MIDDLE, LAST = dt.date(2020, 1, 1), dt.date(2020, 7, 1), dt.date(2020, 12, 31)


def test_bars_and_marks_stand_where_their_dates_are():
    svg = draw(
        [Band("Lane", [Item(FIRST, MIDDLE, "bar"), Item(LAST, None, "mark", "bad", "row-1")])], []
    )
    ElementTree.fromstring(svg)
    bar = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', svg)
    span = WIDTH - LEFT - RIGHT
    assert bar and float(bar[1]) == LEFT
    assert abs(float(bar[2]) - span * 182 / 365) < 0.1
    assert f'<circle cx="{WIDTH - RIGHT}"' in svg
    assert '<a href="#row-1"><g class="item bad"><title>2020-12-31: mark</title>' in svg


def test_words_are_no_markup():
    svg = draw([Band("<b>", [Item(FIRST, None, "a & <i>")])], [Upright(LAST, "x<y", "event")])
    ElementTree.fromstring(svg)
    assert "<b>" not in svg and "<i>" not in svg


def test_marks_of_one_day_stand_below_each_other():
    svg = draw([Band("Lane", [Item(FIRST, None, "one"), Item(FIRST, None, "two")])], [])
    assert len(set(re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', svg))) == 2


def test_an_end_before_its_start_is_a_mark():
    assert "<circle" in draw([Band("Lane", [Item(LAST, FIRST, "wrong")])], [])


def test_nothing_dated_draws_nothing():
    assert draw([Band("Lane", [])], []) == ""


def test_progression_and_death_are_red_and_responses_green():
    assert [tone_of(words) for words in (["PD"], ["dead", "x"], ["CR"], ["SD"])] == [
        "bad", "bad", "good", "",
    ]  # fmt: skip
