"""The bar on every page says what results/status.js says, or that the state is not known."""

from __future__ import annotations

import pytest

from scripts.lib.code import ROOT
from scripts.lib.pages import environment
from scripts.lib.plan import status
from tests.browser.browser import use

pytestmark = pytest.mark.browser

PAGE = """{% from "status.html.j2" import status_bar %}<!DOCTYPE html><html><head>
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'self' file:">
</head><body>{{ status_bar("..") }}</body></html>"""
TELL = """
  const bar = get("study-state");
  told.kind = bar.className; told.first = bar.firstElementChild.textContent;
  told.more = bar.lastElementChild.textContent; told.tags = seen("#study-state b");
  told.height = bar.offsetHeight;
"""


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "results/report/index.html"
    path.parent.mkdir(parents=True)
    templates = environment(ROOT / "scripts/templates")
    path.write_text(templates.from_string(PAGE).render(), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("write", "kind", "first"),
    [
        (lambda: status.write_complete(["one"], {}), "complete", "COMPLETE"),
        (lambda: status.write_partial("quality", ["one"]), "partial", "PARTIAL: quality"),
        (lambda: status.write_stopped("</script><b>x", ["one"]), "stopped",
         "STOPPED: </script><b>x"),
    ],
)  # fmt: skip
def test_the_first_line_is_shown_and_the_rest_on_request(page, write, kind, first):
    write()
    told = use(page, TELL)
    assert told["kind"] == f"study-state {kind} more"
    assert (told["first"], told["more"]) == (f"State of the study: {first}", "one")
    assert told["tags"] == 0 and told["blocked"] == []


def test_without_the_file_the_state_is_not_known_at_the_same_height(page):
    before = use(page, TELL)
    assert before["first"].endswith("not known: see results/STATUS")
    assert before["kind"] == "study-state stopped"
    status.write_complete([], {})
    assert use(page, TELL)["height"] == before["height"]


def test_without_javascript_the_page_says_where_to_look(page):
    assert "<summary>State of the study: see results/STATUS</summary>" in page.read_text("utf-8")
