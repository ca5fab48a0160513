"""CNSR, the censoring code of ADTTE: 0 is the event, a positive number the reason of censoring."""

from __future__ import annotations

import pandas as pd


def event_observed(cnsr: pd.Series) -> pd.Series:
    """Whether the event was observed. The one place where CNSR is turned round (survival: 1)."""
    return (cnsr == 0).astype("boolean")
