"""Derive the subject-level analysis dataset: every declared variable of every included patient.

Inputs: `cohort`, `subjects`, and `adtte_{endpoint}` of the endpoints that variables name.

Outputs: `adsl`, one row per patient of the population, sorted by USUBJID:

| column | type | unit | meaning |
|---|---|---|---|
| USUBJID, TRT01A | string | | patient, arm |
| TRTSDT | date | | time zero: start of the studied treatment |
| {NAME} | as declared | as declared | each variable of `cohort.variables` with `adsl: true` |
| late_baseline | string | | variables known only after TRTSDT and not declared post_baseline |
| late_baseline__SRC | string | | `file|sheet|row` of the latest row that decided one of them |

Source: `cohort.yaml`; "Data collection" and Tables I, III, IV, SI (Oncol Lett 2026, 15638).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.config.specs import uses, variables_behind
from scripts.lib.derivation.population import in_population, read_those_there
from scripts.lib.derivation.time_guard import DT, SRC, THEN, is_late, joined, late_rows, latest_date
from scripts.lib.derivation.variables import derive_variables
from scripts.lib.errors import run
from scripts.lib.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def endpoint_time(
    ids: pd.Series, adtte: pd.DataFrame, spec: Mapping[str, Any], days_per_month: float
) -> pd.DataFrame:
    """Time of an endpoint as a variable, in days or months; known on the day it ended."""
    rows = adtte.set_index("USUBJID").reindex(ids)
    days = rows["AVAL"].reset_index(drop=True).astype("Float64")
    value = days / days_per_month if spec["unit"] == "months" else days
    known = rows["ADT"].reset_index(drop=True)
    return pd.DataFrame({spec["name"]: value, spec["name"] + DT: known})


def add_later_variables(
    subjects: pd.DataFrame, adtte: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> pd.DataFrame:
    """`subjects` with the variables that need an endpoint, in declared order."""
    for spec in settings["later_variables"]:
        if spec["endpoint"]:
            columns = endpoint_time(
                subjects["USUBJID"], adtte[spec["endpoint"]], spec, settings["days_per_month"]
            )
            subjects = pd.concat([subjects, columns], axis=1)
        else:
            subjects, _ = derive_variables(
                subjects,
                [spec],
                {},
                dates={},
                cutoff=settings["data_cutoff"],
                start=settings["start"],
            )
    return subjects


def derive_adsl(
    cohort: pd.DataFrame,
    subjects: pd.DataFrame,
    adtte: Mapping[str, pd.DataFrame],
    settings: Mapping[str, Any],
) -> pd.DataFrame:
    """One row per patient of the population."""
    chosen = in_population(cohort, settings, settings["criteria"])
    patients = subjects[chosen].reset_index(drop=True)
    patients = add_later_variables(patients, adtte, settings)
    wanted = settings["variables"]
    adsl = pd.DataFrame({
        "USUBJID": patients["USUBJID"],
        "TRT01A": cohort.loc[chosen, "TRT01A"].array,
        "TRTSDT": patients[settings["start"]],
    })  # fmt: skip
    guarded = [spec["name"] for spec in wanted if spec["timing"] == "baseline"]
    late = {
        name: is_late(latest_date(patients, [name], patients.index), adsl["TRTSDT"])
        for name in guarded
    }
    adsl = pd.concat([adsl, patients[[spec["name"] for spec in wanted]]], axis=1)
    adsl["late_baseline"] = joined(late, adsl.index)
    behind = {name: variables_behind([name], settings.get("made_from", {})) for name in guarded}
    adsl["late_baseline" + SRC] = late_rows(patients, late, behind)
    return adsl.sort_values("USUBJID", ignore_index=True)


def main(smk: Any) -> None:
    """Read cohort, subjects and the endpoints that variables name; write adsl."""
    settings = smk.params.settings
    adtte = {
        name: read_table(path, ["USUBJID", "ADT", "AVAL"])
        for name, path in zip(settings["endpoints"], smk.input.adtte, strict=True)
    }
    specs = (*settings["variables"], *settings["later_variables"])
    used = {settings["start"]}.union(*({spec["name"], *uses(spec)} for spec in specs))
    used = {settings["start"], *variables_behind(sorted(used), settings.get("made_from", {}))}
    columns = [name + suffix for name in sorted(used) for suffix in ("", DT, SRC, THEN)]
    subjects = read_those_there(smk.input.subjects, ["USUBJID", *columns])
    adsl = derive_adsl(read_table(smk.input.cohort), subjects, adtte, settings)
    write_table(adsl, smk.output.adsl)


if __name__ == "__main__":
    run(main, snakemake)
