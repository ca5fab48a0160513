"""Texts of `report` and `sensitivity` that say what other settings decide.

`{confidence}` stands for the confidence level (95%), `{alpha}` for the level of significance
(0.05), so that heads, footnotes and captions follow the numbers below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from scripts.lib.errors import Stop

SECTIONS = ("report", "sensitivity")
# `95% CI`, `95 % confidence interval`, `95%-CI`
SAYS_LEVEL = re.compile(r"(\d+(?:\.\d+)?)\s?%[\s-](?:CI\b|confidence)", re.IGNORECASE)


def fill_texts(config: dict[str, Any]) -> dict[str, Any]:
    """`config` with the placeholders filled in.

    Raises
    ------
    Stop
        One line for each text that says another confidence level than the one computed with.
    """
    level = 100 * config["study"]["conventions"]["confidence_level"]
    words = {
        "{confidence}": f"{level:g}%",
        "{alpha}": f"{config['statistics']['tests']['alpha']:g}",
    }
    filled = config | {section: _filled(config[section], words) for section in SECTIONS}
    wrong = [
        f"config/{section}.yaml: {where}: “{text[found.start() : found.start() + 60]}”"
        for section in SECTIONS
        for where, text in _texts(filled[section])
        for found in SAYS_LEVEL.finditer(text)
        if float(found[1]) != float(f"{level:g}")
    ]
    if wrong:
        raise Stop(
            f"{len(wrong)} text(s) say another confidence level than the {level:g}% of "
            "study.conventions.confidence_level:\n  "
            + "\n  ".join(wrong)
            + "\nWrite {confidence} there; it becomes the level that was computed with."
        )
    return filled


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, words) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, words) for item in value]
    if isinstance(value, str):
        for placeholder, word in words.items():
            value = value.replace(placeholder, word)
    return value


def _texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text with the path of its key."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{where}.{key}".lstrip("."))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _texts(item, f"{where}[{place}]")
