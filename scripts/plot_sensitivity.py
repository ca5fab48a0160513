"""Draw one forest plot of every analysis of the treatment effect, the primary one first.

Inputs: results/ard/sensitivity.csv.
Outputs: results/figures/sensitivity.svg, .pdf, .png   180 mm wide, a panel an endpoint.
Source: every number is a row of the input; nothing is computed here.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.derivation.absences import NOT_COLLECTED
from scripts.lib.display.effect_lines import NOT_ESTIMABLE, others
from scripts.lib.display.effect_summary import PROPORTIONAL, Line, lines, restricted_mean
from scripts.lib.display.figures import MARGIN, SMALL, Page, notice_height, save, wrap, write_notice
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.forest_panel import draw_forest, forest_height
from scripts.lib.display.survival_results import estimate
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

WIDTH, BETWEEN = 180.0, 2.0
LABEL, REMARK = 70.0, 87.0  # mm: first column, and lines below it, which run over the counts


def panel(
    ard: ArdIndex, parameter: str, title: tuple[str, str], settings: dict[str, Any]
) -> Forest:
    """Every analysis of an endpoint; below each what it assumes and what marks it."""
    arms, compared = settings["arms"], others(settings)
    rows = []
    for line in lines(ard, parameter, settings):
        rows.append(_row(ard, line))
        rows += [Row(text, remark=True) for text in remarks(ard, line)]
    favours = f"Favours {arms[compared[0]]}" if len(compared) == 1 else "Favours arm"
    return Forest(
        letter=title[0],
        title=title[1],
        rows=rows,
        arm_labels=["All arms"],
        arm_columns=["Events/n"],
        favours=(favours, f"Favours {arms[settings['reference']]}"),
        confidence=settings["level"],
        head="Analysis",
        label_width=LABEL,
    )


def remarks(ard: ArdIndex, line: Line) -> list[str]:
    """Lines below an analysis: its assumption, then each mark."""
    said = [line.assumes, *(f"{note[:1].upper()}{note[1:]}." for note in line.notes)]
    if line.primary and (difference := restricted_mean(ard, line)):
        key = line.key | {"population": PROPORTIONAL, "statistic": "tau"}
        said.append(f"Restricted means to {ard.display(**key)} months differ by {difference}.")
    return [part for text in said for part in wrap(text, REMARK, SMALL)]


def _row(ard: ArdIndex, line: Line) -> Row:
    numbers = [ard.number(statistic=name, **line.key) for name in ("hr", "hr_ci_low", "hr_ci_high")]
    known = all(number is not None for number in numbers)
    counts = [ard.display(statistic=name, **line.key) for name in ("events", "N")]
    return Row(
        line.label,
        [["/".join(counts)]],
        tuple(numbers) if known else None,  # type: ignore[arg-type]
        estimate(ard, "hr", **line.key) if known else _no_ratio(ard, line),
        ard.display(missing="", statistic="p_value", **line.key) if known else "",
        events=int(ard.number(statistic="events", **line.key) or 0),
        overall=line.primary,
        hollow=not line.supported,
    )


def _no_ratio(ard: ArdIndex, line: Line) -> str:
    row = ard.find(statistic="hr", **line.key)
    return NOT_COLLECTED if row and row.note.startswith(NOT_COLLECTED) else NOT_ESTIMABLE


def draw(ard: ArdIndex, settings: dict[str, Any]) -> Page:
    """A panel an endpoint, below each other."""
    endpoints, notice = settings["endpoints"], settings["notice"]
    panels = []
    for number, (parameter, label) in enumerate(endpoints.items()):
        letter = chr(ord("A") + number) if len(endpoints) > 1 else ""
        panels.append(panel(ard, parameter, (letter, label), settings))
    heights = [forest_height(one) for one in panels]
    total = sum(heights) + BETWEEN * (len(panels) - 1)
    page = Page(WIDTH, MARGIN + total + notice_height(notice, WIDTH))
    top = MARGIN
    for one, height in zip(panels, heights, strict=True):
        draw_forest(page, MARGIN, top, WIDTH - 2 * MARGIN, one)
        top += height + BETWEEN
    write_notice(page, notice)
    return page


def main(smk: Any) -> None:
    """Draw and save."""
    settings = smk.params.settings
    page = draw(ArdIndex.read(smk.input.ard), settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
