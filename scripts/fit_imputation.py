"""Multivariable models with missing covariates imputed, beside those of the complete cases.

Multiple imputation by chained equations (treatment, event indicator and Nelson-Aalen cumulative
hazard among the predictors) with a fixed seed; Rubin's rules.

Inputs: data/analysis/adsl.parquet; data/analysis/adtte_{endpoint}.parquet and
data/analysis/model_{endpoint}.parquet (which covariates were chosen) of every endpoint.

Outputs
    results/ard/imputation.csv   Analysis Results Data, per endpoint
        population all, level missing: n and percent of patients without each covariate
        population complete_cases or imputed: N, dropped, events (variable empty); coef, se, z, hr,
            limits, p_value of each compared level, and fmi where imputed
        `note` = "nothing missing: equals complete cases" where there is nothing to impute.
"""

from typing import Any

import pyarrow.parquet as pq

from scripts.lib.analysis.ard import Row, write_ard
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.analysis.imputation_rows import compare
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read times, covariates and which were chosen; write both models."""
    settings = smk.params.settings
    names = [term["name"] for term in settings["terms"]]
    rows: list[Row] = []
    paths = zip(settings["parameters"], smk.input.adtte, smk.input.models, strict=True)
    for parameter, adtte, model in paths:
        frame = read_time_to_event(adtte, smk.input.adsl, names)
        rows += compare(frame, pq.read_schema(model).names, settings, parameter)
    write_ard(rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
