"""Draw the flow chart: who was screened, who was left out at which criterion, who is analysed.

Inputs
    attrition   data/analysis/attrition.csv (rows of mode `sequential`)
Outputs
    results/figures/{figure}.svg, .pdf, .png   180 mm wide
Source
    STROBE and CONSORT flow diagrams. A box on the way down names whom a criterion keeps, the box
    beside it how many it leaves out, and apart from them of how many nobody can say; from the split
    on, one way for each arm.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.display.attrition_figure import draw, mark_late, read_steps
from scripts.lib.display.figures import save
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Draw and save the chart."""
    settings = smk.params.settings
    rows = mark_late(read_steps(smk.input.attrition), settings["late"])
    page = draw(rows, settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
