"""What became of each query, from the deliveries and the answers alone.

A query is a problem (`problems.py`): the findings of one delivery or another about the same cells.

Nothing is remembered: history is computed anew each time, so the same deliveries and answers give
the same statuses whenever they are computed, and no clock is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.queries.answers import Answer, confirms
from scripts.lib.queries.problems import group, no_cells

NEW, OPEN, ANSWERED, CORRECTED = "new", "open", "answered", "corrected"
CONFIRMED, WAIVED, REOPENED = "confirmed", "waived", "reopened"

STATUSES = {
    NEW: "asked for the first time in this delivery; nobody has answered yet",
    OPEN: "asked in an earlier delivery, too, and never answered",
    REOPENED: "was answered or gone before and is asked again; or the value that was confirmed is "
    "another one now",
    ANSWERED: "somebody answered it for this delivery; the extract still holds the value",
    CONFIRMED: "somebody answered that the value is right, and it is still the same value",
    WAIVED: "a waiver covers this value (config/waivers.csv), not ended at the data cut-off",
    CORRECTED: "asked in an earlier delivery and no longer found",
}
STATUSES_ZH = {
    NEW: "本次交付首次提出，尚无答复",
    OPEN: "以前的交付中已提出，一直没有答复",
    REOPENED: "以前已答复或已消失，本次再次出现；或已确认的值现已改变",
    ANSWERED: "已对本次交付作出答复，数据尚未更改",
    CONFIRMED: "已答复该值正确，且该值未改变",
    WAIVED: "已有豁免（config/waivers.csv），在数据截止日仍有效",
    CORRECTED: "以前的交付中提出，现已不再出现",
}
ASKING = (NEW, OPEN, REOPENED)  # wait for an answer


class Delivery(NamedTuple):
    """Findings of one delivery, which datasets were judged in it, and the cells asked about."""

    name: str
    asked: pd.DataFrame
    judged: Collection[str]
    cells: pd.DataFrame = no_cells()


class Given(NamedTuple):
    """An answer as it counts for a problem: in which delivery, for which of its findings."""

    at: int
    answer: Answer
    finding: str  # the one that it was given to, by an id that it had alone; empty: to all
    right: bool  # it confirms the value


def grouped(deliveries: Sequence[Delivery]) -> pd.DataFrame:
    """`name` and `problem`: to which query each id belongs that any delivery knows."""
    return group([d.asked for d in deliveries], [d.cells for d in deliveries])


def register(
    deliveries: Sequence[Delivery],
    problems: pd.DataFrame,
    answers: Iterable[Answer],
    waived: Collection[str],
    confirming: Collection[str],
) -> pd.DataFrame:
    """Every query of every delivery once, as it stood when it was last seen.

    Parameters
    ----------
    deliveries
        The oldest first; the last is the current one.
    problems
        `grouped(deliveries)`.
    waived
        Ids of findings covered by a waiver in force.
    confirming
        Words with which an answer confirms the value.

    Returns
    -------
    `id, status, first_delivery, last_delivery, answer, answered_by, answered_on,
    answered_delivery` (of the latest answer; missing without), sorted by id.
    """
    names = [delivery.name for delivery in deliveries]
    problem = problems.set_index("name")["problem"]
    asked = [dict(zip(d.asked["id"], d.asked["value_hash"].fillna(""), strict=True))
             for d in deliveries]  # fmt: skip
    table = {i: t for d in deliveries for i, t in zip(d.asked["id"], d.asked["table"], strict=True)}
    members: dict[str, list[str]] = {}
    for finding in sorted(table):
        members.setdefault(problem[finding], []).append(finding)
    given = _given(answers, names, problem, table, confirming)
    cells = _cells_of(deliveries)
    rows = []
    for query, findings in sorted(members.items()):
        seen = _seen([table[f] for f in findings], findings, asked, deliveries)
        known = given.get(query, [])
        status = _status(seen, findings, asked, known, cells, waived)
        said = known[-1].answer if known else None
        rows.append((
            query, status, names[int((seen == 1).argmax())],
            names[len(seen) - 1 - int((seen[::-1] == 1).argmax())],
            *((said.answer, said.answered_by, said.date.isoformat(), said.delivery)
              if said else (None,) * 4),
        ))  # fmt: skip
    columns = ["id", "status", "first_delivery", "last_delivery", "answer", "answered_by",
               "answered_on", "answered_delivery"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns, dtype="string")


def unknown_answers(answers: Iterable[Answer], ids: Iterable[str]) -> list[Answer]:
    """Answers to queries that no delivery asks (a check that is gone, an id mistyped)."""
    known = set(ids)
    return [answer for answer in answers if answer.id not in known]


def _given(
    answers: Iterable[Answer],
    names: Sequence[str],
    problem: pd.Series,
    findings: Collection[str],
    confirming: Collection[str],
) -> dict[str, list[Given]]:
    """Answers by query, the one that counts last: of the latest delivery, the latest day.

    An answer counts for a query by its id, by that of any of its cells, and by the id that one of
    its findings had when each was a query of its own.
    """
    of_names, own = dict(problem), set(problem)
    known: dict[str, list[Given]] = {}
    for answer in answers:  # sorted by date
        query = answer.id if answer.id in own else of_names.get(answer.id)
        if query is not None:
            old = answer.id if answer.id in findings and answer.id not in own else ""
            right = confirms(answer.answer, confirming)
            one = Given(names.index(answer.delivery), answer, old, right)
            known.setdefault(query, []).append(one)
    return {query: sorted(of, key=lambda one: one.at) for query, of in known.items()}


def _cells_of(deliveries: Sequence[Delivery]) -> dict[str, set[str]]:
    """Cells that each finding asks about, in any delivery."""
    cells: dict[str, set[str]] = {}
    for delivery in deliveries:
        placed = delivery.cells[delivery.cells["src_row"].notna()]
        for finding, cell in zip(placed["id"], placed["cell"], strict=True):
            cells.setdefault(finding, set()).add(cell)
    return cells


def _seen(
    tables: Sequence[str],
    findings: Sequence[str],
    asked: Sequence[Mapping[str, str]],
    deliveries: Sequence[Delivery],
) -> np.ndarray:
    """By delivery: 1 asked, 0 judged and not asked, -1 a dataset of it was not judged."""
    seen = np.zeros(len(deliveries), dtype=int)
    for i, delivery in enumerate(deliveries):
        if any(finding in asked[i] for finding in findings):
            seen[i] = 1
        elif not set(tables) <= set(delivery.judged):
            seen[i] = -1
    return seen


def _status(
    seen: np.ndarray,
    findings: Sequence[str],
    asked: Sequence[Mapping[str, str]],
    given: Sequence[Given],
    cells: Mapping[str, set[str]],
    waived: Collection[str],
) -> str:
    """Status of a query; a delivery that did not judge its datasets says nothing about it."""
    now = int(np.flatnonzero(seen >= 0)[-1])
    if seen[now] == 0:
        return CORRECTED
    left = [f for f in findings if f in asked[now] and not (f in waived and now == len(seen) - 1)]
    if not left:
        return WAIVED
    states = {_state(f, now, seen, asked, given, cells) for f in left}
    if states == {CONFIRMED}:
        return CONFIRMED
    if states <= {CONFIRMED, ANSWERED}:
        return ANSWERED
    first = int(np.flatnonzero(seen == 1)[0])
    if states != {NEW} or (seen[first : now + 1] == 0).any():
        return REOPENED
    return NEW if first == len(seen) - 1 else OPEN


def _state(
    finding: str,
    now: int,
    seen: np.ndarray,
    asked: Sequence[Mapping[str, str]],
    given: Sequence[Given],
    cells: Mapping[str, set[str]],
) -> str:
    """What was said to one finding of a query: NEW where nobody answered it.

    An answer tells what is right in the cells of a query, whichever of its questions it was given
    to. One that confirms, given to a finding when that was a query of its own, confirms the cells
    that it asked about and no others.
    """
    mine = cells.get(finding, {finding})
    known = [
        one for one in given
        if not one.finding or not one.right or one.finding == finding
        or mine <= cells.get(one.finding, {one.finding})
    ]  # fmt: skip
    if not known:
        return NEW
    last = known[-1]
    at = min(last.at, now)
    gone = (seen[at : now + 1] == 0).any()
    stands = asked[at].get(finding) == asked[now][finding] and not gone
    if last.right and stands:
        return CONFIRMED
    return ANSWERED if stands and at == now else REOPENED
