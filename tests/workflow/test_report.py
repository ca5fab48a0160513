"""What the finished study's report and tables claim is there."""

from __future__ import annotations

import pytest

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.printed_table import read_printed_table
from tests.footnotes import p_rows, stale, unnamed
from tests.links import broken_links, links

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["checklists.md", "index.html"])
def test_every_link_leads_to_what_it_names(finished, name):
    path = finished.path(f"results/report/{name}")
    assert len(links(path)) > 20
    assert broken_links(path) == []


def test_the_footnotes_of_every_table_name_the_tests_behind_its_own_p_values(finished):
    ard = ArdIndex.read(*sorted(finished.path("results/ard").glob("*.csv")))
    paths = sorted(finished.path("results/tables").glob("*.json"))
    tables = [read_printed_table(p) for p in paths if "." not in p.stem]
    assert {t.id: unnamed(t, ard) for t in tables if unnamed(t, ard)} == {}
    assert {t.id: stale(t, ard) for t in tables if stale(t, ard)} == {}
    assert sum(bool(list(p_rows(table, ard))) for table in tables) > 10
