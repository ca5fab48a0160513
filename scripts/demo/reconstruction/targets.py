"""The printed numbers that a cohort has to reproduce, read from a YAML file and compiled.

Each target is one statistic (a Cox model, a Kaplan-Meier estimate, a log-rank test, a range or a
standard deviation) with the numbers printed for it, as text, so that their digits are known.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from scripts.demo.reconstruction import cohort

KINDS = ("cox", "kaplan_meier", "log_rank", "range", "standard_deviation")
COX, KAPLAN_MEIER, LOG_RANK, RANGE, STANDARD_DEVIATION = range(len(KINDS))
ENDPOINTS = ("pfs", "os", "pfs1", "follow_up")
UNUSED, EQUAL, BELOW, ABOVE, NOT_REACHED = range(5)
FIELDS = {
    COX: ("hr", "ci_low", "ci_high", "p"),
    KAPLAN_MEIER: ("median", "ci_low", "ci_high"),
    LOG_RANK: ("p",),
    RANGE: ("min", "max"),
    STANDARD_DEVIATION: ("sd",),
}
ROWS, NUMBERS, SUBSETS = 6, 4, 2
MUST_WEIGHT = 20.0
EVENT_OF = ((cohort.PFS, cohort.PFS_EVENT), (cohort.OS, cohort.OS_EVENT), (cohort.PFS1,),
            (cohort.OS, cohort.OS_EVENT))  # fmt: skip


@dataclass(frozen=True)
class Number:
    """One printed number: position in its statistic, text, and how much it counts."""

    id: str
    term: int
    row: int
    position: int
    printed: str
    days: bool
    must: bool


class Problem(NamedTuple):
    """All targets as arrays; first index: target, then row of the model, then number."""

    kind: np.ndarray
    endpoint: np.ndarray
    columns: np.ndarray
    size: np.ndarray
    groups: np.ndarray
    subset_column: np.ndarray
    subset_value: np.ndarray
    value: np.ndarray
    half: np.ndarray
    scale: np.ndarray
    mode: np.ndarray
    weight: np.ndarray
    credit: np.ndarray
    depends: np.ndarray


def read_targets(path: Path) -> list[dict[str, Any]]:
    """Targets in file order: must-haves first, so that a bad candidate is dropped early."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    targets: list[dict[str, Any]] = document["targets"]
    return sorted(targets, key=lambda target: not target.get("must", False))


def interval(printed: str, days: bool, field: str) -> tuple[float, float, float, int]:
    """Value, half width of the rounding interval, scale of nearness and mode of a print."""
    if printed == "NA":
        return 0.0, 1.0, 1.0, NOT_REACHED
    if printed[0] in "<>":
        mode = BELOW if printed[0] == "<" else ABOVE
        value = float(printed[1:])
        if mode == BELOW:
            value -= 0.0005
        return value, 0.0005, 0.0005 + 0.03 * value, mode
    value = float(printed)
    if days:
        value *= cohort.DAYS_PER_MONTH
        return value, 0.5, 0.5 + 0.004 * value, EQUAL
    half = 0.5 * 10.0 ** -len(printed.partition(".")[2])
    slope = 0.03 if field == "p" else 0.004
    return value, half, half + slope * value, EQUAL


def numbers_of(targets: list[dict[str, Any]]) -> list[Number]:
    """Every printed number of the targets."""
    found = []
    for term, target in enumerate(targets):
        kind = KINDS.index(target["statistic"])
        rows = target["rows"].values() if kind == COX else [target]
        for row, printed in enumerate(rows):
            for position, field in enumerate(FIELDS[kind]):
                if field not in printed:
                    continue
                days = kind in (KAPLAN_MEIER, RANGE)
                name = f"{printed['id']}.{field}"
                must = bool(target.get("must", False))
                found.append(Number(name, term, row, position, str(printed[field]), days, must))
    return found


def compile_problem(targets: list[dict[str, Any]]) -> Problem:
    """The targets as arrays for the compiled search."""
    names = list(cohort.DERIVED)
    count = len(targets)
    numbers = np.zeros((6, count, ROWS, NUMBERS))
    problem = Problem(
        kind=np.array([KINDS.index(target["statistic"]) for target in targets]),
        endpoint=np.array([ENDPOINTS.index(target.get("endpoint", "pfs")) for target in targets]),
        columns=np.zeros((count, ROWS), dtype=np.int64),
        size=np.zeros(count, dtype=np.int64),
        groups=np.array([int(target.get("groups", 2)) for target in targets]),
        subset_column=np.full((count, SUBSETS), -1, dtype=np.int64),
        subset_value=np.zeros((count, SUBSETS)),
        value=numbers[0], half=numbers[1] + 1.0, scale=numbers[2] + 1.0,
        mode=np.zeros((count, ROWS, NUMBERS), dtype=np.int64),
        weight=numbers[4], credit=numbers[5],
        depends=np.zeros((len(cohort.BASE), count), dtype=np.bool_),
    )  # fmt: skip
    for k, target in enumerate(targets):
        columns = [names.index(name) for name in target.get("columns", [])]
        subset = {names.index(name): level for name, level in target.get("subset", {}).items()}
        problem.size[k] = len(columns)
        problem.columns[k, : len(columns)] = columns
        for q, (column, level) in enumerate(subset.items()):
            problem.subset_column[k, q], problem.subset_value[k, q] = column, level
        for column in (*columns, *subset):
            problem.depends[list(cohort.DERIVED[names[column]]), k] = True
        if target["statistic"] != "standard_deviation":
            problem.depends[list(EVENT_OF[problem.endpoint[k]]), k] = True
    for number in numbers_of(targets):
        at = number.term, number.row, number.position
        target = targets[number.term]
        field = FIELDS[int(problem.kind[number.term])][number.position]
        value, half, scale, mode = interval(number.printed, number.days, field)
        problem.value[at], problem.half[at], problem.scale[at] = value, half, scale
        problem.mode[at] = mode
        weight = float(target.get("weight", 1.0))
        problem.weight[at] = MUST_WEIGHT * weight if number.must else weight
        problem.credit[at] = 1000.0 if number.must else float(target.get("weight", 1.0))
    return problem
