"""One endpoint by several sets of rules: events, reasons of censoring, effect; whose time changes.

Inputs: data/analysis/adtte_rule_sets.parquet, data/analysis/adtte_{base}.parquet (the primary
rules), data/analysis/adsl.parquet.

Outputs
    results/ard/pfs_rule_sets.csv   Analysis Results Data
        population RULESET=id (the base first): N, events, censored, median with limits (months) per
        arm and together; log-rank test; treatment effect as in cox_univariable
        variable event or censored, level = description: n, N, percent of the arm
    data/analysis/rule_set_changes.csv   one row per patient and set of rules that gives another
        status or date than the base, by patient:
        USUBJID, TRT01A, RULESET | text
        change                   | text | status, date, or status and date
        decided_by               | text | what decides: the event, or why censored and when
        base_decided_by          | text | what decides by the base's rules
        CNSR, base_CNSR          | whole number
        ADT, base_ADT            | date
        AVAL, base_AVAL          | days
        SRCDOM, SRCFILE, SRCSHEET, SRCROW | raw row behind the date
"""

from typing import Any

from scripts.lib.analysis.ard import write_ard
from scripts.lib.analysis.rule_set_rows import RULESET, changes, compare, every_set
from scripts.lib.errors import run
from scripts.lib.tables import read_table


def main(smk: Any) -> None:
    """Read both datasets, write the comparison and the listing."""
    settings = smk.params.settings
    known = read_table(smk.input.adsl, ["USUBJID"])["USUBJID"]
    rows = every_set(
        read_table(smk.input.base), read_table(smk.input.adtte), settings["base"], known
    )
    write_ard(compare(rows, settings).rows, smk.output.ard)
    there = rows[~rows[RULESET].isin(settings.get("not_collected", []))]
    changes(there, settings["base"]).to_csv(
        smk.output.changes, index=False, date_format="%Y-%m-%d", lineterminator="\n"
    )


if __name__ == "__main__":
    run(main, snakemake)  # type: ignore[name-defined]
