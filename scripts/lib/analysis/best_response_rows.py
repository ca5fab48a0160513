"""Best overall response, objective response and disease control by arm.

response: variable = PARAMCD (BOR, ORR, DCR)
        N per group (variable empty); n, N, percent per level and group (group empty: together);
        p_value (level empty)
        N is every patient of the arm: one without an evaluable response counts as not responding

Source: paper, Outcome and Table II; RECIST 1.1 (Eur J Cancer 45: 228-247, 2009).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.analysis.ard import ArdBuilder
from scripts.lib.analysis.describe import (
    add_group_sizes,
    add_not_collected,
    add_share,
    add_test,
    compare_counts,
    count_levels,
)
from scripts.lib.analysis.formats import Formats
from scripts.lib.analysis.groups import TOGETHER, arm_masks


def describe_parameter(
    ard: ArdBuilder, adsl: pd.DataFrame, adrs: pd.DataFrame, row: dict[str, Any], settings: Any
) -> None:
    """Rows of one parameter: its counted levels per group, and the test where asked for."""
    values = adrs.loc[adrs["PARAMCD"] == row["parameter"]].set_index("USUBJID")["AVALC"]
    levels = adsl["USUBJID"].map(values)
    masks = arm_masks(adsl["TRT01A"], settings["arms"])
    counts = {group: count_levels(levels, row["levels"], rows) for group, rows in masks.items()}
    for group, rows in masks.items():
        for level, n in zip(row["levels"], counts[group], strict=True):
            where = {"group": group, "variable": row["parameter"]}
            name = row["labels"].get(level, level)
            add_share(ard, int(n), int(rows.sum()), level=name, **where)
    if row["test"]:
        table = np.column_stack([counts[arm] for arm in settings["arms"]])
        rest = [masks[arm].sum() - counts[arm].sum() for arm in settings["arms"]]
        test = compare_counts(np.vstack([table, rest]), settings["tests"])
        add_test(ard, test, row["parameter"])


def describe(adsl: pd.DataFrame, adrs: pd.DataFrame, settings: dict[str, Any]) -> ArdBuilder:
    """Rows of every declared parameter."""
    ard = ArdBuilder("response", formats=Formats(**settings["printed"]))
    add_group_sizes(ard, adsl["TRT01A"], settings["arms"])
    for row in settings["rows"]:
        if settings.get("not_collected"):
            add_not_collected(ard, row["parameter"], [TOGETHER, *settings["arms"]])
            continue
        describe_parameter(ard, adsl, adrs, row, settings)
    return ard
