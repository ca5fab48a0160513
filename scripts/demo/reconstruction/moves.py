"""Changes of one or two patients of one arm that keep every printed count as it is."""

import numpy as np
from numba import njit

from scripts.demo.reconstruction.cohort import (
    AGE,
    ARM,
    BRAIN,
    ECOG,
    KPS,
    LIVER,
    OS,
    OS_EVENT,
    OTHER_SITES,
    PATTERN,
    PFS,
    PFS1,
    PFS_EVENT,
    REASON,
    RT2,
    SEX,
)

EARLIEST_DEATH = 62
PFS_RANGE = (35, 760)
PFS1_RANGE = (45, 720)
AGE_RANGE = (34, 84)
LATEST_PRIMARY_RESISTANCE = 182
LABELS = RT2 - SEX + 1  # variables SEX ... RT2 can be swapped between patients
# kinds of moves, with cumulative shares among the moves of times and among those of labels
(
    NUDGE,
    NUDGE_TWO,
    JUMP,
    SWAP_RECORD,
    SWAP_EVENT,
    SWAP_OUTCOMES,
    SWAP_LABEL,
    SHIFT_AGES,
    SWAP_SITES,
) = range(9)
TIME_SHARES = np.cumsum(np.array([0.31, 0.17, 0.17, 0.24, 0.04, 0.07]))
LABEL_SHARES = np.cumsum(np.array([0.83, 0.10, 0.07]))


@njit(error_model="numpy")
def any_site(base, i):  # type: ignore[no-untyped-def]
    """Whether patient `i` has a metastasis at any site."""
    return base[BRAIN, i] + base[LIVER, i] + base[OTHER_SITES, i] > 0


@njit(error_model="numpy")
def possible(base, i):  # type: ignore[no-untyped-def]
    """Whether patient `i` could exist, and could be in the extract that is made from the cohort."""
    if base[PFS_EVENT, i] == 0 and (base[OS_EVENT, i] == 1 or any_site(base, i)):
        return False
    if base[PFS, i] > base[OS, i] or (base[PFS_EVENT, i] == 1 and base[PFS, i] == base[OS, i]):
        return False
    if base[OS_EVENT, i] == 1 and base[OS, i] < EARLIEST_DEATH:
        return False
    if base[PFS, i] < PFS_RANGE[0] or base[PFS, i] > PFS_RANGE[1]:
        return False
    if base[PFS1, i] < PFS1_RANGE[0] or base[PFS1, i] > PFS1_RANGE[1]:
        return False
    if base[REASON, i] == 1 and base[PFS1, i] > LATEST_PRIMARY_RESISTANCE:
        return False
    if base[AGE, i] < AGE_RANGE[0] or base[AGE, i] > AGE_RANGE[1]:
        return False
    if (base[KPS, i] == 70 and base[ECOG, i] == 0) or (base[KPS, i] == 100 and base[ECOG, i] == 1):
        return False
    return not (base[RT2, i] >= 4 and base[BRAIN, i] == 1)  # prophylactic cranial irradiation


@njit(error_model="numpy")
def permitted(base, i, j, old_i, old_j):  # type: ignore[no-untyped-def]
    """Whether both patients are possible and as many as before have a metastasis."""
    if not (possible(base, i) and possible(base, j)):
        return False
    if i == j:
        return True
    before_i = old_i[BRAIN] + old_i[LIVER] + old_i[OTHER_SITES] > 0
    before_j = old_j[BRAIN] + old_j[LIVER] + old_j[OTHER_SITES] > 0
    now = int(any_site(base, i)) + int(any_site(base, j))
    return now == int(before_i) + int(before_j)


@njit(error_model="numpy")
def partner(base, order, i):  # type: ignore[no-untyped-def]
    """Another patient of the same arm: near `i` in one of the times, or any."""
    patients = base.shape[1]
    if np.random.random() < 0.65:
        ranks = order[np.random.randint(3)]
        q = 0
        while ranks[q] != i:
            q += 1
        q += np.random.randint(25) - 12
        j = ranks[min(max(q, 0), patients - 1)]
    else:
        j = np.random.randint(patients)
    return j if base[ARM, j] == base[ARM, i] else i


@njit(error_model="numpy")
def exchange(base, variable, i, j, touched):  # type: ignore[no-untyped-def]
    """Swap one variable between two patients."""
    if base[variable, i] != base[variable, j]:
        base[variable, i], base[variable, j] = base[variable, j], base[variable, i]
        touched[variable] = True


@njit(error_model="numpy")
def exchange_record(base, endpoint, i, j, touched):  # type: ignore[no-untyped-def]
    """Swap time and event of an endpoint between two patients."""
    exchange(base, endpoint, i, j, touched)
    if endpoint < PFS1:
        exchange(base, PFS_EVENT + endpoint, i, j, touched)


@njit(error_model="numpy")
def step(largest):  # type: ignore[no-untyped-def]
    """A number of days between 1 and `largest`, either sign."""
    d = 1 + np.random.randint(largest)
    return d if np.random.random() < 0.5 else -d


@njit(error_model="numpy")
def swap_label(base, i, j, touched):  # type: ignore[no-untyped-def]
    """Swap one label; pattern and second-line radiotherapy, with many targets, more often."""
    variable = SEX + np.random.randint(LABELS)
    if np.random.random() < 0.2:
        variable = PATTERN if np.random.random() < 0.6 else RT2
    exchange(base, variable, i, j, touched)


@njit(error_model="numpy")
def draw_kind(labels):  # type: ignore[no-untyped-def]
    """A kind of move; a share `labels` of them leaves all times alone."""
    about_labels = np.random.random() < labels
    shares = LABEL_SHARES if about_labels else TIME_SHARES
    u = np.random.random() * shares[-1]
    kind = 0
    while shares[kind] < u:
        kind += 1
    return kind + SWAP_LABEL if about_labels else kind


@njit(error_model="numpy")
def draw_patient(base):  # type: ignore[no-untyped-def]
    """A patient; the few with a rare reason for stopping matter much and come more often."""
    i = np.random.randint(base.shape[1])
    if np.random.random() < 0.08:
        for _ in range(200):
            if base[REASON, i] > 0:
                break
            i = np.random.randint(base.shape[1])
    return i


@njit(error_model="numpy")
def change_times(base, kind, i, j, near, touched):  # type: ignore[no-untyped-def]
    """A move of times, events or whole records; `near`: whose time a jump may go to."""
    endpoint = np.random.randint(3)
    if kind == SWAP_RECORD:
        exchange_record(base, endpoint, i, j, touched)
    elif kind == SWAP_EVENT:
        event = PFS_EVENT + np.random.randint(2)
        if i == j:
            base[event, i] = 1 - base[event, i]
            touched[event] = True
        else:
            exchange(base, event, i, j, touched)
    elif kind == SWAP_OUTCOMES:
        exchange_record(base, PFS, i, j, touched)
        exchange_record(base, OS, i, j, touched)
        if np.random.random() < 0.5:
            exchange_record(base, PFS1, i, j, touched)
    else:
        touched[endpoint] = True
        if kind == NUDGE:
            base[endpoint, i] += step(4)
        elif kind == NUDGE_TWO:
            d = step(3)
            base[endpoint, i] += d
            base[endpoint, j] -= d
        elif np.random.random() < 0.5 and near != i:
            base[endpoint, i] = base[endpoint, near] + np.random.randint(3) - 1
        else:
            base[endpoint, i] += int(round(np.random.normal() * 25))


@njit(error_model="numpy")
def change_labels(base, kind, i, j, touched):  # type: ignore[no-untyped-def]
    """A move of labels between two patients."""
    if kind == SWAP_LABEL:
        swap_label(base, i, j, touched)
    elif kind == SWAP_SITES:
        for variable in (BRAIN, LIVER, OTHER_SITES):
            exchange(base, variable, i, j, touched)
    else:
        d = step(2)
        base[AGE, i] += d
        base[AGE, j] -= d
        touched[AGE] = True


@njit(error_model="numpy")
def propose(base, order, labels, pair, touched, old_i, old_j):  # type: ignore[no-untyped-def]
    """Change `base` in place; patients in `pair`, their old codes kept. False: nothing changed."""
    kind = draw_kind(labels)
    i = draw_patient(base)
    near = partner(base, order, i)
    alone = kind in (NUDGE, JUMP) or (kind == SWAP_EVENT and np.random.random() < 0.4)
    j = i if alone else near
    if i == j and not alone:
        return False
    pair[0] = i
    pair[1] = j
    old_i[:] = base[:, i]
    old_j[:] = base[:, j]
    if kind < SWAP_LABEL:
        change_times(base, kind, i, j, near, touched)
    else:
        change_labels(base, kind, i, j, touched)
    return touched.any()
