"""Cox regression: known answers, what is not estimable, lifelines beside us, properties."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.statistics.concordance import concordance, concordance_of
from scripts.lib.statistics.cox import fit_cox, likelihood_ratio_test, term_tests, without_term
from scripts.lib.statistics.cox_zph import proportional_hazards_tests, scaled_schoenfeld
from scripts.lib.statistics.design import continuous, design, factor, interaction
from scripts.lib.statistics.firth import fit_firth
from scripts.tools.golden_cases import Case

ARM = factor("arm", ["A", "B"])
quick = settings(max_examples=25, deadline=None)


def trial(n=80, seed=1, ties=True):
    random = np.random.default_rng(seed)
    frame = {
        "arm": random.choice(["A", "B"], n),
        "age": random.normal(60, 9, n).round(1),
        "site": random.choice(["x", "y", "z"], n),
    }
    risk = 0.5 * (frame["arm"] == "B") + 0.02 * (frame["age"] - 60)
    time = random.exponential(20 * np.exp(-risk))
    time = np.ceil(time) if ties else time
    return np.minimum(time, 40), (time <= 40).astype(int), frame


def reasons(fit):
    return {column.name: why for column, why in zip(fit.columns, fit.reason, strict=True)}


def test_one_binary_covariate_has_the_closed_form_estimate():
    # two patients at risk, x = 1 fails first, then x = 0 twice: score equation solved by hand
    fit = fit_cox([1, 2, 3], [1, 1, 1], design({"x": [0.0, 1, 0]}, [continuous("x")]))
    # l(b) = -log(2 + e^b) + b - log(1 + e^b); its maximum is at e^b = sqrt(2)
    assert fit.coefficient[0] == pytest.approx(np.log(np.sqrt(2)))
    assert fit.loglik_null == pytest.approx(-np.log(3) - np.log(2))


def test_score_test_without_ties_is_the_log_rank_test():
    from scripts.lib.statistics.log_rank import log_rank

    time, event, frame = trial(ties=False)
    fit = fit_cox(time, event, design(frame, [ARM]))
    assert fit.score.statistic == pytest.approx(log_rank(time, event, frame["arm"]).chi_square)


def test_estimates_agree_with_lifelines():
    pandas = pytest.importorskip("pandas")
    lifelines = pytest.importorskip("lifelines")
    time, event, frame = trial(150, 3)
    data = pandas.DataFrame({"t": time, "e": event, "b": (frame["arm"] == "B") * 1.0})
    data["age"] = frame["age"]
    options = {"precision": 1e-18, "r_precision": 1e-18}
    theirs = lifelines.CoxPHFitter().fit(data, "t", "e", fit_options=options)
    ours = fit_cox(time, event, design(frame, [ARM, continuous("age")]))
    np.testing.assert_allclose(ours.coefficient, theirs.params_.to_numpy(), rtol=1e-6)
    np.testing.assert_allclose(ours.std_err, theirs.standard_errors_.to_numpy(), rtol=1e-6)
    assert concordance(ours).estimate == pytest.approx(theirs.concordance_index_)


def test_no_ties_make_the_three_tie_rules_equal():
    time, event, frame = trial(ties=False)
    model = design(frame, [ARM, continuous("age")])
    event = event * (time < 40)
    fits = [fit_cox(time, event, model, ties=ties) for ties in ("efron", "breslow", "exact")]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.coefficient, fits[0].coefficient, rtol=1e-9)
        assert fit.loglik == pytest.approx(fits[0].loglik)


def test_exact_ties_of_thousands_do_not_overflow():
    random = np.random.default_rng(4)
    n = 3000
    frame = {"x": random.normal(size=n)}
    fit = fit_cox(
        random.integers(1, 4, n), np.ones(n), design(frame, [continuous("x")]), ties="exact"
    )
    assert np.isfinite(fit.loglik) and abs(fit.coefficient[0]) < 0.2


# ---- not estimable -------------------------------------------------------------------------------


def test_separation_is_not_estimable_but_has_a_likelihood_ratio():
    time, event, frame = trial()
    event = np.where(frame["site"] == "z", 0, event)
    model = design(frame, [ARM, factor("site", ["x", "y", "z"])])
    fit = fit_cox(time, event, model)
    assert reasons(fit)["sitez"] == "not estimable: infinite coefficient (separation)"
    assert np.isnan(fit.coefficient[2]) and np.isnan(fit.limits().upper[2])
    assert np.isfinite(fit.coefficient[:2]).all()
    assert fit.likelihood_ratio.df == 3 and fit.likelihood_ratio.p_value < 0.05
    assert np.isnan(fit.wald.p_value)
    assert np.isnan(proportional_hazards_tests(fit)["site"].p_value)
    assert np.isnan(scaled_schoenfeld(fit).residual[:, 2]).all()


def test_levels_that_run_off_together_are_all_not_estimable():
    """Nobody of the reference level has the event: b, c and d run off, their differences do not."""
    time, event, frame = trial(120)
    frame["part"] = np.array(["a", "b", "c", "d"] * 30)
    event = event * (frame["part"] != "a")
    model = design(frame, [continuous("age"), factor("part", ["a", "b", "c", "d"])])
    found = reasons(fit_cox(time, event, model))
    infinite = "not estimable: infinite coefficient (separation)"
    assert found == {"age": "", "partb": infinite, "partc": infinite, "partd": infinite}


@pytest.mark.parametrize("name", ["few_events_2", "few_events_7", "few_events_20", "few_events_41"])
def test_what_runs_off_in_few_events_is_never_a_number(name):
    """R runs out of iterations and prints exp(18) and the like; no log hazard ratio is above 10."""
    case = Case(Path(__file__).parents[2] / "golden" / "edge" / "cases" / name)
    fit = case.fit([case.terms[term] for term in case.meta["multivariable"]])
    shown = fit.estimable
    assert (~shown).any()
    assert (np.abs(fit.coefficient[shown]) < 10).all() and (fit.std_err[shown] < 100).all()


def test_a_covariate_that_orders_all_events_is_separation_with_its_tests():
    # derivatives beyond 1e308 on the way must not end the iterations (coxfit6 halves its step)
    time = np.arange(60)
    fit = fit_cox(time, np.ones(60), design({"x": -1.0 * time}, [continuous("x")]))
    assert fit.reason == ("not estimable: infinite coefficient (separation)",)
    # at the limit each event is certain: log-likelihood 0 against -log 60!
    assert fit.likelihood_ratio.statistic == pytest.approx(2 * math.lgamma(61), rel=1e-5)
    left = [-1.0 * time[k:] for k in range(60)]
    score = sum(x[0] - x.mean() for x in left)
    assert fit.score.statistic == pytest.approx(score**2 / sum(x.var() for x in left))


def test_a_covariate_almost_equal_to_another_is_estimated_as_long_as_r_does():
    """Share of its own: 3e-11 (R: toler.chol, 1.8e-12 of the largest information), then 1e-14."""
    time, event, frame = trial()
    noise = np.random.default_rng(2).normal(size=80)
    for size, estimable in ((5e-5, True), (1e-6, False)):
        near = {**frame, "near": frame["age"] + size * noise}
        fit = fit_cox(time, event, design(near, [continuous("age"), continuous("near")]))
        assert fit.estimable.tolist() == [True, estimable]


def test_firth_estimates_what_is_separated():
    time, event, frame = trial()
    event = np.where(frame["site"] == "z", 0, event)
    fit = fit_firth(time, event, design(frame, [factor("site", ["x", "y", "z"])]))
    ratio = fit.limits()
    assert 0 < ratio.hazard_ratio[1] < 0.2 and ratio.upper[1] < 1
    assert np.isfinite(fit.coefficient).all() and fit.p_value[1] < 0.01


@pytest.mark.parametrize(
    ("column", "term", "why"),
    [
        ([7.0] * 80, continuous("c"), "the covariate does not vary"),
        (["a"] * 80, factor("c", ["a", "b"]), "the covariate does not vary"),
        (["b"] * 80, factor("c", ["a", "b"]), "the covariate does not vary"),
    ],
)
def test_constant_covariate_is_not_estimable(column, term, why):
    time, event, frame = trial()
    model = design(frame | {"c": column}, [ARM, term])
    for fit in (fit_cox(time, event, model), fit_firth(time, event, model)):
        assert fit.reason == ("", f"not estimable: {why}")
        assert np.isnan(fit.coefficient[1]) and np.isfinite(fit.coefficient[0])
        assert fit.likelihood_ratio.df == 1


def test_collinear_column_is_not_estimable_and_the_first_one_stays():
    time, event, frame = trial()
    frame["months"] = frame["age"] * 12 - 5
    fit = fit_cox(time, event, design(frame, [continuous("age"), continuous("months")]))
    assert fit.reason == ("", "not estimable: a linear combination of the terms before it")
    alone = fit_cox(time, event, design(frame, [continuous("age")]))
    assert fit.coefficient[0] == pytest.approx(alone.coefficient[0])


def test_level_whose_patients_leave_before_any_event_is_not_estimable():
    time, event, frame = trial()
    time[0], event[0], frame["site"] = 0.5, 0, np.array(["w", *frame["site"][1:]])
    fit = fit_cox(time, event, design(frame, [factor("site", ["x", "w", "y", "z"])]))
    assert reasons(fit)["sitew"] == "not estimable: the covariate does not vary where events occur"


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_no_events_and_no_patients_say_so(ties):
    time, event, frame = trial()
    fit = fit_cox(time, event * 0, design(frame, [ARM]), ties=ties)
    assert fit.reason == ("not estimable: no events",) and np.isnan(fit.p_value[0])
    assert np.isnan(concordance(fit).estimate) and np.isnan(fit.likelihood_ratio.p_value)
    missing = {"arm": np.array([None] * 80)}
    empty = fit_cox(time, event, design(missing, [ARM]), ties=ties)
    assert empty.reason == ("not estimable: no events",)
    assert (empty.n, empty.n_dropped) == (0, 80)


def test_arm_without_an_event_is_separation():
    time, event, frame = trial()
    fit = fit_cox(time, np.where(frame["arm"] == "B", 0, event), design(frame, [ARM]))
    assert fit.reason == ("not estimable: infinite coefficient (separation)",)
    assert fit.likelihood_ratio.p_value < 0.01


def test_single_arm_is_not_estimable():
    time, event, frame = trial()
    frame["arm"] = np.array(["A"] * 80)
    assert fit_cox(time, event, design(frame, [ARM])).reason[0].startswith("not estimable")


# ---- design --------------------------------------------------------------------------------------


def test_complete_cases_are_counted():
    time, event, frame = trial()
    frame["age"] = np.where(np.arange(80) < 7, np.nan, frame["age"])
    frame["site"] = np.array([None, "", *frame["site"][2:].tolist()], dtype=object)
    model = design(frame, [continuous("age"), factor("site", ["x", "y", "z"])])
    fit = fit_cox(time, event, model)
    assert (model.n_used, model.n_dropped, fit.n, fit.n_dropped) == (73, 7, 73, 7)


def test_pandas_columns_and_missing_values_are_understood():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "age": pandas.array([50, None, 70], dtype="Int64"),
            "stage": pandas.Categorical(["II", "IV", None]),
            "grade": [1.0, 2.0, np.nan],
        }
    )
    stage, grade = factor("stage", ["II", "IV"]), factor("grade", [1, 2])
    model = design(frame, [continuous("age"), stage, grade])
    np.testing.assert_array_equal(model.used, [True, False, False])
    assert [column.name for column in model.columns] == ["age", "stageIV", "grade2"]


def test_interaction_columns_stand_in_r_order():
    frame = {"arm": list("AABBCC"), "sex": list("fmfmfm")}
    arm, sex = factor("arm", ["A", "B", "C"]), factor("sex", ["f", "m"])
    model = design(frame, [arm, sex, interaction(arm, sex)])
    names = ["armB", "armC", "sexm", "armB:sexm", "armC:sexm"]
    assert [column.name for column in model.columns] == names
    assert [column.level for column in model.columns][-1] == "C:m"
    np.testing.assert_array_equal(model.x[:, 3], [0, 0, 0, 1, 0, 0])
    assert model.columns_of("arm:sex") == [3, 4]
    assert without_term(model, "arm:sex").terms == ("arm", "sex")


@pytest.mark.parametrize(
    ("frame", "terms", "message"),
    [
        ({"age": ["60", "old"]}, [continuous("age")], "age: text where numbers are expected"),
        ({"age": [1.0, np.inf]}, [continuous("age")], "age: 1 infinite, at row position 1"),
        ({"arm": ["A", "C"]}, [ARM], "arm: 1 with a level that is not declared, at row position 1"),
        ({"age": [1.0]}, [ARM], "arm: no such column"),
        ({"age": [1.0], "arm": ["A", "B"]}, [ARM, continuous("age")], "differ in length"),
    ],
)
def test_bad_covariates_are_refused_by_name_and_row(frame, terms, message):
    with pytest.raises(ValueError, match=message):
        design(frame, terms)


def test_levels_must_be_given_once():
    with pytest.raises(ValueError, match="each once"):
        factor("arm", ["A", "A"])
    with pytest.raises(ValueError, match="each once"):
        factor("arm", [])


def test_level_may_be_called_none():
    model = design({"arm": ["None", "nan", "none"]}, [factor("arm", ["None", "nan", "none"])])
    assert model.n_used == 3


# ---- options -------------------------------------------------------------------------------------


def test_exact_ties_refuse_weights_and_robust_variance():
    time, event, frame = trial()
    with pytest.raises(ValueError, match="no weights"):
        fit_cox(time, event, design(frame, [ARM]), ties="exact", robust=True)
    fit = fit_cox(time, event, design(frame, [ARM]), ties="exact")
    with pytest.raises(ValueError, match="Efron or Breslow"):
        proportional_hazards_tests(fit)


def test_missing_strata_and_unknown_transform_are_refused():
    time, event, frame = trial()
    strata = np.array([None, *frame["site"][1:]], dtype=object)
    with pytest.raises(ValueError, match="strata: 1 missing, at row position 0"):
        fit_cox(time, event, design(frame, [ARM]), strata=strata)
    with pytest.raises(ValueError, match="km, rank, identity, log"):
        proportional_hazards_tests(fit_cox(time, event, design(frame, [ARM])), "sqrt")


def test_likelihood_ratio_needs_the_same_patients():
    time, event, frame = trial()
    whole = fit_cox(time, event, design(frame, [ARM]))
    part = fit_cox(time[:50], event[:50], design({"arm": frame["arm"][:50]}, [ARM]))
    with pytest.raises(ValueError, match="same patients"):
        likelihood_ratio_test(whole, part)


def test_term_tests_of_a_single_term_is_the_likelihood_ratio_test():
    time, event, frame = trial()
    model = design(frame, [factor("site", ["x", "y", "z"])])
    tests = term_tests(time, event, model)
    assert tests["site"] == pytest.approx(fit_cox(time, event, model).likelihood_ratio)


def test_concordance_counts_pairs_as_defined():
    # pairs by hand: (1,2) concordant, (1,3) tied, (2,3) discordant
    ours = concordance_of(np.array([1.0, 2, 3]), np.array([True] * 3), np.array([2.0, 1, 2]))
    assert ours.estimate == pytest.approx((1 + 0.5) / 3)


def test_concordance_equals_counting_every_pair():
    random = np.random.default_rng(5)
    time, event = random.integers(1, 9, 60).astype(float), random.random(60) < 0.6
    risk, weight = random.integers(0, 5, 60).astype(float), random.integers(1, 4, 60)
    pairs, good = 0.0, 0.0
    for i in range(60):
        for j in range(60):
            if event[i] and (time[i] < time[j] or (time[i] == time[j] and not event[j])):
                both = weight[i] * weight[j]
                pairs += both
                good += both * (0.5 if risk[i] == risk[j] else float(risk[i] > risk[j]))
    ours = concordance_of(time, event, risk, weight.astype(float))
    assert ours.estimate == pytest.approx(good / pairs)


# ---- properties ----------------------------------------------------------------------------------


def summary(fit):
    return np.concatenate((fit.coefficient, fit.std_err, fit.likelihood_ratio[:1], fit.score[:1]))


def agree(one, other):
    np.testing.assert_allclose(summary(one), summary(other), rtol=1e-6, atol=1e-9)


@quick
@given(st.integers(0, 10_000), st.sampled_from(["efron", "breslow", "exact"]))
def test_row_order_and_time_unit_change_nothing(seed, ties):
    time, event, frame = trial(40, seed)
    fit = fit_cox(time, event, design(frame, [ARM, continuous("age")]), ties=ties)
    order = np.random.default_rng(seed).permutation(40)
    shuffled = {name: column[order] for name, column in frame.items()}
    model = design(shuffled, [ARM, continuous("age")])
    other = fit_cox(time[order] / 30.4375, event[order], model, ties=ties)
    agree(fit, other)
    np.testing.assert_allclose(concordance(fit), concordance(other), rtol=1e-9)
    if ties != "exact":
        one, two = (list(proportional_hazards_tests(f).values()) for f in (fit, other))
        np.testing.assert_allclose(one, two, rtol=1e-6)


@quick
@given(st.integers(0, 10_000))
def test_swapped_arms_invert_the_hazard_ratio(seed):
    time, event, frame = trial(40, seed)
    one = fit_cox(time, event, design(frame, [ARM]))
    other = fit_cox(time, event, design(frame, [factor("arm", ["B", "A"])]))
    np.testing.assert_allclose(one.limits().hazard_ratio, 1 / other.limits().hazard_ratio)
    np.testing.assert_allclose(one.limits().lower, 1 / other.limits().upper)
    np.testing.assert_allclose(one.p_value, other.p_value)


@quick
@given(st.integers(0, 10_000))
def test_weights_are_repeated_patients_with_breslow_ties(seed):
    time, event, frame = trial(30, seed)
    weight = np.random.default_rng(seed).integers(0, 4, 30)
    model = [ARM, continuous("age")]
    one = fit_cox(time, event, design(frame, model), weights=weight, ties="breslow")
    repeated = {name: np.repeat(column, weight) for name, column in frame.items()}
    other = fit_cox(
        np.repeat(time, weight), np.repeat(event, weight), design(repeated, model), ties="breslow"
    )
    agree(one, other)


@quick
@given(st.integers(0, 10_000), st.sampled_from(["efron", "breslow"]))
def test_doubled_weights_halve_the_variance(seed, ties):
    time, event, frame = trial(40, seed)
    model = design(frame, [ARM, continuous("age")])
    one = fit_cox(time, event, model, ties=ties)
    two = fit_cox(time, event, model, weights=np.full(40, 2), ties=ties)
    np.testing.assert_allclose(one.coefficient, two.coefficient, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one.variance, 2 * two.variance, rtol=1e-6)
    robust = [fit_cox(time, event, model, weights=w, robust=True) for w in (None, np.full(40, 2))]
    np.testing.assert_allclose(robust[0].variance, robust[1].variance, rtol=1e-6)


@quick
@given(st.integers(0, 10_000), st.permutations(["x y", "é ≥ 2", "1", "a:b", "'+`"]))
def test_renamed_levels_change_names_only(seed, names):
    time, event, frame = trial(40, seed)
    one = fit_cox(time, event, design(frame, [factor("site", ["x", "y", "z"])]))
    renamed = dict(zip("xyz", names, strict=False))
    frame["site"] = np.array([renamed[site] for site in frame["site"]])
    other = fit_cox(time, event, design(frame, [factor("site", names[:3])]))
    agree(one, other)
    assert [column.level for column in other.columns] == names[1:3]


@quick
@given(st.integers(0, 10_000))
def test_scale_of_a_covariate_scales_its_coefficient(seed):
    time, event, frame = trial(40, seed)
    one = fit_cox(time, event, design(frame, [continuous("age")]))
    frame["age"] = frame["age"] * 1e6 + 3e7
    other = fit_cox(time, event, design(frame, [continuous("age")]))
    np.testing.assert_allclose(one.coefficient, other.coefficient * 1e6, rtol=1e-6)
    np.testing.assert_allclose(one.z, other.z, rtol=1e-6)


@quick
@given(st.integers(0, 10_000))
def test_firth_agrees_with_the_mirrored_arm(seed):
    time, event, frame = trial(25, seed)
    one = fit_firth(time, event, design(frame, [ARM]))
    other = fit_firth(time, event, design(frame, [factor("arm", ["B", "A"])]))
    np.testing.assert_allclose(one.coefficient, -other.coefficient, atol=1e-6)
    np.testing.assert_allclose(one.lower, -other.upper, atol=1e-6)
    assert one.lower[0] < one.coefficient[0] < one.upper[0]


# ---- weights of zero, times that are none --------------------------------------------------------


def test_rows_of_weight_zero_are_no_observations():
    time, event, frame = trial()
    weights = np.where(np.arange(80) % 4 == 0, 0.0, 1.0)
    kept = weights > 0
    model = design(frame, [ARM, continuous("age")])
    part = design({name: values[kept] for name, values in frame.items()}, [ARM, continuous("age")])
    weighted = fit_cox(time, event, model, weights=weights)
    plain = fit_cox(time[kept], event[kept], part)
    np.testing.assert_allclose(weighted.coefficient, plain.coefficient, rtol=1e-9)
    assert (weighted.n, weighted.events) == (plain.n, plain.events)
    nobody = fit_cox(time, event, model, weights=np.zeros(80))
    assert nobody.n == 0 and nobody.reason == ("not estimable: no events",) * 2


@pytest.mark.parametrize(
    ("time", "message"), [([1, -2, 3], "time: 1 negative"), ([1, None, 3], "time: 1 missing")]
)
@pytest.mark.parametrize("fit", [fit_cox, fit_firth])
def test_times_that_are_none_are_refused_by_row(fit, time, message):
    model = design({"x": [0.0, 1, 2]}, [continuous("x")])
    with pytest.raises(ValueError, match=f"{message}.* at row position 1"):
        fit(np.array(time, dtype=float), [1, 1, 0], model)


def test_events_at_time_zero_are_events_at_the_first_time():
    time, event, frame = trial()
    at_zero = np.where(time <= 1, 0.0, time)
    model = design(frame, [ARM])
    np.testing.assert_allclose(
        fit_cox(at_zero, event, model).coefficient, fit_cox(at_zero + 1, event, model).coefficient
    )
