"""Which numbers of patients may not be read, and which others give them away.

A *fact* is a number of patients or events, whatever file it stands in and however often.
*Relations* are sums between facts that hold by what they count: levels and their total, arms and
all patients, subgroups and the cohort, events and censored, patients before and after a criterion.

Facts of 1 to minimum - 1 are hidden, and those that leave so few others. Then facts are hidden
until in no relation a single one is, or the hidden ones add up to less than the minimum, and until
nobody can work a small one out: neither from all relations together (linear algebra,
`determined`), nor since no number of patients is below 0 (linear programming, `pinned`).

Source: OpenSAFELY, statistical disclosure control; Hundepool et al., Statistical Disclosure Control
(2012), chapter 4 (secondary suppression, audit of the ranges that remain).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import linprog

from scripts.lib.statistics.time_to_event import FloatArray

Fact = Any  # hashable
Relation = dict[Fact, int]  # coefficients; their sum with the values is 0
REST = "rest"  # a fact that stands nowhere: what a total has beyond its parts


@dataclass
class Facts:
    """Counts by fact, the sums between them, and which are hidden."""

    values: dict[Fact, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    hidden: set[Fact] = field(default_factory=set)
    guarded: set[Fact] = field(default_factory=set)  # small, or leave few: hidden for themselves
    known: set[Fact] = field(default_factory=set)  # sizes of the arms: hidden only where small

    def add(self, fact: Fact, value: int) -> None:
        """Know a fact."""
        self.values[fact] = value

    def relate(self, total: Fact, parts: Iterable[Fact]) -> None:
        """`total` is the sum of `parts`, if that holds in the numbers and says anything."""
        parts = [part for part in dict.fromkeys(parts) if part != total]
        if len(parts) > 1 and sum(self.values[part] for part in parts) == self.values[total]:
            self.relations.append({total: -1} | dict.fromkeys(parts, 1))

    def relate_with_rest(self, total: Fact, parts: Iterable[Fact], minimum: int) -> None:
        """`total` holds all of `parts`, which share nobody; a small rest is hidden, too."""
        parts = [part for part in dict.fromkeys(parts) if part != total]
        rest = self.values[total] - sum(self.values[part] for part in parts)
        if rest == 0:
            self.relate(total, parts)
        elif 0 < rest < minimum:
            fact = (REST, total, *parts)
            self.add(fact, rest)
            self._guard(fact)
            self.relate(total, [*parts, fact])

    def hide_small(self, fact: Fact, whole: Fact | None, minimum: int) -> None:
        """Hide a fact that is small, or that leaves few of its whole."""
        others = self.values[whole] - self.values[fact] if whole is not None else 0
        if 0 < self.values[fact] < minimum or 0 < others < minimum:
            self._guard(fact)

    def _guard(self, fact: Fact) -> None:
        self.hidden.add(fact)
        self.guarded.add(fact)

    def protect(self, minimum: int) -> None:
        """Hide more until no guarded fact follows from what is shown; show again what follows."""
        while True:
            while any(self._cover(relation, minimum) for relation in self.relations):
                pass
            found = set(determined(self.relations, self.hidden)) & self.guarded
            found = found or pinned(self.relations, self.hidden, self.values, self.guarded)
            if not found:
                break
            if not any(self._widen(fact) for fact in sorted(found, key=repr)):
                sizes = {f for r in self.relations if not found.isdisjoint(r) for f in r}
                if self.known.isdisjoint(sizes):
                    break
                self.known -= sizes  # nothing else is left: the sizes of the arms may go, too
        idle = self.hidden - self.guarded
        self.hidden -= idle & set(determined(self.relations, self.hidden))
        self.hidden -= pinned(self.relations, self.hidden, self.values, idle)

    def _cover(self, relation: Relation, minimum: int) -> bool:
        """Hide one more fact of a relation where what is hidden in it could be told."""
        hidden = [fact for fact in relation if fact in self.hidden]
        if not hidden:
            return False
        only_parts = all(relation[fact] > 0 for fact in hidden)
        together = sum(self.values[fact] for fact in hidden)
        if len(hidden) > 1 and not (only_parts and together < minimum):
            return False
        return self._hide_cheapest(relation)

    def _hide_cheapest(self, relation: Relation) -> bool:
        """Hide the smallest part that counts somebody; a total or 0 only where no other is."""
        shown = [fact for fact in relation if fact not in self.hidden and fact not in self.known]
        if not shown:
            return False
        cost = {f: (self.values[f] == 0, relation[f] < 0, self.values[f]) for f in shown}
        self.hidden.add(min(shown, key=lambda fact: (cost[fact], repr(fact))))
        return True

    def _widen(self, fact: Fact) -> bool:
        """Hide one more fact of a sum with `fact` in it, or with what is hidden in such a sum."""
        near = {fact}
        while True:
            touched = [relation for relation in self.relations if not near.isdisjoint(relation)]
            if any(self._hide_cheapest(relation) for relation in touched):
                return True
            wider = near | {f for relation in touched for f in relation if f in self.hidden}
            if wider == near:
                return False
            near = wider


def determined(relations: Sequence[Relation], hidden: Collection[Fact]) -> list[Fact]:
    """The hidden facts that follow from the shown ones and all relations together."""
    found: list[Fact] = []
    for names, matrix, _ in _systems(relations, hidden, {}):
        _, sizes, right = np.linalg.svd(matrix)
        free = right[(sizes > 1e-9).sum() :]  # what may change and leaves all sums as they are
        freedom = np.abs(free).max(axis=0, initial=0)
        found += [name for name, size in zip(names, freedom, strict=True) if size < 1e-9]
    return found


def pinned(
    relations: Sequence[Relation],
    hidden: Collection[Fact],
    values: Mapping[Fact, int],
    asked: Collection[Fact],
) -> set[Fact]:
    """Hidden facts, of those asked for, with one value left alone, as no number is below 0."""
    found: set[Fact] = set()
    for names, matrix, sums in _systems(relations, hidden, values):
        low = high = np.array([values[name] for name in names], float)  # the truth is one solution
        for i, name in enumerate(names):
            for sign in (1, -1) if name in asked else ():
                if _is_one(low[i], high[i]):
                    aim = np.zeros(len(names))
                    aim[i] = sign
                    solved = linprog(aim, A_eq=matrix, b_eq=sums)
                    if solved.status == 3:  # without an end
                        high = np.where(aim < 0, np.inf, high)
                    elif solved.x is not None:
                        low, high = np.minimum(low, solved.x), np.maximum(high, solved.x)
            if name in asked and _is_one(low[i], high[i]):
                found.add(name)
    return found


def _is_one(low: float, high: float) -> bool:
    """Whether a range holds one whole number alone."""
    return math.isfinite(high) and math.floor(high + 1e-6) <= math.ceil(low - 1e-6)


def _systems(
    relations: Sequence[Relation], hidden: Collection[Fact], values: Mapping[Fact, int]
) -> Iterable[tuple[list[Fact], FloatArray, FloatArray]]:
    """The equations of the hidden facts, those that share none apart: names, matrix, sums."""
    hidden = set(hidden)
    rows = [{f: c for f, c in r.items() if f in hidden} for r in relations]
    for names, members in _components([row for row in rows if row]):
        place = {name: i for i, name in enumerate(names)}
        matrix = np.zeros((len(members), len(names)))
        for i, row in enumerate(members):
            for name, coefficient in row.items():
                matrix[i, place[name]] = coefficient
        yield names, matrix, matrix @ np.array([values.get(name, 0) for name in names], float)


def _components(rows: Sequence[Relation]) -> list[tuple[list[Fact], list[Relation]]]:
    """Relations that share no fact apart: each group's facts and relations."""
    root: dict[Fact, Fact] = {}

    def find(fact: Fact) -> Fact:
        while root.setdefault(fact, fact) != fact:
            root[fact] = root[root[fact]]
            fact = root[fact]
        return fact

    for row in rows:
        first, *others = row
        for other in others:
            root[find(other)] = find(first)
    groups: dict[Fact, tuple[dict[Fact, None], list[Relation]]] = {}
    for row in rows:
        names, members = groups.setdefault(find(next(iter(row))), ({}, []))
        names.update(dict.fromkeys(row))
        members.append(row)
    return [(list(names), members) for names, members in groups.values()]
