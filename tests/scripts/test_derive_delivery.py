"""An earlier delivery is a study folder of its own that shares configuration and raw files."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from scripts import derive_delivery
from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan.queries_settings import delivery_inputs, earlier_deliveries
from scripts.lib.private import write_private_text
from scripts.lib.reading.manifests import ASKED, there

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    for name in ("config", "expectations", "data/raw/2026-05", "data/private"):
        (tmp_path / name).mkdir(parents=True)
    write_private_text(tmp_path / "data/private/pseudonym.key", "00" * 32)
    (tmp_path / "data/raw/2026-05/a.csv").write_text("x")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_folder_shares_raw_files_and_key_and_says_what_is_other(study):
    folder = Path("data/deliveries/2026-05")
    overrides = {"study": {"delivery": "2026-05", "earlier_deliveries": []}}
    derive_delivery.prepare(folder, overrides)
    derive_delivery.prepare(folder, overrides)
    assert (folder / "data/raw/2026-05/a.csv").read_text() == "x"
    assert not (folder / "config").readlink().is_absolute()
    key = folder / "data/private/pseudonym.key"
    assert key.read_text() == "00" * 32 and stat.S_IMODE(key.stat().st_mode) == 0o600
    assert json.loads((folder / "overrides.json").read_text()) == overrides


def test_the_manifest_names_each_file_by_its_content_and_what_is_not_there(study):
    folder = Path("data/deliveries/2026-05")
    (folder / ASKED).parent.mkdir(parents=True)
    (folder / ASKED).write_bytes(b"asked")
    content = derive_delivery.manifest(folder, "2026-05", [ASKED, "results/ard/x.csv"], "a gate")
    assert len(content["files"][ASKED]) == 64 and content["files"]["results/ard/x.csv"] is None
    (folder / "manifest.json").write_text(json.dumps(content))
    assert there(folder / "manifest.json", ASKED) == folder / ASKED
    assert there(folder / "manifest.json", "results/ard/x.csv") is None


def test_a_delivery_that_cannot_be_read_with_this_configuration_stops_with_a_remedy(study):
    folder = Path("data/deliveries/2026-05")
    derive_delivery.prepare(folder, {})
    with pytest.raises(Stop, match="2026-05 cannot be derived with this configuration") as stop:
        derive_delivery.derive(folder, str(ROOT / "Snakefile"), ["x"], 1)
    assert "study.yaml is missing" in str(stop.value)
    assert "study.earlier_deliveries" in str(stop.value)


def test_a_missing_earlier_delivery_is_told(study):
    assert delivery_inputs("2026-05") == ["data/raw/2026-05/a.csv"]
    with pytest.raises(Stop, match="data/raw/2025-11 is missing or empty"):
        delivery_inputs("2025-11")


def test_what_was_other_then_is_laid_over_the_configuration():
    config = load_config(ROOT / "config")
    config["study"]["earlier_deliveries"] = [
        {"delivery": "2025-11", "overrides": {"study": {"data_cutoff": "2025-10-31"}}}
    ]
    (settings,) = earlier_deliveries(config).values()
    assert settings["overrides"]["study"] == {
        "data_cutoff": "2025-10-31", "delivery": "2025-11", "earlier_deliveries": [],
    }  # fmt: skip
    assert ASKED in settings["files"]
    assert "results/quality/adtte_rule_sets.json" in settings["files"]  # as on the quality page
    config["study"]["earlier_deliveries"][0]["overrides"] = {"sensitivity": {"enabled": False}}
    (settings,) = earlier_deliveries(config).values()
    assert "results/quality/adtte_rule_sets.json" not in settings["files"]
