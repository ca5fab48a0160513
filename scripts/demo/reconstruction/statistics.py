"""Compiled survival statistics of one cohort, fast enough for millions of candidate cohorts.

Every function takes `order` (patients sorted by time), whole-day `times`, 0/1 `events` and a 0/1
`mask` of the patients who count. Conventions are those of R's `survival`: Efron ties, `log`
confidence limits of the Kaplan-Meier quantiles, hypergeometric variance of the log-rank test.
"""

import math

import numpy as np
from numba import njit

NORMAL_975 = 1.959963984540054
TOLERANCE = 1.4901161193847656e-08
MISSING = -1.0
CONVERGED = 3e-5  # a Newton step this small leaves an error of its square


@njit(error_model="numpy")
def two_sided_p(z: float) -> float:
    """P value of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2.0))


@njit(error_model="numpy")
def cox_binary(order, times, events, mask, x, start):  # type: ignore[no-untyped-def]
    """Cox model of one 0/1 covariate; (log hazard ratio, standard error)."""
    size = len(order)
    zeros = np.empty(size)
    ones = np.empty(size)
    terms = 0
    at_risk0 = 0.0
    at_risk1 = 0.0
    observed = 0.0
    i = size - 1
    while i >= 0:
        now = times[order[i]]
        dead0 = 0.0
        dead1 = 0.0
        while i >= 0 and times[order[i]] == now:
            k = order[i]
            i -= 1
            if mask[k] == 0:
                continue
            if x[k] != 0:
                at_risk1 += 1
                dead1 += events[k]
            else:
                at_risk0 += 1
                dead0 += events[k]
        observed += dead1
        dead = dead0 + dead1
        for q in range(int(dead)):
            zeros[terms] = at_risk0 - q / dead * dead0
            ones[terms] = at_risk1 - q / dead * dead1
            terms += 1
    beta = start
    information = 0.0
    for _ in range(25):
        ratio = math.exp(beta)
        expected = 0.0
        information = 0.0
        for q in range(terms):
            share = ones[q] * ratio
            share /= zeros[q] + share
            expected += share
            information += share * (1 - share)
        if information < 1e-9:
            return beta, 1e5
        step = min(max((observed - expected) / information, -1.0), 1.0)
        beta += step
        if abs(step) < CONVERGED or abs(beta) > 12:
            break
    return beta, 1.0 / math.sqrt(information)


@njit(error_model="numpy")
def invert(matrix, size, inverse):  # type: ignore[no-untyped-def]
    """Gauss-Jordan inverse of the leading `size` rows into `inverse`; False when singular."""
    work = np.zeros((size, 2 * size))
    work[:, :size] = matrix[:size, :size]
    for a in range(size):
        work[a, size + a] = 1.0
    for a in range(size):
        pivot = work[a, a]
        if abs(pivot) < 1e-12:
            return False
        for c in range(2 * size):
            work[a, c] /= pivot
        for r in range(size):
            factor = work[r, a]
            if r != a and factor != 0.0:
                for c in range(2 * size):
                    work[r, c] -= factor * work[a, c]
    for a in range(size):
        for c in range(size):
            inverse[a, c] = work[a, size + c]
    return True


@njit(error_model="numpy")
def cox_general(  # type: ignore[no-untyped-def]
    order, times, events, mask, x, columns, size, beta, errors
):
    """Cox model of the rows `columns[:size]` of `x`; fills `beta`, `errors`; False: no fit."""
    score = np.zeros(size)
    info = np.zeros((size, size))
    inverse = np.zeros((size, size))
    sum1 = np.zeros(size)
    sum2 = np.zeros((size, size))
    dead1 = np.zeros(size)
    dead2 = np.zeros((size, size))
    mean = np.zeros(size)
    row = np.zeros(size)
    for iteration in range(25):
        score[:] = 0.0
        info[:, :] = 0.0
        sum1[:] = 0.0
        sum2[:, :] = 0.0
        sum0 = 0.0
        i = len(order) - 1
        while i >= 0:
            now = times[order[i]]
            dead = 0
            dead0 = 0.0
            while i >= 0 and times[order[i]] == now:
                k = order[i]
                i -= 1
                if mask[k] == 0:
                    continue
                eta = 0.0
                for a in range(size):
                    row[a] = x[columns[a], k]
                    eta += row[a] * beta[a]
                weight = math.exp(eta)
                sum0 += weight
                if events[k] != 0 and dead == 0:
                    dead1[:] = 0.0
                    dead2[:, :] = 0.0
                dead += events[k]
                dead0 += weight * events[k]
                for a in range(size):
                    part = weight * row[a]
                    sum1[a] += part
                    for c in range(a + 1):
                        sum2[a, c] += part * row[c]
                    if events[k] != 0:
                        score[a] += row[a]
                        dead1[a] += part
                        for c in range(a + 1):
                            dead2[a, c] += part * row[c]
            for q in range(dead):
                f = q / dead
                scale = 1.0 / (sum0 - f * dead0)
                for a in range(size):
                    mean[a] = (sum1[a] - f * dead1[a]) * scale if dead > 1 else sum1[a] * scale
                    score[a] -= mean[a]
                    for c in range(a + 1):
                        second = sum2[a, c] - f * dead2[a, c] if dead > 1 else sum2[a, c]
                        info[a, c] += second * scale - mean[a] * mean[c]
        for a in range(size):
            for c in range(a):
                info[c, a] = info[a, c]
        if not invert(info, size, inverse):
            return False
        largest = 0.0
        for a in range(size):
            mean[a] = 0.0
            for c in range(size):
                mean[a] += inverse[a, c] * score[c]
            largest = max(largest, abs(mean[a]))
        damping = 1.5 / largest if largest > 1.5 else 1.0
        for a in range(size):
            beta[a] += damping * mean[a]
        if largest < CONVERGED:
            break
        if iteration == 24:
            return False
    for a in range(size):
        if inverse[a, a] <= 0:
            return False
        errors[a] = math.sqrt(inverse[a, a])
    return True


@njit(error_model="numpy")
def kaplan_meier(order, times, events, mask, out):  # type: ignore[no-untyped-def]
    """Median and its 95 % limits (log transformation) into `out`; MISSING where not reached."""
    at_risk = 0
    for i in range(len(order)):
        at_risk += mask[i]
    survival = 1.0
    greenwood = 0.0
    flat = False
    out[:] = MISSING
    i = 0
    while i < len(order):
        now = times[order[i]]
        dead = 0
        leaving = 0
        while i < len(order) and times[order[i]] == now:
            k = order[i]
            i += 1
            if mask[k] != 0:
                leaving += 1
                dead += events[k]
        if dead > 0:
            if flat:
                out[0] = (out[0] + now) / 2
                flat = False
            survival *= (at_risk - dead) / at_risk
            if out[0] < 0 and survival < 0.5 + TOLERANCE:
                out[0] = now
                flat = abs(survival - 0.5) < TOLERANCE
            if at_risk > dead:
                greenwood += dead / (at_risk * (at_risk - dead))
                reach = math.exp(NORMAL_975 * math.sqrt(greenwood))
                if out[1] < 0 and survival / reach < 0.5 + TOLERANCE:
                    out[1] = now
                if out[2] < 0 and survival * reach < 0.5 + TOLERANCE:
                    out[2] = now
        at_risk -= leaving


@njit(error_model="numpy")
def log_rank(order, times, events, mask, group, groups):  # type: ignore[no-untyped-def]
    """P value of the log-rank test between `groups` (2 to 4) codes 0, 1, ... of `group`."""
    size = groups - 1
    at_risk = np.zeros(groups)
    dead = np.zeros(groups)
    difference = np.zeros(groups)
    variance = np.zeros((groups, groups))
    i = len(order) - 1
    while i >= 0:
        now = times[order[i]]
        dead[:] = 0.0
        while i >= 0 and times[order[i]] == now:
            k = order[i]
            i -= 1
            if mask[k] != 0:
                code = int(group[k])
                at_risk[code] += 1
                dead[code] += events[k]
        n = at_risk.sum()
        d = dead.sum()
        if d > 0:
            f = d * (n - d) / (n - 1) if n > 1 else 0.0
            for a in range(groups):
                share = at_risk[a] / n
                difference[a] += dead[a] - d * share
                variance[a, a] += f * share
                for c in range(groups):
                    variance[a, c] -= f * share * at_risk[c] / n
    inverse = np.zeros((size, size))
    if not invert(variance, size, inverse):
        return MISSING
    x = 0.0
    for a in range(size):
        for c in range(size):
            x += difference[a] * inverse[a, c] * difference[c]
    if size == 1:
        return math.erfc(math.sqrt(x / 2))
    if size == 2:
        return math.exp(-x / 2)
    return math.erfc(math.sqrt(x / 2)) + math.sqrt(2 * x / math.pi) * math.exp(-x / 2)


@njit(error_model="numpy")
def standard_deviation(values, mask):  # type: ignore[no-untyped-def]
    """Standard deviation (n - 1) of the counted patients."""
    n = 0.0
    total = 0.0
    squares = 0.0
    for i in range(len(values)):
        if mask[i] != 0:
            n += 1
            total += values[i]
            squares += values[i] * values[i]
    return math.sqrt((squares - total * total / n) / (n - 1))
