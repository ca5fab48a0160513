"""Kaplan-Meier and log-rank: published examples, edge cases, properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scripts.lib.statistics.log_rank import log_rank, pairwise_log_rank
from scripts.lib.statistics.survival import (
    kaplan_meier,
    median,
    number_at_risk,
    quantile,
    restricted_mean,
    restricted_mean_difference,
    reverse_kaplan_meier,
    survival_at,
    survival_limits,
)

# Freireich et al. 1963, remission in weeks under 6-mercaptopurine and placebo (R: MASS::gehan)
MERCAPTOPURINE = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
REMISSION_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

patients = st.lists(
    st.tuples(st.integers(0, 30), st.booleans(), st.sampled_from("ABC"), st.integers(1, 3)),
    min_size=2,
    max_size=40,
)
quick = settings(max_examples=40, deadline=None)


def columns(rows):
    time, event, group, weight = (np.array(column) for column in zip(*rows, strict=True))
    return time.astype(float), event.astype(int), group, weight


def test_survival_matches_the_published_remission_table():
    curve = kaplan_meier(MERCAPTOPURINE, REMISSION_ENDED)
    at = survival_at(curve, [6, 7, 10, 13, 16, 22, 23])
    # Kalbfleisch and Prentice, table 1.2
    expected = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    np.testing.assert_allclose(at.survival, expected, atol=5e-4)
    assert median(curve).estimate == 23
    assert np.isnan(median(curve).upper)  # the limit is not reached


def test_log_rank_matches_the_published_remission_trial():
    time = [*MERCAPTOPURINE, *PLACEBO]
    event = [*REMISSION_ENDED, *[1] * len(PLACEBO)]
    test = log_rank(time, event, ["6-MP"] * 21 + ["placebo"] * 21)
    assert test.chi_square == pytest.approx(16.79, abs=5e-3)  # R survdiff prints 16.8 on 1 df
    np.testing.assert_allclose(test.expected, [19.25, 10.75], atol=5e-3)


def test_median_is_the_midpoint_where_survival_is_exactly_one_half():
    assert median(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])).estimate == 2.5
    # ten patients: 0.9 * 8/9 * ... is 0.5 only up to rounding
    assert median(kaplan_meier(range(1, 11), [1] * 10)).estimate == 5.5


def test_quantile_at_the_last_plateau_is_the_midpoint_to_the_last_time():
    assert median(kaplan_meier([1, 2, 8, 9], [1, 1, 0, 0])).estimate == 5.5


def test_median_is_not_reached_with_few_events():
    estimate = median(kaplan_meier([5, 6, 7], [1, 0, 0]))
    assert np.isnan(estimate.estimate) and np.isnan(estimate.upper)


def test_limits_are_not_defined_where_their_scale_is_not():
    curve = kaplan_meier([1, 2], [0, 1])
    for kind, nans in {
        "log": [False, True],
        "log-log": [True, True],
        "plain": [False, True],
    }.items():
        lower, upper = survival_limits(curve.survival, curve.std_err_log, kind)
        np.testing.assert_array_equal(np.isnan(lower), nans)
        np.testing.assert_array_equal(np.isnan(upper), nans)


def test_events_at_time_zero_lower_survival_from_the_start():
    curve = kaplan_meier([0, 0, 4, 5], [1, 0, 1, 1])
    assert survival_at(curve, [0]).survival == [0.75]
    assert restricted_mean(curve, 5).estimate == pytest.approx(0.75 * 4 + 0.375)


def test_nobody_and_all_censored_have_curves_without_events():
    assert len(kaplan_meier([], []).time) == 0
    assert np.isnan(median(kaplan_meier([], [])).estimate)
    curve = kaplan_meier([3, 4], [0, 0])
    assert (curve.survival == 1).all() and curve.events == 0
    assert restricted_mean(curve, 4) == (4, 4, 0)


def test_number_at_risk_counts_times_at_or_after():
    np.testing.assert_array_equal(number_at_risk([1, 2, 2, 5], [0, 2, 3, 6]), [4, 3, 1, 0])


def test_restricted_mean_without_censoring_is_the_mean_of_the_truncated_times():
    time = np.array([2.0, 3, 5, 8, 13])
    truncated = np.minimum(time, 7)
    mean = restricted_mean(kaplan_meier(time, np.ones(5)), 7)
    assert mean.estimate == pytest.approx(truncated.mean())
    assert mean.std_err == pytest.approx(truncated.std() / np.sqrt(5))


def test_difference_of_restricted_means_needs_one_tau():
    curve = kaplan_meier([1, 2, 3], [1, 1, 0])
    with pytest.raises(ValueError, match="tau differs"):
        restricted_mean_difference(restricted_mean(curve, 2), restricted_mean(curve, 3))
    same = restricted_mean_difference(restricted_mean(curve, 3), restricted_mean(curve, 3))
    assert same.estimate == 0 and same.p_value == 1


def test_reverse_kaplan_meier_swaps_events_and_censorings():
    curve = reverse_kaplan_meier([1, 2, 3], [1, 0, 0])
    np.testing.assert_allclose(curve.survival, [1, 0.5, 0])


@pytest.mark.parametrize(
    ("time", "event", "weights", "message"),
    [
        ([1, -2, 3, -4], [1, 1, 1, 1], None, "time: 2 negative, at row position 1, 3"),
        ([1, np.nan], [1, 1], None, "time: 1 missing or infinite, at row position 1"),
        ([1, 2], [1, 2], None, "event: 1 neither 0 nor 1, at row position 1"),
        ([1, 2], [1, np.nan], None, "event: 1 neither 0 nor 1, at row position 1"),
        ([1, 2], [1, 0, 1], None, "event: 3 rows where time has 2"),
        ([1, 2], [1, 0], [-1, 1], "weights: 1 negative, at row position 0"),
        (["x", "2"], [1, 0], None, "time: numbers expected"),
        ([[1, 2]], [1, 0], None, "time: one column expected"),
        ([-1] * 9, [1] * 9, None, "time: 9 negative, at row position 0, 1, 2, 3, 4, ..."),
    ],
)
def test_bad_input_names_column_and_row_positions(time, event, weights, message):
    with pytest.raises(ValueError, match=message):
        kaplan_meier(time, event, weights)


def test_unknown_confidence_type_and_probability_are_refused():
    curve = kaplan_meier([1, 2], [1, 0])
    with pytest.raises(ValueError, match="log, log-log, plain"):
        median(curve, "arcsin")
    with pytest.raises(ValueError, match="between 0 and 1"):
        quantile(curve, 1)


@pytest.mark.parametrize(
    ("time", "event", "group", "note"),
    [
        ([1, 2], [1, 1], ["A", "A"], "not applicable: fewer than two groups"),
        ([], [], [], "not applicable: fewer than two groups"),
        ([1, 2], [0, 0], ["A", "B"], "not applicable: no event"),
        ([1, 2, 9], [0, 0, 1], ["A", "A", "B"], "not estimable: only one group is at risk"),
        ([1, 1], [1, 1], ["A", "B"], "not estimable"),
    ],
)
def test_log_rank_that_does_not_apply_says_why(time, event, group, note):
    test = log_rank(time, event, group)
    assert np.isnan(test.p_value) and test.note.startswith(note)


def test_log_rank_names_rows_with_a_missing_or_unknown_group():
    with pytest.raises(ValueError, match="group: 1 missing, at row position 1"):
        log_rank([1, 2], [1, 1], ["A", None])
    with pytest.raises(ValueError, match="not declared, at row position 0"):
        log_rank([1, 2], [1, 1], ["C", "B"], levels=["A", "B"])
    with pytest.raises(ValueError, match="strata: 1 missing, at row position 0"):
        log_rank([1, 2], [1, 1], ["A", "B"], strata=[None, "x"])


def test_pairwise_log_rank_compares_each_pair_alone():
    time, event, group = [1, 2, 3, 4, 5, 6], [1] * 6, list("ABCABC")
    pairs = pairwise_log_rank(time, event, group, ["A", "B", "C"])
    assert list(pairs) == [("A", "B"), ("A", "C"), ("B", "C")]
    alone = log_rank([1, 2, 4, 5], [1] * 4, list("ABAB"))
    assert pairs["A", "B"].chi_square == pytest.approx(alone.chi_square)


def same_curve(one, other, unit=1.0):
    np.testing.assert_allclose(one.time * unit, other.time)
    np.testing.assert_allclose(one.survival, other.survival, atol=1e-12)
    np.testing.assert_allclose(one.std_err_log, other.std_err_log, atol=1e-12)


@quick
@given(patients, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    (time, event, group, _), (time2, event2, group2, _) = columns(rows), columns(shuffled)
    same_curve(kaplan_meier(time, event), kaplan_meier(time2, event2))
    one, other = log_rank(time, event, group), log_rank(time2, event2, group2)
    np.testing.assert_allclose(one.chi_square, other.chi_square, rtol=1e-8, atol=1e-9)


@quick
@given(patients)
def test_time_unit_scales_times_only(rows):
    time, event, group, _ = columns(rows)
    curve, other = kaplan_meier(time, event), kaplan_meier(time * 30.4375, event)
    same_curve(curve, other, 30.4375)
    np.testing.assert_allclose(
        np.array(median(curve)) * 30.4375, np.array(median(other)), equal_nan=True
    )
    one, two = log_rank(time, event, group), log_rank(time * 30.4375, event, group)
    np.testing.assert_allclose(one.chi_square, two.chi_square, rtol=1e-8, atol=1e-9)


@quick
@given(patients)
def test_whole_weights_are_repeated_patients(rows):
    time, event, _, weight = columns(rows)
    repeated = kaplan_meier(np.repeat(time, weight), np.repeat(event, weight))
    same_curve(kaplan_meier(time, event, weight), repeated)


@quick
@given(patients)
def test_rows_of_weight_zero_are_no_patients(rows):
    time, event, _, weight = columns(rows)
    extra = kaplan_meier([*time, 3.5], [*event, 1], [*weight, 0])
    same_curve(kaplan_meier(time, event, weight), extra)


def test_weighted_limits_of_the_median_stand_at_events():
    """R quantile(survfit(Surv(time, event) ~ 1, weights)): 3 (1, 7).

    At time 2 somebody is censored: the limits stay, but for the rounding of fractional weights.
    """
    weight = [2.4, 0.5, 1.7, 0.1, 0.3, 1.0, 2.3, 0.1]
    curve = kaplan_meier(range(1, 9), [1, 0, 1, 1, 0, 0, 1, 1], weight)
    assert median(curve) == (3, 1, 7)


@quick
@given(patients)
def test_survival_falls_from_one_and_stays_between_its_limits(rows):
    time, event, _, _ = columns(rows)
    curve = kaplan_meier(time, event)
    assert (np.diff(curve.survival) <= 1e-15).all() and (curve.survival <= 1).all()
    lower, upper = survival_limits(curve.survival, curve.std_err_log)
    known = ~np.isnan(lower)
    assert (lower[known] <= curve.survival[known]).all()
    assert (upper[known] >= curve.survival[known]).all()


@quick
@given(patients)
def test_renaming_the_groups_changes_no_log_rank(rows):
    time, event, group, _ = columns(rows)
    renamed = np.array([{"A": "zeta", "B": "1", "C": "ß (x)"}[label] for label in group])
    one, other = log_rank(time, event, group), log_rank(time, event, renamed)
    np.testing.assert_allclose(one.chi_square, other.chi_square, rtol=1e-7, atol=1e-9)
    assert one.df == other.df and one.observed.sum() == event.sum()
