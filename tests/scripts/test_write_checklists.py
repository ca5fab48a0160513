"""Every item is found, or left to the authors; nothing is claimed that the study does not have."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.display.anchors import anchor, on_page
from scripts.lib.display.checklists import AUTHORS, NOT_HERE, read_checklists
from scripts.lib.plan.checklists_settings import METHODS, checklists
from scripts.lib.plan.methods_settings import methods as methods_settings
from scripts.write_checklists import main
from scripts.write_methods import methods
from tests.inputs import Inputs
from tests.links import broken_links
from tests.scripts.test_write_methods import FOUND

FOLDER = Path("scripts/assets/checklists")
FILES = [FOLDER / "strobe.yaml", FOLDER / "record.yaml"]
CONFIG = load_config("config")
EXAMPLE = load_config("examples/nsclc_osimertinib/config")
# the items of STROBE for cohort studies, and those that RECORD adds
STROBE = (
    "1a 1b 2 3 4 5 6a 6b 7 8 9 10 11 12a 12b 12c 12d 12e 13a 13b 13c 14a 14b 14c 15 16a 16b 16c 17 "
    "18 19 20 21 22"
)
RECORD = "1.1 1.2 1.3 6.1 6.2 6.3 7.1 12.1 12.2 12.3 13.1 19.1 22.1"


def read(config):
    return read_checklists(FILES, checklists(config)["links"])


def test_all_items_of_both_statements_are_there_once():
    strobe, record = read(CONFIG)
    assert " ".join(item.id for item in strobe.items) == STROBE
    assert " ".join(item.id for item in record.items) == RECORD


@pytest.mark.parametrize("config", [CONFIG, EXAMPLE], ids=["demonstration", "example"])
def test_every_item_says_something(config):
    for checklist in read(config):
        for item in checklist.items:
            assert item.links or item.words, item.id


def test_what_a_workflow_cannot_know_is_left_to_the_authors():
    words = {item.id: item.words for item in read(CONFIG)[0].items}
    for number in ("2", "3", "18", "20", "21", "22"):
        assert words[number].startswith(AUTHORS)


def test_what_the_study_does_not_have_is_not_claimed():
    off = copy.deepcopy(CONFIG)
    off["sensitivity"]["enabled"] = False
    off["report"]["figures"]["attrition"] = {}
    addresses = [a for c in read(off) for item in c.items for _, a in item.links]
    assert not [a for a in addresses if a.endswith("_table") or "figure_flow" in a]
    flow = next(item for item in read(off)[0].items if item.id == "13c")
    assert (flow.links, flow.words) == ([], f"{NOT_HERE}.")


def test_an_unknown_key_is_an_error(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("title: A\nsource: B\nitems: [{id: 1, part: P, asks: Q, found: [nowhere]}]\n")
    with pytest.raises(KeyError, match="nowhere"):
        read_checklists([path], checklists(CONFIG)["links"])


def test_sections_of_the_methods_that_items_name_are_written():
    titles = {section.title for section in methods(methods_settings(CONFIG), FOUND)}
    assert set(METHODS.values()) <= titles


def test_the_text_is_written_with_links_that_are_relative_to_it(tmp_path):
    folder = tmp_path / "results" / "report"
    folder.mkdir(parents=True)
    path = folder / "checklists.md"
    output, settings = SimpleNamespace(checklists=path), checklists(CONFIG)
    main(SimpleNamespace(input=Inputs(checklists=FILES), output=output,
                         params=SimpleNamespace(settings=settings)))  # fmt: skip
    text = path.read_text(encoding="utf-8")
    assert "| 13c | Results | Flow diagram | [Flow chart](index.html#figure_flow) |" in text
    assert CONFIG["study"]["notice"] in text
    assert "../provenance.json" in broken_links(path)  # nothing is there yet, and it is noticed
    (tmp_path / "results" / "provenance.json").write_text("{}")
    assert "../provenance.json" not in broken_links(path)


def test_places_on_the_page():
    assert anchor("Rules as they ran") == "methods_rules_as_they_ran"
    assert on_page("index.html#table1") == "#table1"
    assert on_page("../provenance.json") == "../provenance.json"
