"""Rows of one endpoint by several sets of rules, and whose time changes.

The step is `scripts/compare_rule_sets.py`.

Source: FDA, Clinical Trial Endpoints for the Approval of Non-Small Cell Lung Cancer Drugs and
Biologics (2015); EMA, Appendix 1 to the guideline on anticancer medicinal products (2012).
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.cox_rows import ESTIMATES
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks, in_fixed_order, population_name
from scripts.lib.analysis.treatment_effect import add_effect
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.config.specs import TREATMENT
from scripts.lib.derivation.cnsr import event_observed

RULESET = "RULESET"
SHOWN = ["CNSR", "ADT", "AVAL", "decided_by"]
SOURCE = ["SRCDOM", "SRCFILE", "SRCSHEET", "SRCROW"]


def every_set(base: pd.DataFrame, rows: pd.DataFrame, name: str, known: pd.Series) -> pd.DataFrame:
    """Rows of the base's rules, called `name`, and of the other sets; patients of ADSL only."""
    together = pd.concat([base.assign(**{RULESET: name}), rows], ignore_index=True)
    return together[together["USUBJID"].isin(known)].reset_index(drop=True)


def times(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Times of one set of rules, in a fixed order."""
    chosen = rows.loc[rows[RULESET] == name, ["USUBJID", "TRT01A", "EVNTDESC", "AVAL", "CNSR"]]
    frame = chosen.drop(columns=["AVAL", "CNSR"]).assign(
        time=chosen["AVAL"].astype("Float64"), event=event_observed(chosen["CNSR"])
    )
    return in_fixed_order(frame)


def add_reasons(
    ard: ArdBuilder,
    frame: pd.DataFrame,
    population: str,
    declared: dict[str, list[str]],
    arms: list[str],
) -> None:
    """Rows of what ended the time: each declared event, each declared reason of censoring."""
    happened = frame["event"].to_numpy(bool)
    for variable, status in (("event", happened), ("censored", ~happened)):
        for level in declared["events" if variable == "event" else "censored"]:
            here = (frame["EVNTDESC"] == level).to_numpy(bool) & status
            for group, rows in arm_masks(frame["TRT01A"], arms).items():
                total = int(rows.sum())
                n = int((here & rows).sum())
                values = {"n": n, "N": total, "percent": 100 * n / total if total else None}
                where = {"population": population, "group": group}
                ard.add_all(values, variable=variable, level=level,
                            note="not applicable: no patients", **where)  # fmt: skip


def add_nothing(ard: ArdBuilder, population: str, settings: dict[str, Any]) -> None:
    """Rows of a set that rests on what the hospital does not record."""
    for arm in settings["arms"]:
        if arm != settings["reference"]:
            where = {"population": population, "variable": TREATMENT, "level": arm}
            ard.add_all(dict.fromkeys(ESTIMATES), note=NOT_COLLECTED, **where)


def compare(rows: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """Every set of rules, the base first."""
    formats = Formats(**settings["printed"])
    ard = ArdBuilder("pfs_rule_sets", settings["parameter"], formats)
    for name, declared in settings["rule_sets"].items():
        population = population_name(RULESET, name)
        if name in settings.get("not_collected", []):
            add_nothing(ard, population, settings)
            continue
        frame = times(rows, name)
        add_effect(ard, frame, population, settings)
        add_reasons(ard, frame, population, declared, settings["arms"])
    return ard


# ---- listing -------------------------------------------------------------------------------------


def decided_by(rows: pd.DataFrame) -> pd.Series:
    """The event; or the reason of censoring and what the date is."""
    censored = rows["EVNTDESC"] + "; " + rows["CNSDTDSC"]
    return rows["EVNTDESC"].where(event_observed(rows["CNSR"]), censored)


def changes(rows: pd.DataFrame, base: str) -> pd.DataFrame:
    """Patients whose status or date a set of rules changes, against the base."""
    told = rows.assign(decided_by=decided_by(rows))
    primary = told.loc[told[RULESET] == base, ["USUBJID", *SHOWN]]
    primary = primary.rename(columns={name: f"base_{name}" for name in SHOWN})
    beside = told[told[RULESET] != base].merge(primary, on="USUBJID", validate="many_to_one")
    status = event_observed(beside["CNSR"]) != event_observed(beside["base_CNSR"])
    date = beside["ADT"] != beside["base_ADT"]
    beside["change"] = "status and date"
    beside["change"] = beside["change"].mask(~date, "status").mask(~status, "date")
    columns = ["USUBJID", "TRT01A", RULESET, "change", "decided_by", "base_decided_by"]
    columns += [prefix + name for name in SHOWN[:3] for prefix in ("", "base_")]
    changed = beside.loc[status | date, [*columns, *SOURCE]]
    return changed.sort_values("USUBJID", kind="stable", ignore_index=True)
