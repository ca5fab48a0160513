"""Write the STROBE and RECORD checklists, each item with where the results show it.

Inputs
    checklists   scripts/assets/checklists/*.yaml: items in our own words
Outputs
    results/report/checklists.md   links are relative to it; what a workflow cannot know is left to
        the authors
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.display.checklists import markdown, read_checklists
from scripts.lib.errors import run
from scripts.lib.records import made_from

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read the items, write them with their places."""
    settings = smk.params.settings
    found = read_checklists(smk.input.checklists, settings["links"])
    text = markdown(found, settings, made_from(settings, smk.input))
    Path(smk.output.checklists).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
