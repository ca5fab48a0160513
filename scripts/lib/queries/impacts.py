"""From derived scenarios to what a query can change: days, hazard ratios, who is analysed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.cox_rows import fit_terms, treatment_term
from scripts.lib.config.specs import TREATMENT
from scripts.lib.queries.words import MOVES, NEVER
from scripts.lib.statistics.cox_batch import Patients, log_hazard_ratios

MOST_CELLS = 100_000_000  # fits x times: a few minutes
TOO_MANY = "not every hazard ratio was fitted: too many"


class Impacts:
    """Outcomes of all scenarios, endpoint by endpoint."""

    def __init__(
        self,
        ids: pd.Series,
        cells: pd.DataFrame,
        analysed: Mapping[str, pd.DataFrame],
        settings: Mapping[str, Any],
    ) -> None:
        self.ids, self.analysed, self.settings = ids, analysed, settings
        self.cells = cells.rename(columns={"id": "query"})  # query, cell
        self.parts: dict[str, list[pd.DataFrame]] = {name: [] for name in settings["endpoints"]}

    def add(
        self,
        cells: Sequence[int],
        patients: Sequence[str],
        own: Sequence[str],
        found: Mapping[str, pd.DataFrame],
    ) -> None:
        """Take in outcomes: first those of the patients `own` as they stand, then the scenarios."""
        for name, rows in found.items():
            base = rows.iloc[: len(own)].set_axis(pd.Index(own))
            changed = rows.iloc[len(own) :].reset_index(drop=True)
            before = base.reindex(pd.Index(patients)).reset_index(drop=True).add_suffix("_before")
            part = pd.concat([changed, before], axis=1)
            part = part.assign(cell=list(cells), patient=list(patients))
            self.parts[name].append(part.drop_duplicates())

    def of(self, name: str) -> pd.DataFrame:
        """Distinct outcomes of an endpoint, with what changed."""
        empty = [TREATMENT, "time", "event", f"{TREATMENT}_before", "time_before", "event_before",
                 "cell", "patient", "query"]  # fmt: skip
        if not self.parts[name]:
            return pd.DataFrame(columns=empty)
        distinct = pd.concat(self.parts[name], ignore_index=True).drop_duplicates()
        return distinct.merge(self.cells, on="cell")


def largest(impacts: Impacts, notes: pd.Series) -> pd.DataFrame:
    """One row a query: the largest shifts of each endpoint, sorted by id.

    Parameters
    ----------
    notes
        By id: why nothing was derived; empty where something was.
    """
    table = pd.DataFrame(index=pd.Index(sorted(impacts.ids), name="id"))
    moves = {name: pd.Series(False, index=table.index) for name in MOVES}
    greatest = pd.Series(0.0, index=table.index)
    notes = notes.reindex(table.index)
    for name, rule in impacts.settings["endpoints"].items():
        rows, param = impacts.of(name), rule["param"]
        rows = rows.assign(days=(rows["time"] - rows["time_before"]).astype("Float64"))
        days = _extreme(rows, "days").reindex(table.index)
        table[f"{param}_days"] = days.round().astype("Int64")
        ratios, complete = hazard_ratios(rows, impacts.analysed[name], impacts.settings)
        for column in ("hr_now", "hr_then"):
            table[f"{param}_{column}"] = ratios[column].reindex(table.index).astype("Float64")
        table[f"{param}_hr_arm"] = ratios["hr_arm"].reindex(table.index).astype("string")
        change = ratios["change"].reindex(table.index).astype("Float64").fillna(0.0)
        greatest = greatest.where(greatest >= change, change)
        for kind, true in _moved(rows).items():
            moves[kind] |= pd.Series(table.index.isin(rows.loc[true, "query"]), index=table.index)
        if not complete:
            notes = notes.mask((notes == "") & table.index.isin(rows["query"]), TOO_MANY)
    told = [[text for kind, text in MOVES.items() if moves[kind][i]] for i in table.index]
    table["moves"] = pd.array(["; ".join(texts) for texts in told], dtype="string")
    days = table.filter(regex="_days$").isna().all(axis=1)
    never = (notes == "") & days & (table["moves"] == "")
    table["impact_note"] = notes.mask(never, NEVER).astype("string")
    table["greatest"] = greatest.astype("Float64")
    return table.reset_index().astype({"id": "string"})


def _extreme(rows: pd.DataFrame, column: str) -> pd.Series:
    """By query, the value furthest from 0 (of two equally far the positive one)."""
    known = rows.dropna(subset=[column])
    known = known.assign(size=known[column].abs())
    ordered = known.sort_values(["query", "size", column], ascending=[True, False, False])
    return ordered.drop_duplicates("query").set_index("query")[column]


def _moved(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    now, before = rows["time"].notna(), rows["time_before"].notna()
    both = now & before
    arm = both & (rows[TREATMENT] != rows[f"{TREATMENT}_before"]).fillna(False)
    event = both & (rows["event"] != rows["event_before"]).fillna(False)
    moved = {"enters": now & ~before, "leaves": before & ~now, "arm": arm, "event": event}
    return {kind: true.to_numpy(dtype=bool) for kind, true in moved.items()}


def hazard_ratios(
    rows: pd.DataFrame, analysed: pd.DataFrame, settings: Mapping[str, Any]
) -> tuple[pd.DataFrame, bool]:
    """By query: hr_now, hr_then, hr_arm, change (of the log ratio); and whether all were fitted."""
    columns = ["hr_now", "hr_then", "hr_arm", "change"]
    now = hazard_by_arm(analysed, settings)
    same = (
        rows["time"].eq(rows["time_before"]) & rows["event"].eq(rows["event_before"])
        & rows[TREATMENT].eq(rows[f"{TREATMENT}_before"])
    ).fillna(False) | (rows["time"].isna() & rows["time_before"].isna())  # fmt: skip
    changed = rows[~same.to_numpy(dtype=bool)].copy()
    outcome = ["patient", TREATMENT, "time", "event"]
    distinct = changed[[*outcome, "days"]].drop_duplicates(outcome)
    distinct["size"] = distinct["days"].abs().fillna(np.inf)
    distinct = distinct.sort_values(["size", *outcome], ascending=[False, *[True] * 4])
    most = max(1, MOST_CELLS // max(1, analysed["time"].nunique()))
    fitted = distinct.head(most).reset_index(drop=True)
    if not now or fitted.empty:
        return pd.DataFrame(columns=columns), len(distinct) <= most
    arm, then = _furthest(now, _ratios(fitted, analysed, list(now), settings))
    table = fitted[outcome].assign(hr_arm=arm, hr_then=then, hr_now=[now[a] for a in arm])
    log_change = np.log(table["hr_then"]) - np.log(table["hr_now"])
    table["change"] = log_change.abs().fillna(0.0)
    by_query = changed[["query", *outcome]].merge(table, on=outcome, how="inner")
    by_query = by_query.sort_values(["query", "change", "hr_then"], ascending=[True, False, True])
    first = by_query.drop_duplicates("query").set_index("query")[columns]
    return first, len(distinct) <= most


def _ratios(
    outcomes: pd.DataFrame, analysed: pd.DataFrame, others: list[str], settings: Mapping[str, Any]
) -> np.ndarray:
    """Hazard ratio of each arm in `others`, with the outcome of one patient other in each row."""
    arms = [settings["reference"], *others]
    place = {patient: i for i, patient in enumerate(analysed["USUBJID"])}
    replaced = np.array([place.get(patient, -1) for patient in outcomes["patient"]], dtype=int)
    if settings["ties"] == "exact":  # no shortcut
        fits = [
            hazard_by_arm(with_outcome(analysed, at if at >= 0 else None, row), settings)
            for at, row in zip(replaced, outcomes.itertuples(index=False), strict=True)
        ]
        return np.array([[fit.get(arm, np.nan) for arm in others] for fit in fits])
    by = _patients(outcomes, arms)
    return np.exp(
        log_hazard_ratios(_patients(analysed, arms), replaced, by, len(arms), settings["ties"])
    )


def _patients(frame: pd.DataFrame, arms: list[str]) -> Patients:
    """Arrays of the frame; who has no time is in no arm."""
    time = frame["time"].to_numpy(float, na_value=np.nan)
    arm = pd.Index(arms).get_indexer(pd.Index(frame[TREATMENT]))
    event = frame["event"].astype("boolean").to_numpy(bool, na_value=False)
    return Patients(np.nan_to_num(time), event, np.where(np.isnan(time), -1, arm))


def with_outcome(analysed: pd.DataFrame, at: int | None, row: Any) -> pd.DataFrame:
    """The analysed patients with this one's outcome in place of theirs; left out if missing."""
    others = analysed if at is None else analysed.drop(index=analysed.index[at])
    if pd.isna(row.time):
        return others
    one = pd.DataFrame({
        "USUBJID": [row.patient], TREATMENT: [row[1]], "time": [row.time], "event": [row.event],
    }).astype(others[["USUBJID", TREATMENT, "time", "event"]].dtypes)  # fmt: skip
    return pd.concat([others[one.columns], one], ignore_index=True)


def hazard_by_arm(frame: pd.DataFrame, settings: Mapping[str, Any]) -> dict[str, float]:
    """Hazard ratio of each arm against the reference, treatment alone; those that there are."""
    present = set(frame[TREATMENT].unique())
    if settings["reference"] not in present or len(present) < 2:
        return {}
    fit = fit_terms(frame, [treatment_term(frame, settings)], settings)
    return {
        column.level: float(np.exp(value))
        for column, value in zip(fit.columns, fit.coefficient, strict=True)
        if np.isfinite(value)
    }


def _furthest(now: Mapping[str, float], then: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Per row the arm whose ratio changes most, and that ratio; missing: not estimable."""
    change = np.abs(np.log(then / np.array(list(now.values()))))
    at = np.nan_to_num(change, nan=-1.0).argmax(axis=1)
    return [list(now)[i] for i in at], then[np.arange(len(at)), at]
