"""No small number follows from what is released; shown by an independent recomputation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from scripts.lib.analysis.ard import Row
from scripts.lib.analysis.disclosed_results import facts_of, flow_facts, withheld
from scripts.lib.analysis.disclosure import Facts, determined, pinned

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


def released(rows: list[Row], subjects=None, months=None) -> dict[tuple[str, ...], str]:
    facts, counts = facts_of(rows, MINIMUM, subjects)
    facts.protect(MINIMUM)
    why = withheld(rows, facts, counts, months or {}, MINIMUM)
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
    rows = [
        count("kaplan_meier", statistic, value, par="OS") for statistic, value in values.items()
    ]
    assert {key[6] for key in released(rows)} == {"N"}
    rows = [count("follow_up", s, v, par="OS") for s, v in (("N", 40), ("median", 7.5), ("min", 1))]
    assert {key[6] for key in released(rows)} == {"N", "median"}


def test_of_analyses_beyond_the_main_ones_the_effects_of_models_alone_are_shown():
    values = {"N": 160, "events": 90, "hr": 0.6, "p_value": 0.01, "survival": 0.5}
    rows = [count("landmark", s, v, par="OS", population="landmark=30") for s, v in values.items()]
    rows.append(count("ae_rates", "p_value", 0.04, variable="AEDECOD", level="rash"))
    assert {key[6] for key in released(rows)} == {"hr", "p_value"}
    assert not [key for key in released(rows) if key[0] == "ae_rates"]


def test_curves_show_the_months_that_are_given_and_no_other_time():
    rows = [count("kaplan_meier", "N", 40, "a", par="PFS")]
    for variable, level in (("time", "0"), ("time", "3"), ("day", "90")):
        where = {"variable": variable, "level": level, "par": "PFS"}
        rows += [count("kaplan_meier", s, 30, "a", **where) for s in ("at_risk", "survival")]
    rows.append(count("proportional_hazards", "at_risk", 29, "a", par="PFS"))
    shown = released(rows, months={("PFS", "all", "a"): [0.0]})
    assert {key[4:7] for key in shown} == {
        ("", "", "N"), ("time", "0", "at_risk"), ("time", "0", "survival")
    }  # fmt: skip


def subjects(*levels: tuple[str, str, int]) -> pd.DataFrame:
    """Patients of one arm by two variables."""
    rows = [{"TRT01A": "a", "KPS": x, "KPSGR": y} for x, y, n in levels for _ in range(n)]
    return pd.DataFrame(rows)


def described(frame: pd.DataFrame) -> list[Row]:
    rows = [count("baseline", "N", len(frame))]
    for name in frame.columns.drop("TRT01A"):
        for level, n in frame[name].value_counts().items():
            rows.append(count("baseline", "n", n, variable=name, level=str(level)))
            rows.append(count("baseline", "N", len(frame), variable=name, level=str(level)))
    return rows


def test_a_level_does_not_follow_from_a_group_of_levels_in_another_table():
    frame = subjects(("70", "<=80", 7), ("80", "<=80", 40), ("90", ">80", 40), ("100", ">80", 1))
    shown = released(described(frame), frame)
    small = [k[5] for k in shown if k[6] == "n" and k[4] in ("KPS", "KPSGR")]
    assert "100" not in small and not {"90", ">80"} <= set(small)


def test_the_small_number_without_a_value_does_not_follow():
    frame = subjects(("80", "<=80", 40), ("90", ">80", 40), (None, ">80", 2), ("70", "<=80", 9))
    shown = released(described(frame), frame)
    assert len([k for k in shown if k[4] == "KPS" and k[6] == "n"]) < 3


def test_severe_events_do_not_tell_how_few_were_not_severe():
    rows = []
    for variable, n in (("AEDECOD", 12), ("AEDECOD_GE3", 9)):
        where = {"variable": variable, "level": "rash"}
        rows += [count("adverse_events", s, v, **where) for s, v in (("n", n), ("N", 60))]
    assert len([k for k in released(rows) if k[6] == "n"]) < 2


def test_response_rates_do_not_tell_a_best_response():
    rows = [count("response", "N", 60)]
    for variable, level, n in [
        ("BOR", "CR", 2), ("BOR", "PR", 20), ("BOR", "SD", 30), ("BOR", "PD", 8), ("ORR", "yes", 22)
    ]:  # fmt: skip
        where = {"variable": variable, "level": level}
        rows += [count("response", s, v, **where) for s, v in (("n", n), ("N", 60))]
    shown = {k[4:6] for k in released(rows) if k[6] == "n"}
    assert ("BOR", "CR") not in shown and not {("BOR", "PR"), ("ORR", "yes")} <= shown


def test_what_follows_since_no_number_is_below_zero_is_found():
    sum_of_two, ten = [{"t": -1, "x": 1, "y": 1}], ["x", "y"]
    assert pinned(sum_of_two, ten, {"t": 0, "x": 0, "y": 0}, ten) == {"x", "y"}
    assert pinned(sum_of_two, ten, {"t": 5, "x": 3, "y": 2}, ten) == set()
    square = [{"r": -1, "a": 1, "b": 1}, {"s": -1, "c": 1, "d": 1}, {"u": -1, "a": 1, "c": 1}]
    values = {"a": 5, "b": 0, "c": 40, "d": 0, "r": 5, "s": 40, "u": 45}
    assert pinned(square, "abcd", values, "abcd") == set("abcd")


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
