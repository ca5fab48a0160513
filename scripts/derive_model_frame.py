"""The patients and covariates of one endpoint's multivariable model.

A covariate enters whole when any of its levels has an unrounded univariable Wald P below
`entry_alpha`, or always, or never (another coding of it may); treatment always enters.

Inputs: data/ard/cox_univariable/{endpoint}.csv, data/analysis/adsl.parquet,
data/analysis/adtte_{endpoint}.parquet.

Outputs
    data/analysis/model_{endpoint}.parquet   one row per patient with every chosen covariate known
        USUBJID | text    | pseudonym
        AVAL    | days    | time
        event   | boolean | true = event (CNSR 0)
        TRT01A  | text    | arm
        NAME    | as ADSL | each chosen covariate, in the order of config/statistics.yaml

Source: paper, Statistical analysis (entry rule P < 0.10).
"""

from typing import Any

import pandas as pd

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.errors import run
from scripts.lib.tables import write_table


def smallest_p(univariable: ArdIndex, variable: str) -> float | None:
    """Smallest Wald P of a covariate's levels; None where none can be estimated."""
    rows = univariable.select(variable=variable, statistic="p_value")
    found = [row.number for row in rows if row.number is not None]
    return min(found, default=None)


def chosen_terms(univariable: ArdIndex, settings: dict[str, Any]) -> list[str]:
    """Names of the covariates that enter, in the order of the settings."""
    chosen = []
    for term in settings["terms"]:
        p = smallest_p(univariable, term["name"])
        by_p = term["enters"] == "by_p" and p is not None and p < settings["entry_alpha"]
        if by_p or term["enters"] == "always":
            chosen.append(term["name"])
    return chosen


def model_frame(frame: pd.DataFrame, terms: list[str]) -> pd.DataFrame:
    """Complete cases of the chosen covariates."""
    columns = ["USUBJID", "time", "event", "TRT01A", *terms]
    complete = frame[columns].dropna(subset=["TRT01A", *terms]).sort_values("USUBJID")
    return complete.rename(columns={"time": "AVAL"}).reset_index(drop=True)


def main(smk: Any) -> None:
    """Choose the covariates, write the frame."""
    settings = smk.params.settings
    terms = chosen_terms(ArdIndex.read(smk.input.univariable), settings)
    frame = read_time_to_event(smk.input.adtte, smk.input.adsl, terms)
    write_table(model_frame(frame, terms), smk.output.model)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
