"""Rows (start, stop] of patients whose status changes while they are under observation.

For Cox models with covariates that change (`fit_cox(..., start=...)`): 0 until the day on which it
was seen, 1 after it. What happens on that very day counts before it, as R's tmerge has it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from scripts.lib.statistics.time_to_event import BoolArray, FloatArray, IntArray

BEGIN = -1.0  # before time 0, so that who leaves on the first day has been at risk


class Episodes(NamedTuple):
    """Rows in the order of the patients, shape (m,); `status` (m, k), one column a status.

    `patient` is the position of each row's patient among those given.
    """

    patient: IntArray
    start: FloatArray
    stop: FloatArray
    event: BoolArray
    status: BoolArray


def episodes(time: ArrayLike, event: ArrayLike, seen: ArrayLike) -> Episodes:
    """Split every patient's time where a status begins.

    Parameters
    ----------
    time, event : arrays, shape (n,)
        Time, at least 0, and 1 or True for the event.
    seen : array, shape (n,) or (n, k)
        When each status was first seen, in the unit of `time`; infinite: never. At or before 0:
        from the beginning. At `time` or later: never while under observation.

    Returns
    -------
    Episodes
        One row a patient, and one more for each change inside the time.

    Source
    ------
    R survival::tmerge(..., tdc())
    """
    end, died = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    days = np.asarray(seen, dtype=float)
    days = days[:, None] if days.ndim == 1 else days
    if np.isnan(days).any():
        raise ValueError("seen: missing; infinite is expected where a status is never seen")
    cuts = np.where((days > 0) & (days < end[:, None]), days, end[:, None])
    cuts = np.sort(np.column_stack((np.full(len(end), BEGIN), cuts, end)), axis=1)
    patient, place = np.nonzero(cuts[:, :-1] < cuts[:, 1:])
    start, stop = cuts[patient, place], cuts[patient, place + 1]
    status = days[patient] <= np.maximum(start, 0.0)[:, None]
    return Episodes(patient, start, stop, died[patient] & (stop == end[patient]), status)
