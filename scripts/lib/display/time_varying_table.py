"""Table of covariates seen after the start of treatment.

The step is `scripts/tabulate_time_varying.py`.

Source: labels from config/sensitivity.yaml (`time_varying.table`) and config/cohort.yaml.
"""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.analysis.formats import format_interval
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.labels import late_mark, variable_label
from scripts.lib.display.notes import kinds_note
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    shown,
)

YES, BIASED = "yes", "‡"
COLUMNS = 4  # behind the first one
MODELS = {
    "fixed": "As if known from the start",
    "time_varying": "Time-varying",
    "multivariable: fixed": "Multivariable, as if known from the start",
    "multivariable: time_varying": "Multivariable, time-varying",
}
FOOTNOTES = (
    "†Known only after the start of treatment. Compared with no, or not yet.",
    f"{BIASED}Biased: time before it was seen counts as time with it, although nobody can have had "
    "the event in that time (immortal time).",
    "Time-varying: no until the day on which it was first seen, yes after it; an event on that "
    "very day counts before it. With it: seen while under observation. Landmark: as known on that "
    "day, of those event-free for the endpoint and under observation after it; time from then on.",
)
SEVERAL = (
    "Multivariable: the covariates of the endpoint's multivariable model. What follows treatment "
    "can carry part of its effect: its effect in these models is not its whole effect. "
    + kinds_note(["the other models"], ["multivariable models"])
)


def label_of(population: str) -> str:
    """What a model is called."""
    kind, _, day = population.partition("=")
    return f"Landmark at day {day}" if kind == "landmark" else MODELS[population]


def with_it(ard: ArdIndex, population: str, key: dict[str, str]) -> Cell:
    """Patients with the covariate of all patients of the model."""
    kind = population.rpartition(": ")[2]
    if kind.startswith("landmark"):
        n = ard.find(population=population, level=YES, statistic="n", **key)
    else:
        level = "while under observation" if kind == "time_varying" else ""
        n = ard.find(population="seen", level=level, statistic="n", **key)
    total = ard.find(population=population, level=YES, statistic="N", **key)
    if population.startswith("multivariable") or n is None or total is None:
        return shown([total], total.display if total else "")
    return shown([n, total], f"{n.display}/{total.display}")


def ratio_cells(ard: ArdIndex, mark: str = "", **key: str) -> list[Cell]:
    """Events, hazard ratio with limits, P."""
    events = ard.find(statistic="events", **key)
    found = [ard.find(statistic=name, **key) for name in ("hr", "hr_ci_low", "hr_ci_high")]
    p = ard.find(statistic="p_value", **key)
    hr, low, high = found
    if hr is None or low is None or high is None or hr.number is None:
        text = _absent(hr)
        ratio = shown([hr], text)
    else:
        text = f"{hr.display} ({format_interval(low.display, high.display)})"
        ratio = shown(found, text, mark)
    return [shown([events], events.display if events else ""), ratio,
            shown([p], p.display if p else "")]  # fmt: skip


def _absent(hr: Row | None) -> str:
    if hr is None:
        return ""
    return hr.display if hr.note.startswith("not collected") else "Not estimable"


def covariate_rows(ard: ArdIndex, parameter: str, name: str, labels: Any) -> list[TableRow]:
    """A heading, then every model of a covariate."""
    head = Cell(variable_label(labels, name), late_mark(labels, name))
    lines = [TableRow([head, *[Cell()] * COLUMNS], 1, heading=True)]
    key = {"analysis": "time_varying", "parameter": parameter, "variable": name}
    for row in ard.select(**key, statistic="hr"):
        mark = BIASED if row.population.endswith("fixed") else ""
        cells = ratio_cells(ard, mark, population=row.population, level=YES, **key)
        first = with_it(ard, row.population, key)
        lines.append(TableRow([Cell(label_of(row.population)), first, *cells], 2))
    return lines


def treatment_rows(ard: ArdIndex, parameter: str, settings: dict[str, Any]) -> list[TableRow]:
    """Treatment effect in the multivariable models of an endpoint."""
    key = {"analysis": "time_varying", "parameter": parameter, "variable": TREATMENT}
    arms = settings["arms"]
    lines = []
    for arm in (name for name in arms if name != settings["reference"]):
        rows = ard.select(**key, level=arm, statistic="hr")
        if rows:
            text = f"{arms[arm]} vs. {arms[settings['reference']]}"
            lines.append(TableRow([Cell(text), *[Cell()] * COLUMNS], 1, heading=True))
        for row in rows:
            where = key | {"population": row.population, "level": arm}
            total = ard.find(statistic="N", **where)
            cells = [shown([total], total.display if total else ""), *ratio_cells(ard, **where)]
            lines.append(TableRow([Cell(label_of(row.population)), *cells], 2))
    return lines


def reasons(ard: ArdIndex, settings: dict[str, Any]) -> list[str]:
    """Why a hazard ratio is not there, and who has the covariate without a date."""
    notes: dict[str, list[str]] = {}
    for row in ard.rows:
        label = variable_label(settings["labels"], row.variable)
        where = f"{label} ({row.parameter}"
        if row.statistic == "hr" and not row.value and row.variable in settings["labels"]:
            reason = row.note[:1].upper() + row.note[1:]
            notes.setdefault(reason, []).append(f"{where}, {label_of(row.population)})")
        if row.level == "without a date" and row.number:
            left_out = "Left out, as no day says when it was seen"
            notes.setdefault(left_out, []).append(f"{where}, n={row.display})")
    return [f"{reason}: {'; '.join(places)}." for reason, places in notes.items()]


def make(ard: ArdIndex, settings: dict[str, Any]) -> PrintedTable:
    """The whole table."""
    spec = settings["table"]
    ratio = f"HR ({settings['level']} CI)"
    heads = ["Covariate and model", "With it/n", "Events", ratio, "P-value"]
    table = PrintedTable(settings["id"], spec["label"], spec["title"], [list(map(Head, heads))])
    for parameter, label in settings["endpoints"].items():
        table.rows.append(TableRow([Cell(label), *[Cell()] * COLUMNS], heading=True))
        for name in settings["labels"]:
            table.rows += covariate_rows(ard, parameter, name, settings["labels"])
        table.rows += treatment_rows(ard, parameter, settings)
    methods = dict.fromkeys(row.method for row in ard.rows if row.statistic == "hr" and row.value)
    table.footnotes = [
        *FOOTNOTES,
        *([SEVERAL] if any(row.population.startswith("multivariable") for row in ard.rows) else []),
        *reasons(ard, settings),
        *(f"HR and P: {method}." for method in methods),
        *spec["footnotes"],
    ]
    return table
