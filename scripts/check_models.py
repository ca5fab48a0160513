"""What each Cox model rests on: patients, events per parameter, collinearity, separation.

The checks mark a model and never stop the run. Where a level has no event, or a coefficient is
infinite, the hazard ratio is that of Firth's penalised likelihood, and says so.

Inputs: data/analysis/adsl.parquet; data/analysis/adtte_{endpoint}.parquet and
data/analysis/model_{endpoint}.parquet of every endpoint.

Outputs
    results/ard/model_checks.csv   Analysis Results Data, per endpoint; population =
        model=multivariable (variable empty) or model=univariable (variable = the covariate)
        N, dropped (a covariate missing), events, df (parameters), events_per_parameter,
            converged (1, 0); condition_number of a model with several parameters. Where the data
            chose the covariates, events_per_parameter counts every candidate (df, level
            candidates); level `of the model alone` only those that stayed
        N, events of each level (the reference too); vif of each term (multivariable)
        hr, limits, p_value of a level without event or an infinite coefficient (Firth)
        A `note` beside a value says what it is marked for.
"""

from typing import Any

import pyarrow.parquet as pq

from scripts.lib.analysis.ard import Row, write_ard
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.analysis.model_check_rows import check
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read times, covariates and which were chosen; write the checks."""
    settings = smk.params.settings
    names = [term["name"] for term in settings["terms"]]
    rows: list[Row] = []
    paths = zip(settings["parameters"], smk.input.adtte, smk.input.models, strict=True)
    for parameter, adtte, model in paths:
        frame = read_time_to_event(adtte, smk.input.adsl, names)
        rows += check(frame, pq.read_schema(model).names, settings, parameter)
    write_ard(rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
