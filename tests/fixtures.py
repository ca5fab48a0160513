"""Analysis datasets in the documented form, from the demonstration cohort (synthetic, 160 rows).

`analysis_datasets()` gives ADSL, ADTTE, ADRS and ADAE as docs/architecture.md describes them, so
that statistics and tables can be tested without the raw extract.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.lib.tables import write_table

ROOT = Path(__file__).resolve().parent.parent
COHORT = ROOT / "scripts" / "demo" / "cohort.csv"
DAYS_PER_MONTH = 30.4375
START = pd.Timestamp(dt.date(2020, 1, 1))

RENAME = {
    "age": "AGE", "sex": "SEX", "kps": "KPSBL", "ecog": "ECOGBL", "smoking": "SMOKING",
    "first_line_ici": "L1IO", "first_line_chemo": "L1CHEMO", "rt1": "L1RT",
    "rt1_timing": "L1RTTIM", "reason": "L1REAS", "second_line_pattern": "L2PATT",
    "second_line_regimen": "L2REG", "second_line_chemo": "L2CHEMO", "antiangiogenic": "L2AA",
    "rt2": "L2RT", "rt2_timing": "L2RTTIM", "pci": "L2PCI", "brain_met": "BRAINMET",
    "liver_met": "LIVERMET", "lung_met": "LUNGMET", "bone_met": "BONEMET",
    "adrenal_met": "ADRENMET",
}  # fmt: skip
YES_NO = [
    "SMOKING", "L1RT", "L2CHEMO", "L2AA", "L2RT", "L2PCI", "BRAINMET", "LIVERMET", "LUNGMET",
    "BONEMET", "ADRENMET",
]  # fmt: skip

# Table V: patients with the term, with grade >= 3 (serplulimab, chemotherapy)
ADVERSE_EVENTS = {
    "leukopenia": ((21, 39), (3, 6)),
    "thrombocytopenia": ((24, 34), (9, 9)),
    "anemia": ((19, 34), (6, 11)),
    "neutropenia": ((12, 28), (2, 7)),
    "nausea": ((11, 22), (3, 1)),
    "loss_of_appetite": ((13, 20), (0, 3)),
    "liver_injury": ((16, 17), (3, 2)),
    "rash": ((10, 22), (3, 8)),
    "immune_pneumonia": ((12, 16), (2, 2)),
    "vomiting": ((10, 17), (0, 1)),
    "hypothyroidism": ((8, 5), (0, 1)),
}
ANY = {"serplulimab": (50, 20, 9), "chemotherapy": (76, 32, 15)}  # any, grade >= 3, steroid


def cohort() -> pd.DataFrame:
    """The demonstration cohort as committed."""
    return pd.read_csv(COHORT, keep_default_na=False).sort_values("id", ignore_index=True)


def adsl() -> pd.DataFrame:
    """One row per patient: USUBJID, TRT01A, TRTSDT and the subject variables."""
    raw = cohort()
    frame = raw.rename(columns=RENAME)[list(RENAME.values())].convert_dtypes()
    for name in YES_NO:
        frame[name] = (frame[name] == "yes").astype("boolean")
    frame["ECOGBL"] = frame["ECOGBL"].astype("Int64")
    for name in ("L1RTTIM", "L2RTTIM", "L2REG"):
        frame[name] = frame[name].mask(frame[name] == "none")
    sites = ["BRAINMET", "LIVERMET", "LUNGMET", "BONEMET", "ADRENMET"]
    frame["ANYMET"] = frame[sites].any(axis=1).astype("boolean")
    frame["L1PFS"] = (raw["pfs1_days"] / DAYS_PER_MONTH).astype("Float64")
    frame["AGEGR1"] = _cut(frame["AGE"], 65)
    frame["KPSGR1"] = _cut(frame["KPSBL"], 80)
    frame["PFS1GR1"] = _cut(frame["L1PFS"], 8.62)
    frame.insert(0, "TRTSDT", pd.Series(START, index=frame.index).astype("datetime64[us]"))
    frame.insert(0, "TRT01A", raw["arm"].astype("string"))
    frame.insert(0, "USUBJID", raw["id"].astype("string"))
    return frame


def _cut(values: pd.Series, at: float) -> pd.Series:
    text = np.where(values.astype(float) <= at, f"<={at:g}", f">{at:g}")
    return pd.Series(text, index=values.index, dtype="string")


def adtte(endpoint: str) -> pd.DataFrame:
    """Time to event of `endpoint` (pfs, os, pfs1), one row per patient; AVAL in days."""
    raw = cohort()
    event = raw.get(f"{endpoint}_event", 1)
    days = raw[f"{endpoint}_days"]
    return pd.DataFrame({
        "USUBJID": raw["id"].astype("string"),
        "TRT01A": raw["arm"].astype("string"),
        "PARAMCD": pd.Series(endpoint.upper(), index=raw.index, dtype="string"),
        "STARTDT": pd.Series(START, index=raw.index),
        "ADT": START + pd.to_timedelta(days, unit="D"),
        "AVAL": days.astype("Int64"),
        "CNSR": (0 * days + 1 - event).astype("Int64"),
    })  # fmt: skip


def adrs() -> pd.DataFrame:
    """BOR, ORR and DCR, one row per patient and parameter."""
    raw = cohort()
    best = raw["best_response"]
    parts = {
        "BOR": best,
        "ORR": best.isin(["CR", "PR"]).map({True: "Y", False: "N"}),
        "DCR": best.isin(["CR", "PR", "SD"]).map({True: "Y", False: "N"}),
    }
    frames = [
        pd.DataFrame({"USUBJID": raw["id"], "TRT01A": raw["arm"], "PARAMCD": name, "AVALC": values})
        for name, values in parts.items()
    ]
    return pd.concat(frames, ignore_index=True).astype("string")


def adae() -> pd.DataFrame:
    """Adverse events that give the counts of Table V; who has which is arbitrary."""
    raw, rows = cohort(), []
    for column, (arm, (any_n, severe_n, steroid_n)) in enumerate(ANY.items()):
        patients = list(raw.loc[raw["arm"] == arm, "id"])[:any_n]
        at = at_severe = 0
        for term, (counts, severe_counts) in ADVERSE_EVENTS.items():
            severe = [patients[(at_severe + i) % severe_n] for i in range(severe_counts[column])]
            at_severe += len(severe)
            rest = [p for p in patients[at:] + patients[:at] if p not in severe]
            mild = rest[: counts[column] - len(severe)]
            at = (at + len(mild)) % any_n
            immune = term == "immune_pneumonia"
            rows += [
                (p, arm, term, grade, immune, immune and i < steroid_n)
                for i, (p, grade) in enumerate([(p, 3) for p in severe] + [(p, 1) for p in mild])
            ]
    names = ["USUBJID", "TRT01A", "AEDECOD", "AETOXGR", "AEIRFL", "AEGCFL"]
    frame = pd.DataFrame(rows, columns=names).convert_dtypes()
    frame["TRTEMFL"] = pd.Series(True, index=frame.index, dtype="boolean")
    return frame


def write_analysis_datasets(folder: Path) -> None:
    """Write all of them below `folder`/data/analysis."""
    target = folder / "data" / "analysis"
    target.mkdir(parents=True, exist_ok=True)
    datasets = {"adsl": adsl(), "adrs": adrs(), "adae": adae()}
    datasets |= {f"adtte_{name}": adtte(name) for name in ("pfs", "os", "pfs1")}
    for name, frame in datasets.items():
        write_table(frame, target / f"{name}.parquet")
