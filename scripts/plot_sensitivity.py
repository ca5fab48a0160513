"""Draw one forest plot of every analysis of the treatment effect, the primary one first.

Inputs: results/ard/sensitivity.csv.
Outputs: results/figures/sensitivity.svg, .pdf, .png   180 mm wide, a panel an endpoint.
Source: every number is a row of the input; nothing is computed here.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.effect_forest import draw, effect_row, events_of_patients
from scripts.lib.display.effect_lines import others
from scripts.lib.display.effect_summary import PROPORTIONAL, Line, lines, restricted_mean
from scripts.lib.display.figures import SMALL, lettered, save, wrap
from scripts.lib.display.forest_columns import Forest, Row
from scripts.lib.display.notes import KINDS
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

BETWEEN = 2.0  # mm; the remarks of a panel make it long enough
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
    said = [
        f"{line.kind.capitalize()}. {line.assumes}",
        *(f"{note[:1].upper()}{note[1:]}." for note in line.notes),
    ]
    if line.primary and (difference := restricted_mean(ard, line)):
        key = line.key | {"population": PROPORTIONAL, "statistic": "tau"}
        said.append(f"Restricted means to {ard.display(**key)} months differ by {difference}.")
    return [part for text in said for part in wrap(text, REMARK, SMALL)]


def _row(ard: ArdIndex, line: Line) -> Row:
    cells = [[events_of_patients(ard, line.key, missing="-")]]
    row = effect_row(ard, line.label, cells, line.key, line.key)
    row.overall, row.hollow = line.primary, not line.supported
    return row


def panels(ard: ArdIndex, settings: dict[str, Any]) -> list[Forest]:
    """A panel an endpoint."""
    return [
        panel(ard, parameter, (letter, label), settings)
        for letter, (parameter, label) in lettered(settings["endpoints"])
    ]


def main(smk: Any) -> None:
    """Draw and save."""
    settings = smk.params.settings
    notice = "\n".join(filter(None, (KINDS, settings["notice"])))
    page = draw(panels(ArdIndex.read(smk.input.ard), settings), notice, BETWEEN)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
