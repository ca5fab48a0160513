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

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.derivation.absences import NOT_COLLECTED
from scripts.lib.display.effect_forest import forest
from scripts.lib.display.effect_lines import NOT_ESTIMABLE
from scripts.lib.display.figures import MARGIN, Page, notice_height, save, write_notice
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.forest_panel import draw_forest, forest_height
from scripts.lib.display.labels import late_mark, variable_label
from scripts.lib.display.survival_results import estimate
from scripts.lib.errors import run
from scripts.tabulate_landmark import analyses
from scripts.tabulate_time_varying import label_of

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WIDTH, BETWEEN = 180.0, 3.0


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
        numbers = [ard.number(statistic=f"hr{end}", **key) for end in ("", "_ci_low", "_ci_high")]
        known = all(number is not None and math.isfinite(number) for number in numbers)
        absent = ratio.note.startswith(NOT_COLLECTED)
        counts = [ard.display(missing="", statistic=one, **key) for one in ("events", "N")]
        found.append(
            Row(
                label_of(ratio.population),
                [["/".join(filter(None, counts))]],
                tuple(numbers) if known else None,  # type: ignore[arg-type]
                estimate(ard, "hr", **key)
                if known
                else (NOT_COLLECTED if absent else NOT_ESTIMABLE),
                ard.display(missing="", statistic="p_value", **key) if known else "",
                events=int(ard.number(statistic="events", **key) or 0),
                hollow=ratio.population.endswith("fixed"),
            )
        )
    return found


PANELS = {
    "landmark": landmark_panels,
    "pfs_rule_sets": rule_set_panels,
    "time_varying": time_varying_panels,
}


def draw(panels: list[Forest], settings: dict[str, Any]) -> Page:
    """Panels below each other."""
    heights = [forest_height(panel) for panel in panels]
    notice = settings["notice"]
    total = sum(heights) + BETWEEN * (len(panels) - 1)
    page = Page(WIDTH, MARGIN + total + notice_height(notice, WIDTH))
    top = MARGIN
    for panel, height in zip(panels, heights, strict=True):
        draw_forest(page, MARGIN, top, WIDTH - 2 * MARGIN, panel)
        top += height + BETWEEN
    write_notice(page, notice)
    return page


def main(smk: Any) -> None:
    """Draw and save every figure that is asked for."""
    for name, settings in smk.params.settings.items():
        panels = PANELS[name](ArdIndex.read(smk.input[name]), settings)
        paths = [path for path in smk.output if Path(path).stem == name]
        save(draw(panels, settings), paths, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
