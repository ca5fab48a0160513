"""Layers: a module imports from its own layer and from those below it, never from above.

The order is that of `docs/architecture.md`. Late imports count like any other: what a function
imports when it is called, its module needs.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (
    ("lib",),  # what every step may use: errors, records, tables, texts
    ("statistics", "expressions"),
    ("config",),
    ("reading", "derivation"),
    ("analysis",),
    ("quality", "display", "profiling"),
    ("trace", "queries"),
    ("deliveries",),
    ("plan",),
    ("steps",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ALONE = ("tools", "demo")  # beside the product: nothing of it imports them
CIRCLES: set[frozenset[str]] = {  # modules that import each other; may only become fewer
    frozenset({"scripts.lib.errors", "scripts.lib.records"}),
    frozenset({"scripts.lib.reading.coded", "scripts.lib.reading.codelists"}),
    frozenset({"scripts.lib.profiling.reading", "scripts.lib.profiling.sheets"}),
}


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): path
        for path in sorted((ROOT / "scripts").rglob("*.py"))
    }


def place(module: str) -> str:
    """The folder of a module below scripts/lib; `lib` beside them; `steps`, or a folder alone."""
    parts = module.split(".")[1:]
    if parts[0] == "lib":
        return parts[1] if len(parts) > 2 else "lib"
    return parts[0] if len(parts) > 1 else "steps"


def imported(path: Path, known: dict[str, Path]) -> set[str]:
    """Project modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & known.keys() or {node.module} & known.keys()
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known.keys()
    return found


def imports() -> dict[str, set[str]]:
    known = modules()
    return {module: imported(path, known) for module, path in known.items()}


def wrong(of: dict[str, set[str]]) -> list[str]:
    """Imports against the order; folders of one layer do not import each other."""
    found = []
    for module, used in of.items():
        mine = place(module)
        for other in used:
            theirs = place(other)
            if theirs in ALONE and mine not in ALONE:
                found.append(f"{module} imports {other}, which stands apart")
            elif mine not in ALONE and not _may(mine, theirs):
                found.append(f"{module} ({mine}) imports {other} ({theirs})")
    return sorted(found)


def _may(mine: str, theirs: str) -> bool:
    if mine == theirs:
        return mine != "steps"
    return RANK[theirs] < RANK[mine]


def circles(of: dict[str, set[str]]) -> set[frozenset[str]]:
    """Groups of modules that import each other, directly or not."""
    reach = {module: _reach(module, of) for module in of}
    return {
        frozenset({module} | {other for other in reach[module] if module in reach[other]})
        for module in of
        if module in reach[module]
    }


def _reach(module: str, of: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    queue = [*of[module]]
    while queue:
        other = queue.pop()
        if other not in found:
            found.add(other)
            queue += of[other]
    return found


def test_every_import_points_down():
    assert wrong(imports()) == []


def test_no_modules_import_each_other_but_those_listed():
    assert circles(imports()) == CIRCLES


def test_every_folder_of_the_library_has_a_layer():
    folders = {place(module) for module in modules()}
    assert folders - set(ALONE) == set(RANK)


def test_the_documentation_states_this_order():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `(lib/)?([a-z*.]+)/?", text, re.MULTILINE)
    said = {("lib" if below else "steps") if name == "*.py" else name: int(layer)
            for layer, below, name in rows}  # fmt: skip
    assert said == {name: rank + 1 for name, rank in RANK.items()}


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("scripts.lib.statistics.cox", "scripts.lib.analysis.ard"),
        ("scripts.lib.quality.gates", "scripts.lib.display.labels"),
        ("scripts.lib.trace.members", "scripts.estimate_landmark"),
        ("scripts.write_ard", "scripts.release"),
        ("scripts.release", "scripts.demo.cohort"),
    ],
)
def test_an_import_against_the_order_is_found(module, other):
    assert len(wrong({module: {other}, other: set()})) == 1


def test_a_circle_over_a_third_module_is_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}
