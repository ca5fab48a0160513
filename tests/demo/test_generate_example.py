"""The raw extract of the example study is what its generator makes, and small."""

from __future__ import annotations

import zipfile
from io import BytesIO

from scripts.demo.generate_example import ARMS, DELIVERY, EXCLUDED, make_files, planned, truth
from tests.fixtures import ROOT

STUDY = ROOT / "examples" / "nsclc_osimertinib"


def content(data: bytes) -> object:
    """Members of a workbook, whatever compressed them; the bytes of another file."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_the_files_are_those_that_the_generator_makes():
    made = make_files(planned())
    assert {p.name for p in (ROOT / DELIVERY).iterdir()} == set(made)
    for name, data in made.items():
        assert content((ROOT / DELIVERY / name).read_bytes()) == content(data), name


def test_the_plan_is_what_was_asked_for():
    plan = truth(planned())
    assert plan["included"] == {arm: n for arm, (n, *_) in ARMS.items()}
    assert plan["screened"] == sum(plan["included"].values()) + sum(EXCLUDED.values())


def test_what_is_committed_is_small():
    folders = ("config", "expectations", "data/raw")
    files = [p for name in folders for p in (STUDY / name).rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) < 500_000
