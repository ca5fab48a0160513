"""Derive the adverse events under the studied treatment (ADAE).

Inputs: `cohort`, `subjects`, the table of adverse events.

Outputs: `adae`, one row per adverse event, sorted by USUBJID, ASTDT, AEDECOD:

| column | type | meaning |
|---|---|---|
| USUBJID, TRT01A | string | patient, arm |
| AEDECOD | string | term |
| AETOXGR | integer | CTCAE grade |
| ASTDT | date | onset |
| ASTDTF | string | where sources.yaml flags imputed onsets: D, M: what was put in |
| AEIRFL | boolean | immune-related |
| AEGCFL | boolean | treated with systemic glucocorticoids |
| TRTEMFL | boolean | began under treatment or within the declared days after it |
| SRCDOM, SRCVAR, SRCSEQ, SRCFILE, SRCSHEET, SRCROW | | where the row comes from |

Source: "Outcome" (Oncol Lett 2026, 15638); CTCAE 5.0; treatment-emergent as in PHUSE WP-087 and
admiral derive_var_trtemfl(): an unknown onset counts.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import adverse_event_columns, variables_of
from scripts.lib.derivation.adtte import typed
from scripts.lib.derivation.derived_findings import write_findings
from scripts.lib.derivation.population import CUTOFF, read_population
from scripts.lib.derivation.rows import PATIENT, SEQUENCE, TIE, holds, read_rows, true_rows
from scripts.lib.errors import run
from scripts.lib.tables import write_table

COLUMNS = [
    "USUBJID", "TRT01A", "AEDECOD", "AETOXGR", "ASTDT", "AEIRFL", "AEGCFL", "TRTEMFL",
    "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW",
]  # fmt: skip

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def adverse_events(
    rows: pd.DataFrame, patients: pd.DataFrame, rule: dict[str, Any], flag: str | None = None
) -> pd.DataFrame:
    """Adverse events that count, up to the cut-off, each with its flags.

    Parameters
    ----------
    flag
        The column that flags the imputation of the onset, where one is declared.
    """
    rows = rows[true_rows(holds(rows, rule["where"], patients))]
    cutoff = _of_patient(patients, CUTOFF, rows)
    rows = rows[~(rows[rule["onset"]] > cutoff).to_numpy()]
    rows = rows.sort_values([PATIENT, rule["onset"], rule["term"], TIE], ignore_index=True)
    at = rows[PATIENT].to_numpy()
    frame = pd.DataFrame({
        "USUBJID": patients["USUBJID"].array.take(at),
        "TRT01A": patients["TRT01A"].array.take(at),
        "AEDECOD": rows[rule["term"]], "AETOXGR": rows[rule["grade"]],
        "ASTDT": rows[rule["onset"]],
        "AEIRFL": rows[rule["immune_related"]],
        "AEGCFL": rows[rule["glucocorticoid"]],
        "TRTEMFL": treatment_emergent(rows, patients, rule),
        "SRCDOM": rule["table"], "SRCVAR": rule["term"], "SRCSEQ": rows[SEQUENCE],
        "SRCFILE": rows["src_file"], "SRCSHEET": rows["src_sheet"], "SRCROW": rows["src_row"],
    })[COLUMNS]  # fmt: skip
    if flag:
        frame.insert(COLUMNS.index("ASTDT") + 1, "ASTDTF", rows[flag])
    flags = dict.fromkeys(("AEIRFL", "AEGCFL", "TRTEMFL"), "boolean")
    whole = ("AETOXGR", "SRCSEQ", "SRCROW")
    return typed(frame, whole=whole, dates=("ASTDT",), others=flags)


def treatment_emergent(
    rows: pd.DataFrame, patients: pd.DataFrame, rule: dict[str, Any]
) -> pd.Series:
    """Onset from the start to `window_days` after the end of treatment; unknown onset counts."""
    onset = rows[rule["onset"]]
    emergent = onset.isna() | (onset >= _of_patient(patients, rule["start"], rows))
    if rule["end"]:
        last = _of_patient(patients, rule["end"], rows) + np.timedelta64(rule["window_days"], "D")
        emergent &= ~(onset > last)
    return emergent.astype("boolean")


def _of_patient(patients: pd.DataFrame, variable: str, rows: pd.DataFrame) -> pd.Series:
    return pd.Series(patients[variable].array.take(rows[PATIENT].to_numpy()), index=rows.index)


def main(smk: Any) -> None:
    """Read patients and adverse events, write those that count."""
    settings = smk.params.settings
    rule = settings["adverse_events"]
    patients, without = read_population(
        smk.input.cohort,
        smk.input.subjects,
        rule,
        variables=variables_of(rule),
        criteria=settings["criteria"],
        cutoff=settings["data_cutoff"],
    )
    flag = settings.get("flags", {}).get(rule["table"], {}).get(rule["onset"])
    columns = adverse_event_columns(rule) | ({flag} if flag else set())
    rows = read_rows(smk.input.table, patients["USUBJID"], columns)
    write_table(adverse_events(rows, patients, rule, flag), smk.output.adae)
    write_findings([without], smk.output.findings)


if __name__ == "__main__":
    run(main, snakemake)
