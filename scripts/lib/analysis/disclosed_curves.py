"""Which months of survival curves may be read: at each, what happened since the last one shown.

Where survival and the number at risk stand at two months, the events between them follow, and how
many were censored. So a month is shown only when since the last one shown nobody or `minimum` and
more had the event, nobody or as many were censored, and as many are still at risk, or nobody; and
when after it the same holds of the rest. What a curve does not show must not follow from the curves
of the other arms and levels and of all together: months are taken away until it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from scripts.lib.analysis.ard import ALL
from scripts.lib.analysis.curves import Curve
from scripts.lib.analysis.disclosure import Relation, determined

Key = tuple[str, ...]  # population, group; a rest that is nowhere shown has more parts


IntArray = np.ndarray[Any, np.dtype[np.int64]]


class Course(NamedTuple):
    """By month, and in all (last column): who left before it, events up to it, events before."""

    counts: IntArray

    @property
    def size(self) -> int:
        """Patients."""
        return int(self.counts[0, -1])


def course_of(curve: Curve, months: Sequence[float]) -> Course:
    """Counts of one curve at `months`; at risk is who has not left before."""
    time, events = np.array(curve.time), np.array(curve.events)
    left = events + np.array(curve.censored)
    ends = [*months, np.inf]
    return Course(
        np.array(
            [
                [left[time < month].sum() for month in ends],
                [events[time <= month].sum() for month in ends],
                [events[time < month].sum() for month in ends],
            ]
        )
    )


def months_shown(
    curves: Mapping[Any, Curve],
    months: Sequence[float],
    sized: Collection[Key],
    counted: Collection[Key],
    minimum: int,
) -> dict[Key, list[float]]:
    """Months of each curve that may be read.

    Parameters
    ----------
    curves
        Of one endpoint, by population and group.
    sized, counted
        Curves whose number of patients, and of events, may be read.
    """
    courses = {key: course_of(curve, months) for key, curve in curves.items()}
    relations = _relations(courses)
    last = len(months)
    shown = {
        key: _thin(course, minimum, key in counted) if key in sized else set()
        for key, course in courses.items()
    }
    known = determiner(relations, list(courses))
    while found := _told(courses, shown, known, counted, last, minimum):
        key, place = found
        at = [k for k in _near(key, relations) if place in shown.get(k, ())]
        least = min(at, key=lambda k: (_worth(k), courses[k].size, k))
        shown[least].discard(place)
    return {key: [months[i] for i in sorted(shown[key])] for key in curves}


def _worth(key: Key) -> int:
    """Levels of a variable go before all patients, these before the arms."""
    return 2 if key[0] == ALL and key[1] else int(key[0] == ALL)


def _steps_hold(course: Course, start: int, end: int, minimum: int) -> bool:
    """Whether nobody, or enough, left, had the event and were censored between two columns."""
    left, upto, before = (int(n) for n in course.counts[:, end] - course.counts[:, start])
    steps = (left, upto, before, left - upto, left - before)
    return all(step == 0 or abs(step) >= minimum for step in steps)


def _thin(course: Course, minimum: int, counted: bool) -> set[int]:
    """Columns of a curve seen alone: the longest chain of months, of which each step holds."""
    last = course.counts.shape[1] - 1
    chains: dict[int, list[int]] = {0: [0]} if course.size >= minimum else {}
    for column in range(1, last) if chains else ():
        rest = course.size - int(course.counts[0, column])
        before = [i for i in chains if _steps_hold(course, i, column, minimum)]
        if before and (rest == 0 or rest >= minimum):
            chains[column] = [*chains[_longest(chains, before)], column]
    ends = [i for i in chains if not counted or not i or _steps_hold(course, i, last, minimum)]
    return set(chains[_longest(chains, ends)]) if ends else set()


def _longest(chains: Mapping[int, list[int]], ends: Sequence[int]) -> int:
    return max(ends, key=lambda end: len(chains[end]))


def _relations(courses: dict[Key, Course]) -> list[Relation]:
    """Sums of curves; what a total has beyond its parts is a curve that is shown nowhere."""
    relations: list[Relation] = []
    parts_of: dict[tuple[Key, str], list[Key]] = {}
    for population, group in list(courses):
        variable = population.partition("=")[0] if "=" in population else ""
        if group:
            parts_of.setdefault(((population, ""), ""), []).append((population, group))
        if variable:
            parts_of.setdefault(((ALL, group), variable), []).append((population, group))
    for (total, name), parts in parts_of.items():
        if total not in courses:
            continue
        rest = courses[total].counts - sum(courses[part].counts for part in parts)
        if rest.any():
            beyond = (*total, "rest", name)
            courses[beyond] = Course(rest)
            parts = [*parts, beyond]
        relations.append({total: -1} | dict.fromkeys(parts, 1))
    return relations


def determiner(
    relations: Sequence[Relation], keys: Iterable[Key]
) -> Callable[[frozenset[Key]], frozenset[Key]]:
    """A function of the curves shown at a month: those known there, shown or not."""
    keys = frozenset(keys)

    @cache
    def known(shown: frozenset[Key]) -> frozenset[Key]:
        return shown | set(determined(relations, keys - shown))

    return known


def _told(
    courses: Mapping[Key, Course],
    shown: Mapping[Key, set[int]],
    known: Callable[[frozenset[Key]], frozenset[Key]],
    counted: Collection[Key],
    last: int,
    minimum: int,
) -> tuple[Key, int] | None:
    """A curve and a column at which too little happened since the one known before it.

    Of the two columns the one that is not shown itself, but follows from other curves.
    """
    columns = [known(frozenset(k for k, at in shown.items() if i in at)) for i in range(last)]
    columns.append(known(frozenset(counted)))
    for key, course in courses.items():
        at = [i for i, here in enumerate(columns) if key in here]
        small = [i for i in at[1:] if 0 < course.size - course.counts[0, i] < minimum]
        told = [(i, i) for i in small] + [
            pair for pair in pairwise(at) if not _steps_hold(course, *pair, minimum)
        ]
        for pair in told:
            places = [i for i in reversed(pair) if 0 < i < last]
            hidden = [i for i in places if i not in shown.get(key, ())]
            if places:
                return key, (hidden or places)[0]
    return None


def _near(key: Key, relations: Sequence[Relation]) -> set[Key]:
    """The curves that are tied to one by sums, itself among them."""
    near = {key}
    while True:
        wider = near.union(*(r for r in relations if not near.isdisjoint(r)))
        if wider == near:
            return near
        near = wider
