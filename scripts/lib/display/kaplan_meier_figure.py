"""Drawing of one endpoint: curves of the arms and, below them, the forest plot."""

import math
from typing import Any

from scripts.lib.analysis.ard import ALL, ArdIndex
from scripts.lib.analysis.curves import LEFT_OUT
from scripts.lib.display.figures import MARGIN, Page, colour_of, notice_height, write_notice
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.forest_panel import draw_forest, forest_height
from scripts.lib.display.labels import late_groups_note, late_mark, level_label, variable_label
from scripts.lib.display.survival_panel import Panel, draw_panel, panel_height
from scripts.lib.display.survival_results import counts, curve_group, estimate, everyone
from scripts.lib.errors import Stop

WIDTH = 180.0
PLOT_HEIGHT = 50.0
BETWEEN = 3.0  # mm between the panels
NOT_ESTIMABLE = "not estimable"


def survival_panel(ard: ArdIndex, curves: dict, settings: dict[str, Any]) -> Panel:
    """Curves of every arm, with the hazard ratio of each against the reference."""
    figure, study = settings["figure"], settings["study"]
    parameter = settings["parameter"]
    groups = []
    for order, arm in enumerate(study["arms"]):
        where = everyone(parameter, arm["id"])
        group = curve_group(ard, curves, where, arm["label"], _colour(settings, order))
        groups.append(group)
    columns = ["Events/n", f"Median ({_level(study)} CI), months"]
    if len(groups) > 1:
        columns += [f"HR ({_level(study)} CI)", "P"]
        for arm, group in zip(study["arms"], groups, strict=True):
            group.cells += _hazard_ratio(ard, parameter, arm["id"], study["reference"])
    letter = "A" if _has_forest(settings) else ""
    remark = _methods(ard, parameter)
    return Panel(letter, figure["panel_titles"][0], groups, columns, remark, figure, PLOT_HEIGHT)


def _has_forest(settings: dict[str, Any]) -> bool:
    """A forest plot is wanted, and there are arms to compare."""
    return settings["figure"]["subgroups"] and len(settings["study"]["arms"]) > 1


def _colour(settings: dict[str, Any], order: int) -> str:
    return colour_of(order, settings["colours"])


def _level(study: dict[str, Any]) -> str:
    return f"{100 * study['confidence_level']:g}%"


def _hazard_ratio(ard: ArdIndex, parameter: str, arm: str, reference: str) -> list[str]:
    if arm == reference:
        return ["1 (reference)", ""]
    key = {"analysis": "cox_univariable", "parameter": parameter, "variable": "TRT01A"}
    ratio = estimate(ard, "hr", level=arm, **key)
    return [ratio, ard.display(statistic="p_value", level=arm, **key)]


def _methods(ard: ArdIndex, parameter: str) -> str:
    """The methods behind HR and P, as the ARD names them."""
    rows = ard.select(analysis="cox_univariable", parameter=parameter, variable="TRT01A")
    method = {row.statistic: row.method for row in rows if row.method}
    if method.get("hr") and method.get("hr") == method.get("p_value"):
        return f"HR and P: {method['hr']}"
    parts = [f"{n}: {method[s]}" for n, s in (("HR", "hr"), ("P", "p_value")) if s in method]
    return "; ".join(parts)


def forest_panel(ard: ArdIndex, settings: dict[str, Any]) -> Forest:
    """All patients and every subgroup of the ARD, in its order."""
    figure, study = settings["figure"], settings["study"]
    parameter = settings["parameter"]
    arms = {arm["id"]: arm["label"] for arm in study["arms"]}
    key = {"parameter": parameter, "population": ALL}
    treated = _treated(figure, study)
    treatment = {"variable": "TRT01A", "level": treated}
    overall = {"analysis": "cox_univariable", **treatment, **key}
    in_subgroup = treatment if len(arms) > 2 else {}  # two arms: the rows name no level
    rows = [forest_row(ard, figure["overall"], {"analysis": "kaplan_meier", **key}, overall, arms)]
    rows[0].overall = True
    for name, levels in subgroups(ard, parameter).items():
        rows.append(_factor(ard, name, parameter, settings["labels"]))
        for level, population in levels.items():
            where = {"analysis": "subgroups", "parameter": parameter, "population": population}
            label = level_label(settings["labels"], name, level)
            rows.append(forest_row(ard, label, where, where | in_subgroup, arms))
    favours = [figure["favours"].format(arm=arms[a]) for a in (treated, study["reference"])]
    return Forest(
        letter="B",
        title=figure["panel_titles"][1] + _comparison(treated, study, arms),
        rows=rows,
        arm_labels=list(arms.values()),
        arm_columns=["Events/n", "Median"],
        favours=(favours[0], favours[1]),
        confidence=_level(study),
        limits=figure["limits"],
    )


def _treated(figure: dict[str, Any], study: dict[str, Any]) -> str:
    """The arm whose hazard ratio against the reference the forest plot shows."""
    others = [arm["id"] for arm in study["arms"] if arm["id"] != study["reference"]]
    wanted = figure["compared"] or others[0]
    if wanted not in others:
        raise Stop(
            f"report.figures.kaplan_meier: compared: {wanted} is none of {', '.join(others)}, the "
            "arms beside the reference. Correct it in config/report.yaml."
        )
    return wanted


def _comparison(treated: str, study: dict[str, Any], arms: dict[str, str]) -> str:
    """With more than two arms, which two the hazard ratios compare."""
    if len(arms) == 2:
        return ""
    return f": {arms[treated]} against {arms[study['reference']]}; interaction of all arms"


def subgroups(ard: ArdIndex, parameter: str) -> dict[str, dict[str, str]]:
    """Levels of every subgroup variable with their population, in the order of the ARD."""
    found: dict[str, dict[str, str]] = {}
    for row in ard.select(analysis="subgroups", parameter=parameter):
        if row.population != ALL:
            name, _, level = row.population.partition("=")
            found.setdefault(name, {})[level] = row.population
    return found


def _factor(ard: ArdIndex, name: str, parameter: str, labels: dict[str, Any]) -> Row:
    key = {"analysis": "subgroups", "parameter": parameter, "variable": name}
    last = ard.display(missing="", statistic="p_interaction", **key)
    unit = labels.get(name, {}).get("unit")
    label = variable_label(labels, name) + late_mark(labels, name)
    return Row(f"{label}, {unit}" if unit else label, last=last)


def forest_row(
    ard: ArdIndex,
    label: str,
    counted: dict[str, str],
    compared: dict[str, str],
    arms: dict[str, str],
) -> Row:
    """One line of the forest plot.

    Parameters
    ----------
    counted, compared
        Key columns of the rows with counts and medians per arm, and with the hazard ratio.
    """
    cells = [[counts(ard, group=a, **counted), _median(ard, group=a, **counted)] for a in arms]
    numbers = [ard.number(statistic=s, **compared) for s in ("hr", "hr_ci_low", "hr_ci_high")]
    known = all(n is not None and math.isfinite(n) for n in numbers)
    return Row(
        label,
        cells,
        tuple(numbers) if known else None,  # type: ignore[arg-type]
        estimate(ard, "hr", **compared) if known else _why_none(ard, compared),
        ard.display(statistic="p_value", **compared) if known else "",
        events=sum(int(ard.number(statistic="events", group=a, **counted) or 0) for a in arms),
    )


def _why_none(ard: ArdIndex, key: dict[str, str]) -> str:
    withheld = ard.display(statistic="hr", **key) == LEFT_OUT
    return LEFT_OUT if withheld else NOT_ESTIMABLE


def _median(ard: ArdIndex, **key: str) -> str:
    return ard.display(statistic="median", **key)


def draw(ard: ArdIndex, curves: dict, settings: dict[str, Any]) -> Page:
    """The whole figure; its height follows from what it holds."""
    later = late_groups_note(
        settings["labels"], settings["labels"], settings.get("time_varying", "")
    )
    band = "Bands are pointwise: limits of each time alone." if settings["figure"]["band"] else ""
    notice = "\n".join(filter(None, (band, later, settings["study"]["notice"])))
    width = WIDTH - 2 * MARGIN
    panel = survival_panel(ard, curves, settings)
    forest = forest_panel(ard, settings) if _has_forest(settings) else None
    upper = panel_height(panel, width)
    lower = BETWEEN + forest_height(forest) if forest else 0
    page = Page(WIDTH, MARGIN + upper + lower + notice_height(notice, WIDTH))
    draw_panel(page, MARGIN, MARGIN, width, panel)
    if forest:
        draw_forest(page, MARGIN, MARGIN + upper + BETWEEN, width, forest)
    write_notice(page, notice)
    return page
