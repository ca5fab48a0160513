"""Panels of what each Cox model rests on: events per parameter, events of levels, collinearity."""

from __future__ import annotations

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.display.dot_panel import LIMIT, Dot, DotPanel, Legend, Line, Look, Strip
from scripts.lib.display.figures import PALETTE
from scripts.lib.display.labels import Labels, level_label, term_label
from scripts.lib.display.survival_results import estimate

Settings = dict[str, Any]
Key = dict[str, str]

FINE: Look = {"marker": "o", "ms": 4.2, "mfc": PALETTE[0], "mec": PALETTE[0], "mew": 0.9}
BEYOND: Look = {"marker": "D", "ms": 4.2, "mfc": PALETTE[1], "mec": PALETTE[1], "mew": 0.9}
FAILED: Look = {"mfc": "white"}  # hollow: the fit did not converge
LEGEND: Legend = [
    (FINE, "within the limit"),
    (BEYOND, "beyond the limit"),
    (FINE | FAILED, "a hazard ratio is infinite or did not converge"),
    (LIMIT, "limit"),
]


def model_panel(
    ard: ArdIndex, title: tuple[str, str], models: list[Key], settings: Settings
) -> DotPanel:
    """One endpoint: three measures of each model.

    Parameters
    ----------
    title
        Letter and title of the panel.
    models
        Where the rows of each model stand: `analysis`, `parameter`, `population`, `variable`.
    """
    least, few = settings["min_events_per_parameter"], settings["min_events_in_level"]
    most = settings["max_vif"]
    each = [sized(ard, key, least) for key in models]
    levels = [fewest(ard, key, few) for key in models]
    inflated = [inflation(ard, key, most) for key in models]
    strips = [
        Strip(f"Events per\nparameter (≥ {least:g})", least, each, (least / 2, 5 * least)),
        Strip(f"Fewest events\nin a level (≥ {few:g})", few, levels, (1, max(5 * few, 10)),
              nought=True),
        Strip(f"VIF, multivariable\nmodel (≤ {most:g})", most, inflated, (1, 2 * most)),
    ]  # fmt: skip
    lines = [model_line(ard, key, settings) for key in models]
    return DotPanel(*title, "Model", lines, strips, "Events/\nparameters")


def model_line(ard: ArdIndex, key: Key, settings: Settings) -> Line:
    """Name of a model, its events and parameters, and in words what it is marked for."""
    labels, variable = settings["labels"], key["variable"]
    patients = ard.find(statistic="N", **key)
    if variable and patients and patients.not_collected:
        return Line(term_label(labels, variable))
    counts = [ard.display(missing="", statistic=one, **key) for one in ("events", "df")]
    remarks = level_remarks(ard, key, labels) if variable else whole_model(ard, key)
    remarks += term_remarks(ard, key, labels)
    name = term_label(labels, variable) if variable else "Multivariable model"
    return Line(name, "/".join(counts), remarks, bold=not variable)


def whole_model(ard: ArdIndex, key: Key) -> list[str]:
    """Patients and condition number of the multivariable model; whether it has too many terms."""
    n, dropped = (ard.display(statistic=one, **key) for one in ("N", "dropped"))
    row = ard.find(statistic="condition_number", **key)
    number = f"; condition number {marked(row)}" if row else ""
    each = ard.find(statistic="events_per_parameter", **key)
    many = [f"Events per parameter {marked(each)}"] if each and each.note else []
    return [f"{n} patients, {dropped} left out{number}", *many]


def marked(row: Row) -> str:
    """A number with what it is marked for; the reason alone where there is none."""
    note = f" ({row.note})" if row.note else ""
    return f"{row.display}{note}" if row.value else row.note


def level_remarks(ard: ArdIndex, key: Key, labels: Labels) -> list[str]:
    """Levels of a covariate with few events or hardly a patient."""
    found = []
    for row in ard.select(statistic="events", **key):
        n = ard.find(statistic="N", level=row.level, **key)
        if not row.level or n is None:
            continue
        notes = [n.note] if not n.number else [row.note, n.note]
        if said := "; ".join(filter(None, notes)):
            name = level_label(labels, row.variable, row.level)
            found.append(f"{name}: {row.display} of {n.display} patients with event ({said})")
    return found


def term_remarks(ard: ArdIndex, key: Key, labels: Labels) -> list[str]:
    """Terms that are collinear, and hazard ratios that the ordinary fit does not give."""
    where = {name: value for name, value in key.items() if value}
    said: dict[str, list[str]] = {}  # in the order of the terms, each reason once
    for row in ard.select(**where):
        at = key | {"variable": row.variable, "level": row.level}
        text = f"VIF {marked(row)}" if row.statistic == "vif" and row.note else ""
        if row.statistic == "hr":
            ratio = f"HR {estimate(ard, 'hr', **at)}, {row.method}; " if row.value else ""
            text = f"{ratio}{row.note}"
        if text:
            name = level_label(labels, row.variable, row.level) if key["variable"] else ""
            said.setdefault(text, []).append(name or term_label(labels, row.variable, row.level))
    return [f"{'; '.join(names)}: {text}" for text, names in said.items()]


def first_words(row: Row | None) -> str:
    """What stands for a number that there is not: the first words of the reason."""
    text = row.note.split(":")[0].split(";")[0] if row else ""
    return text[:1].upper() + text[1:]


def sized(ard: ArdIndex, key: Key, least: float) -> list[Dot] | str:
    """Events per parameter of a model; hollow where it did not converge."""
    row = ard.find(statistic="events_per_parameter", **key)
    if row is None or row.number is None:
        patients = ard.find(statistic="N", **key)
        return first_words(patients if patients and patients.not_collected else row)
    look = BEYOND if row.number < least else FINE
    failed = ard.number(statistic="converged", **key) == 0
    return [Dot(row.number, look | (FAILED if failed else {}))]


def fewest(ard: ArdIndex, key: Key, least: float) -> list[Dot] | str:
    """Events of the level with the fewest, of all levels that have a patient."""
    where = {name: value for name, value in key.items() if value}
    events = [
        row.number
        for row in ard.select(statistic="events", **where)
        if row.level and row.number is not None
        and ard.number(**key | {"variable": row.variable}, level=row.level, statistic="N")
    ]  # fmt: skip
    number = min(events, default=None)
    return "" if number is None else [Dot(number, BEYOND if number < least else FINE)]


def inflation(ard: ArdIndex, key: Key, most: float) -> list[Dot] | str:
    """Variance inflation of a covariate, if it is in the multivariable model."""
    if not key["variable"]:
        return ""
    row = ard.find(**key | {"population": "model=multivariable"}, statistic="vif")
    if row is None or row.number is None:
        return first_words(row)
    return [Dot(row.number, BEYOND if row.number > most else FINE)]
