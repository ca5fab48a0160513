"""Select the cohort: each criterion for each screened patient, the reason, and the flow chart.

Inputs: `subjects`.

Outputs: `cohort`, one row per screened patient, sorted by USUBJID:

| column | type | unit | meaning |
|---|---|---|---|
| USUBJID | string | | pseudonym |
| {criterion id} | boolean | | met, not met, or (missing) unknown |
| included | boolean | | every applied criterion is met |
| reason | string | | first applied criterion not met, in declared order |
| reason_unknown | boolean | | that criterion is unknown, not false |
| TRT01A | string | | arm; also of excluded patients where it can be told |
| late_criteria | string | | criteria dated after time zero that nobody declared post_baseline |

`attrition.csv`: criterion, label, mode (sequential, independent), group (arm, empty = all),
n_before, n_excluded (not met or unknown), n_unknown (of these, unknown), n_after.

Source: Patients and methods, "Study design and patients" (Oncol Lett 2026, 15638).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.derivation.expressions import evaluate
from scripts.lib.derivation.grammar import names
from scripts.lib.derivation.population import read_those_there
from scripts.lib.derivation.rows import true_rows
from scripts.lib.derivation.variables import CUTOFF, DT, choose, late_names
from scripts.lib.errors import run
from scripts.lib.tables import write_table

ATTRITION = [
    "criterion", "label", "mode", "group", "n_before", "n_excluded", "n_unknown", "n_after",
]  # fmt: skip

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def select_cohort(subjects: pd.DataFrame, settings: dict[str, Any]) -> pd.DataFrame:
    """One row per subject: arm, every criterion, whether included and if not why."""
    known = subjects.assign(**{CUTOFF: pd.Timestamp(settings["data_cutoff"]).as_unit("us")})
    known["TRT01A"] = choose(settings["arm"], known)
    criteria = settings["criteria"]
    cohort = subjects[["USUBJID"]].copy()
    for criterion in criteria:
        cohort[criterion["id"]] = evaluate(criterion["when"], known).astype("boolean")
    applied = [criterion["id"] for criterion in criteria if criterion["applied"]]
    cohort[["included", "reason", "reason_unknown"]] = reasons(cohort[applied])
    cohort["TRT01A"] = known["TRT01A"]
    cohort["late_criteria"] = late_names(
        known,
        {c["id"]: names(c["when"]) for c in criteria if c["timing"] == "baseline"},
        known[settings["start"]],
    )
    return cohort


def columns_used(settings: dict[str, Any]) -> list[str]:
    """Columns of subjects that the arm and the criteria look at, with when they were known."""
    conditions = (*settings["arm"], *settings["criteria"])
    used = {settings["start"]}.union(*(names(condition["when"]) for condition in conditions))
    return ["USUBJID", *(column for name in sorted(used) for column in (name, name + DT))]


def reasons(met: pd.DataFrame) -> pd.DataFrame:
    """Included, first criterion not met (unknown is not met), and whether it is unknown."""
    reason = pd.Series(pd.NA, index=met.index, dtype="string")
    unknown = pd.Series(pd.NA, index=met.index, dtype="boolean")
    for criterion in met.columns:
        first = reason.isna() & ~true_rows(met[criterion])
        reason = reason.mask(first, criterion)
        unknown = unknown.mask(first, met[criterion].isna())
    included = reason.isna().astype("boolean")
    return pd.DataFrame({"included": included, "reason": reason, "reason_unknown": unknown})


def count_attrition(
    cohort: pd.DataFrame,
    criteria: list[dict[str, Any]],
    arms: list[str],
    split_after: str | None,
) -> pd.DataFrame:
    """Flow chart: applied criteria one after the other, and every criterion on all screened."""
    rows = [*_sequential(cohort, criteria, arms, split_after), *_independent(cohort, criteria)]
    return pd.DataFrame(rows, columns=ATTRITION)


def _sequential(
    cohort: pd.DataFrame, criteria: list[dict[str, Any]], arms: list[str], split: str | None
) -> Iterator[list[Any]]:
    left, groups = cohort, [""]
    for criterion in criteria:
        if criterion["applied"]:
            for group in groups:
                of_group = left[true_rows(left["TRT01A"] == group)] if group else left
                yield _counted(of_group, criterion, "sequential", group)
            left = left[true_rows(left[criterion["id"]])]
        if criterion["id"] == split:
            groups = ["", *arms]


def _independent(cohort: pd.DataFrame, criteria: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for criterion in criteria:
        yield _counted(cohort, criterion, "independent", "")


def _counted(patients: pd.DataFrame, criterion: dict[str, Any], mode: str, group: str) -> list[Any]:
    met = patients[criterion["id"]]
    after = int(true_rows(met).sum())
    return [
        criterion["id"], criterion["label"], mode, group,
        len(met), len(met) - after, int(met.isna().sum()), after,
    ]  # fmt: skip


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
