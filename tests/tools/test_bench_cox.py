"""The benchmark's models: ours, lifelines and coxph give the same numbers; nothing is left out."""

from __future__ import annotations

import shutil

import pytest

from scripts.tools import bench_cox
from scripts.tools.bench_cox import MULTIVARIABLE, SUBGROUPS, UNIVARIABLE, Fitted

PATIENTS = 600


@pytest.fixture(scope="module")
def data():
    return bench_cox.made_up(PATIENTS)


@pytest.fixture(scope="module")
def mine(data) -> Fitted:
    return bench_cox.ours(*data)


def prepared(data):
    frame, terms = data
    return bench_cox.numeric_columns(frame, terms), list(bench_cox.models(terms))


def test_every_coefficient_of_ours_is_compared(data, mine):
    frame, terms = data
    wanted = list(bench_cox.models(terms))
    levels = [len(term["levels"] or ["", ""]) for term in terms]
    coefficients = {key for key in mine.numbers if key[3] != "P"}
    per_group = {g: sum(key[0] == g for key in coefficients) for g in mine.seconds}
    columns = sum(levels) - len(levels) + 1  # and treatment
    factors = [len(term["levels"]) for term in terms if term["levels"]]
    assert per_group == {UNIVARIABLE: columns, MULTIVARIABLE: columns, SUBGROUPS: sum(factors)}
    assert len(wanted) == len(terms) + 1 + 1 + sum(factors) + 2 * len(factors)
    assert sum(key[3] == "P" for key in mine.numbers) == len(factors)


def test_lifelines_gives_the_same_numbers(data, mine):
    other = bench_cox.lifelines(*prepared(data))
    assert set(other.numbers) == set(mine.numbers)
    for group in mine.seconds:
        assert bench_cox.largest_difference(mine, other, group) < 1e-4  # it stops earlier


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_coxph_gives_the_same_numbers(data, mine):
    other = bench_cox.coxph(*prepared(data))
    assert other is not None and set(other.numbers) == set(mine.numbers)
    for group in mine.seconds:
        assert bench_cox.largest_difference(mine, other, group) < 1e-6


def test_without_r_its_column_is_empty(data, mine, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert bench_cox.coxph(*prepared(data)) is None
    table = list(bench_cox.lines(mine, {"lifelines": mine, "coxph": None}))
    assert table[0].split()[2:] == ["ours", "lifelines", "differs", "coxph", "differs"]
    assert table[1].split()[-3:] == ["0.0e+00", "-", "-"]
    assert table[-1].split()[0] == "all" and table[-1].split()[-1] == "-"
