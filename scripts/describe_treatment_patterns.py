"""Treatment of the studied line by arm: combinations, regimens, radiotherapy and its timing.

Inputs: data/analysis/adsl.parquet.

Outputs
    results/ard/treatment_patterns.csv   Analysis Results Data; variable = ADSL name, group empty =
        together. N per group (variable empty); n, N, percent per level and group; p_value (level
        empty, or per level)

Source: paper, Treatment patterns and Table SI; variables from config/statistics.yaml.
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.describe import columns_needed, describe_variables
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read ADSL, write the description."""
    settings = smk.params.settings
    adsl = read_table(smk.input.adsl, columns_needed(settings["variables"]))
    write_ard(describe_variables("treatment_patterns", adsl, settings).rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
