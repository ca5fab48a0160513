"""A cohort as integer arrays: reading, writing, and the columns that the statistics need.

`base` has one row per free variable and one column per patient (serplulimab first). A variable
that carries passengers (radiotherapy with its timing, pattern with its regimen) is one code, so
that moving it between two patients of an arm never breaks a printed count.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

BASE = (
    "pfs_days", "os_days", "pfs1_days", "pfs_event", "os_event", "arm", "sex", "kps", "ecog",
    "smoking", "first_line_ici", "rt1", "reason", "pattern", "brain_met", "liver_met", "age",
    "rt2", "other_sites",
)  # fmt: skip
(PFS, OS, PFS1, PFS_EVENT, OS_EVENT, ARM, SEX, KPS, ECOG, SMOKING, FIRST_ICI, RT1, REASON, PATTERN,
 BRAIN, LIVER, AGE, RT2, OTHER_SITES) = range(len(BASE))  # fmt: skip

# derived column -> the base variables it is made of
DERIVED: dict[str, tuple[int, ...]] = {
    "serplulimab": (ARM,),
    "female": (SEX,),
    "kps_gt80": (KPS,),
    "ecog": (ECOG,),
    "smoker": (SMOKING,),
    "atezolizumab": (FIRST_ICI,),
    "first_rt": (RT1,),
    "primary_resistance": (REASON,),
    "adverse_event": (REASON,),
    "secondary_resistance": (REASON,),
    "antiangiogenic": (PATTERN,),
    "second_chemo": (PATTERN, ARM),
    "pfs1": (PFS1,),
    "pfs1_gt8.62": (PFS1,),
    "brain_met": (BRAIN,),
    "liver_met": (LIVER,),
    "age": (AGE,),
    "age_gt65": (AGE,),
    "second_rt": (RT2,),
    "pattern": (PATTERN, ARM),
    "arm_antiangiogenic": (ARM, PATTERN),
    "arm_second_rt": (ARM, RT2),
}
DAYS_PER_MONTH = 30.4375
LONG_PFS1_DAYS = 263

REASONS = ("secondary resistance", "primary resistance", "AE")
TIMINGS = ("none", "before", "after", "synchronous")
REGIMENS = ("none", "EP", "nab-paclitaxel", "EC")
PATTERNS = (
    "monotherapy",
    "combined with chemotherapy",
    "combined with anlotinib and chemotherapy",
    "combined with anlotinib",
)
OTHER = ("lung_met", "bone_met", "adrenal_met")

Row = dict[str, Any]


@njit(error_model="numpy")
def derive(base, derived, i):  # type: ignore[no-untyped-def]
    """Fill the derived columns of patient `i`, in the order of DERIVED."""
    pattern = base[PATTERN, i] % 4
    arm = base[ARM, i]
    antiangiogenic = 1 if pattern >= 2 else 0
    second_rt = 1 if base[RT2, i] % 4 > 0 else 0
    derived[0, i] = arm
    derived[1, i] = base[SEX, i]
    derived[2, i] = 1 if base[KPS, i] > 80 else 0
    derived[3, i] = base[ECOG, i]
    derived[4, i] = base[SMOKING, i]
    derived[5, i] = base[FIRST_ICI, i]
    derived[6, i] = 1 if base[RT1, i] > 0 else 0
    derived[7, i] = 1 if base[REASON, i] == 1 else 0
    derived[8, i] = 1 if base[REASON, i] == 2 else 0
    derived[9, i] = 1 if base[REASON, i] == 0 else 0
    derived[10, i] = antiangiogenic
    derived[11, i] = 1 if arm == 0 or pattern == 1 or pattern == 2 else 0
    derived[12, i] = base[PFS1, i] / DAYS_PER_MONTH
    derived[13, i] = 1 if base[PFS1, i] >= LONG_PFS1_DAYS else 0
    derived[14, i] = base[BRAIN, i]
    derived[15, i] = base[LIVER, i]
    derived[16, i] = base[AGE, i]
    derived[17, i] = 1 if base[AGE, i] > 65 else 0
    derived[18, i] = second_rt
    derived[19, i] = pattern if arm == 1 else antiangiogenic
    derived[20, i] = 2 * arm + antiangiogenic
    derived[21, i] = 2 * arm + second_rt


def read_rows(path: Path) -> list[Row]:
    """Rows of a cohort file, serplulimab first, file order otherwise."""
    with path.open(newline="") as handle:
        rows: list[Row] = list(csv.DictReader(handle))
    return sorted(rows, key=lambda row: row["arm"] != "serplulimab")


def encode(row: Row) -> list[int]:
    """One patient as the codes of BASE."""
    return [
        int(row["pfs_days"]),
        int(row["os_days"]),
        int(row["pfs1_days"]),
        int(row["pfs_event"]),
        int(row["os_event"]),
        int(row["arm"] == "serplulimab"),
        int(row["sex"] == "female"),
        int(row["kps"]),
        int(row["ecog"]),
        int(row["smoking"] == "yes"),
        int(row["first_line_ici"] == "atezolizumab"),
        TIMINGS.index(row["rt1_timing"]),
        REASONS.index(row["reason"]),
        PATTERNS.index(row["second_line_pattern"]) + 4 * REGIMENS.index(row["second_line_regimen"]),
        int(row["brain_met"] == "yes"),
        int(row["liver_met"] == "yes"),
        int(row["age"]),
        TIMINGS.index(row["rt2_timing"]) + 4 * int(row["pci"] == "yes"),
        sum(int(row[name] == "yes") << bit for bit, name in enumerate(OTHER)),
    ]


def yes_no(value: object) -> str:
    """Write a truth value as the cohort file does."""
    return "yes" if value else "no"


def decode(row: Row, codes: list[int]) -> Row:
    """The row with its columns taken from the codes; columns not in BASE stay."""
    pattern, regimen = codes[PATTERN] % 4, codes[PATTERN] // 4
    timing2, cranial = codes[RT2] % 4, codes[RT2] // 4
    changed: Row = {
        "sex": "female" if codes[SEX] else "male",
        "smoking": yes_no(codes[SMOKING]),
        "first_line_ici": "atezolizumab" if codes[FIRST_ICI] else "durvalumab",
        "rt1": yes_no(codes[RT1]),
        "rt1_timing": TIMINGS[codes[RT1]],
        "reason": REASONS[codes[REASON]],
        "second_line_pattern": PATTERNS[pattern],
        "second_line_regimen": REGIMENS[regimen],
        "second_line_chemo": yes_no(regimen),
        "antiangiogenic": yes_no(pattern >= 2),
        "rt2": yes_no(timing2),
        "rt2_timing": TIMINGS[timing2],
        "pci": yes_no(cranial),
        "brain_met": yes_no(codes[BRAIN]),
        "liver_met": yes_no(codes[LIVER]),
    }
    for bit, name in enumerate(OTHER):
        changed[name] = yes_no(codes[OTHER_SITES] >> bit & 1)
    for name in ("pfs_days", "os_days", "pfs1_days", "pfs_event", "os_event", "age", "kps", "ecog"):
        changed[name] = codes[BASE.index(name)]
    return {**row, **changed}


def to_base(rows: list[Row]) -> np.ndarray:
    """Codes of all patients, one column each."""
    return np.array([encode(row) for row in rows], dtype=np.int64).T.copy()


def write_rows(path: Path, rows: list[Row], base: np.ndarray) -> None:
    """Write the cohort, sorted by id, with the columns that the search changed."""
    out = [decode(row, [int(code) for code in base[:, i]]) for i, row in enumerate(rows)]
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(out, key=lambda row: row["id"]))
