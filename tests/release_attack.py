"""What a reader can work out from results/release/: written from the printed layout alone.

Nothing of scripts/lib/analysis/disclos* is used. Unknown are the numbers of patients in cells (arm,
levels of some variables, event or not); every number that the folder shows is an equation, every
percentage a range, and no cell is below 0. Linear programming gives the least and the greatest
value of each number that is not shown.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
from scipy.optimize import linprog

MINIMUM = 5
SOME = "*"  # any level: whoever has a value
Line = dict[str, str]
Who = tuple[tuple[str, str], ...]  # ("arm", "a"), ("SEX", "female"), ("PFS", "1")


def read(paths: Iterable[Path]) -> list[Line]:
    """Rows of files of results, as they are released or before."""
    lines: list[Line] = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            lines += csv.DictReader(file)
    return lines


def who(line: Line) -> Who | None:
    """Whom a row counts; None where it counts nobody, or other than patients by these cells."""
    parts = {"arm": line["group"]} if line["group"] else {}
    variable, given, level = line["population"].partition("=")
    if line["population"] != "all":
        if not given or line["analysis"] not in ("kaplan_meier", "subgroups"):
            return None
        parts[variable] = level
    if line["statistic"] in ("n", "percent"):
        if not line["level"]:
            return None
        parts[line["variable"]] = line["level"]
    elif line["statistic"] in ("events", "censored") and not line["variable"]:
        parts[line["parameter"]] = str(int(line["statistic"] == "events"))
    elif line["statistic"] == "N" and line["variable"] and line["analysis"] == "baseline":
        parts[line["variable"]] = SOME
    elif line["statistic"] != "N" or line["variable"]:
        return None
    return tuple(sorted(parts.items()))


def cells(arms: Sequence[str], levels: dict[str, Sequence[str]]) -> list[dict[str, str]]:
    """Every combination of arm and levels; two variables that go together are one, joined by +."""
    found = []
    for values in product(arms, *levels.values()):
        cell = {"arm": values[0]}
        for name, value in zip(levels, values[1:], strict=True):
            cell |= dict(zip(name.split("+"), value.split("+"), strict=True))
        found.append(cell)
    return found


def ranges(
    shown: list[Line], asked: Iterable[Who], grid: list[dict[str, str]]
) -> dict[Who, tuple[float, float]]:
    """Least and greatest value of each number asked for, after all that is shown."""
    names = {name for cell in grid for name in cell}

    def vector(people: Who) -> np.ndarray:
        return np.array([all(_has(cell, k, v) for k, v in people) for cell in grid], float)

    equal, sums, below, most = [], [], [], []
    for line in shown:
        people = who(line)
        if people is None or not line["value"] or not {k for k, _ in people} <= names:
            continue
        if line["statistic"] == "percent":
            whole = [
                float(other["value"]) for other in shown
                if other["statistic"] == "N" and other["value"]
                and all(other[k] == line[k] for k in ("analysis", "group", "variable", "level"))
            ]  # fmt: skip
            for size in whole:
                below += [vector(people), -vector(people)]
                least, greatest = float(line["value"]) - 0.051, float(line["value"]) + 0.051
                most += [size * greatest / 100, -size * least / 100]
        else:
            equal.append(vector(people))
            sums.append(float(line["value"]))
    found = {}
    for people in asked:
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * vector(people), A_eq=np.array(equal) if equal else None,
                b_eq=sums or None, A_ub=np.array(below) if below else None, b_ub=most or None,
            )  # fmt: skip
            assert solved.status in (0, 3), (people, solved.message)
            ends.append(sign * solved.fun if solved.status == 0 else -sign * math.inf)
        found[people] = (ends[0], ends[1])
    return found


def _has(cell: dict[str, str], name: str, level: str) -> bool:
    return cell.get(name) != "" if level == SOME else cell.get(name) == level


def is_told(low: float, high: float) -> bool:
    """Whether one whole number alone is left."""
    return math.isfinite(high) and math.floor(high + 1e-6) <= math.ceil(low - 1e-6)


def recovered(
    full: list[Line],
    shown: list[Line],
    arms: Sequence[str],
    together: Iterable[dict[str, Sequence[str]]],
) -> list[tuple[Who, float]]:
    """Numbers that the release does not show and that a reader knows nevertheless.

    Parameters
    ----------
    together
        Variables and endpoints that are looked at together, with their levels (`levels_of`). Two of
        which not every combination occurs are one: `{"KPSBL+KPSGR1": ["70+<=80", "90+>80"]}`.
    """
    told: list[tuple[Who, float]] = []
    at = {key(line) for line in shown if line["value"] and line.get("status") != "withheld"}
    for levels in together:
        grid = cells(arms, levels)
        asked = {
            people: float(line["value"]) for line in full
            if key(line) not in at and line["value"] and line["statistic"] != "percent"
            and (people := who(line)) is not None and {k for k, _ in people} <= set(grid[0])
            and line["analysis"] in ANALYSES
        }  # fmt: skip
        elsewhere = {who(line) for line in shown if line["value"]}
        for people, (low, high) in ranges(shown, asked, grid).items():
            if is_told(low, high) or people in elsewhere:
                told.append((people, asked[people]))
    return told


ANALYSES = (
    "baseline", "response", "treatment_patterns", "progression_sites", "kaplan_meier", "subgroups",
)  # fmt: skip


def key(line: Line) -> tuple[str, ...]:
    """What names a row."""
    return tuple(line.values())[:7]


def levels_of(lines: list[Line], name: str) -> list[str]:
    """Levels of a variable, and the one of who has no value; of an endpoint, event or not."""
    if any(line["parameter"] == name for line in lines):
        return ["0", "1"]
    of_table = [ln["level"] for ln in lines if ln["variable"] == name and ln["statistic"] == "n"]
    given = [ln["population"] for ln in lines if ln["population"].startswith(f"{name}=")]
    return list(dict.fromkeys([*of_table, *(text.partition("=")[2] for text in given), ""]))


# ---- curves


def small_steps(
    shown: list[Line], truth: dict[tuple[str, str], list[tuple[float, int]]], parameter: str
) -> list[tuple[tuple[str, str], float, float]]:
    """Steps of a curve, read or worked out, in which 1 to 4 left, had the event or were censored.

    Parameters
    ----------
    truth
        Time in months and event of every patient, by population and group, from which the sums
        between curves are taken: groups that share nobody and make up another.
    """
    months: dict[tuple[str, str], set[float]] = {group: set() for group in truth}
    for line in shown:
        of_curve = (line["analysis"], line["parameter"], line["variable"])
        if of_curve == ("kaplan_meier", parameter, "time") and line["value"]:
            months[line["population"], line["group"]].add(float(line["level"]))
    groups = list(truth)
    every = sorted({month for found in months.values() for month in found})
    sums = [(w, parts) for w, parts in _partitions(groups) if _adds_up(truth, w, parts)]
    found = []
    known = {group: set(at) for group, at in months.items()}
    for month in every:
        while True:  # a sum with one member unknown tells it
            new = [
                unknown[0] for whole, parts in sums
                if len(unknown := [g for g in (whole, *parts) if month not in known[g]]) == 1
            ]  # fmt: skip
            if not new:
                break
            for group in new:
                known[group].add(month)
    for group, at in known.items():
        for start, end in pairwise(sorted(at)):
            left = [event for time, event in truth[group] if start <= time < end]  # at risk before
            events = sum(event for time, event in truth[group] if start < time <= end)  # survival
            numbers = (len(left), events, sum(left), len(left) - sum(left))
            if any(0 < n < MINIMUM for n in numbers):
                found.append((group, start, end))
    return found


def _partitions(groups: list[tuple[str, str]]):  # noqa: ANN202
    variables = {p.partition("=")[0] for p, _ in groups if "=" in p}
    arms = {a for _, a in groups if a}
    for population in {p for p, _ in groups}:
        yield (population, ""), [(population, arm) for arm in arms if (population, arm) in groups]
    for variable in variables:
        for arm in (*arms, ""):
            parts = [(p, a) for p, a in groups if a == arm and p.startswith(f"{variable}=")]
            yield ("all", arm), parts


def _adds_up(truth, whole, parts) -> bool:  # noqa: ANN001
    return whole in truth and bool(parts) and len(truth[whole]) == sum(len(truth[p]) for p in parts)
