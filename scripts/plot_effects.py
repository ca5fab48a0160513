"""Draw forest plots of analyses of the treatment effect, the primary one first.

Inputs
    landmark        results/ard/landmark.csv
    pfs_rule_sets   results/ard/pfs_rule_sets.csv
Outputs
    results/figures/{landmark,pfs_rule_sets}.svg, .pdf, .png   180 mm wide, a panel an endpoint
Source
    Every number is a row of the inputs; nothing is computed here. One job draws both figures.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.effect_forest import forest
from scripts.lib.display.figures import MARGIN, Page, notice_height, save, write_notice
from scripts.lib.display.forest_columns import Forest
from scripts.lib.display.forest_panel import draw_forest, forest_height
from scripts.lib.errors import run
from scripts.tabulate_landmark import analyses

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


PANELS = {"landmark": landmark_panels, "pfs_rule_sets": rule_set_panels}


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
