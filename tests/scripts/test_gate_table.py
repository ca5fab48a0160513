"""The gate as a rule: a token with the same bytes each time, or one message."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scripts import gate_table
from scripts.lib.errors import Stop
from tests.lib.quality.test_gates import entry, finding

HEAD = "check_id,key,value_hash,reason,approved_by,expires\n"


def rule(folder: Path, *entries: dict[str, Any], waivers: str = "") -> SimpleNamespace:
    verdict = {
        "table": "adtte_pfs", "suite_sha256": "s" * 64, "dataset_sha256": "d" * 64,
        "checks": list(entries),
    }  # fmt: skip
    (folder / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    (folder / "keys.json").write_text(json.dumps([finding()]), encoding="utf-8")
    (folder / "waivers.csv").write_text(HEAD + waivers, encoding="utf-8")
    return SimpleNamespace(
        input=SimpleNamespace(
            verdict=f"{folder}/verdict.json", row_keys=f"{folder}/keys.json",
            waivers=f"{folder}/waivers.csv",
        ),
        output=[f"{folder}/adtte_pfs.passed"],
        params=SimpleNamespace(settings={"data_cutoff": "2024-12-31", "stops": ["critical"]}),
    )  # fmt: skip


def test_a_passed_gate_certifies_suite_dataset_waivers_and_warnings(tmp_path: Path) -> None:
    smk = rule(
        tmp_path, entry(),
        waivers=f"PFS-018,S12,{'a' * 64},seen on the film,a data manager,2026-01-01\n",
    )  # fmt: skip

    gate_table.main(smk)

    first = Path(smk.output[0]).read_bytes()
    gate_table.main(smk)
    assert Path(smk.output[0]).read_bytes() == first
    assert json.loads(first) == {
        "table": "adtte_pfs", "suite_sha256": "s" * 64, "dataset_sha256": "d" * 64,
        "waived": [["PFS-018", "S12", "2026-01-01"]], "warnings": 0,
    }  # fmt: skip


def test_a_shut_gate_stops_and_leaves_no_token(tmp_path: Path) -> None:
    smk = rule(tmp_path, entry())

    with pytest.raises(Stop, match="adtte_pfs does not pass its gate"):
        gate_table.main(smk)

    assert not Path(smk.output[0]).exists()


def test_a_broken_waivers_file_stops(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="line 2"):
        gate_table.main(rule(tmp_path, entry("pass"), waivers="PFS-018,S12\n"))


def test_the_gate_imports_nothing_heavy() -> None:
    """It runs once for every dataset."""
    import subprocess
    import sys

    program = "import sys, scripts.gate_table; print({'pandas', 'pydantic'} & set(sys.modules))"
    root = Path(__file__).resolve().parent.parent.parent
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "set()"
