"""Keep jobs quick: of what a package imports, no more than the job needs."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import LazyLoader, find_spec
from typing import Any

import pyarrow as pa


class _Without(MetaPathFinder):
    """Modules that are as if not installed."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def find_spec(self, name: str, *_: Any) -> None:
        if name in self._names:
            raise ModuleNotFoundError(f"{name} is left out to keep this job quick", name=name)


class _Late(MetaPathFinder):
    """Modules that are loaded when something is first asked of them, not when imported."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = set(names)

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name not in self._names:
            return None
        self._names.discard(name)  # from here on the others find it
        spec = find_spec(name)
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


@contextmanager
def importing(*, without: tuple[str, ...] = (), late: tuple[str, ...] = ()) -> Iterator[None]:
    """Import a large package: leave out what it can do without, load late what it rarely uses.

    What is loaded already stays. Nothing is collected meanwhile: all that an import makes remains.

    Parameters
    ----------
    without
        Optional modules of the package. Where it comes to need one, the import fails and names it.
    late
        Modules that it imports and that most jobs never use. Python's own `LazyLoader` loads one
        when it is used, so a package that comes to use it is slower, and right.
    """
    finders = [_Without(without), _Late(late)]
    sys.meta_path[:0] = finders
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
        for finder in finders:
            sys.meta_path.remove(finder)


def skip_pandas() -> None:
    """Let pyarrow believe that pandas is not installed, unless it is loaded already.

    pyarrow imports pandas at the first array that it makes, which costs more CPU (0.4 s) than all
    that ingest does with a small file; an extract of ten files has thirty such jobs. Called only
    where a script is run as a program: in that process `Table.to_pandas` no longer works.
    """
    if "pandas" not in sys.modules:
        with importing(without=("pandas",)):
            pa.array([0])
