"""Steepest descent over pairs of changes.

One change moves every number of an endpoint by many rounding widths, so single changes rarely
improve a cohort that is already near. Two changes together often do: their effects nearly add up.
So the effect of every single change is computed, all pairs are screened by the sum of effects, and
the most promising pairs are computed exactly.
"""

import numpy as np
from numba import njit

from scripts.demo.reconstruction.annealing import refresh
from scripts.demo.reconstruction.cohort import ARM, BASE, OS, PFS, PFS1, RT2, SEX
from scripts.demo.reconstruction.loss import (
    State,
    compute,
    miss,
    new_state,
    number_loss,
    term_loss,
)
from scripts.demo.reconstruction.moves import exchange, exchange_record, permitted
from scripts.demo.reconstruction.targets import NUMBERS, ROWS, Problem

SHIFT, SWAP, SWAP_RECORD = range(3)
LARGEST_SHIFT = 5
KEPT = 3000  # pairs that are computed exactly
CANDIDATES = 2200
LONGEST = 8


def list_changes(base: np.ndarray, variable: int, rng: np.random.Generator) -> np.ndarray:
    """Changes of one variable as rows (kind, variable, patient, partner or days); a random part."""
    patients = base.shape[1]
    changes = []
    if variable in (PFS, OS, PFS1):
        ranks = np.argsort(base[variable], kind="stable")
        for i in range(patients):
            for d in range(1, LARGEST_SHIFT + 1):
                changes += [(SHIFT, variable, i, d), (SHIFT, variable, i, -d)]
        for near in range(1, 9):
            changes += [
                (SWAP_RECORD, variable, int(i), int(j))
                for i, j in zip(ranks[:-near], ranks[near:], strict=True)
                if base[ARM, i] == base[ARM, j]
            ]
    else:
        changes = [
            (SWAP, variable, i, j)
            for i in range(patients)
            for j in range(i + 1, patients)
            if base[ARM, i] == base[ARM, j] and base[variable, i] != base[variable, j]
        ]
    chosen = rng.permutation(len(changes))[:CANDIDATES]
    return np.array(changes, dtype=np.int64).reshape(-1, 4)[chosen]


@njit(error_model="numpy")
def apply(state, change, sign, touched):  # type: ignore[no-untyped-def]
    """Make a change (`sign` 1) or take it back (-1); swaps are their own inverse."""
    kind, variable, i, other = change
    if kind == SHIFT:
        state.base[variable, i] += sign * other
        touched[variable] = True
    elif kind == SWAP:
        exchange(state.base, variable, i, other, touched)
    else:
        exchange_record(state.base, variable, i, other, touched)
    refresh(state, i, i if kind == SHIFT else other, touched)


@njit(error_model="numpy")
def attempt(state, change, touched):  # type: ignore[no-untyped-def]
    """Make a change if a cohort with it is possible; whether it was made."""
    i = change[2]
    j = i if change[0] == SHIFT else change[3]
    old_i = state.base[:, i].copy()
    old_j = state.base[:, j].copy()
    apply(state, change, 1, touched)
    if permitted(state.base, i, j, old_i, old_j):
        return True
    apply(state, change, -1, touched)
    return False


@njit(error_model="numpy")
def numbers_now(state, problem, places, values):  # type: ignore[no-untyped-def]
    """Fill `values` with the numbers at `places` (target, row, number), sorted by target."""
    out = np.zeros((ROWS, NUMBERS))
    beta = np.zeros(ROWS)
    last = -1
    for n in range(len(places)):
        k = places[n, 0]
        if k != last:
            beta[:] = state.beta[k]
            compute(k, state, problem, beta, out)
            last = k
        values[n] = out[places[n, 1], places[n, 2]]


@njit(error_model="numpy")
def effects(state, problem, places, changes, now, valid):  # type: ignore[no-untyped-def]
    """Effect of every change on the numbers at `places`; `valid` marks the possible ones."""
    found = np.zeros((len(changes), len(places)))
    touched = np.zeros(state.base.shape[0], np.bool_)
    for c in range(len(changes)):
        touched[:] = False
        valid[c] = attempt(state, changes[c], touched)
        if valid[c]:
            numbers_now(state, problem, places, found[c])
            found[c] -= now
            apply(state, changes[c], -1, touched)
    return found


@njit(error_model="numpy")
def screen(problem, places, now, effect, valid, current, first, second, promise):  # type: ignore[no-untyped-def]
    """Keep the pairs (a change may stand alone) whose summed effects promise the lowest loss."""
    kept = 0
    limit = current
    count = len(effect)
    for s in range(count):
        if not valid[s]:
            continue
        for t in range(s, count):
            if not valid[t]:
                continue
            total = 0.0
            for n in range(len(places)):
                k, r, q = places[n]
                x = now[n] + effect[s, n]
                if t != s:
                    x += effect[t, n]
                half = problem.half[k, r, q]
                d = miss(x, problem.value[k, r, q], half, problem.mode[k, r, q])
                if d > 0.0:
                    total += number_loss(
                        d, half, problem.scale[k, r, q], problem.weight[k, r, q], 1.0
                    )
                    if total >= limit:
                        break
            if total < limit:
                at = kept
                if kept < len(promise):
                    kept += 1
                else:
                    at = int(np.argmax(promise))
                first[at] = s
                second[at] = t
                promise[at] = total
                if kept == len(promise):
                    limit = promise.max()
    return kept


@njit(error_model="numpy")
def loss_of(state, problem, terms, limit):  # type: ignore[no-untyped-def]
    """Summed loss of `terms`, broken off above `limit`."""
    total = 0.0
    score = np.zeros(1)
    for k in terms:
        total += term_loss(k, state, problem, 1.0, state.beta[k].copy(), score)
        if total >= limit:
            break
    return total


@njit(error_model="numpy")
def best_pair(state, problem, terms, changes, first, second, kept, current):  # type: ignore[no-untyped-def]
    """Position of the kept pair with the lowest exact loss, -1 if none is below `current`."""
    touched = np.zeros(state.base.shape[0], np.bool_)
    best = -1
    limit = current - 1e-9
    for c in range(kept):
        touched[:] = False
        a = changes[first[c]]
        b = changes[second[c]]
        if not attempt(state, a, touched):
            continue
        alone = first[c] == second[c]
        if alone or attempt(state, b, touched):
            total = loss_of(state, problem, terms, limit)
            if total < limit:
                best = c
                limit = total
            if not alone:
                apply(state, b, -1, touched)
        apply(state, a, -1, touched)
    return best, limit


def improve(state: State, problem: Problem, variable: int, rng: np.random.Generator) -> float:
    """Make the best pair of changes of one variable; how much the loss fell."""
    changes = list_changes(state.base, variable, rng)
    affected = problem.depends[variable].copy()
    if variable in (PFS, OS):
        affected |= problem.depends[variable + 3]
    terms = np.flatnonzero(affected)
    used = problem.mode != 0
    used[~affected] = False
    places = np.argwhere(used)
    now = np.zeros(len(places))
    numbers_now(state, problem, places, now)
    valid = np.zeros(len(changes), dtype=np.bool_)
    effect = effects(state, problem, places, changes, now, valid)
    current = loss_of(state, problem, terms, np.inf)
    first, second = np.zeros(KEPT, dtype=np.int64), np.zeros(KEPT, dtype=np.int64)
    promise = np.zeros(KEPT)
    kept = screen(problem, places, now, effect, valid, current, first, second, promise)
    best, after = best_pair(state, problem, terms, changes, first, second, kept, current)
    if best < 0:
        return 0.0
    touched = np.zeros(state.base.shape[0], dtype=np.bool_)
    apply(state, changes[first[best]], 1, touched)
    if second[best] != first[best]:
        apply(state, changes[second[best]], 1, touched)
    return float(current - after)


def total_loss(state: State, problem: Problem) -> float:
    """Loss of the whole cohort; brings the starting values of the models up to date."""
    score = np.zeros(1)
    return sum(
        float(term_loss(k, state, problem, 1.0, state.beta[k], score))
        for k in range(len(problem.kind))
    )


def follow(state: State, problem: Problem, variable: int, rng: np.random.Generator) -> float:
    """Improve one variable as long as pairs of changes help; the loss of the cohort then."""
    for _ in range(LONGEST):
        total_loss(state, problem)
        if improve(state, problem, variable, rng) <= 1e-6:
            break
    return total_loss(state, problem)


def kick(state: State, variable: int, rng: np.random.Generator) -> None:
    """Make a few random changes of one variable."""
    changes = list_changes(state.base, variable, rng)
    touched = np.zeros(state.base.shape[0], dtype=np.bool_)
    wanted = int(rng.integers(1, 5))
    for change in changes[:50]:
        kind, _, i, other = change
        idle = kind != SHIFT and state.base[variable, i] == state.base[variable, other]
        if not idle and attempt(state, change, touched):
            wanted -= 1
        if wanted == 0:
            break


def descend(base: np.ndarray, problem: Problem, seed: int, hops: int) -> np.ndarray:
    """Follow every variable once; then `hops` times kick one, follow it, keep what is better."""
    rng = np.random.default_rng(seed)
    state = new_state(base, problem)
    labels = list(range(SEX, RT2 + 1))
    for variable in [*rng.permutation(labels), PFS, OS, PFS1]:
        best = follow(state, problem, int(variable), rng)
        print(f"descent along {BASE[variable]}: loss {best:.3f}", flush=True)
    for hop in range(hops):
        before = state
        state = new_state(before.base, problem)
        variable = int(rng.choice(labels))
        kick(state, variable, rng)
        after = follow(state, problem, variable, rng)
        if after < best - 1e-6:
            best = after
            print(f"hop {hop + 1} of {hops}, {BASE[variable]}: loss {best:.3f}", flush=True)
        else:
            state = before
    return state.base
