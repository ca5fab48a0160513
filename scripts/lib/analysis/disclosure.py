"""Which statistics may leave the hospital: small counts are withheld, and what gives them away.

A *fact* is a number of patients or events, whatever file it stands in and however often: counts of
the same patients with the same value are one fact, so that what is withheld in one table cannot be
read in another. *Relations* are sums between facts that hold in the numbers themselves: levels and
their total, arms and all patients, subgroups and the cohort, events and censored, patients before
and after a criterion.

Facts of 1 to minimum - 1 are hidden, and those that leave so few others. Then facts are added until
in no relation a single fact is hidden or the hidden ones add up to less than the minimum, and until
no hidden fact follows from all relations together (linear algebra, `determined`).

Source: OpenSAFELY, statistical disclosure control; Hundepool et al., Statistical Disclosure Control
(2012), chapter 4 (secondary suppression).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from scripts.lib.analysis.ard import ALL, Row

COUNTS = ("n", "N", "events", "censored", "at_risk")
OF_ONE_PATIENT = ("min", "max")
BETWEEN = re.compile(
    r"(p_value|chi_square|z|coef|se|smd|(hr|odds_ratio|rate_ratio|risk_difference)(_ci_\w+)?)$"
)  # compares groups: with the other group's numbers it gives a withheld one away
TIME = "time"
SMALL = "fewer than {}"
RESIDUAL = "leaves fewer than {} others"
OFF_MONTH = "at risk between the months shown"
STEP = "fewer than {} left since the last month shown"
SUM = "a withheld number follows from it and from other numbers"
DERIVED = "computed from a withheld number"
SINGLE = "the value of a single patient"
NOT_COUNTED = "nothing says of how many patients it is"

Fact = Hashable
Relation = dict[Fact, int]  # coefficients; their sum with the values is 0


@dataclass
class Facts:
    """Counts by fact, the sums between them, and why a fact is hidden."""

    values: dict[Fact, int] = field(default_factory=dict)
    relations: list[Relation] = field(default_factory=list)
    hidden: dict[Fact, str] = field(default_factory=dict)
    known: set[Fact] = field(default_factory=set)  # sizes of the arms: hidden only where small

    def add(self, fact: Fact, value: int) -> None:
        """Know a fact."""
        self.values[fact] = value

    def relate(self, total: Fact, parts: Iterable[Fact]) -> None:
        """`total` is the sum of `parts`, if that holds in the numbers and says anything."""
        parts = [part for part in dict.fromkeys(parts) if part != total]
        if len(parts) > 1 and sum(self.values[part] for part in parts) == self.values[total]:
            self.relations.append({total: -1} | dict.fromkeys(parts, 1))

    def hide(self, fact: Fact, why: str) -> None:
        """Hide a fact; the first reason stays."""
        self.hidden.setdefault(fact, why)

    def hide_small(self, fact: Fact, whole: Fact | None, minimum: int) -> None:
        """Hide a fact that is small, or that leaves few of its whole."""
        if 0 < self.values[fact] < minimum:
            self.hide(fact, SMALL.format(minimum))
        elif whole is not None and 0 < self.values[whole] - self.values[fact] < minimum:
            self.hide(fact, RESIDUAL.format(minimum))

    def protect(self, minimum: int) -> None:
        """Hide more until no hidden fact follows from what is shown."""
        while True:
            while any(self._cover(relation, minimum) for relation in self.relations):
                pass
            found = determined(self.relations, self.hidden)
            if not any(self._widen(fact) for fact in found):
                sizes = {f for r in self.relations if not set(found).isdisjoint(r) for f in r}
                if self.known.isdisjoint(sizes):
                    return
                self.known -= sizes  # nothing else is left: the sizes of the arms may go, too

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
        self.hide(min(shown, key=lambda fact: (cost[fact], repr(fact))), SUM)
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


def determined(relations: Sequence[Relation], hidden: Iterable[Fact]) -> list[Fact]:
    """The hidden facts that follow from the shown ones and all relations together."""
    hidden = set(hidden)
    rows = [{f: c for f, c in r.items() if f in hidden} for r in relations]
    found: list[Fact] = []
    for names, members in _components([row for row in rows if row]):
        place = {name: i for i, name in enumerate(names)}
        matrix = np.zeros((len(members), len(names)))
        for i, row in enumerate(members):
            for name, coefficient in row.items():
                matrix[i, place[name]] = coefficient
        _, sizes, right = np.linalg.svd(matrix)
        free = right[(sizes > 1e-9).sum() :]  # what may change and leaves all sums as they are
        freedom = np.abs(free).max(axis=0, initial=0)
        found += [name for name in names if freedom[place[name]] < 1e-9]
    return found


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


# ---- the facts of Analysis Results Data

Base = tuple[str, ...]  # analysis, parameter, population, group, variable, level


def facts_of(rows: Iterable[Row], minimum: int) -> tuple[Facts, dict[Row, Fact]]:
    """Facts, their relations and what is small, of all results at once.

    Returns
    -------
    The facts (small ones hidden, `protect` not yet called), and the fact of each count.
    """
    counts = {row: signature(row) for row in rows if row.statistic in COUNTS and row.value}
    facts = Facts()
    for row, fact in counts.items():
        facts.add(fact, round(float(row.value)))
    at: dict[tuple[str, ...], Fact] = {row.key: fact for row, fact in counts.items()}
    facts.known = {
        fact for row, fact in counts.items()
        if row.statistic == "N" and not row.variable and "=" not in row.population
    }  # fmt: skip
    for row, fact in counts.items():
        whole = at.get((*row.key[:6], "N")) if row.statistic in ("n", "events") else None
        facts.hide_small(fact, whole, minimum)
    _relate_bases(facts, at)
    _relate_levels(facts, at)
    _relate_arms(facts, at)
    _relate_subgroups(facts, at)
    _thin_steps(facts, at, minimum)
    return facts, counts


def signature(row: Row) -> Fact:
    """Who is counted: one fact for the same patients with the same number, in whatever file."""
    who = {("", row.group)} if row.group else set()
    variable, given, level = row.population.partition("=")
    if given:
        who.add((variable, level))
    if row.statistic == "at_risk":
        return (row.analysis, row.parameter, row.population, *sorted(who), row.level, row.value)
    if row.statistic == "n" and row.variable:
        who.add((row.variable, row.level))
    what = row.parameter + row.statistic if row.statistic in ("events", "censored") else ""
    return (what, *sorted(who), row.value)


Index = Mapping[tuple[str, ...], Fact]


def _relate_bases(facts: Facts, at: Index) -> None:
    """Events and censored are all."""
    for key, fact in at.items():
        parts = [at.get((*key[:6], name)) for name in ("events", "censored")]
        if key[6] == "N" and all(parts):
            facts.relate(fact, parts)


def _relate_levels(facts: Facts, at: Index) -> None:
    """The levels of a variable are all who have a value of it."""
    levels: dict[Base, list[Fact]] = defaultdict(list)
    wholes: dict[Base, dict[Fact, None]] = defaultdict(dict)
    for key, fact in at.items():
        if key[6] == "n" and key[5]:
            levels[key[:5]].append(fact)
        elif key[6] == "N":
            wholes[key[:5]][fact] = None
    for base, parts in levels.items():
        for whole in {**wholes[base], **wholes[(*base[:4], "")]}:
            facts.relate(whole, parts)


def _relate_arms(facts: Facts, at: Index) -> None:
    """The arms are all patients."""
    arms: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for key, fact in at.items():
        if key[3]:
            arms[(*key[:3], *key[4:])].append(fact)
    for key, parts in arms.items():
        whole = at.get((*key[:3], "", *key[3:]))
        if whole is not None:
            facts.relate(whole, parts)


def _relate_subgroups(facts: Facts, at: Index) -> None:
    """The subgroups by a variable are the cohort, in whatever file its number stands."""
    groups: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    wholes: dict[tuple[str, ...], dict[Fact, None]] = defaultdict(dict)
    for key, fact in at.items():
        analysis, parameter, population, *rest = key
        if "=" in population:
            groups[(population.split("=", 1)[0], analysis, parameter, *rest)].append(fact)
        elif population == ALL:
            wholes[(parameter if rest[3] in ("events", "censored") else "", *rest)][fact] = None
    for (_, _, parameter, *rest), parts in groups.items():
        counted = parameter if rest[3] in ("events", "censored") else ""
        for whole in wholes[(counted, *rest)]:
            facts.relate(whole, parts)


def _thin_steps(facts: Facts, at: Index, minimum: int) -> None:
    """Hide months at risk so that between two shown ones nobody leaves, or `minimum` or more.

    Numbers at risk at other times (declared days, tau) lie between the months and are hidden.
    """
    curves: dict[Base, list[tuple[float, Fact]]] = defaultdict(list)
    for key, fact in at.items():
        if key[6] == "at_risk" and key[4] == "time":
            curves[key[:5]].append((float(key[5]), fact))
        elif key[6] == "at_risk":
            facts.hide(fact, OFF_MONTH)
    for base, months in curves.items():
        whole = at.get((*base[:4], "", "", "N"))
        last = facts.values[whole] if whole is not None else None
        for _, fact in sorted(months, key=lambda month: month[0]):
            value = facts.values[fact]
            if fact in facts.hidden:
                continue
            if last is not None and 0 < abs(last - value) < minimum:
                facts.hide(fact, STEP.format(minimum))
            else:
                last = value


def withheld(
    rows: Sequence[Row], facts: Facts, counts: Mapping[Row, Fact]
) -> dict[tuple[str, ...], str]:
    """Why each row that may not be shown is withheld, by its key.

    With a hidden count goes whatever was computed from it: all statistics of the same patients,
    and the comparisons in which they take part.
    """
    found: dict[tuple[str, ...], str] = {
        row.key: facts.hidden[fact] for row, fact in counts.items() if fact in facts.hidden
    }
    bases = {key[:6] for key in found}
    compared = {(*key[:3], key[4], level) for key in found for level in {key[5], ""} if key[4]}
    counted = {row.key[:6] for row in counts}
    for row in rows:
        base = row.key[:6]
        if row.key in found or not row.value:
            continue
        if row.statistic in OF_ONE_PATIENT:
            found[row.key] = SINGLE
        elif (
            row.statistic not in COUNTS
            and base in bases
            or BETWEEN.match(row.statistic)
            and (*base[:3], *base[4:]) in compared
        ):
            found[row.key] = DERIVED
        elif row.variable == TIME and base not in counted:
            found[row.key] = NOT_COUNTED
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
    _relate_flow_arms(facts, steps, found)
    return found


def _relate_flow_arms(
    facts: Facts, steps: Sequence[Mapping[str, str]], found: Sequence[Mapping[str, Fact]]
) -> None:
    for step, here in zip(steps, found, strict=True):
        if not step["group"]:
            arms = [
                other for row, other in zip(steps, found, strict=True)
                if row["group"] and row["criterion"] == step["criterion"]
            ]  # fmt: skip
            for name in here if arms else ():
                facts.relate(here[name], [arm[name] for arm in arms])
