"""Write docs/rules.md: every rule, what it is for, what it comes after; from the workflow itself.

    python -m scripts.tools.rule_graph        (make docs)

Read from `snakemake --rulegraph` and the docstrings of the rule files, so that the page cannot tell
of a rule that is not there. Rules of one name with an ending of their own (`validate_{batch}`) are
one entry.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
MANY = 12  # names that a cell of the table still holds
PAGE = ROOT / "docs" / "rules.md"
NODE = re.compile(r"^\s*(id\d+)\[(\w+)\]", re.MULTILINE)
EDGE = re.compile(r"^\s*(id\d+) --> (id\d+)", re.MULTILINE)
RULE = re.compile(
    r'^[ \t]*rule(?: (?P<name>\w+))?:\n(?:\s+"""(?P<says>.*?)"""\n)?'
    r'(?:\s+name:\s+f"(?P<prefix>\w+)_\{[^\n]*\n)?',
    re.MULTILINE | re.DOTALL,
)
HEAD = re.compile(r'\A"""\n(?P<says>.*?)\n\n', re.DOTALL)
INTRODUCTION = """# Rules

Written by `make docs` from the workflow of the demonstration study; a test keeps it current. A
rule, its script in `scripts/` and its test in `tests/scripts/` carry one name. Between the files
below stand the gates: nothing is computed from a dataset before `gate_table` has let it through.
"""


class Entry(NamedTuple):
    """A rule: the file that it stands in (`Snakefile` without ending), and what it is for."""

    file: str
    says: str


def entries(file: str, text: str) -> dict[str, Entry]:
    """Rules of one rule file by name, in their order."""
    found = {}
    for match in RULE.finditer(text):
        name = match["name"] or f"{match['prefix']}_*"
        found[name] = Entry(file, " ".join((match["says"] or "").split()))
    return found


def edges(mermaid: str, known: set[str]) -> set[tuple[str, str]]:
    """Pairs (before, after) of rules, from Snakemake's own graph in Mermaid's words."""
    names = {node: _entry(name, known) for node, name in NODE.findall(mermaid)}
    pairs = {(names[a], names[b]) for a, b in EDGE.findall(mermaid)}
    return {(before, after) for before, after in pairs if before != after}


def _entry(name: str, known: set[str]) -> str:
    """The entry of a rule: its name, or that of the loop which made it."""
    if name in known:
        return name
    return next(k for k in known if k.endswith("_*") and name.startswith(k[:-1]))


def page(rules: dict[str, Entry], pairs: set[tuple[str, str]], heads: dict[str, str]) -> str:
    """The page: how the files follow each other, then the rules of each file.

    Parameters
    ----------
    rules
        Every rule, in the order of the files.
    pairs
        (before, after), as `edges` gives them.
    heads
        What each file is for, in the order in which they are shown.
    """
    before = defaultdict(set)
    for first, then in pairs:
        before[then].add(first)
    between = reduced({(rules[a].file, rules[b].file) for a, b in pairs})
    lines = [INTRODUCTION, "```mermaid", "flowchart TB"]
    lines += [f"    {a} --> {b}" for a, b in sorted(between)]
    lines += ["```", ""]
    for file, says in heads.items():
        own = {name: entry for name, entry in rules.items() if entry.file == file}
        if own:
            lines += [
                f"## {file}",
                "",
                says,
                "",
                "| rule | what it is for | comes after |",
                "|---|---|---|",
            ]
            for name, entry in own.items():
                lines.append(f"| `{name}` | {entry.says} | {_listed(before[name])} |")
            lines.append("")
    return "\n".join(lines)


def reduced(pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Rule files that follow each other, without what other pairs already say.

    Gates stand between all of them, so their file is left out.
    """
    kept = {(a, b) for a, b in pairs if a != b and "quality" not in (a, b)}
    after = defaultdict(set)
    for a, b in kept:
        after[a].add(b)

    def reach(start: str, seen: set[str]) -> set[str]:
        for then in after[start] - seen:
            seen |= {then}
            reach(then, seen)
        return seen

    reached = {file: reach(file, set()) for file in {f for pair in kept for f in pair}}
    return {
        (a, b)
        for a, b in kept
        if not any(
            b in reached[c] and a not in reached[c] and c not in reached[b] for c in after[a] - {b}
        )
    }


def _listed(names: set[str]) -> str:
    return f"{len(names)} rules" if len(names) > MANY else ", ".join(sorted(names))


def make_page(mermaid: str) -> str:
    """The page for this checkout, from Snakemake's graph of it."""
    rules: dict[str, Entry] = {}
    heads = {}
    files = re.findall(r'include: "(rules/\w+\.smk)"', (ROOT / "Snakefile").read_text())
    for name in [*files, "Snakefile"]:
        text = (ROOT / name).read_text(encoding="utf-8")
        rules |= entries(Path(name).stem, text)
        head = HEAD.match(text)
        heads[Path(name).stem] = " ".join(head["says"].split()) if head else ""
    return page(rules, edges(mermaid, set(rules)), heads)


def main() -> None:
    """Ask Snakemake for its graph, and write the page."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "mermaid-js", "--forceall"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    PAGE.write_text(make_page(done.stdout), encoding="utf-8")


if __name__ == "__main__":
    main()
