"""Which of the printed numbers a cohort reproduces."""

from typing import Any

import numpy as np

from scripts.demo.reconstruction.cohort import DAYS_PER_MONTH
from scripts.demo.reconstruction.loss import compute, new_state
from scripts.demo.reconstruction.targets import (
    ABOVE,
    BELOW,
    NOT_REACHED,
    NUMBERS,
    ROWS,
    Number,
    compile_problem,
    numbers_of,
)

Scored = tuple[Number, float, bool]


def score(base: np.ndarray, targets: list[dict[str, Any]]) -> list[Scored]:
    """Every printed number with ours (months for times) and whether it is equal as printed."""
    problem = compile_problem(targets)
    state = new_state(base, problem)
    values = np.zeros((len(targets), ROWS, NUMBERS))
    for k in range(len(targets)):
        compute(k, state, problem, state.beta[k], values[k])
    scored = []
    for number in numbers_of(targets):
        at = number.term, number.row, number.position
        ours, value, mode = float(values[at]), problem.value[at], problem.mode[at]
        if mode == NOT_REACHED:
            equal = ours < 0
        elif mode == BELOW:
            equal = ours < value
        elif mode == ABOVE:
            equal = ours > value
        else:
            equal = abs(ours - value) <= problem.half[at] + 1e-9
        scored.append((number, ours / DAYS_PER_MONTH if number.days else ours, bool(equal)))
    return scored


def report(scored: list[Scored]) -> list[str]:
    """Lines for the log: totals, then every number that differs."""
    equal = sum(hit for _, _, hit in scored)
    must = [hit for number, _, hit in scored if number.must]
    lines = [f"must-haves {sum(must)} of {len(must)}, all targets {equal} of {len(scored)} equal"]
    lines += [
        f"  differs {number.id}: printed {number.printed}, ours {ours:.5g}"
        for number, ours, hit in scored
        if not hit
    ]
    return lines
