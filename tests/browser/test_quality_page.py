"""The data-quality page in a browser: opens from a file, filters, asks for nothing."""

from __future__ import annotations

import pytest

from scripts.lib.quality.quality_page import write_page
from tests.browser.browser import use
from tests.scripts.test_render_quality import SETTINGS, study

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "index.html"
    path.write_text(write_page(study(tmp_path), SETTINGS)[0], encoding="utf-8")
    return path


def test_searches_and_filters_leave_what_they_should(page):
    told = use(page, """
      told.first = [seen("tr.check"), seen("tr.finding"), get("check-count").textContent];
      set("check-status", "fail"); set("finding-severity", "warning");
      told.failed = [seen("tr.check"), seen("tr.finding"), seen("details.table")];
      set("check-severity", "warning");
      told.warned = texts("tr.check:not([hidden]) code");
      get("check-all").click();
      told.all = [seen("tr.check"), seen("details.table")];
      set("check-text", "STATEMENT pat-002");
      told.searched = texts("tr.check:not([hidden]) code");
      set("finding-severity", ""); set("finding-text", "question 1");
      told.finding = [seen("tr.finding"), get("finding-count").textContent];
    """)  # fmt: skip
    assert told["first"] == [7, 3, "7 of 7 checks"]
    assert told["failed"] == [2, 2, 1]
    assert told["warned"] == ["reading.unknown_code"]
    assert told["all"] == [7, 3]
    assert told["searched"] == ["PAT-002"]
    assert told["finding"] == [1, "1 shown"]


def test_a_count_of_the_matrix_shows_its_checks_and_a_word_its_columns(page):
    told = use(page, """
      document.querySelector(
        '.matrix button[data-table="patients"][data-category="plausibility"][data-status="fail"]'
      ).click();
      told.shown = texts("tr.check:not([hidden]) code");
      const tables = [...document.querySelectorAll("details.table")];
      told.open = tables.filter(d => d.open).map(d => d.id);
      set("missing-text", "kps");
      told.clear = [...document.querySelectorAll(".missing g[data-table]:not(.dim)")]
        .map(g => g.dataset.table);
    """)  # fmt: skip
    assert told["shown"] == ["PAT-002", "reading.unknown_code"]
    assert told["open"] == ["patients"]
    assert told["clear"] == ["patients"]


def test_no_request_leaves_the_page_and_its_own_policy_forbids_any(page):
    told = use(page, "")
    assert told["asked"] == [] and told["blocked"] == []
    tried = use(page, 'fetch("https://example.org/").catch(() => {}); new Image().src = "x.png";')
    assert sorted(tried["blocked"]) == ["file", "https://example.org/"]


def test_a_link_to_a_table_opens_it(page):
    told = use(page, 'told.open = get("adsl").open;', anchor="adsl")
    assert told["open"] is True
