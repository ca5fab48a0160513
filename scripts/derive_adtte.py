"""Derive one time-to-event endpoint, each row with why and from which raw row (ADTTE).

Inputs: `cohort`, `subjects` and the standardised tables that the endpoint names.

Outputs: `adtte_{endpoint}`, one row per patient of the endpoint's population, sorted by USUBJID:

| column | type | unit | meaning |
|---|---|---|---|
| USUBJID, TRT01A, PARAMCD | string | | patient, arm, endpoint |
| STARTDT, ADT | date | | start; date of event or censoring |
| ADTF | string | | where sources.yaml flags imputed dates: D, M: what was put into ADT |
| AVAL | integer | days | ADT - STARTDT + conventions.first_day |
| CNSR | integer | | 0 = event, positive = declared reason of censoring |
| EVNTDESC | string | | the event, or why there is none |
| CNSDTDSC | string | | what the date of censoring is; missing for an event |
| SRCDOM, SRCVAR | string | | table and column that decided |
| SRCSEQ | integer | | row (first = 1) of data/standardised/{SRCDOM}.parquet, or of subjects |
| SRCFILE, SRCSHEET, SRCROW | string, integer | | raw file, sheet and row |

and findings: events before the start, records after death, contradicting dates.

Source: "Outcome" (Oncol Lett 2026, 15638); FDA, Clinical Trial Endpoints for the Approval of
Cancer Drugs and Biologics (2018); admiral derive_param_tte().
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.config.specs import columns_of, variables_of, with_flag_columns, with_reports
from scripts.lib.derivation.adtte import derive_time_to_event
from scripts.lib.derivation.derived_findings import write_findings
from scripts.lib.derivation.population import read_population
from scripts.lib.derivation.rows import read_rows
from scripts.lib.errors import run
from scripts.lib.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main(smk: Any) -> None:
    """Read the patients and the tables of the endpoint, write its rows and findings."""
    settings = smk.params.settings
    rule = settings["endpoint"]
    patients, without = read_population(
        smk.input.cohort,
        smk.input.subjects,
        rule,
        variables=variables_of(rule),
        criteria=settings["criteria"],
        cutoff=settings["data_cutoff"],
    )
    flags = settings.get("flags", {})
    wanted = with_flag_columns(with_reports(columns_of(rule), settings["reports"]), flags)
    tables = {
        Path(path).stem: read_rows(path, patients["USUBJID"], wanted[Path(path).stem])
        for path in smk.input.tables
    }
    rows, found = derive_time_to_event(
        patients,
        rule,
        tables,
        name=settings["name"],
        reports=settings["reports"],
        first_day=settings.get("first_day", 0),
        flags=flags,
    )
    write_table(rows, smk.output.adtte)
    write_findings([without, *found], smk.output.findings)


if __name__ == "__main__":
    run(main, snakemake)
