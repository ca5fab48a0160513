"""What the finished study's report claims is there."""

from __future__ import annotations

import pytest

from tests.links import broken_links, links

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("reruns")]


@pytest.mark.parametrize("name", ["checklists.md", "index.html"])
def test_every_link_leads_to_what_it_names(finished, name):
    path = finished.path(f"results/report/{name}")
    assert len(links(path)) > 20
    assert broken_links(path) == []
