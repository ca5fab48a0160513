"""Files that are like a table of another file, too, as those of a second hospital are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scripts.lib.profiling.choices import Choice, choices
from scripts.lib.profiling.groups import Group, score

LIKE = 0.6  # share of the home's score that a file needs which is another table already


@dataclass(frozen=True)
class Rival:
    """A group that a canonical table could be read from beside its home."""

    group: Group  # with the one table
    table: str
    home: Group
    choices: list[Choice]
    columns: dict[str, dict[str, Any]]  # what `by_file` says of them


def find_rivals(groups: Sequence[Group]) -> list[Rival]:
    """Every group beside the home of a table, by tables."""
    return list(_found(groups))


def _found(groups: Sequence[Group]) -> Iterator[Rival]:
    homes = {table: group for group in groups for table in group.tables}
    before = Counter[str]()
    for table, home in homes.items():
        for group in (g for g in groups if g is not home):
            points, columns = score(group, table)
            if points > (LIKE * score(home, table)[0] if group.tables else 0.0):
                before[table] += 1
                shadow = replace(group, tables={table: columns})
                yield _rival(shadow, table, home, f"_{before[table] + 1}")


def _rival(group: Group, table: str, home: Group, ending: str) -> Rival:
    """What differs from the home; words of another hospital get a list of their own."""
    there = {choice.name: choice.spec for choice in choices(home, table)}
    own = [
        c for c in choices(group, table) if not there.get(c.name, {"absent": True}).get("absent")
    ]
    for choice in own:
        if "codelist" in choice.spec:
            choice.spec["codelist"] += ending
    columns = {
        choice.name: {k: v for k, v in choice.spec.items() if there[choice.name].get(k) != v}
        for choice in own
    }
    return Rival(group, table, home, own, {name: spec for name, spec in columns.items() if spec})
