"""Select the cohort: each criterion for each screened patient, the reason, and the flow chart.

Inputs: `subjects`.

Outputs: `cohort`, one row per screened patient, sorted by USUBJID:

| column | type | unit | meaning |
|---|---|---|---|
| USUBJID | string | | pseudonym |
| {criterion id} | boolean | | met, not met, or (missing) unknown |
| included | boolean | | every applied criterion is met |
| reason | string | | first applied criterion not met in declared order; else the first unknown |
| reason_unknown | boolean | | no criterion is not met: that one is unknown |
| unknown_criteria | string | | applied criteria of which nobody can say, `;`-joined |
| TRT01A | string | | arm; also of excluded patients where it can be told |
| late_criteria | string | | criteria, and TRT01A for the arm, that a row after time zero decided |
| late_criteria__SRC | string | | `file|sheet|row` of the latest of those rows |

Those of `late_criteria` that are declared post_baseline are not named.

`attrition.csv`: criterion, label, mode (sequential, independent), group (arm, empty = all),
n_before, n_excluded (not met), n_unknown (nobody can say), n_after. In sequence a patient leaves at
the criterion that is the reason: who is unknown here and fails further down leaves there.
"""

from typing import TYPE_CHECKING, Any

from scripts.lib.derivation.population import read_those_there
from scripts.lib.derivation.selection import columns_used, count_attrition, select_cohort
from scripts.lib.errors import run
from scripts.lib.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read subjects, write cohort and attrition."""
    settings = smk.params.settings
    subjects = read_those_there(smk.input.subjects, columns_used(settings))
    cohort = select_cohort(subjects, settings)
    attrition = count_attrition(
        cohort, settings["criteria"], settings["arms"], settings["split_after"]
    )
    write_table(cohort, smk.output.cohort)
    attrition.to_csv(smk.output.attrition, index=False, lineterminator="\n")


if __name__ == "__main__":
    run(main, snakemake)
