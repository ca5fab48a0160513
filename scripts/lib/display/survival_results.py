"""What the figures of survival take from the Analysis Results Data (ARD) and the curves."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ALL, ArdIndex
from scripts.lib.analysis.curves import SOLID, Curve, CurveKey, Group
from scripts.lib.errors import Stop

COLUMNS = ("Events/n", "Median (95% CI), months")
DASH = "–"  # between limits, as journals set it


def interval(low: str, high: str) -> str:
    """Limits of an interval in brackets."""
    return f"({low}{DASH}{high})"


def estimate(ard: ArdIndex, statistic: str, **key: str) -> str:
    """An estimate with its limits as printed, e.g. `7.65 (7.20–8.62)`; empty where absent."""
    row = ard.find(statistic=statistic, **key)
    if row is None:
        return ""
    limits = (ard.display(statistic=f"{statistic}_ci_{end}", **key) for end in ("low", "high"))
    return f"{row.display} {interval(*limits)}" if row.value else row.display


def p_text(display: str) -> str:
    """`P = 0.003` or `P < 0.001` from the printed value."""
    return f"P {display[0]} {display[1:]}" if display[:1] in "<>" else f"P = {display}"


def counts(ard: ArdIndex, **key: str) -> str:
    """Events and patients of a group, e.g. `57/67`; `0/0` where it has no row."""
    return "/".join(ard.display(missing="0", statistic=s, **key) for s in ("events", "N"))


def at_risk(ard: ArdIndex, parameter: str, population: str, group: str) -> dict[int, str]:
    """Printed number at risk by month."""
    where = {"parameter": parameter, "population": population, "group": group}
    rows = ard.select(analysis="kaplan_meier", variable="time", statistic="at_risk", **where)
    return {int(float(row.level)): row.display for row in rows}


def curve_group(
    ard: ArdIndex,
    curves: dict[CurveKey, Curve],
    where: dict[str, str],
    label: str,
    colour: str,
    dashes: Any = SOLID,
) -> Group:
    """One curve with its label, counts, median and numbers at risk.

    Parameters
    ----------
    where
        `parameter`, `population` and `group` of the curve's rows.
    """
    population, group = where["population"], where["group"]
    if (population, group) not in curves:
        raise Stop(f"no curve of {where['parameter']} for {population}, {group}: is it in strata?")
    key = {"analysis": "kaplan_meier", **where}
    return Group(
        label=label,
        colour=colour,
        curve=curves[population, group],
        cells=[counts(ard, **key), estimate(ard, "median", **key)],
        median=ard.number(statistic="median", **key),
        at_risk=at_risk(ard, where["parameter"], population, group),
        dashes=dashes,
        key=key,
    )


def everyone(parameter: str, group: str = "") -> dict[str, str]:
    """Columns of the rows for all analysed patients, of one arm or together."""
    return {"parameter": parameter, "population": ALL, "group": group}
