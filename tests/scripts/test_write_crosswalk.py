"""The crosswalk: staged parts -> pseudonym and hospital number."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from scripts import write_crosswalk
from scripts.lib.reading.pseudonyms import KEY_FILE, pseudonym
from scripts.lib.reading.sources import crosswalk_settings
from tests.raw_files import KEY, Study


def test_every_hospital_number_once_sorted_and_private(tmp_path: Path) -> None:
    files = {"a.csv": "id,n\n0002,x\n1,x\n,x\nNA,x\n12345,x\n", "b.csv": "id,n\n１,x\n0003 ,x\n"}
    study = Study(tmp_path, files, columns={"n": {"from": "n"}}, defaults={"missing": ["NA"]})
    staged = tmp_path / "cells" / "notes"
    staged.mkdir(parents=True)
    for part in study.parts:
        study.ingest(part)
        Path(study.path(f"{part}.staged")).rename(staged / f"{part}.parquet")
    output = tmp_path / "private" / "crosswalk.csv"
    write_crosswalk.main(
        SimpleNamespace(
            input=SimpleNamespace(
                cells=sorted(map(str, staged.iterdir())), key=study.path(KEY_FILE)
            ),
            params=SimpleNamespace(settings=crosswalk_settings(study.config)),
            output=SimpleNamespace(crosswalk=str(output)),
        )
    )
    expected = sorted((pseudonym(bytes.fromhex(KEY), n), n) for n in ("0001", "0002", "0003"))
    lines = [f"{name},{number}" for name, number in expected]
    assert output.read_text().splitlines() == ["USUBJID,source_id", *lines]
    assert output.stat().st_mode & 0o777 == 0o600
    assert output.parent.stat().st_mode & 0o777 == 0o700
