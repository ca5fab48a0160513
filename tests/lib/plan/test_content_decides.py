"""What nobody knows the origin of is made again."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scripts.lib.plan.content_decides import unrecorded


@pytest.mark.parametrize(
    ("recorded", "known", "again"),
    [
        ({"made.csv"}, {"made.csv"}, set()),
        (set(), {"made.csv"}, {"made.csv"}),  # copied, or of an earlier version
        ({"made.csv"}, set(), {"made.csv"}),  # `.snakemake/` with the settings was left behind
        (set(), set(), {"made.csv"}),
    ],
)
def test_an_output_of_unknown_origin_is_made_again(tmp_path, monkeypatch, recorded, known, again):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "made.csv").touch()
    jobs = [SimpleNamespace(output=["made.csv", "not_there.csv"])]
    records = dict.fromkeys(known, "a record")
    assert unrecorded(jobs, recorded, records.get) == again
