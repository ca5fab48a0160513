"""Derive what is known of each screened patient: the declared variables, with their sources.

Inputs: the standardised tables that the variables are picked from.

Outputs: `subjects`, one row per screened patient, sorted by USUBJID:

| column | type | unit | meaning |
|---|---|---|---|
| USUBJID | string | | pseudonym |
| {NAME} | as picked | as declared | variable of `cohort.variables` that needs no endpoint |
| {NAME}__SRC | string | | `file|sheet|row` of the raw row that decided it |
| {NAME}__DT | date | | the day from which on it was what it is |
| {NAME}__THEN | as picked | | of `all` and `count`: its value on the day of the start |

and findings: contradicting rows, a start after the data cut-off.

Source: `cohort.yaml`; Patients and methods, "Data collection" (Oncol Lett 2026, 15638).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.config.specs import columns_read, tables_read
from scripts.lib.derivation.derived_findings import write_findings
from scripts.lib.derivation.rows import read_rows
from scripts.lib.derivation.variables import derive_variables
from scripts.lib.errors import Stop, run
from scripts.lib.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def screened_patients(table: pd.DataFrame) -> pd.DataFrame:
    """Every patient of the table once, sorted; rows without an identifier screen nobody."""
    # not ignore_index: pandas 2.3 forgets it where a Series is sorted already
    ids = table["USUBJID"].dropna().drop_duplicates().sort_values().reset_index(drop=True)
    return pd.DataFrame({"USUBJID": ids.astype("string")})


def read_declared(
    specs: list[dict[str, Any]],
    paths: Mapping[str, str],
    patients: pd.Series,
    dates: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    """Rows of the subjects, with just the columns that the variables use, by table."""
    tables = {}
    for table in tables_read(specs):
        of_table = [spec for spec in specs if spec["from"] == table]
        columns = set().union(*(columns_read(spec, dict(dates)) for spec in of_table))
        tables[table] = read_rows(paths[table], patients, columns)
    return tables


def main(smk: Any) -> None:
    """Read the tables, derive the variables, write subjects and findings."""
    settings = smk.params.settings
    paths = {Path(path).stem: path for path in smk.input.tables}
    subjects = screened_patients(read_table(paths[settings["screened"]], ["USUBJID"]))
    if subjects.empty:
        raise Stop(
            f"The table {settings['screened']} holds no patient, so there is nobody to screen. "
            "Look at its problems and at what was set aside."
        )
    tables = read_declared(settings["variables"], paths, subjects["USUBJID"], settings["dates"])
    subjects, found = derive_variables(
        subjects,
        settings["variables"],
        tables,
        dates=settings["dates"],
        cutoff=settings["data_cutoff"],
        start=settings.get("start"),
    )
    write_table(subjects, smk.output.subjects)
    write_findings(found, smk.output.findings)


if __name__ == "__main__":
    run(main, snakemake)
