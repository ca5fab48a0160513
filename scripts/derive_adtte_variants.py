"""Derive endpoints by other rules than the primary ones: one row per patient and set of rules.

Inputs: `cohort`, `subjects` and the standardised tables that the rules name.

Outputs: `adtte_{name}`, sorted by USUBJID, then as the rules are declared: the columns of
`derive_adtte` and

| column | type | meaning |
|---|---|---|
| RULESET | string | id of the set of rules, behind PARAMCD |

and findings, as of `derive_adtte`, each once.

Source: config/sensitivity.yaml; research into the rules in docs/cohort.md.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.config.specs import (
    columns_of,
    tables_of,
    variables_of,
    with_flag_columns,
    with_reports,
)
from scripts.lib.derivation.adtte import derive_time_to_event
from scripts.lib.derivation.derived_findings import write_findings
from scripts.lib.derivation.population import read_population
from scripts.lib.derivation.rows import read_rows
from scripts.lib.errors import run
from scripts.lib.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def derive_one(
    name: str, rule: dict[str, Any], inputs: Any, settings: dict[str, Any]
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Rows of one set of rules, and what was found on the way."""
    patients, without = read_population(
        inputs.cohort,
        inputs.subjects,
        rule,
        variables=variables_of(rule),
        criteria=settings["criteria"],
        cutoff=settings["data_cutoff"],
    )
    paths = {Path(path).stem: path for path in inputs.tables}
    reports = settings["reports"][name]
    flags = settings.get("flags", {})
    wanted = with_flag_columns(with_reports(columns_of(rule), reports), flags)
    tables = {
        table: read_rows(paths[table], patients["USUBJID"], wanted[table])
        for table in tables_of(rule)
    }
    rows, found = derive_time_to_event(
        patients,
        rule,
        tables,
        name=settings["name"],
        reports=reports,
        first_day=settings.get("first_day", 0),
        flags=flags,
    )
    rows.insert(list(rows).index("PARAMCD") + 1, "RULESET", name)
    return rows.astype({"RULESET": "string"}), [without, *found]


def derive(inputs: Any, settings: dict[str, Any]) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """All rows, by patient, and all findings."""
    rows, found = [], []
    for name, rule in settings["endpoints"].items():
        of_one, findings = derive_one(name, rule, inputs, settings)
        rows.append(of_one)
        found += findings
    together = pd.concat(rows, ignore_index=True)
    return together.sort_values("USUBJID", kind="stable", ignore_index=True), found


def main(smk: Any) -> None:
    """Read the patients and the tables of every set of rules, write rows and findings."""
    rows, found = derive(smk.input, smk.params.settings)
    write_table(rows, smk.output.adtte)
    write_findings(found, smk.output.findings)


if __name__ == "__main__":
    run(main, snakemake)
