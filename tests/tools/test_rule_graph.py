"""The page of the rules tells what the workflow holds, and is current."""

from scripts.tools.rule_graph import PAGE, edges, entries, make_page, page, reduced
from tests.workflow.conftest import copy_project

RULE_FILE = '''"""
Head of the file.

OUTPUTS: none
"""

rule make_one:
    """Make one thing
    of two lines."""
    input:
        "a",

for batch in BATCHES:

    rule:
        """Check a batch."""
        name:
            f"check_{batch}"
        input:
            "b",
'''
GRAPH = """
    id0[make_one]
    id1[check_first]
    id2[check_second]
    id0 --> id1
    id0 --> id2
    id1 --> id2
"""


def test_rules_of_a_file_with_what_they_are_for():
    found = entries("things", RULE_FILE)
    assert {name: entry.says for name, entry in found.items()} == {
        "make_one": "Make one thing of two lines.",
        "check_*": "Check a batch.",
    }


def test_rules_of_a_loop_are_one_entry():
    assert edges(GRAPH, {"make_one", "check_*"}) == {("make_one", "check_*")}


def test_an_arrow_that_others_imply_is_left_out():
    assert reduced({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}
    # two files that read each other: both arrows stay
    assert reduced({("a", "b"), ("b", "a")}) == {("a", "b"), ("b", "a")}


def test_a_row_says_what_a_rule_comes_after():
    rules = entries("things", RULE_FILE)
    text = page(rules, {("make_one", "check_*")}, {"things": "Head of the file."})
    assert "| `check_*` | Check a batch. | make_one |" in text


def test_the_page_is_current(tmp_path):
    """Else: `make docs`."""
    project = copy_project(tmp_path / "study")
    graph = project.snakemake("--rulegraph", "mermaid-js", "--forceall").output
    assert PAGE.read_text(encoding="utf-8") == make_page(graph)
