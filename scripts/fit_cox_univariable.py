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

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder, Row, write_ard
from scripts.lib.analysis.cox_rows import (
    AS_IF_KNOWN,
    ESTIMATES,
    TREATMENT,
    add_fit,
    covariates,
    model_term,
    treatment_term,
)
from scripts.lib.analysis.formats import Formats, display_value
from scripts.lib.analysis.groups import arm_masks, mark_later, read_time_to_event, time_and_event
from scripts.lib.config.absences import NOT_COLLECTED
from scripts.lib.errors import run
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.design import Term, design
from scripts.lib.statistics.log_rank import LogRank, log_rank


def fit_term(ard: ArdBuilder, frame: pd.DataFrame, term: Term, settings: dict[str, Any]) -> None:
    """Rows of the model with one term."""
    time, event = time_and_event(frame)
    model = design(covariates(frame, [term]), [term])
    fit = fit_cox(time, event, model, ties=settings["ties"])
    add_fit(ard, fit, settings["confidence_level"])


def with_log_rank(rows: list[Row], frame: pd.DataFrame, settings: dict[str, Any]) -> list[Row]:
    """Rows with the P value of treatment taken from the log-rank test against the reference."""
    time, event = time_and_event(frame)
    arm = frame[TREATMENT].to_numpy(str)

    def replace(row: Row) -> Row:
        if (row.variable, row.statistic) != (TREATMENT, "p_value"):
            return row
        pair = (settings["reference"], row.level)
        here = np.isin(arm, pair)
        test = log_rank(time[here], event[here], arm[here], levels=pair)
        return _with_p(row, test, Formats(**settings["printed"]))

    return [replace(row) for row in rows]


def _with_p(row: Row, test: LogRank, formats: Formats) -> Row:
    """The row with the P value of another test."""
    found = not np.isnan(test.p_value)
    return row._replace(
        value=repr(test.p_value) if found else "",
        display=display_value("p_value", test.p_value if found else None, test.note, formats),
        method=test.method,
        note="" if found else test.note,
    )


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
