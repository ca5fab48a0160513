"""Cox model of one endpoint with one covariate at a time, treatment among them.

Inputs: data/analysis/adsl.parquet, data/analysis/adtte_{endpoint}.parquet.

Outputs
    data/ard/cox_univariable/{endpoint}.csv   Analysis Results Data, per variable and compared
        level (empty: continuous): N and events (complete cases), coef, se, z, hr, hr_ci_low,
        hr_ci_high, p_value. For treatment (TRT01A) p_value is the test that `display_p` names:
        the log-rank test against the reference arm, or Wald; `method` says which. A note marks
        covariates known only after the start of treatment.

Source: survival package of R (coxph); terms and references from config/statistics.yaml.
"""

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row, write_ard
from scripts.lib.analysis.cox_rows import (
    AS_IF_KNOWN,
    ESTIMATES,
    add_fit,
    fit_terms,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import arm_masks, mark_later, read_time_to_event
from scripts.lib.analysis.treatment_effect import with_log_rank
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.config.specs import TREATMENT
from scripts.lib.errors import run
from scripts.lib.statistics.design import Term


def fit_term(ard: ArdBuilder, frame: pd.DataFrame, term: Term, settings: dict[str, Any]) -> None:
    """Rows of the model with one term."""
    add_fit(ard, fit_terms(frame, [term], settings), settings["confidence_level"])


def fit_all(frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    """Every univariable model of one endpoint: the terms in order, then treatment."""
    arm_masks(frame[TREATMENT], settings["arms"])
    ard = ArdBuilder("cox_univariable", settings["parameter"], Formats(**settings["printed"]))
    for term in settings["terms"]:
        if term.get("not_collected"):
            ard.add_all(dict.fromkeys(ESTIMATES), variable=term["name"], note=NOT_COLLECTED)
            continue
        fit_term(ard, frame, model_term(frame, term), settings)
    fit_term(ard, frame, treatment_term(frame, settings), settings)
    ard.rows = mark_later(ard.rows, settings["terms"], AS_IF_KNOWN)
    wants_log_rank = settings["display_p"] == "log_rank"
    return with_log_rank(ard.rows, frame, settings) if wants_log_rank else ard.rows


def main(smk: Any) -> None:
    """Read times and covariates, write the models."""
    settings = smk.params.settings
    names = [term["name"] for term in settings["terms"]]
    frame = read_time_to_event(smk.input.adtte, smk.input.adsl, names)
    write_ard(fit_all(frame, settings), smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
