"""Derive tumour response: the assessments used, best overall response, ORR and DCR (ADRS).

Inputs: `cohort`, `subjects`, the table of assessments.

Outputs: `adrs`, sorted by USUBJID, PARAMCD, ADT:

| PARAMCD | rows | AVALC |
|---|---|---|
| OVRLRESP | one per assessment used | response |
| BOR | one per patient | best overall response, unconfirmed; NE, MISSING where there is none |
| ORR | one per patient | Y where BOR is CR or PR; ADT is the first of them, empty for N |
| DCR | one per patient | Y where BOR is CR, PR, SD or NON-CR/NON-PD |
| CBOR, CORR | one per patient | the same with CR and PR confirmed |

Of a block of `endpoints.more_responses` the same, PARAMCD with its name behind: ORR_IRC.

Columns: USUBJID, TRT01A, PARAMCD, AVALC, ADT, ADY (days from the start, no day added), SRCDOM,
SRCVAR, SRCSEQ, SRCFILE, SRCSHEET, SRCROW (the deciding assessment); and findings: assessments
after death, disease without progression after a CR.

Source: RECIST 1.1 (Eur J Cancer 45:228-247, 2009); "Outcome" (Oncol Lett 2026, 15638).
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import response_columns, response_parameter, variables_of
from scripts.lib.derivation.adtte import typed
from scripts.lib.derivation.derived_findings import findings_of, write_findings
from scripts.lib.derivation.population import CUTOFF, read_population
from scripts.lib.derivation.response import (
    CONTROLLED,
    DATE,
    DAY,
    MISSING,
    RESPONDING,
    RESPONSE,
    best_response,
    confirmed_assessments,
    confirmed_response,
    disease_after_complete,
    used_assessments,
)
from scripts.lib.derivation.rows import PATIENT, SEQUENCE, holds, read_rows, true_rows
from scripts.lib.errors import run
from scripts.lib.tables import write_table

COLUMNS = [
    "USUBJID", "TRT01A", "PARAMCD", "AVALC", "ADT", "ADY",
    "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW",
]  # fmt: skip
ORDER = ["OVRLRESP", "BOR", "ORR", "DCR", "CBOR", "CORR"]

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def post_baseline(
    rows: pd.DataFrame, patients: pd.DataFrame, rule: dict[str, Any]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Assessments that count: by `where`, from the start to the cut-off, not after death."""
    rows = rows.assign(**{DATE: rows[rule["date"]], RESPONSE: rows[rule["column"]]})
    rows = rows[true_rows(holds(rows, rule["where"], patients)) & rows[DATE].notna().to_numpy()]
    at = rows[PATIENT].to_numpy()
    start = pd.Series(patients[rule["start"]].array.take(at), index=rows.index)
    cutoff = pd.Series(patients[CUTOFF].array.take(at), index=rows.index)
    rows = rows.assign(**{DAY: (rows[DATE] - start).dt.days.astype("Int64")})
    rows = rows[((rows[DATE] >= start) & (rows[DATE] <= cutoff)).to_numpy()]
    if not rule["not_after"]:
        return rows, rows.iloc[:0]
    at = rows[PATIENT].to_numpy()
    limit = pd.Series(patients[rule["not_after"]].array.take(at), index=rows.index)
    late = (rows[DATE] > limit) & (limit >= rows[DATE] - rows[DAY].astype("timedelta64[D]"))
    return rows[~late.to_numpy()], rows[late.to_numpy()]


def response_rows(used: pd.DataFrame, patients: pd.DataFrame, rule: dict[str, Any]) -> pd.DataFrame:
    """All parameters, one frame."""
    unconfirmed = _everyone(best_response(used, rule["stable_days"]), patients)
    confirmed = _everyone(confirmed_response(used, rule), patients)
    complete, partial = confirmed_assessments(used, rule)
    parts = {
        "OVRLRESP": used.assign(AVALC=used[RESPONSE]),
        "BOR": unconfirmed,
        "ORR": _responded(used[used[RESPONSE].isin(RESPONDING)], patients),
        "DCR": _yes_no(unconfirmed, CONTROLLED),
        "CBOR": confirmed,
        "CORR": _responded(used[(complete | partial).to_numpy(bool)], patients),
    }
    frame = pd.concat([part.assign(PARAMCD=name) for name, part in parts.items()])
    return _named(frame.reset_index(drop=True), patients, rule)


def _responded(responses: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """Y with the first response of each patient, N without an assessment for the others."""
    first = responses.drop_duplicates(PATIENT).assign(AVALC="Y")
    everyone = pd.DataFrame({PATIENT: np.arange(len(patients))})
    return everyone.merge(first, on=PATIENT, how="left").fillna({"AVALC": "N"})


def _everyone(best: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """One row per patient; MISSING for those without any assessment."""
    everyone = pd.DataFrame({PATIENT: np.arange(len(patients))})
    return everyone.merge(best, on=PATIENT, how="left").fillna({"AVALC": MISSING})


def _yes_no(best: pd.DataFrame, counts: tuple[str, ...]) -> pd.DataFrame:
    return best.assign(AVALC=best["AVALC"].isin(counts).map({True: "Y", False: "N"}))


def _named(frame: pd.DataFrame, patients: pd.DataFrame, rule: dict[str, Any]) -> pd.DataFrame:
    at = frame[PATIENT].to_numpy()
    known = frame[SEQUENCE].notna()
    named = frame.assign(
        USUBJID=patients["USUBJID"].array.take(at),
        TRT01A=patients["TRT01A"].array.take(at),
        ADT=frame[DATE], ADY=frame[DAY], SRCSEQ=frame[SEQUENCE],
        SRCDOM=pd.Series(rule["table"], frame.index).where(known),
        SRCVAR=pd.Series(rule["column"], frame.index).where(known),
        SRCFILE=frame["src_file"], SRCSHEET=frame["src_sheet"], SRCROW=frame["src_row"],
        order=frame["PARAMCD"].map({name: n for n, name in enumerate(ORDER)}),
    ).sort_values([PATIENT, "order", "ADT"], ignore_index=True)  # fmt: skip
    return typed(named[COLUMNS], whole=("ADY", "SRCSEQ", "SRCROW"), dates=("ADT",))


def derive_block(
    path: str, rule: dict[str, Any], smk: Any, block: str = ""
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """All parameters of one block of response, and what was found on the way."""
    settings = smk.params.settings
    patients, without = read_population(
        smk.input.cohort,
        smk.input.subjects,
        rule,
        variables=variables_of(rule),
        criteria=settings["criteria"] if rule["ignoring"] else [],
        cutoff=settings["data_cutoff"],
    )
    rows = read_rows(path, patients["USUBJID"], response_columns(rule))
    counted, late = post_baseline(rows, patients, rule)
    impossible = findings_of(
        late,
        patients["USUBJID"],
        table=rule["table"],
        check_id="adrs.after_death",
        column=rule["date"],
        question="This record is dated after the death and is not used. Which date is wrong?",
    )
    used = used_assessments(counted)
    doubtful = findings_of(
        disease_after_complete(used),
        patients["USUBJID"],
        table=rule["table"],
        check_id="adrs.after_complete",
        column=rule["column"],
        question="A complete response was recorded before this. Was it not complete, or has the "
        "disease come back (a progression)?",
        value_in=RESPONSE,
    )
    made = response_rows(used, patients, rule)
    names = {name: response_parameter(name, block) for name in ORDER}
    made["PARAMCD"] = made["PARAMCD"].map(names).astype("string")
    return made, [without, impossible, doubtful]


def main(smk: Any) -> None:
    """Read patients and assessments, write the response parameters and findings."""
    settings = smk.params.settings
    made, found = derive_block(smk.input.table, settings["response"], smk)
    blocks, more = settings.get("more_responses", {}), []
    for (name, rule), path in zip(blocks.items(), smk.input.more if blocks else [], strict=True):
        of_block, findings = derive_block(path, rule, smk, name)
        more.append(of_block)
        found += findings
    if more:  # of a patient the main block first
        made = pd.concat([made, *more]).sort_values("USUBJID", kind="stable", ignore_index=True)
    write_table(made, smk.output.adrs)
    write_findings(found, smk.output.findings)


if __name__ == "__main__":
    run(main, snakemake)
