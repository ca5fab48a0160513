"""Tables of the checks of Cox models: balance, models, imputation.

The step is `scripts/tabulate_checks.py`.

Source: config/sensitivity.yaml (the sections' `table`); nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripts.lib.analysis.ard import ArdIndex, Row
from scripts.lib.analysis.formats import format_interval
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display.labels import LATER, LATER_NOTE, term_label, variable_label
from scripts.lib.display.notes import Notes, Tests
from scripts.lib.display.printed_table import (
    Cell,
    Head,
    PrintedTable,
    TableRow,
    shown,
)

Settings = dict[str, Any]
WEIGHTING = {
    "unweighted": "Unweighted",
    "iptw": "Inverse probability weights",
    "overlap": "Overlap weights",
}
COVARIATE = "Covariate"


def table_of(
    settings: Settings, heads: list[list[Head]], rows: list[TableRow], notes: list[str]
) -> PrintedTable:
    """The printed table with the config's words; its own footnotes come last."""
    spec = settings["table"]
    footnotes = [*notes, *spec["footnotes"]]
    return PrintedTable(settings["id"], spec["label"], spec["title"], heads, rows, footnotes)


def ratio(ard: ArdIndex, **key: str) -> Cell:
    """`HR (low-high)`, or why there is none."""
    found = [ard.find(statistic=name, **key) for name in ("hr", "hr_ci_low", "hr_ci_high")]
    hr, low, high = found
    if hr is None or low is None or high is None:
        return Cell("-") if hr is None else shown([hr], hr.note or hr.display)
    if not hr.value:
        return shown([hr], _sentence(hr.note))
    return shown(found, f"{hr.display} ({format_interval(low.display, high.display)})")


def _sentence(note: str) -> str:
    """A note as a cell: its first part, with a capital."""
    first = note.split(";")[0]
    return first[:1].upper() + first[1:]


def cell(ard: ArdIndex, statistic: str, **key: str) -> Cell:
    """One statistic as printed; `-` where there is no such row."""
    row = ard.find(statistic=statistic, **key)
    return shown([row], row.display) if row else Cell("-")


def with_mark(content: Cell, sign: str) -> Cell:
    """The cell with a sign behind it."""
    return Cell(content.text, sign, content.keys)


def weighted_table(ard: ArdIndex, settings: Settings) -> PrintedTable:
    """A row a weighting: balance, effective sample size, then HR, P and E-value by endpoint."""
    arms = {arm["id"]: arm["label"] for arm in settings["arms"]}
    reference, notes, tests = settings["reference"], Notes(), Tests()
    parameters = settings["parameters"]
    each = [Head(f"HR ({settings['level']} CI)"), Head("P-value"), Head("E-value (limit)")]
    heads = [
        [Head("", 2), Head("Effective n", 2), *(Head(name, 3) for name in parameters)],
        [Head("Weighting"), Head("Largest |SMD|"), Head("Compared arm"), Head(arms[reference]),
         *each * len(parameters)],
    ]  # fmt: skip
    others = [arm for arm in arms if arm != reference]
    rows = []
    for arm in others:
        if len(others) > 1:
            rows.append(_heading(f"{arms[arm]} against {arms[reference]}", 4 + 3 * len(parameters)))
        suffix = f": {arm}" if len(others) > 1 else ""
        for name in WEIGHTING:
            rows.append(_weighting_row(ard, name, suffix, arm, settings, notes))
            _note_tests(ard, tests, f"{name}{suffix}", WEIGHTING[name])
    if len(others) == 1:
        heads[1][2] = Head(arms[others[0]])
    own = [
        "Hazard ratios against the reference arm. E-value: of the estimate, and of the limit "
        "nearer to 1, for a common outcome. SMD before weighting over the same standard deviation "
        "as after it.",
        *_overlap(ard, arms),
        *_dropped(ard),
        *_not_collected(ard, settings),
        *notes.lines(),
        *tests.line(),
    ]
    return table_of(settings, heads, rows, own)


def _note_tests(ard: ArdIndex, tests: Tests, population: str, label: str) -> None:
    """Keep the tests behind the P values of treatment in a population."""
    for row in ard.select(population=population, statistic="p_value", variable=TREATMENT):
        if row.value:
            tests.add(row.method, label)


def _weighting_row(
    ard: ArdIndex, name: str, suffix: str, arm: str, settings: Settings, notes: Notes
) -> TableRow:
    where = {"analysis": "weighted", "population": f"{name}{suffix}"}
    smd = ard.find(statistic="smd", **where)
    cells = [Cell(WEIGHTING[name]), cell(ard, "smd", **where)]
    if smd is not None and not smd.value:
        cells[1] = with_mark(Cell("-"), notes.mark(smd.note))
    cells += [cell(ard, "ess", group=g, **where) for g in (arm, settings["reference"])]
    for parameter in settings["parameters"]:
        key = where | {"parameter": parameter, "variable": TREATMENT, "level": arm}
        row = ard.find(statistic="hr", **key)
        note = row.note if row and row.value else ""
        cells.append(with_mark(ratio(ard, **key), notes.mark(note)))
        cells.append(cell(ard, "p_value", **key))
        values = [ard.find(statistic=s, **key) for s in ("e_value", "e_value_limit")]
        known = [v for v in values if v is not None and v.value]
        text = f"{known[0].display} ({known[1].display})" if len(known) == 2 else "-"
        cells.append(shown(values, text))
    return TableRow(cells)


def _overlap(ard: ArdIndex, arms: dict[str, str]) -> list[str]:
    """How many patients have a counterpart in the other arm, and whether that suffices."""
    found = []
    for row in ard.select(variable="OVERLAP", statistic="percent"):
        of = arms.get(row.population.partition(": ")[2], "")
        why = f" ({row.note})" if row.note else ""
        name = f"Overlap of the propensity score{', ' if of else ''}{of}"
        share = f"{row.display}% of patients{why}; {row.method}" if row.value else row.note
        found.append(f"{name}: {share}.")
    return found


def _dropped(ard: ArdIndex) -> list[str]:
    """How many patients the propensity score leaves out."""
    total = sum(int(row.number or 0) for row in ard.select(statistic="dropped"))
    people = "1 patient" if total == 1 else f"{total} patients"
    return [f"{people} without a known value of every covariate left out."] if total else []


def _not_collected(ard: ArdIndex, settings: Settings) -> list[str]:
    """Declared covariates that the propensity score does without."""
    rows = ard.select(statistic="coef", note=NOT_COLLECTED)
    names = dict.fromkeys(variable_label(settings["labels"], row.variable) for row in rows)
    return [f"Not collected, so not in the propensity score: {'; '.join(names)}."] if names else []


def _heading(text: str, columns: int) -> TableRow:
    return TableRow([Cell(text), *[Cell()] * (columns - 1)], heading=True)


CHECKS = {
    "N": "Patients",
    "dropped": "Left out",
    "events": "Events",
    "df": "Parameters",
    "events_per_parameter": "Events per parameter",
    "condition_number": "Condition number",
    "vif": "Largest VIF",
}


def model_checks_table(ard: ArdIndex, settings: Settings) -> PrintedTable:
    """A row a model, by endpoint, then the terms that Firth's likelihood estimates."""
    notes = Notes()
    heads = [
        [
            Head("Model"),
            *(Head(text) for text in CHECKS.values()),
            Head(f"HR ({settings['level']} CI)"),
        ]
    ]
    width = len(CHECKS) + 2
    rows = []
    for parameter in settings["parameters"]:
        rows.append(_heading(parameter, width))
        for population, variable in models_in(ard, parameter, list(settings["labels"])):
            key = {"analysis": "model_checks", "parameter": parameter, "population": population}
            rows.append(_model_row(ard, key, variable, settings, notes))
            rows += _term_rows(ard, key, variable, settings, notes)
    own = [
        *_candidates(ard),
        "Left out: patients with a covariate of the model missing. Levels are shown where they are "
        "marked; hazard ratios where the ordinary fit gives none.",
        *notes.lines(),
        *_later(rows),
    ]
    return table_of(settings, heads, rows, own)


def _candidates(ard: ArdIndex) -> list[str]:
    """What events per parameter counts where the data chose the covariates."""
    said = []
    for row in ard.select(statistic="df", level="candidates"):
        key = {"parameter": row.parameter, "population": row.population}
        alone = ard.display(statistic="events_per_parameter", level="of the model alone", **key)
        said.append(f"{row.parameter}: {row.display} (of the model alone: {alone})")
    if not said:
        return []
    return [
        "Events per parameter of the multivariable model counts the parameters of every candidate "
        f"of the screening, also of those it left out: {'; '.join(said)}."
    ]


def _later(rows: list[TableRow]) -> list[str]:
    """Footnote on the sign of what is known only after the start of treatment."""
    return [LATER_NOTE] if any(LATER in row.cells[0].text for row in rows) else []


def models_in(ard: ArdIndex, parameter: str, order: list[str]) -> list[tuple[str, str]]:
    """Population and covariate of each model: the multivariable one, then in declared order."""
    rows = ard.select(parameter=parameter, statistic="df")
    found = list(dict.fromkeys((row.population, row.variable) for row in rows))
    return sorted(found, key=lambda model: order.index(model[1]) if model[1] in order else -1)


def _model_row(
    ard: ArdIndex, key: dict[str, str], variable: str, settings: Settings, notes: Notes
) -> TableRow:
    label = term_label(settings["labels"], variable) if variable else "Multivariable"
    converged = ard.find(statistic="converged", variable=variable, **key)
    sign = (
        notes.mark(converged.note and "some hazard ratio is infinite (separation)")
        if converged
        else ""
    )
    cells = [Cell(label, sign, [])]
    patients = ard.find(statistic="N", variable=variable, **key)
    if patients and patients.not_collected:
        empty = [Cell()] * len(CHECKS)
        return TableRow([*cells, shown([patients], patients.display), *empty], indent=1)
    for statistic in CHECKS:
        row = _largest_vif(ard, key) if statistic == "vif" else None
        if statistic == "vif" and variable:
            row = None
        if statistic != "vif":
            row = ard.find(statistic=statistic, variable=variable, **key)
        cells.append(_checked(row, notes))
    return TableRow([*cells, Cell()], indent=1)


def _largest_vif(ard: ArdIndex, key: dict[str, str]) -> Row | None:
    """The term of largest inflation; one without a value (exact dependence) before all."""
    rows = ard.select(statistic="vif", **key)
    exact = [row for row in rows if row.number is None]
    return exact[0] if exact else max(rows, key=lambda row: row.number or 0, default=None)


def _checked(row: Row | None, notes: Notes) -> Cell:
    return Cell() if row is None else shown([row], row.display, notes.mark(row.note))


def _term_rows(
    ard: ArdIndex, key: dict[str, str], variable: str, settings: Settings, notes: Notes
) -> list[TableRow]:
    """Levels and covariates of a model that bear a mark or a penalised hazard ratio."""
    rows = [row for row in ard.select(**key) if not variable or row.variable == variable]
    marked = {
        (row.variable, row.level): None
        for row in rows
        if row.statistic == "hr" or (row.level and row.note)
    }
    made = []
    for name, level in marked:
        where = key | {"variable": name, "level": level}
        label = term_label(settings["labels"], name, level)
        hr = ard.find(statistic="hr", **where)
        penalised = Cell()
        if hr is not None:
            said = f"{hr.method}; {hr.note}" if hr.value else ""
            penalised = with_mark(ratio(ard, **where), notes.mark(said))
        counts = {s: ard.find(statistic=s, **where) for s in ("N", "events")} if level else {}
        cells = [_checked(counts.get(statistic), notes) for statistic in CHECKS]
        made.append(TableRow([Cell(label), *cells, penalised], indent=2))
    return made


POPULATIONS = {"complete_cases": "Complete cases", "imputed": "Multiple imputation"}


def imputation_table(ard: ArdIndex, settings: Settings) -> PrintedTable:
    """A row a compared level, by endpoint: HR and P of complete cases and of imputed data."""
    width = 2 + 2 * len(POPULATIONS)
    each = [Head(f"HR ({settings['level']} CI)"), Head("P-value")]
    heads = [
        [Head("", 2), *(Head(text, 2) for text in POPULATIONS.values())],
        [Head(COVARIATE), Head("Missing, n (%)"), *each * len(POPULATIONS)],
    ]
    rows, own, tests = [], [], Tests()
    for parameter in settings["parameters"]:
        rows.append(_heading(parameter, width))
        rows += _compared_rows(ard, parameter, settings)
        own.append(_patients(ard, parameter))
    for population, label in POPULATIONS.items():
        for row in ard.select(population=population, statistic="p_value"):
            if row.value:
                tests.add(row.method, label)
    own += [*tests.line(), *_later(rows)]
    return table_of(settings, heads, rows, own)


def _compared_rows(ard: ArdIndex, parameter: str, settings: Settings) -> list[TableRow]:
    first = {"analysis": "imputation", "parameter": parameter}
    levels = ard.select(population="complete_cases", statistic="hr", **first)
    rows, before = [], ""
    for row in levels:
        label = term_label(settings["labels"], row.variable, row.level)
        where = {"variable": row.variable, "level": "missing"}
        lacking = [ard.find(statistic=s, **where, **first) for s in ("n", "percent")]
        missing = Cell()
        if row.variable != before and lacking[0] is not None and lacking[1] is not None:
            text = f"{lacking[0].display} ({lacking[1].display})"
            missing = shown(lacking, text)
        before = row.variable
        cells = [Cell(label), missing]
        for population in POPULATIONS:
            key = first | {"population": population, "variable": row.variable, "level": row.level}
            cells += [ratio(ard, **key), cell(ard, "p_value", **key)]
        rows.append(TableRow(cells, indent=1))
    return rows


def _patients(ard: ArdIndex, parameter: str) -> str:
    """Patients used and left out, and whether anything was imputed at all."""
    key = {"analysis": "imputation", "parameter": parameter}
    counts = {s: ard.display(statistic=s, population="complete_cases", **key)
              for s in ("N", "dropped", "events")}  # fmt: skip
    imputed = ard.find(statistic="N", population="imputed", **key)
    note = imputed.note if imputed else ""
    text = (
        f"{parameter}, complete cases: {counts['N']} patients used, {counts['dropped']} left out, "
        f"{counts['events']} events"
    )
    return f"{text}. Imputed: {note}." if note else f"{text}."


MAKERS: dict[str, Callable[[ArdIndex, Settings], PrintedTable]] = {
    "weighted": weighted_table,
    "model_checks": model_checks_table,
    "imputation": imputation_table,
}
