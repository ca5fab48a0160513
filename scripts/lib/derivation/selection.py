"""Who is in the cohort: each criterion for each screened patient, the reason, the flow chart.

The step is `scripts/select_cohort.py`.

Source: Patients and methods, "Study design and patients" (Oncol Lett 2026, 15638).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import TREATMENT, variables_behind
from scripts.lib.derivation.rows import true_rows
from scripts.lib.derivation.time_guard import (
    DT,
    SRC,
    THEN,
    chosen_late,
    decided_late,
    joined,
    late_rows,
    seen,
)
from scripts.lib.derivation.variables import CUTOFF, choose
from scripts.lib.expressions.evaluate import evaluate
from scripts.lib.expressions.grammar import names

ATTRITION = [
    "criterion", "label", "mode", "group", "n_before", "n_excluded", "n_unknown", "n_after",
]  # fmt: skip


def select_cohort(subjects: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    """One row per subject: arm, every criterion, whether included and if not why."""
    known = subjects.assign(**{CUTOFF: pd.Timestamp(settings["data_cutoff"]).as_unit("us")})
    known[TREATMENT] = choose(settings["arm"], known)
    criteria = settings["criteria"]
    cohort = subjects[["USUBJID"]].copy()
    for criterion in criteria:
        cohort[criterion["id"]] = evaluate(criterion["when"], known).astype("boolean")
    applied = [criterion["id"] for criterion in criteria if criterion["applied"]]
    cohort[["included", "reason", "reason_unknown"]] = reasons(cohort[applied])
    unknown = {name: cohort[name].isna().to_numpy() for name in applied}
    cohort["unknown_criteria"] = joined(unknown, cohort.index)
    cohort[TREATMENT] = known[TREATMENT]
    late = decided_by_later_rows(known, settings)
    behind = _behind(settings)
    cohort["late_criteria"] = joined(late, cohort.index)
    cohort["late_criteria" + SRC] = late_rows(known, late, behind)
    return cohort


def decided_by_later_rows(known: pd.DataFrame, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """The arm and the criteria -> patients in whom a row after the start decides undeclared."""
    start = known[settings["start"]]
    used = set().union(*(names(c["when"]) for c in (*settings["arm"], *settings["criteria"])))
    at = seen(known, used - {TREATMENT}, start)
    arm = chosen_late(settings["arm"], at)
    for frame in (at.now, at.then):
        frame[TREATMENT] = known[TREATMENT]
    at.late[TREATMENT] = chosen_late(
        [case | {"timing": "baseline"} for case in settings["arm"]], at
    )
    return {TREATMENT: arm} | {
        criterion["id"]: decided_late(criterion["when"], at)
        for criterion in settings["criteria"]
        if criterion["timing"] == "baseline"
    }


def _behind(settings: dict[str, Any]) -> dict[str, list[str]]:
    """Of the arm and of each criterion the variables that it rests on, directly or not."""
    behind = dict(settings.get("made_from", {}))
    of_arm = sorted(set().union(*(names(case["when"]) for case in settings["arm"])))
    behind[TREATMENT] = variables_behind(of_arm, behind)
    for criterion in settings["criteria"]:
        behind[criterion["id"]] = variables_behind(sorted(names(criterion["when"])), behind)
    return behind


def columns_used(settings: dict[str, Any]) -> list[str]:
    """Columns of subjects that the arm and the criteria look at, and what the time guard needs."""
    used = {settings["start"]}.union(*_behind(settings).values())
    return [
        "USUBJID", *(name + suffix for name in sorted(used) for suffix in ("", DT, SRC, THEN))
    ]  # fmt: skip


def reasons(met: pd.DataFrame) -> pd.DataFrame:
    """Included; the first criterion not met, else the first unknown; whether it is unknown."""
    reason = pd.Series(pd.NA, index=met.index, dtype="string")
    unknown = pd.Series(pd.NA, index=met.index, dtype="boolean")
    for is_unknown in (False, True):
        for criterion in met.columns:
            of_kind = met[criterion].isna() if is_unknown else ~met[criterion].fillna(True)
            first = reason.isna() & of_kind.astype(bool)
            reason, unknown = reason.mask(first, criterion), unknown.mask(first, is_unknown)
    included = reason.isna().astype("boolean")
    return pd.DataFrame({"included": included, "reason": reason, "reason_unknown": unknown})


def count_attrition(
    cohort: pd.DataFrame,
    criteria: list[dict[str, Any]],
    arms: list[str],
    split_after: str | None,
) -> pd.DataFrame:
    """Flow chart: applied criteria one after the other, and every criterion on all screened."""
    rows = [*_sequential(cohort, criteria, arms, split_after), *_independent(cohort, criteria)]
    return pd.DataFrame(rows, columns=ATTRITION)


def _sequential(
    cohort: pd.DataFrame, criteria: list[dict[str, Any]], arms: list[str], split: str | None
) -> Iterator[list[Any]]:
    left, groups = cohort, [""]
    for criterion in criteria:
        if criterion["applied"]:
            for group in groups:
                of_group = left[true_rows(left["TRT01A"] == group)] if group else left
                leaves = true_rows(of_group["reason"] == criterion["id"])
                unknown = leaves & true_rows(of_group["reason_unknown"])
                yield _counted(criterion, "sequential", group, leaves & ~unknown, unknown)
            left = left[~true_rows(left["reason"] == criterion["id"])]
        if criterion["id"] == split:
            groups = ["", *arms]


def _independent(cohort: pd.DataFrame, criteria: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for criterion in criteria:
        unknown = cohort[criterion["id"]].isna().to_numpy()
        yield _counted(
            criterion, "independent", "", ~unknown & ~true_rows(cohort[criterion["id"]]), unknown
        )


def _counted(
    criterion: dict[str, Any], mode: str, group: str, not_met: np.ndarray, unknown: np.ndarray
) -> list[Any]:
    before, excluded, asked = len(not_met), int(not_met.sum()), int(unknown.sum())
    return [
        criterion["id"], criterion["label"], mode, group,
        before, excluded, asked, before - excluded - asked,
    ]  # fmt: skip
