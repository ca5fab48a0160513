"""Join the parts of one analysis (one file per endpoint) into its file of results.

Inputs: data/ard/{analysis}/{endpoint}.csv, in the order of `statistics.endpoints`.

Outputs
    results/ard/{analysis}.csv   Analysis Results Data, sorted by key, keys unique

Source: docs/contracts.md. Each part has a job of its own, so that a change of one endpoint reruns
nothing of the others.
"""

from typing import Any

from scripts.lib.analysis.ard import read_ard, write_ard
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the parts, write them as one."""
    write_ard(read_ard(*smk.input.parts), smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
