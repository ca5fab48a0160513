"""Where the earlier deliveries' results lie, and what they hold.

An earlier delivery is derived in a study folder of its own, `data/deliveries/NAME/`, by the same
rules and configuration. Its manifest names every file that others read with its SHA-256, or null
where a gate stopped the run before it: a rule that takes the manifest as input depends on the
content of them all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

FOLDER = Path("data/deliveries")
MANIFEST = "manifest.json"
ASKED = "data/private/queries/asked.parquet"
CELLS = "data/private/queries/cells.parquet"
JUDGED = "data/private/queries/judged.json"


def delivery_folder(name: str) -> Path:
    """The study folder of an earlier delivery."""
    return FOLDER / name


def manifest_path(name: str) -> str:
    """The manifest of an earlier delivery, as a rule's output."""
    return (delivery_folder(name) / MANIFEST).as_posix()


def read_manifest(path: str | Path) -> dict[str, Any]:
    """What an earlier delivery came to: `delivery`, `stopped`, `files`."""
    content: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    return content


def there(manifest: str | Path, name: str) -> Path | None:
    """A file of an earlier delivery; None where its run was stopped before it."""
    known = read_manifest(manifest)["files"].get(name)
    return Path(manifest).parent / name if known else None


def read_earlier(
    manifests: Iterable[str | Path],
    names: Sequence[str],
    read: Callable[[str, Path, Path], Any],
) -> list[Any]:
    """`read(name, asked, judged)` of every earlier delivery in order.

    A delivery of which nothing could be judged (its files cannot be read any more) is left out.
    """
    found = []
    for name, manifest in zip(names, manifests, strict=True):
        asked, judged = there(manifest, ASKED), there(manifest, JUDGED)
        if asked and judged:
            found.append(read(name, asked, judged))
    return found
