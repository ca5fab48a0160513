"""Imputed beside complete cases: Rubin's rules as R, made-up missingness undone, bad input said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.lib.analysis.ard import ArdIndex, write_ard
from scripts.lib.analysis.formats import PAPER_FORMATS
from scripts.lib.analysis.imputation_rows import NOTHING_MISSING, compare
from scripts.lib.errors import Stop
from scripts.lib.statistics.imputation import (
    draw_categories,
    draw_numbers,
    fit_multinomial,
    nearest,
    nelson_aalen,
    pool,
)

GOLDEN = Path(__file__).parents[1] / "golden" / "confounding" / "confounding.json"
R = json.loads(GOLDEN.read_text(encoding="utf-8"))
TERMS = [
    {"name": "age", "kind": "numeric", "levels": None},
    {"name": "sex", "kind": "categorical", "levels": ["male", "female"]},
    {"name": "stage", "kind": "categorical", "levels": ["I", "II", "III"]},
]
CHOSEN = ["age", "sex", "stage"]
TREATMENT = {"variable": "TRT01A", "level": "new"}


def settings(**other: Any) -> dict[str, Any]:
    return {
        "arms": ["new", "old"],
        "reference": "old",
        "printed": PAPER_FORMATS._asdict(),
        "ties": "efron",
        "confidence_level": 0.95,
        "terms": TERMS,
        "imputations": 10,
        "cycles": 5,
        "donors": 5,
        "seed": 1,
    } | other


def patients(copies: int = 1) -> pd.DataFrame:
    data = {name: R["data"][name] for name in ("age", "sex", "stage", "time", "event")}
    frame = pd.DataFrame({"TRT01A": R["data"]["arm"], **data}).convert_dtypes()
    frame = pd.concat([frame.assign(event=frame["event"] == 1)] * copies, ignore_index=True)
    return frame.assign(age=frame["age"].astype("Float64"))


def with_holes(frame: pd.DataFrame, share: float = 0.2, seed: int = 5) -> pd.DataFrame:
    """Values taken away at random, more often of those who had the event."""
    random, frame = np.random.default_rng(seed), frame.copy()
    chance = np.where(frame["event"], 1.3, 0.5) * share
    for name in CHOSEN:
        frame.loc[random.random(len(frame)) < chance, name] = pd.NA
    return frame


def models(frame: pd.DataFrame, **other: Any) -> ArdIndex:
    return ArdIndex(compare(frame, CHOSEN, settings(**other), "PFS"))


def row(index: ArdIndex, statistic: str, population: str, **key: str) -> Any:
    key = {"parameter": "PFS"} | key
    return index.row(analysis="imputation", statistic=statistic, population=population, **key)


def test_rubins_rules_are_those_of_r():
    r = R["rubin"]
    pooled = pool(np.array(r["q"])[:, None], np.array(r["u"])[:, None])
    ours = [
        pooled.coefficient[0],
        pooled.std_err[0],
        pooled.df[0],
        pooled.p_value[0],
        pooled.fmi[0],
    ]
    assert ours == pytest.approx([r[n] for n in ("coef", "se", "df", "p", "fmi")], rel=1e-10)
    assert [float(v[0]) for v in pooled.limits(0.95)] == pytest.approx(r["ci"], rel=1e-10)


def test_the_cumulative_hazard_is_that_of_r():
    data = R["data"]
    ours = nelson_aalen(np.array(data["time"], float), np.array(data["event"]) == 1)
    assert ours == pytest.approx(R["nelson_aalen"], rel=1e-12)


def test_with_nothing_missing_the_rows_equal_the_complete_cases():
    index = models(patients())
    imputed = index.select(population="imputed")
    assert imputed and all(r.note == NOTHING_MISSING for r in imputed)
    for found in imputed:
        same = row(index, found.statistic, "complete_cases", variable=found.variable,
                   level=found.level)  # fmt: skip
        assert (found.value, found.display) == (same.value, same.display)


def test_made_up_holes_are_counted_and_imputed_near_the_truth():
    whole = patients(copies=4)
    holes = with_holes(whole)
    index = models(holes)
    lacking = int(holes["stage"].isna().sum())
    assert row(index, "n", "all", variable="stage", level="missing").number == lacking
    used = int(holes[CHOSEN].notna().all(axis=1).sum())
    sizes = [row(index, s, "complete_cases").number for s in ("N", "dropped")]
    assert sizes == [used, len(holes) - used]
    assert [row(index, s, "imputed").number for s in ("N", "dropped")] == [len(holes), 0]
    truth = models(whole)
    for key in (TREATMENT, {"variable": "age", "level": ""}, {"variable": "stage", "level": "III"}):
        coef, se, fmi = (row(index, s, "imputed", **key).number for s in ("coef", "se", "fmi"))
        of_all, se_all = (row(truth, s, "complete_cases", **key).number for s in ("coef", "se"))
        assert coef == pytest.approx(of_all, abs=1.5 * se_all)
        assert se > 0.9 * se_all and 0 < fmi < 0.8
        assert "Rubin" in row(index, "hr", "imputed", **key).method


def test_the_seed_decides_the_draws_and_the_row_order_nothing(tmp_path):
    frame = with_holes(patients())
    same = [models(frame, seed=3).rows, models(frame, seed=3).rows]
    assert same[0] == same[1]
    assert same[0] != models(frame, seed=4).rows
    write_ard(same[0], tmp_path / "ard.csv")  # unique keys, known statistics


def test_a_draw_is_one_of_the_known_values():
    random = np.random.default_rng(1)
    x = np.column_stack([np.ones(40), (np.arange(40.0) - 19.5) / 11.5])
    numbers = draw_numbers(x, np.arange(40.0) ** 2, x[:7], random, donors=3)
    assert set(numbers) <= set(np.arange(40.0) ** 2)
    names = draw_categories(x, np.repeat(["a", "b"], 20), x, random)  # separated: still finite
    assert (names[:10] == "a").all() and (names[-10:] == "b").all()
    assert set(draw_categories(x, np.repeat(["a"], 40), x[:3], random)) == {"a"}


def test_donors_are_the_nearest():
    random = np.random.default_rng(1)
    known = np.array([5.0, 1.0, 9.0, 2.0, 8.0])
    drawn = {int(p) for _ in range(60) for p in nearest(known, np.array([1.4]), 2, random)}
    assert drawn == {1, 3}
    ends = {int(p) for _ in range(60) for p in nearest(known, np.array([99.0]), 2, random)}
    assert ends == {2, 4}
    assert nearest(known[:1], np.array([0.0, 3.0]), 5, random).tolist() == [0, 0]


def test_two_levels_are_a_logistic_regression():
    random = np.random.default_rng(8)
    x = np.column_stack([np.ones(4000), random.standard_normal(4000)])
    codes = (random.random(4000) < 1 / (1 + np.exp(-(0.3 + 0.8 * x[:, 1])))).astype(int)
    estimate, variance = fit_multinomial(x, codes, 2)
    assert estimate.ravel() == pytest.approx([0.3, 0.8], abs=0.12)
    assert np.sqrt(np.diag(variance)) == pytest.approx([0.034, 0.038], rel=0.1)


def all_missing(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(age=pd.array([pd.NA] * len(frame), dtype="Float64"))


def test_a_covariate_known_of_nobody_cannot_be_imputed():
    found = row(models(all_missing(patients())), "N", "imputed")
    assert (found.value, found.note) == ("", "not estimable: age is known of nobody")


def constant(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(age=pd.array([60.0] * (len(frame) - 1) + [pd.NA], dtype="Float64"))


NOT_ESTIMABLE = [  # change, variable, level, what the note says
    (constant, "age", "", "does not vary"),
    (lambda f: with_holes(f.assign(event=False)), "age", "", "no events"),
]


@pytest.mark.parametrize(("change", "variable", "level", "says"), NOT_ESTIMABLE)
def test_what_no_completed_data_set_can_estimate_is_said(change, variable, level, says):
    found = row(models(change(patients())), "hr", "imputed", variable=variable, level=level)
    assert found.value == "" and says in found.note


def test_three_arms_are_pooled_each_against_the_reference():
    frame = with_holes(patients())
    frame.loc[frame.index % 4 == 0, "TRT01A"] = "third"
    index = models(frame, arms=["new", "old", "third"])
    for arm in ("new", "third"):
        assert row(index, "hr", "imputed", variable="TRT01A", level=arm).number


BAD = [
    ({"terms": [{"name": "sex", "kind": "numeric", "levels": None}]}, "sex is text where numbers"),
    ({"arms": ["new"]}, "none of the arms"),
]


@pytest.mark.parametrize(("other", "says"), BAD)
def test_bad_input_gives_one_clear_message(other, says):
    with pytest.raises(Stop, match=says):
        models(patients(), **other)
