"""Cox models with rows (start, stop]: equal to R, equal to the plain model, how times are split.

`tests/golden/time_varying/time_varying.json` was made by the R script beside it (R 4.2.2, survival
3.5-3): the Stanford heart transplants, late entry with heavy ties, a status first seen on a day.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.statistics.concordance import concordance
from scripts.lib.statistics.counting_process import BEGIN, episodes
from scripts.lib.statistics.cox import fit_cox
from scripts.lib.statistics.cox_zph import proportional_hazards_tests
from scripts.lib.statistics.design import continuous, design

R = json.loads(
    (Path(__file__).parents[2] / "golden" / "time_varying" / "time_varying.json").read_text("utf-8")
)
HEART = {name: np.array(column) for name, column in R["heart"]["data"].items()}
LATE = {name: np.array(column) for name, column in R["late_entry"]["data"].items()}
STATUS = {name: np.array(column) for name, column in R["status"]["data"].items()}
SEEN = np.where(np.array(R["status"]["seen"]) < 0, np.inf, np.array(R["status"]["seen"]))


def agree(fit, r):
    np.testing.assert_allclose(fit.coefficient, r["coef"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(fit.variance.ravel(), r["var"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose([fit.loglik_null, fit.loglik], r["loglik"], rtol=1e-9)
    assert fit.score.statistic == pytest.approx(r["score"], rel=1e-6)
    np.testing.assert_allclose(fit.limits().lower, r["low"], rtol=1e-6)
    np.testing.assert_allclose(fit.limits().upper, r["high"], rtol=1e-6)
    np.testing.assert_allclose(fit.p_value, r["p"], rtol=1e-6)
    assert (fit.n, fit.events) == (r["n"], r["events"])


def heart(*names, **options):
    model = design(HEART, [continuous(name) for name in names])
    return fit_cox(HEART["stop"], HEART["event"], model, start=HEART["start"], **options)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_heart_transplants_equal_r(ties):
    fit = heart("age", "year", "surgery", "transplant", ties=ties)
    agree(fit, R["heart"]["fits"][ties])


def test_weights_clusters_and_strata_equal_r():
    known = R["heart"]["fits"]
    weighted = heart("age", "transplant", weights=HEART["weight"], robust=True)
    agree(weighted, known["weights"])
    agree(heart("age", "transplant", robust=True, cluster=HEART["id"]), known["cluster"])
    agree(heart("age", "year", "transplant", strata=HEART["surgery"]), known["strata"])


@pytest.mark.parametrize("name", ["efron", "strata"])
def test_late_entry_with_heavy_ties_equals_r(name):
    model = design(LATE, [continuous("x"), continuous("arm")])
    strata = {"strata": LATE["site"]} if name == "strata" else {}
    fit = fit_cox(LATE["stop"], LATE["event"], model, start=LATE["start"], **strata)
    agree(fit, R["late_entry"]["fits"][name])


@pytest.mark.parametrize("others", [(), ("age", "trt")], ids=["alone", "with others"])
def test_a_status_split_at_its_day_equals_tmerge_and_coxph(others):
    rows = episodes(STATUS["time"], STATUS["status"], SEEN)
    frame = {name: STATUS[name][rows.patient] for name in others}
    frame["met"] = rows.status[:, 0].astype(float)
    model = design(frame, [continuous("met"), *map(continuous, others)])
    fit = fit_cox(rows.stop, rows.event, model, start=rows.start)
    name = "time_varying_with_others" if others else "time_varying"
    agree(fit, R["status"]["fits"][name])


def test_a_row_ends_where_the_status_begins_and_the_event_is_in_the_last():
    time, event = [10, 10, 10, 10, 0], [1, 0, 1, 1, 1]
    seen = [[4, 7], [7, 4], [0, 10], [4, 4], [3, -2]]
    rows = episodes(time, event, seen)
    found = list(zip(rows.patient, rows.start, rows.stop, rows.event, strict=True))
    assert found == [
        (0, BEGIN, 4, False), (0, 4, 7, False), (0, 7, 10, True),
        (1, BEGIN, 4, False), (1, 4, 7, False), (1, 7, 10, False),
        (2, BEGIN, 10, True),
        (3, BEGIN, 4, False), (3, 4, 10, True),
        (4, BEGIN, 0, True),
    ]  # fmt: skip
    both = [(0, 0), (1, 0), (1, 1), (0, 0), (0, 1), (1, 1), (1, 0), (0, 0), (1, 1), (0, 1)]
    assert [tuple(map(int, row)) for row in rows.status] == both


def test_seen_on_the_day_of_the_event_is_never_at_risk():
    rows = episodes([5, 8, 9], [1, 1, 0], [5, np.inf, 9])
    assert not rows.status.any() and len(rows.patient) == 3


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_splitting_a_time_at_any_day_changes_nothing(seed):
    random = np.random.default_rng(seed)
    n = 60
    time, event = random.integers(0, 12, n), random.integers(0, 2, n)
    event[0] = 1
    x = random.normal(size=n).round(1)
    plain = fit_cox(time, event, design({"x": x}, [continuous("x")]))
    rows = episodes(time, event, random.integers(0, 14, (n, 2)))
    model = design({"x": x[rows.patient]}, [continuous("x")])
    split = fit_cox(rows.stop, rows.event, model, start=rows.start)
    assert split.loglik == pytest.approx(plain.loglik, abs=1e-9)
    np.testing.assert_allclose(split.coefficient, plain.coefficient, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(split.std_err, plain.std_err, rtol=1e-7)
    assert split.events == plain.events


def test_rows_that_end_before_they_start_are_refused():
    model = design({"x": [0.0, 1, 2]}, [continuous("x")])
    with pytest.raises(ValueError, match="start: 1 not before the end of the row, at row pos"):
        fit_cox([3, 4, 5], [1, 1, 0], model, start=[0, 4, 1])
    with pytest.raises(ValueError, match="start: 1 missing"):
        fit_cox([3, 4, 5], [1, 1, 0], model, start=[0, np.nan, 1])
    with pytest.raises(ValueError, match="seen: missing"):
        episodes([3.0], [1], [np.nan])


def test_what_knows_no_late_rows_says_so():
    fit = heart("age")
    with pytest.raises(ValueError, match="concordance takes no rows"):
        concordance(fit)
    with pytest.raises(ValueError, match="takes no rows under observation later"):
        proportional_hazards_tests(fit)
    with pytest.raises(ValueError, match="exact ties take no weights"):
        heart("age", ties="exact")
