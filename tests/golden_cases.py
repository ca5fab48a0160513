"""R's reference cases as the statistical steps see them: a frame and the settings of a study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

CASES = Path(__file__).parent / "golden" / "r" / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())
PRINTED = {
    "percent_rounding": "half_up", "percent_decimals": 1, "p_decimals": 3, "ratio_decimals": 3,
    "number_decimals": 2, "not_reached": "NA", "not_available": "-",
}  # fmt: skip


class GoldenCase:
    """One case: `frame` (one row per patient), `settings`, R's results `golden`."""

    def __init__(self, name: str):
        self.meta = json.loads((CASES / name / "meta.json").read_text())
        self.golden = json.loads((CASES / name / "golden.json").read_text())
        raw = pd.read_csv(CASES / name / "data.csv", dtype=str, keep_default_na=False)
        frame = pd.DataFrame({"USUBJID": raw["id"], "TRT01A": raw["arm"].astype("string")})
        frame["time"] = raw["time"].astype(float).astype("Float64")
        frame["event"] = raw["status"] == "1"
        for variable, spec in self.meta["covariates"].items():
            values = raw[variable].mask(raw[variable] == "").astype("string")
            frame[variable] = values.astype("Float64") if spec["type"] == "numeric" else values
        self.frame = frame

    @property
    def terms(self) -> list[dict[str, Any]]:
        """Covariates as the settings list them."""
        return [
            {"name": name, "kind": spec["type"], "levels": spec.get("levels")}
            for name, spec in self.meta["covariates"].items()
        ]

    def settings(self, **own: Any) -> dict[str, Any]:
        """What every step gets; days stay days."""
        survival = {
            "interval": "log", "confidence_level": 0.95, "days_per_month": 1.0,
            "every_months": 100, "until_months": 1000,
        }  # fmt: skip
        arms = self.meta["arm_levels"]
        return {
            "arms": arms, "reference": arms[0], "printed": PRINTED, "parameter": "PFS",
            "survival": survival, "ties": "efron", "confidence_level": 0.95, "strata": [],
        } | own  # fmt: skip
