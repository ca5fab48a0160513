"""Which project files a script runs, so that a step reruns when any of them changes.

Snakemake watches a rule's script by time stamp and the modules that it imports not at all. So the
code is an *input* of every rule, compared by content like data (docs/decisions/0001).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

IMPORT = re.compile(
    r"^[ \t]*(?:import[ \t]+(?P<module>scripts[\w.]*)"
    r"|from[ \t]+(?P<package>scripts[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n]+))",
    re.MULTILINE,
)
RELATIVE = re.compile(r"^[ \t]*from[ \t]+\.", re.MULTILINE)
ROOT = Path(__file__).resolve().parent.parent.parent


def _names(path: Path) -> Iterator[str]:
    """Names of the project modules that `path` imports, `from package import submodule` included.

    Found by pattern: parsing every file would take longer than all else that Snakemake does when
    there is nothing to do. A test holds the pattern against Python's own parser on every file.
    """
    text = path.read_text(encoding="utf-8")
    if RELATIVE.search(text):
        raise ValueError(f"{path.name}: relative import; write it from `scripts.` on")
    for match in IMPORT.finditer(text):
        if match["module"]:
            yield match["module"]
        else:
            yield match["package"]
            names = re.sub(r"#.*", "", match["names"].strip("()"))
            for name in names.split(","):
                yield f"{match['package']}.{name.split(' as ')[0].strip()}"


@cache
def _file(module: str) -> Path | None:
    """The project file that defines `module`; None for anything installed."""
    base = ROOT.joinpath(*module.split("."))
    return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)


@cache
def _imports(path: Path) -> frozenset[Path]:
    """Project files that `path` itself imports; read once, however many scripts share it."""
    return frozenset(file for file in map(_file, _names(path)) if file)


@cache
def modules(script: str) -> tuple[Path, ...]:
    """`script` and every project module that it imports, directly or not; absolute, sorted."""
    found: set[Path] = set()
    queue = [ROOT / script]
    while queue:
        path = queue.pop()
        if path not in found:
            found.add(path)
            queue.extend(_imports(path))
    return tuple(sorted(found))


def code(script: str) -> list[str]:
    """`modules(script)` relative to the working directory, for a rule's `input:`.

    Relative, so that moving a checkout reruns nothing; right under `--directory`, too.
    """
    here = os.getcwd()  # noqa: PTH109 - asked for nearly every rule
    return [_relative(path, here) for path in modules(script)]


@cache
def _relative(path: Path, here: str) -> str:
    return os.path.relpath(path, here)
