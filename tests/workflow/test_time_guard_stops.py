"""The gates of the cohort and of ADSL fail for what looks ahead and is not declared to.

Whole from the declaration in config/cohort.yaml through the derivation and the suite to the gate.
"""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow


def undeclare(study, entry: str) -> None:
    """Take `timing: post_baseline` from the criterion or variable whose entry holds `entry`."""
    path = study.path("config/cohort.yaml")
    text = path.read_text(encoding="utf-8")
    at = text.index(entry)
    changed = re.sub(r",?\s*timing: post_baseline", "", text[at:], count=1)
    path.write_text(text[:at] + changed, encoding="utf-8")


@pytest.mark.parametrize(
    ("entry", "gate", "check"),
    [("id: early_death", "cohort", "COH-014"), ("name: BRAINMET", "adsl", "ADS-016")],
)
def test_what_looks_ahead_and_is_not_declared_stops(study, entry, gate, check):
    undeclare(study, entry)
    # which asks for its covariates by the same declaration, and stops before any job
    study.edit("config/sensitivity.yaml", "enabled: true", "enabled: false")
    run = study.snakemake(f"data/gates/{gate}.passed")

    assert run.returncode == 1
    assert check in run.output and "post_baseline" in run.output
    assert not study.path(f"data/gates/{gate}.passed").exists()
    assert study.status.startswith("STOPPED")
