"""Treatment effect with weights from a propensity score, and whether the weights support it.

Each arm is compared with the reference arm: propensity score by logistic regression on the declared
covariates (complete cases), inverse probability and overlap weights. With more than two arms the
pairs are told apart in `population` (`overlap: ARM`).

Inputs: data/analysis/adsl.parquet, data/analysis/adtte_{endpoint}.parquet of every endpoint.

Outputs
    results/ard/weighted.csv    Analysis Results Data; population = unweighted, iptw or overlap
        parameter empty: per arm N and dropped (a covariate missing), ess, propensity (variable
            PROPENSITY) and weights (WEIGHT), mean and sd or percent of each covariate; together
            coef, se, z, p_value of the score (unweighted), smd of each covariate, the largest
            |smd| (variable empty), percent of patients with overlap (variable OVERLAP)
        parameter = endpoint: per arm N, events, censored, median and limits, at_risk (patients),
            survival; treatment (TRT01A): coef, se (robust), z, hr, limits, p_value, e_value of
            the estimate and of its limit. While positivity or balance fail, `note` says
            "not supported" on every weighted row.
    data/ard/weighted_curves/{endpoint}.csv    weighted step curves (docs/architecture.md, curves)
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.groups import (
    read_time_to_event,
)
from scripts.lib.analysis.survival_rows import (
    write_curves,
)
from scripts.lib.analysis.weighted_rows import estimate
from scripts.lib.config.specs import TREATMENT
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read covariates and times, write results and curves."""
    settings = smk.params.settings
    names = [term["name"] for term in settings["covariates"]]
    adsl = read_table(smk.input.adsl, ["USUBJID", TREATMENT, *names])
    times = {
        parameter: read_time_to_event(path, smk.input.adsl)
        for parameter, path in zip(settings["parameters"], smk.input.adtte, strict=True)
    }
    rows, curves = estimate(adsl, times, settings)
    write_ard(rows, smk.output.ard)
    for steps, path in zip(curves.values(), smk.output.curves, strict=True):
        write_curves(steps, path)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
