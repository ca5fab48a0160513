"""Keep small jobs quick: no pandas where only Arrow is needed."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, *_: Any) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def skip_pandas() -> None:
    """Let pyarrow believe that pandas is not installed, unless it is loaded already.

    pyarrow imports pandas at the first array that it makes, which costs more CPU (0.4 s) than all
    that ingest does with a small file; an extract of ten files has thirty such jobs. Called only
    where a script is run as a program: in that process `Table.to_pandas` no longer works.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, finder := _NoPandas())
        pa.array([0])
        sys.meta_path.remove(finder)
