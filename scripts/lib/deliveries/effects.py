"""What the change of one patient moved in medians and hazard ratios, all others as they were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from scripts.lib.analysis.groups import time_and_event
from scripts.lib.config.specs import TREATMENT
from scripts.lib.queries.impacts import hazard_by_arm, with_outcome
from scripts.lib.statistics.survival import kaplan_meier, median

COLUMNS = ["USUBJID", "parameter", "group", "statistic", "before", "after", "difference"]
MEDIAN, HR = "median", "hr"


class Outcome(NamedTuple):
    """A patient's row of the newer analysis; time missing: not analysed."""

    patient: str
    TRT01A: Any
    time: Any
    event: Any


def moved_by_each(
    before: pd.DataFrame,
    after: pd.DataFrame,
    patients: Iterable[str],
    parameter: str,
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """Medians (months) and hazard ratios with one patient's newer row in place of the older one.

    Parameters
    ----------
    before, after
        USUBJID, TRT01A, time (days), event of who is analysed in each delivery.
    settings
        `arms, reference, ties, interval, confidence_level, days_per_month`.

    Returns
    -------
    COLUMNS; only what moved. A median that is not reached, or a ratio that is not estimable, is
    missing.
    """
    base = statistics(before, settings)
    place = {patient: i for i, patient in enumerate(before["USUBJID"])}
    newer = after.set_index("USUBJID")
    rows = []
    for patient in sorted(patients):
        row = Outcome(patient, pd.NA, pd.NA, pd.NA)
        if patient in newer.index:
            found = newer.loc[patient]
            row = Outcome(patient, found[TREATMENT], found["time"], found["event"])
        elif patient not in place:
            continue
        then = statistics(with_outcome(before, place.get(patient), row), settings)
        rows += [
            (patient, parameter, group, statistic, base[group, statistic], value,
             value - base[group, statistic])
            for (group, statistic), value in then.items()
            if not _same(value, base[group, statistic])
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def statistics(frame: pd.DataFrame, settings: Mapping[str, Any]) -> dict[tuple[str, str], float]:
    """Median by arm (months) and hazard ratio by arm against the reference; NaN where none."""
    time, event = time_and_event(frame)
    arm = frame[TREATMENT].to_numpy(str)
    ratios = hazard_by_arm(frame, settings)
    found = {}
    for group in settings["arms"]:
        curve = kaplan_meier(time[arm == group], event[arm == group])
        days = median(curve, settings["interval"], settings["confidence_level"])[0]
        found[group, MEDIAN] = float(days) / settings["days_per_month"]
    for group in settings["arms"]:
        if group != settings["reference"]:
            found[group, HR] = ratios.get(group, float("nan"))
    return found


def _same(one: float, other: float) -> bool:
    return one == other or bool(np.isnan(one) and np.isnan(other))


def compared(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Medians, numbers and hazard ratios of treatment of the two deliveries, from their results.

    Parameters
    ----------
    before, after
        `kaplan_meier` and `cox_univariable` of Analysis Results Data, one below the other.
    """
    key = ["analysis", "parameter", "population", "group", "variable", "level", "statistic"]
    wanted = ("N", "events", "median", "hr", "hr_ci_low", "hr_ci_high")

    def chosen(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.fillna("")
        of_curves = (frame["analysis"] == "kaplan_meier") & (frame["variable"] == "")
        of_models = (frame["analysis"] == "cox_univariable") & (frame["variable"] == TREATMENT)
        rows = frame[(of_curves | of_models) & (frame["population"] == "all")]
        return rows.loc[rows["statistic"].isin(wanted), [*key, "value"]]

    both = chosen(before).merge(chosen(after), on=key, how="outer", suffixes=("_before", "_after"))
    numbers = {side: pd.to_numeric(both[f"value_{side}"]) for side in ("before", "after")}
    table = both[key].assign(**numbers)
    return table.assign(difference=table["after"] - table["before"])
