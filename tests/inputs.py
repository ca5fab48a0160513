"""A rule's inputs as its script sees them: by name, and all of them in order."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any


class Inputs(SimpleNamespace):
    """Named inputs, each a path or a list of paths."""

    def __iter__(self) -> Iterator[Any]:
        return iter(vars(self).values())

    def get(self, name: str, default: Any = None) -> Any:
        """An input, or `default` where the rule has none of this name."""
        return getattr(self, name, default)

    def items(self) -> Any:
        """Names and inputs."""
        return vars(self).items()

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)
