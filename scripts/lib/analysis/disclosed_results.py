"""Which Analysis Results Data and numbers of the flow chart may leave the hospital.

Counts are released of the analyses in `COUNTED`, whose sums are known (`facts_of`). The analyses
beyond them count the same patients once more by other rules, and the difference of two such numbers
is a number of patients, too: of these the effects that models estimate are released, no number.

Source: scripts/lib/analysis/disclosure.py.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import permutations

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ALL, Row
from scripts.lib.analysis.disclosure import Fact, Facts
from scripts.lib.analysis.groups import level_text

COUNTED = (
    "baseline", "response", "adverse_events", "treatment_patterns", "progression_sites",
    "follow_up", "kaplan_meier", "log_rank", "cox_univariable", "cox_multivariable", "subgroups",
)  # fmt: skip
COUNTS = ("n", "N", "events", "censored")
OF_ONE_PATIENT = ("min", "max")
ESTIMATED = re.compile(r"(coef|se|z|hr(_ci_\w+)?|p_value|p_interaction)$")  # by a model
BETWEEN = re.compile(
    r"(p_value|chi_square|z|coef|se|smd|(hr|odds_ratio|rate_ratio|risk_difference)(_ci_\w+)?)$"
)  # compares groups: with the other group's numbers it gives a withheld one away
TIME, DAY, AT_RISK = "time", "day", "at_risk"
ANY_OF = {("ANYAE", "AEDECOD"), ("ANYGE3", "AEDECOD_GE3")}
COMPOSED = {"ORR": ("CR", "PR"), "DCR": ("CR", "PR", "SD", "NON-CR/NON-PD")}
SMALL = "a number of 1 to {}, or one from which such a number follows"
MONTH = "too few leave until that month, or after it"
DERIVED = "computed from a withheld number"
SINGLE = "the value of a single patient"
BEYOND = "counts the patients of other results once more, by another rule"

Key = tuple[str, ...]  # the key columns of a row
Index = Mapping[Key, Fact]


def facts_of(
    rows: Iterable[Row], minimum: int, subjects: pd.DataFrame | None = None
) -> tuple[Facts, dict[Row, Fact]]:
    """Facts, their relations and what is small, of all results at once.

    Parameters
    ----------
    subjects
        data/analysis/adsl.parquet: which levels of one variable make up a level of another.

    Returns
    -------
    The facts (small ones hidden, `protect` not yet called), and the fact of each count.
    """
    counts = {
        row: signature(row) for row in rows
        if row.analysis in COUNTED and row.statistic in COUNTS and row.value
    }  # fmt: skip
    facts = Facts()
    for row, fact in counts.items():
        facts.add(fact, round(float(row.value)))
    at: dict[Key, Fact] = {row.key: fact for row, fact in counts.items()}
    facts.known = {
        fact for row, fact in counts.items()
        if row.statistic == "N" and not row.variable and "=" not in row.population
    }  # fmt: skip
    for row, fact in counts.items():
        facts.hide_small(fact, _whole(row, at), minimum)
    _relate_bases(facts, at)
    _relate_levels(facts, at, minimum)
    _relate_arms(facts, at, minimum)
    _relate_subgroups(facts, at, minimum)
    _relate_composed(facts, at)
    _relate_terms(facts, at, minimum)
    if subjects is not None:
        _relate_variables(facts, subjects, minimum)
    return facts, counts


def signature(row: Row) -> Fact:
    """Who is counted: one fact for the same patients with the same number, in whatever file."""
    who = {("", row.group)} if row.group else set()
    variable, given, level = row.population.partition("=")
    if given:
        who.add((variable, level))
    if row.statistic == "n" and row.variable:
        who.add((row.variable, row.level))
    what = row.parameter + row.statistic if row.statistic in ("events", "censored") else ""
    return (what, *sorted(who), row.value)


def _whole(row: Row, at: Index) -> Fact | None:
    """What a count is a part of: its denominator; of a model's the patients of the endpoint."""
    if row.statistic == "n" or row.statistic == "events" and not row.variable:
        return at.get((*row.key[:6], "N"))
    if row.variable and row.population == ALL and row.statistic in ("N", "events"):
        for analysis, parameter in (("kaplan_meier", row.parameter), ("baseline", "")):
            whole = at.get((analysis, parameter, ALL, row.group, "", "", row.statistic))
            if whole is not None:
                return whole
    return None


def _relate_bases(facts: Facts, at: Index) -> None:
    """Events and censored are all."""
    for key, fact in at.items():
        parts = [at.get((*key[:6], name)) for name in ("events", "censored")]
        if key[6] == "N" and all(parts):
            facts.relate(fact, parts)


def _relate_levels(facts: Facts, at: Index, minimum: int) -> None:
    """The levels of a variable are all who have a value of it; the others have none."""
    levels: dict[Key, list[Fact]] = defaultdict(list)
    wholes: dict[Key, dict[Fact, None]] = defaultdict(dict)
    for key, fact in at.items():
        if key[6] == "n" and key[5] and key[0] != "adverse_events":
            levels[key[:5]].append(fact)
        elif key[6] == "N":
            wholes[key[:5]][fact] = None
    for base, parts in levels.items():
        for whole in {**wholes[base], **wholes[(*base[:4], "")]}:
            facts.relate_with_rest(whole, parts, minimum)


def _relate_arms(facts: Facts, at: Index, minimum: int) -> None:
    """The arms are all patients."""
    arms: dict[Key, list[Fact]] = defaultdict(list)
    for key, fact in at.items():
        if key[3]:
            arms[(*key[:3], *key[4:])].append(fact)
    for key, parts in arms.items():
        whole = at.get((*key[:3], "", *key[3:]))
        if whole is not None:
            facts.relate_with_rest(whole, parts, minimum)


def _relate_subgroups(facts: Facts, at: Index, minimum: int) -> None:
    """The subgroups by a variable are the cohort, in whatever file its number stands."""
    groups: dict[Key, list[Fact]] = defaultdict(list)
    wholes: dict[Key, dict[Fact, None]] = defaultdict(dict)
    for key, fact in at.items():
        analysis, parameter, population, *rest = key
        if "=" in population:
            groups[(population.split("=", 1)[0], analysis, parameter, *rest)].append(fact)
        elif population == ALL:
            wholes[(parameter if rest[3] in ("events", "censored") else "", *rest)][fact] = None
    for (_, _, parameter, *rest), parts in groups.items():
        counted = parameter if rest[3] in ("events", "censored") else ""
        for whole in wholes[(counted, *rest)]:
            facts.relate_with_rest(whole, parts, minimum)


def _relate_composed(facts: Facts, at: Index) -> None:
    """The rates of response are sums of best responses."""
    for key, fact in at.items():
        if key[4] in COMPOSED and key[5] == "yes" and key[6] == "n":
            parts = [(*key[:4], "BOR", level, "n") for level in COMPOSED[key[4]]]
            facts.relate(fact, [at[part] for part in parts if part in at])


def _relate_terms(facts: Facts, at: Index, minimum: int) -> None:
    """Adverse events lie within each other: severe ones of a term, a term in any event.

    Of two kinds (immune-related, of grade 3 and more, ...) the rarer is taken for part of the other
    where they differ by few.
    """
    groups: dict[Key, list[tuple[Key, Fact]]] = defaultdict(list)
    for key, fact in at.items():
        if key[0] == "adverse_events" and key[6] == "n":
            groups[key[:4]].append((key, fact))
    for found in groups.values():
        for (key, whole), (other, part) in permutations(found, 2):
            kinds = (key[4], other[4])
            nested = not (key[5] or other[5]) or key[5] == other[5] or kinds in ANY_OF
            if nested and 0 < facts.values[whole] - facts.values[part] < minimum:
                facts.relate_with_rest(whole, [part], minimum)


def _relate_variables(facts: Facts, subjects: pd.DataFrame, minimum: int) -> None:
    """Levels of one variable that make up a level of another: groups of values, parts of a yes."""
    who: dict[frozenset[tuple[str, str]], Fact] = {}
    for fact in facts.values:
        what, *people, _ = fact
        if not what:
            who[frozenset(people)] = fact
    names = dict.fromkeys(name for people in who for name, _ in people if name in subjects)
    levels = {name: level_text(subjects[name]).fillna("").astype("category") for name in names}
    arm = subjects["TRT01A"].astype("string")
    for group in ["", *arm.dropna().unique()]:
        rows = (arm.eq(group).fillna(False) if group else arm.notna()).to_numpy(bool)
        of_group = {("", group)} if group else set()
        for fine, coarse in permutations(names, 2):
            for level, parts in _made_of(levels[fine][rows], levels[coarse][rows]).items():
                whole = who.get(frozenset({(coarse, level), *of_group}))
                sets = [frozenset({(fine, part), *of_group}) for part in parts]
                named = [who[people] for people in sets if people in who]
                if whole is not None and named:
                    facts.relate_with_rest(whole, named, minimum)


def _made_of(fine: pd.Series, coarse: pd.Series) -> dict[str, list[str]]:
    """Per level of `coarse` the levels of `fine` that lie in it, where each lies in one.

    Of two yes/no variables the yes of one may lie in the yes of the other and its no in both.
    """
    size = len(coarse.cat.categories)
    pairs = np.unique(fine.cat.codes.to_numpy(int) * size + coarse.cat.codes.to_numpy(int))
    first, counts = np.unique(pairs // size, return_counts=True)
    flags = {*fine.cat.categories, *coarse.cat.categories} <= {"yes", "no"}
    if len(np.unique(pairs % size)) < 2 or (counts > 1).any() and not flags:
        return {}
    alone = first[counts == 1]
    found: dict[str, list[str]] = defaultdict(list)
    for pair in pairs:
        if pair // size in alone:
            found[coarse.cat.categories[pair % size]].append(fine.cat.categories[pair // size])
    return found


def withheld(
    rows: Sequence[Row],
    facts: Facts,
    counts: Mapping[Row, Fact],
    months: Mapping[tuple[str, ...], Collection[float]],
    minimum: int,
) -> dict[Key, str]:
    """Why each row that may not be shown is withheld, by its key.

    With a hidden count goes whatever was computed from it: all statistics of the same patients,
    and the comparisons in which they take part. Effects that a model estimates stay.

    Parameters
    ----------
    months
        What may be read of each curve, by parameter, population and group.
    """
    small = SMALL.format(minimum - 1)
    found: dict[Key, str] = {row.key: small for row, fact in counts.items() if fact in facts.hidden}
    bases = {key[:6] for key in found}
    compared = {(*key[:3], key[4], level) for key in found for level in {key[5], ""} if key[4]}
    modelled = {row.key[:6] for row in rows if row.statistic == "hr"}
    for row in rows:
        base = row.key[:6]
        if row.key in found:
            continue
        estimated = base in modelled and ESTIMATED.match(row.statistic)
        of_model = estimated and row.analysis.startswith("cox_")
        if row.analysis not in COUNTED:
            if not estimated:
                found[row.key] = BEYOND
        elif row.statistic in OF_ONE_PATIENT:
            found[row.key] = SINGLE
        elif row.variable in (TIME, DAY) or row.statistic == AT_RISK:
            if row.variable != TIME or float(row.level) not in months.get(base[1:4], ()):
                found[row.key] = MONTH
        elif (base in bases and row.statistic not in COUNTS and not of_model) or (
            BETWEEN.match(row.statistic) and (*base[:3], *base[4:]) in compared and not of_model
        ):
            found[row.key] = DERIVED
    return found


# ---- the flow chart


def flow_facts(
    facts: Facts, steps: Sequence[Mapping[str, str]], analysed: Mapping[str, Fact], minimum: int
) -> list[dict[str, Fact]]:
    """Facts of the flow chart, its sums, and what is small; for each step its facts by column.

    Parameters
    ----------
    steps
        Sequential rows of data/analysis/attrition.csv.
    analysed
        The fact of the analysed patients by group, which is the end of the chart.
    """
    last: dict[str, Fact] = {}
    found: list[dict[str, Fact]] = []
    for number, step in enumerate(steps):
        group = step["group"]
        before = last.get(group, ("flow", "screened", group, step["n_before"]))
        end = not any(later["group"] == group for later in steps[number + 1 :])
        named = analysed.get(group)
        after: Fact = ("flow", step["criterion"], group, "after")
        if end and named is not None and facts.values[named] == int(step["n_after"]):
            after = named
        here = {"n_before": before, "n_after": after}
        here |= {
            name: ("flow", step["criterion"], group, name) for name in ("n_excluded", "n_unknown")
        }
        for name, fact in here.items():
            facts.add(fact, int(step[name]))
            facts.hide_small(fact, None, minimum)
        facts.relate(before, [here["n_excluded"], here["n_unknown"], after])
        last[group] = after
        found.append(here)
    _relate_flow_arms(facts, steps, found, minimum)
    return found


def _relate_flow_arms(
    facts: Facts,
    steps: Sequence[Mapping[str, str]],
    found: Sequence[Mapping[str, Fact]],
    minimum: int,
) -> None:
    """At each criterion the arms are all; a patient may have none."""
    for step, here in zip(steps, found, strict=True):
        if not step["group"]:
            arms = [
                other for row, other in zip(steps, found, strict=True)
                if row["group"] and row["criterion"] == step["criterion"]
            ]  # fmt: skip
            for name in here if arms else ():
                facts.relate_with_rest(here[name], [arm[name] for arm in arms], minimum)
