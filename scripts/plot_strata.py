"""Draw Kaplan-Meier curves by the levels of a variable, several panels in one figure.

Inputs
    ard      results/ard/{kaplan_meier,log_rank}.csv
    curves   data/ard/curves/{endpoint}.csv
Outputs
    results/figures/{figure}.svg, .pdf, .png   180 mm wide, two panels in a row
Source
    Figures S1 and S2 of the paper. Every number is a row of the ARD; nothing is computed here.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.curves import read_curves
from scripts.lib.display.figures import save
from scripts.lib.display.strata_figure import draw
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Draw and save the figure."""
    settings = smk.params.settings
    page = draw(ArdIndex.read(*smk.input.ard), read_curves(smk.input.curves), settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
