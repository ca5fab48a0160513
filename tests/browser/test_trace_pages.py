"""Traces in a browser: an address opens its number with its patients; searches find cells."""

from __future__ import annotations

import pytest

from scripts.lib.display.links import link
from scripts.write_traces import main
from tests.browser.browser import use
from tests.scripts.test_write_traces import job

pytestmark = pytest.mark.browser


@pytest.fixture
def pages(tmp_path):
    main(job(tmp_path))
    return tmp_path / "out/results/trace"


def test_an_address_opens_its_number_and_lists_its_patients(pages):
    key = "analysis=baseline; population=all; group=a; statistic=N"
    told = use(pages / "ard/baseline.html", """
      told.places = texts(".cell code"); told.here = texts(".stat.here");
      told.who = texts(".who a"); told.to = document.querySelector(".who a").getAttribute("href");
      told.count = get("shown").textContent;
    """, anchor=link(key).split("#")[1])  # fmt: skip
    assert told["places"] == ["group=a"]
    assert told["here"] == ["N 1 1 listed"]
    assert (told["who"], told["to"]) == (["P1"], "../subject/P1.html")
    assert told["count"] == "1 of 3 places"
    assert told["asked"] == told["blocked"] == []


def test_a_pseudonym_shows_where_the_patient_is_counted_and_a_button_who_is(pages):
    told = use(pages / "ard/baseline.html", """
      set("search", "P2"); told.places = texts(".cell code");
      document.querySelector(".cell button").click(); told.who = texts(".who a");
      document.querySelector(".cell button").click(); told.closed = texts(".who a");
    """)  # fmt: skip
    assert told["places"] == ["all", "group=b"]
    assert told["who"] == ["P1", "P2"] and told["closed"] == []


def test_cells_are_found_by_row_and_word(pages):
    told = use(pages / "cells.html", """
      told.first = get("shown").textContent;
      const only = (yes) => {
        get("deciding").checked = yes; get("deciding").dispatchEvent(new Event("change")); };
      const decides = () => texts("#found td:nth-child(4)");
      set("search", "treatments.csv row:3 start_date");
      told.found = texts("#found tr td:nth-child(2)"); told.decides = decides();
      set("search", ""); only(true);
      told.deciding = decides().filter(text => !text).length;
      set("search", "footer"); only(false); told.aside = decides();
    """)  # fmt: skip
    assert told["found"] == ["Begin (treatments.start_date)"]
    assert told["decides"] == ["BEGIN; LINES"]
    assert told["deciding"] == 0
    assert told["aside"] == ["set aside: footer"]
    assert told["asked"] == told["blocked"] == []


def test_patients_are_searched_on_the_way_in(pages):
    told = use(pages / "index.html", """
      set("search", "alpha twice"); told.rows = texts("#patients tbody tr:not([hidden]) td a");
      told.count = get("shown").textContent;
    """)  # fmt: skip
    assert told["rows"] == ["P3"] and told["count"] == "1 of 3"


def test_a_patients_page_asks_for_nothing(pages):
    told = use(pages / "subject/P1.html", 'told.svg = seen("svg.timeline");')
    assert told["svg"] == 1 and told["asked"] == told["blocked"] == []
