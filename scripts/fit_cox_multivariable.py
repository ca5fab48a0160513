"""Multivariable Cox model of one endpoint: treatment and the covariates of its model frame.

Inputs: data/analysis/model_{endpoint}.parquet; data/analysis/adsl.parquet and
data/analysis/adtte_{endpoint}.parquet for the model of all declared covariates.

Outputs
    data/ard/cox_multivariable/{endpoint}.csv   Analysis Results Data, per variable and compared
        level: N, events, coef, se, z, hr, hr_ci_low, hr_ci_high, p_value (Wald)
        population all_covariates: the same of every declared covariate, whatever its P; only where
            the data chose those of the model
        A note marks covariates known only after the start of treatment.

Source: survival package of R (coxph); ties and references from config/statistics.yaml.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ALL, ALL_COVARIATES, ArdBuilder, write_ard
from scripts.lib.analysis.cox_rows import (
    AS_IF_KNOWN,
    add_fit,
    covariates,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.entry import candidates, data_driven
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import in_fixed_order, mark_later, read_time_to_event
from scripts.lib.errors import run
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.design import design
from scripts.lib.tables import read_table


def fit(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """The model with every covariate that the frame holds, and treatment."""
    frame = in_fixed_order(frame)
    chosen = [term for term in settings["terms"] if term["name"] in frame]
    time = frame["AVAL"].to_numpy(float, na_value=np.nan)
    return _fit(frame, time, chosen, settings, ALL)


def fit_all_covariates(frame: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """The model with every declared covariate, and treatment.

    Parameters
    ----------
    frame
        Times and covariates of all patients (`read_time_to_event`).
    """
    time = frame["time"].to_numpy(float, na_value=np.nan)
    return _fit(frame, time, candidates(settings["terms"]), settings, ALL_COVARIATES)


def _fit(
    frame: pd.DataFrame,
    time: np.ndarray,
    chosen: Sequence[Mapping[str, Any]],
    settings: dict[str, Any],
    population: str,
) -> ArdBuilder:
    ard = ArdBuilder("cox_multivariable", settings["parameter"], Formats(**settings["printed"]))
    terms = [model_term(frame, term) for term in chosen] + [treatment_term(frame, settings)]
    model = design(covariates(frame, terms), terms)
    fitted = fit_cox(time, frame["event"].to_numpy(bool), model, ties=settings["ties"])
    add_fit(ard, fitted, settings["confidence_level"], population=population)
    ard.rows = mark_later(ard.rows, settings["terms"], AS_IF_KNOWN)
    return ard


def main(smk: Any) -> None:
    """Read the model frame, write the model; beside it that of all declared covariates."""
    settings = smk.params.settings
    rows = fit(read_table(smk.input.model), settings).rows
    if data_driven(settings["terms"]):
        names = [term["name"] for term in candidates(settings["terms"])]
        frame = read_time_to_event(smk.input.adtte, smk.input.adsl, names)
        rows += fit_all_covariates(frame, settings).rows
    write_ard(rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
