"""How far a cohort is from the printed numbers: one compiled loss per target."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from scripts.demo.reconstruction.cohort import (
    DERIVED,
    OS,
    OS_EVENT,
    PFS,
    PFS1,
    PFS_EVENT,
    derive,
)
from scripts.demo.reconstruction.statistics import (
    NORMAL_975,
    cox_binary,
    cox_general,
    kaplan_meier,
    log_rank,
    standard_deviation,
    two_sided_p,
)
from scripts.demo.reconstruction.targets import (
    ABOVE,
    BELOW,
    COX,
    KAPLAN_MEIER,
    LOG_RANK,
    NOT_REACHED,
    NUMBERS,
    RANGE,
    ROWS,
    UNUSED,
    Problem,
)

FAILED = 1e6
MARGIN = 0.97  # aim a little inside the rounding interval


class State(NamedTuple):
    """A cohort with everything derived from it; `order[e]` sorts endpoint `e` by time."""

    base: np.ndarray
    derived: np.ndarray
    order: np.ndarray
    events: np.ndarray
    beta: np.ndarray


def new_state(base: np.ndarray, problem: Problem) -> State:
    """The state of the cohort `base`."""
    patients = base.shape[1]
    derived = np.zeros((len(DERIVED), patients))
    for i in range(patients):
        derive(base, derived, i)
    order = np.array([np.argsort(base[e], kind="stable") for e in (PFS, OS, PFS1, OS)])
    once = np.ones(patients, dtype=np.int64)
    events = np.array([base[PFS_EVENT], base[OS_EVENT], once, 1 - base[OS_EVENT]])
    return State(base.copy(), derived, order, events, np.zeros((len(problem.kind), ROWS)))


@njit(error_model="numpy")
def compute(k, state, problem, beta, out):  # type: ignore[no-untyped-def]
    """Fill `out[row, number]` with the numbers of target `k`; `beta` is start and result."""
    patients = state.base.shape[1]
    endpoint = problem.endpoint[k]
    order = state.order[endpoint]
    times = state.base[OS if endpoint == 3 else endpoint]
    events = state.events[endpoint]
    mask = np.ones(patients, np.int64)
    for q in range(problem.subset_column.shape[1]):
        column = problem.subset_column[k, q]
        if column >= 0:
            for i in range(patients):
                if state.derived[column, i] != problem.subset_value[k, q]:
                    mask[i] = 0
    kind = problem.kind[k]
    first = state.derived[problem.columns[k, 0]]
    size = problem.size[k]
    if kind == COX:
        errors = np.empty(ROWS)
        simple = size == 1
        if simple:
            for i in range(patients):
                if first[i] != 0.0 and first[i] != 1.0:
                    simple = False
                    break
        if simple:
            beta[0], errors[0] = cox_binary(order, times, events, mask, first, beta[0])
        elif not cox_general(
            order, times, events, mask, state.derived, problem.columns[k], size, beta, errors
        ):
            beta[:] = 0.0
            out[:, :] = FAILED
            return
        for r in range(size):
            out[r, 0] = math.exp(beta[r])
            out[r, 1] = math.exp(beta[r] - NORMAL_975 * errors[r])
            out[r, 2] = math.exp(beta[r] + NORMAL_975 * errors[r])
            out[r, 3] = two_sided_p(beta[r] / errors[r])
    elif kind == KAPLAN_MEIER:
        kaplan_meier(order, times, events, mask, out[0, :3])
    elif kind == LOG_RANK:
        out[0, 0] = log_rank(order, times, events, mask, first, problem.groups[k])
    elif kind == RANGE:
        out[0, 0] = FAILED
        out[0, 1] = 0.0
        for i in range(patients):
            if mask[i] != 0:
                out[0, 0] = min(out[0, 0], times[i])
                out[0, 1] = max(out[0, 1], times[i])
    else:
        out[0, 0] = standard_deviation(first, mask)


@njit(error_model="numpy")
def miss(x, value, half, mode):  # type: ignore[no-untyped-def]
    """Distance of a number from what was printed, less the room that rounding leaves."""
    if mode == NOT_REACHED:
        return 0.0 if x < 0 else 100.0
    if mode == BELOW:
        return max(0.0, x - value + (1 - MARGIN) * half)
    if mode == ABOVE:
        return max(0.0, value + (1 - MARGIN) * half - x)
    if x < 0:
        return 100.0
    # whole and half days may lie exactly half a day off
    room = half + 1e-9 if half == 0.5 else MARGIN * half
    return max(0.0, abs(x - value) - room)


@njit(error_model="numpy")
def number_loss(d, half, scale, weight, exactness):  # type: ignore[no-untyped-def]
    """Loss of one number that misses its interval by `d` > 0."""
    far = d / scale
    near = 0.3 + 0.25 * math.log1p(d / half)
    return weight * (exactness * near + math.sqrt(1 + far * far) - 1)


@njit(error_model="numpy")
def term_loss(k, state, problem, exactness, beta, score):  # type: ignore[no-untyped-def]
    """Loss of target `k`; `score[0]` gets its credit for numbers that are equal.

    Numbers that are off are drawn in proportion to their distance; `exactness` weighs a reward,
    on a logarithmic scale, for a number that is equal or nearly so.
    """
    out = np.zeros((ROWS, NUMBERS))
    compute(k, state, problem, beta, out)
    loss = 0.0
    credit = 0.0
    for r in range(ROWS):
        for q in range(NUMBERS):
            mode = problem.mode[k, r, q]
            if mode == UNUSED:
                continue
            d = miss(out[r, q], problem.value[k, r, q], problem.half[k, r, q], mode)
            if d <= 0.0:
                credit += problem.credit[k, r, q]
                continue
            loss += number_loss(
                d,
                problem.half[k, r, q],
                problem.scale[k, r, q],
                problem.weight[k, r, q],
                exactness,
            )
    score[0] = credit
    return loss
