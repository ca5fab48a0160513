"""What the rule `release` needs of the configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scripts.lib.plan import sensitivity_shown


def analyses(config: Mapping[str, Any], described: Iterable[str]) -> list[str]:
    """Every analysis of the study that has a file of results."""
    paths = map(Path, sensitivity_shown.outputs(dict(config)))
    beyond = [path.stem for path in paths if path.parent == Path("results/ard")]
    return list(dict.fromkeys([*described, *beyond]))


def release(config: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest number that may be read, and what a page says of the study."""
    study = {key: config["study"][key] for key in ("title", "notice", "delivery", "data_cutoff")}
    return {"minimum": config["release"]["minimum"], "study": study}
