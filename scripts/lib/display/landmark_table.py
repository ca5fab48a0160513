"""Table of the treatment effect without an exclusion that looks ahead, and from landmarks on.

The step is `scripts/tabulate_landmark.py`.

Source: labels from config/sensitivity.yaml (`landmark.table`).
"""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ALL, ArdIndex
from scripts.lib.display.effect_lines import count_cells, effect_cells, heads, methods, width
from scripts.lib.display.printed_table import Cell, PrintedTable, TableRow

PRIMARY = "Primary analysis"
LATER = "†"


def analyses(ard: ArdIndex, parameter: str, settings: dict[str, Any]) -> dict[str, str]:
    """Population -> label of every analysis of an endpoint, in the order of the results."""
    rows = ard.select(analysis="landmark", parameter=parameter)
    return {row.population: label_of(row.population, settings) for row in rows}


def label_of(population: str, settings: dict[str, Any]) -> str:
    """What an analysis is called."""
    kind, _, value = population.partition("=")
    if population == ALL:
        return PRIMARY
    if kind == "landmark":
        return f"Landmark at day {value}"
    return settings["without"]


def endpoint_rows(
    ard: ArdIndex, parameter: str, label: str, settings: dict[str, Any]
) -> list[TableRow]:
    """A heading, then every analysis of an endpoint."""
    lines = [TableRow([Cell(label), *[Cell()] * width(settings)], heading=True)]
    for population, name in analyses(ard, parameter, settings).items():
        key = {"analysis": "landmark", "parameter": parameter, "population": population}
        mark = LATER if population == ALL else ""
        lines.append(TableRow([Cell(name, mark), *effect_cells(ard, settings, **key)], 1))
        lines += left_out(ard, settings, key)
    return lines


def left_out(ard: ArdIndex, settings: dict[str, Any], key: dict[str, str]) -> list[TableRow]:
    """Below a landmark: how many are left out, and why."""
    rows = ard.select(**key, variable="left_out", statistic="n", group="")
    lines = []
    for row in rows:
        text = f"left out: {row.level}" if row.level else "left out"
        cells = count_cells(ard, settings, **key, variable="left_out", level=row.level)
        lines.append(TableRow([Cell(text), *cells], 2))
    return lines


def make(ard: ArdIndex, settings: dict[str, Any]) -> PrintedTable:
    """The whole table."""
    spec = settings["table"]
    table = PrintedTable(settings["id"], spec["label"], spec["title"], heads("Analysis", settings))
    for parameter, label in settings["endpoints"].items():
        table.rows += endpoint_rows(ard, parameter, label, settings)
    table.footnotes = [
        f"{LATER}With a criterion that is known only after the start of treatment: "
        f"{quoted(settings['ignoring'])}. It estimates the effect in those who fulfil it.",
        "Landmark analyses: of the patients without that criterion, who is event-free for the "
        "endpoint and under observation after that day; time and median from that day on.",
        *still_applied(settings["still_applied"]),
        *methods(ard),
        *spec["footnotes"],
    ]
    return table


def quoted(labels: list[str]) -> str:
    """Labels of criteria."""
    return "; ".join(f"“{label}”" for label in labels)


def still_applied(labels: list[str]) -> list[str]:
    """Other criteria that look ahead and that every analysis of the table applies."""
    if not labels:
        return []
    return [f"In every analysis, and known only after the start of treatment: {quoted(labels)}."]
