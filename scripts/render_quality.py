"""Render the page of all verdicts: one file, offline, no value of any patient.

Inputs
------
verdicts, row_keys
    Of every dataset: `results/quality/{table}.json`, `data/private/findings/{table}.json`.
findings
    `results/quality/findings.csv`.
conservation, repairs
    `data/standardised/row_conservation.parquet`; `results/quality/repairs.csv`.
data
    Every dataset: what is missing in its columns, whose rows it holds (counts alone).
earlier
    Manifests of earlier deliveries, beside which their `results/quality/{table}.json` lie.
waivers, template, partial
    `config/waivers.csv`; `scripts/templates/quality.html.j2`, `status.html.j2`.

Outputs
-------
page
    `results/quality/index.html`
summary
    `results/quality/summary.json`: tables, not_reached, stopped (gates that are shut), checks by
    status, findings by severity, waived; the line that a run ends with is made of it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.errors import run
from scripts.lib.quality.quality_page import write_page

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read, render, write."""
    page, summary = write_page(dict(smk.input.items()), smk.params.settings)
    Path(smk.output.page).write_text(page, encoding="utf-8")
    Path(smk.output.summary).write_text(summary, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
