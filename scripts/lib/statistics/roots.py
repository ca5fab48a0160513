"""Root of a function of one variable, as R finds it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def r_uniroot(
    f: Callable[[float], float], low: float, high: float, tolerance: float | None = None
) -> float:
    """Root by Brent's method step by step as R's uniroot (zeroin.c), at its default tolerance."""
    half_tolerance = (np.finfo(float).eps ** 0.25 if tolerance is None else tolerance) / 2
    a, b, fa, fb = low, high, f(low), f(high)
    c, fc = a, fa
    if fa == 0 or fb == 0:
        return a if fa == 0 else b
    for _ in range(1001):
        previous = b - a
        if abs(fc) < abs(fb):
            a, b, c, fa, fb, fc = b, c, b, fb, fc, fb
        accuracy = 2 * np.finfo(float).eps * abs(b) + half_tolerance
        step = (c - b) / 2
        if abs(step) <= accuracy or fb == 0:
            return b
        if abs(previous) >= accuracy and abs(fa) > abs(fb):
            step = _interpolated(a, b, c, fa, fb, fc, previous, accuracy, step)
        if abs(step) < accuracy:
            step = accuracy if step > 0 else -accuracy
        a, fa = b, fb
        b += step
        fb = f(b)
        if (fb > 0) == (fc > 0) and fb != 0:
            c, fc = a, fa
    return b


def _interpolated(
    a: float, b: float, c: float, fa: float, fb: float, fc: float,
    previous: float, accuracy: float, bisection: float,
) -> float:  # fmt: skip
    """Step by linear or inverse quadratic interpolation where that is safe, else bisection."""
    width = c - b
    if a == c:
        ratio = fb / fa
        p, q = width * ratio, 1 - ratio
    else:
        q, t1, t2 = fa / fc, fb / fc, fb / fa
        p = t2 * (width * q * (q - t1) - (b - a) * (t1 - 1))
        q = (q - 1) * (t1 - 1) * (t2 - 1)
    if p > 0:
        q = -q
    else:
        p = -p
    inside = p < 0.75 * width * q - abs(accuracy * q) / 2 and p < abs(previous * q / 2)
    return p / q if inside else bisection
