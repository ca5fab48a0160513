"""Multivariable Cox model of one endpoint: treatment and the covariates of its model frame.

Inputs: data/analysis/model_{endpoint}.parquet.

Outputs
    data/ard/cox_multivariable/{endpoint}.csv   Analysis Results Data, per variable and compared
        level: N, events, coef, se, z, hr, hr_ci_low, hr_ci_high, p_value (Wald)

Source: survival package of R (coxph); ties and references from config/statistics.yaml.
"""

from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, write_ard
from scripts.lib.analysis.cox_rows import add_fit, covariates, model_term, treatment_term
from scripts.lib.analysis.groups import in_fixed_order
from scripts.lib.display.formats import Formats
from scripts.lib.errors import run
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.design import design
from scripts.lib.tables import read_table


def fit(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """The model with every covariate that the frame holds, and treatment."""
    ard = ArdBuilder("cox_multivariable", settings["parameter"], Formats(**settings["printed"]))
    frame = in_fixed_order(frame)
    chosen = [term for term in settings["terms"] if term["name"] in frame]
    terms = [model_term(frame, term) for term in chosen] + [treatment_term(frame, settings)]
    model = design(covariates(frame, terms), terms)
    time = frame["AVAL"].to_numpy(float, na_value=np.nan)
    fitted = fit_cox(time, frame["event"].to_numpy(bool), model, ties=settings["ties"])
    add_fit(ard, fitted, settings["confidence_level"])
    return ard


def main(smk: Any) -> None:
    """Read the model frame, write the model."""
    write_ard(fit(read_table(smk.input.model), smk.params.settings).rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
