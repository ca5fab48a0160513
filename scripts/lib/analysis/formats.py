"""How numbers are printed. Pure text functions, no pandas.

Rounding works on the shortest decimal text of a number, so that 61.25 is a tie (half up 61.3,
half even 61.2) and 12.35 is one too, whatever its binary form.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}

COUNTS = {"n", "N", "events", "censored", "at_risk", "df", "dropped", "converged"}
P_VALUES = {"p_value", "p_interaction", "p_holm", "p_bh"}
RATIOS = {"coef", "se", "z", "hr", "hr_ci_low", "hr_ci_high", "chi_square", "smd"} | {
    f"{ratio}{end}" for ratio in ("odds_ratio", "rate_ratio") for end in ("", "_ci_low", "_ci_high")
}
PERCENTS = {
    f"{name}{end}" for name in ("percent", "risk_difference") for end in ("", "_ci_low", "_ci_high")
}
SURVIVAL = {
    f"{name}{end}"
    for name in ("survival", "survival_difference")
    for end in ("", "_ci_low", "_ci_high")
}


class Formats(NamedTuple):
    """Printed decimals and the percent rounding rule (half_up or half_even)."""

    percent_rounding: str = "half_up"
    percent_decimals: int = 1
    p_decimals: int = 3
    ratio_decimals: int = 3
    number_decimals: int = 2
    not_reached: str = "NA"
    not_available: str = "-"
    not_collected: str = "Not collected"


PAPER_FORMATS = Formats()


def round_text(value: float, decimals: int, rounding: str = "half_up") -> str:
    """Value with that many decimals; never a negative zero."""
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(repr(float(value)))
    rounded = exact.quantize(step, rounding=ROUNDING[rounding]) if exact.is_finite() else exact
    return str(abs(rounded) if rounded == 0 else rounded)


def format_p(p: float, decimals: int = 3) -> str:
    """P value: `<0.001` only where it rounds to 0.000, `>0.999` only for exactly 1."""
    if p >= 1 - 1e-12:
        return ">" + round_text(1 - 10.0**-decimals, decimals)
    text = round_text(p, decimals)
    return f"<{10.0**-decimals:.{decimals}f}" if Decimal(text) == 0 else text


def format_percent(value: float, formats: Formats = PAPER_FORMATS) -> str:
    """Percentage (0 to 100) without the sign."""
    return round_text(value, formats.percent_decimals, formats.percent_rounding)


def format_interval(low: str, high: str) -> str:
    """Limits as the paper prints them: `0.426-0.848`."""
    return f"{low}-{high}"


def _no_value(note: str, formats: Formats) -> str:
    """What stands where there is no number."""
    if note.startswith("not collected"):
        return formats.not_collected
    return formats.not_reached if note.startswith("not reached") else formats.not_available


def display_value(
    statistic: str,
    value: float | None,
    note: str = "",
    formats: Formats = PAPER_FORMATS,
    decimals: int | None = None,
) -> str:
    """What a table prints for one statistic of the contract."""
    if value is None:
        return _no_value(note, formats)
    if statistic in COUNTS:
        # a sum of weights is no whole number
        return str(int(value)) if value == int(value) else round_text(value, decimals or 1)
    if statistic in P_VALUES:
        return format_p(value, formats.p_decimals)
    if statistic in PERCENTS:
        return format_percent(value, formats)
    ratio = statistic in RATIOS or statistic in SURVIVAL
    default = formats.ratio_decimals if ratio else formats.number_decimals
    return round_text(value, default if decimals is None else decimals)
