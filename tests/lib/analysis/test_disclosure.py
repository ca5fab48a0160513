"""No small number follows from what is released; shown by an independent recomputation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

from scripts.lib.analysis.ard import Row
from scripts.lib.analysis.disclosure import Facts, determined, facts_of, flow_facts, withheld

MINIMUM = 5
ARMS = ("", "a", "b")


def count(analysis, statistic, value, group="", variable="", level="", population="all", par=""):
    return Row(analysis, par, population, group, variable, level, statistic, str(value), "", "", "")


def table(cells: dict[str, tuple[int, int]], variable: str = "SEX", analysis: str = "baseline"):
    """Rows of a variable by level and arm, with all totals, percentages and a test."""
    sizes = {"a": sum(n for n, _ in cells.values()), "b": sum(n for _, n in cells.values())}
    sizes[""] = sizes["a"] + sizes["b"]
    rows = [count(analysis, "N", sizes[g], g) for g in ARMS]
    for level, (a, b) in cells.items():
        for group, n in zip(ARMS, (a + b, a, b), strict=True):
            where = {"group": group, "variable": variable, "level": level}
            rows += [
                count(analysis, "n", n, **where), count(analysis, "N", sizes[group], **where),
                count(analysis, "percent", 100 * n / sizes[group], **where),
            ]  # fmt: skip
    return [*rows, count(analysis, "p_value", 0.5, variable=variable)]


def released(rows: list[Row]) -> dict[tuple[str, ...], str]:
    facts, counts = facts_of(rows, MINIMUM)
    facts.protect(MINIMUM)
    why = withheld(rows, facts, counts)
    return {row.key: row.value for row in rows if row.key not in why}


def ranges(cells: dict[str, tuple[int, int]], shown: dict, variable="SEX") -> dict:
    """What a reader can tell of each cell: its least and greatest value, by linear programming.

    Written from the printed layout alone, apart from the code that is tested: unknown are all
    cells of the arms; what is shown of levels, arms and totals are its equations.
    """
    names = [(level, arm) for level in cells for arm in "ab"]
    equations, values = [], []

    def say(members: list, value: str) -> None:
        equations.append([float(name in members) for name in names])
        values.append(float(value))

    for key, value in shown.items():
        _, _, _, group, var, level, statistic = key
        arms = [group] if group else ["a", "b"]
        if statistic == "n" and var == variable:
            say([(level, arm) for arm in arms], value)
        elif statistic == "N":
            say([(other, arm) for other in cells for arm in arms], value)
    found = {}
    for i, name in enumerate(names):
        ends = []
        for sign in (1, -1):
            aim = np.zeros(len(names))
            aim[i] = sign
            result = linprog(aim, A_eq=equations or None, b_eq=values or None)
            ends.append(sign * result.fun if result.success else sign * -np.inf)
        found[name] = tuple(ends)
    return found


CASES = [
    {"m": (20, 30), "f": (3, 12)}, {"m": (20, 30), "f": (3, 2)}, {"m": (1, 30), "f": (40, 0)},
    {"x": (2, 0), "y": (0, 2), "z": (50, 50)}, {"x": (4, 4), "y": (4, 4), "z": (9, 9)},
    {"0": (0, 7), "1": (34, 45), "2": (32, 41), "3": (1, 0)}, {"x": (1, 1), "y": (9, 9)},
    {"x": (1, 9), "y": (9, 1), "z": (9, 9)}, {"x": (30, 30), "y": (1, 0)}, {"x": (3, 40)},
]  # fmt: skip


@pytest.mark.parametrize("cells", CASES)
def test_no_small_number_follows_from_what_is_shown(cells):
    shown = released(table(cells))
    for (level, arm), (low, high) in ranges(cells, shown).items():
        value = cells[level]["ab".index(arm)]
        if 0 < value < MINIMUM:
            assert high - low > 0.5, (level, arm, shown)
    for key, value in shown.items():
        if key[6] in ("n", "N"):
            assert not 0 < float(value) < MINIMUM, key


def test_many_random_tables_hold():
    random = np.random.default_rng(7)
    for _ in range(60):
        levels = int(random.integers(2, 6))
        drawn = random.choice([0, 1, 2, 3, 4, 5, 8, 20, 40], size=(levels, 2))
        cells = {str(i): tuple(map(int, pair)) for i, pair in enumerate(drawn)}
        if min(map(sum, zip(*cells.values(), strict=True))) < MINIMUM:
            continue
        test_no_small_number_follows_from_what_is_shown(cells)


def test_a_table_without_small_numbers_is_shown_whole():
    rows = table({"m": (20, 30), "f": (13, 12)})
    assert len(released(rows)) == len(rows)


def test_what_is_computed_from_a_withheld_number_goes_with_it():
    shown = released(table({"m": (20, 30), "f": (3, 12)}))
    left = {key[6] for key in shown if key[3] == "a" and key[4] == "SEX"}
    assert left == {"N"}  # no percentage, from which n follows
    assert not [key for key in shown if key[6] == "p_value"]
    assert [key for key in shown if key[:4] == ("baseline", "", "all", "")]  # the cohort's size


def test_the_same_number_is_withheld_in_another_file():
    rows = table({"m": (20, 30), "f": (3, 12)})
    rows += [
        count("subgroups", "N", n, g, population=f"SEX={level}", par="PFS")
        for level, values in (("m", (50, 20, 30)), ("f", (15, 3, 12)))
        for g, n in zip(ARMS, values, strict=True)
    ]
    shown = released(rows)
    in_table = {(k[3], k[5]) for k in shown if k[0] == "baseline" and k[6] == "n"}
    in_groups = {(k[3], k[2].split("=")[1]) for k in shown if k[0] == "subgroups"}
    assert in_groups <= in_table and len(in_table) < 6


def test_events_and_censored_hide_each_other_and_no_patient_alone_is_shown():
    values = {"N": 40, "events": 38, "censored": 2, "median": 7.5, "max": 30.1}
    rows = [count("km", statistic, value, par="OS") for statistic, value in values.items()]
    assert {key[6] for key in released(rows)} == {"N"}
    rows = [count("f", s, v, par="OS") for s, v in (("N", 40), ("median", 7.5), ("min", 1.1))]
    assert {key[6] for key in released(rows)} == {"N", "median"}


def test_between_two_months_shown_nobody_leaves_or_enough():
    at_risk = [40, 40, 38, 36, 34, 20, 18, 6, 3, 0]
    rows = [count("km", "N", 40, par="OS")]
    for month, n in enumerate(at_risk):
        where = {"variable": "time", "level": str(month), "par": "OS"}
        rows += [count("km", "at_risk", n, **where), count("km", "survival", n / 40, **where)]
    shown = released(rows)
    months = [int(v) for k, v in shown.items() if k[6] == "at_risk"]
    falls = [a - b for a, b in zip(months, months[1:], strict=False)]
    assert months[0] == 40 and len(months) > 3
    assert all(fall == 0 or fall >= MINIMUM for fall in falls)
    steps = {k[5] for k in shown if k[6] == "survival"}
    assert steps == {k[5] for k in shown if k[6] == "at_risk"}


def test_survival_without_a_number_at_risk_is_withheld():
    rows = [count("x", "survival", 0.5, variable="time", level="6", par="OS")]
    assert released(rows) == {}


def test_a_chain_of_criteria_tells_no_small_number():
    steps = []
    for name, before, out, unknown in (("age", 50, 2, 1), ("stage", 47, 1, 0), ("line", 46, 9, 3)):
        after = before - out - unknown
        numbers = {"n_before": before, "n_excluded": out, "n_unknown": unknown, "n_after": after}
        steps.append({"criterion": name, "group": ""} | {k: str(v) for k, v in numbers.items()})
    facts = Facts()
    found = flow_facts(facts, steps, {}, MINIMUM)
    facts.protect(MINIMUM)
    assert determined(facts.relations, facts.hidden) == []
    for step, here in zip(steps, found, strict=True):
        shown = [int(step[name]) for name, fact in here.items() if fact not in facts.hidden]
        assert not [n for n in shown if 0 < n < MINIMUM]


def test_what_follows_only_from_several_sums_together_is_found():
    relations = [{"t": -1, "a": 1, "b": 1}, {"u": -1, "a": 1, "b": -1 + 2, "c": 1},
                 {"v": -1, "c": 1, "d": 1}]  # fmt: skip
    assert determined(relations, ["a", "b", "c", "d"]) == ["c", "d"]


def test_numbers_at_risk_between_the_months_shown_are_withheld():
    """A declared day or the end of the restricted mean: it would say who left within a month."""
    rows = [
        count("kaplan_meier", "at_risk", n, "a", variable, level, par="PFS")
        for variable, level, n in [("time", "0", 40), ("time", "3", 30), ("day", "90", 29)]
    ]
    rows.append(count("proportional_hazards", "at_risk", 29, "a", par="PFS"))
    assert [key[4:6] for key in released(rows)] == [("time", "0"), ("time", "3")]
