"""What became of each query, from the deliveries and the answers alone.

Nothing is remembered: history is computed anew each time, so the same deliveries and answers give
the same statuses whenever they are computed, and no clock is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.queries.answers import Answer, confirms

NEW, OPEN, ANSWERED, CORRECTED = "new", "open", "answered", "corrected"
CONFIRMED, WAIVED, REOPENED = "confirmed", "waived", "reopened"

STATUSES = {
    NEW: "asked for the first time in this delivery; nobody has answered yet",
    OPEN: "asked in an earlier delivery, too, and never answered",
    REOPENED: "was answered or gone in an earlier delivery and is asked again; or the value that "
    "was confirmed is another one now",
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
    """Queries of one delivery, and which datasets were judged in it."""

    name: str
    asked: pd.DataFrame
    judged: Collection[str]


def register(
    deliveries: Sequence[Delivery],
    answers: Iterable[Answer],
    waived: Collection[str],
    confirming: Collection[str],
) -> pd.DataFrame:
    """Every query of every delivery once, as it stood when it was last seen.

    Parameters
    ----------
    deliveries
        The oldest first; the last is the current one.
    waived
        Ids covered by a waiver in force.
    confirming
        Words with which an answer confirms the value.

    Returns
    -------
    Columns of `asked`, and `status, first_delivery, last_delivery, answer, answered_by,
    answered_on, answered_delivery` (of the latest answer; missing without).
    """
    names = [delivery.name for delivery in deliveries]
    last = pd.concat([d.asked.assign(last_delivery=d.name) for d in deliveries], ignore_index=True)
    last = last.drop_duplicates("id", keep="last").sort_values("id", ignore_index=True)
    seen = _seen(last, deliveries)
    value = _values(last["id"], deliveries)
    known = _latest(answers, names)
    answered = np.array([known[i][0] if i in known else -1 for i in last["id"]], dtype=int)
    right = np.array([i in known and confirms(known[i][1].answer, confirming) for i in last["id"]])
    status = _statuses(seen, value, answered, right, last["id"].isin(list(waived)).to_numpy())
    first = pd.array([names[i] for i in (seen == 1).argmax(axis=1)], dtype="string")
    said = [known[i][1] if i in known else None for i in last["id"]]
    return last.assign(
        status=pd.array(status, dtype="string"),
        first_delivery=first,
        answer=pd.array([a and a.answer for a in said], dtype="string"),
        answered_by=pd.array([a and a.answered_by for a in said], dtype="string"),
        answered_on=pd.array([a and a.date.isoformat() for a in said], dtype="string"),
        answered_delivery=pd.array([a and a.delivery for a in said], dtype="string"),
    )


def unknown_answers(answers: Iterable[Answer], ids: Iterable[str]) -> list[Answer]:
    """Answers to queries that no delivery asks (a check that is gone, an id mistyped)."""
    known = set(ids)
    return [answer for answer in answers if answer.id not in known]


def _seen(last: pd.DataFrame, deliveries: Sequence[Delivery]) -> np.ndarray:
    """Query x delivery: 1 asked, 0 judged and not asked, -1 its dataset was not judged."""
    seen = np.zeros((len(last), len(deliveries)), dtype=int)
    for i, delivery in enumerate(deliveries):
        judged = last["table"].isin(list(delivery.judged)).to_numpy(dtype=bool)
        asked = last["id"].isin(delivery.asked["id"]).to_numpy(dtype=bool)
        seen[:, i] = np.where(asked, 1, np.where(judged, 0, -1))
    return seen


def _values(ids: pd.Series, deliveries: Sequence[Delivery]) -> np.ndarray:
    """Query x delivery: hash of the value asked about; empty where it was not asked."""
    columns = [d.asked.set_index("id")["value_hash"].reindex(ids).fillna("") for d in deliveries]
    return np.column_stack([column.to_numpy(dtype=object) for column in columns])


def _latest(answers: Iterable[Answer], names: Sequence[str]) -> Mapping[str, tuple[int, Answer]]:
    """The answer that counts by query: of the latest delivery, the latest day."""
    known: dict[str, tuple[int, Answer]] = {}
    for answer in answers:  # sorted by date
        at = names.index(answer.delivery)
        if answer.id not in known or at >= known[answer.id][0]:
            known[answer.id] = (at, answer)
    return known


def _statuses(
    seen: np.ndarray, value: np.ndarray, answered: np.ndarray, right: np.ndarray, waived: np.ndarray
) -> list[str]:
    """Status by query; a delivery that did not judge its dataset says nothing about it."""
    found = []
    for row in range(len(seen)):
        known = np.flatnonzero(seen[row] >= 0)
        asked = np.flatnonzero(seen[row] == 1)
        now = known[-1]
        at = min(answered[row], now)
        if seen[row, now] == 0:
            found.append(CORRECTED)
        elif waived[row]:
            found.append(WAIVED)
        elif at >= 0:
            gone = (seen[row, at : now + 1] == 0).any()
            same = value[row, at] == value[row, now]
            stands = same and not gone
            if right[row] and stands:
                found.append(CONFIRMED)
            else:
                found.append(ANSWERED if stands and at == now else REOPENED)
        elif (seen[row, asked[0] : now + 1] == 0).any():
            found.append(REOPENED)
        else:
            found.append(NEW if asked[0] == len(seen[row]) - 1 else OPEN)
    return found
