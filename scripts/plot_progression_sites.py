"""Draw grouped bars: the percentage of patients with each site of progression, by arm.

Inputs
    ard   results/ard/progression_sites.csv (or another analysis of categorical rows)
Outputs
    results/figures/{figure}.svg, .pdf, .png   120 mm wide or more, by the number of bars
Source
    Figure 3 of the paper. Every number is a row of the ARD; nothing is computed here.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.display.figures import save
from scripts.lib.display.progression_sites_figure import draw
from scripts.lib.errors import run

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Draw and save the figure."""
    settings = smk.params.settings
    page = draw(ArdIndex.read(*smk.input.ard), settings)
    save(page, smk.output, settings["figure"]["title"], settings["dpi"])


if __name__ == "__main__":
    run(main, snakemake)
