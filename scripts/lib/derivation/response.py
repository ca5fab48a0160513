"""Best overall response by RECIST 1.1, unconfirmed and confirmed.

Assessments run from the start of treatment up to and including the first progression; of several
on one day the worst counts, but a response that cannot be evaluated (NE) never beats one that can.

Source: Eisenhauer et al., Eur J Cancer 45:228-247, 2009, section 4.4 and table 3; order of the
steps as in admiralonco (response_sources.R, derive_param_bor.R, derive_param_confirmed_bor.R).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.derivation.rows import PATIENT, TIE

DATE, RESPONSE, DAY = "date", "response", "day"
WORST_LAST = ("NE", "CR", "PR", "SD", "NON-CR/NON-PD", "PD")
RESPONDING = ("CR", "PR")
CONTROLLED = ("CR", "PR", "SD", "NON-CR/NON-PD")
NOT_EVALUABLE = ("CR", "PR", "SD", "NON-CR/NON-PD", "NE")
MISSING = "MISSING"


def used_assessments(rows: pd.DataFrame) -> pd.DataFrame:
    """One assessment per patient and day, up to and including the first PD; in order of dates.

    Parameters
    ----------
    rows
        PATIENT, TIE, DATE, RESPONSE, DAY (days since the start), and any other columns.
    """
    rank = rows[RESPONSE].map({name: n for n, name in enumerate(WORST_LAST)})
    ordered = rows.assign(rank=rank).dropna(subset=["rank", DATE])
    ordered = ordered.sort_values([PATIENT, DATE, "rank", TIE], ascending=[True, True, False, True])
    daily = ordered.drop_duplicates([PATIENT, DATE]).drop(columns="rank")
    progressed = (daily[RESPONSE] == "PD").astype("int64").groupby(daily[PATIENT]).cumsum()
    before = progressed.groupby(daily[PATIENT]).shift(fill_value=0)
    return daily[before.to_numpy() == 0].reset_index(drop=True)


def best_response(used: pd.DataFrame, stable_days: int) -> pd.DataFrame:
    """Best overall response without confirmation: the deciding assessment of each patient.

    CR, else PR, else SD (any CR, PR or SD `stable_days` or later), else NON-CR/NON-PD (likewise),
    else PD, else NE: an early SD alone is not evaluable, and early SD then PD is PD.

    Returns
    -------
    Rows of `used`, one per patient with an assessment; AVALC holds the best response.
    """
    late = used[DAY] >= stable_days
    return _first_step(used, [
        ("CR", used[RESPONSE] == "CR"),
        ("PR", used[RESPONSE] == "PR"),
        *_without_response(used, late),
    ])  # fmt: skip


def confirmed_response(used: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Best overall response with CR and PR confirmed `confirm_days` or later.

    Between a CR and its confirmation only CR and NE may lie, between a PR and its only CR, PR and
    NE; no more than `confirm_max_ne` NE. A PR after a CR counts as the PR that it is: the CR may
    have been none (table 3, note a), and somebody has to be asked (`disease_after_complete`).
    """
    complete, partial = confirmed_assessments(used, rule)
    late = used[DAY] >= rule["stable_days"]
    return _first_step(used, [
        ("CR", complete), ("PR", partial), *_without_response(used, late),
    ])  # fmt: skip


def confirmed_assessments(
    used: pd.DataFrame, rule: Mapping[str, Any]
) -> tuple[pd.Series, pd.Series]:
    """Which assessments are a CR, and which a PR, that a later assessment confirms."""
    complete = used[RESPONSE].isin(["CR", "NE"])
    partial = used[RESPONSE].isin(["CR", "PR", "NE"])
    return (
        _confirmed(used, complete, used[RESPONSE] == "CR", ("CR",), rule),
        _confirmed(used, partial, used[RESPONSE] == "PR", RESPONDING, rule),
    )


def disease_after_complete(used: pd.DataFrame) -> pd.DataFrame:
    """The first assessment of each patient that finds disease and no progression after a CR.

    Either the CR was none, or disease that comes back is a progression (table 3, note a).
    """
    after = (used[RESPONSE] == "CR").astype("int64").groupby(used[PATIENT]).cumsum() > 0
    found = used[RESPONSE].isin(["PR", "SD", "NON-CR/NON-PD"])
    return used[(after & found).to_numpy(bool)].drop_duplicates(PATIENT)


def _without_response(used: pd.DataFrame, late: pd.Series) -> list[tuple[str, pd.Series]]:
    """The steps below a response, in order."""
    return [
        ("SD", used[RESPONSE].isin(["CR", "PR", "SD"]) & late),
        ("NON-CR/NON-PD", (used[RESPONSE] == "NON-CR/NON-PD") & late),
        ("PD", used[RESPONSE] == "PD"),
        ("NE", used[RESPONSE].isin(NOT_EVALUABLE)),
    ]


def _first_step(used: pd.DataFrame, steps: list[tuple[str, pd.Series]]) -> pd.DataFrame:
    """The earliest assessment of the first step that any assessment of the patient meets."""
    found = [
        used[met.to_numpy(dtype=bool)].drop_duplicates(PATIENT).assign(AVALC=value)
        for value, met in steps
    ]
    return pd.concat(found).drop_duplicates(PATIENT).sort_values(PATIENT, ignore_index=True)


def _confirmed(
    used: pd.DataFrame,
    allowed: pd.Series,
    first: pd.Series,
    confirming: tuple[str, ...],
    rule: Mapping[str, Any],
) -> pd.Series:
    """Whether each assessment is a response that a later one confirms.

    An unbroken run of allowed assessments is numbered, and within it the NE so far are counted; a
    confirmation with at most n NE between lies in the same run under one of the next n counts.
    """
    patient = used[PATIENT]
    run = (~allowed).astype("int64").groupby(patient).cumsum()
    not_evaluable = ((used[RESPONSE] == "NE") & allowed).astype("int64")
    so_far = not_evaluable.groupby([patient, run]).cumsum()
    confirms = used[RESPONSE].isin(confirming) & allowed
    last_day = used[DAY].where(confirms).groupby([patient, run, so_far]).max()
    reached = np.full(len(used), -np.inf)
    for more in range(rule["confirm_max_ne"] + 1):
        key = pd.MultiIndex.from_arrays([patient, run, so_far + more])
        day = last_day.reindex(key).to_numpy(dtype="float64", na_value=-np.inf)
        reached = np.maximum(reached, np.where(np.isnan(day), -np.inf, day))
    far_enough = reached - used[DAY].to_numpy(dtype="float64") >= rule["confirm_days"]
    return (first & allowed & far_enough).astype(bool)
