"""Draw what the Cox models rest on, imputed beside complete cases, and tests of interaction.

Inputs
    model_checks   results/ard/model_checks.csv
    imputation     results/ard/imputation.csv
    interactions   results/ard/interactions.csv
Outputs
    results/figures/{model_checks,imputation,interactions}.svg, .pdf, .png   180 mm wide
Source
    Every number is a row of the inputs; nothing is computed here. One job draws all figures.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.config.specs import TREATMENT
from scripts.lib.display import dot_panel, effect_forest, model_panels
from scripts.lib.display import forest_columns as forest
from scripts.lib.display.check_tables import POPULATIONS, models_in
from scripts.lib.display.dot_panel import LIMIT, Dot, DotPanel, Legend, Line, Look, Strip
from scripts.lib.display.effect_forest import WIDTH, effect_row, events_of_patients
from scripts.lib.display.figures import GREY, PALETTE, SMALL, TEXT, Page, lettered, save, wrap
from scripts.lib.display.labels import term_label
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Settings = dict[str, Any]
Key = dict[str, str]

# ---- tests of interaction ------------------------------------------------------------------------

ADJUSTED: dict[str, tuple[Look, str, float]] = {  # look, name, mm below the middle of the line
    "p_interaction": (
        {"marker": "o", "ms": 4.0, "mfc": "white", "mec": GREY, "mew": 0.9},
        "P for interaction", -1.7,
    ),
    "p_holm": (
        {"marker": "s", "ms": 3.6, "mfc": PALETTE[2], "mec": PALETTE[2], "mew": 0},
        "adjusted by Holm", 0.0,
    ),
    "p_bh": (
        {"marker": "D", "ms": 3.4, "mfc": PALETTE[3], "mec": PALETTE[3], "mew": 0},
        "adjusted by Benjamini-Hochberg", 1.7,
    ),
}  # fmt: skip
INTERACTION_ROW, BESIDE = 6.0, 2  # mm; endpoints beside each other
SMALLEST = 1e-4  # a smaller P is an arrow


def interaction_panels(ard: ArdIndex, settings: Settings) -> list[DotPanel]:
    """Factors below each other, endpoints beside each other, `BESIDE` in a panel."""
    endpoints, factors = list(settings["endpoints"].items()), list(settings["labels"])
    lines = [Line(term_label(settings["labels"], name)) for name in factors]
    cells = {one: [tests(ard, one, name) for name in factors] for one, _ in endpoints}
    known = [
        dot.value
        for column in cells.values()
        for dots in column
        if not isinstance(dots, str)
        for dot in dots
    ]
    least = max(min([*known, 0.01, settings["alpha"] / 2]), SMALLEST)  # one axis for all
    found = []
    for start in range(0, len(endpoints), BESIDE):
        beside = endpoints[start : start + BESIDE]
        strips = [
            Strip(label, settings["alpha"], cells[parameter], (least, 1.0), SMALLEST, 1.0,
                  name="P value (log scale)")
            for parameter, label in beside
        ]  # fmt: skip
        found.append(DotPanel("", "", "Factor", lines, strips, row=INTERACTION_ROW))
    return found


def tests(ard: ArdIndex, parameter: str, variable: str) -> list[Dot] | str:
    """P value of a factor's test, and both adjustments; or why there is none."""
    key = {"analysis": "interactions", "parameter": parameter, "variable": variable}
    rows = {name: ard.find(statistic=name, **key) for name in ADJUSTED}
    known = {name: row.number for name, row in rows.items() if row and row.number is not None}
    if not known:
        return model_panels.first_words(rows["p_interaction"]) or "no test"
    return [Dot(value, ADJUSTED[name][0], ADJUSTED[name][2]) for name, value in known.items()]


def interaction_legend(settings: Settings) -> Legend:
    """What the marks are."""
    return [
        *((look, text) for look, text, _ in ADJUSTED.values()),
        (LIMIT, f"P = {settings['alpha']:g}"),
    ]


# ---- imputed beside complete cases ---------------------------------------------------------------

HEADING = 62.0  # mm; a longer label is set in lines
HEAD = 20.0  # mm; the head of the labels has room where there is no model
REMARK = 87.0


def imputation_panels(ard: ArdIndex, settings: Settings) -> list[forest.Forest]:
    """A panel an endpoint: each coefficient from complete cases and from imputed data."""
    return [
        forest.Forest(
            letter=letter,
            title=label,
            rows=imputation_rows(ard, parameter, settings["labels"]),
            arm_labels=["All arms"],
            arm_columns=["Events/n", "Missing"],
            favours=("Lower hazard", "Higher hazard"),
            confidence=settings["level"],
            head="Covariate",
            label_width=HEAD,
            last_head=("Missing", "information"),
        )
        for letter, (parameter, label) in lettered(settings["endpoints"])
    ]


def imputation_rows(ard: ArdIndex, parameter: str, labels: dict[str, Any]) -> list[forest.Row]:
    """Heading and lines of each coefficient; below them why nothing could be imputed."""
    first = {"analysis": "imputation", "parameter": parameter}
    imputed = ard.find(statistic="N", population="imputed", **first)
    why_not = imputed.note if imputed and not imputed.value else ""
    same = imputed is not None and bool(imputed.value and imputed.note)
    shown = POPULATIONS
    if why_not or same:
        words = "Both: nothing is missing" if same else POPULATIONS["complete_cases"]
        shown = {"complete_cases": words}
    rows = []
    for ratio in ard.select(population="complete_cases", statistic="hr", **first):
        named = wrap(term_label(labels, ratio.variable, ratio.level), HEADING, TEXT, "bold")
        rows += [forest.Row(text, goes_on=number > 0) for number, text in enumerate(named)]
        term = first | {"variable": ratio.variable, "level": ratio.level}
        rows += [
            imputation_row(ard, label, term | {"population": population})
            for population, label in shown.items()
        ]
    if why_not:
        said = f"Nothing could be imputed: {why_not.removeprefix('not estimable: ')}."
        rows += [forest.Row(part, remark=True) for part in wrap(said, REMARK, SMALL)]
    if not rows:
        rows.append(forest.Row("No covariate was chosen: there is no model."))
    return rows


def imputation_row(ard: ArdIndex, label: str, key: Key) -> forest.Row:
    """One analysis of a coefficient; hollow where it rests on the complete cases."""
    of_model = {name: key[name] for name in ("analysis", "parameter", "population")}
    complete = key["population"] == "complete_cases"
    lacking = ""
    if complete and key["variable"] != TREATMENT:
        where = key | {"population": "all", "level": "missing"}
        n, percent = (ard.display(missing="", statistic=one, **where) for one in ("n", "percent"))
        lacking = f"{n} ({percent}%)"
    cells = [[events_of_patients(ard, of_model), lacking]]
    row = effect_row(ard, label, cells, key, of_model)
    row.hollow = complete
    row.last = ard.display(missing="", statistic="fmi", **key) if row.ratio else ""
    return row


# ---- pages ---------------------------------------------------------------------------------------


def model_check_panels(ard: ArdIndex, settings: Settings) -> list[DotPanel]:
    """A panel an endpoint: the multivariable model, then each covariate alone."""
    found = []
    for letter, (parameter, label) in lettered(settings["endpoints"]):
        of = {"analysis": "model_checks", "parameter": parameter}
        models = [
            of | {"population": population, "variable": variable}
            for population, variable in models_in(ard, parameter, list(settings["labels"]))
        ]
        found.append(model_panels.model_panel(ard, (letter, label), models, settings))
    return found


def page_of(name: str, ard: ArdIndex, settings: Settings) -> Page:
    """The whole figure of one analysis."""
    notice = settings["notice"]
    if name == "imputation":
        return effect_forest.draw(imputation_panels(ard, settings), notice)
    if name == "interactions":
        legend = interaction_legend(settings)
        return dot_panel.draw(interaction_panels(ard, settings), legend, WIDTH, notice)
    return dot_panel.draw(model_check_panels(ard, settings), model_panels.LEGEND, WIDTH, notice)


def main(smk: Any) -> None:
    """Draw and save every figure that is asked for."""
    for name, settings in smk.params.settings.items():
        page = page_of(name, ArdIndex.read(smk.input[name]), settings)
        paths = [path for path in smk.output if Path(path).stem == name]
        save(page, paths, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
