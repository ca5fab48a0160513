"""Collect every analysis of the treatment effect, the primary one first; nothing is computed.

Inputs: results/ard/cox_univariable.csv (primary), cox_multivariable.csv and, where they are asked
for, landmark.csv, pfs_rule_sets.csv, weighted.csv, imputation.csv, time_varying.csv,
proportional_hazards.csv, model_checks.csv.

Outputs
    results/ard/sensitivity.csv   rows of the inputs stated again, one population an analysis:
        `all` the primary one, else `ARD: population`, where the row stands (`landmark:
        landmark=30`). Variable TRT01A, level = arm: N, events (of the whole model), hr with limits,
        p_value; `note` marks it. Population `proportional_hazards`, whatever the test said: tau,
        rmst_difference with limits, p_value (of the arms as they are, without covariates)
"""

from typing import Any

from scripts.lib.analysis.ard import ArdIndex, write_ard
from scripts.lib.analysis.summary_rows import combine
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the analyses, write the summary."""
    write_ard(combine(ArdIndex.read(*smk.input.ard), smk.params.settings), smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
