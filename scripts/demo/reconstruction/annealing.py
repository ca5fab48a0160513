"""Simulated annealing of a cohort towards its targets, compiled and seeded."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from scripts.demo.reconstruction.cohort import OS, OS_EVENT, PFS, PFS1, PFS_EVENT, derive
from scripts.demo.reconstruction.loss import new_state, term_loss
from scripts.demo.reconstruction.moves import permitted, propose
from scripts.demo.reconstruction.targets import Problem


class Stage(NamedTuple):
    """One step of the cooling; `labels`: share of the moves that leave all times alone."""

    proposals: int
    temperature: float
    exactness: float
    labels: float


@njit(error_model="numpy")
def insert_sorted(order, times):  # type: ignore[no-untyped-def]
    """Sort the nearly sorted `order` by `times` in place."""
    for i in range(1, len(order)):
        k = order[i]
        j = i - 1
        while j >= 0 and times[order[j]] > times[k]:
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = k


@njit(error_model="numpy")
def refresh(state, i, j, touched):  # type: ignore[no-untyped-def]
    """Bring everything derived in line after the patients `i` and `j` changed."""
    for p in (i, j):
        derive(state.base, state.derived, p)
        state.events[0, p] = state.base[PFS_EVENT, p]
        state.events[1, p] = state.base[OS_EVENT, p]
        state.events[3, p] = 1 - state.base[OS_EVENT, p]
    if touched[PFS]:
        insert_sorted(state.order[0], state.base[PFS])
    if touched[OS]:
        insert_sorted(state.order[1], state.base[OS])
        state.order[3, :] = state.order[1]
    if touched[PFS1]:
        insert_sorted(state.order[2], state.base[PFS1])


@njit(error_model="numpy")
def anneal(  # type: ignore[no-untyped-def]
    state, problem, seed, proposals, temperature, exactness, labels, best
):
    """Metropolis search from `state`, in place; the cohort with the most credit goes to `best`.

    Only targets that a move can change are recomputed, and a proposal is dropped as soon as its
    partial loss exceeds what would be accepted. Returns credit and loss of the best cohort.
    """
    np.random.seed(seed)
    variables = state.base.shape[0]
    count = len(problem.kind)
    loss = np.zeros(count)
    credit = np.zeros(count)
    score = np.zeros(1)
    for k in range(count):
        loss[k] = term_loss(k, state, problem, exactness, state.beta[k], score)
        credit[k] = score[0]
    total = loss.sum()
    best_credit = credit.sum()
    best_loss = total
    best[:, :] = state.base
    new_loss = loss.copy()
    new_credit = credit.copy()
    new_beta = state.beta.copy()
    touched = np.zeros(variables, np.bool_)
    old_i = np.empty(variables, np.int64)
    old_j = np.empty(variables, np.int64)
    pair = np.zeros(2, np.int64)
    affected = np.zeros(count, np.int64)
    for _ in range(proposals):
        touched[:] = False
        if not propose(state.base, state.order, labels, pair, touched, old_i, old_j):
            continue
        i, j = pair
        accepted = permitted(state.base, i, j, old_i, old_j)
        if accepted:
            refresh(state, i, j, touched)
            number = 0
            running = total
            for k in range(count):
                for v in range(variables):
                    if touched[v] and problem.depends[v, k]:
                        affected[number] = k
                        number += 1
                        running -= loss[k]
                        break
            limit = total - temperature * math.log(np.random.random() + 1e-300)
            for q in range(number):
                k = affected[q]
                new_beta[k] = state.beta[k]
                new_loss[k] = term_loss(k, state, problem, exactness, new_beta[k], score)
                new_credit[k] = score[0]
                running += new_loss[k]
                if running > limit:
                    accepted = False
                    break
            if accepted:
                total = running
                for q in range(number):
                    k = affected[q]
                    loss[k] = new_loss[k]
                    credit[k] = new_credit[k]
                    state.beta[k] = new_beta[k]
                gained = credit.sum()
                if gained > best_credit + 1e-9 or (
                    gained > best_credit - 1e-9 and total < best_loss - 1e-12
                ):
                    best_credit = gained
                    best_loss = total
                    best[:, :] = state.base
                continue
            state.base[:, j] = old_j
            state.base[:, i] = old_i
            refresh(state, i, j, touched)
        else:
            state.base[:, j] = old_j
            state.base[:, i] = old_i
    return best_credit, best_loss


def search(base: np.ndarray, problem: Problem, seed: int, stages: list[Stage]) -> np.ndarray:
    """Run the stages one after the other; the cohort with the most credit, the latest if equal."""
    state = new_state(base, problem)
    best, best_credit = base, -1.0
    for number, stage in enumerate(stages):
        found = base.copy()
        credit, _ = anneal(state, problem, 1000 * seed + number, *stage, found)
        if credit >= best_credit:
            best, best_credit = found, float(credit)
        print(
            f"stage {number + 1} of {len(stages)}, temperature {stage.temperature:.4f},"
            f" exactness {stage.exactness:.3f}: credit {credit:.1f}",
            flush=True,
        )
    return best
