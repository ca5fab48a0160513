"""What the page of one analysis shows: every statistic, and the patients behind every count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from scripts.lib.analysis.ard import ALL, KEY, Row
from scripts.lib.trace.datasets import CountKey, Patients

PLACE = KEY[1:6]
"""parameter, population, group, variable, level: statistics that share them stand together."""


def page(
    rows: Sequence[Row], patients: Mapping[CountKey, Patients], names: Sequence[str]
) -> dict[str, Any]:
    """Content of the page, small: patients are named once and then by their number.

    Returns
    -------
    names, cells; a cell: `key` (its place), `statistics`: name, value, display, note, method, and
    the numbers of the patients (None where nobody is counted).
    """
    number = {name: place for place, name in enumerate(names)}
    cells: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        cell = cells.setdefault(row.key[1:6], {"key": _place(row), "statistics": []})
        found = patients.get(row.key[1:])
        who = None if found is None else [number[name] for name in found]
        cell["statistics"].append(
            [row.statistic, row.value, row.display, row.note, row.method, who]
        )
    return {"names": list(names), "cells": list(cells.values())}


def _place(row: Row) -> dict[str, str]:
    return {
        name: value
        for name, value in zip(PLACE, row.key[1:6], strict=True)
        if value and (name, value) != ("population", ALL)
    }


def everybody(patients: Iterable[Patients]) -> set[str]:
    """Whoever is counted anywhere in an analysis."""
    return {name for found in patients for name in found}
