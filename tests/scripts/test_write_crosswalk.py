"""The crosswalk: staged parts -> pseudonym and hospital number."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import write_crosswalk
from scripts.lib.errors import Stop
from scripts.lib.queries.register import read_crosswalk
from scripts.lib.reading.pseudonyms import KEY_FILE, pseudonym
from scripts.lib.reading.sources import crosswalk_settings
from tests.raw_files import KEY, Study


def written(study: Study, folder: Path) -> Path:
    """The crosswalk of a study's parts."""
    staged = folder / "cells" / "notes"
    staged.mkdir(parents=True)
    for part in study.parts:
        study.ingest(part)
        Path(study.path(f"{part}.staged")).rename(staged / f"{part}.parquet")
    output = folder / "private" / "crosswalk.csv"
    write_crosswalk.main(
        SimpleNamespace(
            input=SimpleNamespace(
                cells=sorted(map(str, staged.iterdir())), codelists=[], key=study.path(KEY_FILE)
            ),
            params=SimpleNamespace(settings=crosswalk_settings(study.config)),
            output=SimpleNamespace(crosswalk=str(output)),
        )
    )
    return output


def test_every_hospital_number_once_sorted_and_private(tmp_path: Path) -> None:
    files = {"a.csv": "id,n\n0002,x\n1,x\n,x\nNA,x\n12345,x\n", "b.csv": "id,n\n１,x\n0003 ,x\n"}
    study = Study(tmp_path, files, columns={"n": {"from": "n"}}, defaults={"missing": ["NA"]})
    output = written(study, tmp_path)
    expected = sorted((pseudonym(bytes.fromhex(KEY), n), n) for n in ("0001", "0002", "0003"))
    lines = [f"{name},{number}" for name, number in expected]
    assert output.read_text().splitlines() == ["USUBJID,source_id", *lines]
    assert output.stat().st_mode & 0o777 == 0o600
    assert output.parent.stat().st_mode & 0o777 == 0o700


def test_a_first_centre_that_nobody_is_from_stops(tmp_path: Path) -> None:
    study = Study(
        tmp_path, {"a.csv": "id,n,H\n0001,x,East\n"}, columns={"n": {"from": "n"}},
        centre={"from": "H"},
    )  # fmt: skip
    study.config["first_centre"] = "Eest"
    with pytest.raises(Stop, match="first_centre: no row is from `Eest`. Hospitals: East"):
        written(study, tmp_path)


def test_one_number_in_two_hospitals_stands_twice_with_its_hospital(tmp_path: Path) -> None:
    files = {"a.csv": "id,n,H\n0001,x,East\n0001,x,\n", "b.csv": "No,n\n1,x\n2,x\n"}
    study = Study(
        tmp_path, files, columns={"n": {"from": "n"}}, centre={"from": "H"},
        by_file={"b.csv": {"centre": "West", "identifier": {"column": "No"}}},
    )  # fmt: skip
    key = bytes.fromhex(KEY)
    patients = [("east", "0001", "East"), ("west", "0001", "West"), ("west", "0002", "West")]
    expected = sorted((pseudonym(key, f"{c}\x1f{n}"), n, name) for c, n, name in patients)
    lines = written(study, tmp_path).read_text().splitlines()
    assert lines == ["USUBJID,source_id,centre", *(",".join(line) for line in expected)]
    ward = read_crosswalk(tmp_path / "private" / "crosswalk.csv")
    assert sorted(ward.values()) == ["East 0001", "West 0001", "West 0002"]
