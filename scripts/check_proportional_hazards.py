"""Test of proportional hazards of every endpoint; what stands beside the hazard ratio if it fails.

Inputs: data/analysis/adsl.parquet, data/analysis/adtte_{endpoint}.parquet and
data/analysis/model_{endpoint}.parquet of every analysed endpoint.

Outputs
    results/ard/proportional_hazards.csv   Analysis Results Data, per endpoint
        variable empty, level = model (univariable: treatment alone; multivariable): N, events
        variable = term or GLOBAL, level = model: chi_square, df, p_value of the score test; a note
            marks that of treatment where it is below alpha
        variable TRT01A, level = arm: hr, hr_ci_low, hr_ci_high of the univariable model, under the
            same mark where its own test is below alpha
        group = arm, variable empty: tau, at_risk at it, rmst with limits (months)
        group = arm, variable time, level = month, and variable day: at_risk, survival with limits
        variable TRT01A, level = arm: rmst_difference with limits, se, p_value (arm - reference)
        variable = time or day, group = arm: survival_difference with limits (arm - reference; not
            for the reference)
    data/ard/schoenfeld.csv                scaled Schoenfeld residuals for the figure
        parameter, model, variable, level | text | coefficient
        kind        | text   | coefficient of the model; residual: one per event; smooth: natural
            spline; tick: place of a month on the time scale
        time        | months |
        transformed | number | time on the scale of the test
        value, low, high | log hazard ratio | limits of the smooth: 2 standard errors
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.groups import (
    read_time_to_event,
)
from scripts.lib.analysis.proportional_hazards_rows import check_endpoint, write_residuals
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read times, covariates and model frames, write tests and residuals."""
    settings = smk.params.settings
    rows, lines = [], []
    files = zip(settings["endpoints"].values(), smk.input.adtte, smk.input.models, strict=True)
    for own, adtte, model in files:
        frame = read_time_to_event(adtte, smk.input.adsl)
        ard, residuals = check_endpoint(frame, read_table(model), own, settings)
        rows += ard.rows
        lines += residuals
    write_ard(rows, smk.output.ard)
    write_residuals(lines, smk.output.residuals)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
