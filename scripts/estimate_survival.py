"""One endpoint between arms, in strata and in subgroups: curves, log-rank tests, effects.

Inputs: data/analysis/adsl.parquet, data/analysis/adtte_{endpoint}.parquet.

Outputs
    data/ard/{kaplan_meier,log_rank,subgroups}/{endpoint}.csv   Analysis Results Data
    data/ard/curves/{endpoint}.csv                              full step curves for figures

Source: survival package of R (survfit, survdiff, coxph); strata and subgroups from
config/statistics.yaml.
"""

from typing import Any

import pandas as pd

from scripts.lib.analysis import kaplan_meier_rows, log_rank_rows, subgroup_rows
from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.analysis.survival_rows import write_curves
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read times with the variables of each analysis, write its file."""
    settings, out = smk.params.settings, smk.output

    def frame(variables: list[dict[str, Any]]) -> pd.DataFrame:
        names = [variable["name"] for variable in variables]
        return read_time_to_event(smk.input.adtte, smk.input.adsl, names)

    own = settings["kaplan_meier"]
    ard, curves = kaplan_meier_rows.estimate(frame(own["strata"]), own)
    write_ard(ard.rows, out.kaplan_meier)
    write_curves(curves, out.curves)
    own = settings["log_rank"]
    write_ard(log_rank_rows.compare(frame(own["strata"]), own).rows, out.log_rank)
    own = settings["subgroups"]
    write_ard(subgroup_rows.fit_all(frame(own["variables"]), own).rows, out.subgroups)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
