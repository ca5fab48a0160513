"""Which cell changed a patient's inclusion, arm, status or time: each change is tried alone.

A patient of the older delivery gets one change of the newer one and is derived again. What then
comes out as in the newer delivery is because of that cell; what no single cell brings about is
because of several together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.deliveries.matching import ADDED, GONE, VALUE
from scripts.lib.queries.rederive import (
    SOURCE,
    Scenario,
    copy_rows,
    derive_again,
    scenario_names,
)

Tables = Mapping[str, pd.DataFrame]
INCLUDED, ARM = "inclusion", "arm"
CHUNK = 20000  # changes derived in one pass
ALONE, TOGETHER, NONE = "this alone", "several together", "no cell of the patient"
SETTINGS = "the configuration (data cut-off), with the same cells"


def states(
    cohort: pd.DataFrame, endpoints: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """Per patient what can change, as text: inclusion, arm, and per endpoint event and days."""
    reason = cohort["reason"].astype("string").fillna("")
    table = pd.DataFrame({
        "USUBJID": cohort["USUBJID"].array,
        INCLUDED: ("excluded: " + reason).mask(reason == "", "included").array,
        ARM: cohort["TRT01A"].astype("string").fillna("none").array,
    })  # fmt: skip
    for name, rule in settings["endpoints"].items():
        rows, param = endpoints[name], rule["param"]
        event = rows["event"].astype("boolean")
        text = event.map({True: "event", False: "censored"}).astype("string")
        table[f"{param} status"] = text.fillna("not analysed").array
        days = rows["time"].astype("Float64").round().astype("Int64").astype("string")
        table[f"{param} days"] = days.fillna("not analysed").array
    return table


def outcomes_changed(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """USUBJID, what, before, after: of patients of both deliveries."""
    both = before.merge(after, on="USUBJID", suffixes=("_before", "_after"))
    parts = []
    for what in before.columns[1:]:
        differs = both[both[f"{what}_before"] != both[f"{what}_after"]]
        parts.append(
            pd.DataFrame({
                "USUBJID": differs["USUBJID"], "what": what,
                "before": differs[f"{what}_before"], "after": differs[f"{what}_after"],
            })
        )  # fmt: skip
    changed = pd.concat(parts, ignore_index=True)
    order = {what: i for i, what in enumerate(before.columns)}
    return changed.sort_values(
        ["USUBJID", "what"], key=lambda c: c.map(order) if c.name == "what" else c,
        ignore_index=True,
    )  # fmt: skip


def with_causes(
    changed: pd.DataFrame, cells: pd.DataFrame, before: Tables, after: Tables,
    settings: Mapping[str, Any],
) -> pd.DataFrame:  # fmt: skip
    """`changed` with the cells behind each: because, table, kind, column, at_before, at_after.

    Parameters
    ----------
    cells
        Changes of all tables (`matching.changed_cells`) with the name of their `table`.
    before, after
        Standardised tables of the two deliveries.
    """
    patients = changed["USUBJID"].drop_duplicates()
    tried = cells[cells["USUBJID"].isin(patients) & cells["table"].isin(list(before))]
    as_it_was = pd.DataFrame({"USUBJID": patients, "table": "", "kind": "", "column": "",
                              "at_before": -1, "at_after": -1})  # fmt: skip
    tried = _by_raw_cell(tried[as_it_was.columns], settings["together"])
    tried = pd.concat([as_it_was, tried], ignore_index=True)
    came = pd.concat(
        [
            _each_alone(tried.iloc[i : i + CHUNK], before, after, settings)
            for i in range(0, len(tried), CHUNK)
        ]
        or [pd.DataFrame()],
        ignore_index=True,
    )
    rows: list[dict[Any, Any]] = []
    for change in changed.to_dict("records"):
        first, *own = tried.index[tried["USUBJID"] == change["USUBJID"]]
        alone = [i for i in own if came.at[i, change["what"]] == change["after"]]
        if came.at[first, change["what"]] == change["after"]:
            how, shown = SETTINGS, []
        else:
            how, shown = (ALONE, alone) if alone else (TOGETHER if own else NONE, own)
        for i in shown or [None]:
            cell = dict.fromkeys(_CELL) if i is None else tried.loc[i, _CELL].to_dict()
            rows.append(change | {"because": how} | cell)
    columns = [*changed.columns, "because", *_CELL]
    return pd.DataFrame(rows, columns=columns).astype({"at_before": "Int64", "at_after": "Int64"})


def _by_raw_cell(
    cells: pd.DataFrame, together: Mapping[str, Mapping[str, list[str]]]
) -> pd.DataFrame:
    """One change a raw cell: the columns that read it change together, `, `-joined."""
    value = cells["kind"] == VALUE
    pairs = zip(cells["table"], cells["column"], strict=True)
    cell = [together.get(table, {}).get(column, [column])[0] for table, column in pairs]
    changed = cells.assign(cell=cell, order=range(len(cells)))[value.to_numpy()]
    keys = ["USUBJID", "table", "kind", "at_before", "at_after", "cell"]
    joined = changed.groupby(keys, sort=False).agg({"column": ", ".join, "order": "first"})
    others = cells.assign(order=range(len(cells)))[~value.to_numpy()]
    found = pd.concat([others, joined.reset_index()], ignore_index=True).sort_values("order")
    return found[cells.columns].reset_index(drop=True)


_CELL = ["table", "kind", "column", "at_before", "at_after"]


def _each_alone(
    tried: pd.DataFrame, before: Tables, after: Tables, settings: Mapping[str, Any]
) -> pd.DataFrame:
    """States of the older patient with each change alone, in the order of `tried`."""
    scenarios = [_scenario(row, before, after) for row in tried.itertuples(index=False)]
    names = scenario_names(len(scenarios))
    copies = {
        name: _with_rows(
            name, copy_rows(name, table, scenarios, names), tried, names, before, after
        )
        for name, table in before.items()
    }
    cohort, endpoints = derive_again(copies, names, settings)
    return states(cohort, endpoints, settings)


def _scenario(cell: Any, before: Tables, after: Tables) -> Scenario:
    if cell.kind != VALUE:
        return Scenario(cell.USUBJID, cell.table, ("", None, 0), {})
    old, new = before[cell.table].iloc[cell.at_before], after[cell.table].iloc[cell.at_after]
    place = tuple(old[name] for name in SOURCE)
    return Scenario(
        cell.USUBJID, cell.table, place, {name: new[name] for name in cell.column.split(", ")}
    )


def _with_rows(
    name: str, copies: pd.DataFrame, tried: pd.DataFrame, names: pd.Series, before: Tables,
    after: Tables,
) -> pd.DataFrame:  # fmt: skip
    """The copies of a table with the rows that were added, without those that are gone."""
    here = (tried["table"] == name).to_numpy()
    gone = np.flatnonzero(here & (tried["kind"] == GONE).to_numpy())
    added = np.flatnonzero(here & (tried["kind"] == ADDED).to_numpy())
    if len(gone):
        lost = before[name].iloc[tried["at_before"].to_numpy()[gone]][list(SOURCE)]
        lost = lost.assign(USUBJID=names.take(gone).array)
        marks = [pd.Index(_places(rows)) for rows in (copies, lost)]
        copies = copies[~marks[0].isin(marks[1])]
    if len(added):
        new = after[name].iloc[tried["at_after"].to_numpy()[added]]
        new = new.assign(USUBJID=names.take(added).array)
        copies = pd.concat([copies, new[copies.columns].astype(copies.dtypes)])
    return copies.reset_index(drop=True)


def _places(rows: pd.DataFrame) -> pd.Series:
    place = rows["USUBJID"].astype("string")
    for name in SOURCE:
        place = place + "|" + rows[name].astype("string").fillna("")
    return place
