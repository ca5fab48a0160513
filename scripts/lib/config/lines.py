"""Where in a YAML file a key stands, looked up when there is something to say about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Problem:
    """One mistake: the file, the keys that lead to its place (`where` in words), and what it is."""

    file: str
    keys: tuple[str | int, ...]
    where: str
    what: str

    def text(self) -> str:
        """One line for a person, with the line of the file where it can be known."""
        line = line_of(self.file, self.keys)
        place = f"{self.file}, line {line}" if line else self.file
        return f"{place}: {self.where}: {self.what}" if self.where else f"{place}: {self.what}"


def line_of(file: str, keys: Sequence[str | int]) -> int:
    """Line of the value below `keys`, or of the last key above it that the file has; 0: none."""
    path = Path(file).absolute()
    node = _composed(path, path.stat().st_mtime_ns) if path.is_file() else None
    line = 0
    for key in keys if node else ():
        node = _below(node, key)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


@cache
def _composed(path: Path, _: int) -> Any:  # of this date: an edited file is read again
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=_Safe)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None


def _below(node: Any, key: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == str(key)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key]
    return None
