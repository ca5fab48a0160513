"""Draw forest plots of analyses below each other: of the treatment effect, and of covariates.

Inputs
    landmark        results/ard/landmark.csv
    pfs_rule_sets   results/ard/pfs_rule_sets.csv
    time_varying    results/ard/time_varying.csv
Outputs
    results/figures/{landmark,pfs_rule_sets,time_varying}.svg, .pdf, .png   180 mm wide, a panel an
        endpoint
Source
    Every number is a row of the inputs; nothing is computed here. One job draws all figures.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.effect_forest import draw, effect_row, events_of_patients, forest
from scripts.lib.display.figures import save
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.labels import late_mark, variable_label
from scripts.lib.display.landmark_table import analyses
from scripts.lib.display.notes import KINDS
from scripts.lib.display.time_varying_table import label_of
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def landmark_panels(ard: ArdIndex, settings: dict[str, Any]) -> list[Forest]:
    """A panel an endpoint: every analysis of the landmark results."""
    panels = []
    for number, (parameter, label) in enumerate(settings["endpoints"].items()):
        key = {"analysis": "landmark", "parameter": parameter}
        lines = [
            (name, key | {"population": population})
            for population, name in analyses(ard, parameter, settings).items()
        ]
        panels.append(forest(ard, (chr(ord("A") + number), label), lines, settings))
    return panels


def rule_set_panels(ard: ArdIndex, settings: dict[str, Any]) -> list[Forest]:
    """One panel: every set of rules."""
    key = {"analysis": "pfs_rule_sets", "parameter": settings["parameter"]}
    lines = [
        (one["label"], key | {"population": f"RULESET={one['id']}"})
        for one in settings["rule_sets"]
    ]
    return [forest(ard, ("", settings["label"]), lines, settings)]


def time_varying_panels(ard: ArdIndex, settings: dict[str, Any]) -> list[Forest]:
    """A panel an endpoint: each covariate in every form; hollow where it is taken as known."""
    panels = []
    for number, (parameter, label) in enumerate(settings["endpoints"].items()):
        rows = []
        for name in settings["labels"]:
            text = variable_label(settings["labels"], name) + late_mark(settings["labels"], name)
            rows += [Row(text), *covariate_rows(ard, parameter, name)]
        panels.append(
            Forest(
                letter=chr(ord("A") + number),
                title=label,
                rows=rows,
                arm_labels=["All arms"],
                arm_columns=["Events/n"],
                favours=("Fewer events with it", "More events with it"),
                confidence=settings["level"],
                head="Covariate and model",
            )
        )
    return panels


def covariate_rows(ard: ArdIndex, parameter: str, name: str) -> list[Row]:
    """Every model of a covariate."""
    found = []
    for ratio in ard.select(parameter=parameter, variable=name, statistic="hr"):
        key = {"analysis": "time_varying", "parameter": parameter, "variable": name}
        key |= {"population": ratio.population, "level": ratio.level}
        cells = [[events_of_patients(ard, key)]]
        row = effect_row(ard, label_of(ratio.population), cells, key, key)
        row.hollow = ratio.population.endswith("fixed")
        found.append(row)
    return found


PANELS = {
    "landmark": landmark_panels,
    "pfs_rule_sets": rule_set_panels,
    "time_varying": time_varying_panels,
}


def main(smk: Any) -> None:
    """Draw and save every figure that is asked for."""
    for name, settings in smk.params.settings.items():
        panels = PANELS[name](ArdIndex.read(smk.input[name]), settings)
        paths = [path for path in smk.output if Path(path).stem == name]
        both = any(row.label.startswith("Multivariable") for panel in panels for row in panel.rows)
        notice = "\n".join(filter(None, (KINDS if both else "", settings["notice"])))
        save(draw(panels, notice), paths, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
