"""Follow-up by reverse Kaplan-Meier (censoring taken as the event), with the range of times.

Inputs: data/analysis/adsl.parquet (who counts), data/analysis/adtte_{endpoint}.parquet.

Outputs: results/ard/follow_up.csv (Analysis Results Data)

Source: Schemper and Smith, Control Clin Trials 17: 343-346, 1996; endpoint from
config/statistics.yaml (`follow_up`). Apart from the descriptions, which do not stand behind the
gate of that endpoint.
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.follow_up_rows import estimate
from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.errors import run


def main(smk: Any) -> None:
    """Read the times, write the follow-up."""
    frame = read_time_to_event(smk.input.adtte, smk.input.adsl)
    write_ard(estimate(frame, smk.params.settings).rows, smk.output.ard)


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
