"""For each check of each suite one change to the faultless study that only a broken check misses.

`put(rows, COLUMN=value)` sets cells of the suite's own table, `put_in(table, ...)` of another one;
rows are positions, a slice, or `ALL`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

Tables = dict[str, pd.DataFrame]
Change = Callable[[Tables, str], None]

ALL = slice(None)
FUTURE = pd.Timestamp("2190-01-01")
LONG_AGO = pd.Timestamp("1930-01-01")
BEFORE_LINE2 = pd.Timestamp("2020-05-01")
IN_LINE2 = pd.Timestamp("2020-10-01")
AFTER_DEATH = pd.Timestamp("2021-07-01")
AFTER_CUTOFF = pd.Timestamp("2025-03-01")


def put(rows: Any, **values: Any) -> Change:
    return lambda tables, own: _set(tables, own, rows, values)


def put_in(table: str, rows: Any, **values: Any) -> Change:
    return lambda tables, own: _set(tables, table, rows, values)


def _set(tables: Tables, table: str, rows: Any, values: dict[str, Any]) -> None:
    frame = tables[table].copy()
    for column, value in values.items():
        at = frame.index[rows] if isinstance(rows, slice) else frame.index[[rows]]
        frame.loc[at, column] = value
    tables[table] = frame


def drop(rows: slice) -> Change:
    def change(tables: Tables, own: str) -> None:
        tables[own] = tables[own].drop(tables[own].index[rows]).reset_index(drop=True)

    return change


def repeat(row: int, **values: Any) -> Change:
    """Add the row once more, with other values in some cells."""

    def change(tables: Tables, own: str) -> None:
        again = tables[own].iloc[[row]].assign(**values).astype(tables[own].dtypes)
        tables[own] = pd.concat([tables[own], again], ignore_index=True)

    return change


def one_arm(tables: Tables, own: str) -> None:
    frame = tables[own]
    tables[own] = frame[frame["TRT01A"] == "chemotherapy"].reset_index(drop=True)


def few_in_arm(tables: Tables, own: str) -> None:
    frame = tables[own]
    few = frame.index[frame["TRT01A"] == "serplulimab"][9:]
    tables[own] = frame.drop(few).reset_index(drop=True)


def no_event_in_arm(tables: Tables, own: str) -> None:
    column, value = ("event", False) if "event" in tables[own] else ("CNSR", 1)
    frame = tables[own].copy()
    frame.loc[frame["TRT01A"] == "serplulimab", column] = value
    tables[own] = frame


def drop_patient(tables: Tables, own: str) -> None:
    frame = tables[own]
    tables[own] = frame[frame["USUBJID"] != frame["USUBJID"].iloc[0]].reset_index(drop=True)


def adtte_variants(prefix: str, changes: dict[str, Change]) -> dict[str, Change]:
    """Datasets with several rows a patient: the times are those of any endpoint."""
    shared = adtte("X")
    renumbered = {f"{n:03d}": shared[f"X-{n:03d}"] for n in range(4, 16)}
    return _numbered(prefix, renumbered | {"003": repeat(0)} | changes)


def ids(table: str, column: str = "USUBJID") -> dict[str, Change]:
    """What every standardised table has: rows, patients, known ones."""
    return {
        "001": drop(ALL),
        "002": put(3, **{column: pd.NA}),
        "003": put(slice(0, 30), USUBJID="X9"),
    }


def _numbered(prefix: str, changes: dict[str, Change]) -> dict[str, Change]:
    return {f"{prefix}-{number}": change for number, change in changes.items()}


def adtte(prefix: str) -> dict[str, Change]:
    return _numbered(prefix, {
        "001": put(0, USUBJID="X9"),
        "002": drop(slice(0, 1)),
        "003": repeat(0),
        "004": put(0, PARAMCD="DFS"),
        "005": put(0, AVAL=pd.NA),
        "006": put(0, AVAL=-1),
        "007": put(0, AVAL=1),
        "008": put(0, ADT=FUTURE),
        "009": put(0, CNSR=-1),
        "010": put(0, CNSR=pd.NA),
        "011": put(0, EVNTDESC=pd.NA),
        "012": put(3, CNSDTDSC=pd.NA),
        "013": one_arm,
        "014": few_in_arm,
        "015": no_event_in_arm,
        "016": put_in("adsl", 0, TRT01A="chemotherapy"),
    })  # fmt: skip


def model(prefix: str, endpoint: str) -> dict[str, Change]:
    return _numbered(prefix, {
        "001": repeat(0),
        "002": put(0, USUBJID="X9"),
        "003": drop(slice(0, 1)),
        "004": put(0, AVAL=-1.0),
        "005": put(0, AVAL=pd.NA),
        "006": put(0, event=False),
        "007": put(0, event=pd.NA),
        "008": one_arm,
        "009": no_event_in_arm,
        "010": put_in(f"adtte_{endpoint}", 0, TRT01A="chemotherapy"),
        "011": drop(slice(29, None)),
    })  # fmt: skip


SPOIL: dict[str, Change] = {
    **_numbered("PAT", {
        "001": drop(ALL),
        "002": put(0, USUBJID=pd.NA),
        "003": repeat(0),
        "004": put(slice(0, 20), birth_date=pd.NaT),
        "005": put(0, birth_date=FUTURE),
        "006": put(0, birth_date=pd.Timestamp("2020-06-01")),
        "007": put(0, sex="m"),
        "008": put(slice(0, 20), sex=pd.NA),
        "009": put(0, birth_date=pd.Timestamp("2010-03-01")),
    }),
    **_numbered("DIA", ids("diagnoses") | {
        "004": put(slice(0, 20), diagnosis_date=pd.NaT),
        "005": put(0, diagnosis_date=FUTURE),
        "006": put(0, diagnosis="SCLC"),
        "007": put(slice(0, 20), diagnosis=pd.NA),
        "008": put(0, confirmation="guess"),
        "009": put(0, stage="4"),
        "010": put(slice(0, 20), stage=pd.NA),
        "011": repeat(0, stage="III"),
        "012": put(0, diagnosis_date=AFTER_DEATH),
        "013": repeat(0, stage=pd.NA),
    }),
    **_numbered("TRT", ids("treatments") | {
        "004": put(slice(0, 20), line=pd.NA),
        "005": put(0, line=0),
        "006": put(slice(0, 20), start_date=pd.NaT),
        "007": put(0, start_date=FUTURE),
        "008": put(0, stop_date=LONG_AGO),
        "009": put(slice(0, 20), drugs=pd.NA),
        "010": put(0, drugs="Atezolizumab + etoposide"),
        "011": put(0, regimen="ep"),
        "012": put(0, stop_reason="PD"),
        "013": put(1, start_date=LONG_AGO),
        "014": put(1, start_date=AFTER_DEATH),
        "015": repeat(0, regimen="EC"),
        "016": put(0, stop_date=LONG_AGO),
        "017": put(1, start_date=AFTER_CUTOFF),
        "018": put(1, line=3),
        "019": put(1, start_date=pd.Timestamp("2020-02-01")),
        "020": put(1, start_date=BEFORE_LINE2),
        "021": put(1, stop_date=AFTER_DEATH),
        "022": repeat(0, stop_date=pd.NaT),
        "023": lambda tables, own: (
            put(1, stop_reason="death")(tables, own),
            put_in("followup", 1, death_date=pd.NaT)(tables, own),
        ),
        "024": put(0, stop_reason="death"),
        "025": put(0, start_date=pd.Timestamp("2010-02-01")),
    }),
    **_numbered("RAD", ids("radiotherapy") | {
        "004": put(slice(0, 20), start_date=pd.NaT),
        "005": put(0, start_date=FUTURE),
        "006": put(0, stop_date=LONG_AGO),
        "007": put(0, purpose="?"),
        "008": put(0, start_date=AFTER_DEATH),
        "009": put(slice(0, 20), line=pd.NA),
        "010": put(0, start_date=IN_LINE2),
        "011": put(0, stop_date=LONG_AGO),
        "012": put(0, stop_date=AFTER_DEATH),
        "013": put(0, start_date=AFTER_CUTOFF),
        "014": repeat(0, purpose=pd.NA),
    }),
    **_numbered("ASM", ids("assessments") | {
        "004": put(slice(0, 20), assessment_date=pd.NaT),
        "005": put(0, assessment_date=FUTURE),
        "006": put(0, response="PARTIAL"),
        "007": put(slice(0, 20), response=pd.NA),
        "008": put(0, assessment_date=AFTER_DEATH),
        "009": put(0, assessment_date=pd.Timestamp("2020-12-10")),
        "010": put(1, sites=pd.NA),
        "011": put(1, sites="brain, liver"),
        "012": put(0, line=1),
        "013": put(1, assessment_date=pd.Timestamp("2020-09-01")),
        "014": repeat(1, sites=pd.NA),
    }),
    **_numbered("PST", ids("performance_status") | {
        "004": put(slice(0, 20), assessed_date=pd.NaT),
        "005": put(0, assessed_date=FUTURE),
        "006": put(0, kps=85),
        "007": put(0, ecog=7),
        "008": put(slice(0, 20), kps=pd.NA, ecog=pd.NA),
        "009": put(0, kps=100, ecog=3),
        "010": put(0, assessed_date=AFTER_DEATH),
        "011": repeat(0, kps=pd.NA),
    }),
    **_numbered("AEV", ids("adverse_events") | {
        "004": put(slice(0, 20), term=pd.NA),
        "005": put(0, term="Rash!"),
        "006": put(slice(0, 20), grade=pd.NA),
        "007": put(0, grade=6),
        "008": put(slice(0, 20), onset_date=pd.NaT),
        "009": put(0, onset_date=FUTURE),
        "010": put(0, onset_date=AFTER_DEATH),
        "011": lambda tables, own: (
            put(0, grade=5)(tables, own),
            put_in("followup", 1, death_date=pd.NaT)(tables, own),
        ),
        "012": put(0, onset_date=BEFORE_LINE2),
        "013": put(0, onset_date=AFTER_CUTOFF),
        "014": repeat(0, grade=pd.NA),
        "015": put(0, resolved_date=LONG_AGO),
        "016": put(0, resolved_date=FUTURE),
        "017": put(0, resolved_date=AFTER_DEATH),
    }),
    **_numbered("FUP", ids("followup") | {
        "004": put(slice(0, 20), contact_date=pd.NaT),
        "005": put(0, contact_date=FUTURE),
        "006": put(0, vital_status="well"),
        "007": put(slice(0, 20), vital_status=pd.NA),
        "008": put(1, death_date=pd.NaT),
        "009": put(0, death_date=pd.Timestamp("2021-06-01")),
        "010": put(0, death_date=pd.Timestamp("2021-06-11")),
        "011": put(0, contact_date=pd.Timestamp("2021-08-01")),
        "012": put(1, death_date=FUTURE),
        "013": put(1, contact_date=pd.Timestamp("2021-05-01")),
        "014": repeat(1, death_date=pd.NaT),
    }),
    **_numbered("ROW", {
        "001": drop(ALL),
        "002": repeat(0),
        "003": put(0, rows_kept=1),
        "004": put(0, rows_kept=pd.NA),
        "005": put(0, rows_set_aside=30),
    }),
    **_numbered("SUB", {
        "001": put(0, USUBJID=pd.NA),
        "002": repeat(0),
        "003": drop(slice(0, 1)),
        "004": put(0, BIRTHDT=FUTURE),
        "005": put(0, DIAGDT=FUTURE),
        "006": put(0, L1_START=FUTURE),
        "007": put(0, DTHDT=LONG_AGO),
    }),
    **_numbered("COH", {
        "001": repeat(0),
        "002": put(0, USUBJID="X9"),
        "003": put(0, included=pd.NA),
        "004": put(0, included=False),
        "005": put(0, TRT01A=pd.NA),
        "006": put(0, TRT01A="placebo"),
        "007": put(slice(0, None, 2), included=False),
        "008": put(slice(0, 30, 2), included=False),
        "009": put_in("subjects", 0, L2_START=pd.NaT),
        "010": put_in("subjects", 0, L1_START=FUTURE),
        "011": put_in("subjects", 0, DTHDT=LONG_AGO),
        "012": put_in("subjects", 0, DIAGDT=FUTURE),
        "013": put_in("subjects", 0, L2_START=FUTURE),
        "014": put(0, late_criteria="alive"),
    }),
    **_numbered("ADS", {
        "001": repeat(0),
        "002": drop(slice(0, 1)),
        "003": put(0, TRT01A=pd.NA),
        "004": one_arm,
        "005": few_in_arm,
        "006": put(0, TRTSDT=pd.NaT),
        "007": put(0, TRTSDT=FUTURE),
        "008": put(slice(0, 20), AGE=pd.NA),
        "009": put(0, AGE=17),
        "010": put(0, SEX="M"),
        "011": put(slice(0, 20), SEX=pd.NA),
        "012": put(slice(0, 20), KPSBL=pd.NA),
        "013": put(0, KPSBL=75),
        "014": put(slice(0, 20), ECOGBL=pd.NA),
        "015": put(0, ECOGBL=5),
        "016": put(0, late_baseline="KPSBL"),
    }),
    **adtte("PFS"),
    "PFS-017": put_in("adsl", 0, TRTSDT=LONG_AGO),
    "PFS-018": put_in("adtte_os", 0, AVAL=1),
    "PFS-019": lambda tables, own: (
        put(3, AVAL=273)(tables, own),
        put_in("adtte_os", 3, CNSR=0)(tables, own),
    ),
    "PFS-020": lambda tables, own: put(0, ADT=tables[own]["STARTDT"].iloc[0])(tables, own),
    **adtte("OS"),
    "OS-017": put_in("adsl", 0, TRTSDT=LONG_AGO),
    "OS-018": lambda tables, own: put(0, ADT=tables[own]["STARTDT"].iloc[0])(tables, own),
    **adtte("PFA"),
    "PFA-017": put_in("adsl", 0, TRTSDT=LONG_AGO),
    "PFA-018": lambda tables, own: put(0, ADT=tables[own]["STARTDT"].iloc[0])(tables, own),
    **adtte_variants("WEX", {
        "001": put(0, USUBJID="X9"),
        "002": drop_patient,
        "016": put_in("cohort", 0, TRT01A="chemotherapy"),
        "017": put(0, AVAL=1),
    }),
    **adtte_variants("RUL", {
        "001": drop_patient,
        "002": drop(slice(0, 1)),
        "016": put_in("adsl", 0, TRT01A="chemotherapy"),
        "017": put_in("adsl", 0, TRTSDT=LONG_AGO),
    }),
    **_numbered("ADR", {
        "001": put(0, USUBJID="X9"),
        "002": put(1, PARAMCD="OVRLRESP"),
        "003": put(0, PARAMCD="BEST"),
        "004": repeat(1),
        "005": put(1, AVALC="partial"),
        "006": put(2, AVALC="yes"),
        "007": put(0, AVALC=pd.NA),
        "008": put(1, AVALC="SD"),
        "009": put(3, AVALC="N"),
        "010": put(0, ADT=LONG_AGO),
        "011": put(0, ADT=FUTURE),
        "012": put(0, TRT01A="chemotherapy"),
        "013": one_arm,
    }),
    **_numbered("ADA", {
        "001": drop(ALL),
        "002": put(0, USUBJID="X9"),
        "003": put(0, AEDECOD=pd.NA),
        "004": put(slice(0, 20), AETOXGR=pd.NA),
        "005": put(0, AETOXGR=6),
        "006": put(0, TRTEMFL=pd.NA),
        "007": put(0, ASTDT=LONG_AGO),
        "008": put(0, ASTDT=FUTURE),
        "009": put(0, TRT01A="chemotherapy"),
        "010": one_arm,
        "011": put(slice(0, 20), AEIRFL=pd.NA),
    }),
    **model("MPF", "pfs"),
    **model("MOS", "os"),
}  # fmt: skip
